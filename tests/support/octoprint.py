"""Fixtures that give tests real OctoPrint servers. Import by name into a conftest the ones that are needed.

`octoprint` is one server shared by the whole run and idle at the start of each test; `start_octoprint` makes servers
of a test's own, to be killed and restarted at will.
"""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests

from fabqueue.demo.octoprint import OctoPrintServer, Pace, ensure_environment
from printers.driver import Connection

CHECKOUT = Path(__file__).resolve().parents[2]
# No wait before a print, and heaters that start hot: tests wait for conditions, not for warmth.
QUICK = Pace(feed_percent=1000, minimum_seconds=0, ambient_celsius=260)

Found = TypeVar("Found")
StartOctoPrint = Callable[..., OctoPrintServer]


def free_port() -> int:
    """A port on the loopback interface that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(question: Callable[[], Found], seconds: float = 30, every: float = 0.05) -> Found:
    """The first true answer to the question; fails with the last answer when there is none in time."""
    until = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < until, f"never true, last answer {answer!r}"
        time.sleep(every)
    return answer


def connection(server: OctoPrintServer, **options: Any) -> Connection:
    return Connection("octoprint", server.url, server.key, **options)


def dwelling_gcode(path: Path, seconds: float, steps: int = 20) -> Path:
    """A small print that keeps the virtual printer busy for about that long."""
    pause = f"G4 P{round(seconds * 1000 / steps)}"
    lines = [line for step in range(steps) for line in (pause, f"G1 X{step + 1} E{step + 1} F3000")]
    path.write_text("\n".join(["G21", "G90", *lines, ""]))
    return path


@pytest.fixture(scope="session")
def octoprint_program() -> Path:
    return ensure_environment(CHECKOUT / ".octoprint")


@pytest.fixture(scope="session")
def start_octoprint(octoprint_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartOctoPrint]:
    """Start another server; all of them end with the test run."""
    servers: list[OctoPrintServer] = []

    def start(*, wait_seconds: float | None = 60, **options: Any) -> OctoPrintServer:
        folder = tmp_path_factory.mktemp("octoprint")
        options = {"pace": QUICK, **options}
        server = OctoPrintServer(folder, free_port(), folder / "events.txt", program=octoprint_program, **options)
        servers.append(server)
        server.start(wait_seconds)
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def shared_octoprint(start_octoprint: StartOctoPrint) -> OctoPrintServer:
    return start_octoprint()


@pytest.fixture
def octoprint(shared_octoprint: OctoPrintServer) -> OctoPrintServer:
    """The shared server, idle and with nothing of an earlier test running."""
    settle(shared_octoprint)
    return shared_octoprint


def settle(server: OctoPrintServer) -> None:
    """Start the server if it is down, reconnect its printer, end what runs, forget what is selected."""
    server.start()
    headers = {"X-Api-Key": server.key}

    def idle() -> bool:
        state = server.state() or ""
        if state.startswith(("Printing", "Paus", "Start", "Resum")):
            requests.post(f"{server.url}/api/job", json={"command": "cancel"}, headers=headers, timeout=10)
        if state.startswith(("Offline", "Error")):
            requests.post(f"{server.url}/api/connection", json={"command": "connect"}, headers=headers, timeout=10)
        return state == "Operational"

    eventually(idle)
    job = requests.get(f"{server.url}/api/job", headers=headers, timeout=10).json()
    if path := job["job"]["file"]["path"]:
        requests.post(f"{server.url}/api/files/local/{path}", json={"command": "unselect"}, headers=headers, timeout=10)
