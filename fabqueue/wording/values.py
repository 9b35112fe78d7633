"""How a value reads: the suffix of its name says the unit, the locale says the figures."""

import re
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_scientific, get_currency_precision

from fabqueue.wording.catalogue import N_
from fabqueue.wording.spacing import HAN

NBSP = "\u00a0"
MILLIMETRES, SQUARE_MILLIMETRES, CUBIC_MILLIMETRES = N_("%(value)s mm"), N_("%(value)s mm²"), N_("%(value)s mm³")
SQUARE_CENTIMETRES, SQUARE_METRES = N_("%(value)s cm²"), N_("%(value)s m²")
GRAMS, KILOGRAMS = N_("%(value)s g"), N_("%(value)s kg")
SECONDS, MINUTES, HOURS = N_("%(value)s s"), N_("%(value)s min"), N_("%(value)s h")
HOURS_AND_MINUTES = N_("%(hours)s h %(minutes)s min")
PERCENT, CELSIUS, DEGREES = N_("%(value)s %%"), N_("%(value)s °C"), N_("%(value)s°")
BYTES = {N_("%(value)s GB"): 10**9, N_("%(value)s MB"): 10**6, N_("%(value)s kB"): 10**3}
FEW_BYTES = N_("%(value)s B")
UNKNOWN = "–"
"""What stands for a figure that is none."""
_AMOUNT = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,15})(?:[.](?P<part>[0-9]+))?")
_HUGE = Decimal(10) ** 15
"""From here on figures are written by powers of ten."""
_WORD_JOINER = "\u2060"
_BREAKS = re.compile(rf"(?<=[^\s{_WORD_JOINER}])(?={HAN})|(?<={HAN})(?=[^\s{_WORD_JOINER}])")
"""Where a line may end although there is no blank: beside each Chinese character."""


def unbroken(text: str) -> str:
    """A figure or date that no line end may divide, neither at its blanks nor inside its Chinese words."""
    return _BREAKS.sub(_WORD_JOINER, re.sub(r"[ \u202f]", NBSP, text))


def _exact(value: float | Decimal) -> Decimal:
    """Without the limits of floats, and without the far digits of one."""
    return Decimal(str(value)) if isinstance(value, float) else Decimal(value)


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
    match = _AMOUNT.fullmatch(text.strip(" "))
    if match is None or len(match["part"] or "") > digits:
        raise ValueError(f"not an amount: {text!r}")
    amount = int(match["whole"] + (match["part"] or "").ljust(digits, "0"))
    return -amount if match["sign"] else amount


