"""From a bed that somebody says is clear to the start of the next run, by OctoPrint's own event."""

import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.dispatching.lab import context_in
from fabqueue.demo.octoprint import OctoPrintServer
from fabqueue.dispatch.context import Context
from fabqueue.models import Machine, Run, RunState
from fabqueue.services import events, floor
from fabqueue.tasks.queue import Waker
from printers import connect
from tests.support import factories
from tests.support.making import short_gcode, waiting_run
from tests.support.octoprint import connection, eventually
from tests.support.valkey import running_valkey
from tests.support.worker import Part, parts


def measure(folder: Path, server: OctoPrintServer, count: int) -> dict[str, Any]:
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
