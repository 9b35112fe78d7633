"""Which waiting run goes first, rule by rule."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select, update

from fabqueue.config import Config, QueueSettings
from fabqueue.db import WritingSession, now
from fabqueue.models import Event, Job, JobState, Person, Run, RunState
from fabqueue.services import ordering, queueing, reviews
from fabqueue.services.ordering import Place, ahead_of, arranged, end_of
from fabqueue.storage import Storage
from tests.support.factories import Lab
from tests.support.making import approved_job, short_gcode, waiting_run
from tests.support.statements import asked

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RULES = QueueSettings()
BY_AGE = QueueSettings(fair_share=0, shortest_first=0, overtaken_hours=0, due_hours=0)


def place(run_id: str, minutes: int = 0, hours: float = 1, **more: object) -> Place:
    """A run that was approved so many minutes after noon and takes so many hours; each has an owner of its own."""
    facts = {"owner_id": run_id, "priority": 0, "created_at": NOON, "seconds": round(hours * 3600)} | more
    return Place(run_id, approved_at=NOON + timedelta(minutes=minutes), **facts)  # type: ignore[arg-type]


def order(*places: Place, rules: QueueSettings = RULES, used: dict[str, float] | None = None) -> str:
    """The names of the runs in order, an hour after noon."""
    found = arranged(places, used or {}, rules, NOON + timedelta(hours=1))
    return " ".join(each.run_id for each in found)


def test_what_was_pinned_comes_first_then_priority_then_approval_then_chance() -> None:
    places = [
        place("late", 5),
        place("early", 1),
        place("urgent", 9, priority=3),
        place("twin", 5),
        place("pin", 9, pin=1),
    ]
    assert order(*places, rules=BY_AGE) == "pin urgent early late twin"


def test_fair_share_lets_whoever_used_less_go_first() -> None:
    assert order(place("heavy"), place("light", 30), used={"heavy": 3600}) == "light heavy"
    assert order(place("heavy"), place("light", 30), used={"heavy": 3600}, rules=replace(RULES, fair_share=0)) == (
        "heavy light"
    )


def test_one_with_many_jobs_takes_turns_with_others_of_the_class() -> None:
    many = [place(f"many{number}", number, owner_id="many") for number in range(4)]
    others = [place("other1", 10), place("other2", 11)]
    assert order(*many, *others) == "many0 other1 other2 many1 many2 many3"


def test_a_whole_class_does_not_keep_one_person_waiting_for_ever() -> None:
    """Thirty short jobs come an hour after one of eight hours; it stands behind those that are worth its wait alone."""
    one = place("one", hours=8)
    pupils = [place(f"pupil{number}", 60 + 20 * number, hours=0.3) for number in range(30)]
    standing = order(one, *pupils).split()
    assert 0 < standing.index("one") < 15


def test_short_jobs_go_first_among_those_of_one_moment() -> None:
    assert order(place("long", hours=6), place("short", hours=0.5)) == "short long"
    assert (
        order(place("long", hours=6), place("short", hours=0.5), rules=replace(RULES, shortest_first=0)) == "long short"
    )


def test_nobody_is_overtaken_by_what_was_approved_much_later() -> None:
    heavy = place("heavy", hours=100)
    within, beyond = (place(name, minutes=60 * hours, hours=0) for name, hours in (("within", 47), ("beyond", 49)))
    assert order(beyond, within, heavy, used={"heavy": 1e9}) == "within heavy beyond"


def test_what_would_miss_its_day_goes_first_and_what_has_time_does_not() -> None:
    soon = place("soon", 50, due=NOON + timedelta(hours=20))
    sooner = place("sooner", 55, due=NOON + timedelta(hours=10))
    later = place("later", 50, due=NOON + timedelta(days=9))
    assert order(place("plain"), soon, sooner, later) == "sooner soon plain later"
    assert order(place("plain"), soon, rules=replace(RULES, due_hours=0)) == "plain soon"
    assert order(place("urgent", priority=1), soon) == "urgent soon"


def test_a_day_ends_at_the_labs_own_midnight() -> None:
    assert end_of(date(2026, 3, 29), "Europe/Berlin").astimezone(UTC) == datetime(2026, 3, 29, 22, tzinfo=UTC)


PLACES = st.lists(
    st.builds(
        lambda minutes, hours, owner, priority, pin: (minutes, hours, owner, priority, pin),
        st.integers(0, 9000), st.integers(0, 60), st.sampled_from("abc"), st.integers(-1, 1),
        st.sampled_from([None, None, None, 1, 2]),
    ),
    max_size=25,
)  # fmt: skip


@given(PLACES, st.integers(0, 10**6))
def test_every_run_stands_once_and_waiting_alone_never_sends_it_back(
    facts: list[tuple[int, int, str, int, int | None]], later: int
) -> None:
    """Only days that come near move anything as time goes by; and nobody passes the guard."""
    places = [
        place(f"{number:02}", minutes, hours, owner_id=owner, priority=priority, pin=pin)
        for number, (minutes, hours, owner, priority, pin) in enumerate(facts)
    ]
    found = arranged(places, {"a": 9999.0}, RULES, NOON)
    assert sorted(each.run_id for each in found) == sorted(each.run_id for each in places)
    assert arranged(reversed(places), {"a": 9999.0}, RULES, NOON + timedelta(seconds=later)) == found
    for index, each in enumerate(found):
        assert ahead_of(each.run_id, found) == found[:index]
        for other in found[:index]:
            alike = (other.pin, other.priority) == (each.pin, each.priority)
            assert not alike or other.approved_at - each.approved_at <= timedelta(hours=RULES.overtaken_hours)


def test_what_does_not_stand_there_has_nothing_ahead() -> None:
    assert ahead_of("gone", [place("a")]) is None


# read from the database


@pytest.fixture
def wait(session: WritingSession, storage: Storage, here: Lab, tmp_path: Path) -> Callable[..., Run]:
    """A waiting run of somebody, approved so many minutes ago."""
    gcode = short_gcode(tmp_path / "short.gcode")

    def make(owner: Person, minutes: int, **columns: object) -> Run:
        run = waiting_run(session, storage, here, gcode)
        job = run.items[0].job
        job.request.owner_id, job.approved_at = owner.id, now() - timedelta(minutes=minutes)
        for name, value in columns.items():
            target = next(each for each in (run, job, job.request) if hasattr(type(each), name))
            setattr(target, name, value)
        session.flush()
        return run

    return make


def standing(session: WritingSession, config: Config, here: Lab) -> list[str]:
    found = ordering.places(session, config, here.site.id, here.model.id, RunState.WAITING)
    return [each.run_id for each in found]


@pytest.mark.postgresql
def test_use_of_the_last_days_counts_and_older_use_does_not(
    session: WritingSession, config: Config, here: Lab, wait: Callable[..., Run]
) -> None:
    alice, bob = wait(here.alice, 30), wait(here.tara, 10)
    assert standing(session, config, here) == [alice.id, bob.id]
    used = wait(here.alice, 500, state=RunState.DONE, predicted_seconds=7200)
    used.started_at = now() - timedelta(days=8)
    session.flush()
    assert standing(session, config, here) == [alice.id, bob.id]
    used.started_at = now() - timedelta(days=6)
    session.flush()
    assert standing(session, config, here) == [bob.id, alice.id]


def test_what_was_made_in_years_before_is_not_gone_through(
    session: WritingSession, config: Config, here: Lab, wait: Callable[..., Run]
) -> None:
    """A claim asks for it each time, and a lab has tens of thousands of runs one day."""
    for owner in (here.alice, here.tara):
        wait(owner, 10)
    asked: list[tuple[str, Any]] = []
    engine = session.get_bind().engine
    event.listen(engine, "after_cursor_execute", lambda _c, _cursor, text, given, *_r: asked.append((text, given)))
    standing(session, config, here)
    (statement,) = [each for each in asked if "sum(" in each[0]]
    plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement[0]}", statement[1])
    steps = [row[3] for row in plan]
    assert steps[0] == "SEARCH run USING INDEX ix_run_started_at (started_at>?)"
    assert not [each for each in steps if each.startswith("SCAN")]


@pytest.mark.postgresql
def test_the_day_it_is_needed_by_is_the_requests(
    session: WritingSession, config: Config, here: Lab, wait: Callable[..., Run]
) -> None:
    first, due = wait(here.alice, 30), wait(here.tara, 10, needed_by=now().date())
    assert standing(session, config, here) == [due.id, first.id]


def test_a_job_that_has_no_waiting_run_stands_last(
    session: WritingSession, storage: Storage, config: Config, here: Lab, wait: Callable[..., Run]
) -> None:
    bare, run = approved_job(session, storage, here), wait(here.alice, 5)
    assert queueing.line(session, config, here.model) == [run.items[0].job, bare]


def test_a_job_of_several_runs_stands_in_line_once(
    session: WritingSession, config: Config, here: Lab, wait: Callable[..., Run]
) -> None:
    run, behind = wait(here.alice, 30), wait(here.tara, 10)
    job = session.get_one(Job, run.items[0].job_id)
    again = wait(here.alice, 30)
    again.items[0].job.state, again.items[0].job_id = JobState.CANCELLED, job.id
    session.flush()
    assert queueing.line(session, config, here.model) == [job, behind.items[0].job]


def test_a_move_in_a_long_queue_takes_no_more_statements_than_in_a_short_one(
    session: WritingSession, config: Config, here: Lab, wait: Callable[..., Run]
) -> None:
    def move(count: int) -> int:
        """Of the last of so many more to the front."""
        last = [wait(here.alice, 5).items[0].job for _ in range(count)][-1]
        session.expire_all()
        with asked(session) as seen:
            queueing.move(session, config, last, here.tara, 0)
        queueing.unpin(session, last, here.tara)
        return len(seen)

    assert move(3) == move(20)


@pytest.mark.postgresql
def test_a_priority_that_is_set_after_another_says_what_it_was(
    session: WritingSession, here: Lab, wait: Callable[..., Run]
) -> None:
    """Also where the job was read before somebody else set it."""
    job = wait(here.alice, 5).items[0].job
    session.execute(
        update(Job).where(Job.id == job.id).values(priority=10).execution_options(synchronize_session=False)
    )
    reviews.reprioritise(session, job, here.tara, -10)
    said = session.scalars(select(Event).where(Event.subject_id == job.id, Event.verb == "reprioritise")).one()
    assert (said.old, said.new, job.priority) == ("10", "-10", -10)
