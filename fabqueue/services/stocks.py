"""Stock as it goes down and is corrected: weighing, who is told when it runs low, what happened to it."""

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import Event, Person, Stock, SubjectKind
from fabqueue.services import events, locks, sheets
from fabqueue.services.errors import Refused
from fabqueue.services.events import Actor

MOST_GRAMS = 1_000_000
LONGEST = 200


def weigh(session: Session, by: Person, stock: Stock, left_grams: float, reason: str = "") -> None:
    """Correct how much is left. Raises Refused."""
    if not 0 <= left_grams <= MOST_GRAMS:
        raise Refused("mass_out_of_bounds", {"most_grams": MOST_GRAMS}, "left_grams")
    if len(reason.strip()) > LONGEST:
        raise Refused("text_too_long", {"most": LONGEST}, "reason")
    locks.lock(session, stock)
    old_mg, stock.left_mg = stock.left_mg, round(left_grams * 1000)
    words = {"text": reason.strip()} if reason.strip() else {}
    values = {"left_grams": stock.left_mg / 1000, "change_grams": (stock.left_mg - old_mg) / 1000}
    events.record(session, events.actor_of(by), stock, "weigh", old=str(old_mg), new=str(stock.left_mg),
                  code="said" if words else "", values=values | words)  # fmt: skip
    watch(session, events.actor_of(by), stock)


def count(session: Session, by: Person, stock: Stock, left_sheets: float, reason: str = "") -> None:
    """Correct how much of a pile is left, in sheets of it. Raises Refused."""
    if not 0 <= left_sheets <= sheets.MOST_SHEETS:
        raise Refused("sheets_out_of_bounds", {"most": sheets.MOST_SHEETS}, "left_sheets")
    if len(reason.strip()) > LONGEST:
        raise Refused("text_too_long", {"most": LONGEST}, "reason")
    locks.lock(session, stock)
    assert stock.sheet_mm is not None
    old, stock.left_mm2 = stock.left_mm2, round(left_sheets * stock.sheet_mm[0] * stock.sheet_mm[1])
    words = {"text": reason.strip()} if reason.strip() else {}
    values = {"left_mm2": stock.left_mm2, "change_mm2": stock.left_mm2 - old}
    events.record(session, events.actor_of(by), stock, "count", old=str(old), new=str(stock.left_mm2),
                  code="said" if words else "", values=values | words)  # fmt: skip
    watch(session, events.actor_of(by), stock)


def take(session: Session, actor: Actor, stock: Stock, used: int, run_id: str) -> None:
    """A run used so much (square millimetres of a pile, milligrams of a spool); never more than is left."""
    column = Stock.left_mm2 if stock.is_sheets else Stock.left_mg
    left = column - used
    here = update(Stock).where(Stock.id == stock.id).values({column: case((left < 0, 0), else_=left)})
    session.execute(here, execution_options={"synchronize_session": False})
    session.refresh(stock)
    verb, values = ("cut", {"used_mm2": used}) if stock.is_sheets else ("use", {"used_grams": used / 1000})
    events.record(session, actor, stock, verb, values=values | {"run": run_id})
    watch(session, actor, stock)


def watch(session: Session, actor: Actor, stock: Stock) -> None:
    """Tell technicians when stock has come to run low: once, until there was enough of it again."""
    session.flush()
    here = update(Stock).where(Stock.id == stock.id)
    left, least = (Stock.left_mm2, Stock.low_mm2) if stock.is_sheets else (Stock.left_mg, Stock.low_mg)
    session.execute(here.where(left >= least).values(low_told_at=None),
                    execution_options={"synchronize_session": False})  # fmt: skip
    low = here.where(left < least, Stock.low_told_at.is_(None), Stock.retired_at.is_(None))
    told = session.execute(low.values(low_told_at=now()).returning(Stock.id),
                           execution_options={"synchronize_session": False}).all()  # fmt: skip
    session.refresh(stock)
    if told:
        values = {"stock": stock.label}
        if stock.is_sheets:
            levels: dict[str, float] = {"left_mm2": stock.left_mm2, "low_mm2": stock.low_mm2}
        else:
            levels = {"left_grams": stock.left_mg / 1000, "low_grams": stock.low_mg / 1000}
        verb = "low_sheets" if stock.is_sheets else "low"
        events.record(session, actor, stock, verb, values=values | levels)


def history(session: Session, stock: Stock, limit: int = 100) -> list[Event]:
    """What happened to a spool or pile, newest first."""
    about = select(Event).where(Event.subject_kind == SubjectKind.STOCK, Event.subject_id == stock.id)
    return list(session.scalars(about.order_by(Event.seq.desc()).limit(limit)))
