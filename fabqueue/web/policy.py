"""The lab's settings: what it decides about itself, in groups, with what the configuration file says shown locked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask_babel import format_datetime, lazy_gettext
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import Field
from wtforms.fields import SelectChoice

from fabqueue import config
from fabqueue.config import LINES, Config
from fabqueue.db import now
from fabqueue.permissions import Permission
from fabqueue.services import events, opening, policy
from fabqueue.services.errors import Invalid, Refused
from fabqueue.web import choosing
from fabqueue.web.access import permitted
from fabqueue.web.forms import AtMost, Choice, Form, LongText, Needed, Text, Whole, YesNo
from fabqueue.web.site import context, me, the_site, writing
from fabqueue.web.text import chosen_language, coded, reader
from fabqueue.wording import LANGUAGES, all_sentences
from fabqueue.wording.values import unbroken

blueprint = Blueprint("policy", __name__, url_prefix="/settings")

_CODES = frozenset({"drawings.colours"})
"""Settings that are written with words of their own, alike in every language."""
_SINGLE = {"days": "day", "hours": "hour"}
WEEKDAYS = (lazy_gettext("Monday"), lazy_gettext("Tuesday"), lazy_gettext("Wednesday"), lazy_gettext("Thursday"),
            lazy_gettext("Friday"), lazy_gettext("Saturday"), lazy_gettext("Sunday"))  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Settings that stand together. `locked`: (name, value, where it is set) of those that the page does not decide."""

    name: str
    fields: list[tuple[Field, str, str]]
    """Each with its unit and its default, in words."""
    locked: list[tuple[str, str, str]]


@blueprint.get("")
@permitted(Permission.MANAGE_POLICY)
def index() -> Response:
    return _page(settings_form(_names()), 200)


@blueprint.post("")
@permitted(Permission.MANAGE_POLICY)
def save() -> Response:
    names = _names()
    form = settings_form(names)
    form.validate()
    try:
        _decide(form, names)
    except Invalid as invalid:
        form.refuse(invalid)
        return _page(form, 422)
    context().policy_changed()
    flash(_("Saved. It holds everywhere within a few seconds."), "ok")
    return redirect(url_for("policy.index"), 303)


def _decide(form: Form, names: list[str]) -> None:
    """All of it or nothing. Raises Invalid naming every fault that the form does not know of itself."""
    faults: list[Refused] = []
    sound = [name for name in names if not form[policy.field(name)].errors]
    with writing() as session:
        actor = events.actor_of(me(session))
        try:
            policy.change(session, context().settings, actor, answers(form, sound))
        except Invalid as invalid:
            faults += invalid.refusals
        try:
            hours = {day: form[f"hours_{day}"].data for day in opening.DAYS}
            opening.change(session, actor, hours | {opening.CLOSED: form[opening.CLOSED].data})
        except Invalid as invalid:
            faults += invalid.refusals
        if faults or form.errors:
            raise Invalid(faults)


def _names() -> list[str]:
    """The settings that this page decides: not those that file or environment say."""
    return [name for name in config.adjustable() if name not in context().settings.fixed]


def settings_form(names: list[str], given: Mapping[str, str] | None = None, *, hours: bool = True, **more: Any) -> Form:
    """A form with a field for each setting, as it holds now or as `given` (texts by name), after the fields in `more`.

    `given` also holds what those are filled with.
    """
    holds = context().config
    made: dict[str, Any] = {**more, **{policy.field(name): _field(name, holds) for name in names}}
    if hours:
        made |= {f"hours_{day}": Text(label, [AtMost(80)]) for day, label in zip(opening.DAYS, WEEKDAYS, strict=True)}
        made[opening.CLOSED] = Text(lazy_gettext("Closed days"), [AtMost(1500)])
    kind: type[Form] = type("SettingsForm", (Form,), made)
    data = {policy.field(name): _value(name, (given or {}).get(name), holds) for name in names}
    data |= {name: (given or {}).get(name) for name in more}
    if hours:
        data |= {f"hours_{day}": opening.written(the_site(), day) for day in opening.DAYS}
        data[opening.CLOSED] = opening.written_closed(the_site())
    return kind(data=data)


