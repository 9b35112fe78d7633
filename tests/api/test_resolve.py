"""Deciding about a run in doubt."""

from typing import Any

import pytest

from fabqueue.db import Database, now
from fabqueue.models import Run, RunState
from tests.api.conftest import Caller, made, problem
from tests.support.factories import Lab


@pytest.fixture
def doubtful(tara: Caller, job: dict[str, Any], database: Database, lab: Lab) -> str:
    """The path of a run on the lab's printer of which nobody knows what happened."""
    made(tara.post(f"/jobs/{job['id']}/approve"), 200)
    with database.writing() as session:
        run = session.query(Run).one()
        run.machine_id, run.state, run.started_at = lab.machine.id, RunState.IN_DOUBT, now()
        run.reason_code = "run_interrupted"
        session.commit()
        return f"/runs/{run.id}/resolve"


def test_a_run_that_was_done_waits_for_its_clear(tara: Caller, doubtful: str, job: dict[str, Any], lab: Lab) -> None:
    run = made(tara.post(doubtful, {"outcome": "done", "reason": "it lies there"}), 200)
    assert run["state"] == "done"
    assert made(tara.get(f"/machines/{lab.machine.slug}"), 200)["condition"] == "needs_clearing"


@pytest.mark.parametrize(
    ("outcome", "run_state", "job_state"),
    [("failed", "failed", "failed"), ("repeat", "failed", "queued"), ("drop", "failed", "cancelled")],
)
def test_what_a_person_decides_moves_the_job(
    tara: Caller, doubtful: str, job: dict[str, Any], outcome: str, run_state: str, job_state: str
) -> None:
    run = made(tara.post(doubtful, {"outcome": outcome, "reason": "power cut"}), 200)
    assert (run["state"], run["jobs"]) == (run_state, [job["code"]])
    assert made(tara.get(f"/jobs/{job['id']}"), 200)["state"] == job_state


def test_it_is_decided_once(tara: Caller, doubtful: str) -> None:
    made(tara.post(doubtful, {"outcome": "failed", "reason": "power cut"}), 200)
    assert problem(tara.post(doubtful, {"outcome": "repeat", "reason": "again"}), 409)["state"] == "failed"


@pytest.mark.parametrize(
    "body", [{"outcome": "done"}, {"outcome": "done", "reason": " "}, {"outcome": "eh", "reason": "x"}]
)
def test_outcome_and_reason_are_needed(tara: Caller, doubtful: str, body: dict[str, str]) -> None:
    assert problem(tara.post(doubtful, body), 422)["errors"]


def test_members_know_nothing_of_it(alice: Caller, visitor: Caller, doubtful: str) -> None:
    problem(alice.post(doubtful, {"outcome": "done", "reason": "x"}), 404)
    problem(visitor.post(doubtful, {"outcome": "done", "reason": "x"}), 401)
