"""One job on several machines at once, and a machine that was preferred: who gets what, and what is said of it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from fabqueue.db import WritingSession, now
from fabqueue.dispatch import by_hand, match, promise
from fabqueue.dispatch.claim import claim_for
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.forecast import Span
from fabqueue.dispatch.waiting import Outlook
from fabqueue.models import (
    MANUAL,
    Connection,
    Event,
    Job,
    JobState,
    Machine,
    MachineModel,
    Outcome,
    Person,
    Run,
    RunState,
    Slicing,
    SlicingState,
)
from fabqueue.services import events, floor, planning, preparation, queueing, reviews, runs
from fabqueue.services.actions import allowed_actions
from fabqueue.storage import Storage
from fabqueue.wording import reader
from tests.dispatch.queue import change
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import approved_job, short_gcode, waiting_run

MARS, VENUS = "Mars", "Venus"


@pytest.fixture
def pair(context: Context, lab: Lab) -> dict[str, str]:
    """Ids of two printers of one model by their names, each with grey PLA loaded and a clear bed."""
    with context.db.writing() as session:
        site, model = session.merge(lab.site, load=False), session.get_one(MachineModel, lab.model.id)
        first = session.get_one(Machine, lab.machine.id)
        first.name = MARS
        spool = factories.stock(session, site, session.merge(lab.pla, load=False))
        second = factories.machine(session, site, model, spool, name=VENUS)
        session.commit()
        return {MARS: first.id, VENUS: second.id}


def claim(context: Context, machine_id: str) -> str | None:
    with context.db.writing() as session:
        run = claim_for(session, context.config, machine_id)
        session.commit()
        return run.id if run else None


# several at once


@pytest.fixture
def spread(context: Context, lab: Lab, storage: Storage, pair: dict[str, str]) -> str:
    """Id of a job of ten copies in two runs of five, ready to be made."""
    assert len(pair) == 2
    with context.db.writing() as session:
        job = approved_job(session, storage, lab, quantity=10)
        reviews.spread(session, context.config, job, session.get_one(Person, lab.tara.id), 2)
        for slicing in session.scalars(select(Slicing)):
            slicing.state, slicing.seconds, slicing.milligrams = SlicingState.READY, 300, 5000
            slicing.gcode_sha256 = job.revision.sha256
            session.flush()
            preparation.slicing_ended(session, context.config, slicing.id)
        session.commit()
        return job.id


def job_of(context: Context, job_id: str) -> Job:
    with context.db.reading() as session:
        return session.get_one(Job, job_id)


def make(context: Context, run_id: str | None) -> None:
    """The machine that has it makes it."""
    with context.db.writing() as session:
        run = session.get_one(Run, run_id)
        runs.send(session, events.SYSTEM, run, f"fabqueue/{run.id}-1.gcode", 1)
        runs.intend(session, events.SYSTEM, run)
        runs.began(session, events.SYSTEM, run)
        runs.done(session, events.SYSTEM, run)
        session.commit()


def clear(context: Context, lab: Lab, machine_id: str, outcome: Outcome = Outcome.GOOD, *, again: bool = False) -> None:
    with context.db.writing() as session:
        tara = events.actor_of(session.get_one(Person, lab.tara.id))
        floor.clear(session, tara, session.get_one(Machine, machine_id), outcome, again=again)
        session.commit()


@pytest.mark.postgresql
def test_two_machines_make_one_job_at_once_and_it_is_ready_after_both(
    context: Context, lab: Lab, spread: str, pair: dict[str, str]
) -> None:
    first, second = claim(context, pair[MARS]), claim(context, pair[VENUS])
    with context.db.reading() as session:
        both = session.scalars(select(Run).where(Run.id.in_([first, second]))).unique().all()
        assert {(each.machine_id, each.state, each.items[0].copies) for each in both} == {
            (pair[MARS], RunState.CLAIMED, 5), (pair[VENUS], RunState.CLAIMED, 5)
        }  # fmt: skip
    make(context, first)
    clear(context, lab, pair[MARS])
    assert (job_of(context, spread).state, job_of(context, spread).good_copies) == (JobState.IN_PRODUCTION, 5)
    make(context, second)
    clear(context, lab, pair[VENUS])
    assert (job_of(context, spread).state, job_of(context, spread).good_copies) == (JobState.READY, 10)


def test_the_rest_of_a_job_stays_in_the_queue_and_can_be_moved(
    context: Context, lab: Lab, storage: Storage, spread: str, pair: dict[str, str]
) -> None:
    with context.db.writing() as session:
        run = waiting_run(session, storage, lab, short_gcode(context.config.base / "short.gcode"))
        run_id, other_id = run.id, run.items[0].job_id
        session.commit()
    assert claim(context, pair[MARS]) is not None
    with context.db.writing() as session:
        job, tara = session.get_one(Job, spread), session.get_one(Person, lab.tara.id)
        assert job.state is JobState.IN_PRODUCTION
        assert queueing.line(session, context.config, job.machine_model) == [job, session.get_one(Job, other_id)]
        assert {"pin", "move"} <= set(allowed_actions(tara, job))
        assert queueing.move(session, context.config, job, tara, 1) == 2
        session.commit()
    assert claim(context, pair[VENUS]) == run_id
    with context.db.reading() as session:
        job = session.get_one(Job, spread)
        assert queueing.line(session, context.config, job.machine_model) == [job]


def test_what_one_machine_is_at_is_not_said_to_wait_for_what_lies_on_another(
    context: Context, spread: str, pair: dict[str, str]
) -> None:
    first, second = claim(context, pair[MARS]), claim(context, pair[VENUS])

    def waits() -> str:
        with context.db.reading() as session:
            reason = Outlook(session, context.config).reason(session.get_one(Job, spread))
            return reason.code if reason else ""

    make(context, first)
    assert waits() == ""
    make(context, second)
    assert waits() == "wait_taking_off"


@pytest.mark.parametrize("seconds", [(7200, 60), (60, 7200)])
def test_a_job_stands_where_the_first_of_its_runs_stands(
    context: Context, spread: str, seconds: tuple[int, int]
) -> None:
    """Where the shortest goes first, that need not be the run that was made first."""
    rules = replace(context.config.queue, fair_share=0)
    with context.db.writing() as session:
        job = session.get_one(Job, spread)
        waiting = [each for each in runs.of_job(session, job) if each.state is RunState.WAITING]
        for run, length in zip(waiting, seconds, strict=True):
            run.predicted_seconds = length
        session.commit()
    with context.db.reading() as session:
        outlook, job = Outlook(session, replace(context.config, queue=rules)), session.get_one(Job, spread)
        assert (outlook.position(job), outlook.reason(job)) == (1, None)


@pytest.mark.parametrize("number", [0, 1])
def test_of_two_machines_at_one_job_the_one_that_a_person_must_see_to_is_told(
    context: Context, spread: str, pair: dict[str, str], number: int
) -> None:
    both = [claim(context, pair[MARS]), claim(context, pair[VENUS])]
    for each in both:
        change(context, Run, str(each), state=RunState.RUNNING, started_at=now())
    change(context, Run, str(both[number]), state=RunState.IN_DOUBT)
    with context.db.reading() as session:
        reason = Outlook(session, context.config).reason(session.get_one(Job, spread))
    assert reason is not None
    assert (reason.code, reason.values) == ("wait_in_doubt", {"machine": [MARS, VENUS][number]})


@pytest.mark.postgresql
def test_the_one_that_failed_is_made_again_alone_and_at_once(
    context: Context, lab: Lab, spread: str, pair: dict[str, str]
) -> None:
    first, second = claim(context, pair[MARS]), claim(context, pair[VENUS])
    make(context, first)
    clear(context, lab, pair[MARS], Outcome.FAILED, again=True)
    third = claim(context, pair[MARS])
    assert third not in {None, first, second}
    make(context, second)
    clear(context, lab, pair[VENUS])
    make(context, third)
    clear(context, lab, pair[MARS])
    with context.db.reading() as session:
        job = session.get_one(Job, spread)
        assert (job.state, job.good_copies) == (JobState.READY, 10)
        assert [planning.copies_of(each, job) for each in runs.of_job(session, job) if each.started_at] == [5, 5, 5]


def test_the_forecast_of_what_is_divided_is_that_of_its_longest_part(
    context: Context, lab: Lab, pair: dict[str, str]
) -> None:
    wish = match.Wish(lab.model.id, lab.pla.id, milligrams=10_000, seconds=36_000)
    day = (now() + timedelta(days=2)).date()
    with context.db.reading() as session:
        outlook, span = Outlook(session, context.config), Span(36_000, 36_000, 36_000)
        ends = [promise.by(outlook, wish, span, lab.alice.id, day, parts) for parts in ([1.0], [0.5, 0.5])]
    whole, halves = (each.finish for each in ends)
    assert whole is not None
    assert halves is not None
    assert timedelta(hours=4.9) < whole.expected - halves.expected < timedelta(hours=5.1)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_run_that_another_claimer_looks_at_is_passed_over_without_waiting(
    context: Context, lab: Lab, tmp_path: Path
) -> None:
    """A second claimer that waited for the first one's lock would end here by the limit on waiting for locks."""
    gcode = short_gcode(tmp_path / "short.gcode")
    with context.db.writing() as session:
        first, second = (waiting_run(session, context.storage, lab, gcode).id for _ in range(2))
        session.commit()
    with context.db.writing() as other:
        other.execute(select(Run.id).where(Run.id == first).with_for_update())
        with context.db.writing() as session:
            session.execute(text("SET LOCAL lock_timeout = '2s'"))
            run = claim_for(session, context.config, lab.machine.id)
            assert run is not None
            assert run.id == second
            session.commit()
        other.rollback()


