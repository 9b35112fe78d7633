"""Days as people write them in settings: single ones and stretches, a comma between them."""

import re
from datetime import date
from functools import lru_cache

MOST = 60
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*(?:to|–|—|~|至|到|\.\.)\s*(\d{4}-\d{2}-\d{2}))?")

Stretch = tuple[date, date]
"""First and last day."""


class WrongDays(ValueError):
    """Days that cannot be read; `code` says why to whoever reads a page."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@lru_cache(maxsize=16)
def stretches(text: str) -> tuple[Stretch, ...]:
    """What was written, in order. Raises WrongDays."""
    parts = [each.strip() for each in re.split(r"[,;，、\n]", text) if each.strip()]
    found = [_DAY.fullmatch(each) for each in parts]
    shape = WrongDays("write days such as 2026-12-24, 2026-12-27 to 2027-01-06", "closed_days_shape")
    if len(parts) > MOST or not all(found):
        raise shape
    try:
        pairs = [(date.fromisoformat(each[1]), date.fromisoformat(each[2] or each[1])) for each in found if each]
    except ValueError:
        raise shape from None
    if any(first > last for first, last in pairs):
        raise WrongDays("the last day of a stretch must not come before its first", "closed_days_order")
    return tuple(sorted(pairs))


def include(text: str, day: date) -> bool:
    """Whether a day is one of those written. Raises WrongDays."""
    return any(first <= day <= last for first, last in stretches(text))
