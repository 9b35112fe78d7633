"""What somebody may do with a job now: asked by pages and the API alike, so that both offer the same."""

from collections.abc import Callable
from dataclasses import dataclass

from fabqueue.models import Job, JobState, Person
from fabqueue.permissions import Permission, allowed
from fabqueue.services import handovers, queueing
from fabqueue.services.jobs import CANCELLABLE

P, S = Permission, JobState


@dataclass(frozen=True)
class _Action:
    """A name as in the API's addresses, who may, and in which states it makes sense."""

    name: str
    permission: Permission
    suits: Callable[[Job], bool]


def _in(*states: JobState) -> Callable[[Job], bool]:
    return lambda job: job.state in states


_ACTIONS = (
    _Action("submit", P.CHANGE_JOB, _in(S.DRAFT, S.CHANGES_REQUESTED)),
    _Action("accept", P.AGREE_TO_PRICE, lambda job: job.state is S.AWAITING_MEMBER and job.offer_id is not None),
    _Action("cancel", P.CHANGE_JOB, _in(*CANCELLABLE)),
    _Action("collect", P.COLLECT_JOB, _in(S.READY)),
    _Action("uncollect", P.REVIEW_JOB, handovers.may_undo),
    _Action("approve", P.REVIEW_JOB, _in(S.SUBMITTED)),
    _Action("request-changes", P.REVIEW_JOB, _in(S.SUBMITTED)),
    _Action("reject", P.REVIEW_JOB, _in(S.SUBMITTED, S.CHANGES_REQUESTED, S.AWAITING_MEMBER)),
    _Action("requeue", P.REVIEW_JOB, _in(S.FAILED)),
    _Action("reprioritise", P.REVIEW_JOB, lambda job: not job.state.is_closed),
    _Action("pin", P.REVIEW_JOB, lambda job: queueing.waits(job) and job.pin is None),
    _Action("unpin", P.REVIEW_JOB, lambda job: queueing.waits(job) and job.pin is not None),
    _Action("move", P.REVIEW_JOB, queueing.waits),
    _Action(
        "spread", P.REVIEW_JOB, lambda job: job.quantity > 1 and (job.state.awaits_review or job.state.is_approved)
    ),
)


def allowed_actions(person: Person | None, job: Job) -> list[str]:
    """Names of what `person` may do with `job` in the state it is in."""
    return [each.name for each in _ACTIONS if each.suits(job) and allowed(person, each.permission, job)]
