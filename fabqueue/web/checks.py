"""Is everything well? What `fabqueue check` asks, part by part, on a page: live while the parts are asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, make_response, render_template, request
from werkzeug.wrappers import Response

from fabqueue.permissions import Permission
from fabqueue.tasks.checks import PARTS, Finding
from fabqueue.web.access import permitted
from fabqueue.web.site import context, reading

blueprint = Blueprint("checks", __name__, url_prefix="/settings/check")


@dataclass(frozen=True)
class Looked:
    """A part and what was found there; None while it is still asked."""

    name: str
    findings: Sequence[Finding] | None

    @property
    def is_well(self) -> bool:
        return all(each.well for each in self.findings or ())


@blueprint.get("")
@permitted(Permission.MANAGE_POLICY)
def index() -> Response:
    """Every part asks for itself; with `now` (and without script) all are asked before the page answers."""
    at_once = "now" in request.args
    parts = [_look(name) if at_once else Looked(name, None) for name in PARTS]
    return make_response(render_template("policy/check.html", parts=parts, at_once=at_once))


@blueprint.get("/<name>")
@permitted(Permission.MANAGE_POLICY)
def part(name: str) -> Response:
    if name not in PARTS:
        abort(404)
    return make_response(render_template("policy/_part.html", part=_look(name)))


def _look(name: str) -> Looked:
    settings = context().settings
    reading().rollback()  # nothing stays open while a part is asked
    return Looked(name, list(PARTS[name](settings)))
