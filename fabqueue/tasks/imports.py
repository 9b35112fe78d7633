"""Imports: their files are read in the sandbox, and made in one transaction."""

import io
from typing import Any

import structlog

from fabqueue.analysis import presets, sandbox, table
from fabqueue.analysis.child import Limits
from fabqueue.analysis.findings import AnalysisError
from fabqueue.dispatch.context import Context
from fabqueue.models import ImportKind, ImportState
from fabqueue.services import housekeeping
from fabqueue.services.imports import batches, bundles, tables
from fabqueue.services.imports.batches import Work
from fabqueue.tasks import boxes
from fabqueue.tasks.work import task

_LIMITS = Limits(memory_bytes=2 * 1024**3, cpu_seconds=30, wall_seconds=60.0, output_bytes=128 * 1024**2)
_MEANS = {"analysis_too_much_output": "import_too_large", "analysis_too_much_memory": "import_too_large"}
_log = structlog.get_logger(__name__)


@task("read_import")
def read_import(context: Context, batch_id: str) -> None:
    """Read an import's file and keep what would be made of it."""
    opened = _opened(context, batch_id, ImportState.READING)
    if opened is None:
        return
    work, lines = opened
    if work.kind is ImportKind.BUNDLE:
        _show_bundle(context, work, lines)
        return
    with context.db.writing() as session:
        tables.show(session, work, lines)
        session.commit()


def _show_bundle(context: Context, work: Work, lines: list[dict[str, Any]]) -> None:
    """The file itself may hold keys of printers: it goes as soon as what is needed of it is kept."""
    clean = lines[0].pop("clean").encode()
    kept = context.storage.keep(io.BytesIO(clean), len(clean))
    with context.db.writing() as session:
        bundles.show(session, work, lines, kept)
        session.commit()
    forget_file(context, work.sha256)


def forget_file(context: Context, sha256: str) -> None:
    """Remove a file at once, unless a row names it."""
    with context.db.writing() as session:
        unnamed = housekeeping.forget(session, sha256)
        session.commit()
    if unnamed:
        context.storage.remove(sha256)


@task("make_import")
def make_import(context: Context, batch_id: str) -> None:
    """Make everything that an import shows, or nothing."""
    opened = _opened(context, batch_id, ImportState.MAKING)
    if opened is None:
        return
    work, lines = opened
    if work.kind is ImportKind.BUNDLE:
        boxes.make(context, work, lines)
        return
    with context.db.writing() as session:
        tables.make(session, work, lines)
        session.commit()


def _opened(context: Context, batch_id: str, state: ImportState) -> tuple[Work, list[dict[str, Any]]] | None:
    """The import and what its file says; None when there is nothing to do, or the file could not be read."""
    work = _begin(context, batch_id, state)
    if work is None:
        return None
    try:
        return work, _lines(context, work)
    except (AnalysisError, FileNotFoundError) as error:
        _fail(context, work, error)
    return None


def _begin(context: Context, batch_id: str, state: ImportState) -> Work | None:
    with context.db.writing() as session:
        work = batches.begin(session, batch_id, state)
        session.commit()
    return work


def _lines(context: Context, work: Work) -> list[dict[str, Any]]:
    """What the child says of the file. Raises AnalysisError, FileNotFoundError."""
    arguments: dict[str, Any] = {"path": str(context.storage.path(work.sha256).resolve())}
    entry = presets.ENTRY
    if work.kind is not ImportKind.BUNDLE:
        entry = table.ENTRY
        arguments |= {name: str(work.choices.get(name, "")) for name in ("encoding", "delimiter")}
    with context.storage.scratch() as place:
        outcome = sandbox.call(entry, arguments, place, _LIMITS)
    if outcome.stopped:
        raise AnalysisError(outcome.stopped)
    return outcome.lines


def _fail(context: Context, work: Work, error: AnalysisError | FileNotFoundError) -> None:
    code, values = ("import_file_missing", {}) if isinstance(error, FileNotFoundError) else (error.code, error.values)
    _log.info("not_imported", batch=work.batch_id, code=code)
    with context.db.writing() as session:
        batches.fail(session, work, _MEANS.get(code, code), values)
        session.commit()
    if work.kind is ImportKind.BUNDLE and work.state is ImportState.READING:
        forget_file(context, work.sha256)
