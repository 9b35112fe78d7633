"""What a technician needs to decide about a job, and the form that changes how it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError

from fabqueue.db import now
from fabqueue.models import Certification, DesignKind, Job, JobState, MachineModel, Person, Request
from fabqueue.services import quotes, supplies, workshop
from fabqueue.services import settings as job_settings
from fabqueue.services.errors import Invalid
from fabqueue.services.jobs import MOST_COPIES
from fabqueue.services.laserwork import CARD
from fabqueue.services.quotes import Option
from fabqueue.services.settings import SPREAD
from fabqueue.web.drawn import unjudged
from fabqueue.web.forms import Choice, Form, Needed, Number, Whole
from fabqueue.web.promising import divided
from fabqueue.web.quoting import KERF, TRUTH, at_once, key_of
from fabqueue.web.site import context
from fabqueue.web.text import reader

SUPPORTS = [("", _("as the profile says")), ("yes", _("with supports")), ("no", _("without"))]
CLOSED_WELL = (JobState.READY, JobState.COLLECTED)
OPEN = frozenset(each for each in JobState if not each.is_closed) - {JobState.DRAFT, JobState.READY}


class ChangeForm(Form):
    """How a job is made; filled with how it is asked for."""

    option = Choice(_("Machine and material"))
    colour = Choice(_("Colour"))
    quantity = Whole(_("Copies"), [Needed()], render_kw={"min": 1, "max": MOST_COPIES, "inputmode": "numeric"})
    layer_height_mm = Number(_("Layers"), render_kw={"min": 0.05, "max": 0.6, "inputmode": "decimal"})
    infill_percent = Whole(_("Infill"), render_kw={"min": 0, "max": 100, "inputmode": "numeric"})
    walls = Whole(_("Walls"), render_kw={"min": 1, "max": 10, "inputmode": "numeric"})
    supports = Choice(_("Supports"), choices=[SelectChoice(*each) for each in SUPPORTS])
    kerf = Choice(_("Width of the beam"), choices=KERF)
    spread = at_once()
    bridges = Whole(_("Bridges on each part"), render_kw={"min": 0, "max": 12, "inputmode": "numeric"})
    margin_mm = Number(_("Margin"), render_kw={"min": 0, "max": 50, "inputmode": "decimal"})

    def validate_quantity(self, field: Whole) -> None:
        if field.data is not None and not 1 <= field.data <= MOST_COPIES:
            raise ValidationError(reader().say("quantity_out_of_bounds", {"most": MOST_COPIES}))

    def settings(self, job: Job) -> dict[str, Any]:
        """The settings now wished for: a field left empty is as the profile says; the pose stays."""
        given = {
            "layer_height_mm": self.layer_height_mm.data, "infill_percent": self.infill_percent.data,
            "walls": self.walls.data, "supports": TRUTH.get(self.supports.data or ""),
            "pose": job.settings.get("pose"),
        }  # fmt: skip
        if job.revision.design.kind is DesignKind.DRAWING:
            kerf = TRUTH.get(self.kerf.data or "")
            given = {"kerf": kerf, "bridges": self.bridges.data, "margin_mm": self.margin_mm.data}
        given[SPREAD] = self.on_machines(job)
        return {key: value for key, value in given.items() if value is not None}

    def on_machines(self, job: Job) -> int | None:
        """Up to how many machines are wanted at once; as it is where the form did not ask."""
        return self.spread.data if self.spread.raw_data else job.settings.get(SPREAD)

    def changes(self, job: Job) -> dict[str, Any]:
        """What differs from the job, as `reviews.change` takes it; nothing for a test card. Raises Invalid.

        On how many machines it is made is no such change: nothing is dearer by it.
        """
        if CARD in job.settings:
            return {}
        model, _slash, material = (self.option.data or "").partition("/")
        wanted = {
            "machine_model": model, "material": material, "colour": self.colour.data or "",
            "quantity": self.quantity.data, "settings": job_settings.read(self.settings(job), job.revision.design.kind),
        }  # fmt: skip
        asked = {
            "machine_model": job.machine_model.slug, "material": job.material.slug, "colour": job.colour,
            "quantity": job.quantity, "settings": job.settings,
        }  # fmt: skip
        return {key: value for key, value in wanted.items() if _file_of(value) != _file_of(asked[key])}


def _file_of(value: Any) -> Any:
    return job_settings.of_file(value) if isinstance(value, dict) else value


def change_form(session: Session, job: Job, **given: Any) -> ChangeForm:
    """The form for a job, filled with what was sent or with how the job stands."""
    form = ChangeForm(data=_as_asked(job), **given)
    form.option.choices = _offered(session, job)
    form.colour.choices = _colours(session, job, form.option.data or "")
    if form.colour.data not in {each.value for each in form.colour.choices}:
        form.colour.choices.append(SelectChoice(form.colour.data, form.colour.data))
    return form


def _as_asked(job: Job) -> dict[str, Any]:
    option = f"{job.machine_model.slug}/{job.material.slug}"
    words = {name: {True: "yes", False: "no"}.get(job.settings.get(name, ""), "") for name in ("supports", "kerf")}
    return {**job.settings, "option": option, "colour": job.colour, "quantity": job.quantity, **words}


def _offered(session: Session, job: Job) -> list[SelectChoice]:
    found = [
        SelectChoice(f"{model.slug}/{offer.material.slug}", f"{model.title}, {offer.material.name}")
        for model in workshop.models(session)
        for offer in sorted(model.offers, key=lambda each: each.material.name)
        if offer.material.retired_at is None
    ]
    own = f"{job.machine_model.slug}/{job.material.slug}"
    if own not in {each.value for each in found}:
        found.insert(0, SelectChoice(own, f"{job.machine_model.title}, {job.material.name}"))
    return found


def _colours(session: Session, job: Job, option: str) -> list[SelectChoice]:
    slug = option.partition("/")[2]
    material = next((each for each in supplies.materials(session) if each.slug == slug), job.material)
    found = [each.colour for each in supplies.loaded_colours(session, material)]
    return [SelectChoice("", str(_("any"))), *(SelectChoice(each, each) for each in found)]


@dataclass(frozen=True)
class Offer:
    """What a job would cost and take as the form has it; `option` is None where nothing of the kind is offered."""

    option: Option | None
    old_minor: int | None
    """What the member agreed to."""

    @property
    def new_minor(self) -> int | None:
        return self.option.price.total_minor if self.option and self.option.price else None

    @property
    def is_dearer(self) -> bool:
        return self.new_minor is not None and self.old_minor is not None and self.new_minor > self.old_minor

    @property
    def is_cheaper(self) -> bool:
        return self.new_minor is not None and self.old_minor is not None and self.new_minor < self.old_minor


def offer(session: Session, job: Job, form: ChangeForm) -> Offer | None:
    """The price for what the form says; None while the file has no report."""
    if job.revision.report is None:
        return None
    quantity = sensible_quantity(form, job)
    model, _slash, material = (form.option.data or "").partition("/")
    found = quotes.options(
        session, context().config, job.revision, job.owner, quantity=quantity, chosen=sensible(form, job),
        model_slug=model, material_slug=material,
    )  # fmt: skip
    chosen = next((each for each in found if key_of(each) == form.option.data), None)
    return Offer(chosen, job.quote.total_minor if job.quote else None)


def beds(job: Job, form: ChangeForm, found: Offer | None) -> list[int]:
    """The copies of each run, were it approved as the form has it; nothing where that is no question."""
    if found is None or found.option is None:
        return []
    kind, quantity = job.revision.design.kind, sensible_quantity(form, job)
    return divided(kind, found.option, quantity, form.on_machines(job), job.machine)


def sensible_quantity(form: ChangeForm, job: Job) -> int:
    """The form's number of copies, or the job's where it is no number of them."""
    wanted = form.quantity.data or 0
    return wanted if 1 <= wanted <= MOST_COPIES else job.quantity


def sensible(form: ChangeForm, job: Job) -> dict[str, Any]:
    """The form's settings, or the job's where they are refused; the refusals stand in the form. A card's stay."""
    if CARD in job.settings:
        return job.settings
    try:
        return job_settings.read(form.settings(job), job.revision.design.kind)
    except Invalid as invalid:
        form.refuse(invalid)
        return job.settings


