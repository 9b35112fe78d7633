"""Sheets: materials that come in them, and piles of them as stock. Areas in square millimetres."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.models import Job, JobState, Material, Stock
from fabqueue.services.errors import Refused

_CLOSED = [each for each in JobState if each.is_closed]
THINNEST_MM, THICKEST_MM = 0.01, 100.0
LEAST_SIDE_MM, MOST_SIDE_MM = 10.0, 5000.0
MOST_SHEETS = 1000
MOST_MM2 = 1_000_000_000


@dataclass(frozen=True)
class SheetFacts:
    """What a form says about a material that comes in sheets: thickness, price of a square metre, the usual size."""

    thickness_mm: float
    per_m2_minor: int = 0
    sheet_mm: tuple[float, float] | None = None


@dataclass(frozen=True)
class PileFacts:
    """What a form says about a pile: one sheet's width and height, and how many they are."""

    sheet_mm: tuple[float, float]
    full_sheets: float = 1
    left_sheets: float | None = 1
    """None when changing: it is what runs and people say."""
    low_sheets: float = 0

    def mm2(self, sheets: float) -> int:
        return round(sheets * self.sheet_mm[0] * self.sheet_mm[1])


def material_faults(session: Session, facts: SheetFacts | None, material: Material | None) -> list[Refused]:
    """What speaks against a material being sheets of this kind, or no sheets."""
    faults = _turned(session, facts is not None, material) if material is not None else []
    if facts is None:
        return faults
    if not THINNEST_MM <= facts.thickness_mm <= THICKEST_MM:
        bounds = {"least_mm": THINNEST_MM, "most_mm": THICKEST_MM}
        faults.append(Refused("length_out_of_bounds", bounds, "thickness_mm"))
    if facts.per_m2_minor < 0:
        faults.append(Refused("rate_negative", field="per_m2_minor"))
    return faults + (_size_faults(facts.sheet_mm) if facts.sheet_mm else [])


def _turned(session: Session, sheets: bool, material: Material) -> list[Refused]:
    """What is counted by mass cannot become what is counted by area while there is some of it, or work for it."""
    if sheets == material.is_sheet:
        return []
    stock = select(func.count()).where(Stock.material_id == material.id, Stock.retired_at.is_(None))
    jobs = select(func.count()).where(Job.material_id == material.id, Job.state.not_in(_CLOSED))
    count = (session.scalar(stock) or 0) + (session.scalar(jobs) or 0)
    return [Refused("material_in_use", {"count": count}, "thickness_mm")] if count else []


def _size_faults(sheet_mm: Sequence[float]) -> list[Refused]:
    bounds = {"least_mm": LEAST_SIDE_MM, "most_mm": MOST_SIDE_MM}
    sides = zip(("sheet_width_mm", "sheet_height_mm"), sheet_mm, strict=True)
    wrong = [field for field, side in sides if not LEAST_SIDE_MM <= side <= MOST_SIDE_MM]
    return [Refused("length_out_of_bounds", bounds, field) for field in wrong]


def shape(material: Material, facts: SheetFacts | None) -> None:
    """Write into a material's row that it comes in such sheets, or in none."""
    width, height = facts.sheet_mm if facts and facts.sheet_mm else (None, None)
    material.thickness_mm = facts.thickness_mm if facts else None
    material.per_m2_minor = facts.per_m2_minor if facts else 0
    material.sheet_width_mm, material.sheet_height_mm = width, height


def pile_faults(facts: PileFacts) -> list[Refused]:
    """What speaks against a pile like this."""
    faults = _size_faults(facts.sheet_mm)
    for name in ("full_sheets", "left_sheets", "low_sheets"):
        sheets = getattr(facts, name) or 0
        if not 0 <= sheets <= MOST_SHEETS or facts.mm2(sheets) > MOST_MM2:
            faults.append(Refused("sheets_out_of_bounds", {"most": MOST_SHEETS}, name))
    return faults


def lay(stock: Stock, facts: PileFacts, *, new: bool) -> None:
    """Write a pile's size and levels into its row; what is left of an old one stays."""
    stock.sheet_width_mm, stock.sheet_height_mm = facts.sheet_mm
    stock.full_mm2, stock.low_mm2 = facts.mm2(facts.full_sheets), facts.mm2(facts.low_sheets)
    stock.full_mg = stock.low_mg = stock.left_mg = 0
    if new and facts.left_sheets is not None:
        stock.left_mm2 = facts.mm2(facts.left_sheets)


def as_sheets(stock: Stock, mm2: int) -> float:
    """An area of a pile in sheets of it."""
    assert stock.sheet_mm is not None
    return mm2 / (stock.sheet_mm[0] * stock.sheet_mm[1])
