"""Names that the world keeps: time zones and currencies, read from the disk once (a time zone is a file)."""

from functools import cache
from zoneinfo import available_timezones

from babel.numbers import list_currencies


@cache
def time_zones() -> frozenset[str]:
    """Names of the IANA time zones that this computer knows."""
    return frozenset(available_timezones())


@cache
def currencies() -> frozenset[str]:
    """ISO 4217 codes, those of money that went out of use among them."""
    return frozenset(list_currencies())
