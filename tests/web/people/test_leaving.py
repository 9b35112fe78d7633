"""Leaving, and taking one's data along."""

import io
import json
from zipfile import ZipFile

from fabqueue.models import ImportBatch, ImportKind, JobState, PastJob, Person, Project, Visibility
from fabqueue.services import ledger, projects, showcases
from tests.support.factories import PASSWORD, Lab
from tests.support.pages import Browser, SignIn
from tests.web.makers.conftest import Workshop


def _pay(workshop: Workshop, lab: Lab) -> None:
    """Alice pays what she owes."""
    with workshop.writing() as session:
        account = ledger.account_of(session, session.get_one(Person, lab.alice.id))
        owed = -ledger.balance(session, account).minor
        ledger.payment(session, account, owed, session.get_one(Person, lab.tara.id), "cash")
        session.commit()


def test_leaving_takes_the_name_out_of_everything(
    alice: Browser, tara: Browser, visitor: Browser, sign_in: SignIn, workshop: Workshop, lab: Lab
) -> None:
    workshop.change(lab.alice, display_name="Alice Ångström", private_name="Aaa Bbb", email="a@example.org",
                    named_on_builds=True)  # fmt: skip
    shown = workshop.publish(workshop.design(), licensor="Alice Ångström")
    job = workshop.job(JobState.COLLECTED)
    hidden = workshop.project(job.revision)
    _pay(workshop, lab)
    assert "There is no way back" in alice.read("/account/leave")
    assert alice.post("/account/leave", {"public": "keep", "password": "wrong one"}).status_code == 422
    assert alice.post("/account/leave", {"public": "keep", "password": PASSWORD}).status_code == 200
    assert alice.get("/account").status_code == 302
    assert sign_in(None).post("/sign-in", {"name": "alice", "password": PASSWORD}).status_code == 422
    page = visitor.read(f"/projects/{shown.slug}")
    assert "Ångström" not in page
    assert "Test Lab" in page
    for address in (f"/desk/{job.code}", f"/jobs/{job.code}", "/people", "/people?q=alice"):
        words = tara.read(address)
        assert "Ångström" not in words, address
        assert "Aaa" not in words, address
    assert workshop.fresh(hidden).deleted_at is not None
    gone = workshop.fresh(lab.alice)
    assert (gone.email, gone.private_name, gone.password_hash, gone.user_name[:5]) == (None, "", "", "left-")
    refused = sign_in(None).post("/sign-up", {"user_name": "alice", "password": "correct horse"})
    assert (refused.status_code, "Somebody is called alice already." in refused.text) == (422, True)


def test_public_projects_go_along_unless_left_here(alice: Browser, visitor: Browser, workshop: Workshop) -> None:
    shown = workshop.publish(workshop.design())
    assert alice.post("/account/leave", {"public": "private", "password": PASSWORD}).status_code == 200
    assert visitor.get(f"/projects/{shown.slug}").status_code == 404
    assert workshop.fresh(shown).visibility is Visibility.PRIVATE


