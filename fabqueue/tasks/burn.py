"""The file a laser gets: planned from the drawing in the sandbox, checked, and kept with its picture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fabqueue.analysis import sandbox
from fabqueue.analysis.child import Limits
from fabqueue.analysis.findings import AnalysisError
from fabqueue.analysis.lasering import DRAWING, GCODE, PICTURE, TOO_MANY
from fabqueue.dispatch.context import Context
from fabqueue.models import Job
from fabqueue.services import slicings, toolpaths
from fabqueue.services.errors import Refused
from fabqueue.services.preparation import TOO_MANY as SPLIT
from fabqueue.storage import Kept
from fabqueue.tasks.estimates import limits, turn
from printers.digest import sha1
from printers.slicer import SlicingError

ENTRY, CARD = "fabqueue.analysis.lasering:steps", "fabqueue.analysis.lasering:card"
_OUTPUT_BYTES = 512 << 20


def planned(context: Context, work: slicings.Work, place: Path) -> slicings.Sliced:
    """The file of a slicing. Raises AnalysisError, SlicingError when there is none to be had."""
    if work.laser is None:  # what comes out would be kept, and found again, as something else
        raise SlicingError("slicing_profile_changed", {"profile": work.profile})
    plan = made(context, work, place)
    gcode, picture = context.storage.keep_file(place / GCODE), context.storage.keep_file(place / PICTURE)
    seconds = round(plan["seconds"]["expected"])
    return slicings.Sliced(gcode, sha1(place / GCODE), seconds, None, plan["sheet_mm2"], plan, picture)


def made(context: Context, work: slicings.Work, place: Path) -> dict[str, Any]:
    """What the child planned, with its files in `place`."""
    arguments = {
        "path": str(context.storage.path(work.model_sha256).resolve()), "filename": work.filename,
        "units": work.units or None, "job": work.laser, "copies": work.copies,
    }  # fmt: skip
    outcome = sandbox.call(ENTRY, arguments, place, _limits(context))
    if outcome.stopped or not outcome.lines:
        raise AnalysisError(outcome.stopped or "analysis_failed")
    plan: dict[str, Any] = outcome.lines[-1]["plan"]
    return plan


def preview(context: Context, job_id: str) -> str:
    """An SVG of what a laser would do for one sheet of a job, drawn now; whoever asks waits for a moment.

    Raises Refused where no laser can, or too much is being worked out; AnalysisError when it cannot be planned.
    """
    with context.db.reading() as session:
        job = session.get_one(Job, job_id)
        shown = toolpaths.of_job(session, context.config, job)
        wanted = toolpaths.laser_job(session, context.config, job)
        if shown is None or wanted is None:
            raise Refused("fit_unknown")
        arguments = {
            "path": str(context.storage.path(job.revision.sha256).resolve()), "filename": job.revision.filename,
            "units": job.revision.units or None, "job": wanted, "copies": shown.copies, "files": False,
        }  # fmt: skip
    with turn(context.config), context.storage.scratch() as place:
        outcome = sandbox.call(ENTRY, arguments, place, limits(context))
        if outcome.stopped or not outcome.lines:
            raise AnalysisError(outcome.stopped or "analysis_failed")
        return (place / PICTURE).read_text("utf-8")


def card(context: Context, laser: Mapping[str, Any], wanted: Mapping[str, Any], *, picture: bool) -> bytes:
    """The G-code of a test card, or its picture, made now. Raises Refused, AnalysisError."""
    with turn(context.config), context.storage.scratch() as place:
        _make_card(context, place, {"laser": dict(laser), "card": dict(wanted)})
        return (place / (PICTURE if picture else GCODE)).read_bytes()


def card_drawing(
    context: Context, laser: Mapping[str, Any], wanted: Mapping[str, Any], colours: Mapping[str, str]
) -> Kept:
    """The drawing of a test card in the colours of its operations, kept. Raises as `card`, where none can be made."""
    with turn(context.config), context.storage.scratch() as place:
        _make_card(context, place, {"laser": dict(laser), "card": dict(wanted), "colours": dict(colours)})
        return context.storage.keep_file(place / DRAWING)


def _make_card(context: Context, place: Path, arguments: Mapping[str, Any]) -> None:
    outcome = sandbox.call(CARD, arguments, place, limits(context))
    if outcome.stopped or not outcome.lines:
        raise AnalysisError(outcome.stopped or "analysis_failed")


def _limits(context: Context) -> Limits:
    """Those of slicing: a file may take longer than an estimate."""
    chosen = context.config.slicer
    return Limits(chosen.memory_mb * 1_000_000, chosen.cpu_seconds, chosen.wall_seconds, _OUTPUT_BYTES)


def problem(code: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A failure as slicings know it: too many copies for one sheet are several runs, as on a bed."""
    if code == TOO_MANY:
        return SPLIT, {"copies": values["copies"], "fitting": values["fit"]}
    return code, dict(values)
