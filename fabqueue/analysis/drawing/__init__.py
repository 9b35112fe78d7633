"""Drawings for lasers: SVG and DXF to sizes, lengths by operation, findings and a safe picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from fabqueue.analysis.drawing import dxf, svg
from fabqueue.analysis.drawing.colours import DEFAULT, Operation
from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.notes import findings
from fabqueue.analysis.drawing.operations import operations
from fabqueue.analysis.drawing.preview import preview
from fabqueue.analysis.drawing.shapes import Drawing, extents
from fabqueue.analysis.drawing.units import ASKED
from fabqueue.analysis.findings import ordered

__all__ = ["DEFAULT", "DrawingResult", "Operation", "inspect"]


@dataclass(frozen=True)
class DrawingResult:
    """The `report` of a drawing (see the API documentation) and a `preview`, an SVG document written by us."""

    report: dict[str, Any]
    preview: str


def inspect(
    path: Path, filename: str, units: str | None = None, colours: Mapping[str, Operation] = DEFAULT
) -> DrawingResult:
    """Report on the SVG or DXF at `path`; the ending of `filename` tells which.

    `units` is what a member answered when asked about a drawing without a physical size: "mm", "cm", "m", "in",
    "ft", "pt", "px", "72dpi", "90dpi" or "96dpi" for one unit of it. Without an answer pixels are 1/96 inch and DXF
    units are millimetres. `colours` maps "#rrggbb" to operations. Raises AnalysisError when no report is possible.
    """
    read = dxf.read if PurePath(filename).suffix.lower() == ".dxf" else svg.read
    drawing = read(path.read_bytes(), units)
    works = operations(drawing.shapes, colours)
    size = extents(drawing.shapes)
    report = {
        "kind": "drawing",
        "units": drawing.unit or ("mm" if read is dxf.read else "px"),
        "unit_choices": _choices(drawing, size),
        "page_mm": [round(side, 3) for side in drawing.page_mm] if drawing.page_mm else None,
        "size_mm": [round(float(side), 3) for side in size[1] - size[0]] if size is not None else [0.0, 0.0],
        "operations": [work.as_dict() for work in works],
        "findings": ordered(findings(drawing, works)),
    }
    return DrawingResult(report, preview(works, drawing.page_mm, size))


def _choices(drawing: Drawing, size: Floats | None) -> list[dict[str, Any]]:
    """The sizes it would have in each unit that may be meant; none where the file itself names one."""
    sides = (size[1] - size[0]) / drawing.unit_mm if size is not None else []
    return [
        {"units": each, "size_mm": [round(float(side) * ASKED[each], 3) for side in sides]}
        for each in (drawing.choices if size is not None else ())
    ]
