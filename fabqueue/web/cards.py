"""A test card of a laser model and a material: downloaded, or made a job. The same blueprint as `burning`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue.analysis.findings import AnalysisError
from fabqueue.calls import have_estimated
from fabqueue.models import Job, MaterialOffer, Revision
from fabqueue.permissions import Permission, allowed, require
from fabqueue.services import beams, burning, cards, slicings
from fabqueue.services.errors import Invalid, Refused
from fabqueue.services.laserwork import CARD
from fabqueue.storage import Kept
from fabqueue.tasks import burn
from fabqueue.tasks.analyse import carry_out
from fabqueue.tasks.estimates import turn
from fabqueue.web.access import permitted
from fabqueue.web.burning import DECIMAL, blueprint, now_of, offer_of, profile_of
from fabqueue.web.forms import Choice, Form, Needed, Number, Whole, YesNo
from fabqueue.web.site import context, current_person, me, reading, writing
from fabqueue.web.text import reader
from printers.lasers import OPERATIONS, Laser, Setting

__all__ = ["blueprint"]


class CardForm(Form):
    """What a test card tries: an operation between two powers and two speeds."""

    operation = Choice(lazy_gettext("Operation"))
    power_from = Number(lazy_gettext("Power from"), [Needed()], default=20, render_kw=DECIMAL)
    power_to = Number(lazy_gettext("Power to"), [Needed()], default=80, render_kw=DECIMAL)
    speed_from = Number(lazy_gettext("Speed from"), [Needed()], default=5, render_kw=DECIMAL)
    speed_to = Number(lazy_gettext("Speed to"), [Needed()], default=30, render_kw=DECIMAL)
    steps = Whole(lazy_gettext("Steps of each"), [Needed()], default=5, render_kw={"min": 2, "max": 10})
    picture = YesNo(lazy_gettext("Download a picture of it instead of the file"))

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
    """A test card to put into the queue (`do`), or to download: a file for the laser, or the picture of it."""
    offer, form = offer_of(reading(), slug, material), _card_form(**_asked())
    if form.validate_on_submit():
        try:
            return _queue(offer, form) if request.form.get("do") == "queue" else _download(offer, form)
        except Invalid as problem:
            form.refuse(problem)
        except (Refused, AnalysisError) as problem:
            form.refuse(Refused(problem.code, problem.values))
        offer = offer_of(reading(), slug, material)
    body = render_template("machines/card.html", offer=offer, model=offer.machine_model, form=form)
    return make_response(body, 422 if form.is_submitted() else 200)


def _asked() -> dict[str, Any]:
    """The address may say what the card tries, as that of a job does (`again`)."""
    return {"formdata": MultiDict(request.args)} if request.method == "GET" and "operation" in request.args else {}


def again(job: Job) -> str:
    """Where to ask for the card of a job again; empty for who may not, and where the laser has the material no more."""
    may = allowed(current_person(), Permission.MANAGE_MACHINES)
    if not may or slicings.offer_of(reading(), job.machine_model_id, job.material_id) is None:
        return ""
    tried = job.settings[CARD]
    powers, speeds = tried["powers"], tried["speeds"]
    return url_for(
        "burning.card", slug=job.machine_model.slug, material=job.material.slug, operation=tried["operation"],
        power_from=f"{powers[0]:g}", power_to=f"{powers[-1]:g}", speed_from=f"{speeds[0]:g}",
        speed_to=f"{speeds[-1]:g}", steps=len(powers),
    )  # fmt: skip


def _checked(offer: MaterialOffer, form: CardForm) -> Laser:
    """The laser that the card is for. Raises Invalid for what it does not do."""
    laser = profile_of(offer).laser
    assert laser is not None
    burning.check_card(laser, form.tried())
    return laser


def _download(offer: MaterialOffer, form: CardForm) -> Response:
    laser, picture = _checked(offer, form), bool(form.picture.data)
    answer = make_response(burn.card(context(), asdict(laser), form.card(now_of(offer)), picture=picture))
    answer.headers["Content-Type"] = "application/octet-stream"
    title = _filename(offer, form, "svg" if picture else "gcode")
    answer.headers["Content-Disposition"] = f'attachment; filename="{title}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _filename(offer: MaterialOffer, form: CardForm, ending: str) -> str:
    return f"test-card-{offer.machine_model.slug}-{offer.material.slug}-{form.operation.data}.{ending}"


def _queue(offer: MaterialOffer, form: CardForm) -> Response:
    """Make a job of it. Raises Invalid, Refused, AnalysisError."""
    laser, tried = _checked(offer, form), form.card(now_of(offer))
    beams.check(context().config, offer.machine_model, offer.material)
    model, material = offer.machine_model.slug, offer.material.slug
    kept = burn.card_drawing(context(), asdict(laser), tried, cards.colours(context().config))
    revision = _design(kept, _filename(offer, form, "svg"), _name(offer, form))
    have_estimated(current_person(), revision, {CARD: tried}, model, material)
    with writing() as session:
        drawn = session.get_one(Revision, revision)
        job = cards.ask(session, context().config, me(session), drawn, model, material, tried)
        code, approved = job.code, job.state.is_approved
    flash(_("It is in the queue. When its file is at the laser, somebody certified arms it there.") if approved
          else _("The workshop was asked. The card is burnt when it is approved."), "ok")  # fmt: skip
    return redirect(url_for("jobs.show", code=code), 303)


def _name(offer: MaterialOffer, form: CardForm) -> str:
    operation = reader().say(f"operation_{form.operation.data}")
    return str(_("Test card of %(material)s: %(operation)s", material=offer.material.name, operation=operation))


def _design(kept: Kept, filename: str, name: str) -> str:
    """The revision that its drawing is, with its report. Whoever asks waits for a moment. Raises Refused."""
    with turn(context().config):
        with writing() as session:
            person = me(session)
            require(person, Permission.UPLOAD)
            revision, work = cards.design(session, context().config, person, kept, filename, name)
            key = revision.id
        if work is not None:
            carry_out(context(), work)
    return key