# a machine that was preferred


@pytest.fixture
def preferring(context: Context, lab: Lab, pair: dict[str, str], tmp_path: Path) -> str:
    """Id of a waiting run of a job that was approved just now and would rather be made on Mars."""
    with context.db.writing() as session:
        run = waiting_run(session, context.storage, lab, short_gcode(tmp_path / "short.gcode"))
        run.items[0].job.machine_id = pair[MARS]
        session.commit()
        return run.id


def later(context: Context, run_id: str, hours: int = 5) -> None:
    """So long ago was it approved."""
    with context.db.writing() as session:
        session.get_one(Run, run_id).items[0].job.approved_at = now() - timedelta(hours=hours)
        session.commit()


def said(context: Context, run_id: str, language: str = "en") -> str:
    """What the event of its claim says beside the name of the machine."""
    with context.db.reading() as session:
        told = session.scalars(select(Event).where(Event.subject_id == run_id, Event.verb == "claim")).one()
        return reader(language, "Europe/Berlin").say(told.code, told.values) if told.code else ""


def test_nothing_is_said_where_the_preferred_machine_takes_it(
    context: Context, preferring: str, pair: dict[str, str]
) -> None:
    assert claim(context, pair[VENUS]) is None
    assert claim(context, pair[MARS]) == preferring
    assert said(context, preferring) == ""


