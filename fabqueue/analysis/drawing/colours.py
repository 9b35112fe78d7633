"""Colours of paints."""

from functools import lru_cache

from fabqueue.analysis.readings import NO_COLOUR
from fabqueue.colours import rgba, written

_WORDS = {"none", "transparent", "currentcolor", "context-fill", "context-stroke", "canvastext", "canvas", "linktext"}
_FAR = ("lab(", "lch(", "oklab(", "oklch(", "color(", "color-mix(", "light-dark(")
"""Colours that browsers know and no drawing program writes; they stand for no operation."""


@lru_cache(maxsize=4096)
def is_paint(text: str) -> bool:
    """Whether browsers understand `text` as a paint."""
    plain = text.strip().lower()
    return plain in _WORDS or plain.startswith(("url(", *_FAR)) or rgba(plain) is not None


@lru_cache(maxsize=4096)
def colour_of(text: str) -> str | None:
    """A CSS colour as "#rrggbb"; None when it is none or transparent, `NO_COLOUR` when it is not one flat colour."""
    plain = text.strip().lower()
    if plain in {"none", "transparent", ""}:
        return None
    found = rgba(plain)
    if found is None:
        return NO_COLOUR
    return written(found) if found[3] > 0 else None
