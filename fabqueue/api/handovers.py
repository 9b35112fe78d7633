"""Parts are handed out, and that is taken back where it was a mistake."""

from typing import Any

from marshmallow import fields

from fabqueue.api.access import with_token
from fabqueue.api.answers import Answer, change
from fabqueue.api.base import Schema, v1
from fabqueue.api.jobs import show
from fabqueue.api.schemas import Job as JobSchema
from fabqueue.db import WritingSession
from fabqueue.models import Job, Means, Person
from fabqueue.permissions import Permission, fetch
from fabqueue.services import handovers
from fabqueue.services.handovers import Taking

P = Permission


class Collection(Schema):
    """What is known of it. `paid` and `reason` are for those who take payments; without `paid` the account pays."""

    grams = fields.Float(load_default=None, allow_none=True, metadata={"description": "As weighed, all copies."})
    place = fields.String(load_default="", metadata={"description": "Where it lay."})
    taken_by = fields.String(load_default="", metadata={"description": "Who took it in the owner's place."})
    paid = fields.Enum(Means, by_value=True, load_default=None, allow_none=True)
    reason = fields.String(load_default="", metadata={"description": "Why the price is waived."})


class TakenBack(Schema):
    """What happened."""

    reason = fields.String(load_default="", metadata={"description": "Needed."})


@v1.route("/jobs/<job_id>/collect", methods=["POST"], tags=["jobs"])
@v1.arguments(Collection, required=False)
@v1.response(200, JobSchema)
@with_token
def collect_job(given: dict[str, Any], job_id: str) -> Answer:
    """Say that the parts were taken; the project gets its build"""

    def work(session: WritingSession, person: Person) -> Job:
        job = fetch(session, person, Job, job_id, P.COLLECT_JOB)
        handovers.hand_out(session, [job], person, _said(job, given))
        return job

    return change(work, show)


def _said(job: Job, given: dict[str, Any]) -> Taking:
    grams = given["grams"]
    weight = {} if grams is None else {job.id: handovers.milligrams_of(grams)}
    return Taking(given["taken_by"], given["paid"], given["reason"], weight, {job.id: given["place"]})


@v1.route("/jobs/<job_id>/uncollect", methods=["POST"], tags=["jobs"])
@v1.arguments(TakenBack, required=False)
@v1.response(200, JobSchema)
@with_token
def uncollect_job(given: dict[str, Any], job_id: str) -> Answer:
    """Take a mistaken collection back: the job is ready again, what was paid or waived is booked back"""

    def work(session: WritingSession, person: Person) -> Job:
        job = fetch(session, person, Job, job_id, P.REVIEW_JOB)
        handovers.undo(session, job, person, given["reason"])
        return job

    return change(work, show)