@pytest.mark.postgresql
def test_another_machine_that_takes_it_after_a_while_says_until_when_it_was_left(
    context: Context, preferring: str, pair: dict[str, str]
) -> None:
    later(context, preferring)
    assert claim(context, pair[VENUS]) == preferring
    told = said(context, preferring)
    assert told.startswith("Mars was asked for. It was left to Mars until ")
    assert told.endswith("; Venus was free first.")
    assert "Mars" in said(context, preferring, "zh_Hans")
    assert "asked" not in said(context, preferring, "zh_Hans")


@pytest.mark.parametrize(
    ("columns", "because"),
    [
        ({"maintenance_at": now()}, "Mars is out of service."),
        ({"connection": Connection.OFFLINE}, "Mars is out of reach."),
        ({"fault_code": "machine_printer_error"}, "Mars has a fault."),
    ],
    ids=["maintenance", "offline", "fault"],
)
def test_another_machine_says_what_kept_the_preferred_one(
    context: Context, preferring: str, pair: dict[str, str], columns: dict[str, object], because: str
) -> None:
    change(context, Machine, pair[MARS], **columns)
    assert claim(context, pair[VENUS]) == preferring
    assert said(context, preferring) == f"Mars was asked for, and could not make it. {because}"


def test_what_is_loaded_on_the_preferred_machine_may_keep_it(
    context: Context, lab: Lab, preferring: str, pair: dict[str, str]
) -> None:
    with context.db.writing() as session:
        session.get_one(Machine, pair[MARS]).slots[0].stock_id = None
        session.commit()
    assert claim(context, pair[VENUS]) == preferring
    assert said(context, preferring) == "Mars was asked for, and could not make it. Mars has no PLA loaded."


