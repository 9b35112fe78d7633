"""How a part is looked at for its picture: from above, a corner towards the viewer, without perspective.

Pages draw dimension lines over the picture from the extents alone, so where the part stands in it is a promise: the
corners of its box, projected, are centred and fill at most `FILL` of the picture's width and height.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WIDTH, HEIGHT = 880, 660
FILL = 0.72
_AZIMUTH, _ELEVATION = np.radians(-58.0), np.radians(28.0)
_LIGHT = (-0.45, 0.62, 0.64)
_TOWARDS = np.array([np.cos(_ELEVATION) * np.cos(_AZIMUTH), np.cos(_ELEVATION) * np.sin(_AZIMUTH), np.sin(_ELEVATION)])
_RIGHT = np.array([-np.sin(_AZIMUTH), np.cos(_AZIMUTH), 0.0])
AXES: Floats = np.stack([_RIGHT, np.cross(_TOWARDS, _RIGHT), _TOWARDS])
"""Unit vectors of the picture in the part's frame: right, up, towards the viewer."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A parallel projection onto width x height pixels; `centre` (mm) lands in their middle, `scale` is pixels per mm.

    light points from the part to the lamp.
    """

    centre: Floats
    scale: float
    width: int
    height: int
    light: Floats

    def project(self, points: Floats) -> Floats:
        """Points (..., 3) in mm to (x right, y down, nearness) in pixels."""
        seen = ((points - self.centre) @ AXES.T) * self.scale
        return np.stack([self.width / 2 + seen[..., 0], self.height / 2 - seen[..., 1], seen[..., 2]], axis=-1)

    def place(self, x: Floats, y: Floats, nearness: float) -> Floats:
        """The inverse of `project`, for pixels at one nearness."""
        across = ((x - self.width / 2) / self.scale)[..., None] * AXES[0]
        up = ((self.height / 2 - y) / self.scale)[..., None] * AXES[1]
        points: Floats = across + up + (AXES[2] * (nearness / self.scale) + self.centre)
        return points

    def pixels(self) -> tuple[Floats, Floats]:
        """The middles of all pixels, x and y, each (height, width)."""
        x, y = np.meshgrid(np.arange(self.width) + 0.5, np.arange(self.height) + 0.5)
        return x, y

    def finer(self, factor: float, width: int, height: int) -> "Camera":
        """The same view with `factor` times the pixels per mm on another number of pixels."""
        return replace(self, scale=self.scale * factor, width=width, height=height)


def look_at(triangles: Floats, width: int = WIDTH, height: int = HEIGHT) -> Camera:
    """The camera that shows all of `triangles` (n, 3, 3) on width x height pixels, framed as promised."""
    corners = triangles.reshape(-1, 3)
    low, high = corners.min(axis=0), corners.max(axis=0)
    reach = np.maximum(np.abs(AXES[:2]) @ (high - low), 1e-9)
    scale = float(min(width * FILL / reach[0], height * FILL / reach[1]))
    light = AXES.T @ np.array(_LIGHT)
    light[2] = max(light[2], 0.35)
    return Camera((low + high) / 2, scale, width, height, light / np.linalg.norm(light))


def crowding(triangles: Floats) -> float:
    """How many triangles' boxes lie over a point of the view on average: some ten for parts, thousands for tangles."""
    projected = look_at(triangles).project(triangles)[..., :2]
    boxes = np.prod(projected.max(axis=1) - projected.min(axis=1), axis=1)
    return float(boxes.sum()) / (WIDTH * HEIGHT * FILL**2)
