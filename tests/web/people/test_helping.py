"""Jobs in somebody else's name, guarded accounts, finding, merging."""

import pytest
from sqlalchemy import select

from fabqueue.db import now
from fabqueue.models import Build, Event, Job, JobState, MailState, Notice, Person
from fabqueue.services import guarding, guests, jobs
from tests.support import factories
from tests.support.factories import Lab
from tests.support.pages import Browser, SignIn
from tests.web.makers.conftest import Workshop

STL = factories.box_stl()


def _codes(workshop: Workshop, person: Person) -> list[str]:
    with workshop.writing() as session:
        return [each.code for each in session.scalars(select(Notice).where(Notice.person_id == person.id))]


# in somebody's name


def test_a_technician_files_for_a_member_who_is_told(
    tara: Browser, alice: Browser, workshop: Workshop, lab: Lab
) -> None:
    place = tara.upload("/people/alice/designs", "lid.stl", STL).headers["Location"]
    workshop.read_all()
    assert 'value="alice"' in tara.source(place)
    asked = tara.post(f"{place}/ask", {"option": "marlin-250/pla", "quantity": "1", "owner": "alice"})
    assert asked.status_code == 303
    with workshop.writing() as session:
        job = session.scalars(select(Job)).one()
        assert (job.owner.id, job.filed_by.id if job.filed_by else None) == (lab.alice.id, lab.tara.id)
        assert job.payer.person_id == lab.alice.id
    assert "filed by Tara" in alice.read(f"/jobs/{job.code}")
    assert "filed by Tara" in tara.read(f"/desk/{job.code}")
    assert _codes(workshop, lab.alice) == ["notice_filed"]
    assert "was asked for in your name" in alice.read("/notices")
    assert alice.post(f"/jobs/{job.code}/cancel").status_code == 303


def test_an_instructor_files_and_follows_but_sees_no_other_job(ines: Browser, workshop: Workshop, lab: Lab) -> None:
    place = ines.upload("/people/bob/designs", "lid.stl", STL).headers["Location"]
    workshop.read_all()
    ines.post(f"{place}/ask", {"option": "marlin-250/pla", "quantity": "1", "owner": "bob"})
    with workshop.writing() as session:
        job = session.scalars(select(Job)).one()
    other = workshop.job(owner=lab.bob)
    assert "Bob" in ines.read(f"/jobs/{job.code}")
    assert ines.get(f"/jobs/{other.code}").status_code == 404
    assert ines.post(f"/jobs/{job.code}/accept").status_code == 403


