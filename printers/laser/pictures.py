"""A picture of a toolpath: an SVG of our own, what burns in the colours of the operations, the ways between dashed.

Where rows are engraved with many powers, as pictures are, they are shown as dark as they get.
"""

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from printers.laser.shades import shades
from printers.laser.toolpath import Ints, Moves
from printers.laser.work import Floats
from printers.lasers import OPERATIONS, Laser

Bools = NDArray[np.bool_]

COLOURS = {"cut": "#d92d20", "score": "#1a66d9", "engrave": "#333333"}
TRAVEL = "#8a8a8a"
_HEAD = re.compile(r'viewBox="0 0 [\d.]+ (?P<height>[\d.]+)" fill="none" stroke-width="(?P<line>[\d.]+)"')
MOST_POINTS = 200_000
"""More points are thinned out: the picture is looked at, not burnt."""


def picture(moves: Moves, laser: Laser) -> str:
    """The bed in mm from above, as one stands before it."""
    width, height = laser.bed_mm
    line = max(width, height) / 600
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_number(width)} {_number(height)}" fill="none" '
        f'stroke-width="{_number(line)}"><path d="M0 0H{_number(width)}V{_number(height)}H0Z" stroke="#cccccc" '
        'fill="#ffffff"/>'
    )
    return head + "".join(_parts(moves, height, line)) + "</svg>\n"


def near(drawn: str, sheet_mm: tuple[float, float]) -> str:
    """A picture of `picture`, of the sheet (width and height in mm) that it takes alone: in the corner, lower left."""
    found = _HEAD.search(drawn)
    if found is None:
        raise ValueError("not a picture of a toolpath")
    (width, height), room = sheet_mm, max(sheet_mm) / 25
    box = (-room, float(found["height"]) - height - room, width + 2 * room, height + 2 * room)
    line = min(float(found["line"]), max(sheet_mm) / 250)
    head = f'viewBox="{" ".join(map(_number, box))}" fill="none" stroke-width="{_number(line)}"'
    return drawn[: found.start()] + head + drawn[found.end() :]


def _parts(moves: Moves, height: float, line: float) -> Iterator[str]:
    dash = f'stroke-dasharray="{_number(3 * line)} {_number(3 * line)}"'
    rows = _rows(moves)
    yield f'<path class="travel" stroke="{TRAVEL}" {dash} d="{_data(moves, ~moves.burns & ~rows, height)}"/>'
    if rows.any():
        yield _shaded(moves, np.flatnonzero(rows & moves.burns), height)
    for place, name in enumerate(OPERATIONS):
        chosen = moves.burns & (moves.operation == place) & ~rows
        if chosen.any():
            yield f'<path class="{name}" stroke="{COLOURS[name]}" d="{_data(moves, chosen, height)}"/>'


def _rows(moves: Moves) -> Bools:
    """The level moves (n,) of an engraving with many powers, those between what it burns included."""
    engraved = moves.operation == OPERATIONS.index("engrave")
    level = engraved & (moves.points[:, 1] == moves.starts[:, 1])
    found: Bools = level & (len(np.unique(moves.power[level & moves.burns])) > 1)
    return found


def _shaded(moves: Moves, chosen: Ints, height: float) -> str:
    """Rows of many powers as a picture made of pixels: as paths they would all look alike, and be too many."""
    link, (left, bottom, across, up) = shades(moves, chosen, int(COLOURS["engrave"][1:3], 16))
    place = f'x="{_number(left)}" y="{_number(height - bottom - up)}" width="{_number(across)}" height="{_number(up)}"'
    return f'<image class="engrave" {place} preserveAspectRatio="none" href="{link}"/>'


def _data(moves: Moves, chosen: Bools, height: float) -> str:
    """The chosen moves as path data, moves that follow on one another as one line."""
    places = np.flatnonzero(chosen)
    step = -(-len(places) // MOST_POINTS) or 1
    runs = np.split(places, np.flatnonzero(np.diff(places) != 1) + 1)
    ends = _flipped(moves.points, height)
    begins = _flipped(moves.starts, height)
    return "".join(
        _line(np.concatenate([begins[run[:1]], ends[run[:-1:step]], ends[run[-1:]]])) for run in runs if len(run)
    )


def _flipped(points: Floats, height: float) -> Floats:
    return np.stack([points[:, 0], height - points[:, 1]], axis=1)


def _line(points: Floats) -> str:
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points.tolist())


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
