"""Machines and what people do at them, by the tool of `bench` and the printer of the lab."""

from typing import Any

import pytest

from fabqueue.db import Database, now
from fabqueue.models import Certification, Machine, MachineKind, Person, Run, RunState
from tests.api.conftest import Caller, made, problem
from tests.support import factories
from tests.support.factories import Lab


@pytest.fixture
def queued(tara: Caller, job: dict[str, Any]) -> str:
    """The path of an approved job for the tool."""
    made(tara.post(f"/jobs/{job['id']}/approve"), 200)
    return f"/jobs/{job['id']}"


@pytest.fixture
def printing(queued: str, tara: Caller, database: Database, lab: Lab) -> str:
    """A run on the lab's printer, as dispatch leaves it; the id of the run."""
    with database.writing() as session:
        run = session.query(Run).one()
        run.machine_id, run.machine_model_id = lab.machine.id, lab.model.id
        run.state, run.started_at = RunState.RUNNING, now()
        session.commit()
        return run.id


def test_members_list_machines_with_what_they_do(alice: Caller, bench: Machine, lab: Lab) -> None:
    machines = {each["slug"]: each for each in made(alice.get("/machines"), 200)["items"]}
    assert set(machines) == {"bench", lab.machine.slug}
    tool = machines["bench"]
    assert (tool["kind"], tool["model"], tool["condition"]) == ("other", "foam-cutter", "available")
    assert [(each["material"], each["colour"], each["left_grams"]) for each in tool["slots"]] == [
        ("pla", "white", 1000)
    ]
    assert machines[lab.machine.slug]["connection"] == "online"
    assert machines[lab.machine.slug]["last_seen_at"].endswith("Z")


def test_no_answer_ever_holds_a_machine_key(alice: Caller, tara: Caller, lab: Lab) -> None:
    for who in (alice, tara):
        assert "no-such-key" not in who.get(f"/machines/{lab.machine.slug}").get_data(as_text=True)
        assert "no-such-key" not in who.get("/machines").get_data(as_text=True)


def test_work_from_elsewhere_is_no_fault_and_its_file_is_for_those_who_run_machines(
    alice: Caller, tara: Caller, lab: Lab, database: Database
) -> None:
    with database.writing() as session:
        row = session.get_one(Machine, lab.machine.id)
        row.fault_code, row.fault_values, row.fault_at = "machine_foreign_print", {"file": "secret.gcode"}, now()
        session.commit()
    for address in ("/machines", f"/machines/{lab.machine.slug}"):
        assert "secret.gcode" not in alice.get(address).get_data(as_text=True)
        assert "secret.gcode" in tara.get(address).get_data(as_text=True)
    seen = made(alice.get(f"/machines/{lab.machine.slug}"), 200)
    assert (seen["condition"], seen["fault"]) == ("busy", None)
    assert seen["foreign_work"]["message"] == "It is at work on something that did not come from here."


def test_what_a_machine_said_of_its_fault_is_for_those_who_run_it(
    alice: Caller, tara: Caller, lab: Lab, database: Database
) -> None:
    with database.writing() as session:
        row = session.get_one(Machine, lab.machine.id)
        row.fault_code, row.fault_values, row.fault_at = "machine_printer_error", {"error": "secret"}, now()
        session.commit()
    address = f"/machines/{lab.machine.slug}"
    assert "secret" not in alice.get(address).get_data(as_text=True)
    assert "secret" in tara.get(address).get_data(as_text=True)
    seen = made(alice.get(address), 200)
    assert (seen["condition"], seen["fault"]["code"]) == ("fault", "machine_printer_error")
    assert seen["foreign_work"] is None


def test_who_called_the_bed_clear_and_when_is_for_those_who_run_machines(
    alice: Caller, tara: Caller, queued: str
) -> None:
    cleared = made(tara.post("/machines/bench/clear"), 200)
    assert cleared["bed_cleared_by"] == "Tara"
    assert cleared["bed_cleared_at"].endswith("Z")
    (listed,) = [each for each in made(tara.get("/machines"), 200)["items"] if each["slug"] == "bench"]
    assert (listed["bed_cleared_at"], listed["bed_cleared_by"]) == (cleared["bed_cleared_at"], "Tara")
    shown = made(alice.get("/machines/bench"), 200)
    assert (shown["bed_cleared_at"], shown["bed_cleared_by"]) == (None, None)
    started = made(tara.post("/machines/bench/start"), 200)
    assert (started["bed_cleared_at"], started["bed_cleared_by"]) == (None, None)


