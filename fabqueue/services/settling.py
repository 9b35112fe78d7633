"""Notices about what is settled: somebody decided it, or it is over by itself, and nobody need go and see about it."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import (
    Event,
    Job,
    JobState,
    Machine,
    MailState,
    Notice,
    Run,
    RunState,
    ServiceTask,
    Stock,
    SubjectKind,
)
from fabqueue.models.base import Base
from fabqueue.services.alarms import WELL

_S = SubjectKind
_SERVICE = "notice_service_due"
_LOW = frozenset({"notice_stock_low", "notice_stock_low_sheets"})
_OF_RUN = frozenset({"notice_unconfirmed", "notice_laser_alone"})
"""What ends with the run at the latest."""
_OF_MACHINE = frozenset({"notice_fault", "notice_emergency", "notice_beam", _SERVICE})
_STATES: Mapping[str, str] = {
    JobState.CHANGES_REQUESTED: "notice_question",
    JobState.AWAITING_MEMBER: "notice_price_change",
    JobState.READY: "notice_ready",
    RunState.IN_DOUBT: "notice_doubt",
    RunState.PAUSED: "notice_paused",
}
"""What counts as long as a job or run is in that state."""
_VERBS: Mapping[tuple[SubjectKind, str], str] = {
    (_S.RUN, "present"): "notice_laser_alone",
    (_S.RUN, "answer"): "notice_unconfirmed",
    (_S.RUN, "ask_pause"): "notice_unconfirmed",
    (_S.RUN, "ask_resume"): "notice_unconfirmed",
    (_S.RUN, "ask_stop"): "notice_unconfirmed",
    (_S.MACHINE, "emergency"): "notice_emergency",
    (_S.MACHINE, "emergency_confirmed"): "notice_emergency",
    (_S.MACHINE, "reconnect"): "notice_emergency",
    (_S.MACHINE, "beam_off"): "notice_beam",
}
"""What is over when that happens, whatever else holds; a command that is given anew is told of anew."""


def look(session: Session, event: Event, subject: Base) -> None:
    """Settle what this event ends of what people were told about its subject."""
    if event.verb in {"service_done", "service_undone"}:
        _look_at_service(session, event)
    elif codes := _over(event, subject):
        _settle(session, event, _told(event, codes))


def _over(event: Event, subject: Base) -> Collection[str]:
    """The codes of notices that do not hold any more."""
    if isinstance(subject, Stock):
        return _LOW if subject.retired_at is not None or not subject.is_low else ()
    if isinstance(subject, Machine) and event.verb == "retire":
        return _OF_MACHINE
    found = {_VERBS.get((event.subject_kind, event.verb), "")}
    if isinstance(subject, Machine):
        found |= _well(event, subject)
    if isinstance(subject, Run) and subject.state.is_over:
        found |= _OF_RUN
    if isinstance(subject, Run | Job) and subject.state != event.old:
        found.add(_STATES.get(event.old, ""))
    return found - {""}


def _well(event: Event, machine: Machine) -> set[str]:
    """What is over at a machine, of which the event may be recorded before the row says so."""
    found = set()
    is_well = event.new in WELL if event.verb == "fault" else event.verb == "change" and not machine.fault_code
    if is_well:
        found.add("notice_fault")
    if event.verb == "clear" and machine.beam is None:
        found.add("notice_beam")
    return found


def _told(event: Event, codes: Collection[str]) -> Select[int]:
    """The events about the same subject that people were told of by these codes, before now."""
    about = (Event.subject_kind == event.subject_kind) & (Event.subject_id == event.subject_id)
    told = select(Notice.event_seq).where(Notice.code.in_(codes), Notice.over_seq.is_(None))
    return told.join(Event, Event.seq == Notice.event_seq).where(about, Event.seq < event.seq)


def _settle(session: Session, by: Event, told: Select[int]) -> None:
    """Nobody has to read them any more, or is mailed about them now."""
    seqs = session.scalars(told).all()
    if not seqs:
        return
    open_ones = update(Notice).where(Notice.event_seq.in_(seqs)).execution_options(synchronize_session="fetch")
    session.execute(open_ones.where(Notice.read_at.is_(None)).values(read_at=now()))
    session.execute(open_ones.where(Notice.mail == MailState.PENDING).values(mail=MailState.NONE))
    session.execute(open_ones.values(over_seq=by.seq))


# services: a machine may be due for several


def _look_at_service(session: Session, event: Event) -> None:
    if event.verb == "service_done":
        _settle(session, event, _told(event, {_SERVICE}).where(_names(event.values["task"])))
    else:
        _reopen(session, event)


def _names(task: str) -> Any:
    return Notice.values["task"].as_string() == task


def _reopen(session: Session, event: Event) -> None:
    """It was not done after all: whoever had not read that it is due has not yet. No mail comes a second time."""
    about = (Event.subject_kind == event.subject_kind) & (Event.subject_id == event.subject_id)
    done = select(Event.seq).where(about, Event.verb == "service_done", Event.seq < event.seq)
    last = session.scalar(done.order_by(Event.seq.desc()).limit(1))
    for notice in session.scalars(select(Notice).where(Notice.over_seq == last, _names(event.values["task"]))):
        if notice.over and notice.read_at and notice.read_at >= notice.over.at:
            notice.read_at = None
        notice.over_seq = None


def service_retired(session: Session, event: Event, task: ServiceTask) -> None:
    """Nobody has to do it any more, on any machine of its model."""
    machines = select(Machine.id).where(Machine.machine_model_id == task.machine_model_id)
    about = (Event.subject_kind == _S.MACHINE) & Event.subject_id.in_(machines)
    told = select(Notice.event_seq).where(Notice.code == _SERVICE, Notice.over_seq.is_(None), _names(task.name))
    _settle(session, event, told.join(Event, Event.seq == Notice.event_seq).where(about))
