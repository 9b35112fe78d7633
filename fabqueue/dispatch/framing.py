"""The outline of what a laser will burn: the commands that trace it with the beam off."""

import re
from collections.abc import Sequence
from pathlib import Path

from printers import gcode

SPEED_MM_MIN = 3000
"""Slow enough to follow with the eyes."""
MOST_BYTES = 20_000_000
"""A longer file is not read while somebody stands at the machine."""
_HARMLESS = re.compile(r"G21|G90|M5|G[01](?: [XYF]-?\d+(?:\.\d+)?| S0)+")


def lines(file: Path, planned: Sequence[str] = ()) -> tuple[str, ...]:
    """What the planning left, else the box around all moves of the file; nothing where there is nothing to trace.

    The beam is told to be off before and after, and not one command in between may do anything but move.
    """
    traced = tuple(planned) or _box(file)
    if not traced or not all(_HARMLESS.fullmatch(each) for each in traced):
        return ()
    return ("M5", *traced, "M5")


def _box(file: Path) -> tuple[str, ...]:
    bounds = gcode.read(file).bounds_mm if file.stat().st_size <= MOST_BYTES else None
    if bounds is None:
        return ()
    (left, low, _), (right, high, _) = bounds
    corners = ((right, low), (right, high), (left, high), (left, low))
    traced = (f"G1 X{x:.3f} Y{y:.3f} S0 F{SPEED_MM_MIN}" for x, y in corners)
    return ("G21", "G90", f"G0 X{left:.3f} Y{low:.3f} S0", *traced)
