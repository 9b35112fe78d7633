"""Stock goes down by what runs use, is corrected by weighing, and calls once each time it comes to run low."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from fabqueue.db import WritingSession
from fabqueue.models import Event, Notice, Run
from fabqueue.services import floor, outcomes, runs, stocks, supplies
from fabqueue.services.errors import Refused
from fabqueue.services.events import SYSTEM, actor_of
from fabqueue.services.supplies import StockFacts
from fabqueue.storage import Storage
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run


@pytest.fixture
def running(session: WritingSession, storage: Storage, here: Lab, tmp_path: Path) -> Run:
    """A run of 5 g, at work with a full kilogram loaded."""
    run = waiting_run(session, storage, here, short_gcode(tmp_path / "short.gcode"))
    runs.claim(session, SYSTEM, run, here.machine, here.grey)
    runs.began(session, SYSTEM, run)
    return run


def calls(session: WritingSession, here: Lab) -> int:
    """How often Tara was told that the grey spool runs low."""
    told = select(Notice).where(Notice.code == "notice_stock_low", Notice.person_id == here.tara.id)
    return len(session.scalars(told).all())


def test_a_run_that_ended_well_takes_all_of_its_prediction(session: WritingSession, here: Lab, running: Run) -> None:
    runs.done(session, SYSTEM, running)
    assert (here.grey.left_mg, running.milligrams) == (995_000, 5000)


@pytest.mark.parametrize(("progress", "left"), [(0.0, 1_000_000), (40.0, 998_000), (100.0, 995_000)])
def test_a_run_that_failed_takes_what_it_had_got_to(
    session: WritingSession, here: Lab, running: Run, progress: float, left: int
) -> None:
    running.progress = progress
    runs.fail(session, SYSTEM, running, "run_connection_lost")
    session.refresh(here.grey)
    assert here.grey.left_mg == left


def test_a_run_that_was_cancelled_takes_what_it_had_got_to(session: WritingSession, here: Lab, running: Run) -> None:
    running.progress = 40.0
    floor.cancel(session, actor_of(here.tara), here.machine, "loose")
    runs.stopping(session, SYSTEM, running)
    runs.cancelled(session, SYSTEM, running)
    session.refresh(here.grey)
    assert here.grey.left_mg == 998_000


def test_a_run_that_never_started_takes_nothing(
    session: WritingSession, storage: Storage, here: Lab, tmp_path: Path
) -> None:
    run = waiting_run(session, storage, here, short_gcode(tmp_path / "short.gcode"))
    runs.claim(session, SYSTEM, run, here.machine, here.grey)
    runs.cancelled(session, SYSTEM, run)
    session.refresh(here.grey)
    assert (here.grey.left_mg, run.milligrams) == (1_000_000, None)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 400_000), st.floats(-1, 2, allow_nan=False)), max_size=6))
def test_stock_is_what_was_there_less_what_was_used_and_never_less_than_nothing(
    session: WritingSession, here: Lab, running: Run, uses: list[tuple[int, float]]
) -> None:
    here.grey.left_mg = expected = 1_000_000
    for predicted, share in uses:
        running.predicted_milligrams = predicted
        session.flush()
        used = outcomes.use_stock(session, SYSTEM, running, share)
        expected = max(0, expected - (used or 0))
        assert used is not None
        assert 0 <= used <= predicted
    session.refresh(here.grey)
    assert here.grey.left_mg == expected


def test_technicians_are_told_once_for_each_crossing(session: WritingSession, here: Lab, running: Run) -> None:
    stocks.weigh(session, here.tara, here.grey, 104)
    assert calls(session, here) == 0
    for number in range(3):
        running.predicted_milligrams = 5000
        outcomes.use_stock(session, SYSTEM, running, 1.0)
        assert calls(session, here) == 1, number
    stocks.weigh(session, here.tara, here.grey, 99)
    assert calls(session, here) == 1
    stocks.weigh(session, here.tara, here.grey, 100)
    stocks.weigh(session, here.tara, here.grey, 99.9)
    assert calls(session, here) == 2
    assert session.scalar(select(Notice).where(Notice.person_id == here.alice.id)) is None, "members are not told"
    assert session.scalar(select(Notice).where(Notice.person_id == here.adam.id)) is None, "there is a technician"


def test_raising_the_mark_above_what_is_left_calls_as_well(session: WritingSession, here: Lab) -> None:
    facts = StockFacts("pla", "PLA grey", "grey", low_grams=1000.5, left_grams=None)
    supplies.save_stock(session, here.tara, facts, here.grey)
    assert (calls(session, here), here.grey.left_mg) == (1, 1_000_000)


def test_weighing_keeps_the_reason_and_what_changed(session: WritingSession, here: Lab) -> None:
    stocks.weigh(session, here.tara, here.grey, 750.5, "the scales of room 2")
    event = session.scalars(select(Event).where(Event.verb == "weigh")).one()
    assert (event.old, event.new, event.code) == ("1000000", "750500", "said")
    assert (event.values["text"], event.values["change_grams"]) == ("the scales of room 2", -249.5)
    assert stocks.history(session, here.grey)[0] is event


@pytest.mark.parametrize("grams", [-1, 1_000_001])
def test_a_mass_that_cannot_be_is_refused(session: WritingSession, here: Lab, grams: float) -> None:
    with pytest.raises(Refused) as refused:
        stocks.weigh(session, here.tara, here.grey, grams)
    assert refused.value.field == "left_grams"
