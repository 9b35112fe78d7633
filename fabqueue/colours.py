"""Colours as style sheets write them, read in one way by drawings and settings."""

import colorsys
import math
import re
from functools import lru_cache

from PIL import ImageColor

_HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_FUNCTION = re.compile(r"(rgba?|hsla?|hwb)\(((?:[^()])*)\)")
_ARGUMENT = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|none)(%|deg|grad|rad|turn)?")

RGBA = tuple[int, int, int, float]


@lru_cache(maxsize=4096)
def rgba(text: str) -> RGBA | None:
    """Red, green and blue from 0 to 255 and alpha from 0 to 1 of a colour, whatever its case; None for anything else.

    Names, "#rgb" and its longer kin, and the functions `rgb`, `hsl` and `hwb`, as browsers know them. Pillow, which
    knows the names, would take more (`hsv`, figures it cannot read) and less.
    """
    plain = text.strip().lower()
    named = ImageColor.colormap.get(plain)
    if isinstance(named, tuple):  # what Pillow has painted with it keeps as numbers
        return named[0], named[1], named[2], 1.0
    if (match := _HEX.fullmatch(named or plain)) is not None:
        digits = match[1] if len(match[1]) > 4 else "".join(each * 2 for each in match[1])
        red, green, blue, alpha = (int((digits + "ff")[at : at + 2], 16) for at in (0, 2, 4, 6))
        return red, green, blue, alpha / 255
    called = _FUNCTION.fullmatch(plain)
    return _called(called[1][:3], _ARGUMENT.findall(called[2])) if called else None


def written(colour: RGBA) -> str:
    """A colour as "#rrggbb", without its alpha."""
    return f"#{colour[0]:02x}{colour[1]:02x}{colour[2]:02x}"


def _called(name: str, arguments: list[tuple[str, str]]) -> RGBA | None:
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
