"""The service book by the API: what is due on a machine, and that somebody did it."""

from collections.abc import Callable
from typing import Any

import pytest

from fabqueue.db import Database
from fabqueue.models import Machine, ServiceUnit
from fabqueue.services import servicing
from fabqueue.services.servicing import TaskFacts
from tests.api.conftest import Caller, made, problem
from tests.support.factories import Lab

Add = Callable[..., str]


@pytest.fixture
def add(database: Database, lab: Lab, bench: Machine) -> Add:
    """A task of the model of `bench`, done every two runs; its id."""

    def make(name: str = "Oil the rods", **more: bool) -> str:
        with database.writing() as session:
            model = session.get_one(Machine, bench.id).machine_model
            facts = TaskFacts(name, 2, ServiceUnit.RUNS, **more)
            task = servicing.add(session, session.merge(lab.tara), model, facts)
            session.commit()
            return task.id

    return make


def work(database: Database, machine: Machine, count: int) -> None:
    """So many runs more, an hour each, after which somebody clears the bed."""
    with database.writing() as session:
        row = session.get_one(Machine, machine.id)
        row.worked_runs, row.worked_seconds = row.worked_runs + count, row.worked_seconds + 3600 * count
        servicing.look(session, row)
        session.commit()


def services(tara: Caller) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in made(tara.get("/machines/bench/services"), 200)["items"]}


def test_what_is_due_is_listed_and_done(tara: Caller, bench: Machine, database: Database, add: Add) -> None:
    task = add()
    work(database, bench, 1)
    assert services(tara)["Oil the rods"] == {
        "id": task, "name": "Oil the rods", "every": 2, "unit": "runs", "used": 1.0, "due": False, "blocks": False,
        "done_at": None, "done_by": None, "note": None,
    }  # fmt: skip
    work(database, bench, 1)
    assert services(tara)["Oil the rods"]["due"]
    machine = made(tara.post(f"/machines/bench/services/{task}/done", {"note": "One rod is scratched."}), 200)
    assert (machine["worked_runs"], machine["worked_seconds"]) == (2, 7200)
    after = services(tara)["Oil the rods"]
    assert (after["used"], after["due"], after["note"]) == (0.0, False, "One rod is scratched.")
    assert (after["done_by"], after["done_at"][-1]) == ("Tara", "Z")


def test_what_is_done_brings_a_machine_back(tara: Caller, bench: Machine, database: Database, add: Add) -> None:
    task = add("Change the blade", blocks=True)
    work(database, bench, 2)
    assert made(tara.get("/machines/bench"), 200)["maintenance"] == "Change the blade"
    back = made(tara.post(f"/machines/bench/services/{task}/done"), 200)
    assert (back["condition"], back["maintenance"]) == ("available", None)


def test_a_repeated_call_notes_it_once(tara: Caller, bench: Machine, database: Database, add: Add) -> None:
    task = add()
    for _ in range(2):
        made(tara.post(f"/machines/bench/services/{task}/done", headers={"Idempotency-Key": "once"}), 200)
    with database.reading() as session:
        assert len(servicing.history(session, session.get_one(Machine, bench.id))) == 1


def test_what_cannot_be_done_is_refused_in_words(tara: Caller, lab: Lab, add: Add) -> None:
    task = add()
    problem(tara.post(f"/machines/{lab.machine.slug}/services/{task}/done"), 422, "service_not_of_machine")
    problem(tara.post(f"/machines/bench/services/{task}/done", {"note": "x" * 501}), 422, "text_too_long")
    problem(tara.post("/machines/bench/services/no-such/done"), 404)
    problem(tara.get("/machines/no-such/services"), 404)


def test_the_service_book_is_for_technicians(alice: Caller, visitor: Caller, add: Add) -> None:
    task = add()
    problem(alice.get("/machines/bench/services"), 403, "call_forbidden")
    problem(alice.post(f"/machines/bench/services/{task}/done"), 403, "call_forbidden")
    problem(visitor.get("/machines/bench/services"), 401)
