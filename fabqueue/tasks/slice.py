"""Slicing a model, or checking a toolpath that a member brought, into the file that machines get."""

import shutil
from pathlib import Path

import structlog

from fabqueue.config import SlicerSettings
from fabqueue.dispatch.context import Context
from fabqueue.services import preparation, profiles, settings, slicings
from fabqueue.tasks.work import task
from printers import gcode, slicer
from printers.digest import sha1
from printers.gcode import Toolpath
from printers.limits import Limits
from printers.profiles import Profile, SettingError
from printers.slicer import SlicingError

_OUTPUT_BYTES = 512 << 20
_MM = {"": 1.0, "mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4}
_log = structlog.get_logger(__name__)


@task("slice")
def slice_model(context: Context, slicing_id: str) -> None:
    """Slice once for every run that waits for it; nothing happens when it is gone, done, or somebody is at it."""
    work = _begin(context, slicing_id)
    if work is None:
        return
    try:
        with context.storage.scratch() as place:
            sliced = _sliced(context, work, place)
    except (SlicingError, SettingError) as error:
        _log.info("not_sliced", slicing=slicing_id, code=error.code, detail=str(error))
        _fail(context, work, error.code, dict(error.values))
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
    model = place / f"model{Path(work.filename).suffix.lower()}"
    shutil.copyfile(context.storage.path(work.model_sha256), model)  # the suffix tells the slicer the format
    made = place / "run.gcode"
    profile = profiles.available(context.config).get(work.profile)
    if profile is None:
        raise SlicingError("slicing_profile_missing", {"profile": work.profile})
    if profile.digest != work.profile_digest:  # what comes out would be kept, and found again, as something else
        raise SlicingError("slicing_profile_changed", {"profile": work.profile})
    toolpath = _check(model, made, profile) if work.toolpath else _slice(context, work, model, made, profile)
    return slicings.Sliced(
        context.storage.keep_file(made), sha1(made), round(toolpath.seconds or 0), _milligrams(toolpath, work, profile)
    )


def _slice(context: Context, work: slicings.Work, model: Path, made: Path, profile: Profile) -> Toolpath:
    if work.preset not in profile.materials:
        raise SlicingError("slicing_profile_missing", {"profile": f"{work.profile}, {work.preset}"})
    program = slicer.find(context.config.slicer.program or None)
    keys = profile.settings(work.preset, settings.for_slicer(work.settings))
    return program.slice(
        model, made, keys, work.copies, profile.bed_mm, settings.pose(work.settings),
        _limits(context.config.slicer), _MM[work.units],
    )  # fmt: skip


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
