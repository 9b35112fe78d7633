"""What single entities of a DXF draw: polylines (n, 3) in the units and the space of the entity's block.

Old entities of the plane lie in a plane of their own, which their `extrusion` names: mirrored parts look down.
"""

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
from scipy.interpolate import BSpline, make_interp_spline

from fabqueue.analysis.drawing.dxf_file import Entity, number
from fabqueue.analysis.drawing.flatten import TOLERANCE_MM, Floats, Unreadable

ROUND_PIECES = (48, 4_000)
"""Chords of a full turn, at least and at most."""
SPLINE_PIECES = (8, 200)
"""Chords between two knots, at least and at most."""
MAX_DEGREE = 25
_CLOSED, _SPLINE_FRAME, _SOLID, _MESHES = 1, 16, 8, 16 | 64
_OF_CORNER = {"20": 1, "42": 2}
_NO_TURN = 1e-6
"""Angles that come to less are whole turns, rounded in the file."""
_NEARLY_UP = 1 / 64
"""DXF's own bound: planes that lean less than this take their x axis from y."""


def lines_of(entity: Entity, scale: float) -> list[Floats]:
    """The polylines of an entity of DRAWN, fine enough for one unit of it being `scale` mm. Raises Unreadable."""
    return [line for line in _READERS[entity.kind](entity, scale) if len(line) > 1]


def is_mesh(entity: Entity) -> bool:
    """Whether a polyline is a net of faces and draws no line."""
    return entity.kind == "POLYLINE" and bool(entity.whole("70") & _MESHES)


def plane_of(entity: Entity) -> Floats:
    """The axes (3, 3), as columns, of the plane in which an entity lies. Raises Unreadable."""
    if not entity.text("230"):
        return np.eye(3)
    normal = entity.point("210")
    if not normal.any():
        return np.eye(3)
    normal = normal / np.linalg.norm(normal)
    other = [0.0, 1.0, 0.0] if max(abs(normal[0]), abs(normal[1])) < _NEARLY_UP else [0.0, 0.0, 1.0]
    across = np.cross(other, normal)
    across = across / np.linalg.norm(across)
    return np.column_stack([across, np.cross(normal, across), normal])


def _line(entity: Entity, scale: float) -> list[Floats]:
    return [np.array([entity.point("10"), entity.point("11")])]


def _circle(entity: Entity, scale: float) -> list[Floats]:
    return [_round(entity, scale, 0.0, 2 * math.pi)]


def _arc(entity: Entity, scale: float) -> list[Floats]:
    start, end = (math.radians(entity.number(code)) for code in ("50", "51"))
    return [_round(entity, scale, start, _behind(start, end))]


def _behind(start: float, end: float) -> float:
    """`end` so that the way there from `start` is more than nothing and at most one turn. Raises Unreadable."""
    if not math.isfinite(start + end):
        raise Unreadable
    turn = (end - start) % (2 * math.pi)
    return start + (turn if turn > _NO_TURN else 2 * math.pi)


def _round(entity: Entity, scale: float, start: float, end: float) -> Floats:
    radius = abs(entity.number("40"))
    angle = np.linspace(start, end, _pieces(end - start, radius * scale) + 1)
    flat = np.stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros(len(angle))], axis=-1)
    return (entity.point() + flat) @ plane_of(entity).T


def _pieces(turn: float, radius_mm: float) -> int:
    """Chords for an angle in radians, no farther from their arc than is allowed."""
    if not math.isfinite(turn * radius_mm):
        raise Unreadable
    per_turn = math.pi * math.sqrt(radius_mm / (2 * TOLERANCE_MM))
    least, most = ROUND_PIECES
    return max(1, math.ceil(abs(turn) / (2 * math.pi) * min(max(per_turn, least), most)))


def _ellipse(entity: Entity, scale: float) -> list[Floats]:
    major = entity.point("11")
    minor = np.cross(plane_of(entity)[:, 2], major) * entity.number("40", 1.0)
    start = entity.number("41")
    end = _behind(start, entity.number("42", 2 * math.pi))
    angle = np.linspace(start, end, _pieces(end - start, float(np.linalg.norm(major)) * scale) + 1)[:, None]
    return [entity.point() + major * np.cos(angle) + minor * np.sin(angle)]


def _lwpolyline(entity: Entity, scale: float) -> list[Floats]:
    corners: list[list[float]] = []
    for code, value in entity.pairs:
        if code == "10":
            corners.append([number(value), 0.0, 0.0])
        elif corners and code in _OF_CORNER:
            corners[-1][_OF_CORNER[code]] = number(value)
    return [_bulged(np.array(corners).reshape(-1, 3), entity, entity.number("38"), scale)]


