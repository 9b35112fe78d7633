"""The picture of a part: one orange print on paper, lit from the upper left, drawn edges, a soft shadow, no background.

The look is that of the design's own pictures: it has to stand on the light and on the dark canvas.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from fabqueue.analysis.camera import AXES, FILL, HEIGHT, WIDTH, Camera, look_at
from fabqueue.analysis.casting import Sight, caster

_FINER = 2
"""Every pixel is the mean of this many squared."""
_COARSER = 4
"""Soft shade is worked out on pixels this many times larger than the fine ones."""
_COLOUR = np.array([0.886, 0.463, 0.184], np.float32)
_INK = np.array([0.07, 0.10, 0.09], np.float32)
_RIM = (AXES.T @ np.array([0.9, 0.1, 0.3])).astype(np.float32)

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


def draw(triangles: NDArray[np.float64], path: Path) -> None:
    """Write the picture of `triangles` (n, 3, 3) in mm to `path` as WebP of `WIDTH` x `HEIGHT` pixels."""
    triangles = _at_hand(triangles)
    camera = look_at(triangles)
    rays = caster(triangles)
    width, height = _even(WIDTH * FILL) + 8, _even(HEIGHT * FILL) + 8
    sight = rays.sight(camera.finer(_FINER, _FINER * width, _FINER * height))
    part = _smaller(_shaded(triangles, camera, sight))
    dark = rays.shadow(camera.finer(0.5, WIDTH // 2, HEIGHT // 2), float(triangles[..., 2].min()))
    _save(_composed(part, _shadow(dark)), path)


def _at_hand(triangles: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same part 100 mm large around the origin: rays are counted in single precision."""
    corners = triangles.reshape(-1, 3)
    low, high = corners.min(axis=0), corners.max(axis=0)
    moved: NDArray[np.float64] = triangles - (low + high) / 2
    moved *= 100 / max(float((high - low).max()), 1e-300)
    return moved


def view() -> dict[str, object]:
    """How pages find points of the part in its picture: unit vectors right and up, and the share that is filled."""
    right, up = ([round(float(each), 4) for each in axis] for axis in AXES[:2])
    return {"right": right, "up": up, "fill": FILL}


def _even(length: float) -> int:
    return 2 * round(length / 2)


def _shaded(triangles: NDArray[np.float64], camera: Camera, sight: Sight) -> Floats:
    """The part as colour times coverage and coverage (height, width, 4), on fine pixels."""
    hit = sight.seen >= 0
    normals = _normals(triangles, sight, hit)
    light = _brightness(normals, camera.light.astype(np.float32)) * (1 - _occlusion(sight, hit))
    glow = np.clip(light - 0.98, 0, 1)[..., None] * np.float32(0.7)
    colour = np.minimum(_COLOUR * light[..., None], 1)
    colour += (1 - colour) * glow
    colour += (_INK - colour) * _edges(sight, hit, normals)[..., None]
    return np.dstack([colour * hit[..., None], hit]).astype(np.float32)


def _normals(triangles: NDArray[np.float64], sight: Sight, hit: Flags) -> Floats:
    """Unit normals (height, width, 3) turned towards the viewer, in the part's frame; zero where nothing is seen."""
    used, back = np.unique(sight.seen[hit], return_inverse=True)
    corners = triangles[used]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    unit = cross / np.maximum(np.linalg.norm(cross, axis=1, keepdims=True), 1e-30)
    unit *= np.where(unit @ AXES[2] < 0, -1.0, 1.0)[:, None]
    normals = np.zeros((*hit.shape, 3), np.float32)
    normals[hit] = unit[back]
    return normals


def _brightness(normals: Floats, light: Floats) -> Floats:
    key = np.clip(normals @ light, 0, 1)
    rim = np.clip(normals @ _RIM, 0, 1)
    return np.asarray(0.52 + 0.50 * key + 0.07 * normals[..., 2] + 0.12 * rim, np.float32)


