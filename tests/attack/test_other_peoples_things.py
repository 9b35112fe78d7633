"""Nobody reaches what is another's by naming its id, directly or inside something of their own."""

from typing import Any

import pytest

from fabqueue.db import now
from fabqueue.models import Job, JobState, Revision, Token, Visibility
from fabqueue.services import uploads
from fabqueue.storage import Kept
from tests.api.conftest import Call, Caller, made, problem, wish
from tests.attack.conftest import SignIn
from tests.support.factories import Lab
from tests.web.makers.conftest import Workshop


@pytest.fixture
def secret(workshop: Workshop) -> Revision:
    """A design in a private project of Alice's."""
    return workshop.design()


def _unpublish(workshop: Workshop, revision: Revision) -> None:
    workshop.change(workshop.project(revision), visibility=Visibility.PRIVATE)


def test_a_stranger_gets_404_for_every_address_of_a_private_design(
    secret: Revision, workshop: Workshop, lab: Lab, sign_in: SignIn, bob: Caller, visitor: Caller
) -> None:
    design, project = secret.design_id, workshop.project(secret)
    files = [
        f"/files/revisions/{secret.id}/{name}" for name in ("picture.webp", "preview.glb", "drawing.svg", "download")
    ]
    pages = [*files, f"/make/designs/{design}", f"/make/designs/{design}/live", f"/projects/{project.slug}"]
    inner = (
        "files.zip",
        "edit",
        "history",
        "history/1",
        "history/compare?old=1&new=2",
        "authors",
        "builds/1",
        "photos",
    )
    pages += [f"/projects/{project.slug}/{each}" for each in inner]
    for person in (lab.bob, None):
        browser = sign_in(person)
        assert {each: browser.get(each).status_code for each in pages} == dict.fromkeys(pages, 404)
    for caller in (bob, visitor):
        problem(caller.get(f"/designs/{design}"), 404)
        problem(caller.get(f"/projects/{project.slug}"), 404)
        problem(caller.get(f"/projects/{project.id}"), 404)


def test_a_stranger_changes_nothing_of_a_private_project(
    secret: Revision, workshop: Workshop, lab: Lab, sign_in: SignIn, bob: Caller
) -> None:
    design, project = secret.design_id, workshop.project(secret)
    browser = sign_in(lab.bob)
    posts = [f"/make/designs/{design}/{each}" for each in ("quote", "ask", "units")]
    posts += [f"/projects/{project.slug}/{each}" for each in ("edit", "publish", "unpublish", "delete", "preview")]
    inner = (
        "authors",
        "authors/leave",
        "authors/alice/remove",
        "authors/bob/hand-over",
        "history/1/restore",
        "builds/1",
    )
    posts += [f"/projects/{project.slug}/{each}" for each in (*inner, "builds/1/photos", "photos")]
    assert {each: browser.post(each).status_code for each in posts} == dict.fromkeys(posts, 404)
    assert browser.upload(f"/make/designs/{design}/revisions", "b.stl", b"solid x").status_code == 404
    assert browser.upload("/make", "b.stl", b"solid x", {"project": project.slug}).status_code == 404
    problem(bob.upload(f"/designs/{design}/revisions", b"solid x", "b.stl"), 404)
    problem(bob.upload("/designs", b"solid x", "b.stl", project=project.id), 404)
    problem(bob.patch(f"/projects/{project.slug}", {"title": "mine"}), 404)
    problem(bob.post(f"/projects/{project.slug}/publish"), 404)
    assert len(workshop.fresh(secret).design.revisions) == 1


def test_a_revision_of_somebody_else_is_neither_quoted_nor_ordered(secret: Revision, bob: Caller) -> None:
    problem(bob.post("/quotes", {"revision": secret.id}), 404)
    problem(bob.post("/jobs", {"revision": secret.id, "machine_model": "marlin-250", "material": "pla"}), 404)


def test_a_job_is_unknown_to_other_members(workshop: Workshop, lab: Lab, sign_in: SignIn, bob: Caller) -> None:
    job = workshop.job(JobState.IN_PRODUCTION)
    browser = sign_in(lab.bob)
    pages = [f"/jobs/{job.code}{each}" for each in ("", "/ticket", "/cancel", "/parts/now", "/parts/history")]
    pages += [f"/jobs/{job.code}{each}" for each in ("/collect", "/uncollect", "/finish")]
    pages += [f"/t/{job.code}", "/tickets", f"/tickets/print?job={job.code}"]
    pages += [f"/files/jobs/{job.code}/camera", f"/desk/{job.code}"]
    assert {each: browser.get(each).status_code for each in pages} == dict.fromkeys(pages, 404)
    posts = [f"/jobs/{job.code}/{each}" for each in ("submit", "answer", "accept", "collect", "cancel", "seen")]
    posts += [f"/jobs/{job.code}/{each}" for each in ("uncollect", "finish")]
    assert {each: browser.post(each).status_code for each in posts} == dict.fromkeys(posts, 404)
    for verb in ("submit", "cancel", "accept", "collect", "approve", "requeue", "uncollect"):
        problem(bob.post(f"/jobs/{job.id}/{verb}"), 404)
    problem(bob.get(f"/jobs/{job.code}"), 404)


def test_a_payer_is_never_somebody_else(alice: Caller, bob: Caller, box: Revision, bench: object) -> None:
    account = made(bob.get("/me"), 200)["accounts"][0]["id"]
    problem(alice.post("/jobs", wish(box, payer=account)), 422)


