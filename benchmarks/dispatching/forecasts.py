"""Forecasts: what one costs before a queue of some length, with all that is read for it, and the play of it alone."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from benchmarks.dispatching.claims import queue
from fabqueue.db import now
from fabqueue.dispatch import forecast
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.waiting import Outlook
from fabqueue.models import Job, Machine, Outcome, Request, Run, RunItem, RunState, Site

MACHINES = 20
PAST = 2000
"""Runs of the last weeks, from which the lab's habits are learned and its members' shares are counted."""
ROUNDS = 9
WEEK = {str(day): [["09:00", "21:00"]] for day in range(1, 7)}


def costs(lengths: Sequence[int]) -> dict[str, dict[str, float]]:
    """Milliseconds of processor for queues of these lengths, on SQLite: the whole, what of it is play."""
    told = {}
    for waiting in lengths:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            context = queue(place, f"sqlite:///{place / 'data' / 'fabqueue.sqlite3'}", waiting, MACHINES)
            _make_alive(context, random.Random(7))
            told[str(waiting)] = found = _cost(context)
            context.db.close()
        print(f"one forecast with {waiting} waiting: {found['whole']:.1f} ms of processor, the play of it alone "
              f"{found['play']:.1f} ms")  # fmt: skip
    return told


def _make_alive(context: Context, chance: random.Random) -> None:
    """Hours, nights, days, and what was made before."""
    with context.db.writing() as session:
        machines = list(session.scalars(select(Machine)))
        for number, machine in enumerate(machines):
            machine.works_alone = bool(number % 2)
        site_id, waiting = machines[0].site_id, list(session.scalars(select(Run)))
        for run in waiting:
            run.predicted_seconds = round(chance.lognormvariate(8.6, 0.8))
        for request in session.scalars(select(Request)):
            request.needed_by = (
                now().date() + timedelta(days=chance.randrange(1, 14)) if chance.random() < 0.3 else None
            )
        session.get_one(Site, site_id).opening_hours = WEEK
        for _number in range(PAST):
            session.add(_past(chance.choice(waiting), chance.choice(machines).id, chance))
        session.commit()


def _past(like: Run, machine_id: str, chance: random.Random) -> Run:
    ended = now() - timedelta(days=100 * chance.random())
    item = RunItem(job_id=like.items[0].job_id, copies=1, good_copies=1, outcome=Outcome.GOOD)
    return Run(
        site_id=like.site_id, machine_model_id=like.machine_model_id, material_id=like.material_id, items=[item],
        machine_id=machine_id, state=RunState.DONE, created_at=ended - timedelta(hours=9), ended_at=ended, seconds=7200,
        started_at=ended - timedelta(hours=2), cleared_at=ended + timedelta(minutes=chance.randrange(60)),
    )  # fmt: skip


def _cost(context: Context) -> dict[str, float]:
    with context.db.reading() as session:
        model_id = session.scalar(select(Run.machine_model_id))
        assert model_id is not None
        outlook = Outlook(session, context.config)
        read = outlook.gathered(model_id)
        play = _middle(lambda: forecast.play(read.tasks, read.tools, outlook.room))
        job_id = session.scalar(select(RunItem.job_id).where(RunItem.run_id == next(iter(read.wishes))))
    return {"whole": _middle(lambda: _whole(context, job_id or "")), "play": play}


def _whole(context: Context, job_id: str) -> None:
    """As a page asks that shows one job."""
    with context.db.reading() as session:
        outlook, job = Outlook(session, context.config), session.get_one(Job, job_id)
        assert outlook.position(job)
        assert outlook.finish(job)


def _middle(work: Callable[[], object]) -> float:
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        took.append((time.process_time() - began) * 1000)
    return round(statistics.median(took), 1)
