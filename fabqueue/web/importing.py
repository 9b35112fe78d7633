"""The form of an import: which column holds what, and what a table leaves open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms.fields import SelectChoice

from fabqueue.models import ImportBatch, ImportKind
from fabqueue.services.imports.columns import OF_KIND
from fabqueue.web.forms import Choice, Form

PRESETS = ("printer", "filament")
MANY = 12
"""More presets than this get a search."""
LONGEST_WORDS = 100
TITLES = {
    ImportKind.PEOPLE: lazy_gettext("People"), ImportKind.PAST_JOBS: lazy_gettext("Past jobs"),
    ImportKind.BUNDLE: lazy_gettext("PrusaSlicer settings"),
}  # fmt: skip
LABELS = {
    "user_name": lazy_gettext("User name"), "email": lazy_gettext("E-mail"),
    "display_name": lazy_gettext("Name others see"), "private_name": lazy_gettext("Full name, for staff alone"),
    "family_name": lazy_gettext("Family name, where it has a column of its own"),
    "made_on": lazy_gettext("Day"), "person": lazy_gettext("Person"), "filename": lazy_gettext("File name"),
    "material": lazy_gettext("Material"), "machine": lazy_gettext("Machine or model"), "mass": lazy_gettext("Mass"),
    "time": lazy_gettext("Time"), "price": lazy_gettext("Price"), "outcome": lazy_gettext("How it ended"),
}  # fmt: skip


def _offered(*named: tuple[str, Any]) -> list[SelectChoice]:
    return [SelectChoice("", lazy_gettext("As found")), *(_choice(value, text) for value, text in named)]


def _choice(value: str, text: Any) -> SelectChoice:
    """Names of encodings are the same in every language."""
    return SelectChoice(value, text, render_kw={"translate": "no"} if isinstance(text, str) else {})


ENCODINGS = _offered(
    ("utf-8", "UTF-8"), ("utf-16", "UTF-16"), ("windows-1252", "Windows-1252"), ("gb18030", "GB 18030")
)  # fmt: skip
DELIMITERS = _offered(
    ("comma", lazy_gettext("Comma")), ("semicolon", lazy_gettext("Semicolon")), ("tab", lazy_gettext("Tab"))
)  # fmt: skip
ORDERS = _offered(("dmy", lazy_gettext("Day, month, year")), ("mdy", lazy_gettext("Month, day, year")))
SIGNS = _offered((",", lazy_gettext("Comma: 1,5")), (".", lazy_gettext("Point: 1.5")))
MASS_UNITS = _offered(("g", lazy_gettext("grams")), ("kg", lazy_gettext("kilograms")))
TIME_UNITS = _offered(
    ("min", lazy_gettext("minutes")), ("h", lazy_gettext("hours")), ("s", lazy_gettext("seconds"))
)  # fmt: skip


class Table(Form):
    """How a table is read. Fields for columns are added by kind."""

    encoding = Choice(lazy_gettext("Characters"), choices=ENCODINGS)
    delimiter = Choice(lazy_gettext("Between columns"), choices=DELIMITERS)

    def chosen(self) -> dict[str, Any]:
        """What batches.choose keeps."""
        places = {name.removeprefix("column-"): int(field.data) for name, field in self._fields.items()
                  if name.startswith("column-") and field.data != ""}  # fmt: skip
        named = ("encoding", "delimiter", "order", "decimal", "mass_unit", "time_unit")
        return {"columns": places, **{name: self._fields[name].data for name in named if name in self._fields}}


class _PastTable(Table):
    order = Choice(lazy_gettext("Dates such as 03/04/2026"), choices=ORDERS)
    decimal = Choice(lazy_gettext("Decimal sign"), choices=SIGNS)
    mass_unit = Choice(lazy_gettext("Masses without unit"), choices=MASS_UNITS)
    time_unit = Choice(lazy_gettext("Times without unit"), choices=TIME_UNITS)


@dataclass(frozen=True)
class Presets:
    """Those of a bundle that can be used and are shown: what was looked for, and whatever is ticked.

    Each with its place in the file, by which a control keeps its name while the list is searched.
    """

    printers: list[dict[str, Any]]
    filaments: list[dict[str, Any]]
    every: tuple[int, int]
    """How many of each there are."""
    ticked: frozenset[tuple[str, str]]
    """("printer" or "filament", name)."""
    words: str
    chosen_prints: Mapping[str, str]
    """Print settings by the name of the printer they were chosen for."""

    @property
    def has_many(self) -> bool:
        return sum(self.every) > MANY


def presets_of(batch: ImportBatch, sent: MultiDict[str, str] | None) -> Presets:
    """sent: the form as it came, to show it again; before that what there is one of is ticked."""
    usable = {kind: [each | {"place": place} for place, each in enumerate(batch.found.get(f"{kind}s", []))
                     if not each["code"]] for kind in PRESETS}  # fmt: skip
    if sent is None:
        sent = MultiDict()
        ticked = {(kind, each["name"]) for kind, all_of in usable.items() if len(all_of) == 1 for each in all_of}
    else:
        ticked = {(kind, name) for kind in PRESETS for name in sent.getlist(kind)}
    words = sent.get("find", "").strip()[:LONGEST_WORDS]
    shown = {kind: [each for each in all_of if (kind, each["name"]) in ticked or _has(each["name"], words)]
             for kind, all_of in usable.items()}  # fmt: skip
    prints = {name.removeprefix("print-"): value for name, value in sent.items() if name.startswith("print-")}
    every = (len(usable["printer"]), len(usable["filament"]))
    return Presets(shown["printer"], shown["filament"], every, frozenset(ticked), words, prints)


def _has(name: str, words: str) -> bool:
    """Whether every word stands somewhere in the name, however it is written."""
    return all(each in name.casefold() for each in words.casefold().split())


def choices_form(batch: ImportBatch) -> Form:
    """The form with what was found or chosen filled in."""
    if batch.kind is ImportKind.BUNDLE:
        return Form()
    base = _PastTable if batch.kind is ImportKind.PAST_JOBS else Table
    headings = batch.found.get("headings", [])
    offered = [SelectChoice("", lazy_gettext("not in the file")),
               *(SelectChoice(str(place), text or f"{place + 1}") for place, text in enumerate(headings))]  # fmt: skip
    fields = {f"column-{each.name}": Choice(LABELS[each.name], choices=offered) for each in OF_KIND[batch.kind]}
    kind: type[Table] = type("OfThisTable", (base,), fields)
    places = {f"column-{name}": str(place) for name, place in batch.found.get("columns", {}).items()}
    rest = {name: str(value) for name, value in batch.choices.items() if isinstance(value, str)}
    return kind(data={**dict.fromkeys(fields, ""), **places, **rest})
