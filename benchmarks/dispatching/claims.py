"""Claims: what one costs before a queue of some length, and how many are made by several processes at once.

Run alone it is one of the processes that race: python -m benchmarks.dispatching.claims DATABASE SEED
"""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError, OperationalError

from benchmarks.dispatching.lab import ROOT, context_in
from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.dispatch.claim import claim_for, suits
from fabqueue.dispatch.context import Context
from fabqueue.models import Machine
from fabqueue.services.errors import Conflict
from tests.support import factories
from tests.support.database import postgresql_server
from tests.support.making import short_gcode, waiting_run

CLAIMS = 12
"""How many are made to know what one costs; the queue hardly gets shorter by them."""


def queue(place: Path, url: str, waiting: int, machines: int) -> Context:
    """So many runs of two people that wait for so many machines."""
    context = context_in(place, url)
    gcode = short_gcode(place / "part.gcode")
    with context.db.writing() as session:
        made = factories.lab(session)
        for number in range(machines - 1):
            spool = factories.stock(session, made.site, made.pla)
            factories.machine(session, made.site, made.model, spool, slug=f"m{number}")
        session.commit()
        owners = [made.alice.id, made.bob.id]
        for number in range(waiting):
            run = waiting_run(session, context.storage, made, gcode)
            run.items[0].job.request.owner_id = owners[number % 2]
        session.commit()
    return context


def costs(lengths: Sequence[int]) -> dict[str, float]:
    """Milliseconds of processor that a machine's claim takes before queues of these lengths, on SQLite."""
    told = {}
    for waiting in lengths:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            context = queue(place, f"sqlite:///{place / 'data' / 'fabqueue.sqlite3'}", waiting, CLAIMS)
            told[str(waiting)] = _cost(context)
            context.db.close()
        print(f"one claim with {waiting} waiting: {told[str(waiting)]:.1f} ms of processor")
    return told


def _cost(context: Context) -> float:
    """As dispatch does it: asked without a lock first, then claimed. The first ones warm the caches."""
    with context.db.reading() as session:
        machines = [each for (each,) in session.query(Machine.id)]
    took = []
    for machine_id in machines:
        began = time.process_time()
        assert suits(context, machine_id)
        with context.db.writing() as session:
            assert claim_for(session, context.config, machine_id)
            session.commit()
        took.append((time.process_time() - began) * 1000)
    return round(statistics.median(took[2:]), 1)


def race(count: int, claimers: int, postgresql: bool) -> dict[str, Any]:
    """Claims by many processes at once, on each database."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "data").mkdir()
        told = {"sqlite": _race_on(place, f"sqlite:///{place / 'data' / 'fabqueue.sqlite3'}", count, claimers)}
        if postgresql:
            with postgresql_server() as server:
                told["postgresql"] = _race_on(place, server.empty(), count, claimers)
    return told


def _race_on(place: Path, url: str, count: int, claimers: int) -> dict[str, Any]:
    """As many machines as runs, and everybody claims for every machine at once."""
    context = queue(place, url, count, count)
    context.db.close()
    began = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.dispatching.claims", url]
    racers = [subprocess.Popen([*command, str(seed)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
              for seed in range(claimers)]  # fmt: skip
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
    print(json.dumps(claimed(*sys.argv[1:])))
