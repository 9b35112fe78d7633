"""Analysing a revision in the sandbox."""

from pathlib import Path

from fabqueue.analysis import sandbox
from fabqueue.analysis.findings import AnalysisError
from fabqueue.analysis.sandbox import Analysis
from fabqueue.dispatch.context import Context
from fabqueue.models import Revision
from fabqueue.services import analyses
from fabqueue.storage import Kept
from fabqueue.tasks.claimed import claimed
from fabqueue.tasks.estimates import limits
from fabqueue.tasks.work import task


@task("analyse")
def analyse(context: Context, revision_id: str) -> None:
    """Find out what a revision is; nothing happens when it is gone, done, or somebody else is at it."""
    with context.db.writing() as session:
        work = analyses.begin(session, context.config, revision_id)
        session.commit()
    if work is not None:
        carry_out(context, work)


def carry_out(context: Context, work: analyses.Work) -> None:
    """Do what `services.analyses.begin` gave out; its outcome is kept, whatever it is."""
    with claimed(context, Revision, work.revision_id, work.attempt):
        _work(context, work)


def _work(context: Context, work: analyses.Work) -> None:
    try:
        with context.storage.scratch() as out:
            made = _run(context, work, out)
            kept = {name: context.storage.keep_file(path) for name, path in made.files.items()}
    except AnalysisError as error:
        _fail(context, work, error.code, error.values)
    except FileNotFoundError:
        _fail(context, work, "analysis_file_missing", {})
    else:
        _finish(context, work, made, kept)


def _run(context: Context, work: analyses.Work, out: Path) -> Analysis:
    path = context.storage.path(work.sha256)
    limited = limits(context)
    return sandbox.run(
        path, work.filename, work.units or None, out, work.requests, reading=work.reading, limits=limited
    )


def _finish(context: Context, work: analyses.Work, made: Analysis, kept: dict[str, Kept]) -> None:
    with context.db.writing() as session:
        analyses.finish(session, work.revision_id, made, kept)
        session.commit()


def _fail(context: Context, work: analyses.Work, code: str, values: dict[str, object]) -> None:
    with context.db.writing() as session:
        analyses.fail(session, work.revision_id, code, values)
        session.commit()
