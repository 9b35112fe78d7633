"""Colours of paints, and which operation of a laser a colour stands for."""

import colorsys
import math
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from PIL import ImageColor

from fabqueue.analysis.drawing.perception import difference, lab
from fabqueue.analysis.drawing.shapes import NO_COLOUR

NEAR = 9.0
"""Colours this near (CIEDE2000) to one in the map are taken for it: programs that think in ink export no pure ones."""
NEAR_CUT = 6.0
"""What cuts must be nearer: it cannot be taken back. Illustrator's red of ink is 5.5 away, orange more than 13."""

_HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_FUNCTION = re.compile(r"(rgba?|hsla?|hwb)\(((?:[^()])*)\)")
_ARGUMENT = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|none)(%|deg|grad|rad|turn)?")
_WORDS = {"none", "transparent", "currentcolor", "context-fill", "context-stroke", "canvastext", "canvas", "linktext"}
_FAR = ("lab(", "lch(", "oklab(", "oklch(", "color(", "color-mix(", "light-dark(")
"""Colours that browsers know and no drawing program writes; they stand for no operation."""


class Operation(StrEnum):
    """What a laser does along a line or over an area."""

    CUT = "cut"
    SCORE = "score"
    ENGRAVE = "engrave"
    IGNORED = "ignored"


DEFAULT: Mapping[str, Operation] = {
    "#ff0000": Operation.CUT,
    "#0000ff": Operation.SCORE,
    "#000000": Operation.ENGRAVE,
}
"""The convention of most labs; by no means of all, so each may have its own."""


def operation(colour: str, colours: Mapping[str, Operation]) -> Operation:
    """The operation of `colour` ("#rrggbb"): exactly by the map, else by the colour in it that looks most alike.

    What looks like none of them is ignored, never cut.
    """
    if colour in colours or colour == NO_COLOUR:
        return colours.get(colour, Operation.IGNORED)
    distances = sorted((difference(lab(colour), lab(known)), known) for known in colours)
    if not distances:
        return Operation.IGNORED
    far, nearest = distances[0]
    found = colours[nearest]
    return found if far <= (NEAR_CUT if found is Operation.CUT else NEAR) else Operation.IGNORED


@lru_cache(maxsize=4096)
def is_paint(text: str) -> bool:
    """Whether browsers understand `text` as a paint."""
    plain = text.strip().lower()
    return plain in _WORDS or plain.startswith(("url(", *_FAR)) or _rgba(plain) is not None


@lru_cache(maxsize=4096)
def colour_of(text: str) -> str | None:
    """A CSS colour as "#rrggbb"; None when it is none or transparent, `NO_COLOUR` when it is not one flat colour."""
    plain = text.strip().lower()
    if plain in {"none", "transparent", ""}:
        return None
    found = _rgba(plain)
    if found is None:
        return NO_COLOUR
    red, green, blue, alpha = found
    return f"#{red:02x}{green:02x}{blue:02x}" if alpha > 0 else None


def _rgba(plain: str) -> tuple[int, int, int, float] | None:
    """Red, green and blue from 0 to 255 and alpha from 0 to 1 of a colour in lower case, or None."""
    named = ImageColor.colormap.get(plain)
    if (match := _HEX.fullmatch(named if isinstance(named, str) else plain)) is not None:
        digits = match[1] if len(match[1]) > 4 else "".join(each * 2 for each in match[1])
        red, green, blue, alpha = (int((digits + "ff")[at : at + 2], 16) for at in (0, 2, 4, 6))
        return red, green, blue, alpha / 255
    called = _FUNCTION.fullmatch(plain)
    return _called(called[1][:3], _ARGUMENT.findall(called[2])) if called else None


def _called(name: str, arguments: list[tuple[str, str]]) -> tuple[int, int, int, float] | None:
    """The colour of `rgb`, `hsl` or `hwb` with (number, unit) as arguments."""
    if len(arguments) not in (3, 4):
        return None
    values = [float(number) if number != "none" else 0.0 for number, _ in arguments]
    units = [unit for _, unit in arguments]
    if not all(map(math.isfinite, values)):
        return None
    alpha = values[3] / (100 if units[3] == "%" else 1) if len(values) == 4 else 1.0
    if name == "rgb":
        parts = [value / (100 if unit == "%" else 255) for value, unit in zip(values[:3], units, strict=False)]
    else:
        hue = values[0] * {"grad": 0.9, "rad": 180 / math.pi, "turn": 360.0}.get(units[0], 1.0) % 360 / 360
        one, other = (min(max(value / 100, 0.0), 1.0) for value in values[1:3])
        parts = _whitened(hue, one, other) if name == "hwb" else list(colorsys.hls_to_rgb(hue, other, one))
    red, green, blue = (round(255 * min(max(part, 0.0), 1.0)) for part in parts)
    return red, green, blue, alpha


def _whitened(hue: float, white: float, black: float) -> list[float]:
    if white + black >= 1:
        return [white / (white + black)] * 3
    return [part * (1 - white - black) + white for part in colorsys.hls_to_rgb(hue, 0.5, 1.0)]