def test_a_bed_that_was_called_clear_by_mistake_is_not_clear_after_all(
    alice: Caller, tara: Caller, queued: str
) -> None:
    made(tara.post("/machines/bench/start"), 200)
    run = made(tara.post("/machines/bench/finish"), 200)["to_clear"]["id"]
    problem(tara.post(f"/runs/{run}/unclear"), 409, "undo_not_offered")
    made(tara.post("/machines/bench/clear"), 200)
    assert made(alice.get(queued), 200)["state"] == "ready"
    problem(alice.post(f"/runs/{run}/unclear"), 404)
    key = {"Idempotency-Key": "once"}
    back = made(tara.post(f"/runs/{run}/unclear", headers=key), 200)
    assert (back["id"], back["state"]) == (run, "done")
    assert made(tara.post(f"/runs/{run}/unclear", headers=key), 200) == back
    machine = made(tara.get("/machines/bench"), 200)
    assert (machine["condition"], machine["to_clear"]["id"], machine["bed_cleared_at"]) == ("needs_clearing", run, None)
    assert made(alice.get(queued), 200)["state"] == "in_production"
    problem(tara.post(f"/runs/{run}/unclear"), 409, "undo_not_offered")
    made(tara.post("/machines/bench/clear", {"place": "shelf 3"}), 200)
    made(alice.post(f"{queued}/collect"), 200)
    problem(tara.post(f"/runs/{run}/unclear"), 409, "undo_went_on")


def test_a_run_goes_on_with_another_spool(
    alice: Caller, tara: Caller, printing: str, lab: Lab, database: Database
) -> None:
    with database.writing() as session:
        session.expire_on_commit = False
        run = session.get_one(Run, printing)
        run.stock_id, run.predicted_milligrams, run.progress = lab.grey.id, 5000, 40.0
        spare = factories.stock(session, session.merge(lab.site), session.merge(lab.pla), "red")
        session.commit()
    path, body, key = f"/machines/{lab.machine.slug}/change-spool", {"stock": spare.id}, {"Idempotency-Key": "once"}
    problem(alice.post(path, body), 403, "call_forbidden")
    problem(tara.post(path, {"stock": "none"}), 422, "stock_unknown")
    problem(tara.post("/machines/bench/change-spool", body), 409, "machine_not_at_it")
    changed = made(tara.post(path, body, headers=key), 200)
    assert [(each["stock"], each["left_grams"]) for each in changed["slots"]] == [(spare.id, 1000)]
    assert made(tara.post(path, body, headers=key), 200) == changed
    left = {each["id"]: each["left_grams"] for each in made(tara.get("/stock"), 200)["items"]}
    assert (left[lab.grey.id], left[spare.id]) == (998, 1000)


def test_counts_that_are_none_are_refused_in_our_words(tara: Caller, bench: Machine) -> None:
    [fault] = problem(tara.post("/machines/bench/clear", {"jobs": {"J-1": None}}), 422)["errors"]
    assert fault["code"] == "field_missing"


def test_a_visitor_is_asked_for_a_token(visitor: Caller, bench: Machine) -> None:
    problem(visitor.get("/machines"), 401)
    problem(visitor.get("/machines/bench"), 401)


def test_a_machine_nobody_has_does_not_exist(alice: Caller) -> None:
    problem(alice.get("/machines/no-such"), 404)


def test_a_retired_machine_does_not_exist_any_more(tara: Caller, bench: Machine, database: Database) -> None:
    with database.writing() as session:
        session.get_one(Machine, bench.id).retired_at = now()
        session.commit()
    problem(tara.post("/machines/bench/clear"), 404)


def test_a_technician_starts_finishes_and_clears_a_tool(alice: Caller, tara: Caller, queued: str) -> None:
    started = made(tara.post("/machines/bench/start"), 200)
    assert (started["condition"], started["run"]["state"]) == ("busy", "running")
    assert made(alice.get(queued), 200)["state"] == "in_production"
    finished = made(tara.post("/machines/bench/finish"), 200)
    assert (finished["condition"], finished["run"]) == ("needs_clearing", None)
    assert finished["to_clear"]["state"] == "done"
    cleared = made(tara.post("/machines/bench/clear", {"place": "shelf 3"}), 200)
    assert (cleared["condition"], cleared["to_clear"]) == ("available", None)
    job = made(alice.get(queued), 200)
    assert (job["state"], job["good_copies"], job["place"]) == ("ready", 1, "shelf 3")
    assert job["runs"][0]["good_copies"] == 1


