"""A predicted figure with its uncertainty."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Range:
    """An expected figure between a low and a high one, in the unit of its owner (seconds or grams).

    About eight of ten parts end between `low` and `high`.
    """

    low: float
    expected: float
    high: float

    def times(self, factor: float) -> "Range":
        """The same range for `factor` as much, e.g. for n copies: one bed of n copies never takes longer."""
        return Range(self.low * factor, self.expected * factor, self.high * factor)

    def as_dict(self) -> dict[str, float]:
        """The JSON form: {"low", "expected", "high"}, rounded to 0.01."""
        return {name: round(value, 2) for name, value in asdict(self).items()}