def _polyline(entity: Entity, scale: float) -> list[Floats]:
    vertices = [each for each in entity.parts if not each.whole("70") & _SPLINE_FRAME]
    if entity.whole("70") & _SOLID:
        points = np.array([each.point() for each in vertices]).reshape(-1, 3)
        return [np.concatenate([points, points[:1]]) if entity.whole("70") & _CLOSED else points]
    corners = np.array([[*each.point()[:2], each.number("42")] for each in vertices]).reshape(-1, 3)
    return [_bulged(corners, entity, entity.number("30"), scale)]


def _bulged(corners: Floats, entity: Entity, height: float, scale: float) -> Floats:
    """The line through `corners` (x, y, bulge): a bulge bends the way to the next corner into an arc."""
    if entity.whole("70") & _CLOSED:
        corners = np.concatenate([corners, corners[:1]])
    if not np.isfinite(corners).all():
        raise Unreadable
    flat = corners[:, :2]
    if corners[:-1, 2].any():
        pieces = [_bend(start, end, scale) for start, end in pairwise(corners)]
        flat = np.concatenate([flat[:1], *pieces])
    return np.column_stack([flat, np.full(len(flat), height)]) @ plane_of(entity).T


def _bend(start: Floats, end: Floats, scale: float) -> Floats:
    """The points (n, 2) behind `start` up to `end`; a bulge is the tangent of a quarter of the angle."""
    here, there, bulge = complex(*start[:2]), complex(*end[:2]), float(start[2])
    if bulge == 0 or here == there:
        return end[None, :2]
    turn = 4 * math.atan(bulge)
    centre = (here + there) / 2 + (there - here) * 1j * (1 - bulge**2) / (4 * bulge)
    count = _pieces(turn, abs(here - centre) * scale)
    along = centre + (here - centre) * np.exp(1j * turn * np.arange(1, count + 1) / count)
    along[-1] = there
    return np.stack([along.real, along.imag], axis=-1)


def _spline(entity: Entity, scale: float) -> list[Floats]:
    degree, knots = entity.whole("71", 3), np.array(entity.column("40"))
    control = _points(entity, ("10", "20", "30"))
    if len(control) < 2:
        return [_through(_points(entity, ("11", "21", "31")), scale)]
    weights = np.array(entity.column("41"))
    weights = weights if len(weights) == len(control) else np.ones(len(control))
    is_wrong = not 1 <= degree <= MAX_DEGREE or len(knots) != len(control) + degree + 1 or not (weights > 0).all()
    if is_wrong or not np.isfinite([*knots, *control.ravel(), *weights]).all() or (np.diff(knots) < 0).any():
        raise Unreadable
    weighted = np.column_stack([control * weights[:, None], weights])
    found = _along(BSpline(knots, weighted, degree), control, scale)
    return [found[:, :3] / found[:, 3:]]


def _along(curve: BSpline, control: Floats, scale: float) -> Floats:
    """Points of `curve` at every knot and between them."""
    degree, count = curve.k, len(control)
    knots = np.unique(curve.t[degree : count + 1])
    if len(knots) < 2:
        raise Unreadable
    bend = float(np.linalg.norm(np.diff(control, 2, axis=0), axis=1).max(initial=0.0)) * scale
    least, most = SPLINE_PIECES if degree > 1 else (1, 1)
    pieces = min(max(math.ceil(math.sqrt(degree * bend / (8 * TOLERANCE_MM))), least), most)
    places = np.interp(np.arange((len(knots) - 1) * pieces + 1) / pieces, np.arange(len(knots)), knots)
    found: Floats = curve(places)
    return found


def _points(entity: Entity, codes: tuple[str, str, str]) -> Floats:
    """The points (n, 3) of a list; a missing z is none."""
    x, y, z = (entity.column(code) for code in codes)
    if len(x) != len(y):
        raise Unreadable
    return np.column_stack([x, y, z if len(z) == len(x) else np.zeros(len(x))])


def _through(points: Floats, scale: float) -> Floats:
    """The curve that a spline takes which only names points on its way. Raises Unreadable."""
    if len(points) < 2 or not np.isfinite(points).all():
        raise Unreadable
    apart = np.r_[True, np.linalg.norm(np.diff(points, axis=0), axis=1) > 0]
    points = points[apart]
    if len(points) < 3:
        return points
    way = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    curve = make_interp_spline(way, points, k=min(3, len(points) - 1))
    return _along(curve, np.asarray(curve.c), scale)


_READERS: Mapping[str, Callable[[Entity, float], list[Floats]]] = {
    "LINE": _line,
    "CIRCLE": _circle,
    "ARC": _arc,
    "ELLIPSE": _ellipse,
    "LWPOLYLINE": _lwpolyline,
    "POLYLINE": _polyline,
    "SPLINE": _spline,
}
DRAWN = frozenset(_READERS)
"""The kinds of entity that draw lines."""
