"""The technician's decisions about jobs."""

from typing import Any

from marshmallow import fields

from fabqueue.api.access import with_token
from fabqueue.api.answers import Answer, change
from fabqueue.api.base import Schema, v1
from fabqueue.api.jobs import Reason, show
from fabqueue.api.schemas import Job as JobSchema
from fabqueue.calls import context
from fabqueue.db import WritingSession
from fabqueue.models import Job, Person
from fabqueue.permissions import Permission, fetch
from fabqueue.services import reviews


class NeededReason(Schema):
    """Words for the member."""

    reason = fields.String(required=True)


SPREAD: dict[str, Any] = {
    "minimum": 1, "maximum": 50,
    "description": "Up to how many machines make the copies at once.",
}  # fmt: skip


class Approval(Reason):
    """Words for the log. Without `spread` it is made as its member wished, or as the lab's rule has it."""

    spread = fields.Integer(strict=True, load_default=None, allow_none=True, metadata=SPREAD)


class Spread(Schema):
    """Null leaves it to the lab's rule."""

    spread = fields.Integer(strict=True, required=True, allow_none=True, metadata=SPREAD)


class Priority(Schema):
    """Higher goes first; 0 is usual."""

    priority = fields.Integer(strict=True, required=True, metadata={"minimum": -1000, "maximum": 1000})
    reason = fields.String(load_default="")


def _fetch(session: WritingSession, person: Person, job_id: str) -> Job:
    return fetch(session, person, Job, job_id, Permission.REVIEW_JOB)


@v1.route("/jobs/<job_id>/approve", methods=["POST"], tags=["review"])
@v1.arguments(Approval, required=False)
@v1.response(200, JobSchema)
@with_token
def approve_job(given: dict[str, Any], job_id: str) -> Answer:
    """Let the machines make it"""

    def work(session: WritingSession, person: Person) -> Job:
        job = _fetch(session, person, job_id)
        reviews.approve(session, context().config, job, person, given["reason"], spread=given["spread"])
        return job

    return change(work, show)


@v1.route("/jobs/<job_id>/request-changes", methods=["POST"], tags=["review"])
@v1.arguments(NeededReason)
@v1.response(200, JobSchema)
@with_token
def request_changes(given: dict[str, Any], job_id: str) -> Answer:
    """Send a job back to its member with a question"""

    def work(session: WritingSession, person: Person) -> Job:
        job = _fetch(session, person, job_id)
        reviews.request_changes(session, job, person, given["reason"])
        return job

    return change(work, show)


@v1.route("/jobs/<job_id>/reject", methods=["POST"], tags=["review"])
@v1.arguments(NeededReason)
@v1.response(200, JobSchema)
@with_token
def reject_job(given: dict[str, Any], job_id: str) -> Answer:
    """Decline a job"""

    def work(session: WritingSession, person: Person) -> Job:
        job = _fetch(session, person, job_id)
        reviews.reject(session, job, person, given["reason"])
        return job

    return change(work, show)


@v1.route("/jobs/<job_id>/requeue", methods=["POST"], tags=["review"])
@v1.arguments(Reason, required=False)
@v1.response(200, JobSchema)
@with_token
def requeue_job(given: dict[str, Any], job_id: str) -> Answer:
    """Try a failed job again for its missing copies"""

    def work(session: WritingSession, person: Person) -> Job:
        job = _fetch(session, person, job_id)
        reviews.requeue(session, context().config, job, person, given["reason"])
        return job

    return change(work, show)


@v1.route("/jobs/<job_id>/reprioritise", methods=["POST"], tags=["review"])
@v1.arguments(Priority)
@v1.response(200, JobSchema)
@with_token
def reprioritise_job(given: dict[str, Any], job_id: str) -> Answer:
    """Move a job in the queue"""

    def work(session: WritingSession, person: Person) -> Job:
        job = _fetch(session, person, job_id)
        reviews.reprioritise(session, job, person, given["priority"], given["reason"])
        return job

    return change(work, show)


@v1.route("/jobs/<job_id>/spread", methods=["POST"], tags=["review"])
@v1.arguments(Spread)
@v1.response(200, JobSchema)
@with_token
def spread_job(given: dict[str, Any], job_id: str) -> Answer:
    """Say on how many machines a job's copies are made at once

    Of an approved job, what no machine has yet is divided anew.
    """

    def work(session: WritingSession, person: Person) -> Job:
        job = _fetch(session, person, job_id)
        reviews.spread(session, context().config, job, person, given["spread"])
        return job

    return change(work, show)
