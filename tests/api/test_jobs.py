"""Asking for jobs, reading and listing them."""

from datetime import date

import pytest

from fabqueue.db import Database
from fabqueue.models import Job, Machine, Person, Report, Revision
from fabqueue.storage import Storage
from tests.api.conftest import Caller, made, problem, wish
from tests.support import factories
from tests.support.factories import Lab


@pytest.fixture
def blocked(box: Revision, database: Database) -> Revision:
    """The box, with a blocker among its findings."""
    with database.writing() as session:
        report = session.get_one(Report, box.report_id)
        blocker = {"code": "mesh_no_volume", "severity": "blocker", "values": {}}
        report.data = {**report.data, "findings": [blocker]}
        session.commit()
    return box


def test_a_job_is_submitted_at_once_at_the_price_of_today(alice: Caller, box: Revision) -> None:
    asked = {"revision": box.id, "machine_model": "marlin-250", "material": "pla", "colour": "grey", "quantity": 2}
    job = made(alice.post("/jobs", asked))
    assert (job["state"], job["revision"], job["material"], job["quantity"]) == ("submitted", box.id, "pla", 2)
    [option] = made(alice.post("/quotes", {"revision": box.id, "quantity": 2}), 200)["options"]
    assert job["quote"]["total"] == option["price"]["total"]
    assert job["estimate"]["seconds"] == option["seconds"]
    assert job["estimate"]["source"] == "geometry"
    assert job["quote"]["accepted_at"].endswith("Z")


def test_its_quote_reads_like_the_option_it_was_chosen_from(alice: Caller, box: Revision, bench: Machine) -> None:
    [option] = made(alice.post("/quotes", {"revision": box.id, "quantity": 2, "machine_model": "marlin-250"}),
                    200)["options"]  # fmt: skip
    quote = made(alice.post("/jobs", wish(box, quantity=2, machine_model="marlin-250")))["quote"]
    shared = ("machine_model", "material", "seconds", "grams", "price", "source")
    assert {name: quote[name] for name in shared} == {name: option[name] for name in shared}
    assert {"total": quote["total"], "lines": quote["lines"]} == quote["price"]


def test_its_settings_date_and_note_are_kept(alice: Caller, box: Revision) -> None:
    asked = {"revision": box.id, "machine_model": "marlin-250", "material": "pla", "needed_by": "2030-12-31",
             "note": "mind the corners", "settings": {"infill_percent": 40, "pose": [2, 0, 0, 0]}}  # fmt: skip
    job = made(alice.post("/jobs", asked))
    assert job["settings"] == {"infill_percent": 40, "pose": [1, 0, 0, 0]}
    assert date.fromisoformat(job["needed_by"]) == date(2030, 12, 31)
    assert job["note"] == "mind the corners"


def test_who_asked_is_told_to_technicians_and_who_filed_it_to_all_who_see_it(
    alice: Caller, tara: Caller, box: Revision, bench: Machine, database: Database, lab: Lab
) -> None:
    path = f"/jobs/{made(alice.post('/jobs', wish(box)))['id']}"
    whose = {"name": "Alice", "user_name": "alice", "guest": False, "guarded": False}
    hers, staffs = made(alice.get(path), 200), made(tara.get(path), 200)
    assert (hers["owner"], hers["asked_by"], hers["filed_by"]) == ("Alice", None, None)
    assert (staffs["owner"], staffs["asked_by"], staffs["filed_by"]) == ("Alice", whose, None)
    [listed] = made(tara.get("/jobs"), 200)["items"]
    assert listed["asked_by"] == whose
    with database.writing() as session:
        session.get_one(Job, staffs["id"]).request.filed_by_id = lab.ines.id
        session.get_one(Person, lab.alice.id).guarded = True
        session.commit()
    hers, staffs = made(alice.get(path), 200), made(tara.get(path), 200)
    assert (hers["filed_by"], staffs["filed_by"], staffs["asked_by"]["guarded"]) == ("Ines", "Ines", True)


