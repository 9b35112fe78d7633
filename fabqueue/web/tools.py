"""The page behind the QR code on a tool: what it does, and what this person may do there."""

from dataclasses import dataclass
from typing import Any

import segno
from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from fabqueue.models import Machine, Person
from fabqueue.permissions import Permission, allowed
from fabqueue.services import queueing, workshop
from fabqueue.web import board
from fabqueue.web.access import permitted, signed_in
from fabqueue.web.floor import machine_of
from fabqueue.web.live import Part
from fabqueue.web.site import context, current_person, reading

SIZES = ("A6", "A5")
"""Of paper, for the signs of all machines."""


@dataclass(frozen=True)
class Sign:
    """What stands on a machine: its name, and the code that leads to its page."""

    machine: Machine
    address: str
    matrix: Any


blueprint = Blueprint("tools", __name__, url_prefix="/m")


@blueprint.get("/")
@signed_in
def index() -> Response:
    """Every machine with what it does now."""
    part = Part("tools", "tools/_list.html", url_for("tools.list_part"), 5, "wall")
    return make_response(render_template("tools/index.html", part=part.html(cards=board.cards(reading()))))


@blueprint.get("/part/list")
@permitted(Permission.READ_MACHINES)
def list_part() -> Response:
    part = Part("tools", "tools/_list.html", url_for("tools.list_part"), 5, "wall")
    return part.response(cards=board.cards(reading()))


@blueprint.get("/plates")
@permitted(Permission.MANAGE_MACHINES)
def plates() -> Response:
    """The signs of all machines, each on a page of its own, to print at once."""
    size = request.args.get("size", "")
    size = size if size in SIZES else SIZES[0]
    signs = [_sign(each) for each in workshop.machines(reading())]
    return make_response(render_template("tools/plates.html", signs=signs, size=size, sizes=SIZES))


def _sign(machine: Machine) -> Sign:
    address = context().config.site.public_url.rstrip("/") + url_for("tools.show", slug=machine.slug)
    return Sign(machine, address, segno.make(address, error="m").matrix)


@blueprint.get("/<slug>")
@signed_in
def show(slug: str) -> Response:
    machine = machine_of(slug, Permission.READ_MACHINES)
    return make_response(render_template("tools/show.html", machine=machine, part=_part(slug).html(**_shown(machine))))


@blueprint.get("/<slug>/part")
@permitted(Permission.READ_MACHINES)
def part(slug: str) -> Response:
    return _part(slug).response(**_shown(machine_of(slug, Permission.READ_MACHINES)))


def _part(slug: str) -> Part:
    return Part("tool", "tools/_tool.html", url_for("tools.part", slug=slug), 3, "flow")


def _shown(machine: Machine) -> dict[str, Any]:
    """State, the queue of its model (others' jobs by code only), and whether this person is certified for it."""
    person, session = current_person(), reading()
    assert person is not None
    line = queueing.line(session, context().config, machine.machine_model)
    return {
        "card": board.card(session, machine), "rows": board.queue(session, line[:8]), "waiting": len(line),
        "is_certified": person.certified_for(machine.machine_model_id, machine.kind),
        "names": {job.id for job in line if allowed(person, Permission.READ_JOB, job)},
        "back": url_for("tools.show", slug=machine.slug), "cleared_by": _cleared_by(machine),
    }  # fmt: skip


def _cleared_by(machine: Machine) -> str:
    person = reading().get(Person, machine.bed_cleared_by_id) if machine.bed_cleared_by_id else None
    return person.display_name if person else ""


@blueprint.get("/<slug>/plate")
@permitted(Permission.MANAGE_MACHINES)
def plate(slug: str) -> Response:
    """A sign to print and put on the machine."""
    machine = machine_of(slug, Permission.MANAGE_MACHINES)
    sign = _sign(machine)
    return make_response(render_template("tools/plate.html", machine=machine, address=sign.address, matrix=sign.matrix))
