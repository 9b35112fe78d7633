"""What people do at machines."""

from pathlib import Path

import pytest
from sqlalchemy import select

from fabqueue.config import Config
from fabqueue.db import WritingSession, now
from fabqueue.dispatch import by_hand
from fabqueue.models import MANUAL, Event, Job, JobState, Outcome, Run, RunState, Site
from fabqueue.services import events, floor, ledger, runs
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import SYSTEM, Actor
from fabqueue.services.floor import Resolution
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import approved_job, short_gcode, waiting_run

S = RunState


@pytest.fixture
def tara(here: Lab) -> Actor:
    return events.actor_of(here.tara)


@pytest.fixture
def gcode(tmp_path: Path) -> Path:
    return short_gcode(tmp_path / "short.gcode")


@pytest.fixture
def run(session: WritingSession, storage: Storage, here: Lab, gcode: Path) -> Run:
    return waiting_run(session, storage, here, gcode, copies=2)


@pytest.fixture
def running(session: WritingSession, here: Lab, run: Run) -> Run:
    runs.claim(session, SYSTEM, run, here.machine, here.grey)
    runs.began(session, SYSTEM, run)
    return run


@pytest.fixture
def doubtful(session: WritingSession, running: Run) -> Run:
    runs.doubt(session, SYSTEM, running, "run_interrupted", {})
    return running


@pytest.fixture
def by_person(session: WritingSession, here: Lab) -> Lab:
    """The lab's machine is driven by hand."""
    here.machine.driver = MANUAL
    session.flush()
    return here


def test_a_bed_is_not_cleared_under_a_run(session: WritingSession, here: Lab, tara: Actor, running: Run) -> None:
    with pytest.raises(Conflict) as conflict:
        floor.clear(session, tara, here.machine)
    assert conflict.value.code == "machine_is_busy"
    assert here.machine.bed_cleared_at is None


def test_a_bed_is_cleared_without_any_run(session: WritingSession, here: Lab, tara: Actor) -> None:
    here.machine.bed_cleared_at = None
    assert floor.clear(session, tara, here.machine) is None
    assert here.machine.bed_cleared_at is not None


@pytest.mark.parametrize(("outcome", "copies"), [(Outcome.GOOD, 3), (Outcome.GOOD, -1), (Outcome.FAILED, 1)])
def test_more_copies_than_were_made_are_refused(
    session: WritingSession, here: Lab, tara: Actor, running: Run, outcome: Outcome, copies: int
) -> None:
    runs.done(session, SYSTEM, running)
    with pytest.raises(Refused) as refused:
        floor.clear(session, tara, here.machine, outcome, copies)
    assert (refused.value.code, refused.value.field) == ("good_copies_out_of_bounds", "good_copies")


def test_clearing_after_a_failed_run_makes_nothing_good(
    session: WritingSession, here: Lab, tara: Actor, running: Run
) -> None:
    runs.fail(session, SYSTEM, running, "run_cancelled_at_machine")
    floor.clear(session, tara, here.machine)
    assert (running.items[0].job.good_copies, running.items[0].job.state) == (0, JobState.FAILED)
    assert running.cleared_by_id == here.tara.id


def test_a_cancelled_job_gets_no_parts_and_is_not_charged(
    session: WritingSession, here: Lab, tara: Actor, running: Run
) -> None:
    job = running.items[0].job
    job.state = JobState.CANCELLED
    runs.done(session, SYSTEM, running)
    floor.clear(session, tara, here.machine)
    assert (job.state, job.good_copies, ledger.charged_for(session, job)) == (JobState.CANCELLED, 0, 0)


def test_loading_moves_a_spool_from_where_it_was(session: WritingSession, here: Lab, tara: Actor) -> None:
    other = factories.machine(session, here.site, here.model)
    floor.load(session, tara, other, here.grey)
    session.refresh(here.machine.slots[0])
    assert (here.machine.slots[0].stock_id, other.slots[0].stock_id) == (None, here.grey.id)
    verbs = session.scalars(select(Event.verb).where(Event.subject_id.in_({here.machine.id, other.id})))
    assert list(verbs) == ["load", "load"]


