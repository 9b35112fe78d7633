"""Polylines written as path data of SVG, many at once: numbers with few decimals and no zeros that say nothing."""

import re
from collections.abc import Sequence
from functools import cache

import numpy as np

from fabqueue.analysis.drawing.flatten import Floats

AT_ONCE = 1_000
"""Lines that are written at once; so many that it is fast, so few that it takes no memory to speak of."""
_END = "\0"
"""Stands behind each point while it is written, as a blank does behind its x."""


def number(value: float, decimals: int) -> str:
    """A number with at most so many decimals."""
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".")


def written(lines: Sequence[Floats], decimals: int, head: str = "M", tails: Sequence[str] | str = "") -> str:
    """Each line (n, 2) as `M0 0L10 0L10 2.5` between a head and its tail, or one tail for all."""
    every = [tails] * len(lines) if isinstance(tails, str) else tails
    return "".join(
        _some(lines[at : at + AT_ONCE], decimals, head, every[at : at + AT_ONCE])
        for at in range(0, len(lines), AT_ONCE)
    )


def _some(lines: Sequence[Floats], decimals: int, head: str, tails: Sequence[str]) -> str:
    point = f"%.{decimals}f %.{decimals}f{_END}"
    form = "".join([f"{head}{'L'.join([point] * len(line))}{tail}" for line, tail in zip(lines, tails, strict=True)])
    text = form % tuple(np.concatenate(lines).ravel().tolist())
    for end in (" ", _END):
        text = text.replace(f".{'0' * decimals}{end}", end)
    return _zeros(decimals).sub("", text).replace(_END, "")


@cache
def _zeros(decimals: int) -> re.Pattern[str]:
    """Zeros at the end of numbers that have other decimals before them."""
    kept = range(1, decimals)
    return re.compile("|".join(rf"(?<=\.\d{{{some}}})0{{{decimals - some}}}(?=[ {_END}])" for some in kept))