def _occlusion(sight: Sight, hit: Flags) -> Floats:
    """How far each pixel lies behind what surrounds it, 0..0.44: soft shade in corners and pockets."""
    coarse = hit[::_COARSER, ::_COARSER].astype(np.float32)
    depth = np.where(coarse > 0, sight.nearness[::_COARSER, ::_COARSER], 0).astype(np.float32)
    shade = np.zeros_like(depth)
    for reach, strength in ((3.0, 0.20), (11.0, 0.24)):
        weight = ndimage.gaussian_filter(coarse, reach)
        around = ndimage.gaussian_filter(depth, reach) / np.maximum(weight, 1e-3)
        shade += strength * np.clip((around - depth) / (reach * 3.2 * _COARSER), 0, 1) * coarse
    return _enlarged(shade, hit.shape)


def _enlarged(coarse: Floats, shape: tuple[int, ...]) -> Floats:
    factors = [long / short for long, short in zip(shape, coarse.shape, strict=True)]
    return np.asarray(ndimage.zoom(coarse, factors, order=1), np.float32)


def _edges(sight: Sight, hit: Flags, normals: Floats) -> Floats:
    """How much ink is drawn, 0..0.5: where the depth jumps and where the surface turns sharply."""
    back = float(sight.nearness[hit].min()) - 200 if hit.any() else 0.0
    depth = np.where(hit, sight.nearness, back).astype(np.float32)
    jump, turn = np.zeros_like(depth), np.zeros_like(depth)
    for axis in (0, 1):
        jump = np.maximum(jump, np.abs(depth - np.roll(depth, -1, axis)))
        turn = np.maximum(turn, 1 - np.einsum("ijk,ijk->ij", normals, np.roll(normals, -1, axis)))
    edge = np.maximum((jump > 5 * _FINER) * np.float32(0.8), np.clip((turn * hit - 0.12) * 1.4, 0, 0.42))
    return np.asarray(np.maximum(edge, ndimage.maximum_filter(edge, 2) * 0.9) * 0.6, np.float32)


def _smaller(fine: Floats) -> Floats:
    """The mean of each block of fine pixels."""
    height, width, channels = fine.shape
    blocks = fine.reshape(height // _FINER, _FINER, width // _FINER, _FINER, channels)
    total = np.zeros((height // _FINER, width // _FINER, channels), np.float32)
    for row in range(_FINER):
        for column in range(_FINER):
            total += blocks[:, row, :, column]
    total /= _FINER**2
    return total


def _shadow(dark: Flags) -> Floats:
    """How much the bed is darkened (HEIGHT, WIDTH): soft, and fading out towards the rim of the picture."""
    sharp = dark.astype(np.float32)
    soft = ndimage.gaussian_filter(sharp, 4.5) * 0.34 + ndimage.gaussian_filter(sharp, 1.2) * 0.10
    rim = np.minimum.outer(_fade(HEIGHT), _fade(WIDTH))
    return np.asarray(np.clip(_enlarged(soft, (HEIGHT, WIDTH)), 0, 0.5) * rim, np.float32)


def _fade(length: int) -> Floats:
    """1 across the picture, falling to 0 at its rim."""
    distance = np.minimum(np.arange(length), np.arange(length)[::-1])
    return np.clip(distance / (0.1 * length), 0, 1).astype(np.float32)


def _composed(part: Floats, shadow: Floats) -> Floats:
    """The part, in the middle, over its shadow: RGBA (HEIGHT, WIDTH, 4), 0..1, colour not multiplied."""
    canvas = np.zeros((HEIGHT, WIDTH, 4), np.float32)
    top, left = (HEIGHT - part.shape[0]) // 2, (WIDTH - part.shape[1]) // 2
    canvas[top : top + part.shape[0], left : left + part.shape[1]] = part
    below = (1 - canvas[..., 3]) * shadow
    canvas[..., :3] += _INK * below[..., None]
    canvas[..., 3] += below
    canvas[..., :3] /= np.maximum(canvas[..., 3:], 1e-6)
    return canvas


def _save(picture: Floats, path: Path) -> None:
    pixels = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    Image.fromarray(pixels).save(path, quality=86, alpha_quality=90, method=3)