def test_nothing_is_loaded_or_taken_under_a_run(session: WritingSession, here: Lab, tara: Actor, running: Run) -> None:
    other = factories.machine(session, here.site, here.model)
    for machine, stock in ((here.machine, None), (other, here.grey)):
        with pytest.raises(Conflict):
            floor.load(session, tara, machine, stock)


def test_a_slot_that_is_not_there_and_retired_stock_are_refused(
    session: WritingSession, here: Lab, tara: Actor
) -> None:
    with pytest.raises(Refused, match="slot_unknown"):
        floor.load(session, tara, here.machine, here.grey, position=5)
    here.grey.retired_at = now()
    with pytest.raises(Refused, match="stock_retired"):
        floor.load(session, tara, here.machine, here.grey)


def test_maintenance_needs_a_reason_and_is_switched_once(session: WritingSession, here: Lab, tara: Actor) -> None:
    with pytest.raises(Refused, match="reason_missing"):
        floor.maintenance(session, tara, here.machine, True, " ")
    floor.maintenance(session, tara, here.machine, True, "nozzle")
    assert (here.machine.maintenance_reason, here.machine.maintenance_by_id) == ("nozzle", here.tara.id)
    with pytest.raises(Conflict):
        floor.maintenance(session, tara, here.machine, True, "again")
    floor.maintenance(session, tara, here.machine, False)
    assert here.machine.maintenance_at is None


def test_pausing_asks_the_machine(session: WritingSession, here: Lab, tara: Actor, running: Run) -> None:
    floor.pause(session, tara, here.machine)
    assert (running.state, running.pause_asked) == (S.RUNNING, True)
    with pytest.raises(Conflict):
        floor.resume(session, tara, here.machine)


def test_nothing_can_be_done_to_an_idle_machine(session: WritingSession, here: Lab, tara: Actor) -> None:
    for command in (floor.pause, floor.resume, floor.cancel):
        with pytest.raises(Conflict) as conflict:
            command(session, tara, here.machine)
        assert conflict.value.state == "idle"


def test_a_run_that_the_lab_stops_fails_its_job_with_the_reason(
    session: WritingSession, here: Lab, tara: Actor, running: Run
) -> None:
    floor.cancel(session, tara, here.machine, "loose part")
    assert (running.state, running.stop_asked_at is not None) == (S.RUNNING, True)
    runs.stopping(session, SYSTEM, running)
    runs.cancelled(session, SYSTEM, running)
    job = running.items[0].job
    assert (job.state, job.reason_code) == (JobState.FAILED, "run_stopped_by_staff_said")


def test_a_doubt_needs_words_and_a_doubtful_run(session: WritingSession, tara: Actor, running: Run) -> None:
    with pytest.raises(Conflict):
        floor.resolve(session, tara, running, Resolution.DONE, "fine")
    runs.doubt(session, SYSTEM, running, "run_interrupted", {})
    with pytest.raises(Refused, match="reason_missing"):
        floor.resolve(session, tara, running, Resolution.DONE, "")


@pytest.mark.parametrize(
    ("outcome", "run_state", "job_state"),
    [
        (Resolution.DONE, S.DONE, JobState.IN_PRODUCTION),
        (Resolution.FAILED, S.FAILED, JobState.FAILED),
        (Resolution.REPEAT, S.FAILED, JobState.QUEUED),
        (Resolution.DROP, S.FAILED, JobState.CANCELLED),
    ],
)
def test_a_person_decides_about_a_doubt(
    session: WritingSession, here: Lab, tara: Actor, doubtful: Run, outcome: Resolution, run_state: RunState,
    job_state: JobState,
) -> None:  # fmt: skip
    floor.resolve(session, tara, doubtful, outcome, "looked at it")
    job = doubtful.items[0].job
    assert (doubtful.state, job.state, here.machine.bed_cleared_at) == (run_state, job_state, None)
    held = {Resolution.DONE: 420, Resolution.REPEAT: 420}.get(outcome, 0)
    assert ledger.held_for(session, job) == held


def test_a_repeated_run_is_planned_for_all_its_copies(session: WritingSession, tara: Actor, doubtful: Run) -> None:
    floor.resolve(session, tara, doubtful, Resolution.REPEAT, "nothing on the bed")
    job = doubtful.items[0].job
    again = [each for each in runs.of_job(session, job) if each.id != doubtful.id]
    assert [(each.state, each.items[0].copies) for each in again] == [(S.WAITING, 2)]