def test_the_same_idempotency_key_of_two_people_means_two_requests(
    alice: Caller, bob: Caller, box: Revision, bench: object, workshop: Workshop
) -> None:
    workshop.publish(box)
    headers = {"Idempotency-Key": "one"}
    first = made(alice.post("/jobs", wish(box), headers=headers))
    second = made(bob.post("/jobs", wish(box), headers=headers))
    assert (first["owner"], second["owner"]) == ("Alice", "Bob")
    assert first["id"] != second["id"]


def test_a_draft_is_not_submitted_once_its_design_is_private_again(
    bob: Caller, box: Revision, bench: object, workshop: Workshop, lab: Lab, sign_in: SignIn
) -> None:
    workshop.publish(box)
    draft = made(bob.post("/jobs", wish(box, submit=False)))
    _unpublish(workshop, box)
    problem(bob.post(f"/jobs/{draft['id']}/submit"), 404)
    assert sign_in(lab.bob).post(f"/jobs/{draft['code']}/submit").status_code == 404


def test_an_answer_takes_no_revision_that_its_member_may_not_see(
    workshop: Workshop, lab: Lab, sign_in: SignIn, bob: Caller, tara: Caller, box: Revision, bench: object
) -> None:
    """Alice takes her project back and goes on in private; Bob's job keeps the revision it was asked for."""
    workshop.publish(box)
    job = made(bob.post("/jobs", wish(box)))
    made(tara.post(f"/jobs/{job['id']}/request-changes", {"reason": "Which side is up?"}), 200)
    _unpublish(workshop, box)
    later = _private_revision(workshop, box)
    browser = sign_in(lab.bob)
    assert "revision 2" not in browser.read(f"/jobs/{job['code']}")
    assert browser.post(f"/jobs/{job['code']}/answer", {"text": "Up.", "revision": "2"}).status_code == 422
    browser.post(f"/jobs/{job['code']}/answer", {"text": "Up.", "revision": "1"})
    with workshop.context.db.reading() as session:
        found = session.get_one(Job, job["id"])
        assert (found.state, found.revision_id) == (JobState.SUBMITTED, box.id)
        assert later != box.id


def _private_revision(workshop: Workshop, first: Revision) -> str:
    """The next revision of a design with the same bytes, so that it is ready at once."""
    with workshop.writing() as session:
        revision = session.get_one(Revision, first.id)
        owner, kept = revision.design.project.owner, Kept(revision.sha256, revision.file.size)
        rules = workshop.context.config.uploads
        made_now = uploads.add_revision(session, rules, owner, revision.design, kept, revision.filename)
        made_now.report_id, made_now.state = revision.report_id, revision.state
        session.commit()
        return made_now.id


def test_only_the_member_agrees_to_a_dearer_price(workshop: Workshop, lab: Lab, call: Call, sign_in: SignIn) -> None:
    """Who makes it dearer cannot say yes in the member's name."""
    job = workshop.job(JobState.AWAITING_MEMBER)
    tara = call(lab.tara)
    problem(tara.post(f"/jobs/{job.id}/accept"), 403)
    assert "accept" not in made(tara.get(f"/jobs/{job.id}"), 200)["actions"]
    assert sign_in(lab.tara).post(f"/jobs/{job.code}/accept").status_code == 403
    assert made(call(lab.alice).post(f"/jobs/{job.id}/accept"), 200)["state"] == "submitted"


def test_tokens_of_others_are_neither_shown_nor_ended(
    lab: Lab, alice: Caller, sign_in: SignIn, workshop: Workshop
) -> None:
    with workshop.context.db.reading() as session:
        key = session.query(Token).filter_by(person_id=lab.alice.id).one().id
    browser = sign_in(lab.tara)
    assert browser.get(f"/account/tokens/{key}/revoke").status_code == 404
    assert browser.post(f"/account/tokens/{key}/revoke").status_code == 404
    made(alice.get("/me"), 200)


def test_a_deleted_project_of_somebody_else_is_not_restored(
    secret: Revision, workshop: Workshop, lab: Lab, sign_in: SignIn
) -> None:
    project = workshop.project(secret)
    workshop.change(project, deleted_at=now())
    assert sign_in(lab.bob).post(f"/projects/restore/{project.id}").status_code == 404
    assert workshop.fresh(project).deleted_at is not None


def test_members_do_nothing_at_machines(lab: Lab, sign_in: SignIn, bob: Caller, workshop: Workshop) -> None:
    run: Any = workshop.run(workshop.job(JobState.IN_PRODUCTION))
    slug = lab.machine.slug
    for verb in ("clear", "maintenance", "pause", "resume", "cancel", "start", "finish"):
        problem(bob.post(f"/machines/{slug}/{verb}"), 403)
    problem(bob.post(f"/machines/{slug}/load", {"stock": lab.grey.id}), 403)
    problem(bob.post(f"/runs/{run.id}/resolve", {"outcome": "done", "reason": "x"}), 404)
    problem(bob.post("/queue/hold", {"reason": "x"}), 403)
    problem(bob.get("/stock"), 403)
    browser = sign_in(lab.bob)
    posts = [
        f"/machines/{slug}/{each}" for each in ("clear", "pause", "cancel", "maintenance", "load", "try", "retire")
    ]
    posts += ["/machines/new", f"/machines/{slug}", "/desk/queue/hold", "/people/alice/payments", "/people/bob/roles"]
    assert all(browser.post(each).status_code in {403, 404} for each in posts)
