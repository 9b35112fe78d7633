"""Drawings for lasers: SVG and DXF to sizes, lengths by operation, findings and a safe picture."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from fabqueue.analysis.drawing import dxf, svg
from fabqueue.analysis.drawing.doubles import Doubles
from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.layers import seen
from fabqueue.analysis.drawing.notes import findings
from fabqueue.analysis.drawing.operations import Work, burnt_twice, operations, take_out
from fabqueue.analysis.drawing.preview import preview, view
from fabqueue.analysis.drawing.shapes import Drawing, Picture, around, extents
from fabqueue.analysis.drawing.sheet import sheet
from fabqueue.analysis.drawing.units import ASKED
from fabqueue.analysis.findings import ordered
from fabqueue.analysis.readings import DEFAULT, Operation, Reading, merged

__all__ = ["DEFAULT", "DrawingResult", "Operation", "Reading", "Work", "inspect", "merged", "works"]

USUAL = Reading()


@dataclass(frozen=True)
class DrawingResult:
    """The `report` of a drawing (see the API documentation), and SVG documents written by us.

    The `preview` is looked at; the `sheet` (made when it is asked for) goes to a laser.
    """

    report: dict[str, Any]
    preview: str
    sheet: Callable[[], str]


def inspect(path: Path, filename: str, units: str | None = None, reading: Reading = USUAL) -> DrawingResult:
    """Report on the SVG or DXF at `path`; the ending of `filename` tells which.

    `units` is what a member answered when asked about a drawing without a physical size: "mm", "cm", "m", "in",
    "ft", "pt", "px", "72dpi", "90dpi" or "96dpi" for one unit of it. Without an answer pixels are 1/96 inch and DXF
    units are millimetres. `reading` says what the colours stand for. Raises AnalysisError when no report is possible.
    """
    drawing = _read(path, filename, units)
    shown = seen(drawing, reading)
    works = operations(drawing, reading, shown)
    size = extents(drawing.shapes)
    whole = around(size, drawing.readable)
    twice = burnt_twice(works)
    found = findings(drawing, works, reading, twice, shown)
    if reading.without_doubles:
        take_out(works, twice)
    report = {
        "kind": "drawing",
        "units": drawing.unit or ("mm" if _is_dxf(filename) else "px"),
        "reading": reading.as_dict(),
        "unit_choices": _choices(drawing, whole if size is None else size),
        "page_mm": [round(side, 3) for side in drawing.page_mm] if drawing.page_mm else None,
        "size_mm": _sides(size),
        "whole_mm": _sides(whole),
        "operations": [work.as_dict() for work in works],
        "images": [_image(each) for each in drawing.images],
        "removed": _removed(twice) if reading.without_doubles else None,
        "view_mm": view(drawing.page_mm, whole),
        "findings": ordered(found),
    }
    made = partial(sheet, works, drawing.shapes, reading.colours, drawing.page_mm, whole)
    return DrawingResult(report, preview(works, drawing.page_mm, whole), made)


def works(path: Path, filename: str, units: str | None = None, reading: Reading = USUAL) -> list[Work]:
    """What a laser is to do, colour by colour, in mm; arguments and errors as `inspect`."""
    drawing = _read(path, filename, units)
    made = operations(drawing, reading, seen(drawing, reading))
    if reading.without_doubles:
        take_out(made, burnt_twice(made))
    return made


def _sides(size: Floats | None) -> list[float]:
    return [round(float(side), 3) for side in size[1] - size[0]] if size is not None else [0.0, 0.0]


def _image(found: Picture) -> dict[str, Any]:
    """A picture in the report; one that is not read has only the code of what is said about it."""
    across, down = np.hypot(*(found.image.corners[1:] - found.image.corners[0]).T) if found.image else (0.0, 0.0)
    return {
        "pixels": list(found.pixels) or None,
        "size_mm": [round(float(across), 3), round(float(down), 3)] if found.image else None,
        "dpi": round(found.dpi) if found.dpi else None,
        "problem": found.problem,
    }


def _removed(found: Doubles) -> dict[str, Any]:
    """The lines that were left out because they lay on others."""
    return {"count": found.count, "length_mm": round(found.length_mm, 3)}


def _read(path: Path, filename: str, units: str | None) -> Drawing:
    return (dxf.read if _is_dxf(filename) else svg.read)(path.read_bytes(), units)


def _is_dxf(filename: str) -> bool:
    return PurePath(filename).suffix.lower() == ".dxf"


def _choices(drawing: Drawing, size: Floats | None) -> list[dict[str, Any]]:
    """The sizes it would have in each unit that may be meant; none where the file itself names one."""
    sides = (size[1] - size[0]) / drawing.unit_mm if size is not None else []
    return [
        {"units": each, "size_mm": [round(float(side) * ASKED[each], 3) for side in sides]}
        for each in (drawing.choices if size is not None else ())
    ]
