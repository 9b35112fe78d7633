"""What a design's page shows of a drawing: its operations in colour, whose word they follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import dist
from typing import Any

from fabqueue.analysis.readings import IMAGE, IMAGE_MAY_BE
from fabqueue.models import DesignKind, Person, Revision
from fabqueue.permissions import Permission, allowed
from fabqueue.services import readings
from fabqueue.web.site import context

BURNT = ("cut", "score", "engrave")
LEFT_OUT = "ignored"
PAPER = "#ffffff"


@dataclass(frozen=True)
class Layer:
    """All that has one colour in the file, or its pictures, as the report has it; `meant` is what the lab means."""

    colour: str
    operation: str
    meant: str
    paths: int
    length_mm: float
    area_mm2: float

    @property
    def is_unknown(self) -> bool:
        """Whether nobody has said what the colour means; white is left out on purpose."""
        return self.operation == self.meant == LEFT_OUT and self.colour not in (PAPER, "other")

    @property
    def is_chosen(self) -> bool:
        return self.operation != self.meant

    @property
    def is_pictures(self) -> bool:
        """Whether these are the pictures made of pixels, which have no lines to follow."""
        return self.colour == IMAGE

    def may_be(self, operation: str) -> bool:
        """Whether that can be done with it."""
        return not self.is_pictures or operation in IMAGE_MAY_BE


@dataclass(frozen=True)
class Total:
    """Everything that is burnt in one way."""

    operation: str
    length_mm: float
    area_mm2: float


@dataclass(frozen=True)
class Drawn:
    """`lab` holds the lab's colours by operation; `may_choose`: whether this person may say what colours mean.

    `is_outdated`: the lab means others now; `is_of_before`: an earlier version of FabQueue has read it.
    """

    layers: list[Layer]
    totals: list[Total]
    lab: dict[str, list[str]]
    may_choose: bool
    is_outdated: bool
    is_of_before: bool
    without_doubles: bool
    removed: Mapping[str, Any] | None

    @property
    def is_chosen(self) -> bool:
        return any(each.is_chosen for each in self.layers)


def drawn(revision: Revision, person: Person | None) -> Drawn | None:
    """Of a drawing that was read; None of everything else."""
    if revision.design.kind is not DesignKind.DRAWING or revision.report is None:
        return None
    data, settings = revision.report.data, context().config
    reading = data.get("reading") or {"colours": settings.drawings.colour_map}
    layers = [_layer(each) for each in data["operations"]]
    return Drawn(
        layers=layers,
        totals=_totals(layers),
        lab={each: [colour for colour, operation in reading["colours"].items() if operation == each] for each in BURNT},
        may_choose=allowed(person, Permission.READ_ANEW, revision),
        is_outdated=readings.is_outdated(settings, revision),
        is_of_before=readings.is_of_before(revision),
        without_doubles=reading.get("without_doubles", False),
        removed=data.get("removed"),
    )


def _layer(found: Mapping[str, Any]) -> Layer:
    meant = found.get("meant", found["operation"])
    return Layer(found["colour"], found["operation"], meant, found["paths"], found["length_mm"], found["area_mm2"])


def _totals(layers: Sequence[Layer]) -> list[Total]:
    made = []
    for operation in (*BURNT, LEFT_OUT):
        of_it = [each for each in layers if each.operation == operation]
        if of_it:
            lengths, areas = sum(each.length_mm for each in of_it), sum(each.area_mm2 for each in of_it)
            made.append(Total(operation, lengths, areas))
    return made


_JUDGED = "drawing_image_squares"
"""What a plan says better, as it knows how far apart the rows of its laser and material lie."""


def unjudged(findings: Sequence[Mapping[str, Any]], plan: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The findings without what the plan for the laser and material that were chosen judges, where there is one."""
    return [each for each in findings if plan is None or each["code"] != _JUDGED]


_SIDES = ((1, -1), (1, 1), (-1, 1), (-1, -1))
"""Where the number of a mark stands beside its ring: right or left, below or above."""


def mark_ring(view_mm: Sequence[float]) -> float:
    """How large the ring of a mark is in a picture that shows left, top, width and height; a radius in mm."""
    return round(max(view_mm[2], view_mm[3] * 1.6) * 0.024, 3)


def marked(findings: Sequence[Mapping[str, Any]], view_mm: Sequence[float]) -> list[dict[str, Any]]:
    """Findings with their places numbered all through: `marks` of each is [{"number", "x", "y", "side"}], in mm.

    Numbers of places that are near one another stand on different sides of their rings, so that none hides another.
    """
    room, marks, found = 3 * mark_ring(view_mm), list[dict[str, Any]](), []
    for each in findings:
        mine = []
        for x, y in each["values"].get("places", ()):
            near = sum(dist((x, y), (other["x"], other["y"])) < room for other in marks)
            mine.append({"number": len(marks) + 1, "x": x, "y": y, "side": _SIDES[near % len(_SIDES)]})
            marks.append(mine[-1])
        found.append({**each, "marks": mine})
    return found
