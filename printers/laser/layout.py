"""Copies on a sheet: in rows from the corner at the laser's origin, some rows turned when more fit that way."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import NoReturn

from printers.lasers import Laser, PlanError, Size, Wishes

_SLACK_MM = 1e-6


@dataclass(frozen=True, slots=True)
class Place:
    """Where the lower left corner of one copy lies; a turned one has its width upwards."""

    left_mm: float
    bottom_mm: float
    turned: bool


def places(size_mm: Size, wishes: Wishes, laser: Laser) -> list[Place]:
    """A place for each copy of that width and height. Raises PlanError when not all of them fit."""
    room = _room(wishes, laser)
    plain, turned = _Row(size_mm, room, wishes.gap_mm), _Row((size_mm[1], size_mm[0]), room, wishes.gap_mm)
    choices = [(rows, turned.most(room[1] - rows * plain.step_mm)) for rows in range(plain.most(room[1]), -1, -1)]
    fits = [plain.across * rows + turned.across * more for rows, more in choices]
    if max(fits) < wishes.copies:
        _refuse(size_mm, wishes, room, max(fits))
    rows, more = next(choice for choice, fit in zip(choices, fits, strict=True) if fit >= wishes.copies)
    margin = wishes.margin_mm
    every = chain(
        (Place(margin + x, margin + y, turned=False) for x, y in plain.corners(rows)),
        (Place(margin + x, margin + rows * plain.step_mm + y, turned=True) for x, y in turned.corners(more)),
    )
    return list(islice(every, wishes.copies))


def _room(wishes: Wishes, laser: Laser) -> Size:
    sheet = wishes.sheet_mm or laser.bed_mm
    width, height = (min(side, bed) - 2 * wishes.margin_mm for side, bed in zip(sheet, laser.bed_mm, strict=True))
    return width, height


def _refuse(size_mm: Size, wishes: Wishes, room: Size, fit: int) -> NoReturn:
    values = {"copies": wishes.copies, "fit": fit, "width_mm": round(size_mm[0], 1), "height_mm": round(size_mm[1], 1),
              "room_width_mm": round(max(room[0], 0.0), 1), "room_height_mm": round(max(room[1], 0.0), 1)}  # fmt: skip
    raise PlanError("laser_copies_too_many" if fit else "laser_sheet_too_small", values)


class _Row:
    """Copies side by side, all the same way round."""

    def __init__(self, size_mm: Size, room: Size, gap_mm: float) -> None:
        self.gap_mm = gap_mm
        self.step_across_mm, self.step_mm = (max(side + gap_mm, 1e-3) for side in size_mm)
        self.across = math.floor((room[0] + gap_mm + _SLACK_MM) / self.step_across_mm) if room[0] > 0 else 0

    def most(self, height_mm: float) -> int:
        """Rows in that height."""
        return max(0, math.floor((height_mm + self.gap_mm + _SLACK_MM) / self.step_mm)) if self.across else 0

    def corners(self, rows: int) -> Iterator[tuple[float, float]]:
        """The lower left corner of every copy in so many rows, from that of the first."""
        for row in range(rows):
            for column in range(self.across):
                yield column * self.step_across_mm, row * self.step_mm
