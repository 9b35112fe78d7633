"""Arming a laser by the API: who may, what is asked, what keeps it from being armed."""

import pytest

from fabqueue.db import Database, now
from fabqueue.models import Machine, MachineKind, MachineModel, Person, Run, RunState
from fabqueue.services import certifications, events, runs
from fabqueue.storage import Storage
from tests.api.conftest import Caller, made, problem
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run

ALL = dict.fromkeys(("material", "focus", "exhaust", "air", "framed", "staying"), True)


@pytest.fixture
def staged(database: Database, storage: Storage, lab: Lab, tmp_path) -> str:  # type: ignore[no-untyped-def]
    """A run of Alice's that waits at the laser, for which Bob is certified; its id."""
    with database.writing() as session:
        session.get_one(MachineModel, lab.model.id).kind = MachineKind.LASER
        machine = session.get_one(Machine, lab.machine.id)
        machine.seen_at = now()
        bob, ines = session.get_one(Person, lab.bob.id), session.get_one(Person, lab.ines.id)
        certifications.grant(session, bob, ines, model=machine.machine_model)
        run = waiting_run(session, storage, lab, short_gcode(tmp_path / "sign.gcode"))
        runs.claim(session, events.of_machine(machine), run, machine, None)
        runs.send(session, events.of_machine(machine), run, f"fabqueue/{run.id}-1.gcode", 1)
        runs.stage(session, events.of_machine(machine), run)
        session.commit()
        return run.id


@pytest.fixture
def path(lab: Lab) -> str:
    return f"/machines/{lab.machine.slug}"


def state_of(database: Database, run_id: str) -> RunState:
    with database.reading() as session:
        return session.get_one(Run, run_id).state


def test_a_certified_member_arms_what_waits(bob: Caller, path: str, staged: str, database: Database) -> None:
    shown = made(bob.get(path), 200)
    assert [(each["id"], each["state"]) for each in shown["staged"]] == [(staged, "staged")]
    assert (shown["run"], shown["condition"]) == (None, "available")
    answer = made(bob.post(f"{path}/arm", {"run": staged, "checklist": ALL}), 200)
    assert (answer["run"]["id"], answer["run"]["state"], answer["staged"]) == (staged, "armed", [])
    assert answer["run"]["armed_until"].endswith("Z")
    assert state_of(database, staged) is RunState.ARMED


def test_nobody_else_does_not_even_a_technician(
    alice: Caller, tara: Caller, path: str, staged: str, database: Database
) -> None:
    for who in (alice, tara):
        problem(who.post(f"{path}/arm", {"run": staged, "checklist": ALL}), 403)
    assert state_of(database, staged) is RunState.STAGED


def test_a_checklist_with_a_gap_is_refused_by_name(bob: Caller, path: str, staged: str, database: Database) -> None:
    given = {"material": True, "focus": True, "air": True, "framed": False, "staying": True}
    answer = problem(bob.post(f"{path}/arm", {"run": staged, "checklist": given}), 422)
    assert {each["field"] for each in answer["errors"]} == {"checklist.exhaust", "checklist.framed"}
    problem(bob.post(f"{path}/arm", {"run": staged, "checklist": {}}), 422)
    problem(bob.post(f"{path}/arm", {"run": staged}), 422)
    problem(bob.post(f"{path}/arm", {"run": staged, "checklist": ALL | {"luck": True}}), 422)
    problem(bob.post(f"{path}/arm", {"run": staged, "checklist": ALL | {"focus": "yes, it is"}}), 422)
    assert state_of(database, staged) is RunState.STAGED


def test_a_bed_that_is_not_clear_and_a_second_arming_are_conflicts(
    bob: Caller, path: str, staged: str, database: Database, lab: Lab
) -> None:
    with database.writing() as session:
        session.get_one(Machine, lab.machine.id).bed_cleared_at = None
        session.commit()
    assert problem(bob.post(f"{path}/arm", {"run": staged, "checklist": ALL}), 409)["state"] == "needs_clearing"
    made(bob.post(f"{path}/clear"), 200)
    made(bob.post(f"{path}/arm", {"run": staged, "checklist": ALL}), 200)
    assert problem(bob.post(f"{path}/arm", {"run": staged, "checklist": ALL}), 409)["state"] == "armed"


def test_the_arming_is_taken_back(bob: Caller, alice: Caller, path: str, staged: str) -> None:
    made(bob.post(f"{path}/arm", {"run": staged, "checklist": ALL}), 200)
    problem(alice.post(f"{path}/disarm", {"run": staged}), 403)
    answer = made(bob.post(f"{path}/disarm", {"run": staged}), 200)
    assert [each["id"] for each in answer["staged"]] == [staged]
    problem(bob.post(f"{path}/disarm", {"run": staged}), 409)


def test_a_technician_takes_a_file_from_the_laser(bob: Caller, tara: Caller, path: str, staged: str) -> None:
    problem(bob.post(f"{path}/unstage", {"run": staged}), 403)
    made(tara.post(f"{path}/unstage", {"run": staged}), 200)


def test_a_run_of_another_machine_is_not_armed_here(bob: Caller, path: str, staged: str) -> None:
    problem(bob.post(f"{path}/arm", {"run": "no-such-run", "checklist": ALL}), 404)


def test_a_laser_neither_pauses_nor_goes_on(
    tara: Caller, bob: Caller, path: str, staged: str, database: Database
) -> None:
    with database.writing() as session:
        session.get_one(Run, staged).state = RunState.RUNNING
        session.commit()
    assert problem(tara.post(f"{path}/pause"), 422)["code"] == "machine_no_pause"


def test_the_job_says_that_it_waits_for_a_person_at_the_laser(alice: Caller, staged: str, lab: Lab) -> None:
    job = made(alice.get("/jobs"), 200)["items"][0]
    assert job["state"] == "queued"
    assert job["waiting_reason"]["code"] == "wait_armed"
    assert [each["state"] for each in job["runs"]] == ["staged"]


def test_what_could_not_be_planned_as_wished_is_told_with_what_waits(
    bob: Caller, path: str, staged: str, database: Database
) -> None:
    with database.writing() as session:
        slicing = session.get_one(Run, staged).slicing
        assert slicing is not None
        slicing.plan = {"notes": [{"code": "laser_bridges_fewer", "values": {"count": 2}}]}
        session.commit()
    ((note,),) = (each["notes"] for each in made(bob.get(path), 200)["staged"])
    assert note["message"].startswith("2 parts have no room for all their bridges and get fewer.")