def test_one_machine_may_be_preferred_or_asked_for(alice: Caller, box: Revision, bench: Machine) -> None:
    for required in (False, True):
        job = made(alice.post("/jobs", wish(box, machine="bench", machine_required=required)))
        assert (job["machine"], job["machine_required"]) == ("bench", required)
    anyone = made(alice.post("/jobs", wish(box)))
    assert (anyone["machine"], anyone["machine_required"]) == (None, False)
    refused = problem(alice.post("/jobs", wish(box, machine_model="marlin-250", machine="bench")), 422)
    assert [(each["field"], each["code"]) for each in refused["errors"]] == [("machine", "machine_not_of_model")]


def test_without_submitting_it_is_a_draft_without_price(alice: Caller, box: Revision, bench: Machine) -> None:
    job = made(alice.post("/jobs", wish(box, submit=False)))
    assert (job["state"], job["quote"], job["estimate"]) == ("draft", None, None)
    assert "submit" in job["actions"]


def test_unknown_settings_are_refused(alice: Caller, box: Revision, bench: Machine) -> None:
    body = problem(alice.post("/jobs", wish(box, settings={"infil": 3})), 422)
    assert [(each["field"], each["code"]) for each in body["errors"]] == [("settings.infil", "settings_unknown")]


def test_every_fault_of_a_wish_is_named(alice: Caller, box: Revision) -> None:
    asked = {"revision": box.id, "machine_model": "no-such", "material": "butter", "quantity": 9999}
    body = problem(alice.post("/jobs", asked), 422)
    assert {each["field"] for each in body["errors"]} == {"machine_model", "material", "quantity"}


def test_a_payer_one_may_not_charge_is_refused(alice: Caller, bob: Caller, box: Revision, bench: Machine) -> None:
    his = made(bob.get("/me"), 200)["accounts"][0]["id"]
    body = problem(alice.post("/jobs", wish(box, payer=his)), 422)
    assert body["errors"][0]["field"] == "payer"


def test_a_blocker_refuses_submission_and_nothing_of_the_job_stays(
    alice: Caller, blocked: Revision, bench: Machine, database: Database
) -> None:
    body = problem(alice.post("/jobs", wish(blocked)), 422)
    assert [(each["field"], each["code"]) for each in body["errors"]] == [("revision", "mesh_no_volume")]
    with database.reading() as session:
        assert session.query(Job).count() == 0


def test_a_member_cannot_talk_a_blocker_away(alice: Caller, blocked: Revision, bench: Machine) -> None:
    problem(alice.post("/jobs", wish(blocked, reason="please")), 422)


def test_a_technician_may_override_a_blocker_with_a_reason(tara: Caller, blocked: Revision, bench: Machine) -> None:
    problem(tara.post("/jobs", wish(blocked)), 422)
    job = made(tara.post("/jobs", wish(blocked, reason="it is a decal")))
    said = [each["reason"]["message"] for each in job["events"] if each["verb"] == "submit"]
    assert said == ["it is a decal"]


def test_somebody_elses_revision_does_not_exist(bob: Caller, box: Revision, bench: Machine) -> None:
    problem(bob.post("/jobs", wish(box)), 404)


def test_a_visitor_is_asked_for_a_token(visitor: Caller, box: Revision, bench: Machine) -> None:
    problem(visitor.post("/jobs", wish(box)), 401)


def test_the_same_key_makes_one_job(alice: Caller, box: Revision, bench: Machine) -> None:
    key = {"Idempotency-Key": "job-1"}
    first = made(alice.post("/jobs", wish(box), headers=key))
    assert made(alice.post("/jobs", wish(box), headers=key)) == first
    assert len(made(alice.get("/jobs"), 200)["items"]) == 1