@dataclass(frozen=True)
class Record:
    """What is known of the person who asks."""

    fine: int
    failed: int
    open: int
    certifications: Sequence[tuple[Certification, MachineModel | None]]

    @property
    def total(self) -> int:
        return self.fine + self.failed + self.open


def record_of(session: Session, person: Person) -> Record:
    rows = select(Job.state, func.count()).join(Request).where(Request.owner_id == person.id).group_by(Job.state)
    counted = {state: count for state, count in session.execute(rows)}  # noqa: C416  dict() loses the types
    still_open = sum(count for state, count in counted.items() if state in OPEN)
    fine = sum(counted.get(state, 0) for state in CLOSED_WELL)
    return Record(fine, counted.get(JobState.FAILED, 0), still_open, certifications_of(session, person))


def certifications_of(session: Session, person: Person) -> list[tuple[Certification, MachineModel | None]]:
    """Those that hold now, each with the machine model it names, if it names one."""
    moment = now()
    held = [each for each in person.certifications if each.is_valid(moment)]
    models = {key: session.get(MachineModel, key) for key in {each.machine_model_id for each in held} if key}
    return [(each, models.get(each.machine_model_id or "")) for each in held]


def findings_of(job: Job, plan: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The findings about the job's file in the reader's words, worst first, beside what is said of a laser's plan."""
    report, words = job.revision.report, reader()
    left = unjudged(report.data["findings"], plan) if report else []
    found = sorted(left, key=lambda each: _ORDER.index(each["severity"]))
    said = ((each, (each["code"], each["values"])) for each in found)
    return [{**each, "message": words.say(*code), "advice": words.advice(*code)} for each, code in said]


_ORDER = ("blocker", "warning", "ok")


def may_spread(job: Job) -> bool:
    """Whether its copies may be made on several machines, as far as it itself goes."""
    return job.quantity > 1 and job.machine is None and job.revision.design.kind is not DesignKind.TOOLPATH


def has_settings(job: Job) -> bool:
    """Whether layers, infill, walls and supports mean anything for it."""
    return job.revision.design.kind is DesignKind.MESH and bool(job.machine_model.profile)
