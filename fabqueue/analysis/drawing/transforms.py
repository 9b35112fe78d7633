"""Transforms: the attribute in SVG's own grammar, the property of a style in that of CSS, and its origin."""

import math
import re

import numpy as np

from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.units import length

_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
_SEPARATED = re.compile(r"n(?:\s*(?:,\s*)?n)*")
"""Numbers, each written as n."""
_FUNCTION = re.compile(r"\s*([A-Za-z]+)(\s*)\(\s*([^()]*?)\s*\)\s*")
_ANGLE = re.compile(rf"({_NUMBER})(deg|grad|rad|turn)?", re.IGNORECASE)
_IN_DEGREES = {"deg": 1.0, "grad": 0.9, "rad": 180 / math.pi, "turn": 360.0}
_COUNTS = {"translate": (1, 2), "scale": (1, 2), "rotate": (1, 3), "skewX": (1,), "skewY": (1,), "matrix": (6,)}
_CSS = {
    "translate": "ll", "translatex": "l", "translatey": "l", "scale": "nn", "scalex": "n", "scaley": "n",
    "rotate": "a", "rotatez": "a", "skew": "aa", "skewx": "a", "skewy": "a", "matrix": "nnnnnn",
}  # fmt: skip
"""Functions of CSS with what they take: l lengths, n numbers, a angles."""
_SIDES = {"left": "0%", "top": "0%", "center": "50%", "right": "100%", "bottom": "100%"}


def matrix_of(attribute: str | None, css: str | None, origin: str | None, width: float, height: float) -> Floats:
    """The 3 x 3 matrix of an element, about its origin; `width` and `height` of the viewport are what shares are of.

    A transform that cannot be read is none, as in browsers.
    """
    found = css_matrix(css, width, height) if css is not None else attribute_matrix(attribute or "")
    if found is None:
        return np.eye(3)
    x, y = _origin(origin, width, height) if origin else (0.0, 0.0)
    return _move(x, y) @ found @ _move(-x, -y) if x or y else found


def attribute_matrix(text: str) -> Floats | None:
    """The matrix of a `transform` attribute, or None when it is wrong anywhere."""
    matrix, at, text = np.eye(3), 0, " ".join(text.split())
    while at < len(text):
        match = _FUNCTION.match(text, at)
        if match is None:
            return None if text[at:].strip() else matrix
        numbers = _numbers(match[3])
        if len(numbers) not in _COUNTS.get(match[1], ()):
            return None
        matrix = matrix @ _function(match[1].lower(), numbers)
        at = match.end()
        at += text[at : at + 1] == ","
    return matrix


def _numbers(text: str) -> list[float]:
    """The numbers of a list, or none of them when it is wrong anywhere."""
    if _SEPARATED.fullmatch(re.sub(_NUMBER, "n", text)) is None:
        return []
    found = [float(each) for each in re.findall(_NUMBER, text)]
    return found if all(map(math.isfinite, found)) else []


def css_matrix(text: str, width: float, height: float) -> Floats | None:
    """The matrix of a `transform` of CSS, or None when it is wrong anywhere or not of the plane."""
    matrix, at, text = np.eye(3), 0, " ".join(text.split())
    if text.lower() == "none":
        return matrix
    while at < len(text):
        match = _FUNCTION.match(text, at)
        takes = _CSS.get(match[1].lower()) if match and not match[2] else None
        if match is None or takes is None:
            return None
        values = _values(match[3], takes, (width, height) if "y" not in match[1].lower() else (height, height))
        if values is None:
            return None
        matrix = matrix @ _function(match[1].lower(), values)
        at = match.end()
    return matrix


def _values(text: str, takes: str, whole: tuple[float, float]) -> list[float] | None:
    """The arguments of one function of CSS, lengths in pixels and angles in degrees, or None."""
    given = [each.strip() for each in text.split(",")]
    needed = len(takes) if len(takes) == 6 else 1
    if not needed <= len(given) <= len(takes):
        return None
    read = [_value(each, kind, whole[place % 2]) for place, (each, kind) in enumerate(zip(given, takes, strict=False))]
    known = [each for each in read if each is not None and math.isfinite(each)]
    return known if len(known) == len(read) else None


def _value(text: str, kind: str, whole: float) -> float | None:
    if kind == "l":
        found = length(text)
        return found.px(whole) if found and (found.unit or found.number == 0) else None
    if kind == "n":
        share = text.removesuffix("%")
        plain = re.fullmatch(_NUMBER, share)
        return float(share) / (100 if share != text else 1) if plain else None
    match = _ANGLE.fullmatch(text)
    if match is None or (match[2] is None and float(match[1])):
        return None
    return float(match[1]) * _IN_DEGREES[(match[2] or "deg").lower()]


def _function(name: str, values: list[float]) -> Floats:
    """The matrix of one function, whose name is in lower case."""
    first, second = values[0], values[1] if len(values) > 1 else None
    if name == "matrix":
        a, b, c, d, e, f = values
        return np.array([[a, c, e], [b, d, f], [0, 0, 1.0]])
    if name.startswith("translate"):
        return _move(0.0, first) if name.endswith("y") else _move(first, second or 0.0)
    if name.startswith("scale"):
        both = (first, first if second is None else second)
        return np.diag([*{"scalex": (first, 1.0), "scaley": (1.0, first)}.get(name, both), 1.0])
    if name.startswith("rotate"):
        turned = _turn(first)
        return _move(*values[1:]) @ turned @ _move(-values[1], -values[2]) if len(values) == 3 else turned
    across, down = (0.0, first) if name == "skewy" else (first, second or 0.0)
    return np.array([[1, math.tan(math.radians(across)), 0], [math.tan(math.radians(down)), 1, 0], [0, 0, 1.0]])


def _turn(degrees: float) -> Floats:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1.0]])


def _move(x: float, y: float) -> Floats:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def _origin(text: str, width: float, height: float) -> tuple[float, float]:
    """The point in pixels that a `transform-origin` names; what is missing is the middle."""
    parts = text.lower().split()[:2]
    if parts and parts[0] in {"top", "bottom"}:
        parts = [*parts[1:], parts[0]] if len(parts) > 1 else ["center", parts[0]]
    elif len(parts) > 1 and parts[1] in {"left", "right"}:
        parts = parts[::-1]
    x, y = (length(_SIDES.get(each, each)) for each in [*parts, "center"][:2])
    return (x.px(width) if x else 0.0, y.px(height) if y else 0.0) if parts else (0.0, 0.0)
