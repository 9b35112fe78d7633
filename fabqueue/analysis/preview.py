"""The files a mesh analysis leaves beside its report: a picture and a small 3D model for the browser."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fabqueue.analysis import glb, picture
from fabqueue.analysis.results import FILES
from fabqueue.analysis.solid import Solid

_LIGHT_TRIANGLES = 50_000
_MOST_TRIANGLES = 400_000
_VOLUME_SHARE = 0.01

Floats = NDArray[np.float64]


def files(solid: Solid, folder: Path) -> Iterator[dict[str, str]]:
    """Write picture and preview of `solid` into `folder`, yielding {"file": key} for each."""
    light = lightened(solid)
    picture.draw(light, folder / FILES["picture"])
    yield {"file": "picture"}
    if len(light) <= _MOST_TRIANGLES:
        glb.write(light, folder / FILES["preview"])
        yield {"file": "preview"}


def lightened(solid: Solid) -> Floats:
    """At most 50,000 triangles where that changes the volume by less than 1 %, else as few as keep it so."""
    if len(solid.triangles) <= _LIGHT_TRIANGLES:
        return solid.triangles
    for target in (_LIGHT_TRIANGLES, 4 * _LIGHT_TRIANGLES):
        fewer = _simplified(solid.triangles, target)
        if len(fewer) and _same_volume(solid, fewer):
            return fewer
    return solid.triangles


def _simplified(triangles: Floats, target: int) -> Floats:
    import fast_simplification

    corners, faces = glb.indexed(triangles)
    if len(faces) <= target:
        return triangles
    points, cells = fast_simplification.simplify(corners, faces, target_count=target)
    return np.asarray(points, np.float64)[cells]


def _same_volume(solid: Solid, triangles: Floats) -> bool:
    a, b, c = (triangles - (solid.low + solid.high) / 2).transpose(1, 0, 2)
    volume = float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6
    return abs(volume - solid.volume) <= _VOLUME_SHARE * abs(solid.volume)
