"""What holds machines, waits at them and lies on their beds: read for many machines at once.

A run comes with its jobs, their designs and their people, which takes a dozen statements however many runs there are.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from fabqueue.models import ACTIVE, Machine, Run, RunState


@dataclass(slots=True)
class Occupancy:
    active: Run | None = None
    """The run that holds the machine now."""
    last: Run | None = None
    """The run whose parts may still lie on the bed: the last one that ended and was not cleared."""
    staged: list[Run] = field(default_factory=list)
    """Runs whose files wait at a laser, those that wait longest first."""


def of(session: Session, machines: Collection[Machine]) -> dict[str, Occupancy]:
    """By the machine's id."""
    found = {each.id: Occupancy() for each in machines}
    at_them = Run.machine_id.in_(found)
    shown = or_(Run.state.in_((*ACTIVE, RunState.STAGED)), Run.id.in_(_last_ids(list(found))))
    for run in session.scalars(select(Run).where(at_them, shown).order_by(Run.claimed_at, Run.id)).unique():
        _put(found[run.machine_id or ""], run)
    return found


def at(session: Session, machine: Machine) -> Occupancy:
    """Of one machine."""
    return of(session, [machine])[machine.id]


def _put(occupancy: Occupancy, run: Run) -> None:
    if run.state in ACTIVE:
        occupancy.active = run
    elif run.state is RunState.STAGED:
        occupancy.staged.append(run)
    else:
        occupancy.last = run


def _last_ids(machine_ids: list[str]) -> Select[str]:
    on_bed = and_(Run.machine_id.in_(machine_ids), Run.ended_at.is_not(None), Run.cleared_at.is_(None))
    newest = select(Run.machine_id, func.max(Run.ended_at).label("ended_at")).where(on_bed)
    each = newest.group_by(Run.machine_id).subquery()
    return select(Run.id).where(on_bed, Run.machine_id == each.c.machine_id, Run.ended_at == each.c.ended_at)
