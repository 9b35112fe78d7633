"""What a drawing comes down to, whatever its format: visible shapes as polylines with their colours."""

from dataclasses import dataclass, field

import numpy as np

from fabqueue.analysis.drawing.flatten import Floats

CLOSED_MM = 0.05
"""Ends that are nearer than this meet."""
NO_COLOUR = "other"
"""Stands for a paint that is no colour: a gradient, a pattern, a colour nobody can read."""


@dataclass(frozen=True, eq=False)
class Shape:
    """One visible shape: `contours` (n, 2) in mm, y downwards; a colour is "#rrggbb", `NO_COLOUR` or None."""

    contours: list[Floats]
    stroke: str | None
    fill: str | None = None
    even_odd: bool = False

    @property
    def length_mm(self) -> float:
        """Length of all outlines."""
        return sum(length_of(contour) for contour in self.contours)


@dataclass(frozen=True)
class Drawing:
    """All visible `shapes`, and what else was found.

    `page_mm` is (width, height) or None; `unit` as the file or its owner names it, None when nobody does. One unit of
    it was taken for `unit_mm`; where the file itself names none, `choices` (keys of `units.ASKED`) may be meant.
    `texts`, `images`, `elsewhere` (links to other files), `loops` (references to themselves),
    `unreadable` (paths that are broken) and `skipped` (kinds of entity that were left out, with their count)
    are for the findings.
    """

    shapes: list[Shape]
    page_mm: tuple[float, float] | None
    unit: str | None
    unit_mm: float = 1.0
    choices: tuple[str, ...] = ()
    has_view_box: bool = True
    texts: int = 0
    images: int = 0
    elsewhere: int = 0
    loops: int = 0
    unreadable: int = 0
    skipped: dict[str, int] = field(default_factory=dict)


def length_of(contour: Floats) -> float:
    """Length in mm of one polyline (n, 2)."""
    return float(np.hypot(*np.diff(contour, axis=0).T).sum())


def is_closed(contour: Floats) -> bool:
    """Whether a polyline ends where it starts."""
    return bool(np.abs(contour[0] - contour[-1]).max() <= CLOSED_MM)


def extents(shapes: list[Shape]) -> Floats | None:
    """Corners [[left, top], [right, bottom]] in mm of all contours, or None when there are none."""
    contours = [contour for shape in shapes for contour in shape.contours]
    if not contours:
        return None
    return np.array([
        np.min([contour.min(axis=0) for contour in contours], axis=0),
        np.max([contour.max(axis=0) for contour in contours], axis=0),
    ])  # fmt: skip
