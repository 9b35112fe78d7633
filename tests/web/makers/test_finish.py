"""The page finished at the shelf: by its owner, by staff in the owner's name, by nobody else, never by accident."""

import re
from typing import Any

import pytest

from fabqueue.models import Build, Event, Handover, Job, JobState, Photo, Project, Revision
from tests.support import photos
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, SignIn, Workshop

WORDS = {
    "function": "Holds a shelf.", "note": "Print it flat.", "title": "Box", "licence": "CC-BY-4.0", "licensor": "Alice",
}  # fmt: skip


@pytest.fixture
def job(workshop: Workshop) -> Job:
    return workshop.job(JobState.READY)


def project_of(workshop: Workshop, job: Job) -> Project:
    with workshop.context.db.reading() as session:
        session.expire_on_commit = False
        return session.get_one(Revision, job.revision_id).design.project


def every(workshop: Workshop, kind: Any) -> list[Any]:
    with workshop.context.db.reading() as session:
        session.expire_on_commit = False
        return list(session.query(kind))


def finish(browser: Browser, job: Job, do: str, photo: bytes = b"", **fields: str) -> Any:
    files = {"photo": photo} if photo else {}
    return browser.send(f"/jobs/{job.code}/finish", WORDS | {"do": do} | fields, **files)


def test_the_owner_publishes_at_the_shelf_with_one_button(
    alice: Browser, visitor: Browser, job: Job, workshop: Workshop
) -> None:
    page = alice.source(f"/jobs/{job.code}/finish")
    assert 'value="CC-BY-4.0"' in page, "a licence is proposed"
    assert 'value="Alice"' in page
    answer = finish(alice, job, "publish", photos.photo())
    project = project_of(workshop, job)
    assert answer.location == f"/projects/{project.slug}#log"
    assert workshop.fresh(job).state is JobState.COLLECTED
    assert (project.is_public, project.function, project.licence) == (True, "Holds a shelf.", "CC-BY-4.0")
    (photo,) = every(workshop, Photo)
    (build,) = every(workshop, Build)
    assert (photo.build_id, photo.person_id, photo.run_id) == (build.id, workshop.lab.alice.id, workshop.run(job).id)
    shown = visitor.source(f"/projects/{project.slug}")
    assert "Print it flat." in shown
    assert f"/photos/{photo.id}/small" in shown
    assert "Alice" not in re.sub(r"<head>.*?</head>", "", shown.split('id="log"')[1].split("</section>")[0])


def test_private_is_one_tap_away_and_nothing_is_lost(
    alice: Browser, visitor: Browser, job: Job, workshop: Workshop
) -> None:
    finish(alice, job, "keep", photos.photo())
    project = project_of(workshop, job)
    assert not project.is_public
    assert project.function == "Holds a shelf."
    assert every(workshop, Build)[0].note == "Print it flat."
    assert visitor.get(f"/photos/{every(workshop, Photo)[0].id}").status_code == 404
    again = alice.source(f"/jobs/{job.code}/finish")
    assert "Print it flat." in again
    assert "Holds a shelf." in again


@pytest.mark.parametrize("do", ["", "keep", "save", "PUBLISH", "publish-it"])
def test_no_other_button_publishes(alice: Browser, job: Job, workshop: Workshop, do: str) -> None:
    finish(alice, job, do)
    assert not project_of(workshop, job).is_public


def test_opening_the_page_changes_nothing(alice: Browser, job: Job, workshop: Workshop) -> None:
    alice.read(f"/jobs/{job.code}/finish")
    assert workshop.fresh(job).state is JobState.READY
    assert not project_of(workshop, job).is_public


def test_what_is_missing_is_asked_there_and_what_was_typed_stays(alice: Browser, job: Job, workshop: Workshop) -> None:
    refused = finish(alice, job, "publish", function="")
    assert refused.status_code == 422
    assert "What it is for is missing." in refused.text
    assert "Print it flat." in refused.text
    assert not project_of(workshop, job).is_public
    wrong = finish(alice, job, "publish", licence="My own idea")
    assert wrong.status_code == 422
    assert 'value="My own idea"' in wrong.text
    assert finish(alice, job, "publish").status_code == 303
    assert project_of(workshop, job).is_public


def test_a_technician_publishes_in_the_owners_name_only_when_they_agree(
    tara: Browser, job: Job, workshop: Workshop
) -> None:
    assert "The owner is here and agrees" in tara.read(f"/jobs/{job.code}/finish")
    refused = finish(tara, job, "publish", photos.photo())
    assert refused.status_code == 422
    assert not project_of(workshop, job).is_public
    assert workshop.fresh(job).state is JobState.READY
    assert finish(tara, job, "publish", photos.photo(), agreed="y").status_code == 303
    assert project_of(workshop, job).is_public
    (photo,) = every(workshop, Photo)
    assert photo.person_id == workshop.lab.alice.id
    done = {each.verb: each for each in every(workshop, Event) if each.subject_kind == "project"}
    for verb in ("publish", "publish_for", "tell", "photo"):
        assert done[verb].actor_id == workshop.lab.tara.id
    assert done["publish_for"].values == {"for": workshop.lab.alice.id}
    assert every(workshop, Handover)[0].by_id == workshop.lab.tara.id


