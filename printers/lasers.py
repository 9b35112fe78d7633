"""What a laser can do, how it burns a material, and what a job wishes: plain values, read without any mathematics."""

from collections.abc import Mapping
from dataclasses import dataclass

from printers.driver import Values

OPERATIONS = ("engrave", "score", "cut")
"""In the order in which they are burnt: what is cut out moves, so it comes last."""

Size = tuple[float, float]
Settings = Mapping[str, "Setting"]
"""How a material is burnt, by operation."""


class PlanError(Exception):
    """A toolpath that cannot be made, as a code with values for people."""

    def __init__(self, code: str, values: Values | None = None):
        super().__init__(f"{code}: {dict(values or {})}")
        self.code = code
        self.values: Values = dict(values or {})


USUAL_INTERVAL_MM = 0.1
"""Between engraved rows where nobody has said more."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How one operation burns one material.

    power_percent: of the laser's most power. passes: how often each line or area is burnt. interval_mm: between the
    rows of an area. kerf_mm: how wide the beam burns. air: whether air is blown at the place.
    """

    power_percent: float
    speed_mm_s: float
    passes: int = 1
    interval_mm: float = USUAL_INTERVAL_MM
    kerf_mm: float = 0.0
    air: bool = True


@dataclass(frozen=True, slots=True)
class Laser:
    """A laser behind GRBL: its area from its origin (the lower left corner), and how it moves.

    most_power: the S of full power ($30). rapid_mm_s: with the beam off ($110 and $111). junction_mm: GRBL's junction
    deviation ($11). planner_blocks: how many moves GRBL looks ahead. line_seconds: what one line of the file takes on
    its way through OctoPrint.
    """

    bed_mm: Size
    most_power: int = 1000
    speed_most_mm_s: float = 200.0
    rapid_mm_s: float = 200.0
    acceleration_mm_s2: float = 1000.0
    junction_mm: float = 0.01
    planner_blocks: int = 15
    line_seconds: float = 0.004


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a job asks of its toolpath.

    kerf: whether outlines are moved by half the width of the beam. bridges: how many on each outer outline that is
    cut, each bridge_mm of material wide. margin_mm: from the edges of the sheet. gap_mm: between copies. sheet_mm: the
    sheet that lies at the laser's origin; None for one as large as the bed.
    """

    copies: int = 1
    kerf: bool = True
    bridges: int = 0
    bridge_mm: float = 0.5
    margin_mm: float = 3.0
    gap_mm: float = 2.0
    sheet_mm: Size | None = None
