"""What a workshop makes things of: materials, and the spools and piles of them that it has. For staff."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import Material, Person, Slot, Stock
from fabqueue.services import beams, events, locks, sheets, sites
from fabqueue.services import stocks as stock_keeping
from fabqueue.services.errors import Invalid, Refused
from fabqueue.services.sheets import PileFacts, SheetFacts
from fabqueue.services.slugs import free, slugify

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class StockFacts:
    """What a form says about a spool or sheet pile; masses in grams. `pile`: of sheets, which count instead."""

    material: str
    label: str
    colour: str = ""
    colour_hex: str = "#9aa39d"
    full_grams: float = 1000
    left_grams: float | None = 1000
    """None when changing: it is what runs and the scales say."""
    low_grams: float = 100
    pile: PileFacts | None = None


def save_material(
    session: Session, by: Person, name: str, per_kg_minor: int, material: Material | None = None, slug: str = "",
    retired: bool = False, sheet: SheetFacts | None = None,
) -> Material:  # fmt: skip
    """Make or change a material; `sheet`: it comes in sheets. Raises Invalid."""
    faults = [] if name.strip() else [Refused("name_missing", field="name")]
    if per_kg_minor < 0:
        faults.append(Refused("rate_negative", field="per_kg_minor"))
    faults += sheets.material_faults(session, sheet, material)
    if faults:
        raise Invalid(faults)
    if material is None:
        material = Material(slug=free(session, Material, slug or slugify(name)), name=name)
        session.add(material)
    if material.name != name.strip():
        beams.forget(material)
    material.name, material.per_kg_minor = name.strip(), per_kg_minor
    material.retired_at = (material.retired_at or now()) if retired else None
    sheets.shape(material, sheet)
    session.flush()
    values = {"name": material.name}
    events.record(session, events.actor_of(by), sites.the_site(session), "save_material", values=values)
    return material


def save_stock(session: Session, by: Person, facts: StockFacts, stock: Stock | None = None) -> Stock:
    """Make or change a spool or sheet pile. Raises Invalid."""
    material = session.scalar(select(Material).where(Material.slug == facts.material))
    faults = _stock_faults(facts, material)
    if faults or material is None:
        raise Invalid(faults)
    new = stock is None
    if stock is None:
        stock = Stock(site_id=sites.the_site(session).id, material_id=material.id, label="", full_mg=0, left_mg=0)
        session.add(stock)
    else:
        locks.lock(session, stock)
    stock.material_id, stock.label, stock.colour = material.id, facts.label.strip(), facts.colour.strip().lower()
    stock.colour_hex = facts.colour_hex
    if facts.pile is not None:
        sheets.lay(stock, facts.pile, new=new)
    else:
        _wind(stock, facts, new=new)
    session.flush()
    events.record(session, events.actor_of(by), stock, "create" if new else "change")
    if not new:
        _count_again(session, by, stock, facts)
    stock_keeping.watch(session, events.actor_of(by), stock)
    return stock


def _wind(stock: Stock, facts: StockFacts, *, new: bool) -> None:
    """Write a spool's levels into its row; what is left of an old one stays."""
    stock.sheet_width_mm = stock.sheet_height_mm = None
    stock.full_mm2 = stock.left_mm2 = stock.low_mm2 = 0
    stock.full_mg, stock.low_mg = round(facts.full_grams * 1000), round(facts.low_grams * 1000)
    if facts.left_grams is not None and new:
        stock.left_mg = round(facts.left_grams * 1000)


def _count_again(session: Session, by: Person, stock: Stock, facts: StockFacts) -> None:
    """What somebody says is left of a spool or pile that was here before, where it is something else."""
    pile, grams = facts.pile, facts.left_grams
    if pile is not None and pile.left_sheets is not None and pile.mm2(pile.left_sheets) != stock.left_mm2:
        stock_keeping.count(session, by, stock, pile.left_sheets)
    elif pile is None and grams is not None and round(grams * 1000) != stock.left_mg:
        stock_keeping.weigh(session, by, stock, grams)


def _stock_faults(facts: StockFacts, material: Material | None) -> list[Refused]:
    faults = []
    if material is None:
        faults.append(Refused("material_unknown", {"slug": facts.material}, "material"))
    if not facts.label.strip():
        faults.append(Refused("name_missing", field="label"))
    if not _HEX.fullmatch(facts.colour_hex):
        faults.append(Refused("colour_shape", field="colour_hex"))
    if material is not None and material.is_sheet != (facts.pile is not None):
        code = "stock_not_sheets" if material.is_sheet else "stock_not_a_spool"
        faults.append(Refused(code, {"material": material.name}, "material"))
    if facts.pile is not None:
        return faults + sheets.pile_faults(facts.pile)
    for name in ("full_grams", "left_grams", "low_grams"):
        if not 0 <= (getattr(facts, name) or 0) <= 1_000_000:
            faults.append(Refused("mass_out_of_bounds", {"most_grams": 1_000_000}, name))
    return faults


def retire_stock(session: Session, by: Person, stock: Stock) -> None:
    """An empty spool leaves the lab; it is unloaded with that."""
    stock.retired_at = now()
    for slot in session.scalars(select(Slot).where(Slot.stock_id == stock.id)):
        slot.stock_id = None
    events.record(session, events.actor_of(by), stock, "retire", old=str(stock.left))


def materials(session: Session, *, retired: bool = False) -> Sequence[Material]:
    found = select(Material) if retired else select(Material).where(Material.retired_at.is_(None))
    return session.scalars(found.order_by(Material.name)).all()


def stocks(session: Session) -> Sequence[Stock]:
    """Spools and piles in the lab, by material."""
    found = select(Stock).join(Material).where(Stock.retired_at.is_(None))
    return session.scalars(found.order_by(Material.name, Stock.colour, Stock.label)).all()


def loaded_colours(session: Session, material: Material) -> list[Stock]:
    """The stock of a material that is in the lab, one of each colour: what a member may choose from."""
    found = select(Stock).where(Stock.material_id == material.id, Stock.retired_at.is_(None))
    return list({each.colour: each for each in session.scalars(found.order_by(Stock.colour)) if each.colour}.values())
