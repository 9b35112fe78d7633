"""Notices about what somebody decided, or what is over by itself, are settled for everybody who got one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.dispatch import sighting
from fabqueue.models import (
    Beam,
    Job,
    JobState,
    MailState,
    Notice,
    Person,
    Role,
    Run,
    ServiceTask,
    ServiceUnit,
)
from fabqueue.services import (
    emergencies,
    events,
    floor,
    handovers,
    jobs,
    lasers,
    notices,
    pauses,
    runs,
    servicing,
    stocks,
    supplies,
    workshop,
)
from fabqueue.services.events import SYSTEM, Actor
from fabqueue.services.supplies import StockFacts
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import approved_job, short_gcode, waiting_run

pytestmark = pytest.mark.postgresql


@pytest.fixture
def tara(here: Lab) -> Actor:
    return events.actor_of(here.tara)


@pytest.fixture
def other(session: WritingSession, here: Lab) -> Person:
    """A second technician, who wants mail."""
    return factories.person(session, "theo", Role.TECHNICIAN, email="theo@example.org", mail_notices=True)


@pytest.fixture
def running(session: WritingSession, storage: Storage, here: Lab, other: Person, tmp_path: Path) -> Run:
    run = waiting_run(session, storage, here, short_gcode(tmp_path / "short.gcode"))
    runs.claim(session, events.of_machine(here.machine), run, here.machine, here.grey)
    runs.began(session, events.of_machine(here.machine), run)
    return run


def open_ones(session: WritingSession, *people: Person) -> list[str]:
    """Codes of what nobody has settled, for these people or everybody."""
    wanted = select(Notice).where(Notice.over_seq.is_(None)).order_by(Notice.event_seq)
    if people:
        wanted = wanted.where(Notice.person_id.in_([each.id for each in people]))
    return [each.code for each in session.scalars(wanted)]


def unread(session: WritingSession, *people: Person) -> list[int]:
    return [notices.unread_count(session, each) for each in people]


def test_a_doubt_that_one_decides_is_settled_for_the_others(
    session: WritingSession, here: Lab, tara: Actor, other: Person, running: Run
) -> None:
    runs.doubt(session, SYSTEM, running, "run_interrupted", {})
    assert open_ones(session) == ["notice_doubt"] * 2
    assert unread(session, here.tara, other) == [1, 1]
    assert len(notices.mails_due(session)) == 1
    floor.resolve(session, tara, running, floor.Resolution.DONE, "It lies there")
    assert open_ones(session) == []
    assert unread(session, here.tara, other) == [0, 0]
    assert notices.mails_due(session) == []
    theirs = notices.latest(session, other)[0]
    assert theirs.over is not None
    assert (theirs.over.actor_id, theirs.mail) == (here.tara.id, MailState.NONE)


def test_a_doubt_about_one_run_leaves_that_about_another_open(
    session: WritingSession, storage: Storage, here: Lab, tara: Actor, running: Run, tmp_path: Path
) -> None:
    second = factories.machine(session, here.site, here.model)
    run = waiting_run(session, storage, here, short_gcode(tmp_path / "other.gcode", 0.7))
    runs.claim(session, events.of_machine(second), run, second, None)
    runs.began(session, events.of_machine(second), run)
    for each in (run, running):
        runs.doubt(session, SYSTEM, each, "run_interrupted", {})
    floor.resolve(session, tara, running, floor.Resolution.DONE, "It lies there")
    left = session.scalars(select(Notice).where(Notice.over_seq.is_(None))).all()
    assert {each.event.subject_id for each in left} == {run.id}


def test_what_was_read_before_is_settled_and_stays_as_it_was_read(
    session: WritingSession, here: Lab, tara: Actor, running: Run
) -> None:
    runs.doubt(session, SYSTEM, running, "run_interrupted", {})
    notices.mark_read(session, here.tara)
    read_at = notices.latest(session, here.tara)[0].read_at
    floor.resolve(session, tara, running, floor.Resolution.FAILED, "Broken")
    [notice] = notices.latest(session, here.tara)
    assert (notice.read_at, bool(notice.over)) == (read_at, True)


def test_a_fault_is_over_when_it_is_gone_and_not_when_it_is_another(session: WritingSession, here: Lab) -> None:
    def look(code: str) -> None:
        sighting.write_down(session, here.machine, True, code, {})

    look("machine_printer_error")
    look("machine_printer_offline")
    assert open_ones(session) == ["notice_fault"]
    look("")
    assert open_ones(session) == []


def test_a_fault_is_over_with_its_machine_or_with_its_address(session: WritingSession, here: Lab) -> None:
    second = factories.machine(session, here.site, here.model)
    for each in (here.machine, second):
        sighting.write_down(session, each, True, "machine_key_refused", {})
    facts = workshop.MachineFacts(
        here.machine.name, here.model.slug, here.machine.driver, url="http://127.0.0.1:2", key="another-key"
    )
    workshop.save_machine(session, here.tara, facts, here.machine)
    assert open_ones(session) == ["notice_fault"]
    workshop.retire_machine(session, here.tara, second)
    assert open_ones(session) == []


def test_an_emergency_stop_is_over_when_it_is_confirmed_or_the_machine_connected_again(
    session: WritingSession, here: Lab, tara: Actor
) -> None:
    for end in (emergencies.confirm, lambda session, machine: emergencies.connect_again(session, tara, machine)):
        emergencies.ask(session, tara, here.machine)
        emergencies.unconfirmed(session, here.machine)
        assert open_ones(session) == ["notice_emergency"]
        end(session, here.machine)
        assert open_ones(session) == []


def test_a_command_is_over_when_the_machine_confirms_it_or_another_is_given(
    session: WritingSession, here: Lab, tara: Actor, running: Run
) -> None:
    machine = events.of_machine(here.machine)
    floor.pause(session, tara, here.machine)
    runs.unanswered(session, machine, running, "pause")
    assert open_ones(session, here.tara) == ["notice_unconfirmed"]
    runs.paused(session, machine, running)
    runs.wish_met(session, machine, running, True)
    assert open_ones(session) == []
    floor.resume(session, tara, here.machine)
    runs.unanswered(session, machine, running, "resume")
    floor.cancel(session, tara, here.machine)
    assert open_ones(session) == []
    runs.unanswered(session, machine, running, "stop")
    runs.stopping(session, machine, running)
    assert open_ones(session, here.tara) == ["notice_unconfirmed"]
    runs.cancelled(session, machine, running)
    assert open_ones(session, here.tara) == []


def test_a_pause_is_over_when_it_goes_on(session: WritingSession, here: Lab, running: Run) -> None:
    machine = events.of_machine(here.machine)
    runs.paused(session, machine, running)
    assert open_ones(session, here.tara) == ["notice_paused"]
    assert pauses.is_unasked(session, running)
    runs.resumed(session, machine, running)
    assert open_ones(session) == []


def test_a_laser_is_settled_by_whoever_is_there(session: WritingSession, here: Lab, tara: Actor, running: Run) -> None:
    lasers.absent(session, SYSTEM, running)
    lasers.beam_is(session, here.machine, Beam.UNCONFIRMED)
    assert open_ones(session, here.tara) == ["notice_laser_alone", "notice_beam"]
    lasers.present(session, tara, here.machine)
    assert open_ones(session, here.tara) == ["notice_beam"]
    lasers.beam_is(session, here.machine, Beam.OFF)
    assert open_ones(session) == []
    lasers.beam_is(session, here.machine, Beam.UNCONFIRMED)
    runs.done(session, SYSTEM, running)
    floor.clear(session, tara, here.machine)
    assert open_ones(session, here.tara, here.adam) == []


def test_stock_is_settled_by_more_of_it_by_a_lower_mark_or_by_leaving(session: WritingSession, here: Lab) -> None:
    spool = here.grey

    def run_low() -> None:
        spool.low_mg = 100_000
        stocks.weigh(session, here.tara, spool, 50)
        assert open_ones(session) == ["notice_stock_low"]

    run_low()
    stocks.weigh(session, here.tara, spool, 60)
    assert open_ones(session) == ["notice_stock_low"]
    stocks.weigh(session, here.tara, spool, 900)
    assert open_ones(session) == []
    run_low()
    supplies.save_stock(session, here.tara, StockFacts("pla", spool.label, left_grams=None, low_grams=10), spool)
    assert open_ones(session) == []
    run_low()
    supplies.retire_stock(session, here.tara, spool)
    assert open_ones(session) == []


@pytest.fixture
def due(session: WritingSession, here: Lab, other: Person) -> tuple[ServiceTask, ServiceTask]:
    """Two services that are due, of which Tara has read."""
    first, second = (
        servicing.add(session, here.tara, here.model, servicing.TaskFacts(name, 1, ServiceUnit.RUNS))
        for name in ("Oil the rods", "Change the nozzle")
    )
    here.machine.worked_runs = 5
    session.flush()
    servicing.look(session, here.machine)
    notices.mark_read(session, here.tara)
    return first, second


def names(session: WritingSession) -> set[str]:
    wanted = select(Notice).where(Notice.over_seq.is_(None))
    return {each.values["task"] for each in session.scalars(wanted)}


def test_a_service_that_is_done_is_settled_alone_and_is_due_again_when_that_is_taken_back(
    session: WritingSession, here: Lab, tara: Actor, other: Person, due: tuple[ServiceTask, ServiceTask]
) -> None:
    record = servicing.done(session, tara, here.machine, due[0])
    assert names(session) == {"Change the nozzle"}
    assert unread(session, here.tara, other) == [0, 1]
    servicing.undo(session, tara, here.machine, record)
    assert names(session) == {"Oil the rods", "Change the nozzle"}
    assert unread(session, here.tara, other) == [0, 2]


def test_a_service_that_nobody_has_to_do_any_more_is_settled(
    session: WritingSession, here: Lab, due: tuple[ServiceTask, ServiceTask]
) -> None:
    servicing.retire(session, here.tara, due[1])
    assert names(session) == {"Oil the rods"}


@pytest.fixture
def job(session: WritingSession, storage: Storage, here: Lab) -> Job:
    """A job of Alice's, whom Ines looks after."""
    here.alice.guarded, here.alice.guardian = True, here.ines
    return approved_job(session, storage, here)


