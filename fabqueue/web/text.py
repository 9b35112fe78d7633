"""The reader's language: chosen by the person, else the browser; filters that put codes and figures into words."""

import re
from collections.abc import Callable
from typing import Any

from flask import Flask, g, has_request_context, request, session
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from fabqueue.web.markdown import opening
from fabqueue.web.site import context, current_person
from fabqueue.wording import LANGUAGES, Reader, best_language
from fabqueue.wording import reader as reader_for

_CODE = re.compile(r"\bJ-\d+\b")


def chosen_language() -> str:
    """The catalogue's code for this request: the person's, the browser's, else the lab's."""
    if not has_request_context():
        return "en"
    person = current_person()
    chosen = (person.language if person else "") or session.get("language", "")
    if chosen in LANGUAGES:
        return str(chosen)
    wanted = [value for value, _quality in request.accept_languages]
    return best_language(wanted, context().config.site.language)


def site_zone() -> str:
    return context().config.site.time_zone


def reader() -> Reader:
    """The reader of this request."""
    if "reader" not in g:
        site = context().config.site
        g.reader = reader_for(chosen_language(), site.time_zone, site.currency)
    found: Reader = g.reader
    return found


def language_changed() -> None:
    """Forget the reader, because another language was chosen."""
    g.pop("reader", None)


def coded(text: str) -> Markup:
    """A sentence whose `commands` stand between backticks, as a terminal shows them, for a page."""
    parts = enumerate(str(text).split("`"))
    command = Markup('<code translate="no">{}</code>')
    return Markup().join(command.format(each) if at % 2 else escape(each) for at, each in parts)


def unbroken(sentence: str) -> Markup:
    """A sentence, its jobs' codes kept whole: browsers end a line behind a hyphen. Never for an attribute.

    Of one that holds a link, the text alone; a plain one is escaped.
    """
    parts = enumerate(re.split(r"(<[^>]*>)", escape(sentence)))
    whole = (each if at % 2 else _CODE.sub(r'<span class="nb">\g<0></span>', each) for at, each in parts)
    return Markup("".join(whole))  # noqa: S704  escaped above


def bound(name: str) -> str:
    """What people call something, with its figures kept beside their units: "Poplar plywood 4 mm"."""
    return re.sub(r"(?<=\d) (?=\D{1,3}\b)", "\N{NO-BREAK SPACE}", name)


def _for_each_reader(say: Callable[..., Any]) -> Callable[..., Any]:
    """A filter Jinja does not run when it compiles a template: a constant would stay in the first reader's words."""

    @pass_context
    def filtered(_page: Context, *values: Any, **named: Any) -> Any:
        return say(*values, **named)

    return filtered


def init_app(app: Flask) -> None:
    app.add_template_global(reader, "reader")
    app.add_template_global(chosen_language, "language")
    app.add_template_global(lambda: reader().blank, "blank")
    filters: dict[str, Any] = {
        "say": lambda code, values=None: reader().say(code, values),
        "waits": lambda found, staff=False: reader().waits(found.code, found.values, staff),
        "advice": lambda code, values=None: reader().advice(code, values),
        "tell": lambda code, values=None: reader().tell(code, values),
        "together": lambda sentences: reader().together(*map(str, sentences)),
        "coded": coded,
        "money": lambda minor, currency=None: reader().money(minor, currency),
        "duration": lambda seconds: reader().duration(seconds),
        "mass": lambda grams: reader().mass(grams),
        "milligrams": lambda mg: reader().mass(mg / 1000),
        "area": lambda mm2: reader().area(mm2),
        "amount": lambda value, stock: reader().area(value) if stock.is_sheets else reader().mass(value / 1000),
        "figure": lambda value, digits=2: reader().number(value, digits),
        "millimetres": lambda value: reader().value("_mm", value),
        "percent": lambda value: reader().value("_percent", value),
        "filesize": lambda size: reader().bytes(size),
        "moment": lambda at, form="short": reader().moment(at, form),
        "day": lambda at, form="medium": reader().day(at, form),
        "clock": lambda at: reader().clock(at),
        "opening": opening,
        "bound": bound,
    }
    app.jinja_env.filters.update({name: _for_each_reader(each) for name, each in filters.items()})
    app.jinja_env.filters["unbroken"] = unbroken

    @app.context_processor
    def _language() -> dict[str, Any]:
        return {"locale": chosen_language(), "languages": LANGUAGES}
