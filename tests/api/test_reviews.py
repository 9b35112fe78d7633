"""The technician's decisions."""

from typing import Any

import pytest

from tests.api.conftest import Caller, made, problem

DECISIONS = {
    "approve": None,
    "request-changes": {"reason": "thicker walls?"},
    "reject": {"reason": "a weapon"},
    "requeue": None,
    "reprioritise": {"priority": 5},
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
