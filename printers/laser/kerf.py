"""Outlines moved by half of what the beam burns away: outwards around parts, inwards in holes."""

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from printers.driver import Problem
from printers.laser.contours import Contour, thinned
from printers.laser.nesting import Nesting

Geometries = NDArray[np.object_]

_NONE = np.array(None, dtype=object)

MITRE_LIMIT = 3.0
"""Sharp corners stay sharp up to this many half widths of the beam, as on the part they should be."""


def compensated(lines: Sequence[Contour], nest: Nesting, kerf_mm: float) -> tuple[list[Contour], list[Problem]]:
    """The lines with rings moved, and notes on those that were left as they are.

    Open lines have no side. Rings that cross or touch others, or themselves, have none that is right for both. Where a
    detail is narrower than the beam, or two outlines would run into one another, they are left as well.
    """
    rings = np.array([shapely.Polygon(each.points) if each.closed else None for each in lines], dtype=object)
    clear = shapely.is_valid(rings)
    clear[list(_touching(rings))] = False
    away = np.where(nest.depth % 2 == 0, kerf_mm / 2, -kerf_mm / 2)
    moved = np.full(len(lines), None, dtype=object)
    moved[clear] = shapely.buffer(rings[clear], away[clear], join_style="mitre", mitre_limit=MITRE_LIMIT)
    whole = clear & _is_one_ring(moved)
    close = np.array(sorted(_touching(np.where(whole, moved, _NONE))), dtype=np.int64)
    done = whole.copy()
    done[close] = False
    found = [_outline(moved[place]) if done[place] else line for place, line in enumerate(lines)]
    closed = np.array([each.closed for each in lines], dtype=bool)
    notes = {
        "laser_kerf_open": int((~closed).sum()),
        "laser_kerf_crossing": int((closed & ~clear).sum()),
        "laser_kerf_narrow": int((clear & ~done).sum()),
    }
    return found, [Problem(code, {"count": count}) for code, count in notes.items() if count]


def _touching(rings: Geometries) -> Iterator[int]:
    """Places of rings whose outlines meet."""
    outlines = shapely.get_exterior_ring(rings)
    one, other = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    yield from np.unique(one[one != other]).tolist()


def _is_one_ring(moved: Geometries) -> NDArray[np.bool_]:
    """Whether each is still one outline: nothing closed up, fell apart or vanished."""
    plain: NDArray[np.bool_] = shapely.get_type_id(moved) == shapely.GeometryType.POLYGON
    plain &= ~shapely.is_empty(moved)
    plain &= shapely.get_num_interior_rings(moved) == 0
    return plain


def _outline(polygon: shapely.Polygon) -> Contour:
    return thinned([Contour(shapely.get_coordinates(shapely.get_exterior_ring(polygon)), closed=True)])[0]
