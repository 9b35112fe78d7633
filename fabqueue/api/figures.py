"""Figures as the API writes them: RFC 3339 in UTC, grams, seconds, decimal money."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fabqueue.wording.values import minor_to_text


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def money(minor: int, currency: str) -> dict[str, str]:
    """`{"amount": "4.20", "currency": "EUR"}`."""
    return {"amount": minor_to_text(minor, currency), "currency": currency}


def grams(milligrams: int | None) -> float | None:
    return None if milligrams is None else milligrams / 1000


def gram_span(span: Mapping[str, int] | None) -> dict[str, float] | None:
    """`{low, expected, high}` of milligrams in grams."""
    return {key: span[key] / 1000 for key in ("low", "expected", "high")} if span else None


def area(span: Mapping[str, int] | None) -> int | None:
    """Square millimetres of a sheet: what is laid out on it is known exactly."""
    return span["expected"] if span else None


def span(of: Mapping[str, int] | None) -> dict[str, Any] | None:
    return {key: of[key] for key in ("low", "expected", "high")} if of else None
