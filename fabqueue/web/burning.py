"""How a laser model burns a material: shown by operation, changed by technicians, set back to the profile.

The same blueprint as `cards`, which tries it out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Field

from fabqueue.db import WritingSession
from fabqueue.models import MachineModel, Material, MaterialOffer, Person
from fabqueue.permissions import Permission
from fabqueue.services import burning
from fabqueue.services.errors import Invalid, Refused
from fabqueue.web.access import permitted
from fabqueue.web.acting import acted
from fabqueue.web.forms import Form, Number, Whole, YesNo
from fabqueue.web.site import context, me, reading, writing
from fabqueue.web.text import reader
from printers.lasers import OPERATIONS, Setting
from printers.profiles import Profile

blueprint = Blueprint("burning", __name__, url_prefix="/machines/models/<slug>/burning/<material>")

DECIMAL = {"min": 0, "inputmode": "decimal"}
_NEEDED = ("power_percent", "speed_mm_s")
_USED: Mapping[str, Sequence[str]] = {
    "cut": ("power_percent", "speed_mm_s", "passes", "kerf_mm"),
    "score": ("power_percent", "speed_mm_s", "passes"),
    "engrave": ("power_percent", "speed_mm_s", "passes", "interval_mm"),
}
"""What matters to an operation; the rest stays as it is."""


def _fields(operation: str) -> dict[str, Any]:
    kinds: dict[str, Any] = {
        "power_percent": Number(lazy_gettext("Power"), render_kw=DECIMAL),
        "speed_mm_s": Number(lazy_gettext("Speed"), render_kw=DECIMAL),
        "passes": Whole(lazy_gettext("Passes"), render_kw={"min": 1, "inputmode": "numeric"}),
        "interval_mm": Number(lazy_gettext("Rows apart"), render_kw=DECIMAL),
        "kerf_mm": Number(lazy_gettext("Width of the cut"), render_kw=DECIMAL),
        "air": YesNo(lazy_gettext("Air assist")),
    }
    return {f"{operation}_{key}": kinds[key] for key in (*_USED[operation], "air")}


class BurningForm(Form):
    """A field for each operation and setting, such as `cut_power_percent`."""

    def of(self, operation: str) -> list[Field]:
        return [self[f"{operation}_{key}"] for key in (*_USED[operation], "air")]

    def wanted(self, now: Mapping[str, Setting]) -> dict[str, dict[str, Any]]:
        """What it says by operation; one without power and speed is left to the profile."""
        return {name: self._values(name, now.get(name)) for name in OPERATIONS if self._is_said(name)}

    def _is_said(self, operation: str) -> bool:
        return any(self[f"{operation}_{key}"].data is not None for key in _NEEDED)

    def _values(self, operation: str, now: Setting | None) -> dict[str, Any]:
        kept = asdict(now) if now else {}
        said = {key: self[f"{operation}_{key}"].data for key in _USED[operation]}
        missing = {key: None for key in _NEEDED if said[key] is None}
        given = {key: value for key, value in said.items() if value is not None}
        return {**kept, **given, **missing, "air": bool(self[f"{operation}_air"].data)}


for _operation in _USED:
    for _name, _field in _fields(_operation).items():
        setattr(BurningForm, _name, _field)


@blueprint.get("")
@permitted(Permission.MANAGE_MACHINES)
def show(slug: str, material: str) -> Response:
    offer = offer_of(reading(), slug, material)
    return _page(offer, BurningForm(formdata=None, data=_as_stored(offer)))


@blueprint.post("")
@permitted(Permission.MANAGE_MACHINES)
def change(slug: str, material: str) -> Response:
    form, offer = BurningForm(), offer_of(reading(), slug, material)
    if form.validate() and _changed(form, offer):
        flash(_("Saved. Files that wait and are not at a laser yet are made anew."), "ok")
        return redirect(url_for("burning.show", slug=slug, material=material), 303)
    return _page(offer, form, 422)


def _changed(form: BurningForm, shown: MaterialOffer) -> bool:
    """False where the service refused, which the form says then."""
    wanted = form.wanted(now_of(shown))
    try:
        with writing() as session:
            offer = session.get_one(MaterialOffer, shown.id)
            burning.change(session, context().config, me(session), offer, wanted)
    except (Invalid, Refused) as problem:
        form.refuse(problem)
        return False
    return True


@blueprint.post("/reset")
@permitted(Permission.MANAGE_MACHINES)
def reset(slug: str, material: str) -> Response:
    key, config = offer_of(reading(), slug, material).id, context().config

    def work(session: WritingSession) -> None:
        burning.reset(session, config, me(session), session.get_one(MaterialOffer, key))

    back = url_for("burning.show", slug=slug, material=material)
    return acted(work, _("It is burnt as the profile says again."), back)


def offer_of(session: Session, slug: str, material: str) -> MaterialOffer:
    """What a model works, if it is a laser; 404 for everything else."""
    rows = select(MaterialOffer).join(MachineModel).join(Material, Material.id == MaterialOffer.material_id)
    offer = session.scalar(rows.where(MachineModel.slug == slug, Material.slug == material)) or abort(404)
    profile_of(offer)
    return offer


def profile_of(offer: MaterialOffer) -> Profile:
    try:
        return burning.profile_of(context().config, offer)
    except Refused:
        abort(404)


def now_of(offer: MaterialOffer) -> dict[str, Setting]:
    return burning.settings_of(context().config, offer)


def _as_stored(offer: MaterialOffer) -> dict[str, Any]:
    return {
        f"{operation}_{key}": value for operation, each in now_of(offer).items() for key, value in asdict(each).items()
    }


def _within(form: BurningForm) -> dict[str, str]:
    """What each field belongs to: all operations have a power."""
    return {field.name: reader().say(f"operation_{each}") for each in OPERATIONS for field in form.of(each)}


def _page(offer: MaterialOffer, form: BurningForm, status: int = 200) -> Response:
    profile = profile_of(offer)
    assert profile.laser is not None
    preset = profile.materials.get(offer.preset)
    by = reading().get(Person, offer.burning_by_id) if offer.burning_by_id else None
    body = render_template(
        "machines/burning.html", offer=offer, model=offer.machine_model, form=form, operations=OPERATIONS[::-1],
        within=_within(form), usual=preset.laser if preset else {}, preset=preset, changed_by=by,
        own=offer.burning or {}, fastest_mm_s=profile.laser.speed_most_mm_s,
    )  # fmt: skip
    return make_response(body, status)
