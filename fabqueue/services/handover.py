"""The handover note: what the next shift must know, until somebody says that it is done."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import HandoverNote, Person
from fabqueue.services import events, locks, sites
from fabqueue.services.errors import Conflict, Refused

LONGEST = 1000


def write(session: Session, by: Person, text: str) -> HandoverNote:
    """Leave a note for whoever comes next. Raises Refused."""
    text = text.strip()
    if not text:
        raise Refused("handover_empty", field="text")
    if len(text) > LONGEST:
        raise Refused("text_too_long", {"most": LONGEST}, "text")
    site = sites.the_site(session)
    note = HandoverNote(site_id=site.id, text=text, by_id=by.id)
    session.add(note)
    session.flush()
    session.refresh(note)
    events.record(session, events.actor_of(by), site, "hand_over", values={"note": note.id})
    return note


def done(session: Session, by: Person, note: HandoverNote) -> None:
    """Say that nobody needs it any more. Raises Conflict when somebody said so before."""
    locks.lock(session, note)
    if note.done_at is not None:
        raise Conflict("done", "handover_done_already")
    note.done_at, note.done_by_id = now(), by.id
    events.record(session, events.actor_of(by), sites.the_site(session), "hand_over_done", values={"note": note.id})


def open_again(session: Session, by: Person, note: HandoverNote) -> None:
    """It was not done after all. Raises Conflict when it is open."""
    locks.lock(session, note)
    if note.done_at is None:
        raise Conflict("open", "handover_open_already")
    note.done_at = note.done_by_id = None
    events.record(session, events.actor_of(by), sites.the_site(session), "hand_over_again", values={"note": note.id})


def current(session: Session) -> Sequence[HandoverNote]:
    """What counts now, oldest first."""
    waiting = select(HandoverNote).where(HandoverNote.done_at.is_(None))
    return session.scalars(waiting.order_by(HandoverNote.at)).all()


def past(session: Session, limit: int = 100) -> Sequence[HandoverNote]:
    """What was done, newest first."""
    gone = select(HandoverNote).where(HandoverNote.done_at.is_not(None))
    return session.scalars(gone.order_by(HandoverNote.done_at.desc()).limit(limit)).all()
