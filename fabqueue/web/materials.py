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
from fabqueue.models import Event, Material, Stock
from fabqueue.permissions import Permission
from fabqueue.services import equipment, events, stocks, workshop
from fabqueue.services.errors import Invalid
from fabqueue.services.workshop import StockFacts
from fabqueue.web.access import permitted
from fabqueue.web.acting import Question, acted, asked
from fabqueue.web.forms import AtMost, Choice, Form, Money, Needed, Number, Text, YesNo
from fabqueue.web.site import me, reading, writing
from fabqueue.web.text import reader

blueprint = Blueprint("materials", __name__, url_prefix="/materials")

MASS = {"min": 0, "inputmode": "decimal"}


class MaterialForm(Form):
    name = Text(lazy_gettext("Name"), [Needed(), AtMost(60)], render_kw={"autocomplete": "off"})
    per_kg_minor = Money(lazy_gettext("Price"), [Needed()])
    retired = YesNo(lazy_gettext("Not used any more"), description=lazy_gettext(
        "It is offered no more; what was made of it stays on record."))  # fmt: skip


class StockForm(Form):
    """A spool or pile. Names are those of `StockFacts`."""

    material = Choice(lazy_gettext("Material"))
    label = Text(lazy_gettext("Label"), [Needed(), AtMost(60)],
                 description=lazy_gettext("What stands on it: PETG blue, spool 31."))  # fmt: skip
    colour = Text(lazy_gettext("Colour"), [AtMost(30)],
                  description=lazy_gettext("A word people say. Members choose by it."))  # fmt: skip
    colour_hex = ColorField(lazy_gettext("Looks like"), default="#9aa39d")
    full_grams = Number(lazy_gettext("Full"), [Needed()], default=1000, render_kw=MASS)
    left_grams = Number(lazy_gettext("Left"), [Needed()], default=1000, render_kw=MASS)
    low_grams = Number(lazy_gettext("Warn below"), [Needed()], default=100, render_kw=MASS)


class Weigh(Form):
    left_grams = Number(lazy_gettext("Left, in grams"), [Needed()], render_kw=MASS)
    reason = Text(
        lazy_gettext("Reason"), [AtMost(stocks.LONGEST)],
        description=lazy_gettext("For the history: weighed, a part was cut off, a wrong figure."),
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
        "materials/index.html", stocks=workshop.stocks(session), materials=workshop.materials(session, retired=True),
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
    if form.validate_on_submit() and _material_saved(form, material.id if material else ""):
        flash(_("Saved. New quotes use it; jobs already quoted keep their price."), "ok")
        return redirect(url_for("materials.index"), 303)
    title = material.name if material else _("Add a material")
    return _form_page("materials/material.html", form, title=title, material=material)


def _material_saved(form: MaterialForm, key: str) -> bool:
    try:
        with writing() as session:
            old = session.get(Material, key) if key else None
            workshop.save_material(session, me(session), form.name.data or "", form.per_kg_minor.data or 0, old,
                                   retired=bool(form.retired.data))  # fmt: skip
    except Invalid as invalid:
        form.refuse(invalid)
        return False
    return True


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
    form = StockForm(data=_as_stored(stock))
    if stock is not None:
        del form.left_grams  # runs and the scales say it
    form.material.choices = [SelectChoice(each.slug, each.name) for each in workshop.materials(reading())]
    if form.validate_on_submit() and _stock_saved(form, stock.id if stock else ""):
        flash(_("Saved."), "ok")
        return redirect(url_for("materials.index"), 303)
    return _form_page("materials/stock.html", form, title=stock.label if stock else _("Add stock"), stock=stock,
                      happened=_happened(stock))  # fmt: skip


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
    grams = {f"{name}_grams": round(getattr(stock, f"{name}_mg") / 1000, 1) for name in ("full", "left", "low")}
    words = {"label": stock.label, "colour": stock.colour, "colour_hex": stock.colour_hex}
    return {"material": stock.material.slug, **words, **grams}


def _of_material(slug: str) -> dict[str, Any]:
    """What a new spool of a material begins with: the colour that came with its preset."""
    material = reading().scalar(select(Material).where(Material.slug == slug))
    if material is None:
        return {}
    return {"material": slug, **({"colour_hex": material.colour_hex} if material.colour_hex else {})}


def _stock_saved(form: StockForm, key: str) -> bool:
    given: dict[str, Any] = {each.name: form[each.name].data for each in fields(StockFacts) if each.name in form}
    facts = StockFacts(**({"left_grams": None} | given))
    try:
        with writing() as session:
            workshop.save_stock(session, me(session), facts, session.get(Stock, key) if key else None)
    except Invalid as invalid:
        form.refuse(invalid)
        return False
    return True


@blueprint.route("/stock/<key>/weigh", methods=["GET", "POST"])
@permitted(Permission.MANAGE_MACHINES)
def weigh(key: str) -> Response:
    stock = _stock(key)
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
        workshop.retire_stock(session, me(session), session.get_one(Stock, key))

    return asked(question, Form(), work)


def _form_page(template: str, form: Form, **more: Any) -> Response:
    return make_response(render_template(template, form=form, **more), 422 if form.is_submitted() else 200)
