"""The basic shapes of SVG: straight ones as points, the others as svgelements paths, all in their own units."""

import math
import re
from functools import cache

import numpy as np
import svgelements

from fabqueue.analysis.drawing.curves import Curves
from fabqueue.analysis.drawing.flatten import Unreadable, curves_in
from fabqueue.analysis.drawing.units import length

SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}
_PLAIN = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")
"""A length as programs write most of them."""
_AFTER_CLOSE = re.compile(r"[zZ](?=[\s,]*[-+.\d])")
"""A number behind a closed subpath, which is no path data."""
_POINTS = re.compile(r"\s*n(?:\s*(?:,\s*)?n)*\s*,?\s*")
"""The points of a polyline, each number written as n."""
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def polyline_of(tag: str, properties: dict[str, str], width: float, height: float) -> list[float] | None:
    """x and y of all points of a line, polyline, polygon or sharp rectangle, or None for every other shape.

    `width` and `height` of the viewport are what percentages are of.
    """
    size = _Sizes(properties, width, height)
    if tag == "line":
        return [size.x("x1"), size.y("y1"), size.x("x2"), size.y("y2")]
    if tag in {"polyline", "polygon"}:
        return _points(properties.get("points", ""), closed=tag == "polygon")
    if tag == "rect" and not _is_round(size):
        return _rectangle(size)
    return None


def round_of(tag: str, properties: dict[str, str], width: float, height: float) -> list[Curves]:
    """The curves of a circle, ellipse or round rectangle, none when it is not drawn."""
    size = _Sizes(properties, width, height)
    if tag == "rect":
        path = _round_rectangle(size)
        return curves_in(path) if path is not None else []
    rx, ry = (size.radius("r"),) * 2 if tag == "circle" else _radii(size)
    if not (rx > 0 and ry > 0 and math.isfinite(rx + ry)):
        return []
    curves = _unit_circle().copy()
    with np.errstate(over="ignore"):  # what has no place is told of later
        curves.real, curves.imag = curves.real * rx + size.x("cx"), curves.imag * ry + size.y("cy")
    return [curves]


@cache
def _unit_circle() -> Curves:
    """A circle of radius 1, of which every other one and all ellipses are stretched."""
    return curves_in(svgelements.Path(svgelements.Circle(0, 0, 1)))[0]


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
        text = self.properties.get(name)
        if text is None:
            return 0.0
        if _PLAIN.fullmatch(text):  # most of them, and there are four to a line
            return float(text)
        found = length(text)
        return found.px(whole) if found else 0.0


def _is_round(size: _Sizes) -> bool:
    return size.x("rx") > 0 or size.y("ry") > 0


def _rectangle(size: _Sizes) -> list[float]:
    x, y, width, height = size.x("x"), size.y("y"), size.x("width"), size.y("height")
    if width <= 0 or height <= 0:
        return []
    return [x, y, x + width, y, x + width, y + height, x, y + height, x, y]


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


def _points(text: str, *, closed: bool) -> list[float]:
    # single blanks only: many of them would keep the pattern busy for ever
    if _POINTS.fullmatch(_NUMBER.sub("n", " ".join(text.split()))) is None:
        if text.strip():
            raise Unreadable  # browsers draw nothing of it
        return []
    numbers = [float(number) for number in _NUMBER.findall(text)]
    points = numbers[: len(numbers) // 2 * 2]
    return [*points, *points[:2]] if closed else points
