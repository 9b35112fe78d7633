"""The line in front of a machine model, read once: who stands there, which machines serve, how long a clear takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import now
from fabqueue.dispatch import forecast, laying, match, seeing
from fabqueue.dispatch.forecast import HIGH, LOW, ZERO, Made, Span, Task, Tool
from fabqueue.dispatch.match import Bench, Room, Wish
from fabqueue.models import ACTIVE, Machine, Run, Site
from fabqueue.services import opening, ordering, progress
from fabqueue.services.hours import Hours
from fabqueue.services.ordering import Ranked

CLEARS = 60
"""How many of the last clears tell how long one takes, of a machine and of the lab."""
LOOKED_BACK = 5 * CLEARS
"""Among how many clears of the lab those of each machine are looked for."""
FEWEST_CLEARS = 8
SLOW = 6
"""Until it is known: a slow clear takes so many times the usual one."""


@dataclass(frozen=True, slots=True)
class Clearing:
    """Seconds until somebody has cleared a bed: in the lab, and by id at those machines that are known well enough."""

    lab: Span
    machines: Mapping[str, Span]


@dataclass(frozen=True, slots=True)
class Finish:
    """When a job is expected to be finished. opens_at: it cannot go on before the lab opens then, which is later."""

    low: datetime
    expected: datetime
    high: datetime
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stand:
    """A machine as matching sees it, and the run that holds it."""

    machine: Machine
    bench: Bench
    run: Run | None


@dataclass(frozen=True)
class Line:
    """What stands in front of one machine model, in order, and where each is expected to be made."""

    stands: Sequence[Stand]
    ranked: Sequence[Ranked]
    wishes: Mapping[str, Wish]
    made: Mapping[str, Made]

    def ahead(self, run_id: str) -> int:
        """How many stand before a run; 0 for one that does not stand here."""
        found = (number for number, each in enumerate(self.ranked) if each.place.run_id == run_id)
        return next(found, 0)


@dataclass(frozen=True)
class Asked:
    """A run that somebody might ask for: what it needs and takes, and where it would stand."""

    place: ordering.Place
    wish: Wish
    span: Span | None


def read(
    session: Session,
    config: Config,
    site: Site,
    model_id: str,
    room: Room,
    clearing: Clearing,
    asked: Sequence[Asked] = (),
) -> Line:
    """Everything that waits for a machine model, and those that might. A lab that is held forecasts nothing."""
    more = [each.place for each in asked]
    ranked = ordering.standing(session, config, site.id, model_id, *ordering.STANDING, more=more)
    waiting = Run.machine_model_id == model_id, Run.state.in_(ordering.STANDING)
    wishes = seeing.wishes(session, config, *waiting) | {each.place.run_id: each.wish for each in asked}
    stands = _stands(session, config, site.id, model_id)
    spans = {each.place.run_id: each.span for each in asked}
    tasks = [_task(each, wishes[each.place.run_id], spans) for each in ranked if each.place.run_id in wishes]
    if site.is_held:
        return Line(stands, ranked, wishes, {})
    idle = sum(match.dispatched(each.bench) and match.closed(each.bench) is None for each in stands)
    beds = laying.foreseen(session, config, model_id, tasks, idle)
    made = forecast.play(beds.tasks, [_tool(each, clearing) for each in stands], room, clearing.lab)
    return Line(stands, ranked, wishes, beds.told(made))


def _task(ranked: Ranked, wish: Wish, spans: Mapping[str, Span | None]) -> Task:
    if (key := ranked.place.run_id) in spans:
        return Task(ranked, wish, spans[key])
    return Task(ranked, wish, Span.predicted(wish.seconds) if wish.seconds else None)


def _stands(session: Session, config: Config, site_id: str, model_id: str) -> list[Stand]:
    rows = select(Machine).where(
        Machine.site_id == site_id, Machine.machine_model_id == model_id, Machine.retired_at.is_(None)
    )
    machines = list(session.scalars(rows.order_by(Machine.position, Machine.slug)))
    keys = [each.id for each in machines]
    held = session.scalars(select(Run).where(Run.machine_id.in_(keys), Run.state.in_(ACTIVE)))
    holding = {each.machine_id: each for each in held}
    return [Stand(each, seeing.bench(config, each, each.id in holding), holding.get(each.id)) for each in machines]


def _tool(stand: Stand, clearing: Clearing) -> Tool:
    left, own = remaining(stand.run) if stand.run else ZERO, clearing.machines.get(stand.bench.id)
    return Tool(replace(stand.bench, busy=False), left, stand.run is None and stand.bench.bed_clear, own)


def remaining(run: Run) -> Span | None:
    """The range of what is left of a run on a machine; None unknown."""
    left = progress.seconds_left(run)
    return None if left is None else Span.predicted(left)


def clearing(session: Session, config: Config, site: Site) -> Clearing:
    """How long clears take, as the last ones went; while there are few, as the lab says.

    Only time counts in which the lab was open.
    """
    columns = select(Run.machine_id, Run.ended_at, Run.cleared_at).where(
        Run.site_id == site.id, Run.ended_at.is_not(None), Run.cleared_at.is_not(None)
    )
    rows = session.execute(columns.order_by(Run.cleared_at.desc()).limit(LOOKED_BACK)).all()
    hours = opening.hours(site, min((each.ended_at for each in rows), default=now()))
    clears = [(each.machine_id, (each.ended_at.timestamp(), each.cleared_at.timestamp())) for each in rows]
    by_machine: dict[str, list[tuple[float, float]]] = {}
    for machine_id, clear in clears:
        by_machine.setdefault(machine_id, []).append(clear)
    own = {key: span for key, its in by_machine.items() if (span := _last(hours, its))}
    usual = config.queue.clearing_minutes * 60.0
    lab = _last(hours, [clear for _, clear in clears]) or Span(0.0, usual, SLOW * usual)
    return Clearing(lab, own)


def _last(hours: Hours, clears: Sequence[tuple[float, float]]) -> Span | None:
    """What the last clears tell, newest first; None while they are few."""
    return learned(hours, clears[:CLEARS]) if len(clears) >= FEWEST_CLEARS else None


def learned(hours: Hours, clears: Sequence[tuple[float, float]]) -> Span:
    """Lower quarter, middle and upper tenth of what clears took. Pure."""
    took = sorted(hours.attended(ended, cleared) for ended, cleared in clears)
    last = len(took) - 1
    return Span(took[round(last * 0.25)], took[round(last * 0.5)], took[round(last * 0.9)])


def finish(span: Span | None, opens_at: datetime | None = None) -> Finish | None:
    """Moments from seconds that are left."""
    if span is None:
        return None
    at = now()
    low, expected, high = (at + timedelta(seconds=each) for each in (span.low, span.expected, span.high))
    return Finish(low, expected, high, opens_at)


def quoted(seconds: Mapping[str, float] | None) -> Span | None:
    """The range of a quote, never narrower than what a slicer's figure deserves."""
    if not seconds:
        return None
    expected = seconds["expected"]
    return Span(min(seconds["low"], expected * LOW), expected, max(seconds["high"], expected * HIGH))
