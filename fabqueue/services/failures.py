"""What failed and why: a cause that people choose, whose fault it was, what it costs, and whether it is repeated."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import Job, JobState, Machine, Outcome, Run, RunItem
from fabqueue.pricing import failure_minor
from fabqueue.services import events, floor, ledger, outcomes, reviews
from fabqueue.services.errors import Refused
from fabqueue.services.events import Actor

LONGEST = 500


class Cause(StrEnum):
    """Why a run failed; each has its words in the catalogue (`cause_...`)."""

    CAME_LOOSE = "came_loose"
    WARPED = "warped"
    CLOGGED = "clogged"
    RAN_OUT = "ran_out"
    SHIFTED = "shifted"
    POOR_SUPPORT = "poor_support"
    NOT_THROUGH = "not_through"
    BURNT = "burnt"
    FILE = "file"
    MACHINE = "machine"
    STOPPED = "stopped"
    OTHER = "other"

    @property
    def code(self) -> str:
        return f"cause_{self.value}"


class AtFault(StrEnum):
    MACHINE = "machine"
    MAKER = "maker"


@dataclass(frozen=True)
class Verdict:
    """What a technician says about a bed where not everything is good."""

    outcome: Outcome = Outcome.FAILED
    cause: Cause | None = None
    text: str = ""
    at_fault: AtFault = AtFault.MACHINE
    repeat: bool = False
    good_copies: int | floor.Good | None = None
    place: str = ""

    @property
    def says_something(self) -> bool:
        """Whether there is more to it than a clear bed."""
        return bool(self.cause or self.text.strip() or self.repeat or self.at_fault is AtFault.MAKER)


def clear(session: WritingSession, config: Config, actor: Actor, machine: Machine, verdict: Verdict) -> Run | None:
    """Clear the bed with a verdict: the failed copies are charged by the rule, or free, and made again where wished.

    Raises Conflict, Refused.
    """
    if len(verdict.text.strip()) > LONGEST:
        raise Refused("text_too_long", {"most": LONGEST}, "reason")
    run = floor.clear(session, actor, machine, verdict.outcome, verdict.good_copies, verdict.place, verdict.text,
                      cause=verdict.cause.code if verdict.cause else "", again=verdict.repeat)  # fmt: skip
    if run is not None and verdict.says_something and not _all_good(run):
        explain(session, config, actor, run, verdict)
    return run


def _all_good(run: Run) -> bool:
    return all(item.good_copies == item.copies for item in run.items)


def explain(session: WritingSession, config: Config, actor: Actor, run: Run, verdict: Verdict) -> None:
    """Keep cause and fault of a run that is over, charge what the maker must pay, put its jobs back where wished."""
    run.cause = verdict.cause.code if verdict.cause else ""
    run.at_fault = verdict.at_fault
    values: dict[str, Any] = {"at_fault": verdict.at_fault, "repeat": verdict.repeat}
    events.record(session, actor, run, "explain", new=verdict.cause or "", **_words(run.cause, verdict.text, values))
    for item in run.items:
        if verdict.at_fault is AtFault.MAKER:
            _charge(session, config, actor, run, item)
        if verdict.repeat and item.job.state is JobState.FAILED:
            by = outcomes.person_of(session, actor)
            assert by is not None
            reviews.requeue(session, config, item.job, by)


def _words(cause: str, text: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The reason of an event: the cause with or without words of one's own, or these alone."""
    said = {"text": text.strip()} if text.strip() else {}
    named = {"cause": {"code": cause}} if cause else {}
    code = {(True, True): "failed_because_said", (True, False): "failed_because", (False, True): "said"}
    return {"code": code.get((bool(cause), bool(said)), ""), "values": {**values, **named, **said}}


def price_of(config: Config, job: Job, copies: int, progress: float) -> int:
    """What failed copies cost by the rule when the failure was the maker's, in minor units."""
    if job.quote is None:
        return 0
    percent = config.money.maker_fault_percent
    return failure_minor(job.quote.total_minor, job.quote.quantity, copies, progress, percent)


def _charge(session: WritingSession, config: Config, actor: Actor, run: Run, item: RunItem) -> None:
    """By the rule, for the copies that are lost and as far as they were made; nothing for a cancelled job."""
    minor = price_of(config, item.job, item.copies - (item.good_copies or 0), run.progress)
    if not minor or item.job.state in {JobState.CANCELLED, JobState.REJECTED}:
        return
    ledger.charge_failure(session, item.job, minor, outcomes.person_of(session, actor))
    values: dict[str, Any] = {"price_minor": minor}
    if run.cause:
        values["cause"] = {"code": run.cause}
    events.record(session, actor, item.job, "charge_failure",
                  code="failure_charged_because" if run.cause else "failure_charged", values=values)  # fmt: skip
