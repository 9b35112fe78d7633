"""Materials with their prices, and the spools and sheets the lab has of them."""

from dataclasses import fields
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import ColorField
from wtforms.fields import SelectChoice

from fabqueue.db import WritingSession
from fabqueue.models import Event, Material, Person, Stock
from fabqueue.permissions import Permission
from fabqueue.services import beams, equipment, events, stocks, supplies, workshop
from fabqueue.services.errors import Invalid
from fabqueue.services.sheets import PileFacts, SheetFacts, as_sheets
from fabqueue.services.supplies import StockFacts
from fabqueue.web.access import permitted
from fabqueue.web.acting import Question, acted, asked
from fabqueue.web.forms import AtMost, Choice, Form, LongText, Money, Needed, Number, Text, YesNo
from fabqueue.web.site import context, me, reading, writing
from fabqueue.web.text import reader

blueprint = Blueprint("materials", __name__, url_prefix="/materials")

MASS = {"min": 0, "inputmode": "decimal"}


class MaterialForm(Form):
    name = Text(lazy_gettext("Name"), [Needed(), AtMost(60)], render_kw={"autocomplete": "off"})
    per_kg_minor = Money(lazy_gettext("Price"))
    thickness_mm = Number(lazy_gettext("Thickness"), render_kw=MASS, description=lazy_gettext(
        "Empty: it does not come in sheets."))  # fmt: skip
    per_m2_minor = Money(lazy_gettext("Price"))
    sheet_width_mm = Number(lazy_gettext("Sheets are wide"), render_kw=MASS, description=lazy_gettext(
        "As the lab buys them: several pieces are laid out on one. Empty: on the machine's bed."))  # fmt: skip
    sheet_height_mm = Number(lazy_gettext("and high"), render_kw=MASS)
    retired = YesNo(lazy_gettext("Not used any more"), description=lazy_gettext(
        "It is offered no more; what was made of it stays on record."))  # fmt: skip

    def validate(self, extra_validators: Any = None) -> bool:
        """A price is needed by the kilogram or by the square metre; a sheet has two sides."""
        fine: bool = super().validate(extra_validators)
        sheet = self.thickness_mm.data is not None
        price = self.per_m2_minor if sheet else self.per_kg_minor
        sides = (self.sheet_width_mm, self.sheet_height_mm)
        halves = [each for each in sides if sheet and each.data is None] if any(each.data for each in sides) else []
        for each in [*([price] if price.data is None else []), *(halves if len(halves) == 1 else [])]:
            if not each.errors:
                each.errors = [_("This is needed.")]
            fine = False
        return fine

    def sheet(self) -> SheetFacts | None:
        """What it says about sheets."""
        if self.thickness_mm.data is None:
            return None
        width, height = self.sheet_width_mm.data, self.sheet_height_mm.data
        size = (width, height) if width is not None and height is not None else None
        return SheetFacts(self.thickness_mm.data, self.per_m2_minor.data or 0, size)


class _StockForm(Form):
    material = Choice(lazy_gettext("Material"))
    label = Text(lazy_gettext("Label"), [Needed(), AtMost(60)],
                 description=lazy_gettext("What stands on it: PETG blue, spool 31."))  # fmt: skip
    colour = Text(lazy_gettext("Colour"), [AtMost(30)],
                  description=lazy_gettext("A word people say. Members choose by it."))  # fmt: skip
    colour_hex = ColorField(lazy_gettext("Looks like"), default="#9aa39d")


class PileForm(_StockForm):
    """A pile of sheets. Names are those of `PileFacts`."""

    sheet_width_mm = Number(lazy_gettext("Width"), [Needed()], render_kw=MASS)
    sheet_height_mm = Number(lazy_gettext("Height"), [Needed()], render_kw=MASS)
    full_sheets = Number(lazy_gettext("Full"), [Needed()], default=10, render_kw=MASS)
    left_sheets = Number(lazy_gettext("Left"), [Needed()], default=10, render_kw=MASS)
    low_sheets = Number(lazy_gettext("Warn below"), [Needed()], default=2, render_kw=MASS)


