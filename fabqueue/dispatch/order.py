"""Which run goes first: higher priority, then earlier approval. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands: the best priority and the earliest approval among its jobs."""

    run_id: str
    priority: int
    approved_at: datetime
    created_at: datetime

    @property
    def key(self) -> tuple[int, datetime, datetime, str]:
        """Sorts first what goes first; the id decides last, so that everybody sees one order."""
        return (-self.priority, self.approved_at, self.created_at, self.run_id)


def ordered(places: list[Place]) -> list[Place]:
    return sorted(places, key=lambda each: each.key)


def ahead_of(place: Place, others: list[Place]) -> list[Place]:
    """Those among `others` that go before it, in order."""
    return [each for each in ordered(others) if each.key < place.key and each.run_id != place.run_id]
