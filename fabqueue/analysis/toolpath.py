"""G-code: what `printers.gcode` reads of it, as a report and as an estimate that somebody else's slicer made."""

from typing import Any

from fabqueue.analysis import fit
from fabqueue.analysis.findings import AnalysisError, Finding, Severity, ordered
from fabqueue.analysis.results import EstimateRequest, without_figures
from printers import gcode
from printers.gcode import Toolpath

_RANGE = (0.9, 1.25)
"""Slicers miss the clock by 20 to 60 % on some machines, nearly always by promising too little."""

_GRAMS_RANGE = (0.97, 1.05)
_BLOCKERS = frozenset({"toolpath_forbidden_command"})


def report(toolpath: Toolpath) -> dict[str, Any]:
    """The report of a toolpath, see `api.md`. Raises AnalysisError when nothing can be made of the file."""
    for problem in toolpath.problems:
        if problem.code in gcode.UNUSABLE:
            raise AnalysisError(problem.code, problem.values)
    bounds = toolpath.bounds_mm
    return {
        "kind": "toolpath",
        "slicer": toolpath.slicer,
        "seconds": toolpath.seconds,
        "filament_mm": toolpath.filament_mm,
        "grams": toolpath.grams,
        "bounds_mm": [list(corner) for corner in bounds] if bounds else None,
        "extents_mm": _extents(toolpath),
        "layers": toolpath.layers,
        "hotend_celsius": toolpath.hotend_celsius,
        "bed_celsius": toolpath.bed_celsius,
        "findings": ordered(_findings(toolpath)),
    }


def _findings(toolpath: Toolpath) -> list[Finding]:
    found = [Finding(each.code, _severity(each.code), each.values) for each in toolpath.problems]
    if not toolpath.extrudes:
        found.append(Finding("toolpath_no_extrusion", Severity.WARNING))
    if not toolpath.ends_cold:
        found.append(Finding("toolpath_ends_hot", Severity.WARNING))
    return found


def _severity(code: str) -> Severity:
    return Severity.BLOCKER if code in _BLOCKERS else Severity.WARNING


def _extents(toolpath: Toolpath) -> list[float] | None:
    if toolpath.bounds_mm is None:
        return None
    low, high = toolpath.bounds_mm
    return [round(top - bottom, 3) for bottom, top in zip(low, high, strict=True)]


def estimate(toolpath: Toolpath, request: EstimateRequest) -> dict[str, Any]:
    """The slicer's own figures as an estimate for one machine; no figures where the file states none."""
    reasons = fit.reasons(_extents(toolpath), request.bed_mm)
    figures = {"seconds": _around(toolpath.seconds, _RANGE), "grams": _around(toolpath.grams, _GRAMS_RANGE)}
    return {**without_figures(request.key, reasons), **figures, "source": "slicer"}


def _around(value: float | None, factors: tuple[float, float]) -> dict[str, float] | None:
    if value is None:
        return None
    low, high = factors
    return {"low": round(value * low, 2), "expected": round(value, 2), "high": round(value * high, 2)}
