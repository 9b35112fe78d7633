"""When the lab is open: read from what people write, kept by weekday in the lab's time."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fabqueue.config import days
from fabqueue.config.days import WrongDays
from fabqueue.db import WritingSession
from fabqueue.models import Site
from fabqueue.services import events, locks, sites
from fabqueue.services.errors import Invalid, Refused
from fabqueue.services.events import Actor
from fabqueue.services.hours import Hours

DAYS = ("1", "2", "3", "4", "5", "6", "7")
"""ISO weekdays; 1 is Monday."""
MOST_TIMES = 4
CLOSED = "closed_days"
"""What a form calls the days on which the lab stays closed."""
_FARTHEST = 400
_TIME = re.compile(r"(\d{1,2}):(\d{2})\s*(?:-|–|—)\s*(\d{1,2}):(\d{2})")

Times = list[list[str]]
"""Pairs of "HH:MM", from and to, in order."""


def change(session: WritingSession, actor: Actor, written: Mapping[str, str]) -> Site:
    """Set the hours of each weekday from what was written for it, and the days (CLOSED) on which nobody comes.

    Raises Invalid naming the fields (`hours_1` ...). Days that are not in `written` stay as they are.
    """
    faults: list[Refused] = []
    hours: dict[str, Any] = {}
    for day in DAYS:
        try:
            if times := read(written.get(day, "")):
                hours[day] = times
        except Refused as refused:
            refused.field = f"hours_{day}"
            faults.append(refused)
    closed: list[list[str]] | None = None
    try:
        closed = read_closed(written[CLOSED]) if CLOSED in written else None
    except Refused as refused:
        refused.field = CLOSED
        faults.append(refused)
    if faults:
        raise Invalid(faults)
    site = sites.the_site(session)
    locks.lock(session, site)
    closed = site.closed_days or [] if closed is None else closed
    if (site.opening_hours, site.closed_days or []) != (hours, closed):
        site.opening_hours, site.closed_days = hours, closed
        events.record(session, actor, site, "change_hours")
        session.wake("dispatch")
    return site


def read_closed(text: str) -> list[list[str]]:
    """Closed days as pairs of ISO days, first and last, in order. Raises Refused."""
    try:
        return [[first.isoformat(), last.isoformat()] for first, last in days.stretches(text)]
    except WrongDays as wrong:
        raise Refused(wrong.code) from None


def written_closed(site: Site) -> str:
    """The closed days as they are written."""
    pairs = site.closed_days or []
    return ", ".join(first if first == last else f"{first} – {last}" for first, last in pairs)


def is_closed_on(site: Site, day: date) -> bool:
    """Whether the lab stays closed on a day, whatever its weekday."""
    return any(first <= day.isoformat() <= last for first, last in site.closed_days or [])


def hours(site: Site, since: datetime) -> Hours:
    """When somebody is in the lab, from a moment on."""
    return Hours(site.opening_hours, site.closed_days or [], site.time_zone, since)


def read(text: str) -> Times:
    """The times of one day. Raises Refused."""
    parts = [each.strip() for each in re.split(r"[,;，、]", text) if each.strip()]
    found = [_TIME.fullmatch(each) for each in parts]
    if len(parts) > MOST_TIMES or not all(found):
        raise Refused("opening_hours_shape")
    minutes = [_minutes(match[1], match[2]) for match in found if match]
    ends = [_minutes(match[3], match[4]) for match in found if match]
    in_order = [each for pair in zip(minutes, ends, strict=True) for each in pair]
    if in_order != sorted(set(in_order)):
        raise Refused("opening_hours_order")
    return [[_clock(start), _clock(end)] for start, end in zip(minutes, ends, strict=True)]


def _minutes(hours: str, minutes: str) -> int:
    total = int(hours) * 60 + int(minutes)
    if total > 24 * 60 or int(minutes) > 59:
        raise Refused("opening_hours_shape")
    return total


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def written(site: Site, day: str) -> str:
    """The hours of a weekday as they are written."""
    return ", ".join(f"{start}-{end}" for start, end in site.opening_hours.get(day, []))


def next_open(site: Site, at: datetime) -> tuple[datetime, datetime] | None:
    """When the lab is open at or next after `at`, in the lab's time; None where no hours are kept."""
    local = at.astimezone(ZoneInfo(site.time_zone))
    if not any(site.opening_hours.values()):
        return None
    for ahead in range(_FARTHEST):
        day = local + timedelta(days=ahead)
        if is_closed_on(site, day.date()):
            continue
        for start, end in site.opening_hours.get(str(day.isoweekday()), []):
            begins, ends = _on(day, start), _on(day, end)
            if ends > local:
                return begins, ends
    return None


def _on(day: datetime, clock: str) -> datetime:
    hours, _, minutes = clock.partition(":")
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    if hours == "24":
        return midnight + timedelta(days=1)
    return midnight.replace(hour=int(hours), minute=int(minutes))
