"""A machine's service book: what is to be done to it again and again, and saying that it was done."""

from typing import Any

from marshmallow import fields
from sqlalchemy.orm import Session

from fabqueue.api import paging, present
from fabqueue.api.access import caller, with_token
from fabqueue.api.answers import Answer, change
from fabqueue.api.base import Schema, v1
from fabqueue.api.figures import moment as told
from fabqueue.api.machines import existing
from fabqueue.api.schemas import moment, one_of, page_of, text
from fabqueue.api.schemas_machines import Machine as MachineSchema
from fabqueue.calls import reading
from fabqueue.db import WritingSession
from fabqueue.models import Machine, Person, ServiceTask, ServiceUnit
from fabqueue.permissions import NotFound, Permission
from fabqueue.services import events, servicing
from fabqueue.services.servicing import Standing


class Service(Schema):
    """How a task stands on one machine. `used`: hours of work, runs or days since it was done."""

    id = text(required=True)
    name = text(required=True)
    every = fields.Integer(required=True)
    unit = one_of(ServiceUnit, required=True)
    used = fields.Float(required=True)
    due = fields.Boolean(required=True)
    blocks = fields.Boolean(metadata={"description": "Its machine takes no new work once it is due."})
    done_at = moment()
    done_by = text(allow_none=True)
    note = text(allow_none=True, metadata={"description": "What was noticed then."})


class Done(Schema):
    """What was noticed, for whoever does it next."""

    note = fields.String(load_default="")


@v1.route("/machines/<slug>/services", tags=["machines"])
@v1.arguments(paging.PageQuery, location="query")
@v1.response(200, page_of(Service))
@with_token
def list_services(query: dict[str, Any], slug: str) -> Any:
    """What is to be done to a machine again and again, and when it was; for technicians"""
    machine = existing(reading(), caller(), slug, Permission.RUN_MACHINES)
    return paging.slice_of(servicing.standings(reading(), machine), query, lambda each: each.task.id, _service)


@v1.route("/machines/<slug>/services/<task_id>/done", methods=["POST"], tags=["machines"])
@v1.arguments(Done, required=False)
@v1.response(200, MachineSchema)
@with_token
def service_done(given: dict[str, Any], slug: str, task_id: str) -> Answer:
    """Say that it was done: it counts from nothing again, and a machine that it kept out of service is back"""

    def work(session: WritingSession, person: Person) -> Machine:
        machine = existing(session, person, slug, Permission.RUN_MACHINES)
        servicing.done(session, events.actor_of(person), machine, _task(session, task_id), given["note"])
        return machine

    return change(work, present.machine)


def _task(session: Session, task_id: str) -> ServiceTask:
    task = session.get(ServiceTask, task_id)
    if task is None:
        raise NotFound
    return task


def _service(shown: Standing) -> dict[str, Any]:
    task, done = shown.task, shown.done
    return {
        "id": task.id, "name": task.name, "every": task.every, "unit": task.unit, "blocks": task.blocks,
        "used": round(shown.used, 2), "due": shown.is_due, "done_at": told(done.at) if done else None,
        "done_by": done.person.display_name if done and done.person else None, "note": done.note if done else None,
    }  # fmt: skip
