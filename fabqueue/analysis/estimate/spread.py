"""How far predictions are off, as ranges that about eight of ten parts keep.

The figures were measured on parts left out of the fit (`benchmarks/fit_estimate.py` prints them): the 80th
percentile of the error, and how it grows with the share of the supports, about as the square of it.
"""

import math
from dataclasses import dataclass

from fabqueue.analysis.estimate.parameters import Parameters
from fabqueue.analysis.estimate.ranges import Range

BROKEN = 2.5
"""A mesh that is not watertight: the slicer mends it in its own way."""
UNFAMILIAR = 1.5
"""A profile beyond those that the constants were fitted to."""
UNMODELLED = 2.0
"""A profile that asks for things which the model leaves out, such as a raft."""
FITTED_BOUNDS = {
    "layer_height": (0.08, 0.4),
    "walls": (1, 5),
    "infill_fraction": (0.05, 0.5),
    "travel_speed": (80, 350),
    "travel_acceleration": (400, 6000),
}
"""Between these the fitted profiles lie, or little beyond."""
FITTED_PATTERNS = {"gyroid", "grid", "cubic", "rectilinear", "alignedrectilinear", "monotonic", "triangles", "stars"}


@dataclass(frozen=True)
class Spread:
    """Relative errors: of a part `plain` or `held` by a few supports, and of a print of nothing but `supports`."""

    plain: float
    held: float
    supports: float

    def range(self, expected: float, support_share: float, wider: float) -> Range:
        """The range around `expected` when `support_share` (0 to 1) of it is supports."""
        own = self.held if support_share > 0 else self.plain
        factor = 1 + wider * math.hypot(own, self.supports * support_share**2)
        return Range(expected / factor, expected, expected * factor)


SECONDS = Spread(plain=0.085, held=0.105, supports=1.8)
GRAMS = Spread(plain=0.052, held=0.08, supports=1.5)


def widening(parameters: Parameters, watertight: bool) -> float:
    """By what factor the ranges are wider than usual."""
    doubts = (
        (not watertight, BROKEN),
        (not _is_familiar(parameters), UNFAMILIAR),
        (parameters.unmodelled, UNMODELLED),
    )
    return math.prod(factor for doubt, factor in doubts if doubt)


def _is_familiar(parameters: Parameters) -> bool:
    within = (low <= getattr(parameters, name) <= high for name, (low, high) in FITTED_BOUNDS.items())
    return all(within) and parameters.infill_pattern in FITTED_PATTERNS