def test_the_same_key_of_another_person_is_another_key(
    alice: Caller, tara: Caller, box: Revision, bench: Machine
) -> None:
    key = {"Idempotency-Key": "job-1"}
    hers = made(alice.post("/jobs", wish(box), headers=key))
    assert made(tara.post("/jobs", wish(box), headers=key))["id"] != hers["id"]


def test_a_refused_call_may_be_tried_again_with_its_key(alice: Caller, box: Revision, bench: Machine) -> None:
    key = {"Idempotency-Key": "job-1"}
    problem(alice.post("/jobs", wish(box, material="butter"), headers=key), 422)
    made(alice.post("/jobs", wish(box), headers=key))


def test_its_owner_and_staff_read_it_by_id_or_code(alice: Caller, tara: Caller, job: dict) -> None:
    assert made(alice.get(f"/jobs/{job['id']}"), 200) == job
    assert made(tara.get(f"/jobs/{job['code']}"), 200)["id"] == job["id"]


def test_nobody_else_knows_of_it(bob: Caller, visitor: Caller, job: dict) -> None:
    problem(bob.get(f"/jobs/{job['id']}"), 404)
    problem(visitor.get(f"/jobs/{job['id']}"), 401)


def test_actions_are_those_of_the_caller(alice: Caller, tara: Caller, job: dict) -> None:
    assert job["actions"] == ["cancel"]
    assert set(made(tara.get(f"/jobs/{job['id']}"), 200)["actions"]) == {
        "cancel", "approve", "request-changes", "reject", "reprioritise",
    }  # fmt: skip


def test_its_history_names_who_did_what(alice: Caller, job: dict) -> None:
    assert [(each["verb"], each["actor"]["name"]) for each in job["events"]] == [
        ("create", "Alice"), ("submit", "Alice"),
    ]  # fmt: skip


def test_members_list_their_own_and_technicians_everybodys(alice: Caller, bob: Caller, tara: Caller, job: dict) -> None:
    assert [each["id"] for each in made(alice.get("/jobs"), 200)["items"]] == [job["id"]]
    assert made(bob.get("/jobs"), 200)["items"] == []
    assert [each["id"] for each in made(tara.get("/jobs"), 200)["items"]] == [job["id"]]
    assert made(tara.get("/jobs?mine=1"), 200)["items"] == []


def test_a_list_can_be_narrowed_to_states(alice: Caller, job: dict) -> None:
    assert made(alice.get("/jobs?state=draft,ready"), 200)["items"] == []
    assert len(made(alice.get("/jobs?state=submitted"), 200)["items"]) == 1
    problem(alice.get("/jobs?state=lost"), 422, "field_no_choice")


def test_pages_follow_each_other_while_new_jobs_come(alice: Caller, box: Revision, bench: Machine) -> None:
    old = [made(alice.post("/jobs", wish(box, submit=False)))["id"] for _ in range(3)]
    page = made(alice.get("/jobs?limit=2"), 200)
    seen = [each["id"] for each in page["items"]]
    made(alice.post("/jobs", wish(box, submit=False)))
    path = page["next"].split("/api/v1")[1]
    last = made(alice.get(path), 200)
    assert seen + [each["id"] for each in last["items"]] == old[::-1]
    assert last["next"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=many", "cursor=nonsense", "cursor=IngiCg"])
def test_a_page_that_cannot_be_is_refused(alice: Caller, query: str) -> None:
    body = problem(alice.get(f"/jobs?{query}"), 422)
    assert body["errors"][0]["field"] in {"limit", "cursor"}


def test_a_revision_without_report_cannot_be_submitted_yet(
    alice: Caller, bench: Machine, database: Database, storage: Storage, lab: Lab
) -> None:
    with database.writing() as session:
        waiting = factories.uploaded_box(session, storage, session.get_one(Person, lab.alice.id))
        session.commit()
        key = waiting.id
    asked = {"revision": key, "machine_model": "foam-cutter", "material": "pla"}
    problem(alice.post("/jobs", asked), 422, "revision_not_ready")
    made(alice.post("/jobs", asked | {"submit": False}))