def moved(session: WritingSession, job: Job, state: JobState) -> None:
    events.move(session, SYSTEM, job, set(JobState), state, "test")


@pytest.mark.parametrize(
    ("asks", "code"),
    [
        (JobState.CHANGES_REQUESTED, "notice_question"), (JobState.AWAITING_MEMBER, "notice_price_change"),
        (JobState.READY, "notice_ready"),
    ],
)  # fmt: skip
def test_what_a_maker_answers_is_settled_for_who_looks_after_them(
    session: WritingSession, here: Lab, config: Config, job: Job, asks: JobState, code: str
) -> None:
    moved(session, job, asks)
    assert open_ones(session, here.alice, here.ines) == [code] * 2
    answers: dict[JobState, Callable[[], object]] = {
        JobState.CHANGES_REQUESTED: lambda: jobs.cancel(session, job, here.alice),
        JobState.AWAITING_MEMBER: lambda: jobs.cancel(session, job, here.alice),
        JobState.READY: lambda: handovers.hand_out(session, [job], here.tara, handovers.Taking()),
    }
    answers[asks]()
    assert open_ones(session) == []
    assert unread(session, here.alice, here.ines) == [0, 0]


def test_what_failed_is_told_whatever_becomes_of_it(session: WritingSession, here: Lab, job: Job) -> None:
    moved(session, job, JobState.FAILED)
    moved(session, job, JobState.QUEUED)
    assert unread(session, here.alice) == [1]


def test_another_event_of_a_job_settles_nothing(session: WritingSession, here: Lab, job: Job) -> None:
    moved(session, job, JobState.READY)
    events.record(session, SYSTEM, job, "prefer_machine", old=JobState.READY, new="Prusa")
    assert unread(session, here.alice) == [1]
