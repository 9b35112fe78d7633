"""What several people and machines do at the same moment, on PostgreSQL, where each sees what the others committed."""

import pytest

from fabqueue.dispatch.context import Context
from fabqueue.models import Job, Machine, Run
from fabqueue.services import events, runs
from tests.dispatch.queue import at_work, outlook, run_of, second_machine
from tests.support.factories import Lab

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


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
