"""Runs and what they mean for their jobs: planned, claimed, done, failed, cancelled, made up for."""

from pathlib import Path

import pytest
from sqlalchemy import select

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import (
    Event,
    Job,
    JobState,
    Machine,
    MachineModel,
    Outcome,
    Run,
    RunState,
    Slicing,
    SlicingState,
    Stock,
)
from fabqueue.services import events, floor, jobs, ledger, planning, reviews, runs
from fabqueue.services.errors import Conflict
from fabqueue.services.events import SYSTEM
from fabqueue.storage import Storage
from tests.support.factories import Lab
from tests.support.making import approved_job, short_gcode, sliced, waiting_run

S = RunState


@pytest.fixture
def gcode(tmp_path: Path) -> Path:
    return short_gcode(tmp_path / "short.gcode")


@pytest.fixture
def run(session: WritingSession, storage: Storage, here: Lab, gcode: Path) -> Run:
    """A waiting run of a job of one copy."""
    return waiting_run(session, storage, here, gcode)


def at_work(session: WritingSession, here: Lab, run: Run) -> Run:
    runs.claim(session, SYSTEM, run, here.machine, here.grey)
    runs.send(session, SYSTEM, run, f"fabqueue/{run.id}-1.gcode", 1)
    runs.intend(session, SYSTEM, run)
    runs.began(session, SYSTEM, run)
    return run


def job_of(run: Run) -> Job:
    return run.items[0].job


def test_approval_plans_one_run_that_waits_for_its_slicing(
    session: WritingSession, config: Config, storage: Storage, here: Lab
) -> None:
    job = approved_job(session, storage, here, quantity=4)
    (run,) = runs.plan(session, config, SYSTEM, job)
    assert (run.state, [item.copies for item in run.items]) == (S.PREPARING, [4])
    assert run.slicing is not None
    assert (run.slicing.state, run.slicing.copies) == (SlicingState.PENDING, 4)
    assert (run.predicted_seconds, run.predicted_milligrams) == (240, 24_000)
    assert ("slice", run.slicing.id) in session.info["wakes"]


def test_planning_twice_plans_nothing_more(
    session: WritingSession, config: Config, storage: Storage, here: Lab
) -> None:
    job = approved_job(session, storage, here)
    runs.plan(session, config, SYSTEM, job)
    assert runs.plan(session, config, SYSTEM, job) == []


def test_the_same_design_and_settings_are_sliced_once(
    session: WritingSession, config: Config, storage: Storage, here: Lab
) -> None:
    job = approved_job(session, storage, here)
    (first,) = runs.plan(session, config, SYSTEM, job)
    other = approved_job(session, storage, here)
    other.revision_id = job.revision_id
    session.flush()
    session.refresh(other)
    (second,) = runs.plan(session, config, SYSTEM, other)
    assert first.slicing_id == second.slicing_id


def test_a_failed_slicing_is_tried_again_by_the_next_plan(
    session: WritingSession, config: Config, storage: Storage, here: Lab
) -> None:
    job = approved_job(session, storage, here)
    (run,) = runs.plan(session, config, SYSTEM, job)
    assert run.slicing is not None
    run.slicing.state, run.slicing.problem_code, run.slicing.attempts = SlicingState.FAILED, "slicing_failed", 1
    runs.fail(session, SYSTEM, run, "slicing_failed")
    reviews.requeue(session, config, job, here.tara)
    session.refresh(run.slicing)
    assert (run.slicing.state, run.slicing.attempts, run.slicing.problem_code) == (SlicingState.PENDING, 0, "")


def test_a_tool_without_profile_needs_no_slicing(
    session: WritingSession, config: Config, storage: Storage, here: Lab
) -> None:
    session.get_one(MachineModel, here.model.id).profile = ""
    job = approved_job(session, storage, here)
    (run,) = runs.plan(session, config, SYSTEM, job)
    assert (run.state, run.slicing_id) == (S.WAITING, None)


def test_a_claimed_job_is_in_production_until_it_is_given_back(session: WritingSession, here: Lab, run: Run) -> None:
    runs.claim(session, SYSTEM, run, here.machine, here.grey)
    assert job_of(run).state is JobState.IN_PRODUCTION
    runs.give_back(session, SYSTEM, run, "run_machine_away", {"machine": "m"})
    assert (job_of(run).state, run.state, run.machine_id) == (JobState.QUEUED, S.WAITING, None)


