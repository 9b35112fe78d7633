"""Many files, one after the other, from one warm process: what `fabqueue analyse` prints."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fabqueue.analysis import sandbox
from fabqueue.analysis.findings import AnalysisError
from fabqueue.analysis.results import EstimateRequest
from printers import profiles

Render = Callable[[str, Mapping[str, Any]], tuple[str, str]]
"""Puts a code and its values into words: the message and what to do, "" where there is nothing to do."""

_MACHINE, _MATERIAL = "marlin-250", "pla"


def analyse_files(names: Iterable[str], profile: Path | None, render: Render) -> Iterator[dict[str, Any]]:
    """Yield one line for each file of `names`, in their order, as `api.md` ("Command line") describes it.

    The estimate is made for the PrusaSlicer settings in `profile`, else for the built-in printer. A file that fails
    yields its error and the next one follows. Raises `printers.profiles.ProfileError` when `profile` cannot be read.
    """
    request = _request(profile)
    sandbox.preload()
    for name in names:
        try:
            yield {"file": name, **_line(name, request, render)}
        except AnalysisError as error:
            message = " ".join(part for part in render(error.code, error.values) if part)
            yield {"file": name, "error": {"code": error.code, "message": message}}


def _request(profile: Path | None) -> EstimateRequest:
    built_in = profiles.builtin()[_MACHINE]
    settings = profiles.read_settings(profile) if profile else built_in.settings(_MATERIAL)
    return EstimateRequest("only", settings, built_in.bed_mm)


def _line(name: str, request: EstimateRequest, render: Render) -> dict[str, Any]:
    try:
        found = sandbox.run(Path(name), name, profiles=[request])
    except FileNotFoundError as error:
        raise AnalysisError("file_missing") from error
    worded = [_worded(each, render) for each in found.report["findings"]]
    return {"report": {**found.report, "findings": worded}, "estimate": _estimate(found.estimates[0])}


def _worded(finding: Mapping[str, Any], render: Render) -> dict[str, Any]:
    message, advice = render(finding["code"], finding["values"])
    return {**finding, "message": message, "advice": advice}


def _estimate(made: Mapping[str, Any]) -> dict[str, Any] | None:
    """The figures alone; None where there are none."""
    if made["seconds"] is None:
        return None
    return {key: made[key] for key in ("seconds", "grams", "source")}
