"""What several people and machines do at the same moment, on PostgreSQL, where each sees what the others committed."""

import pytest

from fabqueue.db import WritingSession
from fabqueue.dispatch import by_hand
from fabqueue.dispatch.context import Context
from fabqueue.models import MANUAL, Job, Machine, MachineKind, MachineModel, Run, RunState
from fabqueue.services import events, floor, runs
from fabqueue.services.errors import Refused
from tests.dispatch.queue import at_work, change, outlook, run_of, second_machine
from tests.support.factories import Lab
from tests.support.racing import race

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def test_two_people_who_start_at_one_tool_start_one_run(context: Context, lab: Lab, queue: list[str]) -> None:
    change(context, Machine, lab.machine.id, driver=MANUAL)

    def start(session: WritingSession) -> None:
        by_hand.start(session, context.config, events.actor_of(lab.tara), session.get_one(Machine, lab.machine.id))

    error = race(context.db, start, start)
    assert isinstance(error, Refused)
    assert error.code == "wait_busy"
    with context.db.reading() as session:
        states = [session.get_one(Run, run_of(context, each)).state for each in queue]
    assert states == [RunState.RUNNING, RunState.WAITING, RunState.WAITING]


def test_a_run_that_a_machine_takes_while_a_page_is_read_waits_for_nothing(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    at_work(context, lab, queue[0])
    other_id = second_machine(context, lab)
    with context.db.reading() as session:
        found = outlook(context, session)
        first, second = (session.get_one(Job, each) for each in queue[:2])
        assert found.reason(first) is None
        claimed(context, queue[1], other_id)
        assert (found.reason(second), found.finish(second)) == (None, None)


def claimed(context: Context, job_id: str, machine_id: str) -> str:
    """A machine takes the run of a job; the run's id."""
    run_id = run_of(context, job_id)
    with context.db.writing() as session:
        run = session.get_one(Run, run_id)
        runs.claim(session, events.SYSTEM, run, session.get_one(Machine, machine_id), None)
        session.commit()
    return run_id


def test_a_run_that_its_machine_gives_back_while_a_page_is_read_waits_for_nothing(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    run_id = claimed(context, queue[0], lab.machine.id)
    claimed(context, queue[1], second_machine(context, lab))
    with context.db.reading() as session:
        found = outlook(context, session)
        assert found.reason(session.get_one(Job, queue[1])) is None
        with context.db.writing() as other:
            runs.give_back(other, events.SYSTEM, other.get_one(Run, run_id), "run_machine_away", {"machine": "M"})
            other.commit()
        assert found.reason(session.get_one(Job, queue[0])) is None


def test_a_run_that_is_staged_while_somebody_stops_it_is_stopped(context: Context, lab: Lab, queue: list[str]) -> None:
    run_id = claimed(context, queue[0], lab.machine.id)
    change(context, Run, run_id, state=RunState.SENDING)
    with context.db.writing() as session:
        session.get_one(MachineModel, lab.model.id).kind = MachineKind.LASER
        session.commit()

    def stages(session: WritingSession) -> None:
        runs.stage(session, events.SYSTEM, session.get_one(Run, run_id))

    def stops(session: WritingSession) -> None:
        floor.cancel(session, events.actor_of(lab.tara), session.get_one(Machine, lab.machine.id))

    assert race(context.db, stages, stops) is None
    with context.db.reading() as session:
        assert session.get_one(Run, run_id).state is RunState.CANCELLED
