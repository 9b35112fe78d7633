"""The day's timeline of the desk: what each machine does, what comes next, when the lab is closed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.dispatch import lines, match
from fabqueue.dispatch.lines import Stand
from fabqueue.models import Job, Machine, Run, RunItem
from fabqueue.services import workshop
from fabqueue.services.hours import Hours, moment
from fabqueue.tasks.promises import Promises
from fabqueue.web.site import context

SHOWN = timedelta(hours=12)
MARKED = (0, 2, 4, 6, 8, 10)
"""After how many hours a line stands."""


@dataclass(frozen=True)
class Bar:
    """A run on a machine; `start`: when it began, or is expected to. x, width, tail in percent of what is shown."""

    job: Job
    others: int
    state: str
    start: datetime
    finish: datetime
    latest: datetime
    x: float
    width: float
    tail: float


@dataclass(frozen=True)
class Lane:
    machine: Machine
    loaded: str
    bars: Sequence[Bar]


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
    """From this hour on. Only machines that start work by themselves have a future that can be told."""
    at = now()
    begins = at.replace(minute=0, second=0, microsecond=0)
    outlook = Promises(session, context().config)
    models = {each.machine_model_id: None for each in workshop.machines(session)}
    stands = [each for model in models for each in outlook.line(model).stands if match.dispatched(each.bench)]
    stands.sort(key=lambda each: (each.machine.position, each.machine.name))
    planned = {key: made for model in models for key, made in outlook.line(model).made.items()}
    soon = {key: made for key, made in planned.items() if made.start < (begins + SHOWN).timestamp()}
    jobs = _jobs(session, [*soon, *(each.run.id for each in stands if each.run)])
    lanes = []
    for each in stands:
        mine = [_bar(begins, *jobs[key], "queued", made.start, made.finish.expected, made.finish.high)
                for key, made in soon.items() if made.machine_id == each.machine.id and key in jobs]  # fmt: skip
        lanes.append(Lane(each.machine, _loaded(each), [*_at_work(begins, each, jobs), *mine]))
    marks = [(_percent(begins, begins + timedelta(hours=each)), begins + timedelta(hours=each)) for each in MARKED]
    return Timeline(begins, begins + SHOWN, _percent(begins, at), marks, _closed(begins, outlook.hours), lanes)


def _jobs(session: Session, runs: Iterable[str]) -> dict[str, tuple[Job, int]]:
    """The first job of each run, and how many others lie beside it."""
    rows = select(RunItem.run_id, Job).join(Job, Job.id == RunItem.job_id).where(RunItem.run_id.in_(list(runs)))
    found: dict[str, tuple[Job, int]] = {}
    for run_id, job in session.execute(rows.order_by(Job.number)):
        first, others = found.get(run_id, (job, -1))
        found[run_id] = (first, others + 1)
    return found


def _at_work(begins: datetime, stand: Stand, jobs: dict[str, tuple[Job, int]]) -> list[Bar]:
    run: Run | None = stand.run
    if run is None or run.id not in jobs:
        return []
    finish = lines.finish(lines.remaining(run))
    start = (run.started_at or run.changed_at).timestamp()
    if finish is None:  # nobody knows: up to now, and no further
        return [_bar(begins, *jobs[run.id], str(run.state), start, now().timestamp(), now().timestamp())]
    ends = finish.expected.timestamp(), finish.high.timestamp()
    return [_bar(begins, *jobs[run.id], str(run.state), start, *ends)]


def _bar(begins: datetime, job: Job, others: int, state: str, start: float, finish: float, latest: float) -> Bar:
    x, end, last = (_percent(begins, moment(each)) for each in (start, finish, latest))
    return Bar(job, others, state, moment(start), moment(finish), moment(latest), x, max(0.0, round(end - x, 2)),
               max(0.0, round(last - end, 2)))  # fmt: skip


def _percent(begins: datetime, at: datetime) -> float:
    return round(min(100.0, max(0.0, 100 * (at - begins) / SHOWN)), 2)


def _loaded(stand: Stand) -> str:
    """What is loaded, in few words."""
    stocks = [each.stock for each in stand.machine.slots if each.stock]
    return ", ".join(f"{each.material.name} {each.colour}".strip() for each in stocks[:2])


def _closed(begins: datetime, hours: Hours) -> list[tuple[float, float]]:
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
