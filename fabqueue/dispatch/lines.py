"""The line in front of a machine model, read once: who stands there, which machines serve, when each is made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.config import Config, QueueSettings
from fabqueue.db import now
from fabqueue.dispatch import forecast, laying, match, seeing
from fabqueue.dispatch.forecast import HIGH, LOW, ZERO, Made, Span, Task, Tool
from fabqueue.dispatch.habits import Habits
from fabqueue.dispatch.laying import Beds, Foresight
from fabqueue.dispatch.match import Bench, Room, Wish
from fabqueue.models import ACTIVE, Machine, MachineKind, Run, RunState, Site
from fabqueue.services import arming, ordering, progress
from fabqueue.services.ordering import Place, Ranked

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

    place: Place
    wish: Wish
    span: Span | None


@dataclass(frozen=True)
class Rows:
    """What is read of a line, once for everything that is asked about it. fetched: runs whose files lasers have.

    away: the name of a laser that a run was sent back from, and until when it stays away from there.
    """

    stands: Sequence[Stand]
    places: Sequence[Place]
    wishes: Mapping[str, Wish]
    fetched: Sequence[Place]
    fetched_wishes: Mapping[str, Wish]
    beds: Beds
    tools: Sequence[Tool]
    away: Mapping[str, tuple[str, datetime]]

    @property
    def idle(self) -> int:
        """How many machines take a run at this moment."""
        return sum(match.dispatched(each.bench) and match.closed(each.bench) is None for each in self.stands)


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


def read(session: Session, config: Config, site: Site, model_id: str, habits: Habits) -> Rows:
    """The rows of everything that waits for a machine model: so many statements, however many wait."""
    stands = _stands(session, config, site.id, model_id)
    waiting = Run.machine_model_id == model_id, Run.state.in_(ordering.STANDING)
    places = ordering.read(session, config, site.id, model_id, *ordering.STANDING)
    wishes = seeing.wishes(session, config, *waiting)
    fetched: dict[str, Wish] = {}
    away: dict[str, tuple[str, datetime]] = {}
    if any(match.stages(each.bench) for each in stands):
        fetched, away = _fetched(session, config, model_id), arming.sent_back(session)
    theirs = ordering.read(session, config, site.id, model_id, *_FETCHED) if fetched else []
    beds = laying.beds(session, config, model_id)
    return Rows(stands, places, wishes, theirs, fetched, beds, [_tool(each, habits) for each in stands], away)


def played(gathered: Gathered, room: Room, *, held: bool) -> Line:
    """Where each run is expected to be made. A lab that is held forecasts nothing."""
    made = {} if held else gathered.beds.told(forecast.play(gathered.tasks, gathered.tools, room))
    return Line(gathered.stands, gathered.ranked, gathered.wishes, made)


def gather(
    rows: Rows, rules: QueueSettings, used: Callable[[], Mapping[str, float]], habits: Habits,
    asked: Sequence[Asked] = (),
) -> Gathered:  # fmt: skip
    """The line with what somebody might ask for in it. used: seconds that everybody had lately, asked where it matters.

    Pure: nothing is read anew, however often it is asked.
    """
    ranked = ordering.in_line([*(each.place for each in asked), *rows.places], used, rules)
    wishes = dict(rows.wishes) | {each.place.run_id: each.wish for each in asked}
    spans = {each.place.run_id: each.span for each in asked}
    tasks = [_task(each, wishes[each.place.run_id], spans, habits) for each in ranked if each.place.run_id in wishes]
    tasks = [_kept_away(each, rows.away) for each in tasks]
    for each in ordering.in_line(rows.fetched, used, rules):
        if (wish := rows.fetched_wishes.get(each.place.run_id)) is not None:
            tasks.append(Task(each, wish, _predicted(wish)))
    return Gathered(rows.stands, ranked, wishes, laying.foreseen(rows.beds, tasks, rows.idle), rows.tools)


def _task(ranked: Ranked, wish: Wish, spans: Mapping[str, Span | None], habits: Habits) -> Task:
    span = spans.get(ranked.place.run_id) or _predicted(wish)
    if span is None and (usual := habits.lengths.get(wish.model_id)):
        return Task(ranked, replace(wish, seconds=usual.expected), usual)
    return Task(ranked, wish, span)


def _kept_away(task: Task, away: Mapping[str, tuple[str, datetime]]) -> Task:
    if (known := away.get(task.key)) is None:
        return task
    name, until = known
    return replace(task, away=(name, until.timestamp()))


def _predicted(wish: Wish) -> Span | None:
    return Span.predicted(wish.seconds) if wish.seconds else None


def _fetched(session: Session, config: Config, model_id: str) -> dict[str, Wish]:
    """Runs whose files lasers have: each waits at its own, beside those that no laser has yet."""
    here = Run.machine_model_id == model_id, Run.state.in_(_FETCHED), Run.machine_id.is_not(None)
    at = dict(session.execute(select(Run.id, Run.machine_id).where(*here)).all())
    needs = seeing.wishes(session, config, *here) if at else {}
    held = {key: each for key, each in needs.items() if key in at}
    # its sheets are its own already
    return {key: replace(each, machine_id=at[key] or "", required=True, mm2=None) for key, each in held.items()}


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
