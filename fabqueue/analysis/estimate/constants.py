"""Figures that no profile tells, fitted to sliced parts by `benchmarks/fit_estimate.py`.

Fitted in November 2026 to 684 slicings by PrusaSlicer 2.5 of real parts under eleven profiles: layers of 0.1 to
0.35 mm, nozzles of 0.4 and 0.6 mm, 500 to 4000 mm/s², gyroid, grid, cubic and rectilinear infill of 10 to 40 %, with
and without supports, the three of the reference set weighing twice. Nothing depends on names of files.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Constants:
    """What the layer model cannot read from a profile.

    Retractions per layer: `retracts` always, and for each further island, each hole, each solid region, each
    line of sparse infill and each line of solid infill. `corners` per loop of a wall and `corners_per_mm` of it.
    `gyroid_speed` (mm/s) is what its waves allow at 15 % infill. `solid_chord` and `sparse_chord` scale the
    mean lengths of infill lines; `anchors` is how much of the edge of sparse infill its lines follow.
    `travel` scales the way between two lines, `layer_seconds` is lost at each layer change. `supports` and
    `interfaces` scale supports, with `support_moves` retractions per piece of support in a layer and
    `support_moves_per_mm` of its size. `volume` scales the material.
    """

    retracts: float
    retracts_per_island: float
    retracts_per_hole: float
    retracts_per_solid_region: float
    retracts_per_sparse_line: float
    retracts_per_solid_line: float
    corners: float
    corners_per_mm: float
    gyroid_speed: float
    solid_chord: float
    sparse_chord: float
    anchors: float
    travel: float
    layer_seconds: float
    supports: float
    interfaces: float
    support_moves: float
    support_moves_per_mm: float
    volume: float


FITTED = Constants(
    retracts=0.1106,
    retracts_per_island=0.2421,
    retracts_per_hole=0.8238,
    retracts_per_solid_region=0.6138,
    retracts_per_sparse_line=0.0737,
    retracts_per_solid_line=0.0005665,
    corners=16.07,
    corners_per_mm=0.001929,
    gyroid_speed=42.9,
    solid_chord=0.4402,
    sparse_chord=0.733,
    anchors=1.656,
    travel=0.8696,
    layer_seconds=0.297,
    supports=0.8066,
    interfaces=0.3862,
    support_moves=0.1575,
    support_moves_per_mm=0.8608,
    volume=0.9877,
)
