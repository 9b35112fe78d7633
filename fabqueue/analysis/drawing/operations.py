"""What a drawing asks a laser to do: shapes sorted by operation and colour, with lengths and areas."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fabqueue.analysis.drawing.areas import filled_mm2
from fabqueue.analysis.drawing.colours import Operation, operation
from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.shapes import Shape

ORDER = {each: place for place, each in enumerate(Operation)}


@dataclass
class Work:
    """All lines and fills of one colour. Contours (n, 2) in mm; `lines` are followed, `fills` are areas."""

    operation: Operation
    colour: str
    lines: list[Floats] = field(default_factory=list)
    fills: list[Shape] = field(default_factory=list)
    length_mm: float = 0.0
    area_mm2: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The entry of the report; `paths` counts contours that are followed and shapes that are filled only."""
        only_filled = sum(shape.stroke is not None for shape in self.fills)
        return {
            "operation": str(self.operation),
            "colour": self.colour,
            "paths": len(self.lines) + only_filled,
            "length_mm": round(self.length_mm, 3),
            "area_mm2": round(self.area_mm2, 3),
        }


def operations(shapes: list[Shape], colours: Mapping[str, Operation]) -> list[Work]:
    """The work in `shapes`: outlines under their stroke's colour, else their fill's; fills add their area to theirs."""
    found: dict[str, Work] = {}
    for shape in shapes:
        colour = shape.stroke or shape.fill
        assert colour is not None, "a shape without any paint is not visible"
        outlined = found.setdefault(colour, Work(operation(colour, colours), colour))
        outlined.lines.extend(shape.contours)
        outlined.length_mm += shape.length_mm
        if shape.fill is not None:
            filled = found.setdefault(shape.fill, Work(operation(shape.fill, colours), shape.fill))
            filled.fills.append(shape)
            filled.area_mm2 += filled_mm2(shape)
    return sorted(found.values(), key=lambda work: (ORDER[work.operation], work.colour))
