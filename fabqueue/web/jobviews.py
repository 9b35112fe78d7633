"""What the pages of jobs show: how far it is, why it waits, what happened, what was predicted and what it took."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.dispatch.match import Reason
from fabqueue.dispatch.waiting import Finish
from fabqueue.models import ActorKind, Condition, Event, Job, JobState, MachineKind, Quote, Run, RunItem, RunState
from fabqueue.services import events, ledger, requests, runs
from fabqueue.tasks.promises import Promises
from fabqueue.web.site import context
from fabqueue.web.text import reader

_RUNNING = frozenset({RunState.RUNNING, RunState.PAUSED, RunState.CANCELLING})


@dataclass(frozen=True)
class Standing:
    """Where a job stands now. `state` is the run's where a machine is at it or a laser has its file, else the job's; of
    what is made and still lies there, the machine's."""

    job: Job
    runs: Sequence[Run]
    run: Run | None
    reason: Reason | None
    position: int | None
    finish: Finish | None
    paid_minor: int = 0
    """What it has cost so far."""
    together: int = 1
    """How many jobs were asked for together with it, itself counted."""
    stop: str = ""
    """The part of FabQueue that has stopped and that it waits for, as the code of a sentence."""

    @property
    def state(self) -> str:
        if self.job.state is JobState.QUEUED and any(each.state is RunState.STAGED for each in self.runs):
            return str(RunState.STAGED)
        if self.job.state is not JobState.IN_PRODUCTION or self.run is None:
            return str(self.job.state)
        return str(Condition.NEEDS_CLEARING if self.run.state is RunState.DONE else self.run.state)

    @property
    def shown_runs(self) -> list[tuple[RunItem, "Compared | None", "Compared | None"]]:
        """What each run made of it, newest first, with time and material against the prediction."""
        mine = [item for run in reversed(self.runs) for item in run.items if item.job_id == self.job.id]
        shown = [each for each in mine if each.run.state is not RunState.PREPARING]
        return [(each, compare_seconds([each]), compare_milligrams([each])) for each in shown]

    @property
    def at_machines(self) -> list[RunItem]:
        """What machines are at, or what lies on them, of a job that has several runs open; else nothing."""
        mine = [item for run in self.runs for item in run.items if item.job_id == self.job.id and _is_open(run)]
        return [each for each in mine if each.run.machine_id is not None] if len(mine) > 1 else []

    @property
    def waiting_runs(self) -> int:
        """How many of its runs no machine has yet."""
        return sum(_is_open(run) and run.machine_id is None for run in self.runs)

    @property
    def made_percent(self) -> float:
        """How much of all its copies is made, 0 to 100."""
        part = sum(each.copies * (100.0 if each.run.state is RunState.DONE else each.run.progress)
                   for each in self.at_machines)  # fmt: skip
        return min(100.0, (part + 100.0 * self.job.good_copies) / self.job.quantity)

    @property
    def is_moving(self) -> bool:
        """Whether something happens that is worth looking at every few seconds."""
        return self.job.state in {JobState.QUEUED, JobState.IN_PRODUCTION}

    @property
    def stamp(self) -> str:
        """Changes when the page must be built anew, rather than its figures alone."""
        several = "".join(f".{each.run.state}" for each in self.at_machines)
        return f"{self.state}.{self.run.state if self.run else ''}.{self.job.good_copies}{several}"

    @property
    def is_running(self) -> bool:
        return self.run is not None and self.run.state in _RUNNING


def _is_open(run: Run) -> bool:
    """Whether it may still bring copies."""
    return run.cleared_at is None if run.state is RunState.DONE else not run.state.is_over


def standings(session: Session, found: Iterable[Job]) -> list[Standing]:
    """Where several jobs stand; the queues are read once for all."""
    outlook = Promises(session, context().config)
    return [standing(session, each, outlook) for each in found]


def standing(session: Session, job: Job, outlook: Promises | None = None) -> Standing:
    """Everything about where a job stands, as the database has it now."""
    mine = runs.of_job(session, job)
    active = [each for each in mine if each.state.is_active]
    made = [each for each in mine if each.state is RunState.DONE and each.cleared_at is None]
    running = [each for each in active if each.state in _RUNNING]
    current = next(reversed(running or active or made), None)
    outlook = outlook or Promises(session, context().config)
    return Standing(
        job, mine, current, outlook.reason(job), outlook.position(job), outlook.finish(job),
        ledger.charged_for(session, job), requests.count(session, job), outlook.stop(job),
    )  # fmt: skip


def state_label(found: Standing) -> str:
    """The word for the state, where more is known than the state's own name."""
    if found.state == RunState.RUNNING and found.run is not None:
        kind = found.run.machine_model.kind
        return str({MachineKind.PRINTER: _("Printing"), MachineKind.LASER: _("Cutting")}.get(kind, _("Being made")))
    if found.state == JobState.QUEUED and found.position:
        return str(_("In the queue, number %(place)s", place=found.position))
    if found.state == Condition.NEEDS_CLEARING:
        return str(_("To be taken off"))
    return ""


@dataclass(frozen=True)
class Bar:
    """A time bar in percent of its width: now, and when it may be finished."""

    now: float
    low: float
    likely: float
    high: float


def bar(found: Standing) -> Bar | None:
    """From the start of the run to its latest finish; None while one of them is unknown."""
    if found.run is None or found.run.started_at is None or found.finish is None or not found.is_running:
        return None
    whole = (found.finish.high - found.run.started_at).total_seconds()
    if whole <= 0:
        return None

    start = found.run.started_at

    def at(moment: datetime) -> float:
        return round(min(100.0, 100 * (moment - start).total_seconds() / whole), 1)

    return Bar(at(now()), at(found.finish.low), at(found.finish.expected), 100.0)


