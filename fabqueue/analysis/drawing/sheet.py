"""A clean sheet for any laser: what is to be burnt and nothing else, in true millimetres and the lab's colours.

One group for each operation, in the order in which they are burnt; lines as hairlines, engravings as filled areas.
"""

from collections.abc import Mapping, Sequence

from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.operations import Work
from fabqueue.analysis.drawing.pathdata import number, written
from fabqueue.analysis.drawing.pictures import placed, png
from fabqueue.analysis.drawing.polylines import Polylines
from fabqueue.analysis.drawing.shapes import CLOSED_MM, Shape, is_closed
from fabqueue.analysis.readings import DEFAULT, Operation
from printers.laser import Image

ORDER = (Operation.ENGRAVE, Operation.SCORE, Operation.CUT)
HAIRLINE_MM = 0.025
DECIMALS = 3
SPARE_MM = 1.0
"""Around a drawing that has no page."""
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" '
    'width="{width}mm" height="{height}mm" viewBox="{left} {top} {width} {height}">\n'
)


def sheet(
    works: Sequence[Work], shapes: Sequence[Shape], known: Mapping[str, Operation], page_mm: tuple[float, float] | None,
    size: Floats | None,
) -> str:  # fmt: skip
    """The SVG document. `works` are what is burnt, doubles taken out or not; `shapes` those that they were made of;
    `known` the colours of the lab or of a machine.

    It is as large as the page, else as what is drawn, `size` ([[left, top], [right, bottom]]) in mm.
    """
    left, top, width, height = _frame(page_mm, size)
    head = _HEAD.format(left=_number(left), top=_number(top), width=_number(width), height=_number(height))
    lines = {each: [line for work in works if work.operation is each for line in work.lines] for each in ORDER}
    engraved = {work.colour for work in works if work.operation is Operation.ENGRAVE}
    # a shape that is only filled is engraved, not traced as well
    lines[Operation.ENGRAVE] = [
        line for shape in shapes if shape.stroke in engraved for line in shape.contours
    ]  # fmt: skip
    fills = [shape for work in works if work.operation is Operation.ENGRAVE for shape in work.fills]
    colours = _colours(known)
    images = [image for work in works if work.operation is Operation.ENGRAVE for image in work.images]
    groups = [
        _group(each, colours[each], lines[each], *((fills, images) if each is Operation.ENGRAVE else ([], [])))
        for each in ORDER
    ]
    return head + "".join(groups) + "</svg>\n"


def _frame(page_mm: tuple[float, float] | None, size: Floats | None) -> tuple[float, float, float, float]:
    if page_mm is not None and min(page_mm) > 0:
        return 0.0, 0.0, *page_mm
    if size is None:
        return 0.0, 0.0, 1.0, 1.0
    (left, top), (right, bottom) = size.tolist()
    return left - SPARE_MM, top - SPARE_MM, right - left + 2 * SPARE_MM, bottom - top + 2 * SPARE_MM


def _colours(known: Mapping[str, Operation]) -> dict[Operation, str]:
    """The first colour that stands for each operation here, or the usual one."""
    usual = {operation: colour for colour, operation in DEFAULT.items()}
    here = {operation: colour for colour, operation in reversed(list(known.items()))}
    return {**usual, **here}


def _group(
    operation: Operation, colour: str, lines: Sequence[Floats], fills: Sequence[Shape], images: Sequence[Image]
) -> str:
    if not lines and not fills and not images:
        return ""
    pictures = "".join(f'<image {placed(each)} href="{png(each.grey)}"/>\n' for each in images)
    areas = "".join(
        f'<path fill="{colour}" stroke="none" fill-rule="{"evenodd" if shape.even_odd else "nonzero"}" '
        f'd="{_outlined(shape.contours)}"/>\n'
        for shape in fills
    )
    meets = Polylines.of(lines).meeting(CLOSED_MM).tolist()
    opened = [line[:-1] if closed else line for line, closed in zip(lines, meets, strict=True)]
    tails = ['Z"/>\n' if closed else '"/>\n' for closed in meets]
    paths = written(opened, DECIMALS, '<path d="M', tails)
    return (
        f'<g id="{operation}" inkscape:groupmode="layer" inkscape:label="{operation}" '
        f'fill="none" stroke="{colour}" stroke-width="{HAIRLINE_MM}">\n{pictures}{areas}{paths}</g>\n'
    )


def _outlined(contours: Sequence[Floats]) -> str:
    """The outlines of an area, all of them closed."""
    return written([each[:-1] if is_closed(each) else each for each in contours], DECIMALS, tails="Z")


def _number(value: float) -> str:
    return number(value, DECIMALS)
