"""Colours of paints, and which operation of a laser a colour stands for."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

import svgelements

from fabqueue.analysis.drawing.shapes import NO_COLOUR

INVISIBLE = {"0", "0%", "0.0", "0.00", ".0"}
NEAR = 60.0
"""Colours this near (distance in RGB, 0 to 441) to one in the map are taken for it: few programs export pure red."""


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
    """The operation of `colour` ("#rrggbb"): exactly by the map, else by its nearest colour, else ignored."""
    if colour in colours or colour == NO_COLOUR:
        return colours.get(colour, Operation.IGNORED)
    distances = sorted((_distance(colour, known), known) for known in colours)
    near = distances and distances[0][0] <= NEAR
    return colours[distances[0][1]] if near else Operation.IGNORED


def paint(style: Mapping[str, str], kind: str) -> str | None:
    """Colour of the "stroke" or "fill" in `style`, `NO_COLOUR` for a paint that is none, None for nothing to see."""
    if style.get(f"{kind}-opacity") in INVISIBLE:
        return None
    text = style.get(kind, "none")
    return colour_of(style.get("color", "black") if text.lower() == "currentcolor" else text)


@lru_cache(maxsize=4096)
def colour_of(text: str) -> str | None:
    """A CSS colour as "#rrggbb"; None when it is none or transparent, `NO_COLOUR` when it is not one flat colour."""
    if text.strip().lower() in {"none", "transparent", ""}:
        return None
    if text.lstrip().lower().startswith(("url(", "context-")):
        return NO_COLOUR
    try:
        colour = svgelements.Color(text)
    except (ValueError, TypeError):
        return NO_COLOUR
    if colour.value is None:
        return NO_COLOUR
    return None if colour.alpha == 0 else f"#{colour.red:02x}{colour.green:02x}{colour.blue:02x}"


def _distance(one: str, other: str) -> float:
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)
