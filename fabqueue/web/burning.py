"""How a laser model burns a material: shown by operation, changed by technicians, set back to the profile."""

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
from wtforms.fields import SelectChoice

from fabqueue.analysis.findings import AnalysisError
from fabqueue.db import WritingSession
from fabqueue.models import MachineModel, Material, MaterialOffer, Person
from fabqueue.permissions import Permission
from fabqueue.services import burning
from fabqueue.services.errors import Invalid, Refused
from fabqueue.tasks import burn
from fabqueue.web.access import permitted
from fabqueue.web.acting import acted
from fabqueue.web.forms import Choice, Form, Needed, Number, Whole, YesNo
from fabqueue.web.site import context, me, reading, writing
from fabqueue.web.text import reader
from printers.lasers import OPERATIONS, Setting
from printers.profiles import Profile

blueprint = Blueprint("burning", __name__, url_prefix="/machines/models/<slug>/burning/<material>")

_DECIMAL = {"min": 0, "inputmode": "decimal"}
_NEEDED = ("power_percent", "speed_mm_s")
_USED: Mapping[str, Sequence[str]] = {
    "cut": ("power_percent", "speed_mm_s", "passes", "kerf_mm"),
    "score": ("power_percent", "speed_mm_s", "passes"),
    "engrave": ("power_percent", "speed_mm_s", "passes", "interval_mm"),
}
"""What matters to an operation; the rest stays as it is."""


