"""The technician's decisions."""

from typing import Any

import pytest

from fabqueue.db import Database, now
from fabqueue.models import Job, Machine, MachineModel, Revision
from tests.api.conftest import Caller, made, problem, wish
from tests.support import factories
from tests.support.factories import Lab

DECISIONS = {
    "approve": None,
    "request-changes": {"reason": "thicker walls?"},
    "reject": {"reason": "a weapon"},
    "requeue": None,
    "reprioritise": {"priority": 5},
    "spread": {"spread": 2},
}


@pytest.fixture
def path(job: dict[str, Any]) -> str:
    return f"/jobs/{job['id']}"


def test_an_approved_job_is_queued_with_a_run(tara: Caller, path: str) -> None:
    job = made(tara.post(f"{path}/approve"), 200)
    assert job["state"] == "queued"
    assert [(each["state"], each["copies"], each["machine"]) for each in job["runs"]] == [("waiting", 1, None)]
    assert job["position"] == 1
    assert job["waiting_reason"]["code"].startswith("wait_")


def test_it_is_approved_once(tara: Caller, path: str) -> None:
    made(tara.post(f"{path}/approve"), 200)
    assert problem(tara.post(f"{path}/approve"), 409)["state"] == "queued"


@pytest.mark.parametrize("decision", DECISIONS)
def test_members_decide_nothing(alice: Caller, bob: Caller, visitor: Caller, path: str, decision: str) -> None:
    body = DECISIONS[decision]
    problem(alice.post(f"{path}/{decision}", body), 403, "call_forbidden")
    problem(bob.post(f"{path}/{decision}", body), 404)
    problem(visitor.post(f"{path}/{decision}", body), 401)


def test_a_question_sends_it_back_with_its_words(alice: Caller, tara: Caller, path: str) -> None:
    made(tara.post(f"{path}/request-changes", DECISIONS["request-changes"]), 200)
    job = made(alice.get(path), 200)
    assert (job["state"], job["reason"]["message"]) == ("changes_requested", "thicker walls?")


def test_a_rejected_job_says_why(alice: Caller, tara: Caller, path: str) -> None:
    made(tara.post(f"{path}/reject", DECISIONS["reject"]), 200)
    job = made(alice.get(path), 200)
    assert (job["state"], job["reason"]["message"], job["actions"]) == ("rejected", "a weapon", [])


@pytest.mark.parametrize("decision", ["request-changes", "reject"])
@pytest.mark.parametrize("body", [None, {}, {"reason": "  "}])
def test_a_reason_is_required(tara: Caller, path: str, decision: str, body: Any) -> None:
    answer = problem(tara.post(f"{path}/{decision}", body), 422)
    assert [each["field"] for each in answer["errors"]] == ["reason"]


def test_a_failed_job_is_queued_again(tara: Caller, path: str) -> None:
    made(tara.post(f"{path}/approve"), 200)
    made(tara.post("/machines/bench/start"), 200)
    made(tara.post("/machines/bench/cancel", {"reason": "smoke"}), 200)
    failed = made(tara.get(path), 200)
    assert (failed["state"], failed["actions"]) == ("failed", ["requeue"])
    again = made(tara.post(f"{path}/requeue", {"reason": "new blade"}), 200)
    assert again["state"] == "queued"
    assert [each["state"] for each in again["runs"]] == ["cancelled", "waiting"]


def test_what_has_not_failed_is_not_queued_again(tara: Caller, path: str) -> None:
    assert problem(tara.post(f"{path}/requeue"), 409)["state"] == "submitted"


def test_a_job_is_moved_in_the_queue(tara: Caller, path: str) -> None:
    assert made(tara.post(f"{path}/reprioritise", {"priority": 7}), 200)["priority"] == 7
    body = problem(tara.post(f"{path}/reprioritise", {"priority": 10_000}), 422)
    assert body["errors"][0]["field"] == "priority"


@pytest.fixture
def four(alice: Caller, box: Revision, bench: Machine, database: Database, lab: Lab) -> str:
    """The path of a job of four copies; two tools could make them."""
    with database.writing() as session:
        model, site = session.get_one(MachineModel, bench.machine_model_id), session.merge(lab.site, load=False)
        spool = factories.stock(session, site, session.merge(lab.pla, load=False), "white")
        factories.manual_machine(session, site, model, slug="venus", name="Venus", loaded=spool)
        session.commit()
    return f"/jobs/{made(alice.post('/jobs', wish(box, quantity=4)))['id']}"


def test_an_approval_says_on_how_many_machines_at_once(alice: Caller, tara: Caller, four: str) -> None:
    job = made(tara.post(f"{four}/approve", {"spread": 2}), 200)
    assert [(each["copies"], each["machine"], each["elsewhere"]) for each in job["runs"]] == [(2, None, None)] * 2
    assert made(alice.get(four), 200)["settings"] == {"spread": 2}
    assert "spread" in job["actions"]


def test_what_waits_is_divided_anew(tara: Caller, four: str) -> None:
    made(tara.post(f"{four}/approve"), 200)
    job = made(tara.post(f"{four}/spread", {"spread": 2}), 200)
    assert [(each["copies"], each["state"]) for each in job["runs"]][-2:] == [(2, "waiting"), (2, "waiting")]
    job = made(tara.post(f"{four}/spread", {"spread": None}), 200)
    assert [each["copies"] for each in job["runs"] if each["state"] == "waiting"] == [4]


def test_a_member_wishes_on_how_many_machines(alice: Caller, tara: Caller, box: Revision, four: str) -> None:
    job = made(alice.post("/jobs", wish(box, quantity=3, settings={"spread": 2})))
    answer = made(tara.post(f"/jobs/{job['id']}/approve"), 200)
    assert [each["copies"] for each in answer["runs"]] == [2, 1]
    assert four


@pytest.mark.parametrize("number", [0, 51, "two"])
def test_a_number_of_machines_without_sense_is_refused(tara: Caller, four: str, number: Any) -> None:
    problem(tara.post(f"{four}/approve", {"spread": number}), 422)


def test_a_run_says_why_another_machine_made_it(
    alice: Caller, tara: Caller, four: str, bench: Machine, database: Database
) -> None:
    job = made(tara.post(f"{four}/approve"), 200)
    with database.writing() as session:
        asked = session.get_one(Machine, bench.id)
        asked.maintenance_at, asked.name = now(), "Mars"
        session.get_one(Job, job["id"]).machine_id = asked.id
        session.commit()
    made(tara.post("/machines/venus/start"), 200)
    (run,) = made(alice.get(four), 200)["runs"]
    assert (run["machine"], run["elsewhere"]["code"]) == ("venus", "elsewhere_unable")
    assert run["elsewhere"]["message"] == "Mars was asked for, and could not make it. Mars is out of service."
    chinese = made(alice.get(four, headers={"Accept-Language": "zh-CN"}), 200)["runs"][0]["elsewhere"]["message"]
    assert chinese.startswith("申请的是 Mars，但它无法制作。Mars")
