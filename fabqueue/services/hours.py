"""When somebody is in the lab, as spans that a machine can be asked about. Pure; moments are seconds since 1970.

Days and times are the lab's own, with its changes of the clock; what lies between two spans is a night, a weekend or a
closed day, all the same. A lab that keeps no hours counts as always attended: nobody said when it is not.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

NEVER = float("inf")
FARTHEST = timedelta(days=800)
"""How far ahead a day of opening is looked for; a lab that opens on none of them stays closed."""
_STEP = timedelta(days=35)
_ROUNDING = 1.0
_OPENINGS = 15
"""How many openings are looked at for one that is long enough: two weeks, and closed days do not count."""


class Hours:
    """The open spans from a moment on, found as far as somebody asks.

    week: ISO weekday to pairs of "HH:MM", as the site keeps it. closed: pairs of ISO days, first and last.
    """

    def __init__(self, week: Mapping[str, Any], closed: Sequence[Sequence[str]], zone: str, since: datetime) -> None:
        self.kept = any(week.get(str(day)) for day in range(1, 8))
        self._week, self._zone = week, ZoneInfo(zone)
        self._closed = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in closed]
        self._next = since.astimezone(self._zone).date() - timedelta(days=8)
        self._last = self._next + FARTHEST
        self._starts: list[float] = []
        self._ends: list[float] = []
        self._latest: dict[tuple[float, float], float] = {}

    def is_open(self, at: float) -> bool:
        return self.opens(at) == at

    def opens(self, at: float) -> float:
        """The first moment from `at` on that somebody is there; NEVER where no day opens any more."""
        if not self.kept:
            return at
        index = self._after(at)
        if index < len(self._ends):
            return max(at, self._starts[index])
        return NEVER

    def closes(self, at: float) -> float:
        """When the span that `at` lies in ends; `at` itself while the lab is closed, NEVER where no hours are kept."""
        if not self.kept:
            return NEVER
        index = self._after(at)
        return self._ends[index] if index < len(self._ends) and self._starts[index] <= at else at

    def latest_end(self, at: float, alone: float) -> float:
        """Until when something may go on that begins at `at`, and may be alone for `alone` seconds at a stretch."""
        if (beyond := self.opens(at)) == NEVER or not self.kept:
            return NEVER if not self.kept else at + alone
        if beyond - at > alone + _ROUNDING:
            return at + alone
        closing = self.closes(beyond)
        if (closing, alone) not in self._latest:
            self._latest[closing, alone] = self._from_closing(closing, alone)
        return self._latest[closing, alone]

    def _from_closing(self, closing: float, alone: float) -> float:
        while closing != NEVER:
            opening = self.opens(closing)
            if opening - closing > alone + _ROUNDING:
                return closing + alone
            closing = self.closes(opening)
        return NEVER

    def again(self, at: float, alone: float) -> float:
        """When something that may not begin at `at` because of `latest_end` could begin with more time before it."""
        end = self.latest_end(at, alone)
        return NEVER if end == NEVER else max(self.opens(end) - alone, at) if self.opens(end) != NEVER else NEVER

    def begins(self, at: float, seconds: float, alone: float) -> float:
        """The first moment from `at` on at which something may begin that takes so long; NEVER in the next openings."""
        for _ in range(_OPENINGS):
            if at == NEVER or at + seconds <= self.latest_end(at, alone):
                return at
            at = self.again(at, alone)
        return NEVER

    def widest(self, at: float, alone: float) -> float:
        """The longest that something may take which begins at `at` or in one of the next openings."""
        most = 0.0
        for _ in range(_OPENINGS):
            if at == NEVER:
                break
            most = max(most, self.latest_end(at, alone) - at)
            at = self.again(at, alone)
        return most

    def attended(self, start: float, end: float) -> float:
        """How many of the seconds between two moments somebody was there."""
        if not self.kept:
            return max(0.0, end - start)
        total, at = 0.0, self.opens(start)
        while at < end:
            closing = min(self.closes(at), end)
            total, at = total + closing - at, self.opens(closing)
        return total

    def worked(self, start: float, seconds: float) -> float:
        """The moment at which somebody who is there during the hours has had so many seconds from `start` on."""
        at = self.opens(start)
        while at != NEVER and seconds > 0:
            closing = self.closes(at)
            if at + seconds <= closing or closing == NEVER:
                return at + seconds
            seconds -= closing - at
            at = self.opens(closing)
        return at

    def _after(self, at: float) -> int:
        """Index of the first span that ends after `at`; the spans are found that far."""
        while (not self._ends or self._ends[-1] <= at) and self._next < self._last:
            self._find_more()
        return bisect_right(self._ends, at)

    def _find_more(self) -> None:
        """Some more days; a span that reaches midnight goes on into the next day's."""
        for number in range(_STEP.days):
            for start, end in self._of_day(self._next + timedelta(days=number)):
                if self._ends and start <= self._ends[-1]:
                    self._ends[-1] = max(end, self._ends[-1])
                else:
                    self._starts.append(start)
                    self._ends.append(end)
        self._next += _STEP

    def _of_day(self, day: date) -> list[tuple[float, float]]:
        if any(first <= day <= last for first, last in self._closed):
            return []
        pairs = self._week.get(str(day.isoweekday()), [])
        return [(self._at(day, start), self._at(day, end)) for start, end in pairs]

    def _at(self, day: date, clock: str) -> float:
        hours, _, minutes = clock.partition(":")
        if hours == "24":
            day, hours = day + timedelta(days=1), "0"
        return datetime.combine(day, time(int(hours), int(minutes)), self._zone).timestamp()


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
