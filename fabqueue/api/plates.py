"""Small jobs on one bed: what may lie together, laying it together, taking it apart again."""

from typing import Any, NamedTuple

from marshmallow import fields

from fabqueue.api import paging, present
from fabqueue.api.access import caller, with_token
from fabqueue.api.answers import Answer, change
from fabqueue.api.base import Schema, v1
from fabqueue.api.queue import LineQuery, models
from fabqueue.api.schemas import page_of, text
from fabqueue.api.schemas_machines import Run as RunSchema
from fabqueue.calls import context, reading
from fabqueue.db import WritingSession
from fabqueue.models import MachineModel, Person, Run
from fabqueue.permissions import Permission, fetch, require
from fabqueue.services import events, plates, sharing
from fabqueue.services.errors import Conflict
from fabqueue.services.sharing import Offer

P = Permission


class OfferedRun(Schema):
    """A run that waits, of one job."""

    id = text(required=True)
    job = text(required=True, metadata={"description": "Its code."})
    copies = fields.Integer(required=True)
    seconds = fields.Integer(required=True, metadata={"description": "Predicted, alone."})


class PlateOffer(Schema):
    """Runs that may share a bed, in the order of the queue. `full`: nothing more may lie with them."""

    machine_model = text(required=True)
    runs = fields.List(fields.Nested(OfferedRun), required=True)
    seconds = fields.Integer(required=True, metadata={"description": "What they take one after the other."})
    full = fields.Boolean(required=True)


class Together(Schema):
    """Which runs: all that are offered together, or some of them."""

    runs = fields.List(fields.String(), required=True, metadata={"description": "Ids, from `GET /plates`."})


class Numbered(NamedTuple):
    """An offer with its place among those of its machine model."""

    model: MachineModel
    number: int
    offer: Offer


@v1.route("/plates", tags=["machines"])
@v1.arguments(LineQuery, location="query")
@v1.response(200, page_of(PlateOffer))
@with_token
def list_plates(query: dict[str, Any]) -> Any:
    """What is small enough to share a bed; for technicians"""
    require(caller(), P.RUN_MACHINES)
    rows = [
        Numbered(model, number, offer)
        for model in models(query["machine_model"])
        for number, offer in enumerate(sharing.offers(reading(), context().config, model))
    ]
    return paging.slice_of(rows, query, lambda row: (row.model.slug, row.number), _shown)


def _shown(row: Numbered) -> dict[str, Any]:
    return {
        "machine_model": row.model.slug, "runs": [_run(each) for each in row.offer.runs],
        "seconds": row.offer.seconds, "full": row.offer.is_full,
    }  # fmt: skip


def _run(run: Run) -> dict[str, Any]:
    item = run.items[0]
    return {"id": run.id, "job": item.job.code, "copies": item.copies, "seconds": run.predicted_seconds or 0}


@v1.route("/plates", methods=["POST"], tags=["machines"])
@v1.arguments(Together)
@v1.response(201, RunSchema)
@with_token
def post_plate(given: dict[str, Any]) -> Answer:
    """Lay waiting runs on one bed

    The answer is the one run that makes them all; each job keeps its price and its own outcome.
    """

    def work(session: WritingSession, person: Person) -> Run:
        found = [_fetch(session, person, each) for each in given["runs"]]
        return plates.put_together(session, events.actor_of(person), found)

    return change(work, lambda _session, _person, run: present.run(run), status=201)


@v1.route("/runs/<run_id>/take-apart", methods=["POST"], tags=["machines"])
@v1.response(200, RunSchema)
@with_token
def take_apart_plate(run_id: str) -> Answer:
    """Give each job of a bed that waits a run of its own again"""

    def work(session: WritingSession, person: Person) -> Run:
        plate = _fetch(session, person, run_id)
        if not plate.is_plate:
            raise Conflict(plate.state)
        plates.take_apart(session, events.actor_of(person), plate)
        return plate

    return change(work, lambda _session, _person, run: present.run(run))


def _fetch(session: WritingSession, person: Person, run_id: str) -> Run:
    return fetch(session, person, Run, run_id, P.RUN_MACHINES)