def test_open_jobs_and_debts_are_settled_first(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    job = workshop.job(JobState.READY)
    answer = alice.post("/account/leave", {"public": "keep", "password": PASSWORD})
    assert (answer.status_code, "still open" in answer.text) == (422, True)
    alice.post(f"/jobs/{job.code}/collect")
    assert "is not paid yet" in alice.read("/account/leave")
    assert alice.post("/account/leave", {"public": "keep", "password": PASSWORD}).status_code == 422
    _pay(workshop, lab)
    assert alice.post("/account/leave", {"public": "keep", "password": PASSWORD}).status_code == 200


def test_the_last_admin_stays(sign_in: SignIn, lab: Lab) -> None:
    adam = sign_in(lab.adam)
    assert adam.post("/account/leave", {"public": "keep", "password": PASSWORD}).status_code == 422
    assert adam.get("/account").status_code == 200


def test_staff_take_somebody_out_but_no_admin(tara: Browser, alice: Browser, workshop: Workshop, lab: Lab) -> None:
    assert tara.get("/people/adam/leave").status_code == 403
    assert tara.post("/people/adam/leave", {"public": "private"}).status_code == 403
    assert alice.get("/people/bob/leave").status_code == 404
    assert tara.post("/people/bob/leave", {"public": "private"}).status_code == 303
    assert workshop.fresh(lab.bob).left_at is not None


def _unpacked(browser: Browser, address: str) -> tuple[dict, dict[str, bytes]]:  # type: ignore[type-arg]
    answer = browser.post(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    with ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        files = {each: archive.read(each) for each in archive.namelist()}
    return json.loads(files.pop("data.json")), files


def test_ones_own_data_comes_as_one_file_and_nobody_elses(
    alice: Browser, workshop: Workshop, lab: Lab, sign_in: SignIn
) -> None:
    job, other = workshop.job(JobState.COLLECTED), workshop.job(owner=lab.bob)
    alice.post("/account/tokens", {"name": "PrusaSlicer"})
    data, files = _unpacked(alice, "/account/export")
    assert data["person"]["user_name"] == "alice"
    assert [each["code"] for each in data["jobs"]] == [job.code]
    assert [each["name"] for each in data["keys_for_programs"]] == ["PrusaSlicer"]
    assert {each["kind"] for each in data["account"]["entries"]} >= {"hold", "charge"}
    assert data["runs"]
    text = json.dumps(data)
    for secret in ("password_hash", 'digest"', "argon2", other.code, "bob"):
        assert secret not in text, secret
    with workshop.writing() as session:
        sha256 = session.get_one(type(job.revision), job.revision_id).sha256
    assert workshop.context.storage.path(sha256).read_bytes() in files.values()
    assert all(each.startswith("files/") and ".." not in each for each in files)


def test_showcases_pass_to_whoever_helps_or_go(
    ines: Browser, alice: Browser, visitor: Browser, workshop: Workshop, lab: Lab
) -> None:
    """A public one that nobody helps with stays where public projects stay, without a name."""
    with workshop.writing() as session:
        row = session.get_one(Person, lab.ines.id)
        shared, hidden, shown = (showcases.create(session, row, each) for each in ("Shared", "Hidden", "Shown"))
        showcases.lend(session, shared, row, "alice")
        showcases.add_words(session, shown, row, "Hello", "", "")
        showcases.publish(session, shown, row)
        session.commit()
    assert ines.post("/account/leave", {"public": "keep", "password": PASSWORD}).status_code == 200
    assert workshop.fresh(shared).curator_id == lab.alice.id
    assert workshop.fresh(hidden).deleted_at is not None
    assert "Hello" in visitor.read("/showcases/shown")
    assert "Curated by" not in visitor.read("/showcases/shown")
    assert alice.post("/showcases/shared/edit", {"title": "Mine", "introduction": ""}).status_code == 303


def test_a_public_showcase_goes_along_with_public_projects(ines: Browser, workshop: Workshop, lab: Lab) -> None:
    with workshop.writing() as session:
        row = session.get_one(Person, lab.ines.id)
        shown = showcases.create(session, row, "Shown")
        showcases.add_words(session, shown, row, "Hello", "", "")
        showcases.publish(session, shown, row)
        session.commit()
    assert ines.post("/account/leave", {"public": "private", "password": PASSWORD}).status_code == 200
    assert workshop.fresh(shown).deleted_at is not None


def test_the_export_holds_showcases_versions_and_past_jobs(ines: Browser, workshop: Workshop, lab: Lab) -> None:
    project = workshop.project(workshop.design(lab.ines))
    with workshop.writing() as session:
        row, tara = session.get_one(Person, lab.ines.id), session.get_one(Person, lab.tara.id)
        projects.change(session, session.get_one(Project, project.id), row, {"documentation": "First words."})
        shown = showcases.create(session, row, "My showcase")
        showcases.add_words(session, shown, row, "My slide", "", "")
        showcases.create(session, tara, "Not mine")
        batch = ImportBatch(kind=ImportKind.PAST_JOBS, filename="old.csv", sha256="0" * 64, by_id=tara.id)
        session.add(batch)
        session.flush()
        for person, name in ((row, "mine.stl"), (tara, "hers.stl")):
            session.add(PastJob(import_batch_id=batch.id, line=2, person_id=person.id, filename=name))
        session.commit()
    data, _files = _unpacked(ines, "/account/export")
    assert [(each["title"], [slide["title"] for slide in each["slides"]]) for each in data["showcases"]] == [
        ("My showcase", ["My slide"])
    ]
    assert [each["filename"] for each in data["past_jobs"]] == ["mine.stl"]
    assert "First words." in {each["documentation"] for each in data["page_versions"]}


def test_staff_hand_somebodys_data_over(tara: Browser, alice: Browser, ines: Browser, workshop: Workshop) -> None:
    data, _files = _unpacked(tara, "/people/alice/export")
    assert data["person"]["user_name"] == "alice"
    assert tara.post("/people/adam/export").status_code == 403
    assert alice.post("/people/bob/export").status_code == 404
    assert ines.post("/people/bob/export").status_code == 404
