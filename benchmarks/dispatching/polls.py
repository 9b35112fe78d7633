"""Machines that are looked at: the bare polls of as many servers, and dispatch with its database around them.

Run alone it is so many servers that answer what OctoPrint answers: python -m benchmarks.dispatching.polls COUNT
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import update

from benchmarks.dispatching.lab import ROOT, Address, of_machines
from fabqueue.demo.octoprint import OctoPrintServer
from fabqueue.dispatch import sweep
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import CONNECT_SECONDS, READ_SECONDS, THREADS, Drivers
from fabqueue.models import Machine
from fabqueue.tasks.ticker import MOST_WAKES
from printers.http import MachineSession
from tests.support.octoprint import CHECKOUT, QUICK, ensure_environment, eventually, free_port

DEAD_EACH = 20
JOB = {
    "state": "Operational", "job": {"file": {"path": None, "origin": None}},
    "progress": {"completion": None, "printTime": None, "printTimeLeft": None},
}  # fmt: skip
HEAT = {"temperature": {"tool0": {"actual": 24.1, "target": 0.0}, "bed": {"actual": 23.8, "target": 0.0}}}
PATHS = ("/api/job", "/api/printer?exclude=sd,state")


@dataclass(frozen=True)
class Cost:
    """Machines in a second, and milliseconds of our processor for each."""

    per_second: float
    ms_each: float

    def told(self) -> dict[str, float]:
        return {"per_second": round(self.per_second), "cpu_ms": round(self.ms_each, 2)}


async def serve(count: int) -> None:
    """So many servers in one process; prints their ports and waits to be ended."""
    bodies = {path.partition("?")[0].encode(): answer(body) for path, body in zip(PATHS, (JOB, HEAT), strict=True)}

    class Fake(asyncio.Protocol):
        silent = False

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport: Any = transport

        def data_received(self, data: bytes) -> None:
            if not self.silent:
                self.transport.write(bodies[data.split(b" ", 2)[1].partition(b"?")[0]])

    class Silent(Fake):
        silent = True

    loop, ports = asyncio.get_running_loop(), []
    for number in range(count):
        kind = Silent if number % (2 * DEAD_EACH) == DEAD_EACH - 1 else Fake
        server = await loop.create_server(kind, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        if number % (2 * DEAD_EACH) == 2 * DEAD_EACH - 1:
            server.close()  # nobody listens there any more
    print(json.dumps(ports), flush=True)
    await asyncio.Event().wait()


def answer(body: Any) -> bytes:
    text = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
    return head.encode() + text


@contextmanager
def simulated(count: int) -> Iterator[list[Address]]:
    command = [sys.executable, "-m", "benchmarks.dispatching.polls", str(count)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ports = json.loads(process.stdout.readline())
        try:
            yield [
                Address(f"http://127.0.0.1:{port}", alive=number % DEAD_EACH != DEAD_EACH - 1)
                for number, port in enumerate(ports)
            ]
        finally:
            process.kill()


@contextmanager
def octoprints(folder: Path, count: int) -> Iterator[list[OctoPrintServer]]:
    program, made = ensure_environment(CHECKOUT / ".octoprint"), []
    try:
        for number in range(count):
            place = folder / f"octoprint{number}"
            place.mkdir()
            made.append(OctoPrintServer(place, free_port(), place / "events.txt", program=program, pace=QUICK))
            made[-1].start()
        for each in made:
            eventually(lambda each=each: each.state() == "Operational")
        yield made
    finally:
        for each in made:
            each.stop()


def measure(title: str, folder: Path, addresses: list[Address], rounds: int) -> dict[str, Any]:
    """The bare polls and ours, of the same machines, one after the other."""
    context, machines = of_machines(folder, addresses)
    bare = bare_polls([each for each in addresses if each.alive], rounds)
    ours, longest = our_sweeps(context, rounds)
    context.db.close()
    ratio = ours.ms_each / bare.ms_each
    print(f"{title}: bare {bare.per_second:.0f} machines/s, {bare.ms_each:.2f} ms of processor each; "
          f"dispatch {ours.per_second:.0f}/s, {ours.ms_each:.2f} ms each, {ratio:.2f} times; "
          f"longest round {longest:.2f} s; {len(machines)} machines every 5 s take "
          f"{ours.ms_each * len(machines) / 5000:.2f} of a core")  # fmt: skip
    return {"bare": bare.told(), "dispatch": ours.told(), "ratio": round(ratio, 2), "longest_s": round(longest, 2),
            "cores_at_5_s": round(ours.ms_each * len(machines) / 5000, 3)}  # fmt: skip


def bare_polls(alive: list[Address], rounds: int) -> Cost:
    """The same two questions to every machine that answers, over connections that stay open."""
    sessions = [MachineSession(each.url, (CONNECT_SECONDS, READ_SECONDS)) for each in alive]
    for session, address in zip(sessions, alive, strict=True):
        session.headers["X-Api-Key"] = address.key

    def ask(number: int) -> None:
        for path in PATHS:
            sessions[number].get(alive[number].url + path).json()

    with ThreadPoolExecutor(THREADS) as pool:

        def once() -> None:
            list(pool.map(ask, range(len(sessions))))

        once()
        found = timed(once, rounds, lambda: len(sessions))
    for session in sessions:
        session.close()
    return found[0]


def our_sweeps(context: Context, rounds: int) -> tuple[Cost, float]:
    """As the ticker has it: the shards that are due, and a look for each. Every machine is due in every round; who is
    dead is looked at in its lane, beside.
    """
    drivers, lane, looked = Drivers(), sweep.Lane(), [0]
    sweep.sweep(context, drivers)

    def all_due() -> None:
        with context.db.writing() as session:
            session.execute(update(Machine).values(look_at=None))
            session.commit()

    def once() -> None:
        looked[0] = 0
        for _ in range(sweep.shards_due(context, MOST_WAKES)):
            looked[0] += len(sweep.look(context, drivers, lane))

    found = timed(once, rounds, lambda: looked[0], all_due)
    lane.join()
    drivers.close()
    return found


def timed(
    once: Callable[[], object], rounds: int, count: Callable[[], int], ready: Callable[[], object] = lambda: None
) -> tuple[Cost, float]:
    """The middle of some rounds, and the longest in seconds; what makes `ready` for one is not counted."""
    took, used, each = [], [], []
    for _ in range(rounds):
        ready()
        wall, processor = time.perf_counter(), time.process_time()
        once()
        took.append(time.perf_counter() - wall)
        used.append((time.process_time() - processor) * 1000 / count())
        each.append(count() / took[-1])
    return Cost(statistics.median(each), statistics.median(used)), max(took)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
