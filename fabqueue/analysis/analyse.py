"""The whole analysis of one file, step by step, the most useful step first. Runs inside the sandboxed child."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fabqueue.analysis import drawing, gates, kinds, lasering, mesh, picture, preview, solid, toolpath
from fabqueue.analysis.estimates import estimates
from fabqueue.analysis.findings import VERSION, ordered
from fabqueue.analysis.kinds import Kind
from fabqueue.analysis.results import FILES, Analysis, EstimateRequest, assemble, without_figures
from printers import gcode

Line = dict[str, Any]


def steps(
    folder: Path, path: str, filename: str, units: str | None, files: bool, profiles: Sequence[Mapping[str, Any]],
    reading: Mapping[str, Any] | None = None,
) -> Iterator[Line]:  # fmt: skip
    """Yield {"report": ...} first, then {"file": key} for what is written into `folder`, {"estimate": ...} per profile.

    Arguments are JSON, as the sandbox hands them over; see `sandbox.run`. Raises AnalysisError.
    """
    kind = gates.check_file(Path(path), filename)
    requests = [_request(each) for each in profiles]
    target = folder if files else None
    if kind is Kind.DRAWING:
        asked = drawing.Reading.from_dict(reading) if reading else drawing.USUAL
        yield from _drawing(Path(path), filename, units, asked, target, requests)
    else:
        work = {Kind.MESH: _mesh, Kind.TOOLPATH: _toolpath}[kind]
        yield from work(Path(path), filename, units, target, requests)


def _request(given: Mapping[str, Any]) -> EstimateRequest:
    pose = tuple(given["pose"]) if given.get("pose") else None
    x, y, z = given["bed_mm"]
    return EstimateRequest(given["key"], given["settings"], (x, y, z), pose, given.get("laser"), given.get("copies", 1))


def analyse(
    path: Path,
    filename: str,
    units: str | None = None,
    out: Path | None = None,
    profiles: Sequence[EstimateRequest] = (),
) -> Analysis:
    """`sandbox.run` without the sandbox, for files that are trusted. Raises AnalysisError."""
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        told = steps(Path(scratch), str(path), filename, units, out is not None, [asdict(each) for each in profiles])
        return assemble(list(told), None, profiles, Path(scratch), out)


def _mesh(
    path: Path, filename: str, units: str | None, folder: Path | None, requests: list[EstimateRequest]
) -> Iterator[Line]:
    loaded = mesh.load(path, kinds.extension(filename), units)
    raw = solid.measure(loaded.triangles)
    part = solid.turned_out(raw)
    found = solid.findings(loaded, part)
    if part is not raw and part.solid:
        found.append(solid.INSIDE_OUT)
    report = {**solid.report(loaded, part), "picture": picture.view()}
    yield {"report": {**report, "findings": ordered(found), "analyser": VERSION}}
    if folder and part.topology.kept.any():
        yield from preview.files(part, folder)
    yield from estimates(part, requests)


def _drawing(
    path: Path, filename: str, units: str | None, reading: drawing.Reading, folder: Path | None,
    requests: list[EstimateRequest],
) -> Iterator[Line]:  # fmt: skip
    found = drawing.inspect(path, filename, units, reading)
    yield {"report": {**found.report, "estimable": True, "analyser": VERSION}}
    if folder:
        (folder / FILES["drawing"]).write_text(found.preview, encoding="utf-8")
        yield {"file": "drawing"}
        (folder / FILES["sheet"]).write_text(found.sheet(), encoding="utf-8")
        yield {"file": "sheet"}
    yield from lasering.estimates(path, filename, units, [each for each in requests if each.laser])
    for request in (each for each in requests if not each.laser):
        reason = {"code": "estimate_not_for_drawings", "values": {}}
        yield {"estimate": without_figures(request.key, [reason])}


def _toolpath(
    path: Path, filename: str, units: str | None, folder: Path | None, requests: list[EstimateRequest]
) -> Iterator[Line]:
    found = gcode.read(path)
    yield {"report": {**toolpath.report(found), "estimable": False, "analyser": VERSION}}
    for request in requests:
        yield {"estimate": toolpath.estimate(found, request)}
