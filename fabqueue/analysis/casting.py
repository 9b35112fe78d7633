"""Which triangle every pixel sees, how near it is, and where the bed lies in shadow: by embree, or by numpy without it."""

import importlib.util
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fabqueue.analysis.camera import Camera

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FRAGMENTS = 4_000_000


@dataclass(frozen=True, slots=True)
class Sight:
    """For every pixel (size, size): the triangle seen or -1, and its nearness in pixels (-inf where none)."""

    seen: Ints
    nearness: Floats


class Caster(Protocol):
    """A way of finding out what a camera sees of triangles (n, 3, 3)."""

    def sight(self, camera: Camera) -> Sight: ...

    def shadow(self, camera: Camera, floor: float) -> NDArray[np.bool_]:
        """Pixels (size, size) whose point on the plane z = floor cannot see the lamp."""
        ...


def caster(triangles: Floats) -> Caster:
    """Embree where its package is installed (x86-64), else numpy."""
    found = importlib.util.find_spec("embreex") is not None
    return _Embree(triangles) if found else _Raster(triangles)


class _Embree:
    """Casts a ray for every pixel."""

    def __init__(self, triangles: Floats) -> None:
        from embreex import rtcore_scene
        from embreex.mesh_construction import TriangleMesh

        self.corners = triangles.reshape(-1, 3)
        self.centre = (self.corners.min(axis=0) + self.corners.max(axis=0)) / 2
        self.reach = float(np.linalg.norm(np.ptp(self.corners, axis=0))) or 1.0
        self.scene: Any = rtcore_scene.EmbreeScene()
        self.mesh: Any = TriangleMesh(self.scene, (triangles - self.centre).astype(np.float32))

    def sight(self, camera: Camera) -> Sight:
        x, y = _pixels(camera.size)
        start = camera.place(x, y, np.full_like(x, camera.scale * self.reach))
        found = self._run(start, -camera.axes[2], "INTERSECT", output=1)
        seen = found["primID"].astype(np.int64)
        nearness = np.where(seen >= 0, camera.scale * (self.reach - found["tfar"]), -np.inf)
        return Sight(seen.reshape(x.shape), nearness.reshape(x.shape))

    def shadow(self, camera: Camera, floor: float) -> NDArray[np.bool_]:
        x, y = _pixels(camera.size)
        points = camera.place(x, y, np.zeros_like(x))
        down = (points[..., 2] - floor) / camera.axes[2, 2]
        ground = points - down[..., None] * camera.axes[2] + 1e-4 * self.reach * camera.light
        blocked = self._run(ground, camera.light, "OCCLUDED") >= 0
        return np.asarray(blocked.reshape(x.shape), np.bool_)

    def _run(self, start: Floats, direction: Floats, query: str, **options: Any) -> Any:
        origins = (start - self.centre).reshape(-1, 3).astype(np.float32)
        directions = np.broadcast_to(direction.astype(np.float32), origins.shape).copy()
        return self.scene.run(origins, directions, query=query, **options)


class _Raster:
    """Fills every triangle row by row and keeps the nearest: the same answer from numpy alone."""

    def __init__(self, triangles: Floats) -> None:
        self.triangles = triangles

    def sight(self, camera: Camera) -> Sight:
        best = _fill(camera.project(self.triangles), camera.size)
        shape = (camera.size, camera.size)
        seen = (best & np.uint64(0xFFFFFFFF)).astype(np.int64) - 1
        steps = (best >> np.uint64(32)).astype(np.float64)
        low, step = _depth_scale(camera.project(self.triangles))
        nearness = np.where(seen >= 0, low + steps * step, -np.inf)
        return Sight(seen.reshape(shape), nearness.reshape(shape))

    def shadow(self, camera: Camera, floor: float) -> NDArray[np.bool_]:
        height = (self.triangles[..., 2:] - floor) / camera.light[2]
        best = _fill(camera.project(self.triangles - height * camera.light), camera.size)
        return (best != 0).reshape(camera.size, camera.size)


