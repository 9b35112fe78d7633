"""What time takes away, and what it must leave."""

import io
from datetime import timedelta
from pathlib import Path

import pytest

from fabqueue.config import RetentionSettings, build
from fabqueue.db import WritingSession, now
from fabqueue.models import Estimate, PageVersion, Project, ProjectTag, Report, Revision, StoredFile
from fabqueue.services import housekeeping, projects, sites
from fabqueue.services.errors import Conflict, Refused
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab

RULES = RetentionSettings()
LONG_AGO = now() - timedelta(days=400)


def age_files(session: WritingSession) -> None:
    for row in session.query(StoredFile):
        row.created_at = LONG_AGO
    session.flush()


@pytest.fixture
def revision(session: WritingSession, here: Lab, storage: Storage) -> Revision:
    made = factories.analysed_box(session, storage, here.alice)
    age_files(session)
    return made


def test_files_in_use_stay(session: WritingSession, revision: Revision) -> None:
    assert housekeeping.tidy(session, RULES) == []


def test_a_file_nobody_names_goes_after_a_day(session: WritingSession, storage: Storage, here: Lab) -> None:
    kept = storage.keep(io.BytesIO(b"left over"), 100)
    session.add(StoredFile(sha256=kept.sha256, size=kept.size))
    session.flush()
    assert housekeeping.tidy(session, RULES) == []
    age_files(session)
    assert housekeeping.tidy(session, RULES) == [kept.sha256]
    assert housekeeping.tidy(session, RULES) == []


def test_a_project_deleted_long_ago_loses_words_and_files(
    session: WritingSession, revision: Revision, here: Lab
) -> None:
    project, sha256 = revision.design.project, revision.sha256
    project.deleted_at = now()
    session.flush()
    assert housekeeping.tidy(session, RULES) == []
    project.deleted_at = LONG_AGO
    session.flush()
    assert housekeeping.tidy(session, RULES) == [sha256]
    assert session.get_one(Project, project.id, populate_existing=True).title == ""
    assert session.query(Report).count() == session.query(Estimate).count() == session.query(Revision).count() == 0


def test_a_project_deleted_long_ago_loses_its_history_and_tags(
    session: WritingSession, revision: Revision, here: Lab
) -> None:
    project = revision.design.project
    projects.change(session, project, here.alice, {"documentation": "Words.", "tags": "light"})
    project.deleted_at = now()
    session.flush()
    housekeeping.tidy(session, RULES)
    assert (session.query(PageVersion).count(), session.query(ProjectTag).count()) == (1, 1)
    project.deleted_at = LONG_AGO
    session.flush()
    housekeeping.tidy(session, RULES)
    assert (session.query(PageVersion).count(), session.query(ProjectTag).count()) == (0, 0)


def test_the_lab_is_held_with_a_reason_and_released(session: WritingSession, here: Lab) -> None:
    with pytest.raises(Refused, match="reason_missing"):
        sites.hold(session, here.tara, " ")
    assert sites.hold(session, here.tara, "smoke").is_held
    with pytest.raises(Conflict):
        sites.hold(session, here.tara, "again")
    assert not sites.release(session, here.tara).is_held
    assert ("dispatch", "") in session.info["wakes"]
    with pytest.raises(Conflict):
        sites.release(session, here.tara)


def test_the_sites_row_follows_the_configuration(session: WritingSession, here: Lab) -> None:
    changed = build({"site": {"currency": "USD", "name": "New name"}}, {}, Path())
    site = sites.sync(session, changed)
    assert (site.currency, site.name) == ("USD", "New name")
