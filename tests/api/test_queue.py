"""The lab-wide switch."""

from typing import Any

import pytest

from fabqueue.db import Database
from fabqueue.models import FOREIGN_WORK, Machine
from tests.api.conftest import Caller, made, problem


def test_a_held_queue_keeps_its_reason_until_it_is_released(tara: Caller) -> None:
    held = made(tara.post("/queue/hold", {"reason": "fire drill"}), 200)
    assert (held["held"], held["reason"]) == (True, "fire drill")
    released = made(tara.post("/queue/release"), 200)
    assert (released["held"], released["reason"], released["held_at"]) == (False, None, None)


def test_jobs_say_that_the_lab_is_held(alice: Caller, tara: Caller, job: dict[str, Any]) -> None:
    made(tara.post(f"/jobs/{job['id']}/approve"), 200)
    made(tara.post("/queue/hold", {"reason": "fire drill"}), 200)
    reason = made(alice.get(f"/jobs/{job['id']}"), 200)["waiting_reason"]
    assert reason["code"] == "wait_lab_held"
    assert "fire drill" in reason["message"]


@pytest.mark.parametrize(
    ("facts", "code", "to_members", "to_staff"),
    [
        ({"bed_cleared_at": None}, "wait_clear", "whoever runs the lab does that", "say that the bed is clear"),
        ({"fault_code": "machine_printer_error"}, "wait_fault", "when that is mended", "what is wrong and what to do"),
        (
            {"fault_code": FOREIGN_WORK},
            "wait_foreign",
            "somebody has cleared the bed",
            "when it is done, clear the bed.",
        ),
        ({}, "wait_person", "somebody of the lab to start it", "Go to the machine, start the work"),
    ],
)
def test_members_and_technicians_read_different_words_of_why_a_job_waits(
    alice: Caller, tara: Caller, job: dict[str, Any], bench: Machine, database: Database, facts: dict[str, Any],
    code: str, to_members: str, to_staff: str,
) -> None:  # fmt: skip
    made(tara.post(f"/jobs/{job['id']}/approve"), 200)
    with database.writing() as session:
        row = session.get_one(Machine, bench.id)
        for name, value in facts.items():
            setattr(row, name, value)
        session.commit()
    hers, staffs = (made(who.get(f"/jobs/{job['id']}"), 200)["waiting_reason"] for who in (alice, tara))
    assert (hers["code"], staffs["code"]) == (code, code)
    assert to_members in hers["message"]
    assert to_members not in staffs["message"]
    assert to_staff in staffs["message"]
    assert to_staff not in hers["message"]


def test_it_is_held_and_released_once(tara: Caller) -> None:
    assert problem(tara.post("/queue/release"), 409, "queue_not_held")["state"] == "open"
    made(tara.post("/queue/hold", {"reason": "fire drill"}), 200)
    assert problem(tara.post("/queue/hold", {"reason": "again"}), 409, "queue_already_held")["state"] == "held"


def test_holding_needs_a_reason(tara: Caller) -> None:
    assert problem(tara.post("/queue/hold", {}), 422)["errors"][0]["field"] == "reason"


def test_members_hold_nothing(alice: Caller, visitor: Caller) -> None:
    for path in ("/queue/hold", "/queue/release"):
        problem(alice.post(path, {"reason": "x"}), 403, "call_forbidden")
        problem(visitor.post(path, {"reason": "x"}), 401)
