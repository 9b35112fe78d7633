"""The day's timeline of the desk: what each machine does and what next, when somebody comes, when the lab is closed."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate, groupby, pairwise
from unicodedata import east_asian_width

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
_CHARACTERS = 1.2
"""How many stand on a percent of the timeline where it is narrowest (66rem, `.gantt`)."""
_CODE = 6
"""Characters of a job's code."""
_Bed = Sequence[tuple[str, Made]]
"""Runs that share a bed, each with what is expected of it."""


@dataclass(frozen=True)
class Bar:
    """A bed on a machine; `start`: when it began, or is expected to. x, width, tail in percent of what is shown.

    jobs: all that lie on it, first come first. cleared: when it is expected to be clear; None while nobody knows when
    it is finished.
    """

    jobs: Sequence[Job]
    state: str
    start: datetime
    finish: datetime
    latest: datetime
    cleared: datetime | None
    x: float
    width: float
    tail: float
    beside: float | None = None
    """Where its code stands, in percent, if not even that has room within."""

    @property
    def room(self) -> int:
        """How many characters stand within, where the timeline is narrowest."""
        return max(0, int(self.width * _CHARACTERS - 2))

    def within(self, text: str) -> str:
        """As much of it as there is room for."""
        return cut(text, self.room)

    @property
    def codes(self) -> list[str]:
        return [each.code for each in self.jobs]

    @property
    def titles(self) -> list[str]:
        return [f"{each.code} {each.title}" for each in self.jobs]


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
    """at: this moment; now: its percent. marks: (percent, moment). closed: (percent, width) of each time that nobody is
    there."""

    begins: datetime
    ends: datetime
    at: datetime
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
    return Timeline(begins, begins + SHOWN, at, _percent(begins, at), marks, closed, lanes)


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
        planned = [self._planned(bed) for bed in self._beds(stand.machine.id)]
        at_work = self._at_work(stand) if stand.run and stand.run.id not in self._made else []
        state = state_of(stand.machine, stand.run)
        bars = [*at_work, *planned]
        walks = [
            each for each in [*self._first_walks(stand, at_work, planned), *self._walks(stand, bars)] if each.width
        ]
        out = self._span(state, now(), planned[0].start if planned else self.begins + SHOWN) if state in OUT else None
        return Lane(stand.machine, _loaded(stand), state, list(_with_codes(bars, walks)), walks, out)

    def _beds(self, machine_id: str) -> list[_Bed]:
        """What will be made there, soonest first. Runs that begin there together share a bed that nobody laid yet."""
        mine = [(key, made) for key, made in self._soon.items() if made.machine_id == machine_id and key in self._jobs]
        mine.sort(key=lambda each: each[1].start)
        return [list(bed) for _start, bed in groupby(mine, key=lambda each: each[1].start)]

    def _planned(self, bed: _Bed) -> Bar:
        found, made = [self._jobs[key] for key, _made in bed], bed[0][1]
        jobs = {job.id: job for each, _state in found for job in each}
        state = RunState.STAGED if found[0][1] is RunState.STAGED else "queued"
        in_order = sorted(jobs.values(), key=lambda each: each.number)
        return self._bar(in_order, state, made.machine_id, made.start, made.finish.expected, made.finish.high)

    def _at_work(self, stand: Stand) -> list[Bar]:
        run: Run | None = stand.run
        if run is None or run.id not in self._jobs:
            return []
        jobs, state = self._jobs[run.id]
        finish, start = lines.finish(lines.remaining(run)), (run.started_at or run.changed_at).timestamp()
        if finish is None:  # nobody knows: up to now, and no further
            return [self._bar(jobs, state, "", start, now().timestamp(), now().timestamp())]
        ends = finish.expected.timestamp(), finish.high.timestamp()
        return [self._bar(jobs, state, stand.machine.id, start, *ends)]

    def _bar(self, jobs: Sequence[Job], state: str, machine_id: str, start: float, finish: float, latest: float) -> Bar:
        x, end, last = (_percent(self.begins, moment(each)) for each in (start, finish, latest))
        cleared = moment(self.outlook.cleared(machine_id, finish)) if machine_id else None
        return Bar(jobs, state, moment(start), moment(finish), moment(latest), cleared, x,
                   max(0.0, round(end - x, 2)), max(0.0, round(last - end, 2)))  # fmt: skip

    def _first_walks(self, stand: Stand, at_work: list[Bar], planned: list[Bar]) -> list[Span]:
        """Before anything is made: the bed may be full, and what is next wait for somebody."""
        if at_work or stand.bench.foreign or not match.able(stand.bench):
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


def _with_codes(bars: Sequence[Bar], walks: Sequence[Span]) -> Iterator[Bar]:
    """Bars too short for their code have it beside them, where nothing else is drawn."""
    for bar, following in pairwise([*bars, None]):
        assert bar is not None
        edge = following.x if following else 100.0
        after = [each.x + each.width for each in walks if bar.x <= each.x < edge]
        drawn = max([bar.x + bar.width + bar.tail, *after])
        is_free = bar.room <= _CODE and edge - drawn >= (_CODE + 4) / _CHARACTERS
        yield replace(bar, beside=drawn if is_free else None)


def cut(text: str, room: int) -> str:
    """As much of a text as fits into so many characters, of which an ideograph takes two, and dots for the rest.
    Nothing where not even a code would fit. Pure."""
    taken = list(accumulate(2 if east_asian_width(each) in "WF" else 1 for each in text))
    if not taken or taken[-1] <= room:
        return text
    return text[: bisect_left(taken, room)].rstrip() + "…" if room > _CODE else ""


def _jobs(session: Session, runs: Iterable[str]) -> dict[str, tuple[list[Job], RunState]]:
    """The jobs on the bed of each run, first come first, and its state."""
    rows = (
        select(RunItem.run_id, Job, Run.state).join(Job, Job.id == RunItem.job_id).join(Run, Run.id == RunItem.run_id)
    )
    found: dict[str, tuple[list[Job], RunState]] = {}
    for run_id, job, state in session.execute(rows.where(RunItem.run_id.in_(list(runs))).order_by(Job.number)):
        found.setdefault(run_id, ([], state))[0].append(job)
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
