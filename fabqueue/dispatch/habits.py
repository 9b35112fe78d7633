"""How long people of this lab take, as the last times tell: to clear a bed, to start what only a person starts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import now
from fabqueue.dispatch.forecast import Span
from fabqueue.models import MANUAL, Machine, MachineKind, MachineModel, Run, Site
from fabqueue.services import opening
from fabqueue.services.hours import Hours

TIMES = 60
"""How many of the last times tell how long something takes, of a machine and of the lab."""
LOOKED_BACK = 5 * TIMES
"""Among how many times in the lab those of each machine are looked for."""
OLDEST = timedelta(days=120)
FEWEST = 8
SLOW = 6
"""Until it is known: what is slow takes so many times the usual."""
STARTING = Span(0.0, 1800.0, SLOW * 1800.0)
"""Until it is known: from a machine that is ready to somebody who starts what waits for it."""
Times = Sequence[tuple[float, float]]
"""From when to when, in seconds since 1970, newest first."""


@dataclass(frozen=True, slots=True)
class Usual:
    """Seconds that something takes: in the lab, and by id at those machines that are known well enough."""

    lab: Span
    machines: Mapping[str, Span] = field(default_factory=dict)

    def at(self, machine_id: str) -> Span:
        return self.machines.get(machine_id, self.lab)


@dataclass(frozen=True, slots=True)
class Habits:
    """clearing: a bed. arming: a laser whose file waits. starting: by hand, at a tool that is free.

    lengths: by machine model, what a person took at a tool for which nothing is predicted.
    """

    clearing: Usual
    arming: Usual = Usual(STARTING)
    starting: Usual = Usual(STARTING)
    lengths: Mapping[str, Span] = field(default_factory=dict)


def read(session: Session, config: Config, site: Site) -> Habits:
    """Of the last weeks; while there are few, as the lab says. Only time counts in which the lab was open."""
    hours = opening.hours(site, now() - OLDEST)
    usual = config.queue.clearing_minutes * 60.0
    begun = _begun(session, site)
    return Habits(
        _usual(hours, _clears(session, site), Span(0.0, usual, SLOW * usual)),
        _usual(hours, waits(each for each in begun if each.kind is MachineKind.LASER), STARTING),
        _usual(hours, waits(each for each in begun if each.kind is not MachineKind.LASER), STARTING),
        _lengths(begun),
    )


def _clears(session: Session, site: Site) -> list[tuple[str, tuple[float, float]]]:
    """Machine, when its run ended, when its bed was cleared."""
    columns = select(Run.machine_id, Run.ended_at, Run.cleared_at).where(
        Run.site_id == site.id, Run.started_at >= now() - OLDEST, Run.ended_at.is_not(None), Run.cleared_at.is_not(None)
    )
    rows: Iterable[Any] = session.execute(columns.order_by(Run.cleared_at.desc()).limit(LOOKED_BACK))
    return [(machine_id, (ended.timestamp(), cleared.timestamp())) for machine_id, ended, cleared in rows]


def _begun(session: Session, site: Site) -> Sequence[Any]:
    """What people started themselves, newest first."""
    columns = (
        Run.machine_id, Run.machine_model_id, MachineModel.kind, Run.created_at, Run.claimed_at, Run.armed_at,
        Run.started_at, Run.cleared_at, Run.predicted_seconds, Run.seconds,
    )  # fmt: skip
    rows = select(*columns).join(Machine, Machine.id == Run.machine_id)
    rows = rows.join(MachineModel, MachineModel.id == Machine.machine_model_id)
    by_people = or_(Machine.driver == MANUAL, MachineModel.kind == MachineKind.LASER)
    rows = rows.where(Run.site_id == site.id, Run.started_at >= now() - OLDEST, by_people)
    return session.execute(rows.order_by(Run.started_at.desc()).limit(LOOKED_BACK)).all()


def waits(begun: Iterable[Any]) -> list[tuple[str, tuple[float, float]]]:
    """Machine, since when it could have been started, when somebody did. Pure; begun: newest first.

    A run could be started once it was there (at a laser its file) and the bed was clear of the one before.
    """
    found, later = [], dict[str, Any]()
    for each in begun:
        if (after := later.get(each.machine_id)) is not None:
            found.append((each.machine_id, _wait(after, each.cleared_at)))
        later[each.machine_id] = each
    return [*found, *((key, _wait(each, None)) for key, each in later.items())]


def _wait(row: Any, before: datetime | None) -> tuple[float, float]:
    """before: when the bed was cleared of the run before."""
    there = row.claimed_at if row.kind is MachineKind.LASER and row.claimed_at else row.created_at
    begun = row.armed_at or row.started_at
    return min(max(there, before or there), begun).timestamp(), begun.timestamp()


def _usual(hours: Hours, times: Sequence[tuple[str, tuple[float, float]]], otherwise: Span) -> Usual:
    """What times tell, newest first, of the lab and of each machine; `otherwise` while they are few."""
    by_machine: dict[str, list[tuple[float, float]]] = {}
    for machine_id, each in times:
        by_machine.setdefault(machine_id, []).append(each)
    own = {key: span for key, its in by_machine.items() if (span := _last(hours, its))}
    return Usual(_last(hours, [each for _, each in times]) or otherwise, own)


def _last(hours: Hours, times: Times) -> Span | None:
    """What the last times tell; None while they are few."""
    return learned(hours, times[:TIMES]) if len(times) >= FEWEST else None


def learned(hours: Hours, times: Times) -> Span:
    """What they took of the time in which somebody was there. Pure."""
    return _middle([hours.attended(since, until) for since, until in times])


def _middle(took: Iterable[float]) -> Span:
    """Lower quarter, middle and upper tenth."""
    found = sorted(took)
    last = len(found) - 1
    return Span(found[round(last * 0.25)], found[round(last * 0.5)], found[round(last * 0.9)])


def _lengths(begun: Iterable[Any]) -> dict[str, Span]:
    by_model: dict[str, list[float]] = {}
    for each in begun:
        if each.predicted_seconds is None and each.seconds is not None:
            by_model.setdefault(each.machine_model_id, []).append(float(each.seconds))
    return {key: _middle(took[:TIMES]) for key, took in by_model.items() if len(took) >= FEWEST}