def test_members_file_for_themselves_alone(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    revision = workshop.design()
    place = f"/make/designs/{revision.design_id}"
    assert 'name="owner"' not in alice.source(place)
    wish = {"option": "marlin-250/pla", "quantity": "1"}
    assert alice.post(f"{place}/ask", wish | {"owner": "bob"}).status_code == 403
    assert alice.upload("/people/bob/designs", "lid.stl", STL).status_code == 404
    assert alice.post(f"{place}/ask", wish | {"owner": "alice"}).status_code == 303


def test_a_name_nobody_has_is_said_on_its_field(tara: Browser, workshop: Workshop) -> None:
    revision = workshop.design()
    wish = {"option": "marlin-250/pla", "quantity": "1", "owner": "nobody-here"}
    answer = tara.post(f"/make/designs/{revision.design_id}/ask", wish)
    assert (answer.status_code, "There is nobody called nobody-here." in answer.text) == (422, True)


# guarded


@pytest.fixture
def guarded(workshop: Workshop, lab: Lab) -> Person:
    """Bob is a pupil, and Alice looks after him."""
    with workshop.writing() as session:
        bob, ines, alice = (session.get_one(Person, each.id) for each in (lab.bob, lab.ines, lab.alice))
        guarding.guard(session, bob, ines, alice)
        session.commit()
    return lab.bob


def test_a_guardian_is_told_sees_and_answers(
    guarded: Person, alice: Browser, workshop: Workshop, lab: Lab, sign_in: SignIn
) -> None:
    workshop.change(lab.alice, email="alice@example.org")
    job = workshop.job(JobState.CHANGES_REQUESTED, owner=guarded)
    with workshop.writing() as session:
        told = {each.person_id: each for each in session.scalars(select(Notice))}
    assert set(told) == {lab.alice.id, lab.bob.id}
    assert told[lab.alice.id].mail is MailState.PENDING
    assert told[lab.alice.id].values["title"].endswith("(Bob)")
    assert job.code in alice.read("/account/guarded")
    assert alice.get(f"/make/designs/{job.revision.design_id}").status_code == 200
    assert alice.post(f"/jobs/{job.code}/answer", {"text": "Up", "revision": "1"}).status_code == 303
    dearer = workshop.job(JobState.AWAITING_MEMBER, owner=guarded)
    assert alice.post(f"/jobs/{dearer.code}/accept").status_code == 303
    mine = workshop.job()
    assert sign_in(lab.bob).get(f"/jobs/{mine.code}").status_code == 404


def test_nothing_is_public_without_a_consent_and_all_goes_with_it(
    guarded: Person, ines: Browser, visitor: Browser, workshop: Workshop, lab: Lab, sign_in: SignIn
) -> None:
    bob = sign_in(guarded)
    job = workshop.job(JobState.COLLECTED, owner=guarded)
    slug = workshop.project(job.revision).slug
    fields = {"title": "Box", "licence": "MIT", "licensor": "Bob", "function": "Holds", "version": "1.0.0"}
    assert bob.post(f"/projects/{slug}/edit", fields).status_code == 303
    bob.post(f"/projects/{slug}/publish")
    assert visitor.get(f"/projects/{slug}").status_code == 404
    assert ines.post("/people/bob/consent", {"given_by": ""}).status_code == 422
    assert ines.post("/people/bob/consent", {"given_by": "mother, on paper"}).status_code == 303
    bob.post(f"/projects/{slug}/publish")
    assert visitor.get(f"/projects/{slug}").status_code == 200
    page = ines.read("/people/bob")
    assert "mother, on paper" in page
    assert "recorded by Ines" in page
    assert ines.post("/people/bob/consent/withdraw").status_code == 303
    assert visitor.get(f"/projects/{slug}").status_code == 404
    assert "withdrawn" in ines.read("/people/bob")
    with workshop.writing() as session:
        verbs = [each.verb for each in session.scalars(select(Event).where(Event.subject_id == guarded.id))]
    assert [each for each in verbs if "consent" in each] == ["give_consent", "withdraw_consent"]


def test_guarding_takes_what_is_public_away(
    alice: Browser, tara: Browser, visitor: Browser, workshop: Workshop
) -> None:
    project = workshop.publish(workshop.design())
    assert visitor.get(f"/projects/{project.slug}").status_code == 200
    assert tara.post("/people/alice/guard", {"guardian": ""}).status_code == 303
    assert visitor.get(f"/projects/{project.slug}").status_code == 404


@pytest.mark.parametrize("way", ["consent", "release"])
def test_hidden_builds_stay_hidden_unless_somebody_decides_otherwise(
    way: str, guarded: Person, ines: Browser, visitor: Browser, workshop: Workshop, lab: Lab
) -> None:
    """A consent holds for what comes. Whether it holds for what was hidden is asked, and nothing hidden is counted."""
    project = workshop.publish(workshop.design())
    job = workshop.job(JobState.READY, owner=guarded)
    with workshop.writing() as session:
        row = session.get_one(Job, job.id)
        row.revision.design.project_id = project.id
        session.commit()
    assert ines.post("/people/bob/consent", {"given_by": "mother"}).status_code == 303
    with workshop.writing() as session:
        row = session.get_one(Job, job.id)
        jobs.collect(session, row, row.owner)
        session.commit()
    assert (workshop.fresh(project).good_builds, "Build 1" in visitor.read(f"/projects/{project.slug}")) == (1, True)
    assert ines.post("/people/bob/consent/withdraw").status_code == 303
    hidden = workshop.fresh(project)
    assert (hidden.good_builds, hidden.built_at) == (0, None)
    assert ines.post(f"/people/bob/{way}", {"given_by": "mother"}).status_code == 303
    assert (workshop.fresh(project).good_builds, "Build 1" in visitor.read(f"/projects/{project.slug}")) == (0, False)
    if way == "consent":
        assert ines.post("/people/bob/consent/withdraw").status_code == 303
    else:
        assert ines.post("/people/bob/guard", {"guardian": ""}).status_code == 303
    assert ines.post(f"/people/bob/{way}", {"given_by": "mother", "earlier": "y"}).status_code == 303
    assert (workshop.fresh(project).good_builds, "Build 1" in visitor.read(f"/projects/{project.slug}")) == (1, True)


def test_a_guarded_persons_build_stays_hidden_when_it_is_collected_again(
    guarded: Person, tara: Browser, workshop: Workshop, lab: Lab
) -> None:
    job = workshop.job(JobState.COLLECTED, owner=guarded)
    assert tara.post(f"/jobs/{job.code}/uncollect", {"reason": "not taken"}).status_code == 303
    assert tara.post(f"/jobs/{job.code}/collect").status_code == 303
    with workshop.writing() as session:
        build = session.scalars(select(Build)).one()
        assert (build.shown, build.project.good_builds) == (False, 0)


def test_a_deleted_project_keeps_nobody_from_being_guarded(tara: Browser, workshop: Workshop, lab: Lab) -> None:
    shown = workshop.publish(workshop.design())
    workshop.change(shown, deleted_at=now())
    assert tara.post("/people/alice/guard", {"guardian": ""}).status_code == 303
    assert workshop.fresh(lab.alice).guarded


def test_a_merge_that_guards_takes_what_is_public_away(
    guarded: Person, tara: Browser, visitor: Browser, workshop: Workshop, lab: Lab
) -> None:
    shown = workshop.publish(workshop.design())
    merged = tara.post("/people/bob/merge", {"into": "alice", "confirmed": lab.alice.id})
    assert merged.status_code == 303
    assert visitor.get(f"/projects/{shown.slug}").status_code == 404


@pytest.mark.parametrize(("name", "guardian"), [("tara", ""), ("alice", "alice"), ("alice", "nobody")])
def test_who_cannot_be_guarded_or_a_guardian(name: str, guardian: str, ines: Browser, lab: Lab) -> None:
    assert ines.post(f"/people/{name}/guard", {"guardian": guardian}).status_code == 422


def test_members_guard_nobody(alice: Browser, guarded: Person) -> None:
    for verb in ("guard", "release", "consent", "consent/withdraw"):
        assert alice.get(f"/people/bob/{verb}").status_code == 404
        assert alice.post(f"/people/bob/{verb}", {"guardian": "alice", "given_by": "me"}).status_code == 404


# finding


def test_people_are_found_by_any_name_or_the_number_of_a_job(tara: Browser, workshop: Workshop, lab: Lab) -> None:
    workshop.change(lab.bob, private_name="Łukasz Ćwik")
    with workshop.writing() as session:
        guests.begin(session, "Zoë at the counter", by=session.get_one(Person, lab.tara.id))
        session.commit()
    job = workshop.job()
    for words, found in (("cwik", "bob"), ("zoe counter", "guest"), (job.code.lower(), "alice"), ("ALICE", "alice")):
        page = tara.read(f"/people?q={words}")
        assert found in page, words
        assert "Nobody of that name" not in page
    assert "Nobody of that name" in tara.read("/people?q=nobody-at-all")


# merging


def test_what_moves_is_shown_first_and_then_it_moves(
    tara: Browser, alice: Browser, sign_in: SignIn, workshop: Workshop, lab: Lab
) -> None:
    bob = sign_in(lab.bob)
    job = workshop.job(JobState.QUEUED, owner=lab.bob)
    slug = workshop.project(job.revision).slug
    page = tara.read("/people/bob/merge?into=alice")
    assert "What moves to Alice (alice)" in page
    assert tara.post("/people/bob/merge", {"into": "alice"}).status_code == 200
    assert bob.get("/account").status_code == 200
    merged = tara.post("/people/bob/merge", {"into": "alice", "confirmed": lab.alice.id})
    assert merged.headers["Location"] == "/people/alice"
    assert alice.get(f"/jobs/{job.code}").status_code == 200
    assert alice.get(f"/projects/{slug}/edit").status_code == 200
    assert bob.get("/account").status_code == 302
    assert tara.get("/people/bob").status_code == 404
    assert sign_in(None).post("/sign-up", {"user_name": "bob", "password": "correct horse"}).status_code == 422


def test_staff_accounts_end_in_nobody_and_members_merge_nobody(tara: Browser, alice: Browser, lab: Lab) -> None:
    answer = tara.post("/people/adam/merge", {"into": "tara", "confirmed": lab.tara.id})
    assert (answer.status_code, "such an account stays" in answer.text) == (422, True)
    assert tara.post("/people/bob/merge", {"into": "bob", "confirmed": lab.bob.id}).status_code == 422
    assert alice.get("/people/bob/merge?into=alice").status_code == 404
    assert alice.post("/people/bob/merge", {"into": "alice", "confirmed": lab.alice.id}).status_code == 404
