"""Which waiting run goes first: the rules of the queue, and where every run stands by them.

What is pinned by hand comes first, then higher priority, then what would otherwise miss its day. All others stand on
one axis of time: a run stands at its approval, moved later by what its maker has had lately (fair share) and by what
it takes (shortest first), and never by more than the guard against waiting for ever allows. Nothing on this axis moves
as time goes by, so that waiting is what brings a run forward.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.orm import Session

from fabqueue.config import Config, QueueSettings
from fabqueue.db import now
from fabqueue.models import Job, JobState, Request, Run, RunItem, RunState

WANTED = (JobState.QUEUED, JobState.IN_PRODUCTION)
STANDING = (RunState.WAITING, RunState.PREPARING)
"""States of runs that no machine has yet."""
UNKNOWN_SECONDS = 3600
"""What a run counts as that nobody has predicted."""
LATE = 1.25
"""How much longer than predicted a run may take: with this to spare it must keep its day, and end before closing."""
_LAST = 2**31
_ENDLESS = float("inf")
Key = tuple[int, int, float, float, float, str]


class Place(NamedTuple):
    """What the rules need of a waiting run.

    pin: its place among those put there by hand, or None. seconds: predicted, of one among several jobs by itself. due:
    end of the day it is needed by. together: predicted seconds of the whole run, None where it is of one job.
    """

    run_id: str
    owner_id: str
    priority: int
    approved_at: datetime
    created_at: datetime
    pin: int | None = None
    seconds: int = UNKNOWN_SECONDS
    due: datetime | None = None
    together: int | None = None


class Ranked(NamedTuple):
    """A place with what it sorts by: `plain`, and from `urgent_from` (seconds since 1970) on by `urgent`."""

    place: Place
    plain: Key
    urgent: Key
    urgent_from: float

    def key(self, moment: float) -> Key:
        return self.urgent if self.urgent_from <= moment else self.plain


def ranked(places: Iterable[Place], used: Mapping[str, float], rules: QueueSettings) -> list[Ranked]:
    """What each place sorts by, now and later. Pure. used: seconds of machine time that each owner had lately."""
    before: dict[str, float] = {}
    found: list[Ranked] = []
    for each in sorted(places, key=_by_hand_or_age):
        had = used.get(each.owner_id, 0.0) + before.get(each.owner_id, 0.0)
        before[each.owner_id] = before.get(each.owner_id, 0.0) + each.seconds
        found.append(_ranked(each, had, rules))
    return found


def arranged(places: Iterable[Place], used: Mapping[str, float], rules: QueueSettings, moment: datetime) -> list[Place]:
    """The places in order at a moment. Pure."""
    at = moment.timestamp()
    return [each.place for each in sorted(ranked(places, used, rules), key=lambda each: each.key(at))]


def _by_hand_or_age(place: Place) -> tuple[int, int, datetime, datetime, str]:
    """The order without any other rule: it says which of one's own runs come before another."""
    pin = _LAST if place.pin is None else place.pin
    return (pin, -place.priority, place.approved_at, place.created_at, place.run_id)


def _ranked(place: Place, had: float, rules: QueueSettings) -> Ranked:
    """Sorts first what goes first; the id decides last, so that everybody sees one order."""
    later = min(rules.fair_share * had + rules.shortest_first * place.seconds, rules.overtaken_hours * 3600)
    pin, priority, approved, created, run_id = _by_hand_or_age(place)
    rest = (approved.timestamp() + later, created.timestamp(), run_id)
    plain = (pin, priority, _ENDLESS, *rest)
    if place.due is None or not rules.due_hours:
        return Ranked(place, plain, plain, _ENDLESS)
    latest = place.due.timestamp() - (place.together or place.seconds) * LATE
    return Ranked(place, plain, (pin, priority, latest, *rest), latest - rules.due_hours * 3600)


def places(session: Session, config: Config, site_id: str, model_id: str, *states: RunState) -> list[Place]:
    """Where the runs of a machine model stand that are in these states, first come first.

    Only runs all of whose jobs are wanted: a price that waits for a yes keeps its run back.
    """
    return [each.place for each in standing(session, config, site_id, model_id, *states)]


