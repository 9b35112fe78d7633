"""The page behind the QR code on a tool: what it does, and what this person may do there."""

from typing import Any

import segno
from flask import Blueprint, make_response, render_template, url_for
from werkzeug.wrappers import Response

from fabqueue.models import Machine
from fabqueue.permissions import Permission, allowed
from fabqueue.services import queueing
from fabqueue.web import board
from fabqueue.web.access import permitted, signed_in
from fabqueue.web.floor import machine_of
from fabqueue.web.live import Part
from fabqueue.web.site import context, current_person, reading

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
    line = queueing.line(session, machine.machine_model_id)
    return {
        "card": board.card(session, machine), "rows": board.queue(session, line[:8]), "waiting": len(line),
        "is_certified": person.certified_for(machine.machine_model_id, machine.kind),
        "names": {job.id for job in line if allowed(person, Permission.READ_JOB, job)},
        "back": url_for("tools.show", slug=machine.slug),
    }  # fmt: skip


@blueprint.get("/<slug>/plate")
@permitted(Permission.MANAGE_MACHINES)
def plate(slug: str) -> Response:
    """A sign to print and put on the machine."""
    machine = machine_of(slug, Permission.MANAGE_MACHINES)
    address = context().config.site.public_url.rstrip("/") + url_for("tools.show", slug=machine.slug)
    matrix = segno.make(address, error="m").matrix
    return make_response(render_template("tools/plate.html", machine=machine, address=address, matrix=matrix))