def test_the_run_to_start_may_be_named(tara: Caller, queued: str) -> None:
    run = made(tara.get(queued), 200)["runs"][0]["id"]
    assert made(tara.post("/machines/bench/start", {"run": run}), 200)["run"]["id"] == run


def test_there_must_be_something_to_start(tara: Caller, bench: Machine) -> None:
    problem(tara.post("/machines/bench/start"), 422, "nothing_to_start")


def test_a_printer_starts_and_finishes_by_itself(tara: Caller, printing: str, lab: Lab) -> None:
    problem(tara.post(f"/machines/{lab.machine.slug}/start"), 422, "machine_starts_itself")
    problem(tara.post(f"/machines/{lab.machine.slug}/finish"), 422, "machine_finishes_itself")


def test_members_see_that_it_runs_and_whose_only_when_it_is_theirs(
    alice: Caller, bob: Caller, tara: Caller, queued: str, job: dict[str, Any]
) -> None:
    made(tara.post("/machines/bench/start"), 200)
    assert made(alice.get("/machines/bench"), 200)["run"]["jobs"] == [job["code"]]
    assert made(bob.get("/machines/bench"), 200)["run"]["jobs"] == []


def test_what_came_out_bad_fails_the_job(alice: Caller, tara: Caller, queued: str) -> None:
    made(tara.post("/machines/bench/start"), 200)
    made(tara.post("/machines/bench/finish"), 200)
    made(tara.post("/machines/bench/clear", {"outcome": "failed", "reason": "warped"}), 200)
    job = made(alice.get(queued), 200)
    assert job["state"] == "failed"
    assert "warped" in job["reason"]["message"]


def test_good_copies_out_of_bounds_are_refused(tara: Caller, queued: str) -> None:
    made(tara.post("/machines/bench/start"), 200)
    made(tara.post("/machines/bench/finish"), 200)
    body = problem(tara.post("/machines/bench/clear", {"good_copies": 5}), 422, "good_copies_out_of_bounds")
    assert body["errors"][0]["field"] == "good_copies"


def test_good_copies_are_said_of_each_job_by_its_code(tara: Caller, queued: str, job: dict[str, Any]) -> None:
    made(tara.post("/machines/bench/start"), 200)
    made(tara.post("/machines/bench/finish"), 200)
    problem(tara.post("/machines/bench/clear", {"jobs": {"J-999": 1}}), 422, "good_copies_out_of_bounds")
    made(tara.post("/machines/bench/clear", {"jobs": {job["code"]: 0}}), 200)
    again = made(tara.get(queued), 200)
    assert (again["state"], again["good_copies"]) == ("queued", 0)


def test_a_bed_at_work_is_not_clear(tara: Caller, queued: str) -> None:
    made(tara.post("/machines/bench/start"), 200)
    assert problem(tara.post("/machines/bench/clear"), 409)["state"] == "busy"


def test_who_is_certified_may_clear_and_nothing_more(bob: Caller, bench: Machine, database: Database, lab: Lab) -> None:
    problem(bob.post("/machines/bench/clear"), 403, "call_forbidden")
    with database.writing() as session:
        paper = Certification(person_id=lab.bob.id, machine_kind=MachineKind.OTHER, granted_by_id=lab.ines.id)
        session.add(paper)
        session.commit()
    made(bob.post("/machines/bench/clear"), 200)
    problem(bob.post("/machines/bench/maintenance", {"reason": "oil"}), 403)


@pytest.mark.parametrize(
    "deed",
    ["load", "maintenance", "pause", "resume", "cancel", "start", "finish", "emergency-stop", "reconnect"],
)
def test_only_technicians_run_machines(alice: Caller, visitor: Caller, bench: Machine, deed: str) -> None:
    body = {"stock": None} if deed == "load" else None
    problem(alice.post(f"/machines/bench/{deed}", body), 403, "call_forbidden")
    problem(visitor.post(f"/machines/bench/{deed}", body), 401)


def test_stock_is_loaded_and_taken_out(tara: Caller, bench: Machine, lab: Lab) -> None:
    listed = {each["label"]: each for each in made(tara.get("/stock"), 200)["items"]}
    grey = listed["PLA grey"]
    loaded = made(tara.post("/machines/bench/load", {"stock": grey["id"]}), 200)
    assert loaded["slots"][0]["colour"] == "grey"
    elsewhere = made(tara.get(f"/machines/{lab.machine.slug}"), 200)
    assert elsewhere["slots"][0]["stock"] is None
    assert made(tara.post("/machines/bench/load", {"stock": None}), 200)["slots"][0]["material"] is None


