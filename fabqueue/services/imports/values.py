"""What a cell says: numbers with comma or point, masses, times, dates in several orders, amounts, outcomes.

What could mean two things is not guessed: a Misread names the choice that a person has to make.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision


class Misread(Exception):
    """A cell cannot be read; code and values say why and what to do."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values


_GRAMS: dict[str, int | Decimal] = {
    **dict.fromkeys(("", "g", "gr", "gram", "grams", "gramm", "克"), 1),
    **dict.fromkeys(("kg", "公斤", "千克"), 1000),
    "mg": Decimal("0.001"),
}
_SECONDS = {
    "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "秒": 1, "秒钟": 1,
    "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60, "minuten": 60, "分": 60, "分钟": 60,
    "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600, "std": 3600, "stunden": 3600, "小时": 3600,
    "时": 3600, "d": 86400, "day": 86400, "days": 86400, "天": 86400,
}  # fmt: skip
_GOOD = frozenset(
    [
        "good",
        "ok",
        "okay",
        "success",
        "successful",
        "succeeded",
        "done",
        "finished",
        "completed",
        "complete",
        "printed",
        "yes",
        "y",
        "true",
        "1",
        "collected",
        "ready",
        "ja",
        "fertig",
        "成功",
        "完成",
        "已完成",
        "是",
        "好",
        "合格",
    ]
)
_BAD = frozenset(
    [
        "bad",
        "failed",
        "fail",
        "failure",
        "error",
        "cancelled",
        "canceled",
        "aborted",
        "rejected",
        "no",
        "n",
        "false",
        "0",
        "nein",
        "fehlgeschlagen",
        "失败",
        "未完成",
        "取消",
        "已取消",
        "否",
        "不合格",
    ]
)
_ABOUT = re.compile(r"\s*(?:~|≈|ca\.?|circa|approx\.?|about|大约|约)\s*(?=[0-9])", re.IGNORECASE)
_BELOW = {3600: 60, 60: 1}
"""What a figure without unit counts after hours and after minutes: 1h30, 5m20."""
_PART = re.compile(r"([0-9][0-9.,]*)\s*([^\W\d_]+)?\s*")
_CLOCK = re.compile(r"([0-9]{1,4}):([0-5]?[0-9])(?::([0-5]?[0-9]))?")
_DAY = re.compile(r"([0-9]{1,4})\s*([-/.年])\s*([0-9]{1,2})\s*(?:\2|[-/.月])\s*([0-9]{1,4})(?![0-9])")
_EXCEL_FIRST = date(1899, 12, 30)
MOST_GRAMS, MOST_SECONDS, MOST_MINOR = 1_000_000, 3600 * 24 * 100, 10**11
ORDERS = ("dmy", "mdy")


def decimal_sign(cells: Iterable[str]) -> str:
    """The decimal sign that a table uses, from the figures that can mean one thing only; "" when none shows it."""
    comma = point = 0
    for cell in cells:
        comma += bool(re.search(r"\.[0-9]{3},|[0-9],(?:[0-9]{1,2}|[0-9]{4,})(?![0-9.,])|(?<![0-9])0,", cell))
        point += bool(re.search(r",[0-9]{3}\.|[0-9]\.(?:[0-9]{1,2}|[0-9]{4,})(?![0-9.,])|(?<![0-9])0\.", cell))
    return "" if comma == point else "," if comma > point else "."


def number(text: str, sign: str = "") -> Decimal:
    """A figure of a table whose decimal sign is `sign` (found or chosen). Raises Misread."""
    plain = re.sub(r"[\s\u00a0\u202f'’]", "", text)
    signs = sorted({each for each in plain if each in ".,"}, key=plain.rindex)
    if len(signs) == 2:
        sign = signs[1]
    elif len(signs) == 1 and plain.count(signs[0]) > 1:
        sign = "." if signs[0] == "," else ","
    elif len(signs) == 1 and not sign:
        if len(plain) - plain.index(signs[0]) == 4 and not plain.startswith("0"):
            raise Misread("import_number_unclear", text=text)
        sign = signs[0]
    other = "." if sign == "," else ","
    try:
        found = Decimal(plain.replace(other, "").replace(sign or ".", "."))
    except InvalidOperation:
        raise Misread("import_number_unreadable", text=text) from None
    if not found.is_finite():
        raise Misread("import_number_unreadable", text=text)
    return found


