"""A picture of what a laser will do, as an SVG of our own: paths in the colours of their operations, nothing else.

Pictures made of pixels are shown small, written anew, in the colour of what is done with them.
"""

import numpy as np

from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.operations import Work
from fabqueue.analysis.drawing.pathdata import number, written
from fabqueue.analysis.drawing.pictures import ink, placed
from fabqueue.analysis.readings import Operation

COLOURS = {
    Operation.CUT: "#d92d20",
    Operation.SCORE: "#1a66d9",
    Operation.ENGRAVE: "#333333",
    Operation.IGNORED: "#b3b3b3",
}
MARGIN = 0.03
DECIMALS = 2
MOST_PIXELS, LEAST_PIXELS = 800, 100
"""Of the longer side of a picture in the picture; the more there are, the smaller each."""
MOST_POINTS = 200_000
"""More points are thinned out: the picture is looked at, not cut."""


def preview(works: list[Work], page_mm: tuple[float, float] | None, size: Floats | None) -> str:
    """The drawing in mm: its page if it has one, and everything in `size` ([[left, top], [right, bottom]])."""
    left, top, right, bottom = _frame(page_mm, size)
    line = max(right - left, bottom - top) / 400
    points = sum(len(contour) for work in works for contour in work.outlines)
    step = -(-points // MOST_POINTS) or 1
    box = f"{_number(left)} {_number(top)} {_number(right - left)} {_number(bottom - top)}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" fill="none" stroke-width="{_number(line)}">'
    # what is burnt last is drawn last, so that cuts are never hidden
    return head + _page(page_mm) + "".join(_work(work, step) for work in reversed(works)) + "</svg>\n"


def view(page_mm: tuple[float, float] | None, size: Floats | None) -> list[float]:
    """What the picture shows, as an SVG's view box: left, top, width and height in mm."""
    left, top, right, bottom = _frame(page_mm, size)
    return [round(each, 2) for each in (left, top, right - left, bottom - top)]


def _frame(page_mm: tuple[float, float] | None, size: Floats | None) -> tuple[float, float, float, float]:
    corners = [*(size if size is not None else []), *([(0.0, 0.0), page_mm] if page_mm else [])]
    shown = np.array(corners or [(0.0, 0.0), (1.0, 1.0)])
    low, high = shown.min(axis=0), shown.max(axis=0)
    margin = max(float((high - low).max()), 1e-3) * MARGIN
    return float(low[0] - margin), float(low[1] - margin), float(high[0] + margin), float(high[1] + margin)


def _page(page_mm: tuple[float, float] | None) -> str:
    if page_mm is None:
        return ""
    return f'<path d="M0 0H{_number(page_mm[0])}V{_number(page_mm[1])}H0Z" stroke="#cccccc" fill="#ffffff"/>'


def _work(work: Work, step: int) -> str:
    colour = COLOURS[work.operation]
    fills = "".join(
        f'<path class="{work.operation} fill" fill="{colour}" fill-opacity="0.5" '
        f'fill-rule="{"evenodd" if shape.even_odd else "nonzero"}" d="{_data(shape.contours, step)}"/>'
        for shape in work.fills
    )
    lines = f'<path class="{work.operation}" stroke="{colour}" d="{_data(work.lines, step)}"/>' if work.lines else ""
    return _images(work, colour) + fills + lines


def _images(work: Work, colour: str) -> str:
    longest = max(LEAST_PIXELS, round(MOST_PIXELS / max(1, len(work.images)) ** 0.5))
    return "".join(
        f'<image class="{work.operation}" {placed(image)} href="{ink(image.grey, colour, longest)}"/>'
        for image in work.images
    )


def _data(contours: list[Floats], step: int) -> str:
    return written([_thinned(contour, step) for contour in contours], DECIMALS)


def _thinned(contour: Floats, step: int) -> Floats:
    return contour if step == 1 else np.concatenate([contour[:-1:step], contour[-1:]])


def _number(value: float) -> str:
    return number(value, DECIMALS) if np.isfinite(value) else "0"
