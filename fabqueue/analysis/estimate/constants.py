"""Figures that no profile tells, fitted to sliced parts, and how far the predictions were off."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Constants:
    """What the layer model cannot read from a profile.

    Retractions per layer: `retracts` always, and for each further island, each hole, each solid region, each
    line of sparse infill and each line of solid infill. `corners` per loop of a wall and `corners_per_mm` of it.
    `gyroid_speed` (mm/s) is what its waves allow at 15 % infill. `solid_chord` and `sparse_chord` scale the
    mean lengths of infill lines; `anchors` is how much of the edge of sparse infill its lines follow. `travel` scales the way between two lines, `layer_seconds` is lost at each
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
    retracts=0.6417,
    retracts_per_island=1.1272,
    retracts_per_hole=1.5941,
    retracts_per_solid_region=0.4881,
    retracts_per_sparse_line=0.1555,
    retracts_per_solid_line=0.0098,
    corners=11.7129,
    corners_per_mm=0.0002,
    gyroid_speed=34.735,
    solid_chord=0.3852,
    sparse_chord=0.5219,
    anchors=0.5,
    travel=0.0025,
    layer_seconds=0.05,
    supports=0.9132,
    interfaces=0.6744,
    support_moves=5.2277,
    support_moves_per_mm=1.0789,
    volume=1.0251,
)
