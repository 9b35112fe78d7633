"""Parts and settings that the tests of the estimate make themselves."""

import numpy as np
import trimesh
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SETTINGS = {
    "layer_height": "0.2",
    "first_layer_height": "0.2",
    "perimeters": "2",
    "extrusion_width": "0.45",
    "top_solid_layers": "5",
    "bottom_solid_layers": "4",
    "fill_density": "15%",
    "fill_pattern": "grid",
    "external_perimeter_speed": "25",
    "perimeter_speed": "45",
    "infill_speed": "80",
    "solid_infill_speed": "80",
    "top_solid_infill_speed": "40",
    "bridge_speed": "30",
    "first_layer_speed": "20",
    "travel_speed": "180",
    "default_acceleration": "1000",
    "retract_length": "0.8",
    "retract_speed": "35",
    "slowdown_below_layer_time": "15",
    "min_print_speed": "15",
    "filament_density": "1.24",
    "skirts": "0",
}
"""A plain 0.4 mm printer, as PrusaSlicer writes it."""


def box(width: float = 20, depth: float = 20, height: float = 20, at: tuple[float, float, float] = (0, 0, 0)) -> Floats:
    """Triangles (12, 3, 3) of a box with one corner at `at`."""
    made = trimesh.creation.box((width, depth, height))
    made.apply_translation(np.array((width, depth, height)) / 2 + at)
    return np.array(made.triangles)


def table() -> Floats:
    """A slab on one thick leg: most of its underside hangs in the air."""
    return np.concatenate([box(10, 10, 15, (15, 15, 0)), box(40, 40, 4, (0, 0, 15))])


def ball(radius: float = 10) -> Floats:
    """A sphere."""
    return np.array(trimesh.creation.icosphere(subdivisions=4, radius=radius).triangles)
