"""Machines: setting them up, trying the connection, taking them away."""

from typing import Any

from flask import Blueprint, abort, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from htmx_flask import request as htmx_request
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue.db import WritingSession
from fabqueue.dispatch import health
from fabqueue.dispatch.health import Health
from fabqueue.models import OCTOPRINT, Machine, MachineKind, MachineModel, Material
from fabqueue.permissions import Permission, fetch
from fabqueue.services import equipment, profiles, supplies, walking, workshop
from fabqueue.services.workshop import MachineFacts
from fabqueue.web import board
from fabqueue.web.access import permitted
from fabqueue.web.acting import Question, acted, asked, saved
from fabqueue.web.floor import machine_of
from fabqueue.web.forms import AtMost, Choice, Form, Needed, Secret, Text, Whole, YesNo
from fabqueue.web.site import context, me, reading, writing
from printers import kinds

blueprint = Blueprint("machines", __name__, url_prefix="/machines")

KINDS = [
    SelectChoice("printer", lazy_gettext("3D printer")), SelectChoice("laser", lazy_gettext("Laser cutter")),
    SelectChoice("other", lazy_gettext("Another tool")),
]  # fmt: skip


class MachineForm(Form):
    """One machine. Names are those of `MachineFacts`."""

    name = Text(lazy_gettext("Name"), [Needed(), AtMost(40)], render_kw={"autocomplete": "off"})
    model = Choice(lazy_gettext("Model"), description=lazy_gettext("Machines of one model take the same jobs."))
    position = Whole(lazy_gettext("Place in the list"), default=0,
                     description=lazy_gettext("Low numbers stand first: your way through the lab."))  # fmt: skip
    driver = Choice(lazy_gettext("How it is driven"), default=OCTOPRINT)
    url = Text(lazy_gettext("Address"), [AtMost(300)],
               description=lazy_gettext("Of OctoPrint, or what else drives it. Only the server "
                                         "talks to it, never a visitor's browser."),
               render_kw={"type": "url", "placeholder": "http://", "autocomplete": "off"})  # fmt: skip
    key = Secret(lazy_gettext("Application key"), [AtMost(200)], render_kw={"autocomplete": "off"})
    camera_url = Text(lazy_gettext("Camera picture"), [AtMost(300)],
                      description=lazy_gettext("Address of a single picture, often ending in action=snapshot."),
                      render_kw={"type": "url", "autocomplete": "off"})  # fmt: skip
    works_alone = YesNo(lazy_gettext("It may work while nobody is in the lab"),
                        description=lazy_gettext("Nights, weekends and closed days. Otherwise it starts only what it "
                                                 "finishes before closing."))  # fmt: skip
    alone_hours = Whole(lazy_gettext("At most"),
                        description=lazy_gettext("In one go. Leave it empty to follow the settings of the lab."),
                        render_kw={"min": 1, "max": equipment.MOST_ALONE_HOURS, "inputmode": "numeric"})  # fmt: skip

    def facts(self) -> MachineFacts:
        return MachineFacts(
            name=self.name.data or "", model=self.model.data or "", driver=self.driver.data or "",
            url=self.url.data or "", key=self.key.data or "", camera_url=self.camera_url.data or "",
            position=self.position.data or 0,
        )  # fmt: skip


def _machine_form(machine: Machine | None = None, **given: Any) -> MachineForm:
    form = MachineForm(obj=machine, data={"model": machine.machine_model.slug} if machine else {}, **given)
    form.driver.choices = [SelectChoice(name, _(each.title)) for name, each in kinds.all_kinds().items()]
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
    gone = {"gone": equipment.retired_machines(reading()), "gone_models": equipment.retired_models(reading())}
    return make_response(render_template("machines/index.html", **gone, **surroundings()))


def surroundings() -> dict[str, Any]:
    models = workshop.models(reading())
    known = profiles.available(context().config, reading())
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
    body = render_template(
        "machines/show.html", machine=machine, card=shown, form=form, found=found, materials=_with(machine),
        **surroundings(),
    )  # fmt: skip
    return make_response(body, status)


