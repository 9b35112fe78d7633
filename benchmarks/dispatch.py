"""Times what dispatch costs: polls of machines, from a clear bed to the next start, claims by many at once.

Usage: python benchmarks/dispatch.py [--servers 50 500 1000] [--rounds 3] [--octoprints 2] [--starts 5]
[--claims 200] [--claimers 8] [--no-postgresql]. Zero leaves a part out; a short form is --servers 50 --starts 2
--claims 40. Simulated servers answer what OctoPrint answers, of every 20 one is dead: half of these refuse the
connection, half take it and say nothing. The bare poll is the same HTTP of the same machines without FabQueue
around it. The last line is JSON.
"""

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sqlalchemy import update  # noqa: E402
from sqlalchemy.exc import IntegrityError, OperationalError  # noqa: E402

from fabqueue.config import Config, build  # noqa: E402
from fabqueue.db import Database, now  # noqa: E402
from fabqueue.demo.octoprint import OctoPrintServer  # noqa: E402
from fabqueue.dispatch import sweep  # noqa: E402
from fabqueue.dispatch.claim import claim_for  # noqa: E402
from fabqueue.dispatch.context import Context  # noqa: E402
from fabqueue.dispatch.drivers import CONNECT_SECONDS, READ_SECONDS, Drivers  # noqa: E402
from fabqueue.models import Machine, Run, RunState  # noqa: E402
from fabqueue.services import events, floor  # noqa: E402
from fabqueue.services.errors import Conflict  # noqa: E402
from fabqueue.storage import Storage  # noqa: E402
from fabqueue.tasks.queue import Waker  # noqa: E402
from printers.driver import connect  # noqa: E402
from printers.http import MachineSession  # noqa: E402
from tests.support import factories  # noqa: E402
from tests.support.database import make_tables, postgresql_server  # noqa: E402
from tests.support.making import short_gcode, waiting_run  # noqa: E402
from tests.support.octoprint import CHECKOUT, QUICK, connection, ensure_environment, eventually, free_port  # noqa: E402
from tests.support.valkey import running_valkey  # noqa: E402
from tests.support.worker import Part, parts  # noqa: E402

DEAD_EACH = 20
JOB = {
    "state": "Operational", "job": {"file": {"path": None, "origin": None}},
    "progress": {"completion": None, "printTime": None, "printTimeLeft": None},
}  # fmt: skip
HEAT = {"temperature": {"tool0": {"actual": 24.1, "target": 0.0}, "bed": {"actual": 23.8, "target": 0.0}}}
PATHS = ("/api/job", "/api/printer?exclude=sd,state")


@dataclass(frozen=True)
class Address:
    url: str
    key: str = "key"
    alive: bool = True


@dataclass(frozen=True)
class Cost:
    """Machines in a second, and milliseconds of our processor for each."""

    per_second: float
    ms_each: float

    def told(self) -> dict[str, float]:
        return {"per_second": round(self.per_second), "cpu_ms": round(self.ms_each, 2)}


def main() -> None:
    asked = arguments()
    if asked.serve:
        asyncio.run(serve(asked.serve))
        return
    if asked.claim:
        print(json.dumps(claimed(*asked.claim)))
        return
    figures: dict[str, Any] = {"polls": {}}
    for servers in filter(None, asked.servers):
        with tempfile.TemporaryDirectory() as folder, simulated(servers) as addresses:
            figures["polls"][str(servers)] = polls(
                f"{servers} simulated servers", Path(folder), addresses, asked.rounds
            )
    if asked.octoprints:
        with tempfile.TemporaryDirectory() as folder, octoprints(Path(folder), asked.octoprints) as servers:
            addresses = [Address(each.url, each.key) for each in servers]
            told = polls(f"{len(servers)} real OctoPrints", Path(folder), addresses, asked.rounds)
            figures["polls"]["octoprints"] = told
            if asked.starts:
                figures["start"] = starts(Path(folder), servers[0], asked.starts)
    if asked.claims:
        figures["claims"] = claims(asked.claims, asked.claimers, asked.postgresql)
    print(json.dumps(figures))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", type=int, nargs="*", default=[50, 500, 1000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--octoprints", type=int, default=2)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--claims", type=int, default=200)
    parser.add_argument("--claimers", type=int, default=8)
    parser.add_argument("--no-postgresql", dest="postgresql", action="store_false")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--claim", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