class StockForm(_StockForm):
    """A spool. Names are those of `StockFacts`."""

    full_grams = Number(lazy_gettext("Full"), [Needed()], default=1000, render_kw=MASS)
    left_grams = Number(lazy_gettext("Left"), [Needed()], default=1000, render_kw=MASS)
    low_grams = Number(lazy_gettext("Warn below"), [Needed()], default=100, render_kw=MASS)


class Weigh(Form):
    left_grams = Number(lazy_gettext("Left, in grams"), [Needed()], render_kw=MASS)
    reason = Text(
        lazy_gettext("Reason"), [AtMost(stocks.LONGEST)],
        description=lazy_gettext("For the history: weighed, a part was cut off, a wrong figure."),
    )  # fmt: skip


class Reason(Form):
    reason = LongText(
        lazy_gettext("Reason"), [Needed(), AtMost(beams.LONGEST)],
        description=lazy_gettext("What it is made of, and how you know."),
    )  # fmt: skip


class Count(Form):
    left_sheets = Number(
        lazy_gettext("Left, in sheets"), [Needed()], render_kw=MASS,
        description=lazy_gettext("Half a sheet is 0.5."),
    )  # fmt: skip
    reason = Text(
        lazy_gettext("Reason"), [AtMost(stocks.LONGEST)],
        description=lazy_gettext("For the history: counted, offcuts thrown away, a wrong figure."),
    )  # fmt: skip


@blueprint.get("")
@permitted(Permission.MANAGE_MACHINES)
def index() -> Response:
    session = reading()
    loaded = {slot.stock_id: each for each in workshop.machines(session) for slot in each.slots if slot.stock_id}
    works: dict[str, list[str]] = {}
    for model in workshop.models(session):
        for offer in model.offers:
            works.setdefault(offer.material_id, []).append(model.title)
    body = render_template(
        "materials/index.html", stocks=supplies.stocks(session), materials=supplies.materials(session, retired=True),
        loaded=loaded, works=works, gone=equipment.retired_stocks(session),
    )  # fmt: skip
    return make_response(body)


@blueprint.route("/new", methods=["GET", "POST"])
@permitted(Permission.MANAGE_MACHINES)
def create() -> Response:
    return _material_page(None)


@blueprint.route("/<slug>", methods=["GET", "POST"])
@permitted(Permission.MANAGE_MACHINES)
def show(slug: str) -> Response:
    return _material_page(reading().scalar(select(Material).where(Material.slug == slug)) or abort(404))


def _material_page(material: Material | None) -> Response:
    form = MaterialForm(obj=material, data={"retired": bool(material and material.retired_at)})
    if form.validate_on_submit() and (key := _material_saved(form, material.id if material else "")):
        flash(_("Saved. New quotes use it; jobs already quoted keep their price."), "ok")
        return _after_saving(reading().get_one(Material, key))
    title = material.name if material else _("Add a material")
    refused = beams.by_name(context().config, material) if material and _burnt(material) else None
    allowed_by = (
        reading().get(Person, material.beam_allowed_by_id) if material and material.beam_allowed_by_id else None
    )
    more = {"title": title, "material": material, "refused": refused, "allowed_by": allowed_by}
    return _form_page("materials/material.html", form, **more)


def _burnt(material: Material) -> bool:
    """Whether anybody could want it under a laser: it comes in sheets, or a laser is said to work it."""
    models = workshop.models(reading())
    offered = [each for each in models if material.id in {offer.material_id for offer in each.offers}]
    return material.is_sheet or any(beams.burns(context().config, each) for each in offered)


def _after_saving(material: Material) -> Response:
    """On to the list, or to what has to be decided about a material that no laser takes."""
    refused = beams.by_name(context().config, material) if _burnt(material) and not material.beam_reason else None
    if refused is None:
        return redirect(url_for("materials.index"), 303)
    flash(reader().say(refused.code, refused.values), "warn")
    return redirect(url_for("materials.show", slug=material.slug), 303)


