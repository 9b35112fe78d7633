"""The line in front of a machine model, read once: who stands there, which machines serve, when each is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import now
from fabqueue.dispatch import forecast, laying, match, seeing
from fabqueue.dispatch.forecast import HIGH, LOW, ZERO, Made, Span, Task, Tool
from fabqueue.dispatch.habits import Habits
from fabqueue.dispatch.laying import Foresight
from fabqueue.dispatch.match import Bench, Room, Wish
from fabqueue.models import ACTIVE, Machine, MachineKind, Run, RunState, Site
from fabqueue.services import ordering, progress
from fabqueue.services.ordering import Ranked

_FETCHED = (RunState.CLAIMED, RunState.SENDING, RunState.STAGED)
"""States of runs whose files a laser has, or is about to: for those it waits that somebody arms them."""


@dataclass(frozen=True, slots=True)
class Finish:
    """When a job is expected to be finished. opens_at: it cannot go on before the lab opens then, which is later.

    by_person: as far as people start it as soon as they usually do.
    """

    low: datetime
    expected: datetime
    high: datetime
    opens_at: datetime | None = None
    by_person: bool = False


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


@dataclass(frozen=True)
class Gathered:
    """What a line is played from."""

    stands: Sequence[Stand]
    ranked: Sequence[Ranked]
    wishes: Mapping[str, Wish]
    beds: Foresight
    tools: Sequence[Tool]

    @property
    def tasks(self) -> Sequence[Task]:
        return self.beds.tasks


def read(
    session: Session,
    config: Config,
    site: Site,
    model_id: str,
    room: Room,
    habits: Habits,
    asked: Sequence[Asked] = (),
) -> Line:
    """Everything that waits for a machine model, and those that might. A lab that is held forecasts nothing."""
    found = gather(session, config, site, model_id, habits, asked)
    made = {} if site.is_held else found.beds.told(forecast.play(found.tasks, found.tools, room))
    return Line(found.stands, found.ranked, found.wishes, made)


def gather(
    session: Session, config: Config, site: Site, model_id: str, habits: Habits, asked: Sequence[Asked] = ()
) -> Gathered:
    """The rows of it: so many statements, however many wait."""
    more = [each.place for each in asked]
    ranked = ordering.standing(session, config, site.id, model_id, *ordering.STANDING, more=more)
    waiting = Run.machine_model_id == model_id, Run.state.in_(ordering.STANDING)
    wishes = seeing.wishes(session, config, *waiting) | {each.place.run_id: each.wish for each in asked}
    stands = _stands(session, config, site.id, model_id)
    spans = {each.place.run_id: each.span for each in asked}
    tasks = [_task(each, wishes[each.place.run_id], spans, habits) for each in ranked if each.place.run_id in wishes]
    if any(match.stages(each.bench) for each in stands):
        tasks += _fetched(session, config, site.id, model_id)
    idle = sum(match.dispatched(each.bench) and match.closed(each.bench) is None for each in stands)
    beds = laying.foreseen(session, config, model_id, tasks, idle)
    return Gathered(stands, ranked, wishes, beds, [_tool(each, habits) for each in stands])


def _task(ranked: Ranked, wish: Wish, spans: Mapping[str, Span | None], habits: Habits) -> Task:
    span = spans.get(ranked.place.run_id) or _predicted(wish)
    if span is None and (usual := habits.lengths.get(wish.model_id)):
        return Task(ranked, replace(wish, seconds=usual.expected), usual)
    return Task(ranked, wish, span)


def _predicted(wish: Wish) -> Span | None:
    return Span.predicted(wish.seconds) if wish.seconds else None


def _fetched(session: Session, config: Config, site_id: str, model_id: str) -> list[Task]:
    """Runs whose files lasers have: each waits at its own, beside those that no laser has yet."""
    here = Run.machine_model_id == model_id, Run.state.in_(_FETCHED), Run.machine_id.is_not(None)
    at = dict(session.execute(select(Run.id, Run.machine_id).where(*here)).all())
    if not at:
        return []
    needs = seeing.wishes(session, config, *here)
    wishes = {key: replace(each, machine_id=at[key] or "", required=True, mm2=None)  # its sheets are its own already
              for key, each in needs.items() if key in at}  # fmt: skip
    ranked = ordering.standing(session, config, site_id, model_id, *_FETCHED)
    return [Task(each, wish, _predicted(wish)) for each in ranked if (wish := wishes.get(each.place.run_id))]


def _stands(session: Session, config: Config, site_id: str, model_id: str) -> list[Stand]:
    rows = select(Machine).where(
        Machine.site_id == site_id, Machine.machine_model_id == model_id, Machine.retired_at.is_(None)
    )
    machines = list(session.scalars(rows.order_by(Machine.position, Machine.slug)))
    keys = [each.id for each in machines]
    held = session.scalars(select(Run).where(Run.machine_id.in_(keys), Run.state.in_(ACTIVE)))
    holding = {each.machine_id: each for each in held}
    return [Stand(each, seeing.bench(config, each, each.id in holding), holding.get(each.id)) for each in machines]


def _tool(stand: Stand, habits: Habits) -> Tool:
    bench, run = replace(stand.bench, busy=False), stand.run
    if run is not None and match.stages(bench) and run.state in _FETCHED:
        run = None  # its file is on the way, and nothing burns
    is_clear = run is None and bench.bed_clear
    return Tool(bench, _busy(bench, run), is_clear, habits.clearing.at(bench.id), _starting(bench, habits))


def _starting(bench: Bench, habits: Habits) -> Span:
    if not match.by_person(bench):
        return ZERO
    return (habits.arming if bench.kind is MachineKind.LASER else habits.starting).at(bench.id)


def _busy(bench: Bench, run: Run | None) -> Span | None:
    """How long it stays at work; None: nobody knows, least of all of work that is not ours."""
    if bench.foreign:
        return None
    return remaining(run) if run else ZERO


def remaining(run: Run) -> Span | None:
    """The range of what is left of a run on a machine; None unknown."""
    left = progress.seconds_left(run)
    return None if left is None else Span.predicted(left)


def finish(span: Span | None, opens_at: datetime | None = None, by_person: bool = False) -> Finish | None:
    """Moments from seconds that are left."""
    if span is None:
        return None
    at = now()
    low, expected, high = (at + timedelta(seconds=each) for each in (span.low, span.expected, span.high))
    return Finish(low, expected, high, opens_at, by_person)


def quoted(seconds: Mapping[str, float] | None) -> Span | None:
    """The range of a quote, never narrower than what a slicer's figure deserves."""
    if not seconds:
        return None
    expected = seconds["expected"]
    return Span(min(seconds["low"], expected * LOW), expected, max(seconds["high"], expected * HIGH))
