"""What a demonstration runs: two OctoPrint servers, the pictures of their cameras, and FabQueue itself."""

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import requests

from fabqueue import paths
from fabqueue.demo.camera import Cameras, Done
from fabqueue.demo.catalogue import MACHINES, DemoMachine
from fabqueue.demo.lab import Place
from fabqueue.demo.octoprint import OctoPrintServer, Pace, ensure_environment
from fabqueue.demo.tied import tied_to_us

QUICK = Pace(feed_percent=1000, minimum_seconds=0, ambient_celsius=260)
"""While the lab is prepared: heaters start hot and moves take no time."""
SEEN = Pace(feed_percent=150, minimum_seconds=3)
"""For people to watch: a small part takes a minute or two, warming up included."""
STARTING_SECONDS = 120
STOPPING_SECONDS = 60
_SERVE = (sys.executable, "-m", "fabqueue.cli", "serve")

PRINTERS = tuple(each for each in MACHINES if each.profile)


class NotStarted(Exception):
    """A part of the demonstration did not come up; the text says which and where its log is."""


class Printers:
    """The OctoPrint servers of a demonstration with their cameras; `folder` keeps what they know."""

    def __init__(self, folder: Path, first_port: int) -> None:
        self._folder = folder
        self._program = ensure_environment(_environment_folder(folder))
        self._ports = dict(zip((each.slug for each in PRINTERS), free_ports(first_port, len(PRINTERS)), strict=True))
        self.servers: dict[str, OctoPrintServer] = {}
        self.cameras = Cameras({each.slug: (each.name, self._done(each.slug)) for each in PRINTERS})

    def start(self, pace: Pace) -> None:
        """Start all of them at this pace, anew if they run. Raises ServerError."""
        self._stop_servers()
        self.servers = {each.slug: self._server(each, pace) for each in PRINTERS}
        for server in self.servers.values():
            server.start(wait_seconds=None)
        for server in self.servers.values():
            server.wait(STARTING_SECONDS)

    def places(self) -> dict[str, Place]:
        """Machine slug to where it is reached."""
        return {slug: Place(each.url, each.key, self.cameras.url(slug)) for slug, each in self.servers.items()}

    def stop(self) -> None:
        self._stop_servers()
        self.cameras.close()

    def _stop_servers(self) -> None:
        """All at once: each takes its time."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(OctoPrintServer.stop, self.servers.values()))

    def _server(self, machine: DemoMachine, pace: Pace) -> OctoPrintServer:
        place = self._folder / f"octoprint-{machine.slug}"
        return OctoPrintServer(
            place, self._ports[machine.slug], self._folder / f"events-{machine.slug}.txt", program=self._program,
            bed_mm=machine.bed_mm, title=machine.name, pace=pace,
        )  # fmt: skip

    def _done(self, slug: str) -> Done:
        def ask() -> float | None:
            server = self.servers.get(slug)
            if server is None:
                return None
            try:
                answer = requests.get(f"{server.url}/api/job", headers={"X-Api-Key": server.key}, timeout=2).json()
                busy = str(answer["state"]).startswith(("Printing", "Paus", "Resum", "Finish"))
                return float(answer["progress"]["completion"] or 0) if busy else None
            except (requests.RequestException, ValueError, KeyError, TypeError):
                return None  # the picture shows an idle machine while OctoPrint is away

        return ask


class Served:
    """`fabqueue serve` for the settings file in `folder`."""

    def __init__(self, folder: Path, url: str) -> None:
        self._url, self._log = url, folder / "serve.log"
        self._file: IO[bytes] = self._log.open("ab")
        self._process = subprocess.Popen(
            [*tied_to_us(), *_SERVE], cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL,
            stdout=self._file, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> None:
        """Until pages are served. Raises NotStarted."""
        until = time.monotonic() + STARTING_SECONDS
        while time.monotonic() < until and self.runs:
            try:
                if requests.get(f"{self._url}/health", timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.3)  # not yet
        raise NotStarted(f"FabQueue did not start; see {self._log}")

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its programs follow by themselves
            self._process.wait()
        self._file.close()


def environment(folder: Path) -> dict[str, str]:
    """Ours, without settings that are meant for another lab."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FABQUEUE_")}
    return kept | {"FABQUEUE_CONFIG": str(folder / "config.toml")}


def free_ports(first: int, count: int) -> list[int]:
    """Ports on the loopback interface that nothing listens on, `first` and following where they are free."""
    found: list[int] = []
    for port in [*range(first, first + 20), *[0] * count]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(probe.getsockname()[1])
        if len(found) == count:
            break
    return found


def _environment_folder(folder: Path) -> Path:
    """Where OctoPrint is installed: once for a checkout, else in the demonstration's own folder."""
    checkout = paths.PACKAGE.parent
    return checkout / ".octoprint" if (checkout / "pyproject.toml").exists() else folder / "octoprint"
