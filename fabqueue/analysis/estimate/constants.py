"""Figures that no profile tells, fitted to sliced parts, and how far the predictions were off."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Constants:
    """What the layer model cannot read from a profile.

    Retractions per layer: `retracts` always, and for each further island, each hole, each solid region, each
    line of sparse infill and each line of solid infill. `corners` per loop of a wall and `corners_per_mm` of it.
    `gyroid_speed` (mm/s) is what its waves allow at 15 % infill. `solid_chord` and `sparse_chord` scale the
    mean lengths of infill lines; `anchors` is how much of the edge of sparse infill its lines follow.
    `travel` scales the way between two lines, `layer_seconds` is lost at each
    layer change. `supports` and `interfaces` scale supports, with `support_moves` retractions
    per layer that has supports and `support_moves_per_mm` of their size. `volume` scales the material.
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
    retracts=0.3,
    retracts_per_island=0.6,
    retracts_per_hole=1.2,
    retracts_per_solid_region=0.7,
    retracts_per_sparse_line=0.1,
    retracts_per_solid_line=0.001,
    corners=11,
    corners_per_mm=0.003,
    gyroid_speed=40,
    solid_chord=0.41,
    sparse_chord=0.52,
    anchors=1.4,
    travel=0.3,
    layer_seconds=0.2,
    supports=0.72,
    interfaces=0.34,
    support_moves=0.8,
    support_moves_per_mm=0.4,
    volume=0.99,
)
