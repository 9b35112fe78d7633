"""A spool that is changed in the middle of a print: the old one gave what was made by then, the new one the rest."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from fabqueue.db import WritingSession
from fabqueue.models import Event, Machine, Run, RunState, Slot, Stock
from fabqueue.services import events, floor, runs, spools
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import SYSTEM, Actor
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run

pytestmark = pytest.mark.postgresql


@pytest.fixture
def tara(here: Lab) -> Actor:
    return events.actor_of(here.tara)


@pytest.fixture
def running(session: WritingSession, storage: Storage, here: Lab, tmp_path: Path) -> Run:
    """A run of 5 g, at work with a full kilogram loaded."""
    run = waiting_run(session, storage, here, short_gcode(tmp_path / "short.gcode"))
    runs.claim(session, SYSTEM, run, here.machine, here.grey)
    runs.began(session, SYSTEM, run)
    return run


@pytest.fixture
def fresh(session: WritingSession, here: Lab) -> Stock:
    """Another spool of PLA, on the shelf."""
    return factories.stock(session, here.site, here.pla, "white")


def left(session: WritingSession, *found: Stock) -> list[int]:
    for each in found:
        session.refresh(each)
    return [each.left_mg for each in found]


def loaded(session: WritingSession, machine: Machine) -> list[str | None]:
    slots = session.scalars(select(Slot).where(Slot.machine_id == machine.id).order_by(Slot.position))
    return [each.stock_id for each in slots]


def at(session: WritingSession, run: Run, progress: float) -> None:
    run.progress = progress
    session.flush()


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.PAUSED])
def test_each_spool_gives_its_part_and_the_run_has_used_both(
    session: WritingSession, here: Lab, tara: Actor, running: Run, fresh: Stock, state: RunState
) -> None:
    at(session, running, 62.0)
    if state is RunState.PAUSED:
        runs.paused(session, events.of_machine(here.machine), running)
    spools.change(session, tara, here.machine, fresh)
    assert left(session, here.grey, fresh) == [996_900, 1_000_000]
    assert (running.state, running.stock_id, loaded(session, here.machine)) == (state, fresh.id, [fresh.id])
    runs.done(session, SYSTEM, running)
    assert left(session, here.grey, fresh) == [996_900, 998_100]
    assert running.milligrams == 5000


@pytest.mark.parametrize("end", [runs.cancelled, lambda *given: runs.fail(*given, "run_connection_lost")])
def test_a_run_that_broke_off_took_from_the_new_one_what_was_made_since(
    session: WritingSession, here: Lab, tara: Actor, running: Run, fresh: Stock, end: Callable[..., None]
) -> None:
    at(session, running, 20.0)
    spools.change(session, tara, here.machine, fresh)
    at(session, running, 60.0)
    end(session, SYSTEM, running)
    assert left(session, here.grey, fresh) == [999_000, 998_000]
    assert running.milligrams == 3000


def test_a_machine_that_counts_from_nothing_again_takes_nothing_back(
    session: WritingSession, here: Lab, tara: Actor, running: Run, fresh: Stock
) -> None:
    at(session, running, 60.0)
    spools.change(session, tara, here.machine, fresh)
    at(session, running, 10.0)
    runs.cancelled(session, SYSTEM, running)
    assert left(session, here.grey, fresh) == [997_000, 1_000_000]
    assert running.milligrams == 3000


def test_it_may_be_changed_again_and_back(
    session: WritingSession, here: Lab, tara: Actor, running: Run, fresh: Stock
) -> None:
    for progress, spool in ((20.0, fresh), (50.0, here.grey), (50.0, fresh)):
        at(session, running, progress)
        spools.change(session, tara, here.machine, spool)
    runs.done(session, SYSTEM, running)
    assert left(session, here.grey, fresh) == [999_000, 996_000]
    assert running.milligrams == 5000
    uses = session.scalars(select(Event).where(Event.verb == "use")).all()
    assert sum(each.values["used_grams"] for each in uses) == 5.0
    assert {each.values["run"] for each in uses} == {running.id}


def test_the_same_spool_again_changes_nothing(session: WritingSession, here: Lab, tara: Actor, running: Run) -> None:
    at(session, running, 50.0)
    spools.change(session, tara, here.machine, here.grey)
    assert left(session, here.grey) == [1_000_000]
    assert session.scalars(select(Event).where(Event.verb.in_(("load", "change_spool")))).all() == []


def test_a_run_of_unknown_mass_goes_on_with_the_new_one_and_counts_nothing(
    session: WritingSession, here: Lab, tara: Actor, running: Run, fresh: Stock
) -> None:
    running.predicted_milligrams = None
    at(session, running, 50.0)
    spools.change(session, tara, here.machine, fresh)
    runs.done(session, SYSTEM, running)
    assert left(session, here.grey, fresh) == [1_000_000, 1_000_000]
    assert (running.milligrams, running.stock_id) == (None, fresh.id)


def test_it_has_left_where_it_was_but_not_a_machine_at_work(
    session: WritingSession, storage: Storage, here: Lab, tara: Actor, running: Run, fresh: Stock, tmp_path: Path
) -> None:
    other = factories.machine(session, here.site, here.model, fresh)
    spools.change(session, tara, here.machine, fresh)
    assert (loaded(session, here.machine), loaded(session, other)) == ([fresh.id], [None])
    floor.load(session, tara, other, here.grey)
    run = waiting_run(session, storage, here, short_gcode(tmp_path / "other.gcode", 0.7))
    runs.claim(session, SYSTEM, run, other, here.grey)
    runs.began(session, SYSTEM, run)
    with pytest.raises(Conflict):
        spools.change(session, tara, here.machine, here.grey)


def test_the_spool_of_another_slot_of_the_machine_may_go_on(
    session: WritingSession, here: Lab, tara: Actor, running: Run, fresh: Stock
) -> None:
    here.machine.slots.append(Slot(position=1, stock=fresh))
    session.flush()
    assert spools.choices(session, running) == [fresh]
    spools.change(session, tara, here.machine, fresh)
    assert loaded(session, here.machine) == [fresh.id, None]


def test_only_what_is_in_use_and_made_of_the_same_may_be_chosen(
    session: WritingSession, here: Lab, tara: Actor, running: Run, fresh: Stock
) -> None:
    petg = factories.stock(session, here.site, factories.material(session, "petg"))
    old = factories.stock(session, here.site, here.pla, "black", retired_at=fresh.created_at)
    assert spools.choices(session, running) == [fresh]
    for odd, code in ((petg, "spool_other_material"), (old, "stock_retired")):
        with pytest.raises(Refused) as refused:
            spools.change(session, tara, here.machine, odd)
        assert (refused.value.code, refused.value.field) == (code, "stock")
    runs.done(session, SYSTEM, running)
    with pytest.raises(Conflict):
        spools.change(session, tara, here.machine, fresh)


def test_a_run_that_began_without_a_spool_has_none_to_change(
    session: WritingSession, here: Lab, tara: Actor, running: Run, fresh: Stock
) -> None:
    running.stock_id = None
    session.flush()
    assert spools.in_use(here.machine, running) is None
    with pytest.raises(Conflict):
        spools.change(session, tara, here.machine, fresh)
