"""Runs that are cancelled: at the machine, by staff, by the member, before and after they were started."""

import pytest

from fabqueue.models import Job, JobState, RunState
from fabqueue.services import floor, jobs, ledger
from tests.dispatch.stand import Stand, step_to
from tests.support.octoprint import eventually

pytestmark = pytest.mark.octoprint
S = RunState


def test_a_print_cancelled_at_the_machine_fails_its_run_and_job(stand: Stand) -> None:
    run_id = stand.run(seconds=20)
    stand.until(run_id, S.RUNNING)
    stand.command("/api/job", command="cancel")
    run = stand.until(run_id, S.FAILED)
    job = stand.job(run_id)
    assert run.reason_code == job.reason_code == "run_cancelled_at_machine"
    assert job.state is JobState.FAILED
    assert stand.machine().bed_cleared_at is None
    with stand.context.db.reading() as session:
        assert ledger.held_for(session, job) == 0


def test_staff_stop_a_run_at_the_machine(stand: Stand) -> None:
    run_id = stand.run(seconds=20)
    stand.until(run_id, S.RUNNING)
    stand.write(floor.cancel, "loose part")
    run = stand.until(run_id, S.CANCELLED)
    assert (run.reason_code, run.reason_values) == ("run_stopped_by_staff_said", {"text": "loose part"})
    assert stand.job(run_id).state is JobState.FAILED
    eventually(lambda: stand.seen("PrintCancelled", run_id) == 1)
    assert stand.seen("PrintDone", run_id) == 0
    assert stand.machine().bed_cleared_at is None


def cancel_job(stand: Stand, run_id: str) -> None:
    with stand.context.db.writing() as session:
        job = session.get_one(Job, stand.job(run_id).id)
        jobs.cancel(session, job, stand.lab.alice)
        session.commit()


@pytest.mark.parametrize("state", [S.CLAIMED, S.SENDING, S.STARTING])
def test_a_member_cancels_before_the_start(stand: Stand, state: RunState, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each stage short of running nothing is printed."""
    run_id = stand.run(seconds=20)
    step_to(stand, monkeypatch, run_id, state)
    cancel_job(stand, run_id)
    assert stand.job(run_id).state is JobState.CANCELLED
    stand.until(run_id, S.CANCELLED)
    assert stand.seen("PrintStarted", run_id) == 0
    assert stand.job(run_id).state is JobState.CANCELLED


def test_a_member_cancels_while_it_runs(stand: Stand) -> None:
    run_id = stand.run(seconds=20)
    stand.until(run_id, S.RUNNING)
    cancel_job(stand, run_id)
    stand.until(run_id, S.CANCELLED)
    eventually(lambda: stand.seen("PrintCancelled", run_id) == 1)
    assert stand.job(run_id).state is JobState.CANCELLED
    assert stand.machine().bed_cleared_at is None


def test_a_waiting_run_is_cancelled_at_once(stand: Stand) -> None:
    run_id = stand.run()
    cancel_job(stand, run_id)
    assert stand.read(run_id).state is S.CANCELLED
    stand.advance()
    assert stand.seen("PrintStarted", run_id) == 0
