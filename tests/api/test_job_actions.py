"""What owners do with their jobs: submit, accept, cancel, collect."""

from typing import Any

import pytest

from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.models import Job, Machine, Person, Revision
from fabqueue.services import reviews
from tests.api.conftest import Caller, made, problem, wish
from tests.support.factories import Lab


@pytest.fixture
def draft(alice: Caller, box: Revision, bench: Machine) -> str:
    """The path of a draft."""
    return f"/jobs/{made(alice.post('/jobs', wish(box, submit=False)))['id']}"


@pytest.fixture
def ready(alice: Caller, tara: Caller, job: dict[str, Any]) -> str:
    """The path of a job whose parts are ready."""
    path = f"/jobs/{job['id']}"
    made(tara.post(f"{path}/approve"), 200)
    made(tara.post("/machines/bench/start"), 200)
    made(tara.post("/machines/bench/finish"), 200)
    made(tara.post("/machines/bench/clear", {"place": "shelf 3"}), 200)
    return path


def test_a_draft_is_submitted(alice: Caller, draft: str) -> None:
    job = made(alice.post(f"{draft}/submit"), 200)
    assert job["state"] == "submitted"
    assert job["quote"]["total"]["currency"] == "EUR"


def test_what_is_submitted_cannot_be_submitted_again(alice: Caller, draft: str) -> None:
    made(alice.post(f"{draft}/submit"), 200)
    body = problem(alice.post(f"{draft}/submit"), 409)
    assert body["state"] == "submitted"


def test_a_repeated_submission_with_its_key_gets_the_first_answer(alice: Caller, draft: str) -> None:
    key = {"Idempotency-Key": "now"}
    first = made(alice.post(f"{draft}/submit", headers=key), 200)
    assert made(alice.post(f"{draft}/submit", headers=key), 200) == first


@pytest.mark.parametrize("action", ["submit", "accept", "cancel", "collect"])
def test_nobody_else_may_act_on_a_job_or_know_it(bob: Caller, visitor: Caller, draft: str, action: str) -> None:
    problem(bob.post(f"{draft}/{action}"), 404)
    problem(visitor.post(f"{draft}/{action}"), 401)


def test_an_answer_to_a_job_that_was_sent_back_submits_it_anew(
    alice: Caller, tara: Caller, job: dict[str, Any]
) -> None:
    path = f"/jobs/{job['id']}"
    made(tara.post(f"{path}/request-changes", {"reason": "thicker walls?"}), 200)
    assert made(alice.post(f"{path}/submit", {}), 200)["state"] == "submitted"


def test_a_cancelled_job_keeps_the_reason(alice: Caller, job: dict[str, Any]) -> None:
    cancelled = made(alice.post(f"/jobs/{job['id']}/cancel", {"reason": "found one"}), 200)
    assert (cancelled["state"], cancelled["reason"]["message"]) == ("cancelled", "found one")
    assert cancelled["actions"] == []


def test_cancelling_an_approved_job_gives_the_money_back(alice: Caller, tara: Caller, job: dict[str, Any]) -> None:
    made(tara.post(f"/jobs/{job['id']}/approve"), 200)
    made(alice.post(f"/jobs/{job['id']}/cancel"), 200)
    [account] = made(alice.get("/me"), 200)["accounts"]
    assert account["held"]["amount"] == "0.00"


def test_what_is_ready_cannot_be_cancelled(alice: Caller, ready: str) -> None:
    assert problem(alice.post(f"{ready}/cancel"), 409)["state"] == "ready"


def test_a_ready_job_is_collected_by_its_owner_and_makes_a_build(alice: Caller, ready: str) -> None:
    job = made(alice.post(f"{ready}/collect"), 200)
    assert job["state"] == "collected"
    project = made(alice.get(f"/projects/{job['project']['slug']}"), 200)
    assert [(each["number"], each["outcome"], each["builder"]) for each in project["builds"]] == [(1, "good", None)]


def test_staff_may_hand_a_job_out(tara: Caller, ready: str) -> None:
    assert made(tara.post(f"{ready}/collect"), 200)["state"] == "collected"


def test_what_is_not_ready_cannot_be_collected(alice: Caller, job: dict[str, Any]) -> None:
    assert problem(alice.post(f"/jobs/{job['id']}/collect"), 409)["state"] == "submitted"


def test_a_dearer_price_waits_for_the_member_who_accepts_it(
    alice: Caller, job: dict[str, Any], database: Database, config: Config, lab: Lab
) -> None:
    with database.writing() as session:
        tara, row = session.get_one(Person, lab.tara.id), session.get_one(Job, job["id"])
        row.machine_model.setup_minor = 900
        reviews.change(session, config, row, tara, quantity=2)
        session.commit()
    waiting = made(alice.get(f"/jobs/{job['id']}"), 200)
    assert waiting["state"] == "awaiting_member"
    assert float(waiting["offer"]["total"]["amount"]) > float(waiting["quote"]["total"]["amount"])
    assert "accept" in waiting["actions"]
    accepted = made(alice.post(f"/jobs/{job['id']}/accept"), 200)
    assert (accepted["state"], accepted["offer"]) == ("submitted", None)
    assert accepted["quote"]["total"] == waiting["offer"]["total"]


def test_there_is_nothing_to_accept_otherwise(alice: Caller, job: dict[str, Any]) -> None:
    assert problem(alice.post(f"/jobs/{job['id']}/accept"), 409)["state"] == "submitted"


def test_what_is_said_at_the_counter_is_kept(tara: Caller, ready: str) -> None:
    job = made(tara.post(f"{ready}/collect", {"grams": 12.5, "taken_by": "Her brother", "paid": "cash"}), 200)
    told = job["handover"]
    assert (told["grams"], told["taken_by"], told["paid"]) == (12.5, "Her brother", "cash")
    assert "uncollect" in job["actions"]
    back = made(tara.post(f"{ready}/uncollect", {"reason": "The wrong box"}), 200)
    assert (back["state"], back["handover"]) == ("ready", None)


def test_an_owner_records_no_money_and_takes_nothing_back(alice: Caller, ready: str) -> None:
    problem(alice.post(f"{ready}/collect", {"paid": "waived", "reason": "please"}), 403)
    job = made(alice.post(f"{ready}/collect", {"grams": 3}), 200)
    assert job["handover"]["paid"] is None
    assert "uncollect" not in job["actions"]
    problem(alice.post(f"{ready}/uncollect", {"reason": "no"}), 403)


@pytest.mark.parametrize("given", [{"grams": 0}, {"grams": -1}, {"paid": "beer"}, {"taken_by": "x" * 81}, {"mass": 1}])
def test_nonsense_about_a_collection_is_refused(tara: Caller, ready: str, given: dict[str, object]) -> None:
    problem(tara.post(f"{ready}/collect", given), 422)
