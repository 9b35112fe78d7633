"""Findings about a drawing: what a laser would do that its maker hardly meant."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from fabqueue.analysis.drawing.colours import Operation
from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.operations import Work
from fabqueue.analysis.drawing.shapes import NO_COLOUR, Drawing, extents, is_closed
from fabqueue.analysis.findings import Finding, Severity

JOIN_MM = 0.1
"""Ends of cut lines that are nearer than this count as joined."""
SAME_MM = 0.02
"""Lines whose ends and middle agree to this lie on one another."""
OUTSIDE_MM = 0.5
PAPER = "#ffffff"
"""White is left out on purpose: backgrounds and what covers other shapes."""
SMALL_MM, LARGE_MM = 1.0, 3000.0


def findings(drawing: Drawing, works: list[Work]) -> list[Finding]:
    """Everything worth telling about `drawing` and its `works`."""
    size = extents(drawing.shapes)
    if size is None:
        return [*_content(drawing), Finding("drawing_nothing_visible", Severity.BLOCKER)]
    return [
        *_units(drawing, size),
        *_colours(works),
        *_cuts(works),
        *_duplicates(works),
        *_content(drawing),
        *_outside(drawing, size),
    ]


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
    unknown = [work for work in ignored if work.colour not in (NO_COLOUR, PAPER)]
    colours, length = [work.colour for work in unknown], sum(work.length_mm for work in unknown)
    found = []
    if colours:
        values = {"count": len(colours), "colours": colours[:8], "length_mm": length}
        found.append(Finding("drawing_colours_unknown", Severity.WARNING, values))
    if any(work.colour == NO_COLOUR for work in ignored):
        found.append(Finding("drawing_paint_not_flat", Severity.WARNING))
    if len(ignored) == len(works):
        found.append(Finding("drawing_nothing_to_do", Severity.BLOCKER))
    return found


def _cuts(works: list[Work]) -> list[Finding]:
    cuts = [work for work in works if work.operation is Operation.CUT]
    filled = sum(len(work.fills) for work in cuts)
    lines = [line for work in cuts for line in work.lines]
    found = []
    if filled:
        found.append(Finding("drawing_cut_filled", Severity.WARNING, {"count": filled}))
    count, where = open_contours(lines)
    if count:
        values = {"count": count, "x_mm": float(where[0]), "y_mm": float(where[1])}
        found.append(Finding("drawing_cut_open", Severity.WARNING, values))
    return found


def open_contours(lines: list[Floats]) -> tuple[int, Floats]:
    """How many open contours polylines (n, 2) leave when touching ends are joined, and one loose end (2,) in mm."""
    ends = [line[[0, -1]] for line in lines if not is_closed(line)]
    if not ends:
        return 0, np.zeros(2)
    points = np.concatenate(ends)
    group = _joined(points)
    loose = np.bincount(group)[group] % 2 == 1
    pieces = len(np.unique(group[loose]))
    # every open chain has two loose ends; a crossing of three counts as one more
    return -(-pieces // 2), points[loose][0] if loose.any() else np.zeros(2)


def _joined(points: Floats) -> np.typing.NDArray[np.int32]:
    """A label for each of `points` (n, 2); those within `JOIN_MM` share one."""
    places, place = np.unique(np.round(points, 3), axis=0, return_inverse=True)
    pairs = cKDTree(places).query_pairs(JOIN_MM, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(places), len(places)))
    labels: np.typing.NDArray[np.int32] = connected_components(links, directed=False)[1]
    return labels[place.ravel()]


def _duplicates(works: list[Work]) -> list[Finding]:
    burnt = [work for work in works if work.operation in (Operation.CUT, Operation.SCORE)]
    count, length = duplicates([line for work in burnt for line in work.lines])
    if not count:
        return []
    return [Finding("drawing_lines_double", Severity.WARNING, {"count": count, "length_mm": length})]


def duplicates(lines: list[Floats]) -> tuple[int, float]:
    """How many straight pieces of polylines lie on an equal one, in either direction, and their length in mm."""
    if not lines:
        return 0, 0.0
    start = np.concatenate([line[:-1] for line in lines])
    end = np.concatenate([line[1:] for line in lines])
    length = np.hypot(*(end - start).T)
    long = length > SAME_MM
    start, end, length = start[long], end[long], length[long]
    # sum and absolute difference are the same in both directions, with the sign of dx * dy telling the diagonals apart
    across = end - start
    slant = np.sign(np.round(across[:, :1] * across[:, 1:] / SAME_MM**2))
    keys = np.round(np.c_[(start + end) / 2, np.abs(across)] / SAME_MM)
    _, first = np.unique(np.c_[keys, slant], axis=0, return_index=True)
    extra = np.ones(len(length), dtype=np.bool_)
    extra[first] = False
    return int(extra.sum()), float(length[extra].sum())


def _content(drawing: Drawing) -> list[Finding]:
    counts = (
        ("drawing_text", drawing.texts),
        ("drawing_image", drawing.images),
        ("drawing_link_outside", drawing.elsewhere),
        ("drawing_reference_loop", drawing.loops),
        ("drawing_path_broken", drawing.unreadable),
    )
    found = [Finding(code, Severity.WARNING, {"count": count}) for code, count in counts if count]
    if drawing.skipped:
        values = {"count": sum(drawing.skipped.values()), "kinds": sorted(drawing.skipped)}
        found.append(Finding("drawing_entities_skipped", Severity.WARNING, values))
    return found


def _outside(drawing: Drawing, size: Floats) -> list[Finding]:
    if drawing.page_mm is None:
        return []
    over = max(float((-size[0]).max()), float((size[1] - np.array(drawing.page_mm)).max()))
    if over <= OUTSIDE_MM:
        return []
    values = {"over_mm": over, "page_width_mm": drawing.page_mm[0], "page_height_mm": drawing.page_mm[1]}
    return [Finding("drawing_outside_page", Severity.WARNING, values)]
