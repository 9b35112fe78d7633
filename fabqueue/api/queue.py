"""The order of the queues as technicians put it: read, pinned, moved, let go, taken back."""

from typing import Any, NamedTuple

from marshmallow import fields

from fabqueue.api import paging
from fabqueue.api.access import caller, caller_in, with_token
from fabqueue.api.answers import Answer, change
from fabqueue.api.base import Schema, v1
from fabqueue.api.jobs import show
from fabqueue.api.schemas import Job as JobSchema
from fabqueue.api.schemas import page_of, text
from fabqueue.calls import context, reading
from fabqueue.db import WritingSession
from fabqueue.models import Job, MachineModel, Person, Run
from fabqueue.permissions import Permission, fetch, require
from fabqueue.services import plates, queueing, workshop
from fabqueue.services.errors import Refused

P = Permission


class LineQuery(paging.PageQuery):
    """Which queue; all of them unless a machine model is named."""

    machine_model = fields.String(load_default="")


class QueuePlace(Schema):
    """Where a job stands in the queue of its machine model."""

    id = text(required=True)
    job = text(required=True, metadata={"description": "Its code."})
    machine_model = text(required=True)
    place = fields.Integer(required=True, metadata={"description": "Counted from 1."})
    pin = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Its place by hand; null: the rules decide."}
    )
    plate = text(
        required=True, allow_none=True, metadata={"description": "Id of the run that it shares with other jobs."}
    )
    undo = fields.Boolean(
        required=True, metadata={"description": "The caller moved it last, which `unmove` takes back."}
    )


class Move(Schema):
    """Where to: one of these. Jobs are named by code or id."""

    before = fields.String(load_default="", metadata={"description": "The job that it goes right before."})
    after = fields.String(load_default="", metadata={"description": "The job that it goes right after."})
    place = fields.Integer(
        strict=True, load_default=None, allow_none=True,
        metadata={"minimum": 1, "description": "Counted from 1; beyond the end is the end."},
    )  # fmt: skip


class Standing(NamedTuple):
    """A job of a queue as it is shown."""

    model: MachineModel
    place: int
    job: Job
    plate: Run | None
    undo: bool


@v1.route("/queue", tags=["review"])
@v1.arguments(LineQuery, location="query")
@v1.response(200, page_of(QueuePlace))
@with_token
def list_queue(query: dict[str, Any]) -> Any:
    """What waits for machines, in order, a machine model after the other; for technicians"""
    require(caller(), P.REVIEW_JOB)
    rows = [row for model in models(query["machine_model"]) for row in _standings(model)]
    return paging.slice_of(rows, query, lambda row: (row.model.slug, row.place), _shown)


def models(slug: str) -> list[MachineModel]:
    """The machine models, or the one that is named. Raises Refused."""
    every = sorted(workshop.models(reading()), key=lambda each: each.slug)
    found = [each for each in every if slug in ("", each.slug)]
    if slug and not found:
        raise Refused("machine_model_unknown", {"slug": slug}, "machine_model")
    return found


def _standings(model: MachineModel) -> list[Standing]:
    waiting = queueing.line(reading(), context().config, model)
    laid = plates.waiting(reading(), waiting)
    done = queueing.last_move(reading(), waiting, caller_in(reading()))
    moved = done[-1].subject_id if done else ""
    return [Standing(model, place, job, laid.get(job.id), job.id == moved) for place, job in enumerate(waiting, 1)]


def _shown(row: Standing) -> dict[str, Any]:
    return {
        "id": row.job.id, "job": row.job.code, "machine_model": row.model.slug, "place": row.place,
        "pin": row.job.pin, "plate": row.plate.id if row.plate else None, "undo": row.undo,
    }  # fmt: skip


@v1.route("/jobs/<job_id>/pin", methods=["POST"], tags=["review"])
@v1.response(200, JobSchema)
@with_token
def pin_job(job_id: str) -> Answer:
    """Keep a job at its place in the queue, whatever the rules say

    All that stand before it are pinned with it.
    """

    def work(session: WritingSession, person: Person) -> Job:
        job = _fetch(session, person, job_id)
        queueing.step(session, context().config, job, person, 0)
        return job

    return change(work, show)


@v1.route("/jobs/<job_id>/unpin", methods=["POST"], tags=["review"])
@v1.response(200, JobSchema)
@with_token
def unpin_job(job_id: str) -> Answer:
    """Let the rules of the queue decide about a job again"""

    def work(session: WritingSession, person: Person) -> Job:
        job = _fetch(session, person, job_id)
        queueing.unpin(session, job, person)
        return job

    return change(work, show)


@v1.route("/jobs/<job_id>/move", methods=["POST"], tags=["review"])
@v1.arguments(Move)
@v1.response(200, JobSchema)
@with_token
def move_job(given: dict[str, Any], job_id: str) -> Answer:
    """Put a job before or after another of its queue, or at a place

    All that stand before it are pinned with it; the rules order what comes after.
    """
    _check(given)

    def work(session: WritingSession, person: Person) -> Job:
        job = _fetch(session, person, job_id)
        if given["place"] is not None:
            queueing.move(session, context().config, job, person, given["place"] - 1)
        else:
            other = _fetch(session, person, given["before"] or given["after"])
            queueing.beside(session, context().config, job, person, other, after=bool(given["after"]))
        return job

    return change(work, show)


def _check(given: dict[str, Any]) -> None:
    """Raises Refused unless one place is named."""
    if [bool(given["before"]), bool(given["after"]), given["place"] is not None].count(True) != 1:
        raise Refused("queue_move_where")
    if given["place"] is not None and given["place"] < 1:
        raise Refused("queue_place_out_of_bounds", field="place")


@v1.route("/jobs/<job_id>/unmove", methods=["POST"], tags=["review"])
@v1.response(200, JobSchema)
@with_token
def unmove_job(job_id: str) -> Answer:
    """Take back what the caller did last to the order of a queue, which was to pin, move or let go this job

    Within a quarter of an hour, and while nobody has changed the order since.
    """

    def work(session: WritingSession, person: Person) -> Job:
        job = _fetch(session, person, job_id)
        queueing.take_back(session, context().config, job, person)
        return job

    return change(work, show)


def _fetch(session: WritingSession, person: Person, job_id: str) -> Job:
    return fetch(session, person, Job, job_id, P.REVIEW_JOB)
