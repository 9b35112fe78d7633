"""Which triangle every pixel sees, how near it is, and where the bed lies in shadow: by embree or by numpy alone."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fabqueue.analysis import embree
from fabqueue.analysis.camera import AXES, Camera, crowding

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FRAGMENTS = 2_000_000
_MOST_FRAGMENTS = 10_000_000
_TANGLED = 200.0


@dataclass(frozen=True, slots=True)
class Sight:
    """For every pixel (height, width): the triangle seen or -1, and its nearness in pixels (-inf where none)."""

    seen: Ints
    nearness: Floats


class Caster(Protocol):
    """A way of finding out what a camera sees of triangles (n, 3, 3)."""

    def sight(self, camera: Camera) -> Sight: ...

    def shadow(self, camera: Camera, floor: float) -> NDArray[np.bool_]:
        """Pixels (height, width) whose point on the plane z = floor cannot see the lamp."""
        ...


def caster(triangles: Floats) -> Caster:
    """Embree where it is installed (x86-64), else numpy; numpy too for tangles, where rays meet too many boxes."""
    centre = (triangles.reshape(-1, 3).min(axis=0) + triangles.reshape(-1, 3).max(axis=0)) / 2
    rays = embree.rays(triangles - centre) if crowding(triangles) < _TANGLED else None
    return _Embree(triangles, centre, rays) if rays else _Raster(triangles)


class _Embree:
    """Casts a ray for every pixel."""

    def __init__(self, triangles: Floats, centre: Floats, rays: embree.Rays) -> None:
        self.centre, self.rays = centre, rays
        self.reach = float(np.linalg.norm(np.ptp(triangles.reshape(-1, 3), axis=0))) or 1.0

    def sight(self, camera: Camera) -> Sight:
        x, y = camera.pixels()
        start = camera.place(x, y, camera.scale * self.reach) - self.centre
        seen, distance = self.rays.first(start, -AXES[2])
        nearness = camera.scale * (self.reach - distance)
        return Sight(seen.reshape(x.shape), nearness.reshape(x.shape))

    def shadow(self, camera: Camera, floor: float) -> NDArray[np.bool_]:
        x, y = camera.pixels()
        points = camera.place(x, y, 0.0)
        points -= ((points[..., 2] - floor) / AXES[2, 2])[..., None] * AXES[2]
        blocked = self.rays.blocked(points - self.centre + 1e-4 * self.reach * camera.light, camera.light)
        return blocked.reshape(x.shape)


class _Raster:
    """Fills every triangle row by row and keeps the nearest: the same answer from numpy alone."""

    def __init__(self, triangles: Floats) -> None:
        self.triangles = triangles

    def sight(self, camera: Camera) -> Sight:
        projected = camera.project(self.triangles)
        kept = _affordable(projected)
        best = _fill(projected[kept], camera)
        number = (best & np.uint64(0xFFFFFFFF)).astype(np.int64)
        low, step = _depth_scale(projected[kept])
        nearness = np.where(number > 0, low + (best >> np.uint64(32)).astype(np.float64) * step, -np.inf)
        return Sight(np.where(number > 0, kept[number - 1], -1), nearness)

    def shadow(self, camera: Camera, floor: float) -> NDArray[np.bool_]:
        height = (self.triangles[..., 2:] - floor) / camera.light[2]
        projected = camera.project(self.triangles - height * camera.light)
        return np.asarray(_fill(projected[_affordable(projected)], camera) != 0, np.bool_)


def _affordable(projected: Floats) -> Ints:
    """The triangles to fill: all, or every so many of a tangle that covers the picture thousands of times."""
    flat, span = projected[..., :2], np.ptp(projected[..., 1], axis=1) + 1
    a, b = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    work = float(span.sum() + np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / 2)
    return np.arange(0, len(projected), max(1, int(np.ceil(work / _MOST_FRAGMENTS))))


def _depth_scale(projected: Floats) -> tuple[float, float]:
    """Nearness as 31-bit steps: its lowest value and the width of a step."""
    low, high = float(projected[..., 2].min()), float(projected[..., 2].max())
    return low, max(high - low, 1e-9) / (2**31 - 1)


def _fill(projected: Floats, camera: Camera) -> NDArray[np.uint64]:
    """For every pixel (height, width): nearness in steps << 32 | triangle + 1 of the nearest triangle, 0 for none."""
    canvas = _Canvas(np.zeros(camera.height * camera.width, np.uint64), camera, *_depth_scale(projected))
    tops = np.clip(np.ceil(projected[..., 1].min(axis=1) - 0.5), 0, camera.height).astype(np.int64)
    ends = np.clip(np.ceil(projected[..., 1].max(axis=1) - 0.5), 0, camera.height).astype(np.int64)
    rows = np.maximum(ends - tops, 0)
    for part in _chunks(rows, _FRAGMENTS // camera.width):
        owner, row = _spread(part, tops[part], rows[part])
        canvas.fill(projected, owner, row)
    return canvas.best.reshape(camera.height, camera.width)


@dataclass(frozen=True, slots=True)
class _Canvas:
    """What `_fill` fills: `best` (height * width), nearness counted in `step` from `low`."""

    best: NDArray[np.uint64]
    camera: Camera
    low: float
    step: float

    def fill(self, projected: Floats, owner: Ints, row: Ints) -> None:
        """Enter the pixels of every `row` of the triangle that is its `owner`."""
        width = self.camera.width
        left, right = _span(projected[owner], row.astype(np.float64) + 0.5)
        first = np.clip(np.ceil(left - 0.5), 0, width).astype(np.int64)
        last = np.clip(np.ceil(right - 0.5), 0, width).astype(np.int64)
        which, column = _spread(np.arange(len(owner)), first, np.maximum(last - first, 0))
        owner, row = owner[which], row[which]
        x, y = column.astype(np.float64) + 0.5, row.astype(np.float64) + 0.5
        near = _nearness(projected[owner], x, y)
        steps = np.clip((near - self.low) / self.step, 0, 2**31 - 1).astype(np.uint64)
        np.maximum.at(self.best, row * width + column, (steps << np.uint64(32)) | (owner + 1).astype(np.uint64))


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
