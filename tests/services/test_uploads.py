"""Uploads become revisions; the same bytes are analysed once; what the lab does not take is refused in plain words."""

import io

import pytest

from fabqueue.analysis.findings import VERSION
from fabqueue.config import UploadSettings
from fabqueue.db import WritingSession
from fabqueue.models import DesignKind, Report, RevisionState
from fabqueue.services import uploads
from fabqueue.services.errors import Refused
from fabqueue.storage import Kept, Storage
from tests.support.factories import Lab, box_stl

RULES = UploadSettings()


@pytest.fixture
def box(storage: Storage) -> Kept:
    return storage.keep(io.BytesIO(box_stl()), 10**6)


def wakes(session: WritingSession) -> list[tuple[str, str]]:
    return list(session.info.get("wakes", {}))


def test_a_file_becomes_a_private_project_named_after_it(session: WritingSession, here: Lab, box: Kept) -> None:
    revision = uploads.add_design(session, RULES, here.alice, box, "Shelf bracket (v2).stl")
    project = revision.design.project
    assert (revision.number, revision.state) == (1, RevisionState.PENDING)
    assert (project.title, project.slug, project.is_public) == ("Shelf bracket (v2)", "shelf-bracket-v2", False)
    assert [each.person for each in project.authors] == [here.alice]
    assert wakes(session) == [("analyse", revision.id)]


def test_addresses_of_equal_titles_differ(session: WritingSession, here: Lab, box: Kept) -> None:
    slugs = [uploads.add_design(session, RULES, here.alice, box, "x.stl").design.project.slug for _ in range(3)]
    assert slugs == ["x", "x-2", "x-3"]


def test_a_name_that_is_all_foreign_letters_still_gets_an_address(
    session: WritingSession, here: Lab, box: Kept
) -> None:
    project = uploads.add_design(session, RULES, here.alice, box, "支架.stl").design.project
    assert (project.title, project.slug) == ("支架", "project")


@pytest.mark.parametrize("name", ["../../etc/passwd.stl", "a\u202eb\x00c.stl", " .stl", "x" * 500 + ".stl", "a\nb.stl"])
def test_file_names_are_for_people_and_harmless(session: WritingSession, here: Lab, box: Kept, name: str) -> None:
    revision = uploads.add_design(session, RULES, here.alice, box, name)
    assert revision.filename.isprintable()
    assert len(revision.filename) <= 200
    assert 0 < len(revision.design.name) <= uploads.LONGEST_NAME


def test_the_same_bytes_are_analysed_once(session: WritingSession, here: Lab, box: Kept) -> None:
    first = uploads.add_design(session, RULES, here.alice, box, "a.stl")
    session.add(Report(sha256=box.sha256, units="", analyser=VERSION, data={"kind": "mesh", "findings": []}))
    session.flush()
    session.info.clear()
    second = uploads.add_design(session, RULES, here.bob, box, "b.stl")
    assert (second.state, wakes(session)) == (RevisionState.READY, [])
    assert first.design.project_id != second.design.project_id
    inches = uploads.add_design(session, RULES, here.bob, box, "b.stl", units="in")
    assert (inches.state, wakes(session)) == (RevisionState.PENDING, [("analyse", inches.id)])


def test_a_new_revision_keeps_the_earlier_ones(session: WritingSession, here: Lab, box: Kept, storage: Storage) -> None:
    first = uploads.add_design(session, RULES, here.alice, box, "a.stl")
    other = storage.keep(io.BytesIO(box_stl((10, 10, 10))), 10**6)
    second = uploads.add_revision(session, RULES, here.alice, first.design, other, "a-new.stl")
    assert [each.number for each in second.design.revisions] == [1, 2]
    assert second.design.latest is second
    with pytest.raises(Refused, match="upload_other_kind"):
        uploads.add_revision(session, RULES, here.alice, first.design, other, "a.svg")


@pytest.mark.parametrize(
    "name", ["part.step", "part.sldprt", "drawing.ai", "photo.png", "all.zip", "noending", "x.exe"]
)
def test_other_formats_are_refused_with_what_to_do(session: WritingSession, here: Lab, box: Kept, name: str) -> None:
    from fabqueue.wording import sentence

    with pytest.raises(Refused) as caught:
        uploads.add_design(session, RULES, here.alice, box, name)
    words = sentence(caught.value.code)
    assert caught.value.field == "file"
    assert words.advice or "xport" in words.text or "pload" in words.text


def test_an_unknown_unit_is_refused(session: WritingSession, here: Lab, box: Kept) -> None:
    with pytest.raises(Refused, match="upload_unit_unknown"):
        uploads.add_design(session, RULES, here.alice, box, "a.stl", units="furlong")


def test_an_empty_file_is_refused(session: WritingSession, here: Lab, storage: Storage) -> None:
    nothing = storage.keep(io.BytesIO(b""), 10)
    with pytest.raises(Refused, match="upload_empty"):
        uploads.add_design(session, RULES, here.alice, nothing, "a.stl")


def test_an_account_uploads_so_much_in_an_hour_and_in_all(session: WritingSession, here: Lab, box: Kept) -> None:
    strict = UploadSettings(per_hour=2)
    for _ in range(2):
        uploads.add_design(session, strict, here.alice, box, "a.stl")
    with pytest.raises(Refused, match="upload_too_many"):
        uploads.add_design(session, strict, here.alice, box, "a.stl")
    uploads.add_design(session, strict, here.bob, box, "a.stl")  # others are not held up
    with pytest.raises(Refused, match="upload_quota_full"):
        uploads.add_design(session, UploadSettings(kept_mb=0), here.bob, box, "a.stl")


def test_kinds_are_told_from_the_name(session: WritingSession, here: Lab, box: Kept) -> None:
    made = [
        uploads.add_design(session, RULES, here.alice, box, f"a.{end}").design.kind for end in ("3mf", "dxf", "gcode")
    ]
    assert made == [DesignKind.MESH, DesignKind.DRAWING, DesignKind.TOOLPATH]
