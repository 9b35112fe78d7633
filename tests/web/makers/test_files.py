"""Stored files: for those who may see what they belong to, with types that run nothing."""

import pytest
from sqlalchemy import select

from fabqueue.models import Person, Revision
from fabqueue.services import jobs
from fabqueue.services.jobs import Wish
from tests.support import factories
from tests.web.makers.conftest import Browser, Workshop

SQUARE = b"""<svg xmlns="http://www.w3.org/2000/svg" width="40mm" height="40mm" viewBox="0 0 40 40"
 onload="alert(1)"><script>alert(2)</script>
<rect x="5" y="5" width="30" height="30" fill="none" stroke="#f00"/></svg>"""
PATHS = ("picture.webp", "preview.glb", "download")


@pytest.fixture
def box(alice: Browser, workshop: Workshop) -> Revision:
    """A box that the real analysis has read, with picture and preview."""
    return _uploaded(alice, workshop, "Kästchen “1”.stl", factories.box_stl())


def _uploaded(alice: Browser, workshop: Workshop, name: str, content: bytes) -> Revision:
    alice.upload("/make", name, content)
    workshop.read_all()
    with workshop.context.db.reading() as session:
        return session.scalars(select(Revision)).one()


def test_a_private_file_is_its_owners(
    box: Revision, alice: Browser, bob: Browser, tara: Browser, visitor: Browser
) -> None:
    for path in PATHS:
        address = f"/files/revisions/{box.id}/{path}"
        assert [each.get(address).status_code for each in (alice, tara, bob, visitor)] == [200, 200, 404, 404]
        assert alice.get(address).headers["Cache-Control"].startswith("private")


def test_whoever_it_is_made_for_sees_its_picture_and_has_no_other_file(
    box: Revision, bob: Browser, workshop: Workshop
) -> None:
    """Alice's project is hers; Bob's part is made from it."""
    with workshop.writing() as session:
        whose = session.get_one(Person, workshop.lab.bob.id)
        wish = Wish(machine_model="marlin-250", material="pla")
        jobs.create(session, workshop.context.config, whose, session.get_one(Revision, box.id), wish, filed_by=whose)
        session.commit()
    assert [bob.get(f"/files/revisions/{box.id}/{path}").status_code for path in PATHS] == [200, 404, 404]


def test_a_public_file_is_everybodys(box: Revision, visitor: Browser, workshop: Workshop) -> None:
    workshop.publish(box)
    for path in PATHS:
        answer = visitor.get(f"/files/revisions/{box.id}/{path}")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"].startswith("public")


def test_types_are_fixed_and_an_unchanged_file_is_not_sent_again(box: Revision, alice: Browser) -> None:
    types = {"picture.webp": "image/webp", "preview.glb": "model/gltf-binary", "download": "application/octet-stream"}
    for path, kind in types.items():
        answer = alice.get(f"/files/revisions/{box.id}/{path}")
        assert answer.mimetype == kind
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        again = alice.get(f"/files/revisions/{box.id}/{path}", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


def test_a_download_is_the_very_file_under_its_own_name(box: Revision, alice: Browser) -> None:
    answer = alice.get(f"/files/revisions/{box.id}/download")
    assert answer.data == factories.box_stl()
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; ")
    assert "filename*=UTF-8''K%C3%A4stchen%20%E2%80%9C1%E2%80%9D.stl" in disposition


def test_the_picture_of_a_drawing_is_ours_and_sandboxed(alice: Browser, workshop: Workshop) -> None:
    drawing = _uploaded(alice, workshop, "plate.svg", SQUARE)
    answer = alice.get(f"/files/revisions/{drawing.id}/drawing.svg")
    assert answer.mimetype == "image/svg+xml"
    assert b"script" not in answer.data
    assert b"onload" not in answer.data
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert alice.get(f"/files/revisions/{drawing.id}/download").mimetype == "application/octet-stream"
    assert alice.get(f"/files/revisions/{drawing.id}/preview.glb").status_code == 404


def test_what_is_not_there_is_404(alice: Browser, workshop: Workshop) -> None:
    revision = workshop.design()  # without pictures
    assert alice.get(f"/files/revisions/{revision.id}/picture.webp").status_code == 404
    assert alice.get("/files/revisions/nothing/download").status_code == 404


def test_a_clean_sheet_of_a_drawing_is_for_everybody_who_may_see_it(
    alice: Browser, bob: Browser, tara: Browser, visitor: Browser, workshop: Workshop
) -> None:
    revision = _uploaded(alice, workshop, "Schild “1”.svg", SQUARE)
    page = alice.get(f"/make/designs/{revision.design_id}").text
    for kind, begin in (("svg", "<svg "), ("dxf", "0\nSECTION")):
        address = f"/files/revisions/{revision.id}/sheet.{kind}"
        assert address in page
        assert [each.get(address).status_code for each in (alice, tara, bob, visitor)] == [200, 200, 404, 404]
        answer = alice.get(address)
        assert answer.text.startswith(begin)
        assert (answer.mimetype, "alert" in answer.text) == ("application/octet-stream", False)
        assert f"Schild%20%E2%80%9C1%E2%80%9D-laser.{kind}" in answer.headers["Content-Disposition"]
    assert alice.get(f"/files/revisions/{revision.id}/sheet.exe").status_code == 404
    workshop.publish(revision)
    assert visitor.get(f"/files/revisions/{revision.id}/sheet.svg").status_code == 200


def test_a_part_has_no_sheet(box: Revision, alice: Browser) -> None:
    assert alice.get(f"/files/revisions/{box.id}/sheet.svg").status_code == 404
    assert "Clean sheet" not in alice.get(f"/make/designs/{box.design_id}").text
