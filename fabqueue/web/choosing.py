"""What settings choose from: time zones, currencies, languages, in the reader's words."""

from datetime import date
from pathlib import Path

from babel import Locale
from babel.numbers import get_territory_currencies
from wtforms.fields import SelectChoice

from fabqueue.config import known
from fabqueue.wording import LANGUAGES

_ZONES = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


def time_zones(chosen: str) -> list[SelectChoice]:
    """Zones of places, UTC, and the one that is chosen."""
    names = sorted(each for each in known.time_zones() if each.startswith(_ZONES))
    places = ["UTC", *names]
    shown = places if chosen in places else [chosen, *places]
    return [SelectChoice(each, each.replace("_", " "), render_kw={"translate": "no"}) for each in shown]


def currencies(chosen: str, language: str) -> list[SelectChoice]:
    """Money that somebody pays with today, by code, and the one that is chosen."""
    locale = Locale.parse(language)
    codes = sorted({*_in_use(), chosen} & known.currencies() | {chosen})
    return [SelectChoice(each, f"{each} · {locale.currencies.get(each, each)}") for each in codes]


def languages() -> list[SelectChoice]:
    return [SelectChoice(code, name, render_kw={"translate": "no"}) for code, name in LANGUAGES.items()]


def _in_use() -> set[str]:
    today = date.today()  # noqa: DTZ011  a day more or less changes no currency
    territories = [str(each) for each in Locale("en").territories]
    return {code for each in territories if len(each) == 2 for code in get_territory_currencies(each, today)}


def zone_of_this_computer() -> str:
    """The time zone that the computer is set to, or UTC."""
    target = str(Path("/etc/localtime").resolve())
    name = target.partition("/zoneinfo/")[2]
    return name if name in known.time_zones() else "UTC"
