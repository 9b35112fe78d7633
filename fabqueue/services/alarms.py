"""What technicians are told of machines and stock: which events call for it, and in which words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from fabqueue.models import FOREIGN_WORK, Event, Machine, Run, SubjectKind
from fabqueue.models.base import Base

CALM = timedelta(minutes=15)
"""How long a fault must have been gone to be news when it comes back: a loose cable is told of once."""
WELL = frozenset({"", FOREIGN_WORK})
"""What somebody else does at a machine is no trouble of ours."""
_S = SubjectKind


@dataclass(frozen=True)
class Alarm:
    """kind: as people choose what they want to hear of. code: of the sentence."""

    kind: str
    code: str
    with_reason: bool = False
    """The sentence names the machine alone; why stands beside it."""


_ALARMS: Mapping[tuple[SubjectKind, str], Alarm] = {
    (_S.STOCK, "low"): Alarm("stock_low", "notice_stock_low"),
    (_S.STOCK, "low_sheets"): Alarm("stock_low", "notice_stock_low_sheets"),
    (_S.MACHINE, "service_due"): Alarm("service_due", "notice_service_due"),
    (_S.MACHINE, "beam_unconfirmed"): Alarm("beam", "notice_beam"),
    (_S.MACHINE, "fault"): Alarm("fault", "notice_fault", with_reason=True),
    (_S.MACHINE, "emergency_unconfirmed"): Alarm("fault", "notice_emergency"),
    (_S.RUN, "pause"): Alarm("fault", "notice_paused", with_reason=True),
    (_S.RUN, "absent"): Alarm("laser_alone", "notice_laser_alone"),
    (_S.RUN, "doubt"): Alarm("doubt", "notice_doubt", with_reason=True),
    (_S.RUN, "unanswered"): Alarm("unconfirmed", "notice_unconfirmed", with_reason=True),
}
"""By what happened to what."""


def of(session: Session, event: Event) -> Alarm | None:
    """What technicians are to be told because of this event."""
    alarm = _ALARMS.get((event.subject_kind, event.verb))
    is_none = (event.verb == "fault" and not _is_new_fault(session, event)) or (
        event.verb == "pause" and not event.code
    )
    return None if is_none else alarm


def _is_new_fault(session: Session, event: Event) -> bool:
    """Whether a machine that was well, or at somebody else's work, has come to have a fault that was not just there."""
    if event.new in WELL or event.old not in WELL:
        return False
    same = (Event.subject_kind == _S.MACHINE) & (Event.subject_id == event.subject_id) & (Event.verb == "fault")
    just_gone = exists().where(same, Event.old == event.new, Event.seq < event.seq, Event.at > event.at - CALM)
    return not session.scalar(select(just_gone))


def values(alarm: Alarm, event: Event, subject: Base) -> dict[str, Any]:
    """What the sentence names."""
    if not alarm.with_reason:
        return dict(event.values)
    machine = subject.machine if isinstance(subject, Run) else subject
    name = machine.name if isinstance(machine, Machine) else ""
    return {"machine": name, "reason": {"code": event.code, "values": event.values}}
