"""The day's timeline of the desk: what each machine does and what next, when somebody comes, when the lab is closed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.dispatch import lines, match
from fabqueue.dispatch.forecast import Made
from fabqueue.dispatch.lines import Stand
from fabqueue.models import Job, Machine, Run, RunItem, RunState
from fabqueue.services import workshop
from fabqueue.services.hours import Hours, moment
from fabqueue.tasks.promises import Promises
from fabqueue.web.board import state_of
from fabqueue.web.site import context

SHOWN = timedelta(hours=12)
MARKED = (0, 2, 4, 6, 8, 10)
"""After how many hours a line stands."""
OUT = frozenset({"offline", "foreign", "maintenance", "fault"})
"""States of machines for which nothing can be planned."""


@dataclass(frozen=True)
class Bar:
    """A run on a machine; `start`: when it began, or is expected to. x, width, tail in percent of what is shown.

    cleared: when its bed is expected to be clear; None while nobody knows when it is finished.
    """

    job: Job
    others: int
    state: str
    start: datetime
    finish: datetime
    latest: datetime
    cleared: datetime | None
    x: float
    width: float
    tail: float


@dataclass(frozen=True)
class Span:
    """What a machine is in for a while: a state that keeps work from it, or one in which it waits that somebody comes,
    to clear its bed (`needs_clearing`) or to start what is next (`staged`). x and width in percent."""

    state: str
    start: datetime
    end: datetime
    x: float
    width: float


@dataclass(frozen=True)
class Lane:
    """state: of the machine. out: from now until something may be planned for it; None: at once."""

    machine: Machine
    loaded: str
    state: str
    bars: Sequence[Bar]
    walks: Sequence[Span]
    out: Span | None


@dataclass(frozen=True)
class Timeline:
    """marks: (percent, moment). closed: (percent, width) of each time that nobody is there."""

    begins: datetime
    ends: datetime
    now: float
    marks: Sequence[tuple[float, datetime]]
    closed: Sequence[tuple[float, float]]
    lanes: Sequence[Lane]

    @property
    def height(self) -> int:
        return 26 + 46 * len(self.lanes)


def timeline(session: Session) -> Timeline:
    """From this hour on, of every machine in service."""
    at = now()
    begins = at.replace(minute=0, second=0, microsecond=0)
    drawing = _Drawing(session, begins)
    lanes = [drawing.lane(each) for each in drawing.stands]
    marks = [(_percent(begins, begins + timedelta(hours=each)), begins + timedelta(hours=each)) for each in MARKED]
    closed = closed_bands(begins, drawing.outlook.hours)
    return Timeline(begins, begins + SHOWN, _percent(begins, at), marks, closed, lanes)


class _Drawing:
    """What the lanes are drawn from, read once."""

    def __init__(self, session: Session, begins: datetime) -> None:
        self.begins, self.outlook = begins, Promises(session, context().config)
        models = {each.machine_model_id: None for each in workshop.machines(session)}
        stands = [each for model in models for each in self.outlook.line(model).stands]
        self.stands = sorted(stands, key=lambda each: (each.machine.position, each.machine.name))
        self._made = {key: made for model in models for key, made in self.outlook.line(model).made.items()}
        ends = (begins + SHOWN).timestamp()
        self._soon = {key: made for key, made in self._made.items() if made.start < ends}
        self._jobs = _jobs(session, [*self._soon, *(each.run.id for each in stands if each.run)])

    def lane(self, stand: Stand) -> Lane:
        mine = [(key, made) for key, made in self._soon.items() if made.machine_id == stand.machine.id]
        planned = [self._planned(key, made) for key, made in sorted(mine, key=lambda each: each[1].start)
                   if key in self._jobs]  # fmt: skip
        at_work = self._at_work(stand) if stand.run and stand.run.id not in self._made else []
        state = state_of(stand.machine, stand.run)
        walks = [*self._first_walks(stand, at_work, planned), *self._walks(stand, [*at_work, *planned])]
        out = self._span(state, now(), planned[0].start if planned else self.begins + SHOWN) if state in OUT else None
        return Lane(stand.machine, _loaded(stand), state, [*at_work, *planned], [each for each in walks if each.width],
                    out)  # fmt: skip

    def _planned(self, key: str, made: Made) -> Bar:
        job, others, state = self._jobs[key]
        shown = RunState.STAGED if state is RunState.STAGED else "queued"
        return self._bar(job, others, shown, made.machine_id, made.start, made.finish.expected, made.finish.high)

    def _at_work(self, stand: Stand) -> list[Bar]:
        run: Run | None = stand.run
        if run is None or run.id not in self._jobs:
            return []
        job, others, state = self._jobs[run.id]
        finish, start = lines.finish(lines.remaining(run)), (run.started_at or run.changed_at).timestamp()
        if finish is None:  # nobody knows: up to now, and no further
            return [self._bar(job, others, state, "", start, now().timestamp(), now().timestamp())]
        ends = finish.expected.timestamp(), finish.high.timestamp()
        return [self._bar(job, others, state, stand.machine.id, start, *ends)]

    def _bar(
        self, job: Job, others: int, state: str, machine_id: str, start: float, finish: float, latest: float
    ) -> Bar:
        x, end, last = (_percent(self.begins, moment(each)) for each in (start, finish, latest))
        cleared = moment(self.outlook.cleared(machine_id, finish)) if machine_id else None
        return Bar(job, others, state, moment(start), moment(finish), moment(latest), cleared, x,
                   max(0.0, round(end - x, 2)), max(0.0, round(last - end, 2)))  # fmt: skip

    def _first_walks(self, stand: Stand, at_work: list[Bar], planned: list[Bar]) -> list[Span]:
        """Before anything is made: the bed may be full, and what is next wait for somebody."""
        if at_work or not match.able(stand.bench):
            return []
        at, clear = now(), stand.bench.bed_clear
        cleared = at if clear else moment(self.outlook.cleared(stand.machine.id, at.timestamp()))
        return self._until(stand, at, cleared, planned[0] if planned else None)

    def _walks(self, stand: Stand, bars: list[Bar]) -> list[Span]:
        found: list[Span] = []
        for bar, following in pairwise([*bars, None]):
            if bar is not None and bar.cleared is not None:
                found += self._until(stand, bar.finish, bar.cleared, following)
        return found

    def _until(self, stand: Stand, since: datetime, cleared: datetime, following: Bar | None) -> list[Span]:
        """Somebody clears the bed, and where that takes a person, starts the next run."""
        walks = [self._span("needs_clearing", since, cleared)]
        if following is not None and match.by_person(stand.bench):
            walks.append(self._span("staged", cleared, following.start))
        return walks

    def _span(self, state: str, start: datetime, end: datetime) -> Span:
        x = _percent(self.begins, start)
        return Span(state, start, end, x, max(0.0, round(_percent(self.begins, end) - x, 2)))


def _jobs(session: Session, runs: Iterable[str]) -> dict[str, tuple[Job, int, RunState]]:
    """The first job of each run, how many others lie beside it, and its state."""
    rows = (
        select(RunItem.run_id, Job, Run.state).join(Job, Job.id == RunItem.job_id).join(Run, Run.id == RunItem.run_id)
    )
    found: dict[str, tuple[Job, int, RunState]] = {}
    for run_id, job, state in session.execute(rows.where(RunItem.run_id.in_(list(runs))).order_by(Job.number)):
        first, others, _state = found.get(run_id, (job, -1, state))
        found[run_id] = (first, others + 1, state)
    return found


def _percent(begins: datetime, at: datetime) -> float:
    return round(min(100.0, max(0.0, 100 * (at - begins) / SHOWN)), 2)


def _loaded(stand: Stand) -> str:
    """What is loaded, in few words."""
    stocks = [each.stock for each in stand.machine.slots if each.stock]
    return ", ".join(f"{each.material.name} {each.colour}".strip() for each in stocks[:2])


def closed_bands(begins: datetime, hours: Hours) -> list[tuple[float, float]]:
    """Percent and width of each time in which nobody is there. Pure."""
    if not hours.kept:
        return []
    found, at, last = [], begins.timestamp(), (begins + SHOWN).timestamp()
    while at < last:
        closing = hours.closes(at)
        opening = min(hours.opens(closing), last)
        if opening > closing:
            x = _percent(begins, moment(closing))
            found.append((x, round(_percent(begins, moment(opening)) - x, 2)))
        at = max(opening, closing, at + 60)
    return found