def give_away(context: Context, lab: Lab, run_id: str) -> None:
    """A technician lets any machine take it."""
    with context.db.writing() as session:
        job = session.get_one(Run, run_id).items[0].job
        queueing.ask_for(session, job, session.get_one(Person, lab.tara.id), "")
        session.commit()


def test_a_technician_who_gave_it_away_is_the_reason(
    context: Context, lab: Lab, preferring: str, pair: dict[str, str]
) -> None:
    give_away(context, lab, preferring)
    assert claim(context, pair[VENUS]) == preferring
    assert said(context, preferring) == "Mars was asked for; a technician let any machine take it."


def test_nothing_is_said_where_the_machine_it_was_released_from_takes_it(
    context: Context, lab: Lab, preferring: str, pair: dict[str, str]
) -> None:
    give_away(context, lab, preferring)
    assert claim(context, pair[MARS]) == preferring
    assert said(context, preferring) == ""


def test_a_person_who_starts_it_at_another_machine_leaves_the_same_words(
    context: Context, lab: Lab, preferring: str, pair: dict[str, str]
) -> None:
    later(context, preferring)
    change(context, Machine, pair[VENUS], driver=MANUAL)
    with context.db.writing() as session:
        tara = events.actor_of(session.get_one(Person, lab.tara.id))
        by_hand.start(session, context.config, tara, session.get_one(Machine, pair[VENUS]))
        session.commit()
    assert said(context, preferring).startswith("Mars was asked for. It was left to Mars until ")


def test_a_run_that_was_given_back_is_not_made_elsewhere_any_more(
    context: Context, preferring: str, pair: dict[str, str]
) -> None:
    later(context, preferring)
    claim(context, pair[VENUS])
    with context.db.writing() as session:
        run = session.get_one(Run, preferring)
        assert set(events.elsewhere(events.of_run(session, run))) == {run.id}
        runs.give_back(session, events.SYSTEM, run, "run_machine_away", {"machine": VENUS})
        assert events.elsewhere(events.of_run(session, run)) == {}
        session.commit()


def told_of(session: WritingSession, job: Job) -> list[str]:
    about = select(Event.verb).where(Event.subject_id == job.id).order_by(Event.seq)
    return list(session.scalars(about))


def test_a_preference_that_another_kind_of_machine_cannot_keep_is_given_away_in_the_history(
    context: Context, lab: Lab, pair: dict[str, str], storage: Storage
) -> None:
    with context.db.writing() as session:
        job = approved_job(session, storage, lab)
        job.machine_id, job.state = pair[MARS], JobState.SUBMITTED
        other = factories.manual_model(session, "mill")
        factories.offer(session, other, session.merge(lab.pla, load=False))
        session.flush()
        session.refresh(job)
        reviews.change(session, context.config, job, session.get_one(Person, lab.tara.id), machine_model="mill")
        assert job.machine_id is None
        assert told_of(session, job)[:2] == ["release_machine", "change"]
