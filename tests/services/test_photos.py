"""Photos of a project: in order, withdrawn and brought back, counted against an account, gone in time."""

import io
from datetime import timedelta

import pytest

from fabqueue.config import RetentionSettings, UploadSettings
from fabqueue.db import WritingSession, now
from fabqueue.models import Event, Photo, Project, StoredFile
from fabqueue.services import housekeeping, photos, uploads
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.photos import Pictures
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab

RULES, RETENTION = UploadSettings(), RetentionSettings()
LONG_AGO = now() - timedelta(days=400)


@pytest.fixture
def project(session: WritingSession, here: Lab) -> Project:
    return factories.project(session, here.alice)


def pictures(storage: Storage, name: bytes) -> Pictures:
    large, small = (storage.keep(io.BytesIO(name + each), 100) for each in (b" large", b" small"))
    return Pictures(large, small, 40, 30)


def kept(session: WritingSession, here: Lab, project: Project, storage: Storage, *names: bytes) -> list[Photo]:
    made = [photos.keep(session, RULES, here.alice, project, pictures(storage, each)) for each in names]
    for row in session.query(StoredFile):
        row.created_at = LONG_AGO
    session.flush()
    return made


def test_they_stand_in_the_order_they_came_and_can_be_moved(
    session: WritingSession, here: Lab, project: Project, storage: Storage
) -> None:
    one, two, three = kept(session, here, project, storage, b"1", b"2", b"3")
    assert photos.of_project(session, project) == [one, two, three]
    photos.move(session, three, here.alice, -1)
    assert photos.of_project(session, project) == [one, three, two]
    photos.move(session, one, here.alice, 9)
    photos.move(session, two, here.alice, -9)
    assert photos.of_project(session, project) == [two, three, one]


def test_a_withdrawn_one_leaves_its_entry_and_comes_back(
    session: WritingSession, here: Lab, project: Project, storage: Storage
) -> None:
    one, two = kept(session, here, project, storage, b"1", b"2")
    photos.withdraw(session, one, here.tara, " A face ")
    assert photos.of_project(session, project) == [two]
    assert photos.withdrawn_of(session, project, 30) == [one]
    assert (one.withdrawn_by_id, one.withdrawn_reason) == (here.tara.id, "A face")
    with pytest.raises(Conflict):
        photos.withdraw(session, one, here.tara)
    photos.restore(session, one, here.alice)
    assert photos.of_project(session, project) == [one, two]
    assert one.withdrawn_reason == ""
    with pytest.raises(Conflict):
        photos.restore(session, one, here.alice)
    verbs = [each.verb for each in session.query(Event).order_by(Event.seq) if "photo" in each.verb]
    assert verbs == ["photo", "photo", "withdraw_photo", "restore_photo"]


def test_its_bytes_go_when_it_cannot_come_back_any_more(
    session: WritingSession, here: Lab, project: Project, storage: Storage
) -> None:
    one, two, three = kept(session, here, project, storage, b"1", b"1", b"3")
    assert housekeeping.tidy(session, RETENTION) == []
    photos.withdraw(session, one, here.alice)
    photos.withdraw(session, three, here.alice)
    assert housekeeping.tidy(session, RETENTION) == []
    one.withdrawn_at = three.withdrawn_at = LONG_AGO
    session.flush()
    only_its_own = {three.large_sha256, three.small_sha256}
    assert set(housekeeping.tidy(session, RETENTION)) == only_its_own, "the second photo needs the bytes of the first"
    session.refresh(three)
    assert three.large_sha256 is None, "its entry stays"
    assert photos.withdrawn_of(session, project, 9999) == []
    with pytest.raises(Refused, match="photo_gone"):
        photos.restore(session, three, here.alice)
    assert photos.of_project(session, project) == [two]


def test_those_of_a_project_deleted_long_ago_go_too(
    session: WritingSession, here: Lab, project: Project, storage: Storage
) -> None:
    kept(session, here, project, storage, b"1")
    project.deleted_at = now()
    assert housekeeping.tidy(session, RETENTION) == []
    project.deleted_at = LONG_AGO
    session.flush()
    assert len(housekeeping.tidy(session, RETENTION)) == 2


def test_they_count_with_the_designs_of_an_account(
    session: WritingSession, here: Lab, project: Project, storage: Storage
) -> None:
    kept(session, here, project, storage, b"1", b"2")
    factories.uploaded_box(session, storage, here.alice)
    few = UploadSettings(per_hour=3)
    with pytest.raises(Refused, match="upload_too_many"):
        photos.keep(session, few, here.alice, project, pictures(storage, b"3"))
    with pytest.raises(Refused, match="upload_too_many"):
        uploads.check_amounts(session, few, here.alice, 0)
    uploads.check_amounts(session, few, here.bob, 0)
    for row in session.query(StoredFile):
        row.size = 4_000_000
    session.flush()
    uploads.check_amounts(session, UploadSettings(kept_mb=30), here.alice, 10_000_000)
    with pytest.raises(Refused, match="upload_quota_full"):
        uploads.check_amounts(session, UploadSettings(kept_mb=30), here.alice, 10_000_001)


def test_a_project_shows_so_many_and_words_have_an_end(
    session: WritingSession, here: Lab, project: Project, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "MOST_OF_A_PROJECT", 1)
    (one,) = kept(session, here, project, storage, b"1")
    with pytest.raises(Refused, match="photo_too_many"):
        photos.keep(session, RULES, here.alice, project, pictures(storage, b"2"))
    photos.describe(session, one, here.alice, "  A hook\n on a shelf ")
    assert one.alternative_text == "A hook on a shelf"
    with pytest.raises(Refused, match="text_too_long"):
        photos.describe(session, one, here.alice, "x" * 201)
