"""Lengths and view boxes: what a number in a drawing means in pixels and millimetres."""

import re
from dataclasses import dataclass

import numpy as np

from fabqueue.analysis.drawing.flatten import Floats

MM_PER_PX = 25.4 / 96
"""CSS fixes the pixel at 1/96 inch; drawings without a physical size may have meant 72 or 90 to the inch."""
PX = {
    "": 1.0, "px": 1.0, "mm": 96 / 25.4, "cm": 960 / 25.4, "q": 24 / 25.4, "in": 96.0, "pt": 96 / 72, "pc": 16.0,
    "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0,
}  # fmt: skip
PHYSICAL = {"mm", "cm", "q", "in", "pt", "pc"}
ASKED = {
    "mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4, "ft": 304.8, "pt": 25.4 / 72,
    "px": MM_PER_PX, "96dpi": MM_PER_PX, "90dpi": 25.4 / 90, "72dpi": 25.4 / 72,
}  # fmt: skip
"""What a member may say one unit of a drawing without a unit is, in mm."""

_LONGEST = 100
"""Characters of a length; nobody writes so many."""
_LENGTH = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-zA-Z]*|%)\s*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Length:
    """A number with its unit in lower case ("" for none, "%" for a share)."""

    number: float
    unit: str

    def px(self, whole: float = 0.0) -> float:
        """The length in CSS pixels; a percentage is of `whole` pixels."""
        if self.unit == "%":
            return self.number / 100 * whole
        return self.number * PX[self.unit]


@dataclass(frozen=True)
class ViewBox:
    """The part of the drawing that is shown in its page, in user units."""

    x: float
    y: float
    width: float
    height: float


def length(text: str | None) -> Length | None:
    """The length that `text` says, or None when it is missing, wrong or in a unit nobody knows."""
    match = _LENGTH.fullmatch(text) if text and len(text) <= _LONGEST else None
    if match is None or (match[2] != "%" and match[2].lower() not in PX):
        return None
    return Length(float(match[1]), match[2].lower())


def share(text: str) -> float | None:
    """A share of one as CSS writes opacities, `0.5` or `50%`, or None for anything else."""
    found = length(text)
    if found is None or found.unit not in {"", "%"}:
        return None
    return found.number / (100 if found.unit else 1)


def view_box(text: str | None) -> ViewBox | None:
    """The view box that `text` says, or None when it is missing, wrong or empty."""
    numbers = [float(part) for part in _NUMBER.findall(text or "")]
    if _NUMBER.sub("", text or "").strip(" ,\t\r\n"):
        return None
    if len(numbers) != 4 or not np.isfinite(numbers).all() or numbers[2] <= 0 or numbers[3] <= 0:
        return None
    return ViewBox(*numbers)


def fitting(box: ViewBox | None, width: float, height: float, ratio: str) -> Floats:
    """The 3 x 3 matrix that puts `box` into `width` x `height` pixels as `preserveAspectRatio` = `ratio` says."""
    if box is None:
        return np.eye(3)
    across, down = width / box.width, height / box.height
    align = (ratio.split() or ["xMidYMid"])[0]
    if align != "none":
        across = down = max(across, down) if "slice" in ratio else min(across, down)
    spare = (width - box.width * across, height - box.height * down)
    x = _share(align[1:4]) * spare[0] - box.x * across
    y = _share(align[5:8]) * spare[1] - box.y * down
    return np.array([[across, 0, x], [0, down, y], [0, 0, 1.0]])


def _share(where: str) -> float:
    return {"Min": 0.0, "Max": 1.0}.get(where, 0.5) if where != "e" else 0.0
