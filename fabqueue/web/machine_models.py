"""Machine models: what a kind of machine works, costs and needs; offering them no more."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue.db import WritingSession
from fabqueue.models import MachineKind, MachineModel, Material
from fabqueue.permissions import Permission
from fabqueue.services import equipment, profiles, supplies, workshop
from fabqueue.services.workshop import ModelFacts
from fabqueue.web.access import permitted
from fabqueue.web.acting import Question, acted, asked, saved
from fabqueue.web.forms import AtMost, Choice, Form, Money, Needed, Text, YesNo
from fabqueue.web.machines import KINDS, surroundings
from fabqueue.web.site import context, me, reading, writing
from fabqueue.web.text import reader
from fabqueue.wording import all_sentences
from fabqueue.wording import profiles as profile_words
from printers.profiles import Profile

blueprint = Blueprint("models", __name__, url_prefix="/machines/models")


class ModelForm(Form):
    """What a kind of machine is, costs and works. Names are those of `ModelFacts`."""

    title = Text(lazy_gettext("Name"), [Needed(), AtMost(60)], render_kw={"autocomplete": "off"})
    kind = Choice(lazy_gettext("Kind"), choices=KINDS)
    profile = Choice(lazy_gettext("Profile"), description=lazy_gettext(
        "Bed, nozzle and slicer settings. None: a person decides how to make each part."))  # fmt: skip
    per_hour_minor = Money(lazy_gettext("Rate"))
    setup_minor = Money(lazy_gettext("Setting up"))
    needs_certification = YesNo(lazy_gettext("Asks for a certificate"))
    drawings_only = YesNo(lazy_gettext("Takes drawings only"))


@dataclass(frozen=True)
class Offered:
    """A material on the form of a machine model: whether it is worked, by which preset, and those to choose from."""

    material: Material
    presets: Sequence[str]
    on: bool
    preset: str


@blueprint.get("/new")
@permitted(Permission.MANAGE_MACHINES)
def create() -> Response:
    return _page(None, _form(None))


@blueprint.post("/new")
@permitted(Permission.MANAGE_MACHINES)
def save_new() -> Response:
    return _saved(None)


@blueprint.get("/<slug>")
@permitted(Permission.MANAGE_MACHINES)
def show(slug: str) -> Response:
    model = _model(slug)
    return _page(model, _form(model))


@blueprint.post("/<slug>")
@permitted(Permission.MANAGE_MACHINES)
def save(slug: str) -> Response:
    return _saved(_model(slug))


@blueprint.route("/<slug>/retire", methods=["GET", "POST"])
@permitted(Permission.MANAGE_MACHINES)
def retire(slug: str) -> Response:
    model = _model(slug)
    question = Question(
        title=_("Offer %(machine)s no more?", machine=model.title), yes=_("Offer it no more"), css="danger solid",
        text=_("Nobody can ask for it any more. What was made and quoted stays on record, and you can bring it back."),
        nav="machines", done=_("%(machine)s is offered no more.", machine=model.title),
        back=url_for("models.show", slug=slug),
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        equipment.retire_model(session, me(session), session.get_one(MachineModel, model.id))

    return asked(question, Form(), work)


@blueprint.post("/<slug>/back")
@permitted(Permission.MANAGE_MACHINES)
def bring_back(slug: str) -> Response:
    key = _model(slug).id
    work = lambda session: equipment.bring_back_model(session, me(session), session.get_one(MachineModel, key))  # noqa: E731
    return acted(work, _("It is offered again."), url_for("models.show", slug=slug))


def _model(slug: str) -> MachineModel:
    return reading().scalar(select(MachineModel).where(MachineModel.slug == slug)) or abort(404)


def _form(model: MachineModel | None) -> ModelForm:
    form = ModelForm(obj=model)
    known = profiles.available(context().config, reading())
    titles = [profile_choice(slug, each.title) for slug, each in sorted(known.items())]
    form.profile.choices = [SelectChoice("", _("none")), *titles]
    if model and model.profile not in {each.value for each in form.profile.choices}:
        form.profile.choices.append(SelectChoice(model.profile, model.profile))
    return form


def profile_choice(slug: str, title: str) -> SelectChoice:
    """A shipped profile in the reader's words, a lab's own by its own title."""
    code = profile_words.code(slug)
    if code in all_sentences():
        return SelectChoice(slug, reader().say(code))
    return SelectChoice(slug, title, render_kw={"translate": "no"})


def _page(model: MachineModel | None, form: ModelForm, status: int = 200) -> Response:
    around = surroundings()
    profile = around["profiles"].get(form.profile.data or "")
    more = {
        "model": model,
        "form": form,
        "profile": profile,
        "offered": _offered(model, form, profile),
        "burnt": {each.material.slug for each in model.offers} if model else set(),
    }
    return make_response(render_template("machines/model.html", **around, **more), status)


def _offered(model: MachineModel | None, form: ModelForm, profile: Profile | None) -> list[Offered]:
    """Every material with how the form has it: as sent, else as stored."""
    presets = sorted(profile.materials) if profile else []
    if form.is_submitted():
        stands = _sent_offers()
    else:
        stands = {each.material.slug: each.preset for each in model.offers} if model else {}
    return [
        Offered(each, presets, each.slug in stands, stands.get(each.slug, each.slug if each.slug in presets else ""))
        for each in supplies.materials(reading())
    ]


def _sent_offers() -> dict[str, str]:
    return {slug: request.form.get(f"preset-{slug}", "") for slug in request.form.getlist("offers")}


def _saved(model: MachineModel | None) -> Response:
    form, key = _form(model), model.id if model else ""
    said = _("Saved. New quotes use it; jobs already quoted keep their price.")
    return saved(form, lambda: _save(key, form), "models.show", said) or _page(model, form, 422)


def _save(key: str, form: ModelForm) -> str:
    facts = ModelFacts(
        title=form.title.data or "", kind=MachineKind(form.kind.data), profile=form.profile.data or "",
        per_hour_minor=form.per_hour_minor.data or 0, setup_minor=form.setup_minor.data or 0,
        needs_certification=bool(form.needs_certification.data), drawings_only=bool(form.drawings_only.data),
        offers=_sent_offers(),
    )  # fmt: skip
    known = profiles.available(context().config, reading())
    burning = [slug for slug, each in known.items() if each.laser is not None]
    with writing() as session:
        old = session.get(MachineModel, key) if key else None
        return workshop.save_model(session, me(session), facts, old, known_profiles=sorted(known), lasers=burning).slug