def standing(session: Session, config: Config, site_id: str, model_id: str, *states: RunState) -> list[Ranked]:
    """The same with what they sort by."""
    found = read(session, config, site_id, model_id, *states)
    return in_line(found, lambda: used(session, config.queue), config.queue)


def read(session: Session, config: Config, site_id: str, model_id: str, *states: RunState) -> list[Place]:
    """The places alone, in no order."""
    found: dict[str, Place] = {}
    here = Run.site_id == site_id, Run.machine_model_id == model_id, Run.state.in_(states)
    for row in session.execute(_rows().where(*here)):
        place = _place(row, config.site.time_zone)
        same = found.get(place.run_id)
        found[place.run_id] = _together(same, place) if same else place
    return list(found.values())


def in_line(places: Sequence[Place], used: Callable[[], Mapping[str, float]], rules: QueueSettings) -> list[Ranked]:
    """Places with what they sort by, in the order of now. used: asked only where it matters what people had lately."""
    shares = len({each.owner_id for each in places}) > 1 and rules.fair_share
    at = now().timestamp()
    return sorted(ranked(places, used() if shares else {}, rules), key=lambda each: each.key(at))


def wanted() -> ColumnElement[bool]:
    """SQL: all jobs of a run are wanted now."""
    items = select(RunItem.id).join(Job, Job.id == RunItem.job_id).where(RunItem.run_id == Run.id)
    return ~items.where(Job.state.not_in(WANTED)).exists()


@cache
def _rows() -> Select[*tuple[Any, ...]]:
    """What a `Place` is made of, a row for each job of each run; built once, as dispatch asks it all the time."""
    columns = (
        Run.id, Request.owner_id, Job.priority, func.coalesce(Job.approved_at, Job.created_at), Run.created_at, Job.pin,
        func.coalesce(func.nullif(func.coalesce(RunItem.alone_seconds, Run.predicted_seconds), 0), UNKNOWN_SECONDS),
        case((RunItem.alone_seconds.is_not(None), Run.predicted_seconds)).label("together"), Request.needed_by,
    )  # fmt: skip
    query = select(*columns).select_from(Run).join(RunItem, RunItem.run_id == Run.id)
    query = query.join(Job, Job.id == RunItem.job_id).join(Request, Request.id == Job.request_id)
    return query.where(wanted())


def _place(row: Row[*tuple[Any, ...]], time_zone: str) -> Place:
    *facts, together, needed_by = row
    return Place._make((*facts, end_of(needed_by, time_zone) if needed_by else None, together))


def end_of(day: date, time_zone: str) -> datetime:
    """When a day is over at the lab."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(time_zone))


def _together(one: Place, other: Place) -> Place:
    """A run of several jobs stands where the best of them would."""
    first, second = sorted((one, other), key=lambda each: each.approved_at)
    pins = [each.pin for each in (one, other) if each.pin is not None]
    dues = [each.due for each in (one, other) if each.due]
    return first._replace(pin=min(pins, default=None), due=min(dues, default=None),
                          priority=max(first.priority, second.priority))  # fmt: skip


def used(session: Session, rules: QueueSettings) -> dict[str, float]:
    """Seconds of machine time that people had within the days that count.

    Of everybody: asked for the owners alone, SQLite goes through all that they ever had made.
    """
    since = now() - timedelta(days=rules.fair_share_days)
    return {owner: float(seconds or 0) for owner, seconds in session.execute(_uses().where(Run.started_at >= since))}


@cache
def _uses() -> Select[*tuple[Any, ...]]:
    """Joined outwards, so that SQLite begins with the runs of some days and not with everything that is on a run."""
    query = select(Request.owner_id, func.sum(func.coalesce(RunItem.alone_seconds, Run.predicted_seconds)))
    query = query.select_from(Run).outerjoin(RunItem, RunItem.run_id == Run.id)
    query = query.outerjoin(Job, Job.id == RunItem.job_id).outerjoin(Request, Request.id == Job.request_id)
    return query.group_by(Request.owner_id)


def ahead_of(run_id: str, standing: list[Place]) -> list[Place] | None:
    """Those that go before a run, in order; None when it is not among them."""
    index = next((number for number, each in enumerate(standing) if each.run_id == run_id), None)
    return None if index is None else standing[:index]
