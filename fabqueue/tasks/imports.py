"""Imports: their files are read in the sandbox, and made in one transaction."""

import io
from collections.abc import Callable
from typing import Any

import structlog

from fabqueue.analysis import presets, sandbox, table
from fabqueue.analysis.child import Limits
from fabqueue.analysis.findings import AnalysisError
from fabqueue.dispatch.context import Context
from fabqueue.models import ImportBatch, ImportKind, ImportState
from fabqueue.services import housekeeping
from fabqueue.services.imports import batches, bundles, tables
from fabqueue.services.imports.batches import Work
from fabqueue.tasks import boxes
from fabqueue.tasks.claimed import claimed
from fabqueue.tasks.work import task

_LIMITS = Limits(memory_bytes=2 * 1024**3, cpu_seconds=30, wall_seconds=60.0, output_bytes=128 * 1024**2)
_MEANS = {"analysis_too_much_output": "import_too_large", "analysis_too_much_memory": "import_too_large"}
_log = structlog.get_logger(__name__)
Lines = list[dict[str, Any]]


@task("read_import")
def read_import(context: Context, batch_id: str) -> None:
    """Read an import's file and keep what would be made of it."""
    _work(context, batch_id, ImportState.READING, _show)


def _show(context: Context, work: Work, lines: Lines) -> None:
    if work.kind is ImportKind.BUNDLE:
        _show_bundle(context, work, lines)
        return
    with context.db.writing() as session:
        tables.show(session, work, lines)
        session.commit()


def _show_bundle(context: Context, work: Work, lines: Lines) -> None:
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
    _work(context, batch_id, ImportState.MAKING, _make)


def _make(context: Context, work: Work, lines: Lines) -> None:
    if work.kind is ImportKind.BUNDLE:
        boxes.make(context, work, lines)
        return
    with context.db.writing() as session:
        tables.make(session, work, lines)
        session.commit()


def _work(context: Context, batch_id: str, state: ImportState, then: Callable[[Context, Work, Lines], None]) -> None:
    """Read the file again, and do the rest with what it says; nothing happens where there is nothing to do."""
    work = _begin(context, batch_id, state)
    if work is None:
        return
    with claimed(context, ImportBatch, work.batch_id, work.attempt):
        try:
            lines = _lines(context, work)
        except (AnalysisError, FileNotFoundError) as error:
            _fail(context, work, error)
        else:
            then(context, work, lines)


def _begin(context: Context, batch_id: str, state: ImportState) -> Work | None:
    with context.db.writing() as session:
        work = batches.begin(session, batch_id, state)
        session.commit()
    return work


def _lines(context: Context, work: Work) -> Lines:
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