class Figures:
    """Formats numbers, units, money and times for one locale, time zone and currency.

    Figures and their units never part at the end of a line.
    """

    def __init__(self, locale: Locale, zone: tzinfo, currency: str) -> None:
        self.locale, self.zone, self.currency = locale, zone, currency

    def number(self, value: float | Decimal, digits: int = 2) -> str:
        exact = _exact(value)
        if not exact.is_finite():
            return UNKNOWN
        if abs(exact) >= _HUGE:
            return format_scientific(exact, format="0.##E0", locale=self.locale)
        pattern = "#,##0." + "#" * digits if digits else "#,##0"
        return format_decimal(exact, format=pattern, locale=self.locale)

    def text(self, message: str) -> str:
        """A message in the reader's language; a plain Figures knows only English."""
        return message

    def put(self, message: str, **figures: str) -> str:
        return unbroken(self.text(message) % figures)

    def with_unit(self, value: float | Decimal, unit: str) -> str:
        """`value` to about three places, in `unit`, one of the messages above."""
        exact = _exact(value)
        if not exact.is_finite():
            return UNKNOWN
        digits = 0 if abs(exact) >= 100 else 1 if abs(exact) >= 10 else 2
        return self.put(unit, value=self.number(exact, digits))

    def money(self, minor: int, currency: str | None = None) -> str:
        currency = currency or self.currency
        amount = Decimal(minor).scaleb(-get_currency_precision(currency))
        if abs(amount) >= _HUGE:
            return unbroken(format_currency(amount, currency, "¤0.##E0", self.locale, currency_digits=False))
        return unbroken(format_currency(amount, currency, locale=self.locale))

    def bytes(self, size: int) -> str:
        for unit, factor in BYTES.items():
            if size >= factor:
                return self.put(unit, value=self.number(_exact(size) / factor, 1))
        return self.put(FEW_BYTES, value=self.number(size, 0))

    def duration(self, seconds: float) -> str:
        """Seconds as the workshop says them: 45 s, 25 min, 6 h 05 min, never false precision."""
        exact = _exact(seconds)
        if not exact.is_finite():
            return UNKNOWN
        total = round(exact)
        if total < 60:
            return self.put(SECONDS, value=str(total))
        hours, minutes = divmod(round(Decimal(total) / 60), 60)
        if not hours:
            return self.put(MINUTES, value=str(minutes))
        if not minutes:
            return self.put(HOURS, value=self.number(hours, 0))
        return self.put(HOURS_AND_MINUTES, hours=self.number(hours, 0), minutes=f"{minutes:02d}")

    def mass(self, grams: float) -> str:
        """No scale of a workshop shows hundredths of a gram; only what weighs less than one has them."""
        if grams >= 10_000:
            return self.with_unit(_exact(grams) / 1000, KILOGRAMS)
        exact = _exact(grams)
        return self.with_unit(round(exact, 1) if exact.is_finite() and 1 <= abs(exact) < 10 else exact, GRAMS)

    def area(self, mm2: float) -> str:
        """Square millimetres as people say them: 850 mm², 125 cm², 1.2 m²."""
        if abs(mm2) >= 1_000_000:
            return self.with_unit(_exact(mm2) / 1_000_000, SQUARE_METRES)
        if abs(mm2) >= 1000:
            return self.with_unit(_exact(mm2) / 100, SQUARE_CENTIMETRES)
        return self.with_unit(mm2, SQUARE_MILLIMETRES)

    def moment(self, at: datetime, form: Literal["medium", "short"] = "medium") -> str:
        """Day and time; a line may end between the two only."""
        time = unbroken(format_time(self._local(at), form, locale=self.locale))
        pattern = str(get_datetime_format(form, locale=self.locale)).replace("'", "")
        return pattern.replace("{0}", time).replace("{1}", self.day(at, form))

    def clock(self, at: datetime) -> str:
        return unbroken(format_time(self._local(at), "short", locale=self.locale))

    def day(self, at: date, form: str = "medium") -> str:
        """English names the month even in short: 3/4/26 is another day on either side of the Atlantic."""
        if form == "short" and self.locale.language == "en":
            form = "medium"
        return unbroken(format_date(self._local(at) if isinstance(at, datetime) else at, form, locale=self.locale))

    def _local(self, at: datetime) -> datetime:
        """The lab's time; that of the value where the lab's lies beyond the years there are."""
        try:
            return at.astimezone(self.zone)
        except (OverflowError, ValueError):
            return at

    def value(self, name: str, value: Any) -> str:
        """`value` as text; the suffix of `name` is its unit."""
        if isinstance(value, list | tuple):
            return self._listed([self.value(name, each) for each in value])
        if isinstance(value, bool) or value is None or isinstance(value, str):
            return self._text(name, value)
        for suffix, render in self._units().items():
            if name.endswith(suffix):
                return str(render(value))
        return self.number(value)

    def _listed(self, texts: list[str]) -> str:
        """Chinese puts a blank between its own words and Latin ones; the locale's list does not know that."""
        joined = format_list(texts, style="standard", locale=self.locale)
        if self.locale.language != "zh" or len(texts) < 2:
            return joined
        before, after = (" " if side.isascii() else "" for side in (texts[-2][-1:], texts[-1][:1]))
        return joined.replace(f"{texts[-2]}和{texts[-1]}", f"{texts[-2]}{before}和{after}{texts[-1]}")

    def _text(self, name: str, value: Any) -> str:
        if isinstance(value, str) and name.endswith("_at"):
            return self.moment(datetime.fromisoformat(value), "short")
        if isinstance(value, str) and name.endswith("_day"):
            return self.day(date.fromisoformat(value))
        return "" if value is None else str(value)

    def _units(self) -> dict[str, Any]:
        return {
            "_mm2": self.area,
            "_mm3": lambda v: self.with_unit(v, CUBIC_MILLIMETRES),
            "_mm": lambda v: self.with_unit(v, MILLIMETRES),
            "_seconds": self.duration,
            "_grams": self.mass,
            "_minor": self.money,
            "_percent": lambda v: self.put(PERCENT, value=self.number(v, 1 if v < 10 else 0)),
            "_bytes": self.bytes,
            "_celsius": lambda v: self.put(CELSIUS, value=self.number(v, 0)),
            "_degrees": lambda v: self.put(DEGREES, value=self.number(v, 0)),
        }
