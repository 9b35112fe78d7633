"""Photos on the pages: added from a phone, seen by those who may, withdrawn by those they concern."""

import io

import pytest
from PIL import Image

from fabqueue.models import Person, Photo, Project, Revision
from tests.support import photos
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, SignIn, Workshop


@pytest.fixture
def project(workshop: Workshop) -> Project:
    return workshop.project(workshop.design())


def add(browser: Browser, project: Project, *contents: bytes, text: str = "") -> None:
    for each in contents:
        answer = browser.send(f"/projects/{project.slug}/photos", {"alternative_text": text}, photo=each)
        assert answer.status_code == 303


def all_of(workshop: Workshop) -> list[Photo]:
    with workshop.context.db.reading() as session:
        session.expire_on_commit = False
        return session.query(Photo).order_by(Photo.position).all()


def test_a_photo_is_added_and_shown_without_its_place(alice: Browser, project: Project, workshop: Workshop) -> None:
    add(alice, project, photos.photo((2400, 1600)), text="A box on a bench")
    page = alice.source(f"/projects/{project.slug}/photos")
    (made,) = all_of(workshop)
    assert "1 photo added." in page
    assert 'alt="A box on a bench"' in page
    for path, size in ((f"/photos/{made.id}", (2000, 1333)), (f"/photos/{made.id}/small", (640, 427))):
        answer = alice.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert photos.MAKER not in answer.data
        assert b"Exif" not in answer.data
        with Image.open(io.BytesIO(answer.data)) as opened:
            assert opened.size == size
    kept = [each.read_bytes() for each in workshop.context.storage._files.rglob("*") if each.is_file()]
    assert not any(photos.MAKER in each for each in kept), "the file as it came is kept nowhere"


def test_several_at_once_and_the_bad_one_is_named(alice: Browser, project: Project, workshop: Workshop) -> None:
    files = {"photo": ("junk.jpg", b"no photo")}
    assert alice.send(f"/projects/{project.slug}/photos", {}, **files).status_code == 303
    said = alice.read(f"/projects/{project.slug}/photos")
    assert "junk.jpg: This file is no photo we can read." in said
    assert all_of(workshop) == []


def test_nothing_chosen_says_so(alice: Browser, project: Project) -> None:
    alice.post(f"/projects/{project.slug}/photos")
    assert "No photo was chosen." in alice.read(f"/projects/{project.slug}/photos")


def test_one_is_seen_where_its_project_is(
    alice: Browser, bob: Browser, tara: Browser, visitor: Browser, project: Project, workshop: Workshop, box: Revision
) -> None:
    add(alice, project, photos.photo())
    (made,) = all_of(workshop)
    paths = [f"/photos/{made.id}", f"/photos/{made.id}/small"]

    def seen(browser: Browser) -> set[int]:
        return {browser.get(each).status_code for each in paths}

    assert [seen(each) for each in (alice, tara, bob, visitor)] == [{200}, {200}, {404}, {404}]
    assert alice.get(paths[0]).headers["Cache-Control"].startswith("private")
    workshop.publish(box)
    assert seen(bob) == seen(visitor) == {200}
    assert visitor.get(paths[0]).headers["Cache-Control"].startswith("public")
    alice.post(f"/photos/{made.id}/withdraw", {"reason": "A face"})
    assert [seen(each) for each in (alice, tara, bob, visitor)] == [{404}] * 4
    assert "A face" in alice.read(f"/projects/{project.slug}/photos")
    assert "A face" not in visitor.read(f"/projects/{project.slug}/photos")
    alice.post(f"/photos/{made.id}/restore")
    assert seen(visitor) == {200}


@pytest.fixture
def box(workshop: Workshop, project: Project) -> Revision:
    with workshop.context.db.reading() as session:
        session.expire_on_commit = False
        return session.get_one(Project, project.id).designs[0].latest


def test_that_of_a_guarded_person_is_public_only_with_consent(
    alice: Browser, visitor: Browser, project: Project, workshop: Workshop, box: Revision, lab: Lab
) -> None:
    add(alice, project, photos.photo())
    (made,) = all_of(workshop)
    workshop.publish(box)
    workshop.change(lab.alice, guarded=True)
    assert visitor.get(f"/photos/{made.id}").status_code == 404
    assert made.id not in visitor.source(f"/projects/{project.slug}/photos")
    assert alice.get(f"/photos/{made.id}").status_code == 200
    workshop.change(lab.alice, consent_at=made.created_at)
    assert visitor.get(f"/photos/{made.id}").status_code == 200


def test_strangers_add_and_change_nothing(
    alice: Browser, bob: Browser, visitor: Browser, project: Project, workshop: Workshop, box: Revision
) -> None:
    add(alice, project, photos.photo())
    (made,) = all_of(workshop)
    posts = [f"/photos/{made.id}/{each}" for each in ("text", "move", "withdraw", "restore")]
    for browser in (bob, visitor):
        assert {each: browser.post(each).status_code for each in posts} == dict.fromkeys(posts, 404)
        assert browser.send(f"/projects/{project.slug}/photos", {}, photo=photos.photo()).status_code == 404
    workshop.publish(box)
    assert {bob.post(each).status_code for each in posts} == {403}
    assert bob.send(f"/projects/{project.slug}/photos", {}, photo=photos.photo()).status_code == 403
    (same,) = all_of(workshop)
    assert same.withdrawn_at is None


def test_a_technician_takes_one_down_and_the_order_is_the_authors(
    alice: Browser, tara: Browser, project: Project, workshop: Workshop, sign_in: SignIn
) -> None:
    add(alice, project, photos.photo(), photos.photo(colour=(200, 0, 0)))
    first, second = all_of(workshop)
    assert tara.post(f"/photos/{first.id}/move", {"to": "later"}).status_code == 403
    alice.post(f"/photos/{first.id}/move", {"to": "later"})
    assert [each.id for each in all_of(workshop)] == [second.id, first.id]
    assert "Withdraw this photo?" in tara.read(f"/photos/{first.id}/withdraw")
    tara.post(f"/photos/{first.id}/withdraw")
    assert [each.id for each in all_of(workshop) if each.withdrawn_at is None] == [second.id]


def test_its_words_are_saved_and_bounded(alice: Browser, project: Project, workshop: Workshop) -> None:
    add(alice, project, photos.photo())
    (made,) = all_of(workshop)
    alice.post(f"/photos/{made.id}/text", {"alternative_text": "A hook"})
    assert all_of(workshop)[0].alternative_text == "A hook"
    alice.post(f"/photos/{made.id}/text", {"alternative_text": "x" * 300})
    assert "Write at most 200 characters." in alice.read(f"/projects/{project.slug}/photos")
    assert all_of(workshop)[0].alternative_text == "A hook"


def test_a_person_who_left_the_project_still_withdraws_what_they_brought(
    alice: Browser, project: Project, workshop: Workshop, lab: Lab, sign_in: SignIn
) -> None:
    add(alice, project, photos.photo())
    (made,) = all_of(workshop)
    with workshop.writing() as session:
        session.get_one(Photo, made.id).person_id = session.get_one(Person, lab.bob.id).id
        session.commit()
    assert sign_in(lab.bob).post(f"/photos/{made.id}/withdraw").status_code == 303
    assert all_of(workshop)[0].withdrawn_at is not None
