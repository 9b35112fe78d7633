"""How a value reads: the suffix of its name says the unit, the locale says the figures."""

import re
from datetime import date, datetime, tzinfo
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, get_currency_precision

NBSP = "\u00a0"
_AMOUNT = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,15})(?:[.](?P<part>[0-9]+))?")


def minor_to_text(minor: int, currency: str) -> str:
    """Minor units to the plain decimal text of the API, e.g. 420 EUR -> "4.20"."""
    digits = get_currency_precision(currency)
    sign, whole = ("-" if minor < 0 else ""), abs(minor)
    if digits == 0:
        return f"{sign}{whole}"
    return f"{sign}{whole // 10**digits}.{whole % 10**digits:0{digits}d}"


def text_to_minor(text: str, currency: str) -> int:
    """Plain decimal text to minor units. Raises ValueError for anything else or too many digits."""
    digits = get_currency_precision(currency)
    match = _AMOUNT.fullmatch(text.strip())
    if match is None or len(match["part"] or "") > digits:
        raise ValueError(f"not an amount: {text!r}")
    amount = int(match["whole"] + (match["part"] or "").ljust(digits, "0"))
    return -amount if match["sign"] else amount


class Figures:
    """Formats numbers, units, money and times for one locale, time zone and currency."""

    def __init__(self, locale: Locale, zone: tzinfo, currency: str) -> None:
        self.locale, self.zone, self.currency = locale, zone, currency

    def number(self, value: float, digits: int = 2) -> str:
        pattern = "#,##0." + "#" * digits if digits else "#,##0"
        return format_decimal(value, format=pattern, locale=self.locale)

    def with_unit(self, value: float, unit: str) -> str:
        size = abs(value)
        digits = 0 if size >= 100 else 1 if size >= 10 else 2
        return f"{self.number(value, digits)}{NBSP}{unit}"

    def money(self, minor: int, currency: str | None = None) -> str:
        currency = currency or self.currency
        amount = minor / 10 ** get_currency_precision(currency)
        return format_currency(amount, currency, locale=self.locale)

    def bytes(self, size: int) -> str:
        for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
            if size >= factor:
                return f"{self.number(size / factor, 1)}{NBSP}{unit}"
        return f"{self.number(size, 0)}{NBSP}B"

    def duration(self, seconds: float) -> str:
        """Seconds as the workshop says them: 45 s, 25 min, 6 h 05 min, never false precision."""
        total = round(seconds)
        if total < 60:
            return f"{total}{NBSP}s"
        minutes = round(total / 60)
        hours, minutes = divmod(minutes, 60)
        if not hours:
            return f"{minutes}{NBSP}min"
        return f"{hours}{NBSP}h{NBSP}{minutes:02d}{NBSP}min" if minutes else f"{hours}{NBSP}h"

    def mass(self, grams: float) -> str:
        if grams >= 10_000:
            return self.with_unit(grams / 1000, "kg")
        return self.with_unit(grams, "g")

    def moment(self, at: datetime, form: str = "medium") -> str:
        return format_datetime(at.astimezone(self.zone), form, locale=self.locale)

    def clock(self, at: datetime) -> str:
        return format_time(at.astimezone(self.zone), "short", locale=self.locale)

    def day(self, at: date, form: str = "medium") -> str:
        local = at.astimezone(self.zone) if isinstance(at, datetime) else at
        return format_date(local, form, locale=self.locale)

    def value(self, name: str, value: Any) -> str:
        """`value` as text; the suffix of `name` is its unit."""
        if isinstance(value, list | tuple):
            return format_list([self.value(name, each) for each in value], style="standard", locale=self.locale)
        if isinstance(value, bool) or value is None or isinstance(value, str):
            return self._text(name, value)
        for suffix, render in self._units().items():
            if name.endswith(suffix):
                return str(render(value))
        return self.number(value)

    def _text(self, name: str, value: Any) -> str:
        if isinstance(value, str) and name.endswith("_at"):
            return self.moment(datetime.fromisoformat(value), "short")
        if isinstance(value, str) and name.endswith("_day"):
            return self.day(date.fromisoformat(value))
        return "" if value is None else str(value)

    def _units(self) -> dict[str, Any]:
        return {
            "_mm2": lambda v: self.with_unit(v, "mm²"),
            "_mm3": lambda v: self.with_unit(v, "mm³"),
            "_mm": lambda v: self.with_unit(v, "mm"),
            "_seconds": self.duration,
            "_grams": self.mass,
            "_minor": self.money,
            "_percent": lambda v: f"{self.number(v, 1 if v < 10 else 0)}{NBSP}%",
            "_bytes": self.bytes,
            "_celsius": lambda v: f"{self.number(v, 0)}{NBSP}°C",
            "_degrees": lambda v: f"{self.number(v, 0)}°",
        }
