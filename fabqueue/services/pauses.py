"""Pauses that nobody asked for from here: the filament ran out, the file says so, somebody did it at the display."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.models import ActorKind, Event, Run, RunState, SubjectKind
from fabqueue.services.events import Actor

UNASKED = "run_paused_unasked"


def reason(actor: Actor, run: Run) -> str:
    """The code that an event of a pause says why by; empty where somebody asked for it from here."""
    return UNASKED if actor.kind is ActorKind.MACHINE and run.pause_asked is not True else ""


def is_unasked(session: Session, run: Run | None) -> bool:
    """Whether a run stands paused though nobody asked for that from here."""
    if run is None or run.state is not RunState.PAUSED:
        return False
    about = (Event.subject_kind == SubjectKind.RUN) & (Event.subject_id == run.id) & (Event.verb == "pause")
    return session.scalar(select(Event.code).where(about).order_by(Event.seq.desc()).limit(1)) == UNASKED
