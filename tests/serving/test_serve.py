"""`fabqueue serve`: everything runs, whatever is killed comes back, and in the end nothing is left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from fabqueue.tasks.heartbeat import BEATING
from tests.support.octoprint import eventually, free_port
from tests.support.processes import alive, descendants

PROGRAMS = {"valkey", "web", "analysis", "slicing", "machines", "ticker"}
MINUTES = 240  # seconds that a busy machine may need for everything to come up


class Serve:
    """`fabqueue serve` in a folder of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.url = folder, f"http://127.0.0.1:{port}"
        self.log = folder / "log"
        settings = {"FABQUEUE_SERVER__PORT": str(port), "FABQUEUE_SITE__PUBLIC_URL": self.url}
        self.environment = {**os.environ, **settings, "FABQUEUE_LOG__FORMAT": "json"}
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "fabqueue.cli", "serve"], cwd=self.folder, env=self.environment, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "fabqueue.cli", *arguments], cwd=self.folder, env=self.environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def health(self) -> dict[str, bool]:
        """Whether each part is well, as /health says; empty while it does not answer."""
        try:
            parts = requests.get(f"{self.url}/health", timeout=5).json()["parts"]
        except (requests.RequestException, ValueError):
            return {}
        return {name: part["well"] for name, part in parts.items()}

    def is_well(self) -> bool:
        health = self.health()
        return bool(health) and all(health.values())

    def pid(self, name: str) -> int | None:
        """The process number of a running program, from the keeper's own log."""
        for line in reversed(self.log.read_text().splitlines()):
            said = json.loads(line).get("event", "") if line.startswith("{") else ""
            if said.startswith(f"spawned: '{name}' with pid "):
                return int(said.rpartition(" ")[2])
        return None

    def close(self) -> None:
        everything = descendants(self.process.pid)
        self.process.terminate()
        self.process.wait(60)
        eventually(lambda: not alive(everything))


def place(parent: Path) -> Path:
    """A folder whose name has blanks and is too long for the address of a socket."""
    folder = parent / "our lab's data, with blanks" / ("deep" * 30)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    running = Serve(place(tmp_path_factory.mktemp("serve")), free_port())
    try:
        eventually(running.is_well, MINUTES)
        yield running
    finally:
        running.close()


def test_everything_comes_up_in_a_folder_with_blanks_and_a_long_path(serve: Serve) -> None:
    assert {name for name in PROGRAMS if serve.pid(name)} == PROGRAMS
    assert (serve.folder / "data" / "fabqueue.sqlite3").exists()


def test_its_valkey_listens_on_no_port_and_keeps_its_socket_to_itself(serve: Serve) -> None:
    socket = Path((serve.folder / "data" / "run" / "valkey-socket").read_text().strip())
    assert socket.is_socket()
    assert socket.parent.stat().st_mode & 0o077 == 0
    valkey, web = serve.pid("valkey"), serve.pid("web")
    assert valkey is not None
    assert web is not None
    assert listening(web)
    assert not listening(valkey)


def listening(pid: int) -> set[str]:
    """Inodes of TCP sockets on which that process listens."""
    tables = [Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    open_inodes = {each.split()[9] for table in tables for each in table if each.split()[3] == "0A"}
    owned = {
        os.readlink(each)[8:-1] for each in Path(f"/proc/{pid}/fd").iterdir() if each.exists() or each.is_symlink()
    }
    return open_inodes & owned


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_a_killed_part_comes_back_and_the_lab_is_well_again(serve: Serve, name: str) -> None:
    before = serve.pid(name)
    assert before is not None
    killed_at = time.time()
    os.kill(before, signal.SIGKILL)
    eventually(lambda: serve.pid(name) not in {None, before}, 60)
    eventually(lambda: serve.is_well() and alive({serve.pid(name) or 0}), MINUTES)
    eventually(lambda: name not in BEATING or beat_since(serve, name, killed_at), MINUTES)


def beat_since(serve: Serve, name: str, moment: float) -> bool:
    """Whether that process has given a sign of life after `moment`."""
    part = requests.get(f"{serve.url}/health", timeout=5).json()["parts"][name]
    return time.time() - part["age_seconds"] > moment


def test_check_says_that_every_part_is_well(serve: Serve) -> None:
    eventually(lambda: serve.run("check").returncode == 0, 60)


def test_a_second_serve_of_the_same_folder_is_refused(serve: Serve) -> None:
    second = serve.run("serve")
    assert second.returncode == 1
    assert str(serve.process.pid) in second.stderr
    assert serve.is_well()


def test_every_line_of_the_log_is_json_when_asked_for(serve: Serve) -> None:
    lines = serve.log.read_text().splitlines()
    said = [json.loads(line) for line in lines if line]
    assert {"web", "valkey"} <= {each.get("program") for each in said}


def test_sigterm_leaves_no_process_and_no_socket(tmp_path: Path) -> None:
    running = Serve(tmp_path, free_port())
    eventually(running.is_well, MINUTES)
    everything = descendants(running.process.pid) | {running.process.pid}
    assert len(everything) >= len(PROGRAMS) + 1
    running.process.terminate()
    assert running.process.wait(60) == 0
    assert alive(everything) == set()
    assert not list(tmp_path.rglob("*.sock"))


def test_nothing_lingers_when_the_keeper_is_killed_outright_and_serve_can_start_again(tmp_path: Path) -> None:
    running = Serve(tmp_path, free_port())
    eventually(running.is_well, MINUTES)
    everything = descendants(running.process.pid)
    running.process.kill()
    running.process.wait()
    eventually(lambda: not alive(everything), 60)
    again = Serve(tmp_path, int(running.url.rpartition(":")[2]))
    try:
        eventually(again.is_well, MINUTES)
    finally:
        again.close()


def test_a_taken_port_is_named_and_nothing_starts(serve: Serve, tmp_path: Path) -> None:
    other = Serve(tmp_path, int(serve.url.rpartition(":")[2]))
    assert other.process.wait(60) == 1
    assert "choose another [server] port" in other.log.read_text()
    assert not (tmp_path / "data" / "fabqueue.sqlite3").exists()
