"""How far predictions are off, as ranges."""

from fabqueue.analysis.estimate.parameters import Parameters
from fabqueue.analysis.estimate.ranges import Range


def seconds_range(seconds: float, parameters: Parameters, watertight: bool) -> Range:
    """The range of `seconds` that about eight of ten parts keep."""
    return Range(seconds * 0.9, seconds, seconds * 1.1)


def grams_range(grams: float, parameters: Parameters, watertight: bool) -> Range:
    """The range of `grams` that about eight of ten parts keep."""
    return Range(grams * 0.9, grams, grams * 1.1)
