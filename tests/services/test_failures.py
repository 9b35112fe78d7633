"""A bed where not everything is good: cause, fault, repeat, and what the ledger says then."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import Entry, Event, Job, JobState, Notice, Outcome, Run, RunState
from fabqueue.pricing import failure_minor
from fabqueue.services import events, failures, floor, ledger, runs, undoing
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import SYSTEM, Actor
from fabqueue.services.failures import AtFault, Cause, Verdict
from fabqueue.storage import Storage
from fabqueue.wording import reader
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run

MAKER = Verdict(cause=Cause.FILE, at_fault=AtFault.MAKER)


@pytest.fixture
def tara(here: Lab) -> Actor:
    return events.actor_of(here.tara)


@pytest.fixture
def running(session: WritingSession, storage: Storage, here: Lab, tmp_path: Path) -> Run:
    """Two copies for 4.20, at work."""
    run = waiting_run(session, storage, here, short_gcode(tmp_path / "short.gcode"), copies=2)
    runs.claim(session, SYSTEM, run, here.machine, here.grey)
    runs.began(session, SYSTEM, run)
    return run


@pytest.fixture
def printed(session: WritingSession, running: Run) -> Run:
    runs.done(session, SYSTEM, running)
    return running


def balance(session: WritingSession, job: Job) -> tuple[int, int]:
    """What the payer has, and what is held."""
    found = ledger.balance(session, job.payer)
    return found.minor, found.held_minor


def test_a_machines_fault_is_free(
    session: WritingSession, config: Config, here: Lab, tara: Actor, printed: Run
) -> None:
    failures.clear(session, config, tara, here.machine, Verdict(cause=Cause.CLOGGED, text="Nozzle changed"))
    job = printed.items[0].job
    assert (job.state, balance(session, job)) == (JobState.FAILED, (0, 0))
    assert (printed.cause, printed.at_fault) == ("cause_clogged", "machine")
    said = reader().say(job.reason_code, job.reason_values)
    assert said == "It ran to its end, but what came out is no good: the nozzle was clogged. Nozzle changed"
    public = reader().say_in_public(printed.reason_code, printed.reason_values)
    assert "Nozzle changed" not in public


def test_a_makers_fault_is_charged_and_told(
    session: WritingSession, config: Config, here: Lab, tara: Actor, printed: Run
) -> None:
    failures.clear(session, config, tara, here.machine, MAKER)
    job = printed.items[0].job
    assert (job.state, balance(session, job)) == (JobState.FAILED, (-420, 0))
    told = session.scalars(select(Notice.code).where(Notice.person_id == job.request.owner_id)).all()
    assert sorted(told) == ["notice_failed", "notice_failure_charged"]


def test_a_failure_costs_as_much_as_was_made(
    session: WritingSession, config: Config, here: Lab, tara: Actor, running: Run
) -> None:
    running.progress = 25.0
    runs.fail(session, SYSTEM, running, "run_cancelled_at_machine")
    failures.clear(session, config, tara, here.machine, MAKER)
    assert balance(session, running.items[0].job) == (-105, 0)


def test_only_the_failed_copies_are_charged_and_the_good_ones_later_cost_the_whole_quote(
    session: WritingSession, config: Config, here: Lab, tara: Actor, printed: Run
) -> None:
    job = printed.items[0].job
    verdict = Verdict(Outcome.GOOD, Cause.WARPED, at_fault=AtFault.MAKER, good_copies=1)
    failures.clear(session, config, tara, here.machine, verdict)
    assert (job.state, job.good_copies, balance(session, job)) == (JobState.QUEUED, 1, (-210, 420))
    again = runs.of_job(session, job)[-1]
    again.state = RunState.WAITING  # what its slicing would bring about
    session.flush()
    runs.claim(session, SYSTEM, again, here.machine, here.grey)
    runs.began(session, SYSTEM, again)
    runs.done(session, SYSTEM, again)
    floor.clear(session, tara, here.machine)
    assert (job.state, balance(session, job)) == (JobState.READY, (-630, 0))
    ledger.refund(session, job, here.tara, "sorry")
    assert balance(session, job) == (0, 0)


def test_repeating_keeps_the_hold_and_plans_the_missing_copies(
    session: WritingSession, config: Config, here: Lab, tara: Actor, printed: Run
) -> None:
    job = printed.items[0].job
    failures.clear(session, config, tara, here.machine, Verdict(cause=Cause.CAME_LOOSE, repeat=True))
    assert (job.state, balance(session, job)) == (JobState.QUEUED, (0, 420))
    waiting = [each for each in runs.of_job(session, job) if each.state is RunState.WAITING]
    assert [each.items[0].copies for each in waiting] == [2]
    assert session.scalar(select(func.count()).select_from(Notice)) == 0, "nobody is frightened by a job that goes on"


def test_a_run_that_broke_off_is_repeated_from_its_bed(
    session: WritingSession, config: Config, here: Lab, tara: Actor, running: Run
) -> None:
    runs.fail(session, SYSTEM, running, "run_connection_lost")
    job = running.items[0].job
    assert (job.state, balance(session, job)) == (JobState.FAILED, (0, 0))
    failures.clear(session, config, tara, here.machine, Verdict(cause=Cause.MACHINE, repeat=True))
    assert (job.state, balance(session, job)) == (JobState.QUEUED, (0, 420))
    assert [each.items[0].copies for each in runs.unsettled(session, job)] == [2]


def test_too_many_words_are_refused(
    session: WritingSession, config: Config, here: Lab, tara: Actor, printed: Run
) -> None:
    with pytest.raises(Refused) as refused:
        failures.clear(session, config, tara, here.machine, Verdict(text="x" * 501))
    assert refused.value.field == "reason"


def test_a_plain_tap_on_a_failed_run_explains_nothing(
    session: WritingSession, config: Config, here: Lab, tara: Actor, running: Run
) -> None:
    runs.fail(session, SYSTEM, running, "run_connection_lost")
    failures.clear(session, config, tara, here.machine, Verdict(Outcome.GOOD))
    assert (running.cause, running.at_fault, running.cleared_by_id) == ("", "", here.tara.id)
    assert session.scalar(select(Event).where(Event.verb == "explain")) is None


def test_a_lab_may_let_every_failure_be_free(
    session: WritingSession, config: Config, here: Lab, tara: Actor, printed: Run
) -> None:
    object.__setattr__(config.money, "maker_fault_percent", 0)
    failures.clear(session, config, tara, here.machine, MAKER)
    assert session.scalar(select(Entry).where(Entry.reason == ledger.FAILURE)) is None


@given(st.integers(0, 10**9), st.integers(1, 500), st.data())
def test_a_failure_never_costs_more_than_the_job(total: int, quantity: int, data: st.DataObject) -> None:
    failed = data.draw(st.integers(0, quantity))
    progress, percent = data.draw(st.floats(-10, 200)), data.draw(st.integers(0, 100))
    assert 0 <= failure_minor(total, quantity, failed, progress, percent) <= total


def test_a_tap_is_taken_back_and_counts_only_once(
    session: WritingSession, here: Lab, tara: Actor, printed: Run
) -> None:
    job = printed.items[0].job
    floor.clear(session, tara, here.machine)
    assert (job.state, balance(session, job)) == (JobState.READY, (-420, 0))
    assert undoing.last(session, here.tara) is printed
    undoing.take_back(session, tara, printed)
    assert (job.state, job.good_copies, balance(session, job)) == (JobState.IN_PRODUCTION, 0, (0, 420))
    assert here.machine.bed_cleared_at is None
    assert session.scalar(select(Notice).where(Notice.code == "notice_ready")) is None
    assert undoing.last(session, here.tara) is None
    floor.clear(session, tara, here.machine)
    assert (job.state, job.good_copies, balance(session, job)) == (JobState.READY, 2, (-420, 0))


def test_nothing_is_taken_back_once_the_next_run_is_there(
    session: WritingSession, storage: Storage, here: Lab, tara: Actor, printed: Run, tmp_path: Path
) -> None:
    floor.clear(session, tara, here.machine)
    following = waiting_run(session, storage, here, short_gcode(tmp_path / "next.gcode"))
    runs.claim(session, SYSTEM, following, here.machine, here.grey)
    assert undoing.last(session, here.tara) is None
    with pytest.raises(Conflict) as conflict:
        undoing.take_back(session, tara, printed)
    assert conflict.value.code == "undo_next_at_work"


def test_nothing_is_taken_back_after_it_was_collected(
    session: WritingSession, here: Lab, tara: Actor, printed: Run
) -> None:
    floor.clear(session, tara, here.machine)
    printed.items[0].job.state = JobState.COLLECTED
    session.flush()
    with pytest.raises(Conflict) as conflict:
        undoing.take_back(session, tara, printed)
    assert conflict.value.code == "undo_went_on"
