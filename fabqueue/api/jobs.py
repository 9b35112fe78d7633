"""Jobs: asked for, listed, submitted, agreed to, given up, collected."""

from typing import Any

from marshmallow import fields
from sqlalchemy.orm import Session

from fabqueue.api import paging, present_jobs
from fabqueue.api.access import caller, caller_in, with_token
from fabqueue.api.answers import Answer, change
from fabqueue.api.base import Schema, v1
from fabqueue.api.quotes import SETTINGS
from fabqueue.api.schemas import Job as JobSchema
from fabqueue.api.schemas import page_of
from fabqueue.calls import context, have_estimated, reading
from fabqueue.db import WritingSession
from fabqueue.models import Job, JobState, Person, Request, Revision
from fabqueue.permissions import Permission, allowed, fetch
from fabqueue.services import jobs, listing, requests, settings
from fabqueue.services.errors import Refused
from fabqueue.services.jobs import MOST_COPIES

P = Permission


class JobWish(Schema):
    """What is asked for. `reason`: a technician's words for submitting in spite of a blocker."""

    revision = fields.String(required=True)
    machine_model = fields.String(required=True)
    material = fields.String(required=True)
    colour = fields.String(load_default="")
    machine = fields.String(
        load_default="", metadata={"description": "Slug of the one machine of the model to prefer."}
    )
    machine_required = fields.Boolean(load_default=False, metadata={"description": "No other machine will do."})
    quantity = fields.Integer(strict=True, load_default=1, metadata={"minimum": 1, "maximum": MOST_COPIES})
    settings = fields.Dict(load_default=dict, metadata=SETTINGS)
    needed_by = fields.Date(load_default=None, allow_none=True)
    note = fields.String(load_default="")
    payer = fields.String(load_default="", metadata={"description": "Id of an account of `GET /me`."})
    submit = fields.Boolean(load_default=True)
    request = fields.String(
        load_default="", metadata={"description": "Id of an open request: the job is put into it as a draft."}
    )
    reason = fields.String(load_default="")


class Reason(Schema):
    """Words for the log, and for whoever is concerned."""

    reason = fields.String(load_default="")


class JobsQuery(paging.PageQuery):
    """Which jobs."""

    state = fields.String(load_default="", metadata={"description": "One or several states, with commas between."})
    mine = fields.Boolean(load_default=False, metadata={"description": "Technicians: one's own only."})


@v1.route("/jobs", methods=["POST"], tags=["jobs"])
@v1.arguments(JobWish)
@v1.response(201, JobSchema)
@with_token
def post_job(asked: dict[str, Any]) -> Answer:
    """Ask for a job

    Submitted at once at the price of today unless `submit` is false.
    """
    revision = fetch(reading(), caller(), Revision, asked["revision"], P.ORDER_DESIGN)
    chosen = settings.read(asked["settings"], revision.design.kind)
    if asked["submit"] and not asked["request"] and 1 <= asked["quantity"] <= jobs.MOST_COPIES:
        model, material = asked["machine_model"], asked["material"]
        have_estimated(caller(), revision.id, chosen, model, material, asked["quantity"])

    def work(session: WritingSession, person: Person) -> Job:
        revision = fetch(session, person, Revision, asked["revision"], P.ORDER_DESIGN)
        if asked["request"]:
            together = fetch(session, person, Request, asked["request"], P.CHANGE_REQUEST)
            return requests.put(session, context().config, together.owner, revision, _wish(asked), together)
        job = jobs.create(session, context().config, person, revision, _wish(asked), filed_by=person)
        if asked["submit"]:
            jobs.submit(session, context().config, job, person, override=asked["reason"])
        return job

    return change(work, show, status=201)


def _wish(asked: dict[str, Any]) -> jobs.Wish:
    kept = {key: value for key, value in asked.items() if key not in {"revision", "submit", "reason", "request"}}
    return jobs.Wish(**kept)


