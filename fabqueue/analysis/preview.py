"""The files a mesh analysis leaves beside its report: a picture and a small 3D model for the browser."""

from collections.abc import Iterator
from pathlib import Path

import fast_simplification
import numpy as np

from fabqueue.analysis import glb, picture
from fabqueue.analysis.camera import crowding
from fabqueue.analysis.results import FILES
from fabqueue.analysis.solid import Solid
from fabqueue.analysis.surface import Surface

_LIGHT = 50_000
_HEAVY = 400_000
_VOLUME_SHARE = 0.01
_TANGLED = 200.0


def files(solid: Solid, folder: Path) -> Iterator[dict[str, str]]:
    """Write picture and preview of `solid` into `folder`, yielding {"file": key} for each.

    A surface that no viewer could carry, however simplified, gets a picture only.
    """
    light = lightened(solid)
    picture.draw(light.triangles, folder / FILES["picture"])
    yield {"file": "picture"}
    if len(light.faces) <= _HEAVY:
        glb.write(light, folder / FILES["preview"])
        yield {"file": "preview"}


def lightened(solid: Solid) -> Surface:
    """The surface in at most 50,000 triangles, or 400,000 where fewer change the volume by 1 %, or else as it is.

    A tangle, where boxes around the triangles overlap hundreds of times, would keep the simplifier busy for ever.
    """
    surface = solid.surface
    if len(surface.faces) <= _LIGHT or crowding(solid.triangles) > _TANGLED:
        return surface
    for target in (_LIGHT, _HEAVY):
        fewer = _simplified(surface, target)
        if len(fewer.faces) and abs(fewer.volume - solid.volume) <= _VOLUME_SHARE * abs(solid.volume):
            return fewer
    return surface


def _simplified(surface: Surface, target: int) -> Surface:
    if len(surface.faces) <= target:
        return surface
    corners, faces = fast_simplification.simplify(surface.corners, surface.faces, target_count=target)
    return Surface(np.asarray(corners, np.float64), np.asarray(faces, np.int64))
