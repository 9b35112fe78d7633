"""Paths to polylines: all segments of a path as cubic curves, evaluated together by numpy.

svgelements reads the path language; its own lengths and points are exact but far too slow for real drawings.
"""

from collections.abc import Iterable

import numpy as np
import svgelements
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FARTHEST_MM = 1e6
"""A kilometre: what lies farther out is a mistake or an attack, and would drown everything else."""
TOLERANCE_MM = 0.01
"""How far a chord may stray from its curve."""
MOST_PIECES = 400
"""Chords per curve."""
STRAIGHT = (svgelements.Line, svgelements.Close)


class Unreadable(ValueError):
    """A path with coordinates that are no numbers or beyond all reason."""


def contours(path: svgelements.Path, matrix: Floats) -> list[Floats]:
    """The subpaths of `path` as polylines (n, 2) in mm, `matrix` (3, 3) leading from its units to mm.

    A closed one ends where it starts; one without any extent is left out. Transforms that the path itself carries
    are applied (`abs`). Raises Unreadable.
    """
    return contours_of(curves_in(path), matrix)


def curves_in(path: svgelements.Path) -> list[NDArray[np.complex128]]:
    """Control points (n, 4) of the cubic curves of every subpath; straight lines are curves too."""
    return [np.array(part, dtype=np.complex128) for part in _subpaths(abs(path))]


def contours_of(curves: Iterable[NDArray[np.complex128]], matrix: Floats) -> list[Floats]:
    """Subpaths that are cubic curves (n, 4) already; otherwise as `contours`. Raises Unreadable."""
    return visible(_flattened(part, matrix) for part in curves)


def visible(lines: Iterable[Floats]) -> list[Floats]:
    """Those of the polylines (n, 2) that have an extent. Raises Unreadable for one that has no place."""
    found = [line for line in lines if len(line) > 1]
    for line in found:
        if not (np.abs(line) <= FARTHEST_MM).all():  # this is how NaN fails too
            raise Unreadable
    return [line for line in found if np.ptp(line, axis=0).any()]


def transformed(points: Floats, matrix: Floats) -> Floats:
    """Points (..., 2) moved by the affine `matrix` (3, 3)."""
    with np.errstate(over="ignore", invalid="ignore"):  # such points are refused later
        moved: Floats = points @ matrix[:2, :2].T + matrix[:2, 2]
    return moved


def _subpaths(path: svgelements.Path) -> list[list[tuple[complex, complex, complex, complex]]]:
    """Control points of the cubic curves of every subpath; straight lines are curves too."""
    found: list[list[tuple[complex, complex, complex, complex]]] = []
    for segment in path:
        if isinstance(segment, svgelements.Move):
            found.append([])
            continue
        if not found or segment.start is None or segment.end is None:
            continue
        found[-1].extend(_cubics(segment))
        if isinstance(segment, svgelements.Close):
            found.append([])
    return [part for part in found if part]


def _cubics(segment: svgelements.PathSegment) -> list[tuple[complex, complex, complex, complex]]:
    start, end = complex(segment.start), complex(segment.end)
    if isinstance(segment, STRAIGHT):
        return [(start, start, end, end)]
    if isinstance(segment, svgelements.CubicBezier):
        return [(start, complex(segment.control1), complex(segment.control2), end)]
    if isinstance(segment, svgelements.QuadraticBezier):
        middle = complex(segment.control)
        return [(start, start + (middle - start) * 2 / 3, end + (middle - end) * 2 / 3, end)]
    if isinstance(segment, svgelements.Arc) and segment.rx and segment.ry:
        return [part for curve in segment.as_cubic_curves() for part in _cubics(curve)]
    return [(start, start, end, end)]


def is_straight(plane: NDArray[np.complex128]) -> bool:
    """Whether a subpath (n, 4) has lines only."""
    return not (plane[:, ::2] != plane[:, 1::2]).any()


def corners_of(plane: NDArray[np.complex128]) -> Floats:
    """Where the lines (n, 4) of a subpath meet (n + 1, 2)."""
    corners = np.concatenate([plane[:1, 0], plane[:, 3]])
    found: Floats = corners.view(np.float64).reshape(-1, 2)
    return found


def _flattened(plane: NDArray[np.complex128], matrix: Floats) -> Floats:
    if is_straight(plane):
        return transformed(corners_of(plane), matrix)
    control = transformed(np.stack([plane.real, plane.imag], axis=-1), matrix)
    if not (np.abs(control) <= FARTHEST_MM).all():
        raise Unreadable
    pieces = _pieces(control)
    owner = np.repeat(np.arange(len(control)), pieces)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 1
    return np.concatenate([control[:1, 0], _points(control[owner], step / pieces[owner])])


def _pieces(control: Floats) -> NDArray[np.int64]:
    """Chords each curve needs, from the bend of its control polygon (n, 4, 2); a straight line needs one."""
    straight = (control[:, 1] == control[:, 0]).all(axis=1) & (control[:, 2] == control[:, 3]).all(axis=1)
    bend = np.linalg.norm(np.diff(control, 2, axis=1), axis=2).max(axis=1)
    wanted = np.ceil(np.sqrt(0.75 * bend / TOLERANCE_MM))
    wanted = np.where(straight, 1, np.clip(wanted, 8, MOST_PIECES))
    return wanted.astype(np.int64)


def _points(control: Floats, t: Floats) -> Floats:
    """Points (n, 2) of the curves `control` (n, 4, 2), each at its `t`."""
    t = t[:, None]
    u = 1 - t
    found: Floats = (
        u**3 * control[:, 0] + 3 * u**2 * t * control[:, 1] + 3 * u * t**2 * control[:, 2] + t**3 * control[:, 3]
    )
    return found