def test_a_run_that_was_stopped_while_its_machine_gave_it_back_is_over(
    session: WritingSession, here: Lab, run: Run
) -> None:
    runs.claim(session, SYSTEM, run, here.machine, here.grey)
    jobs.cancel(session, job_of(run), here.alice)
    assert run.state is S.CLAIMED
    runs.give_back(session, SYSTEM, run, "run_machine_away", {"machine": "m"})
    assert (run.state, job_of(run).state) == (S.CANCELLED, JobState.CANCELLED)


def test_only_one_transition_of_two_succeeds(session: WritingSession, here: Lab, run: Run) -> None:
    runs.claim(session, SYSTEM, run, here.machine, None)
    with pytest.raises(Conflict) as conflict:
        runs.claim(session, SYSTEM, run, here.machine, None)
    assert conflict.value.state == "claimed"


def test_the_bed_is_occupied_from_the_intent_on(session: WritingSession, here: Lab, run: Run) -> None:
    runs.claim(session, SYSTEM, run, here.machine, None)
    runs.send(session, SYSTEM, run, "fabqueue/x-1.gcode", 1)
    assert here.machine.bed_cleared_at is not None
    runs.intend(session, SYSTEM, run)
    assert here.machine.bed_cleared_at is None


def test_a_done_run_takes_its_material_off_the_spool(session: WritingSession, here: Lab, run: Run) -> None:
    runs.done(session, SYSTEM, at_work(session, here, run), seconds=77)
    assert (run.seconds, run.milligrams, session.get_one(Stock, here.grey.id).left_mg) == (77, 5000, 995_000)
    used = session.scalars(select(Event).where(Event.subject_id == here.grey.id, Event.verb == "use")).one()
    assert used.values["used_grams"] == 5.0


def test_what_somebody_started_at_the_machine_takes_its_material_too(
    session: WritingSession, here: Lab, run: Run
) -> None:
    runs.claim(session, SYSTEM, run, here.machine, here.grey)
    runs.send(session, SYSTEM, run, "fabqueue/x-1.gcode", 1)
    runs.done(session, SYSTEM, run)  # it was over before anybody looked
    assert (run.milligrams, here.grey.left_mg) == (5000, 995_000)


def test_a_failed_run_takes_its_material_by_progress(session: WritingSession, here: Lab, run: Run) -> None:
    at_work(session, here, run).progress = 40.0
    runs.fail(session, SYSTEM, run, "run_machine_error", {"error": "heater"})
    assert (run.milligrams, session.get_one(Stock, here.grey.id).left_mg) == (2000, 998_000)


def test_a_spool_never_holds_less_than_nothing(session: WritingSession, here: Lab, run: Run) -> None:
    here.grey.left_mg = 100
    runs.done(session, SYSTEM, at_work(session, here, run))
    assert session.get_one(Stock, here.grey.id).left_mg == 0


def test_a_failed_run_fails_its_job_and_releases_its_price(session: WritingSession, here: Lab, run: Run) -> None:
    runs.fail(session, SYSTEM, at_work(session, here, run), "run_machine_error", {"error": "heater"})
    job = job_of(run)
    assert (job.state, job.reason_code, job.reason_values) == (
        JobState.FAILED,
        "run_machine_error",
        {"error": "heater"},
    )
    assert ledger.held_for(session, job) == 0


def test_a_failed_job_is_made_again_when_staff_say_so(
    session: WritingSession, config: Config, here: Lab, run: Run
) -> None:
    runs.fail(session, SYSTEM, at_work(session, here, run), "run_machine_error", {"error": "heater"})
    reviews.requeue(session, config, job_of(run), here.tara)
    again = [each for each in runs.of_job(session, job_of(run)) if each.id != run.id]
    assert [(each.state, planning.copies_of(each, job_of(run))) for each in again] == [(S.PREPARING, 1)]
    assert ledger.held_for(session, job_of(run)) == 420
    assert job_of(run).reason_code == ""


def test_good_copies_make_the_job_ready_and_take_its_price(session: WritingSession, here: Lab, run: Run) -> None:
    runs.done(session, SYSTEM, at_work(session, here, run))
    floor.clear(session, events.actor_of(here.tara), here.machine, place="shelf 3")
    job = job_of(run)
    assert (job.state, job.good_copies, job.place) == (JobState.READY, 1, "shelf 3")
    assert (ledger.held_for(session, job), ledger.charged_for(session, job)) == (0, 420)
    assert (run.outcome, run.cleared_by_id, here.machine.bed_cleared_by_id) == (
        Outcome.GOOD,
        here.tara.id,
        here.tara.id,
    )