def _fields(operation: str) -> dict[str, Any]:
    kinds: dict[str, Any] = {
        "power_percent": Number(lazy_gettext("Power"), render_kw=_DECIMAL),
        "speed_mm_s": Number(lazy_gettext("Speed"), render_kw=_DECIMAL),
        "passes": Whole(lazy_gettext("Passes"), render_kw={"min": 1, "inputmode": "numeric"}),
        "interval_mm": Number(lazy_gettext("Rows apart"), render_kw=_DECIMAL),
        "kerf_mm": Number(lazy_gettext("Width of the cut"), render_kw=_DECIMAL),
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
    offer = _offer(reading(), slug, material)
    return _page(offer, BurningForm(formdata=None, data=_as_stored(offer)))


@blueprint.post("")
@permitted(Permission.MANAGE_MACHINES)
def change(slug: str, material: str) -> Response:
    form, offer = BurningForm(), _offer(reading(), slug, material)
    if form.validate() and _changed(form, offer):
        flash(_("Saved. Files that wait and are not at a laser yet are made anew."), "ok")
        return redirect(url_for("burning.show", slug=slug, material=material), 303)
    return _page(offer, form, 422)


def _changed(form: BurningForm, shown: MaterialOffer) -> bool:
    """False where the service refused, which the form says then."""
    wanted = form.wanted(_now(shown))
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
    key, config = _offer(reading(), slug, material).id, context().config

    def work(session: WritingSession) -> None:
        burning.reset(session, config, me(session), session.get_one(MaterialOffer, key))

    back = url_for("burning.show", slug=slug, material=material)
    return acted(work, _("It is burnt as the profile says again."), back)


class CardForm(Form):
    """What a test card tries: an operation between two powers and two speeds."""

    operation = Choice(lazy_gettext("Operation"))
    power_from = Number(lazy_gettext("Power from"), [Needed()], default=20, render_kw=_DECIMAL)
    power_to = Number(lazy_gettext("Power to"), [Needed()], default=80, render_kw=_DECIMAL)
    speed_from = Number(lazy_gettext("Speed from"), [Needed()], default=5, render_kw=_DECIMAL)
    speed_to = Number(lazy_gettext("Speed to"), [Needed()], default=30, render_kw=_DECIMAL)
    steps = Whole(lazy_gettext("Steps of each"), [Needed()], default=5, render_kw={"min": 2, "max": 10})
    picture = YesNo(lazy_gettext("The drawing of it instead of the file"))

    def card(self, now: Mapping[str, Setting]) -> dict[str, Any]:
        """As `tasks.burn.card` takes it; what is not varied is as it is now, and figures are scored."""
        operation = self.operation.data or "cut"
        usual = now.get(operation) or Setting(50, 10)
        label = now.get("score") or now.get("engrave") or Setting(10, 100)
        steps = max(2, min(10, self.steps.data or 5))
        return {
            "operation": operation, "setting": asdict(usual), "label": asdict(label),
            "powers": _between(self.power_from.data or 0, self.power_to.data or 0, steps),
            "speeds": _between(self.speed_from.data or 0, self.speed_to.data or 0, steps),
        }  # fmt: skip

    def tried(self) -> dict[str, tuple[str, float]]:
        """As `services.burning.check_card` takes it."""
        ends = {"power": "power_percent", "speed": "speed_mm_s"}
        return {
            field: (key, self[field].data or 0)
            for name, key in ends.items()
            for field in (f"{name}_from", f"{name}_to")
        }


def _between(low: float, high: float, steps: int) -> list[float]:
    """So many whole numbers from one to the other, as the card can say."""
    return [float(round(low + (high - low) * step / (steps - 1))) for step in range(steps)]


def _card_form(**given: Any) -> CardForm:
    form = CardForm(**given)
    form.operation.choices = [SelectChoice(each, reader().say(f"operation_{each}")) for each in OPERATIONS[::-1]]
    return form


@blueprint.route("/card", methods=["GET", "POST"])
@permitted(Permission.MANAGE_MACHINES)
def card(slug: str, material: str) -> Response:
    """A test card to download: a file for the laser, or the drawing of it."""
    offer, form = _offer(reading(), slug, material), _card_form()
    if form.validate_on_submit():
        try:
            return _download(offer, form)
        except Invalid as problem:
            form.refuse(problem)
        except (Refused, AnalysisError) as problem:
            form.refuse(Refused(problem.code, problem.values))
    body = render_template("machines/card.html", offer=offer, model=offer.machine_model, form=form)
    return make_response(body, 422 if form.is_submitted() else 200)


def _download(offer: MaterialOffer, form: CardForm) -> Response:
    laser = _profile(offer).laser
    assert laser is not None
    burning.check_card(laser, form.tried())
    picture = bool(form.picture.data)
    made = burn.card(context(), asdict(laser), form.card(_now(offer)), picture=picture)
    answer = make_response(made)
    ending = "svg" if picture else "gcode"
    answer.headers["Content-Type"] = "application/octet-stream"
    title = f"test-card-{offer.machine_model.slug}-{offer.material.slug}-{form.operation.data}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{title}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _offer(session: Session, slug: str, material: str) -> MaterialOffer:
    """What a model works, if it is a laser; 404 for everything else."""
    rows = select(MaterialOffer).join(MachineModel).join(Material, Material.id == MaterialOffer.material_id)
    offer = session.scalar(rows.where(MachineModel.slug == slug, Material.slug == material)) or abort(404)
    _profile(offer)
    return offer


def _profile(offer: MaterialOffer) -> Profile:
    try:
        return burning.profile_of(context().config, offer)
    except Refused:
        abort(404)


def _now(offer: MaterialOffer) -> dict[str, Setting]:
    return burning.settings_of(context().config, offer)


def _as_stored(offer: MaterialOffer) -> dict[str, Any]:
    return {
        f"{operation}_{key}": value for operation, each in _now(offer).items() for key, value in asdict(each).items()
    }


def _within(form: BurningForm) -> dict[str, str]:
    """What each field belongs to: all operations have a power."""
    return {field.name: reader().say(f"operation_{each}") for each in OPERATIONS for field in form.of(each)}


def _page(offer: MaterialOffer, form: BurningForm, status: int = 200) -> Response:
    profile = _profile(offer)
    assert profile.laser is not None
    preset = profile.materials.get(offer.preset)
    by = reading().get(Person, offer.burning_by_id) if offer.burning_by_id else None
    body = render_template(
        "machines/burning.html", offer=offer, model=offer.machine_model, form=form, operations=OPERATIONS[::-1],
        within=_within(form), usual=preset.laser if preset else {}, preset=preset, changed_by=by,
        own=offer.burning or {}, fastest_mm_s=profile.laser.speed_most_mm_s,
    )  # fmt: skip
    return make_response(body, status)
