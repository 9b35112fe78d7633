"""What it costs to say why each of many jobs waits: as many statements as of one."""

from datetime import timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import inspect, select, update

from fabqueue.db import WritingSession, now
from fabqueue.dispatch import match, promise, seeing
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.forecast import Span
from fabqueue.dispatch.suiting import Suiting
from fabqueue.models import Job, JobState, MachineKind, MachineModel, Person, Request, Run, RunItem, RunState, Site
from fabqueue.models.base import Base
from fabqueue.services import runs, sites
from tests.dispatch.queue import change, cleared, outlook, second_machine
from tests.support.factories import Lab
from tests.support.statements import asked

Row = TypeVar("Row", bound=Base)


def statements(context: Context, job_ids: list[str]) -> int:
    """How many it takes to say of jobs what their pages say."""
    with context.db.reading() as session:
        jobs = [session.get_one(Job, each) for each in job_ids]
        found = outlook(context, session)
        with asked(session) as seen:
            for each in jobs:
                found.reason(each), found.position(each), found.finish(each)
        return len(seen)


def test_many_jobs_cost_no_more_questions_than_one(context: Context, queue: list[str]) -> None:
    assert statements(context, queue) == statements(context, queue[:1])


def test_many_jobs_that_ask_for_a_machine_cost_no_more_questions_than_one(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    second = second_machine(context, lab)
    for each in queue:
        change(context, Job, each, machine_id=second, machine_required=True)
    assert statements(context, queue) == statements(context, queue[:1])

    def looking() -> int:
        """The first machine goes through all of them for nothing."""
        with context.db.reading() as session:
            bench = seeing.bench(context.config, seeing.machine(session, lab.machine.id), busy=False)
            suiting = Suiting(session, context.config, session.get_one(Site, lab.site.id), bench)
            with asked(session) as seen:
                assert list(suiting.in_order()) == []
            return len(seen)

    many = looking()
    for each in queue[1:]:
        change(context, Job, each, state=JobState.CANCELLED)
    assert many == looking()


@pytest.mark.parametrize("hours", [1, 500])
def test_many_promises_cost_no_more_questions_than_one(
    context: Context, lab: Lab, queue: list[str], hours: float
) -> None:
    """Those that are late ask a second time, as if nothing were before them."""
    day = now().astimezone(ZoneInfo(lab.site.time_zone)).date() + timedelta(days=3)

    def asking(times: int) -> tuple[int, set[str]]:
        with context.db.reading() as session:
            found, told = outlook(context, session), set()
            with asked(session) as seen:
                for number in range(times):
                    wish = match.Wish(lab.model.id, lab.pla.id, "PLA", seconds=hours * 3600 + number)
                    told.add(promise.by(found, wish, Span.predicted(hours * 3600 + number), lab.bob.id, day).code)
            return len(seen), told

    assert asking(5) == asking(1)


@pytest.mark.postgresql
@pytest.mark.parametrize("kind", [MachineKind.PRINTER, MachineKind.LASER])
def test_a_long_queue_costs_no_more_questions_than_a_short_one(
    context: Context, lab: Lab, queue: list[str], kind: MachineKind
) -> None:
    """Two hundred more of another person, and two hundred that were made; at a laser the files of half are there."""
    with context.db.writing() as session:
        session.get_one(MachineModel, lab.model.id).kind = kind
        some = copied(session, queue[0], 4, owner=lab.bob)
        session.commit()
    at_the_laser(context, lab, some[:2] if kind is MachineKind.LASER else [])
    few = statements(context, queue)
    with context.db.writing() as session:
        more = copied(session, queue[0], 200, owner=lab.bob)
        for number in range(200):
            cleared(session, lab, lab.machine.id, minutes=5, ago=number % 50)
        session.commit()
    at_the_laser(context, lab, more[:100] if kind is MachineKind.LASER else [])
    assert statements(context, queue) == few
    assert statements(context, more[100:]) == few
    with context.db.reading() as session:
        assert outlook(context, session).finish(session.get_one(Job, more[-1])) is not None


def copied(session: WritingSession, job_id: str, count: int, owner: Person) -> list[str]:
    """So many jobs like one, each with a waiting run like its own, at the cost of a few rows; their ids."""
    first = session.get_one(Job, job_id)
    run = runs.of_job(session, first)[0]
    request = Request(site_id=first.site_id, owner_id=owner.id, filed_by_id=owner.id)
    session.add(request)
    session.flush()
    made = []
    for _number in range(count):
        number = sites.next_job_number(session, session.get_one(Site, first.site_id))
        job = like(first, code=f"J-{number}", number=number, request_id=request.id, quote_id=None)
        session.add(job)
        session.flush()
        twin = like(run, slicing_id=run.slicing_id)
        twin.items = [RunItem(job_id=job.id, copies=1)]
        session.add(twin)
        made.append(job.id)
    session.flush()
    return made


def like(row: Row, **columns: object) -> Row:
    """Another row with the same facts."""
    names = [each.key for each in inspect(type(row)).column_attrs if each.key != "id"]
    return type(row)(**({name: getattr(row, name) for name in names} | columns))


def at_the_laser(context: Context, lab: Lab, job_ids: list[str]) -> None:
    """The files of these jobs wait at the laser."""
    with context.db.writing() as session:
        ids = select(RunItem.run_id).where(RunItem.job_id.in_(job_ids))
        staged = {"state": RunState.STAGED, "machine_id": lab.machine.id}
        session.execute(update(Run).where(Run.id.in_(ids)).values(staged))
        session.commit()