def _with(machine: Machine | None) -> list[tuple[Material, bool]]:
    """Every material, and whether it is among those that the machine may work alone, as sent or as kept."""
    sent = set(request.form.getlist("alone_materials")) if request.method == "POST" else None
    kept = set(machine.alone_materials or ()) if machine else set()
    every = supplies.materials(reading())
    return [(each, each.slug in sent if sent is not None else each.id in kept) for each in every]


def _saved(machine: Machine | None) -> Response:
    form, slug = _machine_form(machine), machine.slug if machine else ""
    said = _("Saved. It counts from the next job on.")
    return saved(form, lambda: _save(slug, form), "machines.show", said) or _page(machine, form, 422)


def _save(slug: str, form: MachineForm) -> str:
    with writing() as session:
        person = me(session)
        old = fetch(session, person, Machine, slug, Permission.MANAGE_MACHINES) if slug else None
        machine = workshop.save_machine(session, person, form.facts(), old)
        equipment.may_work_alone(session, person, machine, bool(form.works_alone.data), form.alone_hours.data,
                                 request.form.getlist("alone_materials"))  # fmt: skip
        return machine.slug


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
        return make_response(render_template("machines/_health.html", found=found, machine=machine))
    return _page(machine_of(slug, Permission.MANAGE_MACHINES) if slug else None, form, found=found)


def _as_typed(form: MachineForm, machine: Machine | None) -> Machine:
    """The machine that the form describes, belonging to no session."""
    facts = form.facts() if form.driver.data in kinds.names() else abort(422)
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


@blueprint.post("/<slug>/back")
@permitted(Permission.MANAGE_MACHINES)
def bring_back(slug: str) -> Response:
    """A machine that was taken away stands here again."""
    machine = machine_of(slug, Permission.MANAGE_MACHINES)

    def work(session: WritingSession) -> None:
        person = me(session)
        found = fetch(session, person, Machine, slug, Permission.MANAGE_MACHINES)
        equipment.bring_back_machine(session, person, found)

    said = _("%(machine)s is back. Say that its bed is clear before it takes work.", machine=machine.name)
    return acted(work, said, url_for("machines.show", slug=slug))


# slots


@blueprint.post("/<slug>/slots")
@permitted(Permission.MANAGE_MACHINES)
def add_slot(slug: str) -> Response:
    machine_of(slug, Permission.MANAGE_MACHINES)

    def work(session: WritingSession) -> None:
        person = me(session)
        equipment.add_slot(session, person, fetch(session, person, Machine, slug, Permission.MANAGE_MACHINES))

    return acted(work, _("There is one more slot."), url_for("machines.show", slug=slug, _anchor="slots"))


@blueprint.post("/<slug>/slots/remove")
@permitted(Permission.MANAGE_MACHINES)
def remove_slot(slug: str) -> Response:
    """Take the empty slot `position` away."""
    machine_of(slug, Permission.MANAGE_MACHINES)
    position = request.form.get("position", "")

    def work(session: WritingSession) -> None:
        person = me(session)
        found = fetch(session, person, Machine, slug, Permission.MANAGE_MACHINES)
        equipment.remove_slot(session, person, found, int(position) if position.isdecimal() else -1)

    return acted(work, _("The slot is gone."), url_for("machines.show", slug=slug, _anchor="slots"))


# the walking order


@blueprint.post("/<slug>/move")
@permitted(Permission.MANAGE_MACHINES)
def move(slug: str) -> Response:
    """One place nearer to the start of the round, or to its end."""
    machine_of(slug, Permission.MANAGE_MACHINES)
    places = -1 if request.form.get("to") == "up" else 1

    def work(session: WritingSession) -> None:
        person = me(session)
        walking.move(session, person, fetch(session, person, Machine, slug, Permission.MANAGE_MACHINES), places)

    return acted(work, _("The walking order is changed."), url_for("machines.index", _anchor="order"))


@blueprint.post("/order")
@permitted(Permission.MANAGE_MACHINES)
def arrange() -> Response:
    """The whole order at once, as it was dragged."""
    slugs = request.form.getlist("order")
    work = lambda session: walking.arrange(session, me(session), slugs)  # noqa: E731
    return acted(work, _("The walking order is changed."), url_for("machines.index", _anchor="order"))
