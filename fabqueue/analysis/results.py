"""What an analysis gives back, put together from the lines of a child that may not have got to its end."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fabqueue.analysis import fit
from fabqueue.analysis.findings import AnalysisError, Finding, Severity

FILES = {"picture": "picture.webp", "preview": "preview.glb", "drawing": "drawing.svg", "sheet": "sheet.svg"}
"""The files an analysis may leave in its `out` folder, by their key."""


Pose = tuple[float, ...]
"""A turn before the part is laid on the bed: the quaternion (w, x, y, z)."""


@dataclass(frozen=True, slots=True)
class EstimateRequest:
    """One estimate wanted: `key` names it in the answer, `settings` are slicer settings, `bed_mm` is (x, y, z).

    laser: what one is to do instead (`services.laserwork.wanted`), for so many `copies` together.
    """

    key: str
    settings: Mapping[str, str]
    bed_mm: tuple[float, float, float]
    pose: Pose | None = None
    laser: Mapping[str, Any] | None = None
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Analysis:
    """A report (see `api.md`; findings as codes and values), the estimates asked for in order, and the files written.

    An estimate is `{"key", "fits", "reasons": [{code, values}], "seconds", "grams", "source", "parameters_version"}`
    where seconds and grams are `{low, expected, high}` or None. A laser's has `mm2` (of all copies, as its seconds
    are) and `plan` besides (`lasering.told`).
    """

    report: dict[str, Any]
    estimates: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)


def assemble(
    lines: Sequence[Mapping[str, Any]],
    stopped: str | None,
    profiles: Sequence[EstimateRequest],
    scratch: Path,
    out: Path | None,
) -> Analysis:
    """Put together what the child said. Raises AnalysisError when it did not even get to its report."""
    report = next((dict(line["report"]) for line in lines if "report" in line), None)
    if report is None:
        raise AnalysisError(stopped or "analysis_failed")
    if stopped:
        report["findings"] = [Finding("analysis_cut_short", Severity.WARNING).as_dict(), *report["findings"]]
    given = {line["estimate"]["key"]: dict(line["estimate"]) for line in lines if "estimate" in line}
    estimates = [given.get(each.key) or _missing(each, report) for each in profiles]
    return Analysis(report, estimates, _collect(lines, scratch, out))


def _missing(request: EstimateRequest, report: Mapping[str, Any]) -> dict[str, Any]:
    """The estimate that an analysis which was cut short still owes."""
    reasons = fit.reasons(report.get("extents_mm"), request.bed_mm)
    reasons.append({"code": "estimate_out_of_reach", "values": {}})
    return without_figures(request.key, reasons)


def without_figures(key: str, reasons: list[dict[str, Any]]) -> dict[str, Any]:
    """An estimate that says why there is none."""
    empty = {"seconds": None, "grams": None, "source": "geometry", "parameters_version": None}
    return {"key": key, "fits": not fit.hinders(reasons), "reasons": reasons, **empty}


def _collect(lines: Sequence[Mapping[str, Any]], scratch: Path, out: Path | None) -> dict[str, Path]:
    """Move the announced files, known names and plain files only, from the scratch folder to `out`."""
    if out is None:
        return {}
    keys = [str(line["file"]) for line in lines if line.get("file") in FILES]
    plain = [key for key in keys if _is_plain(scratch / FILES[key])]
    for key in plain:
        os.replace(scratch / FILES[key], out / FILES[key])
    return {key: out / FILES[key] for key in plain}


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
