"""A machine that never answers again while it has a run, and somebody wants it stopped."""

from pathlib import Path

import pytest

from fabqueue.dispatch.advance import advance
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.decide import GIVE_UP_MISSES
from fabqueue.dispatch.drivers import Drivers
from fabqueue.models import JobState, Machine, Run, RunState
from fabqueue.services import events, floor, jobs, runs
from fabqueue.services.floor import Resolution
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run

S = RunState


@pytest.fixture
def running(context: Context, lab: Lab, tmp_path: Path) -> str:
    """A run that has begun on the lab's machine, at whose address nothing answers."""
    with context.db.writing() as session:
        run = waiting_run(session, context.storage, lab, short_gcode(tmp_path / "short.gcode"))
        machine = session.get_one(Machine, lab.machine.id)
        runs.claim(session, events.of_machine(machine), run, machine, None)
        runs.began(session, events.of_machine(machine), run)
        session.commit()
        return run.id


def read(context: Context, run_id: str) -> Run:
    with context.db.reading() as session:
        run = session.get_one(Run, run_id)
        session.refresh(run.items[0].job)
        return run


def stop(context: Context, lab: Lab) -> None:
    """As a technician does it at the desk."""
    with context.db.writing() as session:
        floor.cancel(session, events.actor_of(lab.tara), session.get_one(Machine, lab.machine.id), "it smells")
        session.commit()


def give_up(context: Context, lab: Lab, run_id: str) -> None:
    """The job's owner wants it no more."""
    with context.db.writing() as session:
        job = session.get_one(Run, run_id).items[0].job
        jobs.cancel(session, job, session.merge(lab.alice, load=False))
        session.commit()


def advance_until_given_up(context: Context, drivers: Drivers, lab: Lab) -> None:
    for _ in range(GIVE_UP_MISSES):
        advance(context, drivers, lab.machine.id)


def test_without_a_wish_to_stop_the_run_goes_on(context: Context, drivers: Drivers, lab: Lab, running: str) -> None:
    advance_until_given_up(context, drivers, lab)
    assert read(context, running).state is S.RUNNING


@pytest.mark.parametrize(
    ("answer", "run_state", "job_state"),
    [
        (Resolution.DONE, S.DONE, JobState.IN_PRODUCTION),
        (Resolution.FAILED, S.FAILED, JobState.FAILED),
        (Resolution.REPEAT, S.FAILED, JobState.QUEUED),
        (Resolution.DROP, S.FAILED, JobState.CANCELLED),
    ],
)
def test_a_stop_that_nobody_answers_is_decided_by_a_person_and_frees_the_machine(
    context: Context, drivers: Drivers, lab: Lab, running: str, answer: Resolution, run_state: S, job_state: JobState
) -> None:
    stop(context, lab)
    advance(context, drivers, lab.machine.id)
    assert read(context, running).state is S.RUNNING
    advance_until_given_up(context, drivers, lab)
    run = read(context, running)
    assert (run.state, run.reason_code) == (S.IN_DOUBT, "run_stop_unanswered")
    with context.db.writing() as session:
        floor.resolve(session, events.actor_of(lab.tara), session.get_one(Run, running), answer, "I looked")
        session.commit()
    run = read(context, running)
    assert (run.state, run.items[0].job.state) == (run_state, job_state)
    with context.db.reading() as session:
        assert runs.active_on(session, session.get_one(Machine, lab.machine.id)) is None


def test_a_job_that_its_owner_gave_up_asks_a_person_too(
    context: Context, drivers: Drivers, lab: Lab, running: str
) -> None:
    give_up(context, lab, running)
    advance_until_given_up(context, drivers, lab)
    run = read(context, running)
    assert (run.state, run.items[0].job.state) == (S.IN_DOUBT, JobState.CANCELLED)


def test_a_machine_that_comes_back_is_stopped_and_the_first_reason_counts(
    context: Context, drivers: Drivers, lab: Lab, running: str
) -> None:
    stop(context, lab)
    advance_until_given_up(context, drivers, lab)
    with context.db.writing() as session:  # what the decision table has dispatch do when it answers
        run = session.get_one(Run, running)
        runs.stopping(session, events.of_machine(session.get_one(Machine, lab.machine.id)), run)
        runs.cancelled(session, events.of_machine(session.get_one(Machine, lab.machine.id)), run)
        session.commit()
    run = read(context, running)
    assert (run.state, run.reason_code) == (S.CANCELLED, "run_stopped_by_staff_said")
    assert run.items[0].job.reason_values == {"text": "it smells"}
