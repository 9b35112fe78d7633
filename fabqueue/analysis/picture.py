"""The picture of a part: one orange print on paper, lit from the upper left, drawn edges, a soft shadow, no background.

The look is that of the design's own pictures: it has to stand on the light and on the dark canvas.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from fabqueue.analysis.camera import Camera, look_at
from fabqueue.analysis.casting import Sight, caster

SIZE = 512
_FINER = 2
_COLOUR = np.array([0.886, 0.463, 0.184])
_INK = np.array([0.07, 0.10, 0.09])

Floats = NDArray[np.float32]


def draw(triangles: NDArray[np.float64], path: Path, size: int = SIZE) -> None:
    """Write the picture of `triangles` (n, 3, 3) in mm, facing outwards, to `path` as WebP of `size` pixels square."""
    camera = look_at(triangles, size * _FINER)
    caster_ = caster(triangles)
    sight = caster_.sight(camera)
    shadow = caster_.shadow(camera, float(triangles[..., 2].min()))
    colour, cover = _shade(triangles, camera, sight)
    _save(_smaller(*_over_shadow(colour, cover, shadow)), path)


def _shade(triangles: NDArray[np.float64], camera: Camera, sight: Sight) -> tuple[Floats, Floats]:
    """Colour (size, size, 3) and coverage (size, size) of the part itself."""
    hit = sight.seen >= 0
    normals = _normals(triangles, camera, sight, hit)
    light = _brightness(normals, camera) * (1 - _occlusion(sight, hit))
    colour = np.clip(_COLOUR.astype(np.float32) * light[..., None], 0, 1)
    glow = np.clip(light - 0.98, 0, 1)[..., None]
    colour = colour + (1 - colour) * glow * np.float32(0.7)
    edges = _edges(sight, hit, normals)[..., None] * np.float32(0.6)
    return colour * (1 - edges) + _INK.astype(np.float32) * edges, hit.astype(np.float32)


def _normals(triangles: NDArray[np.float64], camera: Camera, sight: Sight, hit: NDArray[np.bool_]) -> Floats:
    """Unit normals (size, size, 3) turned towards the viewer, in the part's frame; zero where nothing is seen."""
    used, back = np.unique(sight.seen[hit], return_inverse=True)
    corners = triangles[used]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    unit = cross / np.maximum(np.linalg.norm(cross, axis=1, keepdims=True), 1e-30)
    unit *= np.where(unit @ camera.axes[2] < 0, -1.0, 1.0)[:, None]
    normals = np.zeros((*hit.shape, 3), np.float32)
    normals[hit] = unit[back]
    return normals


def _brightness(normals: Floats, camera: Camera) -> Floats:
    key = np.clip(normals @ camera.light.astype(np.float32), 0, 1)
    sky = 0.5 + 0.5 * normals[..., 2]
    rim = np.clip(normals @ (camera.axes.T @ np.array([0.9, 0.1, 0.3])).astype(np.float32), 0, 1)
    return np.asarray(0.45 + 0.50 * key + 0.14 * sky + 0.12 * rim, np.float32)


def _occlusion(sight: Sight, hit: NDArray[np.bool_]) -> Floats:
    """How far each pixel lies behind what surrounds it, 0..0.44: soft shade in corners and pockets, at a quarter of the size."""
    coarse = hit[::4, ::4].astype(np.float32)
    depth = np.where(hit, sight.nearness, 0)[::4, ::4].astype(np.float32)
    shade = np.zeros_like(depth)
    for reach, strength in ((3.0, 0.20), (11.0, 0.24)):
        weight = ndimage.gaussian_filter(coarse, reach)
        around = ndimage.gaussian_filter(depth * coarse, reach) / np.maximum(weight, 1e-3)
        shade += strength * np.clip((around - depth) / (reach * 12.8), 0, 1) * coarse
    return np.asarray(ndimage.zoom(shade, 4, order=1)[: hit.shape[0], : hit.shape[1]], np.float32)


def _edges(sight: Sight, hit: NDArray[np.bool_], normals: Floats) -> Floats:
    """Drawn lines, 0..0.8: where the depth jumps and where the surface turns sharply."""
    back = sight.nearness[hit].min() - 200 if hit.any() else 0.0
    depth = np.where(hit, sight.nearness, back).astype(np.float32)
    jump, turn = np.zeros_like(depth), np.zeros_like(depth)
    for axis in (0, 1):
        nearer = np.roll(depth, -1, axis)
        jump = np.maximum(jump, np.abs(depth - nearer))
        turn = np.maximum(turn, 1 - np.sum(normals * np.roll(normals, -1, axis), axis=-1))
    edge = np.clip((jump > 5 * _FINER) * 0.8 + np.clip((turn * hit - 0.12) * 1.4, 0, 0.42), 0, 0.8).astype(np.float32)
    return np.asarray(np.maximum(edge, ndimage.maximum_filter(edge, 2) * 0.9) * ndimage.binary_dilation(hit), np.float32)


def _over_shadow(colour: Floats, cover: Floats, shadow: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Colour multiplied by coverage (size, size, 3), and coverage, with the shadow on the bed underneath."""
    coarse = shadow[::4, ::4].astype(np.float32)
    soft = ndimage.gaussian_filter(coarse, 4.5) * 0.34 + ndimage.gaussian_filter(coarse, 1.2) * 0.10
    fine = np.clip(ndimage.zoom(soft, 4, order=1)[: cover.shape[0], : cover.shape[1]], 0, 0.5)
    below = ((1 - cover) * fine).astype(np.float32)
    both = colour * cover[..., None] + _INK.astype(np.float32) * below[..., None]
    return both, cover + below


def _smaller(colour: Floats, cover: Floats) -> Floats:
    """The mean of each block of pixels as RGBA 0..1, colour no longer multiplied."""
    size = len(cover) // _FINER
    stacked = np.dstack([colour, cover]).reshape(size, _FINER, size, _FINER, 4).mean(axis=(1, 3))
    stacked[..., :3] /= np.maximum(stacked[..., 3:], 1e-6)
    return stacked


def _save(picture: Floats, path: Path) -> None:
    pixels = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    Image.fromarray(pixels).save(path, quality=86, alpha_quality=90, method=3)
