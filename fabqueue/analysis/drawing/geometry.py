"""The basic shapes of SVG: straight ones as points, the others as svgelements paths, all in their own units."""

import math
import re

import numpy as np
import svgelements

from fabqueue.analysis.drawing.flatten import Floats, Unreadable
from fabqueue.analysis.drawing.units import length

SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}
_AFTER_CLOSE = re.compile(r"[zZ](?=[\s,]*[-+.\d])")
"""A number behind a closed subpath, which is no path data."""
_POINTS = re.compile(r"\s*n(?:\s*(?:,\s*)?n)*\s*,?\s*")
"""The points of a polyline, each number written as n."""
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def polyline_of(tag: str, properties: dict[str, str], width: float, height: float) -> Floats | None:
    """Points (n, 2) of a line, polyline, polygon or sharp rectangle, or None for every other shape.

    `width` and `height` of the viewport are what percentages are of.
    """
    size = _Sizes(properties, width, height)
    if tag == "line":
        return np.array([[size.x("x1"), size.y("y1")], [size.x("x2"), size.y("y2")]])
    if tag in {"polyline", "polygon"}:
        return _points(properties.get("points", ""), closed=tag == "polygon")
    if tag == "rect" and not _is_round(size):
        return _rectangle(size)
    return None


def path_of(tag: str, properties: dict[str, str], width: float, height: float) -> svgelements.Path | None:
    """Path of a circle, ellipse or round rectangle, or None when it is not drawn."""
    size = _Sizes(properties, width, height)
    if tag == "rect":
        return _round_rectangle(size)
    rx, ry = (size.radius("r"),) * 2 if tag == "circle" else _radii(size)
    if not (rx > 0 and ry > 0 and math.isfinite(rx + ry)):
        return None
    return abs(svgelements.Path(svgelements.Ellipse(size.x("cx"), size.y("cy"), rx, ry)))


def read_path(data: str) -> tuple[svgelements.Path, bool]:
    """The path as far as it can be read, which is what browsers draw, and whether that was all of it."""
    path = svgelements.Path()
    goes_on = _AFTER_CLOSE.search(data)
    read = data[: goes_on.start() + 1] if goes_on else data
    lexer = svgelements.SVGLexicalParser()
    try:
        lexer.parse(path, read)
    except (ValueError, TypeError, IndexError, AttributeError, ZeroDivisionError):  # whatever its reader stumbles over
        return path, False
    # it stops without a word at what is no command
    return path, goes_on is None and not data[lexer.pos :].strip()


class _Sizes:
    """Lengths among the properties of a shape, in pixels of its own units; what is missing or wrong is 0."""

    def __init__(self, properties: dict[str, str], width: float, height: float) -> None:
        self.properties, self.width, self.height = properties, width, height

    def x(self, name: str) -> float:
        return self._of(name, self.width)

    def y(self, name: str) -> float:
        return self._of(name, self.height)

    def radius(self, name: str) -> float:
        return self._of(name, math.hypot(self.width, self.height) / math.sqrt(2))

    def has(self, name: str) -> bool:
        return length(self.properties.get(name)) is not None

    def _of(self, name: str, whole: float) -> float:
        found = length(self.properties.get(name))
        return found.px(whole) if found else 0.0


def _is_round(size: _Sizes) -> bool:
    return size.x("rx") > 0 or size.y("ry") > 0


def _rectangle(size: _Sizes) -> Floats:
    x, y, width, height = size.x("x"), size.y("y"), size.x("width"), size.y("height")
    if width <= 0 or height <= 0:
        return np.zeros((0, 2))
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]])


def _round_rectangle(size: _Sizes) -> svgelements.Path | None:
    width, height = size.x("width"), size.y("height")
    if width <= 0 or height <= 0:
        return None
    rx, ry = _radii(size)
    if not (rx > 0 and ry > 0):
        rx = ry = 0.0
    corner = {"rx": min(rx, width / 2), "ry": min(ry, height / 2)}
    return abs(svgelements.Path(svgelements.Rect(size.x("x"), size.y("y"), width, height, **corner)))


def _radii(size: _Sizes) -> tuple[float, float]:
    """Both radii; one that is missing or negative is as long as the other."""
    across, down = size.x("rx"), size.y("ry")
    has_across, has_down = size.has("rx") and across >= 0, size.has("ry") and down >= 0
    return across if has_across else max(down, 0.0), down if has_down else max(across, 0.0)


def _points(text: str, *, closed: bool) -> Floats:
    # single blanks only: many of them would keep the pattern busy for ever
    if _POINTS.fullmatch(_NUMBER.sub("n", " ".join(text.split()))) is None:
        if text.strip():
            raise Unreadable  # browsers draw nothing of it
        return np.zeros((0, 2))
    numbers = [float(number) for number in _NUMBER.findall(text)]
    points = np.array(numbers[: len(numbers) // 2 * 2], dtype=np.float64).reshape(-1, 2)
    return np.concatenate([points, points[:1]]) if closed and len(points) else points