def left(found: Standing) -> tuple[float, float, float] | None:
    """Seconds until it is finished: low, expected, high."""
    if found.finish is None:
        return None
    moment = now()
    spans = (found.finish.low, found.finish.expected, found.finish.high)
    low, expected, high = (max(0.0, (each - moment) / timedelta(seconds=1)) for each in spans)
    return low, expected, high


_AT: dict[JobState, int] = {
    JobState.DRAFT: 0,
    JobState.SUBMITTED: 1,
    JobState.CHANGES_REQUESTED: 1,
    JobState.AWAITING_MEMBER: 1,
    JobState.QUEUED: 2,
    JobState.IN_PRODUCTION: 3,
    JobState.READY: 4,
    JobState.COLLECTED: 6,
}
"""Which step a job is at; the other states end the way early."""


def steps(found: Standing) -> list[tuple[str, str, str]]:
    """What the job has gone through, what it is at, what comes: (label, note, past | now | next)."""
    job, begun = found.job, next((each.started_at for each in found.runs if each.started_at), None)
    marks = [
        (_("Asked") if job.submitted_at else _("Draft"), job.submitted_at),
        (_("Approved") if job.approved_at else _("Review"), job.approved_at),
        (_("In the queue"), None),
        (_("Being made"), begun),
        (_("Ready to collect"), job.ready_at),
        (_("Collected"), job.collected_at),
    ]
    if job.state in _AT:
        return [(label, _noted(at), _when(index, _AT[job.state])) for index, (label, at) in enumerate(marks)]
    ends = {JobState.REJECTED: _("Declined"), JobState.CANCELLED: _("Cancelled"), JobState.FAILED: _("Failed")}
    gone = [(label, _noted(at), "past") for label, at in marks if at]
    return [*gone, (ends[job.state], _noted(job.closed_at), "past")]


def _noted(at: datetime | None) -> str:
    return when(at) if at else ""


def when(at: datetime) -> str:
    """The time alone where it is today's, else with its day."""
    words = reader()
    is_today = at.astimezone(words.zone).date() == now().astimezone(words.zone).date()
    return words.clock(at) if is_today else words.moment(at, "short")


def _when(index: int, current: int) -> str:
    return "past" if index < current else "now" if index == current else "next"


_SHOWN_STATE = {"begin": "running", "pause": "paused", "fail": "failed", "doubt": "in_doubt", "ready": "ready"}
_ICONS = {
    "submit": "inbox", "approve": "check", "request_changes": "chat", "answer": "reply", "collect": "check",
    "cancel": "cancel", "reject": "cancel", "claim": "printer", "send": "upload", "clear": "takeoff", "offer": "coin",
    "accept": "coin", "requeue": "repeat", "change": "edit", "take_revision": "layers", "finish": "check",
    "spread": "layers",
}  # fmt: skip


def timeline(session: Session, job: Job) -> list[dict[str, Any]]:
    """What happened, newest first, in the reader's words."""
    found = events.history(session, job)
    names = events.actor_names(session, found)
    return [_entry(each, names) for each in reversed(found)]


def elsewhere(session: Session, job: Job) -> dict[str, str]:
    """By run, why another machine than the one that was asked for makes it, in the reader's words."""
    return {key: _reason(each) for key, each in events.elsewhere(events.history(session, job)).items()}


def _entry(event: Event, names: dict[str, str]) -> dict[str, Any]:
    words = reader()
    actor = names.get(event.actor_id or "") or ("FabQueue" if event.actor_kind is ActorKind.SYSTEM else _("somebody"))
    text = words.say(f"event_{event.subject_kind}_{event.verb}", event.values | {"actor": actor})
    return {
        "at": event.at.isoformat(), "when": when(event.at), "text": text, "said": _reason(event),
        "state": _SHOWN_STATE.get(event.verb, ""), "icon": _ICONS.get(event.verb, ""),
    }  # fmt: skip


def _reason(event: Event) -> str:
    """Why, in the reader's words; what a person wrote stands in quotation marks."""
    if not event.code:
        return ""
    text = reader().say(event.code, event.values)
    return _("“%(text)s”", text=text) if event.code == "said" else text


@dataclass(frozen=True)
class Compared:
    """What was predicted (a range) and what it took, in one unit."""

    low: float
    expected: float
    high: float
    actual: float


def compare_seconds(items: Sequence[RunItem]) -> Compared | None:
    """Time of the runs these items come from; None unless every run has both figures."""
    return _together(
        [_compared(each, each.run.predicted_seconds, each.run.seconds, _quoted(each).seconds) for each in items]
    )


def compare_milligrams(items: Sequence[RunItem]) -> Compared | None:
    """Material, in the same way."""
    return _together(
        [
            _compared(each, each.run.predicted_milligrams, each.run.milligrams, _quoted(each).milligrams)
            for each in items
        ]
    )


def _quoted(item: RunItem) -> Quote:
    """The quote whose range says how sure the prediction was."""
    assert item.job.quote is not None
    return item.job.quote


def _compared(
    item: RunItem, predicted: int | None, actual: int | None, quoted: dict[str, Any] | None
) -> Compared | None:
    predicted, actual = item.part_of(predicted), item.part_of(actual)
    if predicted is None or actual is None or not item.run.state.is_over:
        return None
    if not quoted or not quoted["expected"]:
        return Compared(predicted, predicted, predicted, actual)
    low, high = (predicted * quoted[name] / quoted["expected"] for name in ("low", "high"))
    return Compared(low, predicted, high, actual)


def _together(found: Sequence[Compared | None]) -> Compared | None:
    known = [each for each in found if each is not None]
    if not known or len(known) < len(found):
        return None
    return Compared(*(sum(getattr(each, name) for each in known) for name in ("low", "expected", "high", "actual")))
