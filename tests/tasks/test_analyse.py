"""Analysing a revision: the task, its failures, and what is left by a worker that died."""

import io
from datetime import timedelta

import pytest

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.models import Revision, RevisionState, StoredFile
from fabqueue.services import analyses
from fabqueue.tasks import work
from tests.support.factories import Lab


def read(context: Context, revision_id: str) -> Revision:
    with context.db.reading() as session:
        return session.get_one(Revision, revision_id)


def analyse(context: Context, revision_id: str) -> None:
    work.find("analyse")(context, revision_id)


def test_a_box_gets_its_report_and_its_estimates(context: Context, revision_id: str) -> None:
    analyse(context, revision_id)
    revision = read(context, revision_id)
    assert revision.state is RevisionState.READY
    assert revision.report is not None
    assert revision.report.data["extents_mm"] == pytest.approx([20, 20, 20])
    assert revision.report.preview_sha256
    assert context.storage.has(revision.report.preview_sha256)


def test_doing_it_again_changes_nothing(context: Context, revision_id: str) -> None:
    analyse(context, revision_id)
    first = read(context, revision_id)
    analyse(context, revision_id)
    again = read(context, revision_id)
    assert (again.report_id, again.attempts, again.ready_at) == (first.report_id, 1, first.ready_at)


def test_a_revision_that_is_gone_is_no_error(context: Context) -> None:
    analyse(context, "no-such-revision")


def test_a_file_nobody_can_read_fails_with_its_reason(context: Context, lab: Lab, revision_id: str) -> None:
    content = b"solid nonsense\nfacet of nothing\n"
    kept = context.storage.keep(io.BytesIO(content), len(content))
    with context.db.writing() as session:
        session.add(StoredFile(sha256=kept.sha256, size=kept.size))
        session.flush()
        session.get_one(Revision, revision_id).sha256 = kept.sha256
        session.commit()
    analyse(context, revision_id)
    revision = read(context, revision_id)
    assert revision.state is RevisionState.FAILED
    assert revision.problem_code


def test_a_file_that_is_missing_fails_with_its_reason(context: Context, revision_id: str) -> None:
    context.storage.remove(read(context, revision_id).sha256)
    analyse(context, revision_id)
    assert read(context, revision_id).problem_code == "analysis_file_missing"


def test_work_that_a_dead_worker_left_is_found_and_done_again(context: Context, revision_id: str) -> None:
    with context.db.writing() as session:
        assert analyses.begin(session, context.config, revision_id)
        session.commit()
    analyse(context, revision_id)
    assert read(context, revision_id).state is RevisionState.RUNNING
    grow_old(context, revision_id)
    with context.db.reading() as session:
        assert analyses.pending(session) == [revision_id]
    analyse(context, revision_id)
    revision = read(context, revision_id)
    assert (revision.state, revision.attempts) == (RevisionState.READY, 2)


def test_a_try_begun_while_the_clock_was_days_ahead_holds_nothing_up(context: Context, revision_id: str) -> None:
    for ahead, expected in ((timedelta(days=2), [revision_id]), (timedelta(seconds=30), [])):
        with context.db.writing() as session:
            row = session.get_one(Revision, revision_id)
            row.state, row.running_until = RevisionState.RUNNING, now() + ahead
            session.commit()
        with context.db.reading() as session:
            assert analyses.pending(session) == expected


def grow_old(context: Context, revision_id: str) -> None:
    with context.db.writing() as session:
        session.get_one(Revision, revision_id).running_until = now() - timedelta(seconds=1)
        session.commit()


def test_after_three_tries_it_is_given_up(context: Context, revision_id: str) -> None:
    for _ in range(3):
        with context.db.writing() as session:
            assert analyses.begin(session, context.config, revision_id)
            session.commit()
        grow_old(context, revision_id)
    analyse(context, revision_id)
    revision = read(context, revision_id)
    assert (revision.state, revision.problem_code) == (RevisionState.FAILED, "analysis_gave_up")