# machines driven by hand


def test_a_person_starts_the_next_run_and_finishes_it(
    session: WritingSession, config: Config, by_person: Lab, tara: Actor, run: Run
) -> None:
    started = by_hand.start(session, config, tara, by_person.machine)
    assert (started.id, started.state, started.stock_id) == (run.id, S.RUNNING, by_person.grey.id)
    assert run.items[0].job.state is JobState.IN_PRODUCTION
    floor.finish(session, tara, by_person.machine)
    assert (run.state, by_person.machine.bed_cleared_at) == (S.DONE, None)
    floor.clear(session, tara, by_person.machine)
    assert run.items[0].job.state is JobState.READY
    actors = session.scalars(select(Event.actor_id).where(Event.subject_id == run.id, Event.verb != "plan"))
    assert set(actors) == {by_person.tara.id}


def test_a_named_run_may_go_before_its_turn(
    session: WritingSession, config: Config, storage: Storage, by_person: Lab, tara: Actor, gcode: Path, run: Run
) -> None:
    later = waiting_run(session, storage, by_person, gcode)
    assert [each.id for each in by_hand.startable(session, config, by_person.machine)] == [run.id, later.id]
    assert by_hand.start(session, config, tara, by_person.machine, later).id == later.id


def test_a_machine_that_takes_its_work_by_itself_is_not_started_by_hand(
    session: WritingSession, config: Config, here: Lab, tara: Actor, run: Run
) -> None:
    with pytest.raises(Refused, match="machine_starts_itself"):
        by_hand.start(session, config, tara, here.machine, run)
    with pytest.raises(Refused, match="machine_finishes_itself"):
        floor.finish(session, tara, here.machine)


def test_nothing_starts_by_hand_in_a_held_lab_or_on_a_full_bed(
    session: WritingSession, config: Config, by_person: Lab, tara: Actor, run: Run
) -> None:
    by_person.machine.bed_cleared_at = None
    with pytest.raises(Refused, match="wait_clear"):
        by_hand.start(session, config, tara, by_person.machine, run)
    site = session.get_one(Site, by_person.site.id)
    site.held_at, site.held_reason = now(), "fire drill"
    with pytest.raises(Refused, match="wait_lab_held"):
        by_hand.start(session, config, tara, by_person.machine, run)


def test_an_unwanted_or_unfitting_run_is_not_started_by_hand(
    session: WritingSession, config: Config, by_person: Lab, tara: Actor, run: Run
) -> None:
    job = session.get_one(Job, run.items[0].job_id)
    job.state = JobState.AWAITING_MEMBER
    with pytest.raises(Conflict):
        by_hand.start(session, config, tara, by_person.machine, run)
    job.state, run.colour = JobState.QUEUED, "blue"
    with pytest.raises(Refused, match="wait_colour"):
        by_hand.start(session, config, tara, by_person.machine, run)


def test_with_nothing_to_start_it_says_so(session: WritingSession, config: Config, by_person: Lab, tara: Actor) -> None:
    with pytest.raises(Refused, match="nothing_to_start"):
        by_hand.start(session, config, tara, by_person.machine)


def test_what_a_person_works_at_by_hand_is_cancelled_by_saying_so_and_not_paused(
    session: WritingSession, config: Config, by_person: Lab, tara: Actor, run: Run
) -> None:
    by_hand.start(session, config, tara, by_person.machine)
    with pytest.raises(Refused, match="machine_no_pause"):
        floor.pause(session, tara, by_person.machine)
    assert run.state is S.RUNNING
    floor.cancel(session, tara, by_person.machine, "needle broke")
    assert (run.state, run.items[0].job.state) == (S.CANCELLED, JobState.FAILED)
    assert by_person.machine.bed_cleared_at is None


def test_a_job_of_another_machine_model_is_not_offered(
    session: WritingSession, config: Config, storage: Storage, by_person: Lab, run: Run
) -> None:
    other = factories.manual_machine(session, by_person.site, factories.manual_model(session))
    approved_job(session, storage, by_person)
    assert by_hand.startable(session, config, other) == []