def test_what_came_out_bad_fails_the_job_with_the_reason(session: WritingSession, here: Lab, run: Run) -> None:
    runs.done(session, SYSTEM, at_work(session, here, run))
    floor.clear(session, events.actor_of(here.tara), here.machine, Outcome.FAILED, reason="warped corner")
    job = job_of(run)
    assert (job.state, job.reason_code, job.reason_values) == (
        JobState.FAILED, "run_came_out_bad_said", {"text": "warped corner"})  # fmt: skip
    assert (job.good_copies, ledger.charged_for(session, job), ledger.held_for(session, job)) == (0, 0, 0)
    assert here.machine.bed_cleared_at is not None


def test_too_few_good_copies_are_planned_again(
    session: WritingSession, storage: Storage, here: Lab, gcode: Path
) -> None:
    run = waiting_run(session, storage, here, gcode, copies=3)
    runs.done(session, SYSTEM, at_work(session, here, run))
    floor.clear(session, events.actor_of(here.tara), here.machine, good_copies=1)
    job = job_of(run)
    assert (job.state, job.good_copies, ledger.charged_for(session, job)) == (JobState.QUEUED, 1, 0)
    again = [each for each in runs.of_job(session, job) if each.id != run.id]
    assert [planning.copies_of(each, job) for each in again] == [2]
    assert again[0].slicing is not None
    assert again[0].slicing.copies == 2


def test_a_job_in_two_runs_is_ready_after_both(
    session: WritingSession, storage: Storage, here: Lab, gcode: Path
) -> None:
    job = approved_job(session, storage, here, quantity=2)
    both = [planning.make(session, SYSTEM, job, 1, sliced(session, storage, here, gcode)) for _ in range(2)]
    for number, run in enumerate(both):
        runs.done(session, SYSTEM, at_work(session, here, run))
        floor.clear(session, events.actor_of(here.tara), here.machine)
        assert job.state is (JobState.READY if number else JobState.QUEUED)
    assert job.good_copies == 2


def test_when_one_of_two_runs_fails_the_other_is_not_begun(
    session: WritingSession, storage: Storage, here: Lab, gcode: Path
) -> None:
    job = approved_job(session, storage, here, quantity=2)
    first, second = (planning.make(session, SYSTEM, job, 1, sliced(session, storage, here, gcode)) for _ in range(2))
    runs.fail(session, SYSTEM, at_work(session, here, first), "run_machine_error", {"error": "heater"})
    session.refresh(second)
    assert (job.state, second.state, second.reason_code) == (JobState.FAILED, S.CANCELLED, "run_not_needed")


def test_a_job_given_up_stops_what_waits_at_once_and_asks_the_machine(
    session: WritingSession, storage: Storage, here: Lab, gcode: Path
) -> None:
    job = approved_job(session, storage, here, quantity=2)
    first, second = (planning.make(session, SYSTEM, job, 1, sliced(session, storage, here, gcode)) for _ in range(2))
    at_work(session, here, first)
    runs.stop_all(session, events.actor_of(here.alice), job)
    assert (first.state, first.stop_asked_at is not None) == (S.RUNNING, True)
    assert second.state is S.CANCELLED
    assert ("advance", here.machine.id) in session.info["wakes"]


def test_a_ready_slicing_without_its_file_is_sliced_anew(
    session: WritingSession, config: Config, storage: Storage, here: Lab
) -> None:
    job = approved_job(session, storage, here)
    (run,) = runs.plan(session, config, SYSTEM, job)
    slicing = session.get_one(Slicing, run.slicing_id or "")
    slicing.state, slicing.gcode_sha256 = SlicingState.READY, None
    runs.fail(session, SYSTEM, run, "run_gcode_missing")
    reviews.requeue(session, config, job, here.tara)
    assert session.get_one(Slicing, slicing.id).state is SlicingState.PENDING


def test_the_machine_of_a_run_is_looked_at_soon(session: WritingSession, here: Lab, run: Run) -> None:
    at_work(session, here, run)
    session.get_one(Machine, here.machine.id).look_at = run.created_at
    runs.stop(session, events.actor_of(here.tara), run)
    assert here.machine.look_at is None
