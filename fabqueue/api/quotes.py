"""`POST /quotes`: what a revision would cost and take."""

from typing import Any

from marshmallow import fields
from sqlalchemy.orm import Session

from fabqueue.api import present
from fabqueue.api.access import caller, with_token
from fabqueue.api.answers import Answer, change
from fabqueue.api.base import Schema, v1
from fabqueue.api.schemas import Options
from fabqueue.calls import context, have_estimated, reading
from fabqueue.models import DesignKind, Person, Revision
from fabqueue.permissions import Permission, fetch
from fabqueue.services import quotes, settings, spreading, supplies, workshop
from fabqueue.services.errors import Invalid, Refused
from fabqueue.services.jobs import MOST_COPIES
from fabqueue.services.settings import SPREAD
from fabqueue.tasks.promises import Promises

SETTINGS: dict[str, Any] = {
    "properties": {
        "layer_height_mm": {"type": "number", "minimum": 0.05, "maximum": 0.6},
        "infill_percent": {"type": "integer", "minimum": 0, "maximum": 100},
        "walls": {"type": "integer", "minimum": 1, "maximum": 10},
        "supports": {"type": "boolean"},
        "pose": {"type": "array", "items": {"type": "number"}, "description": "Quaternion w, x, y, z."},
        "spread": {
            "type": "integer",
            "minimum": 1,
            "maximum": 50,
            "description": "Up to how many machines make the copies at once; without it the lab's rule decides.",
        },
        "kerf": {"type": "boolean", "description": "Drawings: whether cuts are moved by half the beam's width."},
        "bridges": {"type": "integer", "minimum": 0, "maximum": 12, "description": "Drawings: on each part."},
        "margin_mm": {"type": "number", "minimum": 0, "maximum": 50, "description": "Drawings: to the sheet's edge."},
    },
    "additionalProperties": False,
}


class QuoteQuestion(Schema):
    """What is to be quoted. Unknown settings are refused."""

    revision = fields.String(required=True)
    quantity = fields.Integer(strict=True, load_default=1, metadata={"minimum": 1, "maximum": MOST_COPIES})
    machine_model = fields.String(load_default="")
    material = fields.String(load_default="")
    colour = fields.String(load_default="")
    settings = fields.Dict(load_default=dict, metadata=SETTINGS)
    needed_by = fields.Date(
        load_default=None, allow_none=True,
        metadata={"description": "Every option that fits says in `promise` whether it would be done by then."},
    )  # fmt: skip


@v1.route("/quotes", methods=["POST"], tags=["jobs"])
@v1.arguments(QuoteQuestion)
@v1.response(200, Options)
@with_token
def post_quote(asked: dict[str, Any]) -> Answer:
    """Ask what a revision costs and takes

    One option for each machine model and material, cheapest fitting first. Takes a second or two for settings that
    nobody asked for before.
    """
    kind = fetch(reading(), caller(), Revision, asked["revision"], Permission.ORDER_DESIGN).design.kind
    if not 1 <= asked["quantity"] <= MOST_COPIES:
        raise Refused("quantity_out_of_bounds", {"most": MOST_COPIES}, "quantity")
    _check_known(asked)
    chosen = settings.read(asked["settings"], kind)
    have_estimated(caller(), asked["revision"], chosen, asked["machine_model"], asked["material"], asked["quantity"])
    promises = Promises(reading(), context().config)
    return change(
        lambda session, person: _options(session, person, asked, chosen),
        lambda _session, person, found: {"options": [
            present.option(each) | _promise(promises, person, asked, kind, each) for each in found
        ]},
    )  # fmt: skip


def _promise(
    promises: Promises, owner: Person, asked: dict[str, Any], kind: DesignKind, option: quotes.Option
) -> dict[str, Any]:
    """Whether an option that fits would be done by the day that is asked for."""
    if asked["needed_by"] is None or not option.fits or option.pending:
        return {"promise": None}
    seconds, at_once = option.seconds["expected"] if option.seconds else None, option.settings.get(SPREAD)
    config, model = context().config, option.machine_model
    beds = spreading.portions(reading(), config, kind, model, asked["quantity"], seconds, at_once)
    found = promises.promised(option, owner, asked["needed_by"], asked["colour"], beds=beds)
    return {"promise": present.promise(found, owner.is_staff)}


def _check_known(asked: dict[str, Any]) -> None:
    """A name that the lab does not know is an error, not an empty answer. Raises Invalid."""
    known = {
        "machine_model": {each.slug for each in workshop.models(reading())},
        "material": {each.slug for each in supplies.materials(reading())},
    }
    unknown = [
        Refused(f"{field}_unknown", {"slug": asked[field]}, field)
        for field, slugs in known.items()
        if asked[field] and asked[field] not in slugs
    ]
    if unknown:
        raise Invalid(unknown)


def _options(session: Session, person: Person, asked: dict[str, Any], chosen: dict[str, Any]) -> list[quotes.Option]:
    revision = fetch(session, person, Revision, asked["revision"], Permission.ORDER_DESIGN)
    return quotes.options(
        session, context().config, revision, person, quantity=asked["quantity"], chosen=chosen,
        model_slug=asked["machine_model"], material_slug=asked["material"],
    )  # fmt: skip
