"""When will it be finished? Pure, and silent where it cannot know.

Each machine works one run after the other; between two somebody clears the bed. The lowest figure has everybody there
at once and every prediction met from below, the highest has predictions exceeded and an hour's wait for each clear.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LOW, HIGH = 0.9, 1.25
"""How far a slicer's figure may be off."""
CLEARING = (0.0, 600.0, 3600.0)
"""Seconds until somebody has cleared a bed: low, expected, high."""


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds: low, expected, high."""

    low: float
    expected: float
    high: float

    def __add__(self, other: "Span") -> "Span":
        return Span(self.low + other.low, self.expected + other.expected, self.high + other.high)

    @classmethod
    def predicted(cls, seconds: float) -> "Span":
        return cls(seconds * LOW, seconds, seconds * HIGH)


ZERO = Span(0.0, 0.0, 0.0)
_CLEARING = Span(*CLEARING)


def finish(own: Span | None, ahead: Sequence[Span | None], free_in: Sequence[Span | None]) -> Span | None:
    """Seconds until a run is finished, from now.

    own: what it takes. ahead: what the runs before it take, in order. free_in: for each machine that will serve, when
    its bed is clear and free (None: nobody knows). None when anything that matters is unknown.
    """
    machines = [each for each in free_in if each is not None]
    if own is None or not machines or len(machines) < len(free_in) or any(each is None for each in ahead):
        return None
    for taken in ahead:
        assert taken is not None
        first = min(range(len(machines)), key=lambda index: machines[index].expected)
        machines[first] = machines[first] + taken + _CLEARING
    return min(machines, key=lambda each: each.expected) + own


def free_after(remaining: Span | None, needs_clearing: bool) -> Span | None:
    """When a machine is free: `remaining` of what runs now (ZERO: nothing runs; None: unknown), then a clear."""
    if remaining is None:
        return None
    return remaining + _CLEARING if needs_clearing else remaining
