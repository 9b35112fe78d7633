"""Sheets as stock: a pile goes down by the area that runs use, is counted again, and calls when it comes to run low."""

from pathlib import Path

import pytest
from sqlalchemy import select

from fabqueue.db import WritingSession
from fabqueue.models import Event, Material, Notice, Run, Stock
from fabqueue.services import runs, sheets, stocks, supplies
from fabqueue.services.errors import Invalid, Refused
from fabqueue.services.events import SYSTEM
from fabqueue.services.sheets import PileFacts, SheetFacts
from fabqueue.services.supplies import StockFacts
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run


@pytest.fixture
def poplar(session: WritingSession) -> Material:
    return factories.sheet_material(session)


@pytest.fixture
def pile(session: WritingSession, here: Lab, poplar: Material) -> Stock:
    return factories.pile(session, here.site, poplar)


@pytest.fixture
def burning(session: WritingSession, storage: Storage, here: Lab, pile: Stock, tmp_path: Path) -> Run:
    """A run that lays its parts out over 200 x 150 mm, at work."""
    run = waiting_run(session, storage, here, short_gcode(tmp_path / "short.gcode"))
    run.predicted_milligrams, run.predicted_mm2 = None, 30_000
    runs.claim(session, SYSTEM, run, here.machine, pile)
    runs.began(session, SYSTEM, run)
    return run


def test_a_run_that_ended_takes_its_area_off_the_pile(session: WritingSession, burning: Run, pile: Stock) -> None:
    runs.done(session, SYSTEM, burning)
    assert (pile.left_mm2, pile.left_mg, burning.mm2, burning.milligrams) == (2_370_000, 0, 30_000, None)
    event = session.scalars(select(Event).where(Event.verb == "cut")).one()
    assert event.values == {"used_mm2": 30_000, "run": burning.id}


def test_what_was_laid_out_is_gone_once_a_run_began(session: WritingSession, burning: Run, pile: Stock) -> None:
    burning.progress = 10.0
    runs.fail(session, SYSTEM, burning, "run_connection_lost")
    assert pile.left_mm2 == 2_370_000


def test_a_run_that_never_began_takes_no_sheet(
    session: WritingSession, storage: Storage, here: Lab, pile: Stock, tmp_path: Path
) -> None:
    run = waiting_run(session, storage, here, short_gcode(tmp_path / "short.gcode"))
    run.predicted_mm2 = 30_000
    runs.claim(session, SYSTEM, run, here.machine, pile)
    runs.cancelled(session, SYSTEM, run)
    assert (pile.left_mm2, run.mm2) == (2_400_000, None)


def test_a_pile_never_holds_less_than_nothing_and_calls_once(
    session: WritingSession, here: Lab, burning: Run, pile: Stock
) -> None:
    pile.left_mm2 = 10_000
    runs.done(session, SYSTEM, burning)
    assert pile.left_mm2 == 0
    told = session.scalars(select(Notice).where(Notice.person_id == here.tara.id)).one()
    assert (told.code, told.values["low_mm2"]) == ("notice_stock_low_sheets", 240_000)


def test_counting_keeps_the_reason_and_what_changed(session: WritingSession, here: Lab, pile: Stock) -> None:
    stocks.count(session, here.tara, pile, 2.5, "two and a half")
    assert (pile.left_mm2, pile.is_low, sheets.as_sheets(pile, pile.left_mm2)) == (600_000, False, 2.5)
    event = session.scalars(select(Event).where(Event.verb == "count")).one()
    assert event.values == {"left_mm2": 600_000, "change_mm2": -1_800_000, "text": "two and a half"}
    for count in (-0.1, 1001):
        with pytest.raises(Refused):
            stocks.count(session, here.tara, pile, count)


def test_sheets_are_brought_in_and_changed(session: WritingSession, here: Lab, poplar: Material) -> None:
    facts = StockFacts(poplar.slug, "Poplar", pile=PileFacts((400, 300), 20, 12.5, 3))
    made = supplies.save_stock(session, here.tara, facts)
    assert (made.full_mm2, made.left_mm2, made.low_mm2, made.full_mg) == (2_400_000, 1_500_000, 360_000, 0)
    again = StockFacts(poplar.slug, "Poplar", pile=PileFacts((400, 300), 20, None, 15))
    supplies.save_stock(session, here.tara, again, made)
    assert (made.left_mm2, made.is_low) == (1_500_000, True)


def test_a_spool_of_sheets_and_a_pile_of_filament_are_refused(
    session: WritingSession, here: Lab, poplar: Material
) -> None:
    for facts in (StockFacts(poplar.slug, "Poplar"), StockFacts("pla", "PLA", pile=PileFacts((600, 400)))):
        with pytest.raises(Invalid) as invalid:
            supplies.save_stock(session, here.tara, facts)
        assert invalid.value.refusals[0].field == "material"


def test_a_pile_that_cannot_be_is_refused_field_by_field(session: WritingSession, here: Lab, poplar: Material) -> None:
    facts = StockFacts(poplar.slug, "Poplar", pile=PileFacts((0, 9000), 2000, -1, 1))
    with pytest.raises(Invalid) as invalid:
        supplies.save_stock(session, here.tara, facts)
    fields = {each.field for each in invalid.value.refusals}
    assert fields == {"sheet_width_mm", "sheet_height_mm", "full_sheets", "left_sheets"}


def test_a_material_with_stock_stays_what_it_is_counted_by(
    session: WritingSession, here: Lab, poplar: Material, pile: Stock
) -> None:
    sheet = SheetFacts(3.2, 1900, (600, 300))
    supplies.save_material(session, here.tara, "Poplar", 0, poplar, sheet=sheet)
    assert (poplar.thickness_mm, poplar.per_m2_minor, poplar.sheet_mm) == (3.2, 1900, (600, 300))
    for material, facts in ((poplar, None), (here.pla, sheet)):
        with pytest.raises(Invalid) as invalid:
            supplies.save_material(session, here.tara, "Other", 0, material, sheet=facts)
        assert invalid.value.refusals[0].code == "material_in_use"
    assert pile.is_sheets


def test_a_sheet_without_a_thickness_that_can_be_is_refused(session: WritingSession, here: Lab) -> None:
    with pytest.raises(Invalid) as invalid:
        supplies.save_material(session, here.tara, "Paper", 0, sheet=SheetFacts(0, -1, (5, 600)))
    fields = {each.field for each in invalid.value.refusals}
    assert fields == {"thickness_mm", "per_m2_minor", "sheet_width_mm"}
