"""Which waiting run goes first: the rules of the queue, and where every run stands by them.

What is pinned by hand comes first, then higher priority, then what would otherwise miss its day. All others stand on
one axis of time: a run stands at its approval, moved later by what its maker has had lately (fair share) and by what
it takes (shortest first), and never by more than the guard against waiting for ever allows. Nothing on this axis moves
as time goes by, so that waiting is what brings a run forward.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select
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


@dataclass(frozen=True, slots=True)
class Place:
    """What the rules need of a waiting run.

    pin: its place among those put there by hand, or None. seconds: predicted. due: end of the day it is needed by.
    """

    run_id: str
    owner_id: str
    priority: int
    approved_at: datetime
    created_at: datetime
    pin: int | None = None
    seconds: int = UNKNOWN_SECONDS
    due: datetime | None = None

    @property
    def latest_start(self) -> datetime | None:
        return self.due - timedelta(seconds=self.seconds * LATE) if self.due else None


@dataclass(frozen=True, slots=True)
class Ranked:
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
    latest = place.latest_start.timestamp() if place.latest_start and rules.due_hours else _ENDLESS
    return Ranked(
        place, (pin, priority, _ENDLESS, *rest), (pin, priority, latest, *rest), latest - rules.due_hours * 3600
    )


def places(session: Session, config: Config, site_id: str, model_id: str, *states: RunState) -> list[Place]:
    """Where the runs of a machine model stand that are in these states, first come first.

    Only runs all of whose jobs are wanted: a price that waits for a yes keeps its run back.
    """
    return [each.place for each in standing(session, config, site_id, model_id, *states)]


def standing(
    session: Session, config: Config, site_id: str, model_id: str, *states: RunState, more: Sequence[Place] = ()
) -> list[Ranked]:
    """The same with what they sort by. more: places that are not in the database, as somebody might ask for them."""
    found: dict[str, Place] = {each.run_id: each for each in more}
    unwanted: set[str] = set()
    for row in _rows(session, site_id, model_id, states):
        if row.state not in WANTED:
            unwanted.add(row.run_id)
        place = _place(row, config)
        found[row.run_id] = _together(found[row.run_id], place) if row.run_id in found else place
    wanted = [each for each in found.values() if each.run_id not in unwanted]
    at = now().timestamp()
    return sorted(ranked(wanted, _used(session, wanted, config.queue), config.queue), key=lambda each: each.key(at))


def _rows(session: Session, site_id: str, model_id: str, states: tuple[RunState, ...]) -> list[Row[tuple[object, ...]]]:
    """A row for each job of each run."""
    columns = (
        Run.id.label("run_id"), Run.created_at, Run.predicted_seconds, Job.state, Job.pin, Job.priority,
        func.coalesce(Job.approved_at, Job.created_at).label("approved_at"), Request.owner_id, Request.needed_by,
    )  # fmt: skip
    query = select(*columns).select_from(Run).join(RunItem, RunItem.run_id == Run.id)
    query = query.join(Job, Job.id == RunItem.job_id).join(Request, Request.id == Job.request_id)
    standing = Run.site_id == site_id, Run.machine_model_id == model_id, Run.state.in_(states)
    return list(session.execute(query.where(*standing)))


def _place(row: Row[tuple[object, ...]], config: Config) -> Place:
    seconds = row.predicted_seconds or UNKNOWN_SECONDS
    due = end_of(row.needed_by, config.site.time_zone) if row.needed_by else None
    return Place(row.run_id, row.owner_id, row.priority, row.approved_at, row.created_at, row.pin, seconds, due)


def end_of(day: date, time_zone: str) -> datetime:
    """When a day is over at the lab."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(time_zone))


def _together(one: Place, other: Place) -> Place:
    """A run of several jobs stands where the best of them would."""
    first, second = sorted((one, other), key=lambda each: each.approved_at)
    pins = [each.pin for each in (one, other) if each.pin is not None]
    dues = [each.due for each in (one, other) if each.due]
    return replace(first, pin=min(pins, default=None), due=min(dues, default=None),
                   priority=max(first.priority, second.priority))  # fmt: skip


def _used(session: Session, waiting: list[Place], rules: QueueSettings) -> dict[str, float]:
    """Seconds of machine time that the owners of what waits had within the days that count."""
    owners = {each.owner_id for each in waiting}
    if len(owners) < 2 or not rules.fair_share:
        return {}
    since = now() - timedelta(days=rules.fair_share_days)
    query = select(Request.owner_id, func.sum(func.coalesce(RunItem.alone_seconds, Run.predicted_seconds)))
    query = query.select_from(Run).join(RunItem, RunItem.run_id == Run.id).join(Job, Job.id == RunItem.job_id)
    query = query.join(Request, Request.id == Job.request_id).group_by(Request.owner_id)
    rows = session.execute(query.where(Run.started_at >= since, Request.owner_id.in_(owners)))
    return {owner: float(seconds or 0) for owner, seconds in rows}


def ahead_of(run_id: str, standing: list[Place]) -> list[Place] | None:
    """Those that go before a run, in order; None when it is not among them."""
    index = next((number for number, each in enumerate(standing) if each.run_id == run_id), None)
    return None if index is None else standing[:index]
