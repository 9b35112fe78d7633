"""Stock as it goes down and is corrected: weighing, who is told when it runs low, what happened to it."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import Event, Person, Stock, SubjectKind
from fabqueue.services import events, locks
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


def watch(session: Session, actor: Actor, stock: Stock) -> None:
    """Tell technicians when stock has come to run low: once, until there was enough of it again."""
    session.flush()
    here = update(Stock).where(Stock.id == stock.id)
    enough = here.where(Stock.left_mg >= Stock.low_mg).values(low_told_at=None)
    session.execute(enough, execution_options={"synchronize_session": False})
    low = here.where(Stock.left_mg < Stock.low_mg, Stock.low_told_at.is_(None), Stock.retired_at.is_(None))
    told = session.execute(low.values(low_told_at=now()).returning(Stock.id),
                           execution_options={"synchronize_session": False}).all()  # fmt: skip
    session.refresh(stock)
    if told:
        values = {"stock": stock.label, "left_grams": stock.left_mg / 1000, "low_grams": stock.low_mg / 1000}
        events.record(session, actor, stock, "low", values=values)


def history(session: Session, stock: Stock, limit: int = 100) -> list[Event]:
    """What happened to a spool or pile, newest first."""
    about = select(Event).where(Event.subject_kind == SubjectKind.STOCK, Event.subject_id == stock.id)
    return list(session.scalars(about.order_by(Event.seq.desc()).limit(limit)))