def milligrams(text: str, sign: str = "", unit: str = "") -> int:
    """A mass such as 12.5 g, 0,3 kg or 12; `unit` is the table's. Raises Misread."""
    plain = _ABOUT.sub("", text.strip(), count=1)
    match = re.fullmatch(r"(.*?)\s*([^\W\d_]*)\.?", plain)
    figure, said = (match[1], match[2].casefold()) if match else (plain, "")
    factor = _GRAMS.get(said or unit)
    if factor is None:
        raise Misread("import_mass_unreadable", text=text)
    grams = number(figure, sign) * factor
    if not 0 <= grams <= MOST_GRAMS:
        raise Misread("import_mass_out_of_bounds", text=text, most_grams=MOST_GRAMS)
    return round(grams * 1000)


def seconds(text: str, sign: str = "", unit: str = "") -> int:
    """A time such as 2:15:00, 2h 15m, 90 min, 1.5 h or 135 with the table's `unit`. Raises Misread."""
    plain = _ABOUT.sub("", text.strip().casefold(), count=1)
    if clock := _CLOCK.fullmatch(plain):
        hours, minutes, rest = (int(each or 0) for each in clock.groups())
        if unit == "min" and clock[3] is None:  # "12:30" under "Time (min)"
            hours, minutes, rest = 0, hours, minutes
        return _bounded(Decimal(hours * 3600 + minutes * 60 + rest), text)
    parts = _PART.findall(plain)
    if not parts or _PART.sub("", plain).strip(" .,"):
        raise Misread("import_time_unreadable", text=text)
    if len(parts) == 1 and not parts[0][1] and not unit:
        raise Misread("import_time_unit_unclear", text=text)
    total, before = Decimal(0), 0
    for figure, said in parts:
        factor = _SECONDS.get(said or unit) if said or not before else _BELOW.get(before)
        if factor is None:
            raise Misread("import_time_unreadable", text=text)
        total, before = total + number(figure.rstrip(".,"), sign) * factor, factor
    return _bounded(total, text)


def _bounded(total: Decimal, text: str) -> int:
    if not 0 <= total <= MOST_SECONDS:
        raise Misread("import_time_out_of_bounds", text=text, most_seconds=MOST_SECONDS)
    return round(total)


def day_order(cells: Iterable[str]) -> str:
    """Whether days stand before months, from the dates that can mean one thing only; "" when none shows it."""
    orders = set()
    for cell in cells:
        match = _DAY.search(cell)
        if match and len(match[1]) <= 2:
            first, second = int(match[1]), int(match[3])
            if first > 12 and second > 12:
                continue  # no date at all says nothing of the others
            if match[2] == "." or first > 12:
                orders.add("dmy")
            elif second > 12:
                orders.add("mdy")
    return orders.pop() if len(orders) == 1 else ""


def day(text: str, order: str = "") -> date:
    """The day of a date or moment; what follows it is left. `order` is that of the table. Raises Misread."""
    if re.fullmatch(r"[2-7][0-9]{4}(\.[0-9]+)?", text.strip()):  # Excel's own count
        return _EXCEL_FIRST + timedelta(days=int(text.strip()[:5]))
    match = _DAY.match(text.strip())
    if match is None:
        raise Misread("import_date_unreadable", text=text)
    first, second, third = int(match[1]), int(match[3]), int(match[4])
    if len(match[1]) == 4:
        parts = (first, second, third)
    else:
        order = _order_of(match, order, text)
        parts = (third, second, first) if order == "dmy" else (third, first, second)
    try:
        found = date(parts[0] + 2000 if parts[0] < 100 else parts[0], parts[1], parts[2])
    except ValueError:
        raise Misread("import_date_unreadable", text=text) from None
    if not date(1990, 1, 1) <= found <= date(2999, 12, 31):
        raise Misread("import_date_unreadable", text=text)
    return found


def _order_of(match: re.Match[str], order: str, text: str) -> str:
    first, second = int(match[1]), int(match[3])
    if match[2] == ".":
        return "dmy"
    if order:
        return order
    if first == second:
        return "dmy"
    if first > 12 or second > 12:
        return "dmy" if first > 12 else "mdy"
    raise Misread("import_date_unclear", text=text)


def minor(text: str, currency: str, sign: str = "") -> int:
    """An amount, whatever sign or letters of a currency stand around it. Raises Misread."""
    figure = re.sub(r"[^0-9.,\-]", "", text)
    if not figure.strip("-.,"):
        raise Misread("import_price_unreadable", text=text)
    amount = round(number(figure.lstrip(".,").rstrip(".,-"), sign) * 10 ** get_currency_precision(currency))
    if not 0 <= amount <= MOST_MINOR:
        raise Misread("import_price_unreadable", text=text)
    return int(amount)


def outcome(text: str) -> bool | None:
    """Whether it came out good; None where the cell is empty. Raises Misread."""
    plain = text.strip().casefold().strip(".!。！")
    if not plain:
        return None
    if plain in _GOOD:
        return True
    if plain in _BAD:
        return False
    raise Misread("import_outcome_unclear", text=text)