@blueprint.route("/<slug>/beam", methods=["GET", "POST"])
@permitted(Permission.MANAGE_MACHINES)
def allow_beam(slug: str) -> Response:
    """Let a material under the lasers although the list speaks against it."""
    material = reading().scalar(select(Material).where(Material.slug == slug)) or abort(404)
    refused, key = beams.by_name(context().config, material), material.id
    form = Reason()
    question = Question(
        title=_("May %(material)s go under the lasers?", material=material.name), yes=_("Allow it"), css="danger solid",
        text=reader().tell(refused.code, refused.values) if refused else "", nav="machines",
        done=_("%(material)s is allowed now, with your name and reason.", material=material.name),
        back=url_for("materials.show", slug=slug),
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        beams.allow(session, me(session), session.get_one(Material, key), form.reason.data or "")

    return asked(question, form, work)


@blueprint.post("/<slug>/beam/withdraw")
@permitted(Permission.MANAGE_MACHINES)
def withdraw_beam(slug: str) -> Response:
    key = (reading().scalar(select(Material).where(Material.slug == slug)) or abort(404)).id
    work = lambda session: beams.withdraw(session, me(session), session.get_one(Material, key))  # noqa: E731
    return acted(work, _("The list counts again."), url_for("materials.show", slug=slug))


def _material_saved(form: MaterialForm, key: str) -> str:
    """The material's id; empty where it was refused."""
    try:
        with writing() as session:
            old = session.get(Material, key) if key else None
            made = supplies.save_material(session, me(session), form.name.data or "", form.per_kg_minor.data or 0, old,
                                          retired=bool(form.retired.data), sheet=form.sheet())  # fmt: skip
            return made.id
    except Invalid as invalid:
        form.refuse(invalid)
        return ""


@blueprint.route("/stock/new", methods=["GET", "POST"])
@permitted(Permission.MANAGE_MACHINES)
def create_stock() -> Response:
    return _stock_page(None)


@blueprint.route("/stock/<key>", methods=["GET", "POST"])
@permitted(Permission.MANAGE_MACHINES)
def show_stock(key: str) -> Response:
    return _stock_page(_stock(key))


def _stock(key: str) -> Stock:
    found = reading().get(Stock, key)
    return found if found is not None and found.retired_at is None else abort(404)


def _stock_page(stock: Stock | None) -> Response:
    sheets = stock.is_sheets if stock else _of_sheets()
    form: StockForm | PileForm = (PileForm if sheets else StockForm)(data=_as_stored(stock))
    if stock is not None:  # runs, the scales and whoever counts say it
        del form["left_sheets" if sheets else "left_grams"]
    fitting = [each for each in supplies.materials(reading()) if each.is_sheet == sheets]
    form.material.choices = [SelectChoice(each.slug, each.name) for each in fitting]
    if form.validate_on_submit() and _stock_saved(form, stock.id if stock else ""):
        flash(_("Saved."), "ok")
        return redirect(url_for("materials.index"), 303)
    return _form_page("materials/stock.html", form, title=stock.label if stock else _title(sheets), stock=stock,
                      happened=_happened(stock))  # fmt: skip


def _title(sheets: bool) -> str:
    return str(_("Add sheets") if sheets else _("Add a spool"))


def _of_sheets() -> bool:
    """Whether what is added is a pile: as the address says, by its material or outright."""
    material = reading().scalar(select(Material).where(Material.slug == request.args.get("material", "")))
    return material.is_sheet if material else request.args.get("of") == "sheets"


def _happened(stock: Stock | None) -> list[tuple[Event, str]]:
    """What happened to it, newest first, each with who did it."""
    found = stocks.history(reading(), stock) if stock else []
    names = events.actor_names(reading(), found)
    return [(each, names.get(each.actor_id or "", "FabQueue")) for each in found]


@blueprint.post("/stock/<key>/back")
@permitted(Permission.MANAGE_MACHINES)
def bring_back_stock(key: str) -> Response:
    """A spool that was called used up is here after all."""
    reading().get(Stock, key) or abort(404)
    work = lambda session: equipment.bring_back_stock(session, me(session), session.get_one(Stock, key))  # noqa: E731
    return acted(work, _("It is in the lists again."), url_for("materials.index"))


def _as_stored(stock: Stock | None) -> dict[str, Any]:
    if stock is None:
        return _of_material(request.args.get("material", ""))
    words = {"label": stock.label, "colour": stock.colour, "colour_hex": stock.colour_hex}
    return {"material": stock.material.slug, **words, **_levels(stock)}


def _levels(stock: Stock) -> dict[str, Any]:
    names = ("full", "left", "low")
    if not stock.is_sheets:
        return {f"{name}_grams": round(getattr(stock, f"{name}_mg") / 1000, 1) for name in names}
    size = {"sheet_width_mm": stock.sheet_width_mm, "sheet_height_mm": stock.sheet_height_mm}
    counts = {f"{name}_sheets": round(as_sheets(stock, getattr(stock, f"{name}_mm2")), 3) for name in names}
    return size | counts


def _of_material(slug: str) -> dict[str, Any]:
    """What a new spool of a material begins with: the colour that came with its preset."""
    material = reading().scalar(select(Material).where(Material.slug == slug))
    if material is None:
        return {}
    size = {"sheet_width_mm": material.sheet_width_mm, "sheet_height_mm": material.sheet_height_mm}
    looks = {"colour_hex": material.colour_hex} if material.colour_hex else {}
    return {"material": slug, **looks, **(size if material.sheet_mm else {})}


def _facts(form: StockForm | PileForm) -> StockFacts:
    """What the form says; what it does not ask about an old spool or pile stays."""
    given: dict[str, Any] = {each.name: form[each.name].data for each in fields(StockFacts) if each.name in form}
    if isinstance(form, PileForm):
        said = {each.name: form[each.name].data for each in fields(PileFacts) if each.name in form}
        size = (form.sheet_width_mm.data or 0.0, form.sheet_height_mm.data or 0.0)
        given["pile"] = PileFacts(**({"left_sheets": None, "sheet_mm": size} | said))
    return StockFacts(**({"left_grams": None} | given))


def _stock_saved(form: StockForm | PileForm, key: str) -> bool:
    facts = _facts(form)
    try:
        with writing() as session:
            supplies.save_stock(session, me(session), facts, session.get(Stock, key) if key else None)
    except Invalid as invalid:
        form.refuse(invalid)
        return False
    return True


@blueprint.route("/stock/<key>/weigh", methods=["GET", "POST"])
@permitted(Permission.MANAGE_MACHINES)
def weigh(key: str) -> Response:
    stock = _stock(key)
    if stock.is_sheets:
        return _count(stock)
    stored = _as_stored(stock)
    form, full = Weigh(data=stored), reader().number(stored["full_grams"])
    question = Question(
        title=_("What is left of %(stock)s?", stock=stock.label), yes=_("Save"), nav="machines", done=_("Saved."),
        text=_("Weigh it without the empty spool. Full it holds %(mass)s g.", mass=full),
        back=url_for("materials.index"),
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        reason = form.reason.data or ""
        stocks.weigh(session, me(session), session.get_one(Stock, key), form.left_grams.data or 0, reason)

    return asked(question, form, work)


def _count(stock: Stock) -> Response:
    stored, key = _as_stored(stock), stock.id
    form = Count(data=stored)
    sides = " × ".join(reader().number(stored[name], 0) for name in ("sheet_width_mm", "sheet_height_mm"))
    question = Question(
        title=_("What is left of %(stock)s?", stock=stock.label), yes=_("Save"), nav="machines", done=_("Saved."),
        text=_("One sheet is %(sides)s mm.", sides=sides), back=url_for("materials.index"),
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        reason = form.reason.data or ""
        stocks.count(session, me(session), session.get_one(Stock, key), form.left_sheets.data or 0, reason)

    return asked(question, form, work)


@blueprint.route("/stock/<key>/retire", methods=["GET", "POST"])
@permitted(Permission.MANAGE_MACHINES)
def retire_stock(key: str) -> Response:
    stock = _stock(key)
    question = Question(
        title=_("Is %(stock)s used up?", stock=stock.label), yes=_("It is gone"), css="danger solid", nav="machines",
        text=_("It leaves the lists, and the machine it is loaded in has nothing loaded then."),
        done=_("%(stock)s is gone.", stock=stock.label), back=url_for("materials.index"),
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        supplies.retire_stock(session, me(session), session.get_one(Stock, key))

    return asked(question, Form(), work)


def _form_page(template: str, form: Form, **more: Any) -> Response:
    return make_response(render_template(template, form=form, **more), 422 if form.is_submitted() else 200)
