"""Lasers: tracing, arming what waits there, taking it back, and saying that one is there."""

from typing import Any

from marshmallow import fields
from sqlalchemy.orm import Session

from fabqueue.api.access import with_token
from fabqueue.api.answers import Answer
from fabqueue.api.base import Schema, v1
from fabqueue.api.machines import at
from fabqueue.api.schemas_machines import Machine as MachineSchema
from fabqueue.calls import context
from fabqueue.db import WritingSession
from fabqueue.models import Machine, Run
from fabqueue.permissions import NotFound, Permission
from fabqueue.services import arming, events, lasers

P = Permission


class Checklist(Schema):
    """The checklist of a laser, for this very run."""

    material = fields.Boolean(load_default=False, metadata={"description": "The right one lies flat and is allowed."})
    focus = fields.Boolean(load_default=False)
    exhaust = fields.Boolean(load_default=False)
    air = fields.Boolean(load_default=False)
    framed = fields.Boolean(load_default=False, metadata={"description": "The outline was traced and fits."})
    staying = fields.Boolean(load_default=False, metadata={"description": "The person stays until it is done."})


class Arming(Schema):
    """Which staged run, and what whoever arms it has seen to: every item of the checklist must be true."""

    run = fields.String(required=True, metadata={"description": "Id, from the machine's `staged`."})
    checklist = fields.Nested(Checklist, required=True)


class RunOnly(Schema):
    """Which run."""

    run = fields.String(required=True)


@v1.route("/machines/<slug>/arm", methods=["POST"], tags=["machines"])
@v1.arguments(Arming)
@v1.response(200, MachineSchema)
@with_token
def arm_machine(given: dict[str, Any], slug: str) -> Answer:
    """Arm a staged run at a laser

    For whoever is certified for it and stands there. Every item of the checklist must be true, else 422 names those
    that are not. The run starts within the arming window, or goes back to `staged` with a reason. 409 says what keeps
    the machine from it: held, maintenance, emergency, fault, busy, offline, needs_clearing.
    """

    def deed(session: WritingSession, actor: events.Actor, machine: Machine) -> None:
        ticked = {name for name, is_so in given["checklist"].items() if is_so}
        arming.arm(session, context().config.machines, actor, machine, _staged(session, machine, given["run"]), ticked)

    return at(slug, deed, P.ARM_MACHINE)


@v1.route("/machines/<slug>/disarm", methods=["POST"], tags=["machines"])
@v1.arguments(RunOnly)
@v1.response(200, MachineSchema)
@with_token
def disarm_machine(given: dict[str, Any], slug: str) -> Answer:
    """Take the arming back before the laser starts"""
    return at(
        slug,
        lambda session, actor, machine: arming.disarm(
            session, actor, _staged(session, machine, given["run"]), "run_disarmed"
        ),
        P.ARM_MACHINE,
    )


@v1.route("/machines/<slug>/unstage", methods=["POST"], tags=["machines"])
@v1.arguments(RunOnly)
@v1.response(200, MachineSchema)
@with_token
def unstage_machine(given: dict[str, Any], slug: str) -> Answer:
    """Take a staged file from a laser; its run waits for any machine again"""
    return at(
        slug, lambda session, actor, machine: arming.send_back(session, actor, _staged(session, machine, given["run"]))
    )


@v1.route("/machines/<slug>/frame", methods=["POST"], tags=["machines"])
@v1.arguments(RunOnly)
@v1.response(200, MachineSchema)
@with_token
def frame_machine(given: dict[str, Any], slug: str) -> Answer:
    """Trace the outline of a staged run with the beam off

    It is done at once or not at all; `framed_at` of the staged run says when it was.
    """

    def deed(session: WritingSession, actor: events.Actor, machine: Machine) -> None:
        run = _staged(session, machine, given["run"])
        lasers.ask_frame(session, context().config.machines, actor, machine, run)

    return at(slug, deed, P.ARM_MACHINE)


@v1.route("/machines/<slug>/present", methods=["POST"], tags=["machines"])
@v1.response(200, MachineSchema)
@with_token
def present_at_machine(slug: str) -> Answer:
    """Say that one is beside the laser while it works"""
    return at(slug, lasers.present, P.ARM_MACHINE)


def _staged(session: Session, machine: Machine, key: str) -> Run:
    """A run at this machine. Raises NotFound for any other."""
    run = session.get(Run, key)
    if run is None or run.machine_id != machine.id:
        raise NotFound
    return run