def _pixels(size: int) -> tuple[Floats, Floats]:
    middle = np.arange(size) + 0.5
    x, y = np.meshgrid(middle, middle)
    return x, y


def _depth_scale(projected: Floats) -> tuple[float, float]:
    """Nearness as 31-bit steps: its lowest value and the width of a step."""
    low, high = float(projected[..., 2].min()), float(projected[..., 2].max())
    return low, max(high - low, 1e-9) / (2**31 - 1)


def _fill(projected: Floats, size: int) -> NDArray[np.uint64]:
    """For every pixel (size * size): nearness in steps << 32 | triangle + 1 of the nearest triangle, 0 for none."""
    best = np.zeros(size * size, np.uint64)
    low, step = _depth_scale(projected)
    tops = np.clip(np.ceil(projected[..., 1].min(axis=1) - 0.5), 0, size).astype(np.int64)
    ends = np.clip(np.ceil(projected[..., 1].max(axis=1) - 0.5), 0, size).astype(np.int64)
    rows = np.maximum(ends - tops, 0)
    for part in _chunks(rows, _FRAGMENTS // size):
        owner, row = _spread(part, tops[part], rows[part])
        _fill_rows(best, projected, owner, row, size, low, step)
    return best


def _fill_rows(
    best: NDArray[np.uint64], projected: Floats, owner: Ints, row: Ints, size: int, low: float, step: float
) -> None:
    left, right = _span(projected[owner], row + 0.5)
    first = np.clip(np.ceil(left - 0.5), 0, size).astype(np.int64)
    last = np.clip(np.ceil(right - 0.5), 0, size).astype(np.int64)
    which, column = _spread(np.arange(len(owner)), first, np.maximum(last - first, 0))
    owner, row = owner[which], row[which]
    near = _nearness(projected[owner], column + 0.5, row + 0.5)
    steps = np.clip((near - low) / step, 0, 2**31 - 1).astype(np.uint64)
    np.maximum.at(best, row * size + column, (steps << np.uint64(32)) | (owner + 1).astype(np.uint64))


def _chunks(counts: Ints, most: int) -> list[Ints]:
    """Indices with a count, in groups that add up to about `most`."""
    used = np.flatnonzero(counts)
    groups = np.cumsum(counts[used]) // max(most, 1)
    return [each for each in np.split(used, np.flatnonzero(np.diff(groups)) + 1) if len(each)]


def _spread(owners: Ints, starts: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Each owner as often as it counts, beside start, start + 1 ..."""
    total = int(counts.sum())
    before = np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(owners, counts), np.repeat(starts, counts) + np.arange(total) - before


def _span(corners: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Where the line at height y enters and leaves each triangle; (inf, -inf) where it misses."""
    left, right = np.full(len(y), np.inf), np.full(len(y), -np.inf)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        start, end = corners[:, a], corners[:, b]
        crosses = (start[:, 1] <= y) != (end[:, 1] <= y)
        rise = np.where(crosses, end[:, 1] - start[:, 1], 1.0)
        x = start[:, 0] + (end[:, 0] - start[:, 0]) * (y - start[:, 1]) / rise
        left = np.where(crosses, np.minimum(left, x), left)
        right = np.where(crosses, np.maximum(right, x), right)
    missed = left > right
    return np.where(missed, 0.0, left), np.where(missed, 0.0, right)


def _nearness(corners: Floats, x: Floats, y: Floats) -> Floats:
    """Nearness of each triangle's plane at (x, y), kept between its corners'."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    normal = np.cross(b - a, c - a)
    upright = np.where(np.abs(normal[:, 2]) < 1e-12, 1e-12, normal[:, 2])
    near = a[:, 2] - (normal[:, 0] * (x - a[:, 0]) + normal[:, 1] * (y - a[:, 1])) / upright
    return np.clip(near, corners[..., 2].min(axis=1), corners[..., 2].max(axis=1))
