"""The estimate: measure a part once, then predict time and material for every profile of the same geometry."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fabqueue.analysis.estimate import printing
from fabqueue.analysis.estimate.columns import Columns, Grid, columns
from fabqueue.analysis.estimate.constants import FITTED, Constants
from fabqueue.analysis.estimate.layers import Layer, heights, in_layers, table
from fabqueue.analysis.estimate.parameters import Geometry, Parameters
from fabqueue.analysis.estimate.printing import Work
from fabqueue.analysis.estimate.ranges import Range
from fabqueue.analysis.estimate.sections import Floats, sections
from fabqueue.analysis.estimate.spread import GRAMS, SECONDS, widening
from fabqueue.analysis.estimate.supports import Overhangs, overhangs
from fabqueue.analysis.findings import AnalysisError

SOURCE = "geometry"
VERSION = 1
"""Counts up whenever the same part and profile would be estimated differently."""
LARGEST_MM = 10_000.0
"""Larger parts are a mistake in the unit; looking at them costs memory for nothing."""
MOST_LAYERS = 20_000


@dataclass(frozen=True)
class Features:
    """What was measured of one part for one `geometry`. `extents` (3,) in mm, `broken` as in `Columns`."""

    geometry: Geometry
    extents: Floats
    layers: list[Layer]
    overhangs: Overhangs | None
    broken: float


@dataclass(frozen=True)
class Estimate:
    """Predicted `seconds` and `grams` of one copy and where they come from.

    n copies on one bed take at most n times as long and weigh n times as much.
    """

    seconds: Range
    grams: Range
    source: str = SOURCE


class Part:
    """A triangle soup (n, 3, 3) in mm as it stands on the bed, with what every profile shares worked out once."""

    def __init__(self, triangles: Floats) -> None:
        if not len(triangles):
            raise AnalysisError("estimate_encloses_nothing")
        soup = np.ascontiguousarray(triangles, dtype=np.float64)
        self.triangles = soup - soup.reshape(-1, 3).min(axis=0)
        if _volume(self.triangles) < 0:
            self.triangles = self.triangles[:, ::-1]
        self.extents = self.triangles.reshape(-1, 3).max(axis=0)

    @cached_property
    def grid(self) -> Grid:
        """The cells that the part is looked at through."""
        return Grid.over(self.triangles)

    @cached_property
    def columns(self) -> Columns:
        """The solid over every cell."""
        return columns(self.triangles, self.grid)


def measure(triangles: Floats, parameters: Parameters) -> Features:
    """Features of `triangles` (n, 3, 3) mm, standing as given, for profiles whose `geometry` is that of `parameters`.

    Raises AnalysisError `estimate_encloses_nothing` when no layer has anything inside, `estimate_out_of_reach`
    when it is larger or has more layers than any printer makes.
    """
    return measured(Part(triangles), parameters.geometry)


def measured(part: Part, geometry: Geometry) -> Features:
    """As `measure`, for a `part` that serves several geometries."""
    if not part.extents.max() < LARGEST_MM or part.extents[2] > MOST_LAYERS * geometry.layer_height:
        raise AnalysisError("estimate_out_of_reach")
    middles = heights(geometry, float(part.extents[2]))
    spans = in_layers(part.columns, middles)
    if not len(spans.cell):
        raise AnalysisError("estimate_encloses_nothing")
    outline, area = sections(part.triangles, middles)
    angle = geometry.support_angle
    return Features(
        geometry=geometry,
        extents=part.extents,
        layers=table(spans, part.grid, geometry, outline, area),
        overhangs=overhangs(spans, part.grid, angle, len(middles)) if angle is not None else None,
        broken=part.columns.broken,
    )


def predict(
    features: Features, parameters: Parameters, watertight: bool = True, constants: Constants = FITTED
) -> Estimate:
    """Time and material of one copy; the range is wider for a mesh that is not `watertight`."""
    part, supports = works(features, parameters, constants)
    whole = part + supports
    if not whole.seconds > 0:
        raise AnalysisError("estimate_encloses_nothing")
    wider = widening(parameters, watertight)
    return Estimate(
        seconds=SECONDS.range(whole.seconds, supports.seconds / whole.seconds, wider),
        grams=GRAMS.range(whole.grams, supports.grams / whole.grams if whole.grams else 0.0, wider),
    )


def works(features: Features, parameters: Parameters, constants: Constants = FITTED) -> tuple[Work, Work]:
    """What the part with skirt and brim takes, and what its supports take.

    Raises ValueError when the part was measured for another geometry.
    """
    if parameters.geometry != features.geometry:
        raise ValueError("these features were measured for another layer height, walls, shells or supports")
    part = printing.Printing(features.layers, parameters, constants).part()
    part += printing.skirt_and_brim(features.extents, features.layers[0].outline, parameters)
    if features.overhangs is None:
        return part, Work(0.0, 0.0)
    return part, printing.supports(features.overhangs, parameters, constants)


def _volume(triangles: Floats) -> float:
    """Signed volume in mm³; negative when the faces look inwards."""
    return float(np.einsum("ij,ij->i", triangles[:, 0], np.cross(triangles[:, 1], triangles[:, 2])).sum() / 6)
