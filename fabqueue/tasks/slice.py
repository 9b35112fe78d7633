"""Slicing a model, or checking a toolpath that a member brought, into the file that machines get."""

import shutil
from pathlib import Path

import structlog

from fabqueue.analysis.findings import AnalysisError
from fabqueue.config import SlicerSettings
from fabqueue.dispatch.context import Context
from fabqueue.models import Slicing
from fabqueue.services import preparation, profiles, settings, slicings
from fabqueue.tasks import burn
from fabqueue.tasks.claimed import claimed
from fabqueue.tasks.work import task
from printers import gcode, slicer
from printers.digest import sha1
from printers.gcode import Toolpath
from printers.limits import Limits
from printers.profiles import Profile, SettingError
from printers.slicer import Part, SlicingError

_OUTPUT_BYTES = 512 << 20
_MM = {"": 1.0, "mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4}
_log = structlog.get_logger(__name__)


@task("slice")
def slice_model(context: Context, slicing_id: str) -> None:
    """Slice once for every run that waits for it; nothing happens when it is gone, done, or somebody is at it."""
    work = _begin(context, slicing_id)
    if work is not None:
        with claimed(context, Slicing, work.slicing_id, work.attempt):
            _work(context, work)


def _work(context: Context, work: slicings.Work) -> None:
    try:
        with context.storage.scratch() as place:
            sliced = _sliced(context, work, place)
    except (SlicingError, SettingError, AnalysisError) as error:
        _log.info("not_sliced", slicing=work.slicing_id, code=error.code, detail=str(error))
        _fail(context, work, *burn.problem(error.code, error.values))
    except FileNotFoundError:
        _fail(context, work, "slicing_model_missing", {})
    else:
        _finish(context, work, sliced)


def _begin(context: Context, slicing_id: str) -> slicings.Work | None:
    with context.db.writing() as session:
        work = slicings.begin(session, context.config, slicing_id)
        if work is None:  # it may have been given up: that has consequences too
            preparation.slicing_ended(session, context.config, slicing_id)
        session.commit()
    return work


def _sliced(context: Context, work: slicings.Work, place: Path) -> slicings.Sliced:
    made = place / "run.gcode"
    with context.db.reading() as session:
        profile = profiles.available(context.config, session).get(work.profile)
    if profile is None:
        raise SlicingError("slicing_profile_missing", {"profile": work.profile})
    if profile.digest != work.profile_digest:  # what comes out would be kept, and found again, as something else
        raise SlicingError("slicing_profile_changed", {"profile": work.profile})
    if profile.laser is not None:
        return burn.planned(context, work, place)
    if work.toolpath:
        toolpath = _check(_fetched(context, place, work.model_sha256, work.filename), made, profile)
    else:
        toolpath = _slice(context, work, made, profile)
    return slicings.Sliced(
        context.storage.keep_file(made), sha1(made), round(toolpath.seconds or 0), _milligrams(toolpath, work, profile)
    )


def _fetched(context: Context, place: Path, sha256: str, filename: str) -> Path:
    """A copy of a stored file under a name whose suffix tells its format."""
    model = place / f"{sha256}{Path(filename).suffix.lower()}"
    shutil.copyfile(context.storage.path(sha256), model)
    return model


def _slice(context: Context, work: slicings.Work, made: Path, profile: Profile) -> Toolpath:
    if work.preset not in profile.materials:
        raise SlicingError("slicing_profile_missing", {"profile": f"{work.profile}, {work.preset}"})
    program = slicer.find(context.config.slicer.program or None)
    keys = profile.settings(work.preset, settings.for_slicer(work.settings))
    limits, parts = _limits(context.config.slicer), _parts(context, work, made.parent)
    if work.parts:
        return program.slice_together(parts, made, keys, profile.bed_mm, limits)
    one = parts[0]
    return program.slice(one.model, made, keys, one.copies, profile.bed_mm, one.pose, limits, one.scale)


def _parts(context: Context, work: slicings.Work, place: Path) -> list[Part]:
    """The models to slice: those that share a bed, or the one that has it."""
    alone = {"sha256": work.model_sha256, "filename": work.filename, "units": work.units, "copies": work.copies,
             "pose": work.settings.get("pose")}  # fmt: skip
    return [
        Part(_fetched(context, place, each["sha256"], each["filename"]), each["copies"], settings.pose(each),
             _MM[each["units"]])
        for each in work.parts or [alone]
    ]  # fmt: skip


def _limits(chosen: SlicerSettings) -> Limits:
    return Limits(chosen.memory_mb * 1_000_000, chosen.cpu_seconds, chosen.wall_seconds, _OUTPUT_BYTES)


def _check(model: Path, made: Path, profile: Profile) -> Toolpath:
    """A toolpath is taken as it is, when nothing speaks against starting it on this machine model."""
    toolpath = gcode.read(model)
    if problems := gcode.checks(toolpath, profile.bed_mm):
        raise SlicingError(problems[0].code, problems[0].values)
    model.rename(made)
    return toolpath


def _milligrams(toolpath: Toolpath, work: slicings.Work, profile: Profile) -> int:
    """As the slicer says, else from the filament's length at 1.75 mm and the preset's density."""
    if toolpath.grams is not None:
        return round(toolpath.grams * 1000)
    preset = profile.materials.get(work.preset)
    density = preset.density if preset else 1.24
    return round((toolpath.filament_mm or 0) * 2.405 * density)  # mm3 of 1 mm filament, g/cm3 = mg/mm3


def _finish(context: Context, work: slicings.Work, sliced: slicings.Sliced) -> None:
    with context.db.writing() as session:
        if slicings.finish(session, work.slicing_id, work.attempt, sliced):
            preparation.slicing_ended(session, context.config, work.slicing_id)
        session.commit()


def _fail(context: Context, work: slicings.Work, code: str, values: dict[str, object]) -> None:
    with context.db.writing() as session:
        if slicings.fail(session, work.slicing_id, work.attempt, code, values):
            preparation.slicing_ended(session, context.config, work.slicing_id)
        session.commit()
