"""Requests of several jobs, and the same job once more, as programs ask for them."""

from typing import Any

from fabqueue.models import Machine, Revision
from tests.api.conftest import Caller, made, problem, wish


def test_jobs_are_gathered_sent_and_approved_together(
    alice: Caller, tara: Caller, bob: Caller, box: Revision, bench: Machine
) -> None:
    request = made(alice.post("/requests", {"note": "Both for the door", "needed_by": "2030-01-31"}))
    path = f"/requests/{request['id']}"
    assert (request["open"], request["jobs"]) == (True, [])
    for quantity in (1, 3):
        job = made(alice.post("/jobs", wish(box, quantity=quantity, request=request["id"])))
        assert (job["state"], job["request"]) == ("draft", request["id"])
    for verb in ("", "/submit", "/collect"):
        problem(bob.open("POST" if verb else "GET", f"{path}{verb}"), 404)
    sent = made(alice.post(f"{path}/submit"), 200)
    assert [each["state"] for each in sent["jobs"]] == ["submitted", "submitted"]
    assert (sent["open"], sent["note"], sent["needed_by"]) == (False, "Both for the door", "2030-01-31")
    problem(alice.post("/jobs", wish(box, request=request["id"])), 409)
    problem(alice.post(f"{path}/submit"), 409)
    problem(alice.post(f"{path}/approve"), 403)
    approved = made(tara.post(f"{path}/approve"), 200)
    assert [each["state"] for each in approved["jobs"]] == ["queued", "queued"]
    problem(tara.post(f"{path}/approve"), 409)
    problem(alice.post(f"{path}/collect"), 409)


def test_an_empty_request_is_not_sent(alice: Caller, bench: Machine) -> None:
    request = made(alice.post("/requests"))
    assert problem(alice.post(f"/requests/{request['id']}/submit"), 422)["code"] == "request_empty"


def test_the_same_again_is_a_new_job_of_the_callers_own(
    alice: Caller, bob: Caller, job: dict[str, Any], bench: Machine
) -> None:
    again = made(alice.post(f"/jobs/{job['id']}/repeat", {"quantity": 2}))
    assert (again["state"], again["quantity"], again["revision"]) == ("submitted", 2, job["revision"])
    assert again["code"] != job["code"]
    draft = made(alice.post(f"/jobs/{job['id']}/repeat", {"submit": False}))
    assert (draft["state"], draft["quantity"]) == ("draft", job["quantity"])
    problem(bob.post(f"/jobs/{job['id']}/repeat"), 404)
    problem(alice.post(f"/jobs/{job['id']}/repeat", {"quantity": 0}), 422)


def test_a_failure_is_explained_charged_and_made_again(
    alice: Caller, tara: Caller, job: dict[str, Any], bench: Machine
) -> None:
    made(tara.post(f"/jobs/{job['id']}/approve"), 200)
    made(tara.post("/machines/bench/start"), 200)
    made(tara.post("/machines/bench/finish"), 200)
    body = {"outcome": "failed", "cause": "file", "at_fault": "maker", "repeat": True}
    made(tara.post("/machines/bench/clear", body), 200)
    after = made(alice.get(f"/jobs/{job['id']}"), 200)
    assert after["state"] == "queued"
    assert "charge_failure" in [each["verb"] for each in after["events"]]
    account = made(alice.get("/me"), 200)["accounts"][0]
    assert account["balance"]["amount"].startswith("-")
