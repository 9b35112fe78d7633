"""A planned laser job: its toolpath and what it comes to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from printers.driver import Problem
from printers.laser import gcode, motion, pictures
from printers.laser.toolpath import Moves
from printers.lasers import Laser, Size

Box = tuple[Size, Size]


@dataclass(frozen=True, eq=False)
class Plan:
    """What a laser does for a job. Millimetres of the machine, y upwards, from its origin.

    copies: how many. sheet_mm2: the box around all copies, margins included. lengths_mm: what is followed, by
    operation, of all copies in one pass. areas_mm2: likewise what is burnt row by row. notes: what could not be done as
    wished, as codes with values.
    """

    moves: Moves
    laser: Laser
    copies: int
    sheet_mm2: float
    lengths_mm: Mapping[str, float]
    areas_mm2: Mapping[str, float]
    notes: tuple[Problem, ...] = field(default=())

    @cached_property
    def seconds(self) -> motion.Span:
        """Lowest, expected and highest time of the whole file, the way home included."""
        return motion.seconds(gcode.with_way_home(self.moves), self.laser, gcode.stops(self.moves))

    @property
    def bounds_mm(self) -> Box:
        """Lower left and upper right corner of what is burnt."""
        ends = np.concatenate([self.moves.points[self.moves.burns], self.moves.starts[self.moves.burns]])
        (left, low), (right, high) = ends.min(axis=0).tolist(), ends.max(axis=0).tolist()
        return (left, low), (right, high)

    @property
    def travel_mm(self) -> float:
        """Length of all moves with the beam off, the way home included."""
        whole = gcode.with_way_home(self.moves)
        return float(whole.lengths_mm[~whole.burns].sum())

    def lines(self) -> Iterator[str]:
        """The file, line by line, without line ends."""
        return gcode.lines(self.moves, self.seconds[1])

    def frame(self) -> tuple[str, ...]:
        """Commands that trace the box around everything that is burnt, with the beam off."""
        return gcode.frame(self.bounds_mm, self.laser)

    def picture(self) -> str:
        """An SVG of the toolpath in the colours of its operations, the ways between dashed."""
        return pictures.picture(self.moves, self.laser)
