"""Work in the background is kept by whoever does it, and free soon after that process died."""

from datetime import datetime

import pytest

from fabqueue.dispatch.context import Context
from fabqueue.models import Revision, RevisionState
from fabqueue.services import analyses, claims
from fabqueue.tasks.claimed import claimed
from tests.support.octoprint import eventually

pytestmark = pytest.mark.postgresql


def begun(context: Context, revision_id: str) -> analyses.Work:
    with context.db.writing() as session:
        work = analyses.begin(session, context.config, revision_id)
        session.commit()
    assert work is not None
    return work


def ends(context: Context, revision_id: str) -> datetime | None:
    with context.db.reading() as session:
        return session.get_one(Revision, revision_id).running_until


def is_free(context: Context, revision_id: str) -> bool:
    with context.db.reading() as session:
        return analyses.pending(session) == [revision_id]


def test_what_lasts_longer_than_a_claim_keeps_it(
    context: Context, revision_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "SECONDS", 1.5)
    work = begun(context, revision_id)
    seen = set[datetime | None]()
    with claimed(context, Revision, revision_id, work.attempt):
        eventually(lambda: seen.add(ends(context, revision_id)) or len(seen) >= 5)  # its first end is long over
    eventually(lambda: is_free(context, revision_id))  # nobody is at it any more, and it has no outcome


def test_nothing_is_renewed_that_another_try_has_or_that_has_ended(context: Context, revision_id: str) -> None:
    work = begun(context, revision_id)
    before = ends(context, revision_id)
    with context.db.writing() as session:
        claims.renew(session, Revision, revision_id, work.attempt + 1)
        session.commit()
    assert ends(context, revision_id) == before
    with context.db.writing() as session:
        analyses.fail(session, revision_id, "analysis_failed", {})
        claims.renew(session, Revision, revision_id, work.attempt)
        session.commit()
        assert session.get_one(Revision, revision_id).state is RevisionState.FAILED
    assert ends(context, revision_id) is None
