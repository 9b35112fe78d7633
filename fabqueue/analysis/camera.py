"""How a part is looked at for its picture: from above, the front right corner towards the viewer, without perspective."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_AZIMUTH_DEGREES, _ELEVATION_DEGREES = -56.0, 28.0
_FILL = 0.8
_LIGHT = (-0.45, 0.62, 0.64)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Camera:
    """A parallel projection onto a square of `size` pixels.

    axes rows are right, up and towards the viewer in the part's frame; centre (mm) lands in the middle of the square
    moved by `offset` (mm along the axes); scale is pixels per mm. light points from the part to the lamp.
    """

    axes: Floats
    centre: Floats
    offset: Floats
    scale: float
    size: int
    light: Floats

    def project(self, points: Floats) -> Floats:
        """Points (..., 3) in mm to (x right, y down, nearness) in pixels."""
        seen = ((points - self.centre) @ self.axes.T - self.offset) * self.scale
        half = self.size / 2
        return np.stack([half + seen[..., 0], half - seen[..., 1], seen[..., 2]], axis=-1)

    def place(self, x: Floats, y: Floats, nearness: Floats) -> Floats:
        """The inverse of `project`."""
        half = self.size / 2
        seen = np.stack([x - half, half - y, nearness], axis=-1) / self.scale + self.offset
        return seen @ self.axes + self.centre


def look_at(triangles: Floats, size: int) -> Camera:
    """The camera that shows all of `triangles` (n, 3, 3), with room for a shadow."""
    axes = _axes(np.radians(_AZIMUTH_DEGREES), np.radians(_ELEVATION_DEGREES))
    corners = triangles.reshape(-1, 3)
    centre = (corners.min(axis=0) + corners.max(axis=0)) / 2
    seen = (corners - centre) @ axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    span = max(float((high - low)[:2].max()), 1e-9)
    light = axes.T @ np.array(_LIGHT)
    light[2] = max(light[2], 0.35)
    return Camera(axes, centre, (low + high) / 2, size * _FILL / span, size, light / np.linalg.norm(light))


def _axes(azimuth: float, elevation: float) -> Floats:
    towards = np.array(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
    )
    right = np.cross([0.0, 0.0, 1.0], towards)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(towards, right), towards])