# machines that are looked at


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
    command = [sys.executable, __file__, "--serve", str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ports = json.loads(process.stdout.readline())
        yield [
            Address(f"http://127.0.0.1:{port}", alive=number % DEAD_EACH != DEAD_EACH - 1)
            for number, port in enumerate(ports)
        ]
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


def polls(title: str, folder: Path, addresses: list[Address], rounds: int) -> dict[str, Any]:
    """The bare polls and ours, of the same machines, one after the other."""
    context, machines = lab(folder, addresses)
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


def lab(folder: Path, addresses: list[Address]) -> tuple[Context, list[str]]:
    """A lab on SQLite with a machine at each address."""
    context = context_in(folder, f"sqlite:///{folder / 'data' / 'fabqueue.sqlite3'}")
    with context.db.writing() as session:
        made = factories.lab(session)
        made.machine.retired_at = now()
        machines = [
            factories.machine(session, made.site, made.model, url=each.url, key=each.key, slug=f"m{number}")
            for number, each in enumerate(addresses)
        ]
        session.commit()
        return context, [each.id for each in machines]


def context_in(folder: Path, url: str, poll_seconds: float = 60) -> Context:
    (folder / "data").mkdir(exist_ok=True)
    make_tables(url)
    config = build({"data": {"database": url}, "machines": {"poll_seconds": poll_seconds}}, {}, folder)
    return Context(config, Database(url), Storage(config.folder))


def bare_polls(alive: list[Address], rounds: int) -> Cost:
    """The same two questions to every machine that answers, over connections that stay open."""
    sessions = [MachineSession(each.url, (CONNECT_SECONDS, READ_SECONDS)) for each in alive]
    for session, address in zip(sessions, alive, strict=True):
        session.headers["X-Api-Key"] = address.key

    def ask(number: int) -> None:
        for path in PATHS:
            sessions[number].get(alive[number].url + path).json()

    with ThreadPoolExecutor(sweep.THREADS) as pool:

        def once() -> None:
            list(pool.map(ask, range(len(sessions))))

        once()
        found = timed(once, rounds, lambda: len(sessions))
    for session in sessions:
        session.close()
    return found[0]


def our_sweeps(context: Context, rounds: int) -> tuple[Cost, float]:
    """Every machine is due in every round; who is dead is looked at in its lane, beside."""
    drivers, lane, looked = Drivers(), sweep.Lane(), [0]
    sweep.sweep(context, drivers)

    def once() -> None:
        with context.db.writing() as session:
            session.execute(update(Machine).values(look_at=None))
            session.commit()
        lane.begin(lambda: sweep.sweep(context, drivers, away=True))
        looked[0] = sweep.sweep(context, drivers, away=False)

    found = timed(once, rounds, lambda: looked[0])
    lane.join()
    drivers.close()
    return found


def timed(once: Callable[[], object], rounds: int, count: Callable[[], int]) -> tuple[Cost, float]:
    """The middle of some rounds, and the longest in seconds."""
    took, used, each = [], [], []
    for _ in range(rounds):
        wall, processor = time.perf_counter(), time.process_time()
        once()
        took.append(time.perf_counter() - wall)
        used.append((time.process_time() - processor) * 1000 / count())
        each.append(count() / took[-1])
    return Cost(statistics.median(each), statistics.median(used)), max(took)


# from a clear bed to the start


def starts(folder: Path, server: OctoPrintServer, count: int) -> dict[str, Any]:
    """With the real worker and ticker: a person clears the bed, OctoPrint's own event says when it started."""
    socket = Path(tempfile.mkdtemp(prefix="fq-bench-")) / "valkey.sock"
    with ExitStack() as stack:
        valkey = stack.enter_context(running_valkey(socket))
        place = folder / "start"
        place.mkdir()
        context = context_in(place, f"sqlite:///{place / 'data' / 'fabqueue.sqlite3'}", poll_seconds=2)
        context.db.waker = Waker(valkey.url)
        made, gcode = ready(context, place, server, count + 1), short_gcode(place / "short.gcode")
        upload = uploads(server, gcode)
        names = ("machines", "ticker")
        stack.enter_context(parts(*(Part(name, context.config, valkey.url) for name in names)))
        cleared_to_started(context, made, server)  # once the worker and the ticker are up
        took = [cleared_to_started(context, made, server) - upload for _ in range(count)]
        context.db.close()
    worst = sorted(took)[min(len(took) - 1, round(0.95 * len(took)))]
    print(f"clear to PrintStarted, {count} times: median {statistics.median(took):.2f} s, p95 {worst:.2f} s "
          f"beyond the upload ({upload * 1000:.0f} ms)")  # fmt: skip
    return {"median_s": round(statistics.median(took), 2), "p95_s": round(worst, 2), "upload_ms": round(upload * 1000)}


def ready(context: Context, place: Path, server: OctoPrintServer, count: int) -> factories.Lab:
    """One printer with an uncleared bed, and enough runs that wait."""
    with context.db.writing() as session:
        session.expire_on_commit = False  # what was made is read once the session is gone
        made = factories.lab(session)
        made.machine.url, made.machine.key = server.url, server.key
        made.machine.bed_cleared_at = None
        session.commit()
        gcode = short_gcode(place / "part.gcode")
        for _ in range(count):
            waiting_run(session, context.storage, made, gcode)
        session.commit()
        session.expunge_all()
    return made


def uploads(server: OctoPrintServer, gcode: Path) -> float:
    driver, took = connect(connection(server)), []
    for number in range(3):
        began = time.perf_counter()
        driver.upload(f"fabqueue/bench{number}-1.gcode", gcode, {})
        took.append(time.perf_counter() - began)
        driver.delete(f"fabqueue/bench{number}-1.gcode")
    driver.close()
    return statistics.median(took)


def cleared_to_started(context: Context, made: factories.Lab, server: OctoPrintServer) -> float:
    before = len(server.events("PrintStarted"))
    eventually(lambda: server.state() == "Operational")
    with context.db.writing() as session:
        machine = session.get_one(Machine, made.machine.id)
        floor.clear(session, events.actor_of(made.tara), machine)
        session.commit()
        cleared = time.time()
    eventually(lambda: len(server.events("PrintStarted")) > before, 60, 0.02)
    eventually(lambda: is_done(context, before + 1), 60)
    return server.events("PrintStarted")[before][0] - cleared


def is_done(context: Context, count: int) -> bool:
    with context.db.reading() as session:
        return session.query(Run).filter_by(state=RunState.DONE).count() >= count


# claims


def claims(count: int, claimers: int, postgresql: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "data").mkdir()
        told = {"sqlite": claim_race(place, f"sqlite:///{place / 'data' / 'fabqueue.sqlite3'}", count, claimers)}
        if postgresql:
            with postgresql_server() as server:
                told["postgresql"] = claim_race(place, server.empty(), count, claimers)
    return told


def claim_race(place: Path, url: str, count: int, claimers: int) -> dict[str, Any]:
    """As many machines as runs, and everybody claims for every machine at once."""
    context = context_in(place, url)
    with context.db.writing() as session:
        made = factories.lab(session)
        for number in range(count - 1):
            spool = factories.stock(session, made.site, made.pla)
            factories.machine(session, made.site, made.model, spool, slug=f"m{number}")
        session.commit()
        gcode = short_gcode(place / "part.gcode")
        for _ in range(count):
            waiting_run(session, context.storage, made, gcode)
        session.commit()
    context.db.close()
    began = time.perf_counter()
    command = [sys.executable, __file__, "--claim", url]
    racers = [subprocess.Popen([*command, str(seed)], stdout=subprocess.PIPE, text=True) for seed in range(claimers)]
    answers = [json.loads(each.communicate()[0].splitlines()[-1]) for each in racers]
    taken = [run for each in answers for run in each["taken"]]
    took = max(each["until"] for each in answers) - min(each["since"] for each in answers)
    twice = sum(number - 1 for number in Counter(taken).values())
    kind = url.partition("+")[0].partition(":")[0]
    print(f"claims on {kind}, {claimers} claimers: {len(taken)} of {count} in {took:.1f} s, {len(taken) / took:.0f}/s, "
          f"{twice} twice ({time.perf_counter() - began:.1f} s with the processes)")  # fmt: skip
    return {"claims_per_s": round(len(taken) / took), "claimed": len(taken), "twice": twice,
            "shut_out": sum(each["shut_out"] for each in answers)}  # fmt: skip


def claimed(url: str, seed: str) -> dict[str, Any]:
    """What one claimer gets that tries every machine once, in an order of its own."""
    database, config = Database(url), Config()
    with database.reading() as session:
        machines = [each for (each,) in session.query(Machine.id)]
    random.Random(int(seed)).shuffle(machines)
    since, taken, shut_out = time.time(), [], 0
    while machines:
        machine_id = machines.pop()
        with database.writing() as session:
            try:
                run = claim_for(session, config, machine_id)
                session.commit()
            except (IntegrityError, Conflict):
                session.rollback()
                continue
            except OperationalError:  # SQLite had the others write for longer than anybody waits: once more, later
                session.rollback()
                shut_out += 1
                machines.insert(0, machine_id)
                continue
            if run is not None:
                taken.append(run.id)
    database.close()
    return {"taken": taken, "since": since, "until": time.time(), "shut_out": shut_out}


if __name__ == "__main__":
    main()
