"""Two identical calls at the same time do the work once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask

from fabqueue.db import Database
from fabqueue.models import Job, Machine, Revision
from tests.api.conftest import Caller, made, problem, wish


@pytest.mark.postgresql
def test_of_calls_with_one_key_at_once_one_works_and_all_get_its_answer(
    app: Flask, alice: Caller, box: Revision, bench: Machine, database: Database
) -> None:
    together = Barrier(4)

    def ask(_number: int) -> dict[str, object]:
        caller = Caller(app.test_client(), alice.token)
        together.wait()
        return made(caller.post("/jobs", wish(box), headers={"Idempotency-Key": "at-once"}))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert all(each == answers[0] for each in answers)
    with database.reading() as session:
        assert session.query(Job).count() == 1


def test_a_key_is_for_one_call_only(alice: Caller, box: Revision, bench: Machine) -> None:
    key = {"Idempotency-Key": "mine"}
    job = made(alice.post("/jobs", wish(box), headers=key))
    problem(alice.post("/jobs", wish(box, quantity=2), headers=key), 422, "repeat_key_for_other_request")
    problem(alice.post(f"/jobs/{job['id']}/cancel", headers=key), 422, "repeat_key_for_other_request")


def test_a_key_beyond_reason_is_refused(alice: Caller, box: Revision, bench: Machine) -> None:
    problem(alice.post("/jobs", wish(box), headers={"Idempotency-Key": "k" * 201}), 422, "repeat_key_too_long")


def test_without_a_key_a_repeated_call_works_again(alice: Caller, box: Revision, bench: Machine) -> None:
    assert made(alice.post("/jobs", wish(box)))["id"] != made(alice.post("/jobs", wish(box)))["id"]
