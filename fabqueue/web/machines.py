"""Machines and machine models: setting them up, trying the connection, taking them away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from htmx_flask import request as htmx_request
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue.db import WritingSession
from fabqueue.dispatch import health
from fabqueue.dispatch.health import Health
from fabqueue.models import DriverKind, Machine, MachineKind, MachineModel, Material
from fabqueue.permissions import Permission, fetch
from fabqueue.services import profiles, workshop
from fabqueue.services.errors import Invalid, Refused
from fabqueue.services.workshop import MachineFacts, ModelFacts
from fabqueue.web import board
from fabqueue.web.access import permitted
from fabqueue.web.acting import Question, asked
from fabqueue.web.floor import machine_of
from fabqueue.web.forms import AtMost, Choice, Form, Money, Needed, Secret, Text, Whole, YesNo
from fabqueue.web.site import context, me, reading, writing
from fabqueue.web.text import reader
from fabqueue.wording import all_sentences
from fabqueue.wording import profiles as profile_words

blueprint = Blueprint("machines", __name__, url_prefix="/machines")

KINDS = [
    SelectChoice("printer", lazy_gettext("3D printer")), SelectChoice("laser", lazy_gettext("Laser cutter")),
    SelectChoice("other", lazy_gettext("Another tool")),
]  # fmt: skip
DRIVERS = [
    SelectChoice("octoprint", lazy_gettext("Through OctoPrint")),
    SelectChoice("manual", lazy_gettext("By hand: a person starts and finishes each run")),
]


class MachineForm(Form):
    """One machine. Names are those of `MachineFacts`."""

    name = Text(lazy_gettext("Name"), [Needed(), AtMost(40)], render_kw={"autocomplete": "off"})
    model = Choice(lazy_gettext("Model"), description=lazy_gettext("Machines of one model take the same jobs."))
    position = Whole(lazy_gettext("Place in the list"), default=0,
                     description=lazy_gettext("Low numbers stand first: your way through the lab."))  # fmt: skip
    driver = Choice(lazy_gettext("How it is driven"), choices=DRIVERS)
    url = Text(lazy_gettext("OctoPrint address"), [AtMost(300)],
               description=lazy_gettext("Only the server talks to it, never a visitor's browser."),
               render_kw={"type": "url", "placeholder": "http://", "autocomplete": "off"})  # fmt: skip
    key = Secret(lazy_gettext("Application key"), [AtMost(200)], render_kw={"autocomplete": "off"})
    camera_url = Text(lazy_gettext("Camera picture"), [AtMost(300)],
                      description=lazy_gettext("Address of a single picture, often ending in ?action=snapshot."),
                      render_kw={"type": "url", "autocomplete": "off"})  # fmt: skip

    def facts(self) -> MachineFacts:
        return MachineFacts(
            name=self.name.data or "", model=self.model.data or "", driver=DriverKind(self.driver.data),
            url=self.url.data or "", key=self.key.data or "", camera_url=self.camera_url.data or "",
            position=self.position.data or 0,
        )  # fmt: skip


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


def _machine_form(machine: Machine | None = None, **given: Any) -> MachineForm:
    form = MachineForm(obj=machine, data={"model": machine.machine_model.slug} if machine else {}, **given)
    form.model.choices = [SelectChoice(each.slug, each.title) for each in workshop.models(reading())]
    if machine is not None and machine.machine_model.retired_at:
        form.model.choices.append(SelectChoice(machine.machine_model.slug, machine.machine_model.title))
    kept = machine is not None and bool(machine.key)
    new = _("Made in OctoPrint under Settings, Application Keys. It is never shown again.")
    form.key.description = _("Kept and never shown. Leave it empty to keep it.") if kept else new
    return form


@blueprint.get("")
@permitted(Permission.MANAGE_MACHINES)
def index() -> Response:
    return make_response(render_template("machines/index.html", **_surroundings()))


def _surroundings() -> dict[str, Any]:
    models = workshop.models(reading())
    known = profiles.available(context().config)
    return {"cards": board.cards(reading()), "models": models, "profiles": known}


@blueprint.get("/new")
@permitted(Permission.MANAGE_MACHINES)
def create() -> Response:
    return _page(None, _machine_form())


@blueprint.post("/new")
@permitted(Permission.MANAGE_MACHINES)
def save_new() -> Response:
    return _saved(None)


@blueprint.get("/<slug>")
@permitted(Permission.MANAGE_MACHINES)
def show(slug: str) -> Response:
    machine = machine_of(slug, Permission.MANAGE_MACHINES)
    return _page(machine, _machine_form(machine))


@blueprint.post("/<slug>")
@permitted(Permission.MANAGE_MACHINES)
def save(slug: str) -> Response:
    return _saved(machine_of(slug, Permission.MANAGE_MACHINES))


def _page(machine: Machine | None, form: MachineForm, status: int = 200, found: Health | None = None) -> Response:
    shown = board.card(reading(), machine) if machine else None
    body = render_template("machines/show.html", machine=machine, card=shown, form=form, found=found, **_surroundings())
    return make_response(body, status)


def _saved(machine: Machine | None) -> Response:
    form = _machine_form(machine)
    if form.validate():
        try:
            slug = _save(machine.slug if machine else "", form)
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            flash(_("Saved. It counts from the next job on."), "ok")
            return redirect(url_for("machines.show", slug=slug), 303)
    return _page(machine, form, 422)


def _save(slug: str, form: MachineForm) -> str:
    with writing() as session:
        person = me(session)
        old = fetch(session, person, Machine, slug, Permission.MANAGE_MACHINES) if slug else None
        return workshop.save_machine(session, person, form.facts(), old).slug


@blueprint.post("/try")
@blueprint.post("/<slug>/try")
@permitted(Permission.MANAGE_MACHINES)
def try_connection(slug: str = "") -> Response:
    """Ask the machine as the form has it; nothing is saved. Takes a few seconds when it is silent."""
    machine = machine_of(slug, Permission.MANAGE_MACHINES) if slug else None
    form = _machine_form(machine)
    asked_machine = _as_typed(form, machine)
    reading().rollback()  # nothing stays open while the machine is asked
    found = health.of(asked_machine)
    if htmx_request.htmx:
        return make_response(render_template("machines/_health.html", found=found))
    return _page(machine_of(slug, Permission.MANAGE_MACHINES) if slug else None, form, found=found)


def _as_typed(form: MachineForm, machine: Machine | None) -> Machine:
    """The machine that the form describes, belonging to no session."""
    facts = form.facts() if form.driver.data in set(DriverKind) else abort(422)
    model = reading().scalar(select(MachineModel).where(MachineModel.slug == facts.model))
    kind = MachineModel(slug="", title="", kind=model.kind if model else MachineKind.OTHER)
    return Machine(
        name=facts.name, driver=facts.driver, url=facts.url.rstrip("/"), camera_url=facts.camera_url,
        key=facts.key or (machine.key if machine and workshop.keeps_key(machine, facts.url) else ""),
        machine_model=kind,
    )  # fmt: skip


@blueprint.route("/<slug>/retire", methods=["GET", "POST"])
@permitted(Permission.MANAGE_MACHINES)
def retire(slug: str) -> Response:
    machine = machine_of(slug, Permission.MANAGE_MACHINES)
    question = Question(
        title=_("Take %(machine)s away for good?", machine=machine.name), yes=_("Take it away"), css="danger solid",
        text=_("It leaves every list, and what it made stays on record. For a repair take it out of service instead."),
        nav="machines",
        done=_("%(machine)s is gone from the lab.", machine=machine.name),
        back=url_for("machines.index") if request.method == "POST" else url_for("machines.show", slug=slug),
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        person = me(session)
        workshop.retire_machine(session, person, fetch(session, person, Machine, slug, Permission.MANAGE_MACHINES))

    return asked(question, Form(), work)


# models


@dataclass(frozen=True)
class Offered:
    """A material on the form of a machine model: whether it is worked, by which preset, and those to choose from."""

    material: Material
    presets: Sequence[str]
    on: bool
    preset: str


@blueprint.get("/models/new")
@permitted(Permission.MANAGE_MACHINES)
def create_model() -> Response:
    return _model_page(None, _model_form(None))


@blueprint.post("/models/new")
@permitted(Permission.MANAGE_MACHINES)
def save_new_model() -> Response:
    return _model_saved(None)


@blueprint.get("/models/<slug>")
@permitted(Permission.MANAGE_MACHINES)
def show_model(slug: str) -> Response:
    model = _model(slug)
    return _model_page(model, _model_form(model))


@blueprint.post("/models/<slug>")
@permitted(Permission.MANAGE_MACHINES)
def save_model(slug: str) -> Response:
    return _model_saved(_model(slug))


def _model(slug: str) -> MachineModel:
    return reading().scalar(select(MachineModel).where(MachineModel.slug == slug)) or abort(404)


def _model_form(model: MachineModel | None) -> ModelForm:
    form = ModelForm(obj=model)
    known = profiles.available(context().config)
    titles = [_profile_choice(slug, each.title) for slug, each in sorted(known.items())]
    form.profile.choices = [SelectChoice("", _("none")), *titles]
    if model and model.profile not in {each.value for each in form.profile.choices}:
        form.profile.choices.append(SelectChoice(model.profile, model.profile))
    return form


def _profile_choice(slug: str, title: str) -> SelectChoice:
    """A shipped profile in the reader's words, a lab's own by its own title."""
    code = profile_words.code(slug)
    if code in all_sentences():
        return SelectChoice(slug, reader().say(code))
    return SelectChoice(slug, title, render_kw={"translate": "no"})


def _model_page(model: MachineModel | None, form: ModelForm, status: int = 200) -> Response:
    profile = profiles.available(context().config).get(form.profile.data or "")
    offered = _offered(model, form)
    more = {"model": model, "form": form, "profile": profile, "offered": offered}
    return make_response(render_template("machines/model.html", **_surroundings(), **more), status)


def _offered(model: MachineModel | None, form: ModelForm) -> list[Offered]:
    """Every material with how the form has it: as sent, else as stored."""
    profile = profiles.available(context().config).get(form.profile.data or "")
    presets = sorted(profile.materials) if profile else []
    if form.is_submitted():
        stands = _sent_offers()
    else:
        stands = {each.material.slug: each.preset for each in model.offers} if model else {}
    return [
        Offered(each, presets, each.slug in stands, stands.get(each.slug, each.slug if each.slug in presets else ""))
        for each in workshop.materials(reading())
    ]


def _sent_offers() -> dict[str, str]:
    return {slug: request.form.get(f"preset-{slug}", "") for slug in request.form.getlist("offers")}


def _model_saved(model: MachineModel | None) -> Response:
    form = _model_form(model)
    if form.validate():
        try:
            slug = _save_model(model.id if model else "", form)
        except (Invalid, Refused) as problem:
            form.refuse(problem)
        else:
            flash(_("Saved. New quotes use it; jobs already quoted keep their price."), "ok")
            return redirect(url_for("machines.show_model", slug=slug), 303)
    return _model_page(model, form, 422)


def _save_model(key: str, form: ModelForm) -> str:
    facts = ModelFacts(
        title=form.title.data or "", kind=MachineKind(form.kind.data), profile=form.profile.data or "",
        per_hour_minor=form.per_hour_minor.data or 0, setup_minor=form.setup_minor.data or 0,
        needs_certification=bool(form.needs_certification.data), drawings_only=bool(form.drawings_only.data),
        offers=_sent_offers(),
    )  # fmt: skip
    known = sorted(profiles.available(context().config))
    with writing() as session:
        old = session.get(MachineModel, key) if key else None
        return workshop.save_model(session, me(session), facts, old, known_profiles=known).slug