def _field(name: str, holds: Config) -> Any:
    rules, code = config.adjustable()[name].metadata, policy.words(name)
    default = config.adjustable()[name].default
    label, hint = reader().say(code), reader().advice(code)
    if choices := _choices(name, holds):
        return Choice(label, choices=choices, description=hint)
    if isinstance(default, bool):
        return YesNo(label, description=hint)
    if isinstance(default, int):
        return Whole(label, description=hint)
    if rules["longest"] > LINES:
        foreign = {"translate": "no"} if name in _CODES else {}
        return LongText(label, [AtMost(rules["longest"])], description=hint, render_kw=foreign)
    needed = [Needed()] if default else []
    return Text(label, [*needed, AtMost(rules["longest"])], description=hint)


def _choices(name: str, holds: Config) -> list[SelectChoice]:
    if name == "site.time_zone":
        return choosing.time_zones(holds.site.time_zone)
    if name == "site.currency":
        return choosing.currencies(holds.site.currency, chosen_language())
    if name == "site.language":
        return choosing.languages()
    rules = config.adjustable()[name].metadata
    return [SelectChoice(each, in_words(name, each)) for each in rules["choices"]]


def in_words(name: str, text: str) -> str:
    """The value of a setting as people read it: a choice in words, a figure with its unit."""
    said = f"{policy.words(name)}_{text}"
    if said in all_sentences():
        return reader().say(said)
    if name == "site.language":
        return LANGUAGES.get(text, text)
    known = config.adjustable()[name]
    if isinstance(known.default, bool):
        return str(_("yes") if text == "true" else _("no"))
    unit = known.metadata["unit"]
    return unbroken(f"{text} {unit_in_words(unit, text)}") if unit and text else text or str(_("none"))


def unit_in_words(unit: str, amount: str = "") -> str:
    """The unit beside its field, or, after `amount`, as one says it: 1 day, 2 days."""
    is_one = amount == "1" and unit in _SINGLE
    return reader().say(f"unit_{_SINGLE[unit] if is_one else unit}") if unit else ""


def _value(name: str, text: str | None, holds: Config) -> Any:
    default = config.adjustable()[name].default
    text = config.text_of(holds, name) if text is None else text
    if isinstance(default, bool):
        return text == "true"
    return int(text) if isinstance(default, int) else text


def answers(form: Form, names: list[str]) -> dict[str, str]:
    """What was sent, as texts by the names of settings. A number left empty is the default."""
    sent: dict[str, str] = {}
    for name in names:
        value = form[policy.field(name)].data
        if value is None:
            value = config.adjustable()[name].default
        sent[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return sent


def _page(form: Form, status: int) -> Response:
    return make_response(
        render_template("policy/index.html", form=form, groups=groups(form), days=opening.DAYS), status
    )


def groups(form: Form) -> list[Group]:
    """What the page shows, in the order of the configuration file."""
    sections: dict[str, Group] = {}
    settings = context().settings
    for name in config.adjustable():
        group = sections.setdefault(name.partition(".")[0], Group(name.partition(".")[0], [], []))
        if name in settings.fixed:
            value = in_words(name, config.text_of(settings, name))
            group.locked.append((reader().say(policy.words(name)), value, settings.fixed[name]))
        else:
            unit = unit_in_words(config.adjustable()[name].metadata["unit"])
            default = in_words(name, config.text_of(Config(), name)) if name.partition(".")[0] != "site" else ""
            group.fields.append((form[policy.field(name)], unit, f"`{default}`" if name in _CODES else default))
    return list(sections.values())


def hint(field: Field, default: str) -> Markup:
    """What a field means, with its default."""
    if not default:
        return coded(field.description)
    said = _("Usually: %(value)s", value=default)
    return coded(reader().together(str(field.description or ""), said))


def opens() -> str:
    """When the lab is open now or next, in words; "" where it keeps no hours."""
    at = now()
    found = opening.next_open(the_site(), at)
    if found is None:
        return ""
    begins, ends = found
    if begins <= at:
        if ends.strftime("%H:%M") == "00:00":
            return str(_("Open now, until midnight"))
        return str(_("Open now, until %(time)s", time=reader().clock(ends)))
    day = _("today") if begins.date() == at.astimezone(begins.tzinfo).date() else format_datetime(begins, "EEEE")
    times = {"day": day, "from": reader().clock(begins), "to": reader().clock(ends)}
    return str(_("Open next: %(day)s, %(from)s to %(to)s", **times))


blueprint.add_app_template_global(hint, "setting_hint")
blueprint.add_app_template_global(opens, "opens")
