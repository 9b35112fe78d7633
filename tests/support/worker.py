"""One of FabQueue's long-running processes, for tests that kill it: python -m tests.support.worker machines|..."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fabqueue import config as configuration
from fabqueue import logs
from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.storage import Storage
from fabqueue.tasks import ticker, workers
from fabqueue.tasks.queue import Waker

ROOT = Path(__file__).resolve().parents[2]
PARTS = {**workers.RUN, "ticker": ticker.run}


class Part:
    """A process of the lab; its log is in `log`."""

    def __init__(self, name: str, config: Config, redis_url: str, **environment: str) -> None:
        self.name = name
        self._environment = {
            **_kept(), "FABQUEUE_CONFIG": str(_file(config)), "FABQUEUE_DATA__REDIS": redis_url,
            "FABQUEUE_DATA__DATABASE": config.database_url, "FABQUEUE_DATA__FOLDER": str(config.folder), **environment,
        }  # fmt: skip
        self.log = config.base / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths = 0

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "tests.support.worker", self.name]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)

    def keep_alive(self) -> None:
        """Start it if it died, as the process manager does."""
        if self.process is None or self.process.poll() is not None:
            self.deaths += self.process is not None
            self.start()

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.terminate()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def _kept() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("FABQUEUE_")}


def _file(config: Config) -> Path:
    """A settings file with the lab's numbers; addresses come by the environment."""
    path = config.base / "worker.toml"
    poll, level = config.machines.poll_seconds, "info"
    path.write_text(f'[machines]\npoll_seconds = {poll}\n[log]\nlevel = "{level}"\n')
    return path


@contextmanager
def parts(*made: Part) -> Iterator[None]:
    """Run them for the time of the block."""
    try:
        for each in made:
            each.start()
        yield
    finally:
        for each in made:
            each.kill()


def main(name: str) -> None:
    settings = configuration.load()
    logs.configure(settings.log)
    database = Database(settings.database_url, Waker(settings.redis_url))
    PARTS[name](Context(settings, database, Storage(settings.folder)))


if __name__ == "__main__":
    main(sys.argv[1])
