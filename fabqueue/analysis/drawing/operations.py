"""What a drawing asks a laser to do: shapes sorted by operation and colour, with lengths and areas."""

from dataclasses import dataclass, field
from typing import Any

from fabqueue.analysis.drawing.areas import filled_mm2
from fabqueue.analysis.drawing.doubles import Doubles, doubles, without
from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.layers import Seen
from fabqueue.analysis.drawing.polylines import Polylines
from fabqueue.analysis.drawing.shapes import Drawing, Shape
from fabqueue.analysis.readings import IMAGE, Operation, Reading
from printers.laser import Image, raster

ORDER = {each: place for place, each in enumerate(Operation)}


@dataclass
class Work:
    """All lines and fills of one colour. Contours (n, 2) in mm; `lines` are followed, `fills` are areas.

    All `images` are a work of their own, of the colour IMAGE.
    `meant` is the operation that lab and machine mean by the colour; its owner may have chosen another.
    """

    operation: Operation
    colour: str
    meant: Operation
    lines: list[Floats] = field(default_factory=list)
    fills: list[Shape] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    length_mm: float = 0.0
    area_mm2: float = 0.0

    @property
    def outlines(self) -> list[Floats]:
        """All contours, those of fills behind the lines."""
        return [*self.lines, *(contour for shape in self.fills for contour in shape.contours)]

    def as_dict(self) -> dict[str, Any]:
        """The entry of the report; `paths` counts contours that are followed, shapes that are filled only, pictures."""
        only_filled = sum(shape.stroke is not None for shape in self.fills)
        return {
            "operation": str(self.operation),
            "colour": self.colour,
            "meant": str(self.meant),
            "paths": len(self.lines) + only_filled + len(self.images),
            "length_mm": round(self.length_mm, 3),
            "area_mm2": round(self.area_mm2, 3),
        }


def operations(drawing: Drawing, reading: Reading, shown: Seen) -> list[Work]:
    """The work in a drawing: outlines under their stroke's colour, else their fill's; fills add their area.

    `shown` is what is seen of fills and pictures.
    """
    found: dict[str, Work] = {}
    for shape, area in zip(drawing.shapes, shown.areas, strict=True):
        colour = shape.stroke or shape.fill
        assert colour is not None, "a shape without any paint is not visible"
        # an outline in the colour of its area is where that ends, and no line of its own
        outline = area if colour == shape.fill else shape
        if outline is not None:
            _work(found, colour, reading).lines.extend(outline.contours)
        if area is not None and area.fill is not None:
            filled = _work(found, area.fill, reading)
            filled.fills.append(area)
            filled.area_mm2 += filled_mm2(area)
    for image in shown.images:
        pictured = _work(found, IMAGE, reading)
        pictured.images.append(image)
        pictured.area_mm2 += raster.area_mm2(image)
    for work in found.values():
        work.length_mm = _length_mm(work)
    return sorted(found.values(), key=lambda work: (ORDER[work.operation], work.colour))


def _work(found: dict[str, Work], colour: str, reading: Reading) -> Work:
    if colour not in found:
        found[colour] = Work(reading.operation(colour), colour, reading.meant(colour))
    return found[colour]


def burnt_twice(works: list[Work]) -> Doubles:
    """Lines to be cut or scored that lie on others; what cuts stays before what scores."""
    return doubles([line for work in _followed(works) for line in work.lines],
                   sum(len(work.lines) for work in works if work.operation is Operation.CUT))  # fmt: skip


def take_out(works: list[Work], found: Doubles) -> None:
    """Leave out of `works` what `burnt_twice` found in them."""
    kept = iter(without([line for work in _followed(works) for line in work.lines], found))
    for work in _followed(works):
        work.lines = [rest for _line in work.lines for rest in next(kept)]
        work.length_mm = _length_mm(work)


def _length_mm(work: Work) -> float:
    """Of all its lines."""
    return float(Polylines.of(work.lines).lengths.sum())


def _followed(works: list[Work]) -> list[Work]:
    """Those along whose lines the laser goes, what cuts first."""
    return [work for each in (Operation.CUT, Operation.SCORE) for work in works if work.operation is each]
