"""Requests of several jobs: begun, filled, sent, approved and collected together; the same job once more."""

from typing import Any

from marshmallow import fields
from sqlalchemy.orm import Session

from fabqueue.api import present_jobs
from fabqueue.api.access import caller, caller_in, with_token
from fabqueue.api.answers import Answer, change
from fabqueue.api.base import Schema, v1
from fabqueue.api.figures import moment
from fabqueue.api.jobs import show
from fabqueue.api.schemas import Job as JobSchema
from fabqueue.calls import context, have_estimated, reading
from fabqueue.db import WritingSession
from fabqueue.models import Job, Person, Request, Revision
from fabqueue.permissions import Permission, fetch
from fabqueue.services import jobs, requests
from fabqueue.services.jobs import MOST_COPIES

P = Permission


class RequestWish(Schema):
    """What holds for all jobs of the request."""

    note = fields.String(load_default="")
    needed_by = fields.Date(load_default=None, allow_none=True)


class RequestView(Schema):
    """Jobs asked for together. `open`: its owner still puts drafts into it."""

    id = fields.String(required=True)
    open = fields.Boolean(required=True)
    owner = fields.String(required=True)
    note = fields.String(required=True)
    needed_by = fields.String(allow_none=True, metadata={"format": "date"})
    created_at = fields.String(metadata={"format": "date-time"})
    jobs = fields.List(fields.Nested(JobSchema), required=True)


class Again(Schema):
    """How many this time, and whether it is submitted at once."""

    quantity = fields.Integer(
        strict=True, load_default=None, allow_none=True, metadata={"minimum": 1, "maximum": MOST_COPIES}
    )
    submit = fields.Boolean(load_default=True)


@v1.route("/requests", methods=["POST"], tags=["requests"])
@v1.arguments(RequestWish, required=False)
@v1.response(201, RequestView)
@with_token
def post_request(given: dict[str, Any]) -> Answer:
    """Begin a request of several jobs

    Put jobs into it with `POST /jobs` and its id as `request`; they stay drafts until the request is submitted.
    """
    return change(
        lambda session, person: requests.start(session, person, given["note"], given["needed_by"]), _show, status=201
    )


@v1.route("/requests/<request_id>", tags=["requests"])
@v1.response(200, RequestView)
@with_token
def get_request(request_id: str) -> dict[str, Any]:
    """A request with its jobs"""
    return _show(reading(), caller_in(reading()), fetch(reading(), caller(), Request, request_id, P.READ_REQUEST))


@v1.route("/requests/<request_id>/submit", methods=["POST"], tags=["requests"])
@v1.response(200, RequestView)
@with_token
def submit_request(request_id: str) -> Answer:
    """Send every draft of the request to the technicians: all of them, or none"""
    found = fetch(reading(), caller(), Request, request_id, P.CHANGE_REQUEST)
    wanted = [
        (job.revision_id, dict(job.settings), job.machine_model.slug, job.material.slug, job.quantity)
        for job in requests.drafts(reading(), found)
    ]  # fmt: skip
    for each in wanted:
        have_estimated(caller(), *each)

    def work(session: WritingSession, person: Person) -> Request:
        asked = fetch(session, person, Request, request_id, P.CHANGE_REQUEST)
        for job in requests.drafts(session, asked):  # a design may be private again
            fetch(session, person, Revision, job.revision_id, P.ORDER_DESIGN)
        requests.submit(session, context().config, asked, person)
        return asked

    return change(work, _show)


@v1.route("/requests/<request_id>/approve", methods=["POST"], tags=["requests"])
@v1.response(200, RequestView)
@with_token
def approve_request(request_id: str) -> Answer:
    """Approve every submitted job of the request: all, or none; for technicians"""

    def work(session: WritingSession, person: Person) -> Request:
        asked = fetch(session, person, Request, request_id, P.REVIEW_JOB)
        requests.approve(session, context().config, asked, person)
        return asked

    return change(work, _show)


@v1.route("/requests/<request_id>/collect", methods=["POST"], tags=["requests"])
@v1.response(200, RequestView)
@with_token
def collect_request(request_id: str) -> Answer:
    """Say that all that is ready was taken"""

    def work(session: WritingSession, person: Person) -> Request:
        asked = fetch(session, person, Request, request_id, P.CHANGE_REQUEST)
        requests.collect(session, asked, person)
        return asked

    return change(work, _show)


@v1.route("/jobs/<job_id>/repeat", methods=["POST"], tags=["jobs"])
@v1.arguments(Again, required=False)
@v1.response(201, JobSchema)
@with_token
def repeat_job(given: dict[str, Any], job_id: str) -> Answer:
    """Ask for the same again: design, machine, material, colour and settings, at the price of today"""
    old = _again(reading(), caller(), job_id)
    if given["submit"]:
        quantity = given["quantity"] or old.quantity
        have_estimated(
            caller(), old.revision_id, dict(old.settings), old.machine_model.slug, old.material.slug, quantity
        )

    def work(session: WritingSession, person: Person) -> Job:
        made = requests.repeat(session, context().config, _again(session, person, job_id), person, given["quantity"])
        if given["submit"]:
            jobs.submit(session, context().config, made, person)
        return made

    return change(work, show, status=201)


def _again(session: Session, person: Person | None, job_id: str) -> Job:
    """A job whose design may still be asked for. Raises NotFound, Forbidden."""
    job = fetch(session, person, Job, job_id, P.READ_JOB)
    fetch(session, person, Revision, job.revision_id, P.ORDER_DESIGN)
    return job


def _show(session: Session, person: Person, asked: Request) -> dict[str, Any]:
    found = session.get_one(Request, asked.id)
    return {
        "id": found.id,
        "open": found.is_gathering,
        "owner": found.owner.display_name,
        "note": found.note,
        "needed_by": found.needed_by.isoformat() if found.needed_by else None,
        "created_at": moment(found.created_at),
        "jobs": [*map(present_jobs.presenter(session, person), requests.jobs_of(session, found))],
    }