def test_stock_nobody_has_cannot_be_loaded(tara: Caller, bench: Machine) -> None:
    body = problem(tara.post("/machines/bench/load", {"stock": "nope"}), 422, "stock_unknown")
    assert body["errors"][0]["field"] == "stock"


def test_stock_is_listed_for_technicians_only(alice: Caller, bench: Machine) -> None:
    problem(alice.get("/stock"), 403)


def test_a_machine_goes_out_of_service_with_a_reason_and_comes_back(tara: Caller, bench: Machine) -> None:
    problem(tara.post("/machines/bench/maintenance"), 422, "reason_missing")
    out = made(tara.post("/machines/bench/maintenance", {"reason": "new blade"}), 200)
    assert (out["condition"], out["maintenance"]) == ("maintenance", "new blade")
    assert problem(tara.post("/machines/bench/maintenance", {"reason": "again"}), 409)["state"] == "maintenance"
    back = made(tara.post("/machines/bench/maintenance", {"on": False}), 200)
    assert (back["condition"], back["maintenance"]) == ("available", None)


def test_what_is_driven_by_hand_has_no_pause_and_no_emergency_stop(tara: Caller, queued: str) -> None:
    made(tara.post("/machines/bench/start"), 200)
    assert problem(tara.post("/machines/bench/pause"), 422)["code"] == "machine_no_pause"
    assert problem(tara.post("/machines/bench/emergency-stop"), 422)["code"] == "machine_no_emergency_stop"
    assert made(tara.get("/machines/bench"), 200)["run"]["state"] == "running"


def test_a_printer_out_of_reach_is_stopped_as_far_as_it_goes_and_says_so(
    tara: Caller, printing: str, lab: Lab, database: Database
) -> None:
    """Nobody answers at its address: the answer must not look like a confirmation, and nothing starts any more."""
    out = made(tara.post(f"/machines/{lab.machine.slug}/emergency-stop"), 200)
    assert out["emergency"]["asked_at"]
    assert out["emergency"]["confirmed_at"] is None
    assert (out["condition"], out["fault"]["code"]) == ("fault", "machine_emergency_unconfirmed")
    assert (out["run"]["asked"], out["run"]["unconfirmed"]) == ("stop", False)
    with database.reading() as session:
        assert session.get_one(Run, printing).reason_code == "run_emergency_stopped"
    again = made(tara.post(f"/machines/{lab.machine.slug}/reconnect"), 200)
    assert again["emergency"] is None


def test_there_is_nothing_to_connect_where_nothing_is_wrong(tara: Caller, lab: Lab) -> None:
    assert problem(tara.post(f"/machines/{lab.machine.slug}/reconnect"), 409)["code"] == "machine_not_to_connect"


@pytest.mark.parametrize("deed", ["pause", "resume", "cancel", "finish"])
def test_there_is_nothing_to_stop_on_an_idle_machine(tara: Caller, bench: Machine, deed: str) -> None:
    assert problem(tara.post(f"/machines/bench/{deed}"), 409)["state"] == "idle"


def test_stopping_a_printer_is_asked_of_dispatch(
    tara: Caller, printing: str, database: Database, lab: Lab, wakes: Any
) -> None:
    wakes.calls.clear()
    stopped = made(tara.post(f"/machines/{lab.machine.slug}/cancel", {"reason": "spaghetti"}), 200)
    assert stopped["run"]["state"] == "running"
    assert ("advance", lab.machine.id) in wakes.calls
    with database.reading() as session:
        assert session.get_one(Run, printing).stop_asked_at is not None


def test_machines_come_in_pages(alice: Caller, bench: Machine, database: Database, lab: Lab) -> None:
    with database.writing() as session:
        for number in range(3):
            site, model = session.merge(lab.site), session.merge(lab.model)
            factories.machine(session, site, model, slug=f"printer-{number}")
        session.commit()
    seen, path = [], "/machines?limit=2"
    while path:
        page = made(alice.get(path), 200)
        seen += [each["slug"] for each in page["items"]]
        path = page["next"].split("/api/v1")[1] if page["next"] else ""
    assert seen == sorted({*seen})
    assert len(seen) == 5


def test_a_person_who_left_does_nothing(tara: Caller, bench: Machine, database: Database, lab: Lab) -> None:
    with database.writing() as session:
        session.get_one(Person, lab.tara.id).left_at = now()
        session.commit()
    problem(tara.post("/machines/bench/clear"), 401)
