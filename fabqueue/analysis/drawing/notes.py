"""Findings about a drawing: what a laser would do that its maker hardly meant, and where.

Places are `[[x, y], ...]` in mm from the top left of the drawing, a few of each finding.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from fabqueue.analysis.drawing.details import dropping, narrow
from fabqueue.analysis.drawing.doubles import Doubles
from fabqueue.analysis.drawing.ends import open_contours
from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.layers import Seen
from fabqueue.analysis.drawing.operations import Work
from fabqueue.analysis.drawing.pictures import BROKEN, FORMAT, LARGE, LINKED, MANY, MEGAPIXELS, POINTED_AT
from fabqueue.analysis.drawing.polylines import Polylines
from fabqueue.analysis.drawing.shapes import NO_COLOUR, Drawing, Picture, Shape, around, extents
from fabqueue.analysis.findings import Finding, Severity
from fabqueue.analysis.readings import IMAGE, Operation, Reading
from printers.laser import raster
from printers.lasers import USUAL_INTERVAL_MM

OUTSIDE_MM = 0.5
PAPER = "#ffffff"
"""White is left out on purpose: backgrounds and what covers other shapes."""
SMALL_MM, LARGE_MM = 1.0, 3000.0
WIDE_MM = 0.5
"""Strokes up to this are drawn to be seen; beyond it the width is perhaps meant."""
MOST_NODES, DENSE_MM = 20_000, 0.1
"""So many points, so near to each other, slow a laser down."""
MOST_PLACES = 3


def findings(
    drawing: Drawing, works: list[Work], reading: Reading, doubles: Doubles, shown: Seen
) -> list[Finding]:  # fmt: skip
    """Everything worth telling about `drawing` and its `works`; `doubles` of those that cut and score.

    `shown` is what is seen of fills and pictures.
    """
    shapes = extents(drawing.shapes)
    size = around(None, drawing.readable) if shapes is None else shapes
    if size is None:
        return [*_content(drawing), *_unread(drawing), Finding("drawing_nothing_visible", Severity.BLOCKER)]
    return [
        *_units(drawing, size),
        *_colours(works),
        *_cuts(works, reading),
        *_doubles(doubles, reading),
        *_strokes(drawing.shapes, works),
        *_dashes(drawing.shapes, works),
        *_nodes(works),
        *_content(drawing),
        *_images(drawing, reading),
        *_hidden(shown),
        *_outside(drawing, size),
    ]


def _places(points: Iterable[Any]) -> list[list[float]]:
    """A few of `points` that differ, as findings hold them."""
    rounded = dict.fromkeys((round(float(x), 2) + 0.0, round(float(y), 2) + 0.0) for x, y in points)
    return [list(each) for each in rounded][:MOST_PLACES]


def _middle(shape: Shape) -> Floats:
    longest = max(shape.contours, key=len)
    found: Floats = (longest.min(axis=0) + longest.max(axis=0)) / 2
    return found


def _units(drawing: Drawing, size: Floats) -> list[Finding]:
    width, height = (float(side) for side in size[1] - size[0])
    values = {"width_mm": width, "height_mm": height}
    found = []
    if drawing.unit is None:
        found.append(Finding("drawing_unit_missing", Severity.WARNING, values))
    if not drawing.has_view_box and drawing.unit is not None:
        found.append(Finding("drawing_without_viewbox", Severity.OK, values))
    if max(width, height) < SMALL_MM or max(width, height) > LARGE_MM:
        found.append(Finding("drawing_unit_doubtful", Severity.WARNING, values))
    return found


def _colours(works: list[Work]) -> list[Finding]:
    ignored = [work for work in works if work.operation is Operation.IGNORED]
    unknown = [work for work in ignored if work.meant is Operation.IGNORED and work.colour not in (NO_COLOUR, PAPER)]
    colours, length = [work.colour for work in unknown], sum(work.length_mm for work in unknown)
    found = []
    if colours:
        where = _places(line[len(line) // 2] for work in unknown for line in work.outlines[:1])
        values = {"count": len(colours), "colours": colours[:8], "length_mm": length, "places": where}
        found.append(Finding("drawing_colours_unknown", Severity.WARNING, values))
    if any(work.colour == NO_COLOUR for work in ignored):
        where = _places(line[len(line) // 2] for work in ignored if work.colour == NO_COLOUR for line in work.outlines)
        found.append(Finding("drawing_paint_not_flat", Severity.WARNING, {"places": where}))
    if len(ignored) == len(works):
        found.append(Finding("drawing_nothing_to_do", Severity.BLOCKER))
    return found


def _cuts(works: list[Work], reading: Reading) -> list[Finding]:
    cuts = [work for work in works if work.operation is Operation.CUT]
    filled = [shape for work in cuts for shape in work.fills]
    lines = [line for work in cuts for line in work.lines]
    found = []
    if filled:
        values = {"count": len(filled), "places": _places(map(_middle, filled[:MOST_PLACES]))}
        found.append(Finding("drawing_cut_filled", Severity.WARNING, values))
    count, where = open_contours(lines)
    if count:
        values = {"count": count, "x_mm": float(where[0, 0]), "y_mm": float(where[0, 1]), "places": _places(where)}
        found.append(Finding("drawing_cut_open", Severity.WARNING, values))
    return [*found, *_pieces(lines, reading)]


def _pieces(lines: list[Floats], reading: Reading) -> list[Finding]:
    found = []
    slim, inner = narrow(lines, reading.kerf_mm), dropping(lines)
    if slim.count:
        values = {"count": slim.count, "kerf_mm": reading.kerf_mm, "places": _places(slim.places)}
        found.append(Finding("drawing_detail_narrow", Severity.WARNING, values))
    if inner.count:
        width, height = inner.smallest_mm
        values = {"count": inner.count, "width_mm": width, "height_mm": height, "places": _places(inner.places)}
        found.append(Finding("drawing_parts_fall", Severity.OK, values))
    return found


def _doubles(doubles: Doubles, reading: Reading) -> list[Finding]:
    if not doubles.count:
        return []
    values = {"count": doubles.count, "length_mm": round(doubles.length_mm, 3), "places": _places(doubles.places)}
    if reading.without_doubles:
        return [Finding("drawing_doubles_removed", Severity.OK, values)]
    return [Finding("drawing_lines_double", Severity.WARNING, values)]


def _strokes(shapes: list[Shape], works: list[Work]) -> list[Finding]:
    followed = {work.colour for work in works if work.operation is not Operation.IGNORED}
    burnt = [shape for shape in shapes if shape.stroke_mm > WIDE_MM and shape.stroke in followed]
    if not burnt:
        return []
    widest = sorted(burnt, key=lambda shape: -shape.stroke_mm)[:MOST_PLACES]
    where = _places(shape.contours[0][0] for shape in widest)
    values = {"count": len(burnt), "width_mm": widest[0].stroke_mm, "places": where}
    return [Finding("drawing_strokes_wide", Severity.WARNING, values)]


def _dashes(shapes: list[Shape], works: list[Work]) -> list[Finding]:
    followed = {work.colour for work in works if work.operation in (Operation.CUT, Operation.SCORE)}
    dashed = [shape for shape in shapes if shape.is_dashed and shape.stroke in followed]
    if not dashed:
        return []
    where = _places(shape.contours[0][0] for shape in dashed[:MOST_PLACES])
    return [Finding("drawing_lines_dashed", Severity.WARNING, {"count": len(dashed), "places": where})]


def _nodes(works: list[Work]) -> list[Finding]:
    lines = [line for work in works if work.operation in (Operation.CUT, Operation.SCORE) for line in work.lines]
    count = sum(map(len, lines))
    length = sum(work.length_mm for work in works if work.operation in (Operation.CUT, Operation.SCORE))
    if count < MOST_NODES or length / count > DENSE_MM:
        return []
    values = {"count": count, "places": _places([max(lines, key=len)[0]])}
    return [Finding("drawing_nodes_many", Severity.WARNING, values)]


def _content(drawing: Drawing) -> list[Finding]:
    counts = (
        ("drawing_link_outside", drawing.elsewhere),
        ("drawing_reference_loop", drawing.loops),
        ("drawing_path_broken", drawing.unreadable),
    )
    found = (
        [Finding("drawing_text", Severity.WARNING, {"count": len(drawing.texts), "places": _places(drawing.texts)})]
        if drawing.texts
        else []
    )
    found += [Finding(code, Severity.WARNING, {"count": count}) for code, count in counts if count]
    if drawing.skipped:
        values = {"count": sum(drawing.skipped.values()), "kinds": sorted(drawing.skipped)}
        found.append(Finding("drawing_entities_skipped", Severity.WARNING, values))
    return found


def _images(drawing: Drawing, reading: Reading) -> list[Finding]:
    """What is said of pictures: those that are not read, and, where they are engraved, what they look like.

    Whether their pixels are seen is judged by usual rows; once a laser and a material are chosen, their plan judges it.
    """
    read = [each for each in drawing.images if each.image is not None]
    if not read or reading.operation(IMAGE) is not Operation.ENGRAVE:
        return _unread(drawing)
    found = [*_unread(drawing), _about("drawing_image_engraved", read, severity=Severity.OK)]
    clipped = [each for each in read if each.is_clipped]
    if clipped:
        found.append(_about("drawing_image_clipped", clipped))
    sizes = {each: raster.INCH_MM / each.dpi for each in read if each.dpi}
    coarse = [each for each in read if raster.shows_pixels(sizes.get(each, 0.0), USUAL_INTERVAL_MM)]
    if coarse:
        more = {"dpi": raster.dpi(max(sizes[each] for each in coarse)), "interval_mm": USUAL_INTERVAL_MM,
                "needed_dpi": raster.dpi(USUAL_INTERVAL_MM)}  # fmt: skip
        found.append(_about("drawing_image_squares", coarse, more))
    return found


def _hidden(shown: Seen) -> list[Finding]:
    """Where a picture hides an area or another picture, or is hidden."""
    if not shown.places:
        return []
    values = {"count": len(shown.places), "places": _places(shown.places)}
    return [Finding("drawing_image_hides", Severity.OK, values)]


def _unread(drawing: Drawing) -> list[Finding]:
    found = []
    for code in (LINKED, POINTED_AT, FORMAT, BROKEN, LARGE, MANY):
        mine = [each for each in drawing.images if each.problem == code]
        if mine:
            more = {"megapixels": MEGAPIXELS} if code == LARGE else {}
            found.append(_about(code, mine, more))
    return found


def _about(
    code: str, pictures: list[Picture], more: Mapping[str, float] | None = None, severity: Severity = Severity.WARNING
) -> Finding:
    values = {"count": len(pictures), **(more or {}), "places": _places(each.middle for each in pictures)}
    return Finding(code, severity, values)


def _outside(drawing: Drawing, size: Floats) -> list[Finding]:
    if drawing.page_mm is None:
        return []
    page = np.array(drawing.page_mm)
    over = max(float((-size[0]).max()), float((size[1] - page).max()))
    if over <= OUTSIDE_MM:
        return []
    values = {"over_mm": over, "page_width_mm": drawing.page_mm[0], "page_height_mm": drawing.page_mm[1],
              "places": _places(_beyond(drawing.shapes, page))}  # fmt: skip
    return [Finding("drawing_outside_page", Severity.WARNING, values)]


def _beyond(shapes: list[Shape], page: Floats) -> list[Floats]:
    """The points of a few contours that are farthest off the page."""
    contours = [contour for shape in shapes for contour in shape.contours]
    every = Polylines.of(contours)
    over = np.maximum(-every.low, every.high - page).max(axis=1)
    worst = [each for each in np.argsort(-over, kind="stable")[:MOST_PLACES].tolist() if over[each] > OUTSIDE_MM]
    return [contours[each][np.maximum(-contours[each], contours[each] - page).max(axis=1).argmax()] for each in worst]