@v1.route("/jobs", tags=["jobs"])
@v1.arguments(JobsQuery, location="query")
@v1.response(200, page_of(JobSchema))
@with_token
def list_jobs(query: dict[str, Any]) -> dict[str, Any]:
    """One's own jobs, newest first; technicians see everybody's"""
    person, limit, before = caller_in(reading()), paging.limit_of(query), paging.position(query)
    if before is not None and not (isinstance(before, int) and 0 < before < 2**31):
        raise Refused("cursor_unreadable", field="cursor")
    everybody = allowed(person, P.REVIEW_JOB) and not query["mine"]
    rows = listing.jobs(reading(), None if everybody else person, states=_states(query["state"]), before=before,
                        limit=limit + 1)  # fmt: skip
    return paging.page(rows, limit, lambda job: job.number, present_jobs.presenter(reading(), person))


def _states(named: str) -> set[JobState]:
    wanted = {each.strip() for each in named.split(",") if each.strip()}
    if unknown := wanted - set(JobState):
        raise Refused("field_no_choice", {"known": list(JobState), "unknown": sorted(unknown)}, "state")
    return {JobState(each) for each in wanted}


@v1.route("/jobs/<job_id>", tags=["jobs"])
@v1.response(200, JobSchema)
@with_token
def get_job(job_id: str) -> dict[str, Any]:
    """A job, by its id or code"""
    job = fetch(reading(), caller(), Job, job_id, P.READ_JOB)
    return present_jobs.job(reading(), caller_in(reading()), job)


@v1.route("/jobs/<job_id>/submit", methods=["POST"], tags=["jobs"])
@v1.arguments(Reason, required=False)
@v1.response(200, JobSchema)
@with_token
def submit_job(given: dict[str, Any], job_id: str) -> Answer:
    """Send a draft, or a job that was sent back, to the technicians"""
    job = _to_submit(reading(), caller(), job_id)
    if job.state in {JobState.DRAFT, JobState.CHANGES_REQUESTED}:
        have_estimated(caller(), job.revision_id, dict(job.settings), job.machine_model.slug, job.material.slug,
                       job.quantity)  # fmt: skip

    def work(session: WritingSession, person: Person) -> Job:
        job = _to_submit(session, person, job_id)
        jobs.submit(session, context().config, job, person, override=given["reason"])
        return job

    return change(work, show)


def _to_submit(session: Session, person: Person | None, job_id: str) -> Job:
    """A draft is asked for only now: its design may be private again. Raises NotFound, Forbidden."""
    job = fetch(session, person, Job, job_id, P.CHANGE_JOB)
    if job.state is JobState.DRAFT:
        fetch(session, person, Revision, job.revision_id, P.ORDER_DESIGN)
    return job


@v1.route("/jobs/<job_id>/accept", methods=["POST"], tags=["jobs"])
@v1.response(200, JobSchema)
@with_token
def accept_job(job_id: str) -> Answer:
    """Agree to the dearer price that was offered"""

    def work(session: WritingSession, person: Person) -> Job:
        job = fetch(session, person, Job, job_id, P.AGREE_TO_PRICE)
        jobs.accept(session, context().config, job, person)
        return job

    return change(work, show)


@v1.route("/jobs/<job_id>/cancel", methods=["POST"], tags=["jobs"])
@v1.arguments(Reason, required=False)
@v1.response(200, JobSchema)
@with_token
def cancel_job(given: dict[str, Any], job_id: str) -> Answer:
    """Give a job up at any stage before it is ready"""

    def work(session: WritingSession, person: Person) -> Job:
        job = fetch(session, person, Job, job_id, P.CHANGE_JOB)
        jobs.cancel(session, job, person, given["reason"])
        return job

    return change(work, show)


def show(session: Session, person: Person, job: Job) -> dict[str, Any]:
    """The answer of every call that changes a job."""
    return present_jobs.job(session, person, session.get_one(Job, job.id))