def test_strangers_finish_nothing(bob: Browser, visitor: Browser, job: Job, workshop: Workshop) -> None:
    for browser in (bob, visitor):
        assert browser.get(f"/jobs/{job.code}/finish").status_code == 404
        assert finish(browser, job, "publish").status_code == 404
    assert workshop.fresh(job).state is JobState.READY
    assert not project_of(workshop, job).is_public


def test_a_job_of_a_public_project_adds_its_build_with_note_and_photo(
    sign_in: SignIn, lab: Lab, visitor: Browser, job: Job, workshop: Workshop
) -> None:
    """Bob made what Alice shows: he writes on her page through his build alone."""
    with workshop.context.db.reading() as session:
        session.expire_on_commit = False
        revision = session.get_one(Revision, job.revision_id)
    project = workshop.publish(revision)
    with workshop.writing() as session:
        session.get_one(Job, job.id).request.owner_id = lab.bob.id
        session.commit()
    bob = sign_in(lab.bob)
    page = bob.source(f"/jobs/{job.code}/finish")
    assert 'value="publish"' not in page
    assert 'name="licence"' not in page
    assert finish(bob, job, "publish", photos.photo(), title="Mine now").status_code == 303
    assert project_of(workshop, job).title == project.title
    shown = visitor.source(f"/projects/{project.slug}")
    assert "Print it flat." in shown
    assert f"/photos/{every(workshop, Photo)[0].id}/small" in shown


def test_a_private_project_of_somebody_else_is_not_published(
    sign_in: SignIn, lab: Lab, job: Job, workshop: Workshop
) -> None:
    with workshop.writing() as session:
        session.get_one(Job, job.id).request.owner_id = lab.bob.id
        session.commit()
    bob = sign_in(lab.bob)
    assert 'value="publish"' not in bob.source(f"/jobs/{job.code}/finish")
    assert finish(bob, job, "publish").status_code == 303
    assert not project_of(workshop, job).is_public
    assert every(workshop, Build)[0].note == "Print it flat."


def test_a_guarded_maker_needs_consent(alice: Browser, job: Job, workshop: Workshop, lab: Lab) -> None:
    workshop.change(lab.alice, guarded=True)
    page = alice.read(f"/jobs/{job.code}/finish")
    assert "its guardian has not agreed to publishing" in page
    assert "Publish the page" not in page
    assert finish(alice, job, "publish").status_code == 422
    assert not project_of(workshop, job).is_public
    workshop.change(lab.alice, consent_at=job.created_at)
    assert finish(alice, job, "publish").status_code == 303
    assert project_of(workshop, job).is_public


def test_a_guarded_maker_says_nothing_on_a_public_page(
    alice: Browser, visitor: Browser, job: Job, workshop: Workshop, lab: Lab
) -> None:
    finish(alice, job, "publish", photos.photo())
    project = project_of(workshop, job)
    workshop.change(lab.alice, guarded=True)
    shown = visitor.read(f"/projects/{project.slug}")
    assert "Print it flat." not in shown
    assert finish(alice, job, "keep", photos.photo(), note="More").status_code == 422
    assert len(every(workshop, Photo)) == 1


def test_the_licence_given_last_is_proposed(alice: Browser, workshop: Workshop) -> None:
    first, second = workshop.job(JobState.READY), workshop.job(JobState.READY)
    finish(alice, first, "publish", licence="MIT")
    assert 'value="MIT"' in alice.source(f"/jobs/{second.code}/finish")


def test_a_job_that_is_not_made_has_nothing_to_finish(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.SUBMITTED)
    assert alice.get(f"/jobs/{job.code}/finish").location == f"/jobs/{job.code}"
    assert finish(alice, job, "publish").status_code == 303
    assert workshop.fresh(job).state is JobState.SUBMITTED


def test_a_photo_that_is_none_is_named_and_the_rest_is_kept(alice: Browser, job: Job, workshop: Workshop) -> None:
    answer = alice.send(f"/jobs/{job.code}/finish", WORDS | {"do": "keep"}, photo=("cat.jpg", b"meow"))
    assert answer.status_code == 303
    assert "cat.jpg: This file is no photo we can read." in alice.read(answer.location.split("#")[0])
    assert every(workshop, Build)[0].note == "Print it flat."


def test_the_job_page_leads_there_after_collecting(alice: Browser, job: Job) -> None:
    alice.post(f"/jobs/{job.code}/collect")
    assert f'href="/jobs/{job.code}/finish"' in alice.source(f"/jobs/{job.code}")
