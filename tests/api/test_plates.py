"""Small jobs on one bed by the API: what is offered, laid together, taken apart."""

from pathlib import Path

import pytest

from fabqueue.db import Database
from fabqueue.models import Run, RunState
from fabqueue.storage import Storage
from tests.api.conftest import Caller, made, problem
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run


@pytest.fixture
def small(database: Database, storage: Storage, lab: Lab, tmp_path: Path) -> list[Run]:
    """Three sliced runs that wait for the lab's printer, alike but for their files."""
    with database.writing() as session:
        session.expire_on_commit = False
        found = []
        for number in range(3):
            gcode = short_gcode(tmp_path / f"{number}.gcode", seconds=0.5 + number / 100)
            found.append(waiting_run(session, storage, lab, gcode, copies=number + 1))
        session.commit()
        for each in found:
            session.refresh(each)
    return found


def codes(runs: list[Run]) -> list[str]:
    return [each.items[0].job.code for each in runs]


def test_what_may_share_a_bed_is_offered(tara: Caller, lab: Lab, small: list[Run]) -> None:
    [offer] = made(tara.get("/plates"), 200)["items"]
    assert (offer["machine_model"], offer["seconds"], offer["full"]) == (lab.model.slug, 180, False)
    assert [(each["id"], each["job"], each["copies"], each["seconds"]) for each in offer["runs"]] == [
        (run.id, code, number, 60) for number, (run, code) in enumerate(zip(small, codes(small), strict=True), 1)
    ]
    assert made(tara.get("/plates", query_string={"machine_model": lab.model.slug}), 200)["items"] == [offer]
    problem(tara.get("/plates", query_string={"machine_model": "no-such"}), 422, "machine_model_unknown")


def test_runs_are_laid_together_and_taken_apart(tara: Caller, small: list[Run]) -> None:
    plate = made(tara.post("/plates", {"runs": [each.id for each in small[:2]]}))
    assert (plate["state"], sorted(plate["jobs"])) == ("preparing", sorted(codes(small[:2])))
    laid = {each["job"]: each["plate"] for each in made(tara.get("/queue"), 200)["items"]}
    assert laid == dict.fromkeys(codes(small[:2]), plate["id"]) | {codes(small)[2]: None}
    apart = made(tara.post(f"/runs/{plate['id']}/take-apart"), 200)
    assert (apart["state"], apart["reason"]["code"]) == ("cancelled", "plate_taken_apart")
    [offer] = made(tara.get("/plates"), 200)["items"]
    assert {each["job"] for each in offer["runs"]} == set(codes(small))
    assert problem(tara.post(f"/runs/{plate['id']}/take-apart"), 409)["state"] == "cancelled"


def test_a_repeated_call_lays_them_together_once(tara: Caller, small: list[Run], database: Database) -> None:
    body, key = {"runs": [each.id for each in small]}, {"Idempotency-Key": "once"}
    first = made(tara.post("/plates", body, headers=key))
    assert made(tara.post("/plates", body, headers=key)) == first
    with database.reading() as session:
        assert session.query(Run).filter_by(state=RunState.PREPARING).count() == 1


def test_what_cannot_share_a_bed_is_refused(tara: Caller, small: list[Run]) -> None:
    problem(tara.post("/plates", {"runs": [small[0].id]}), 422, "plate_of_one")
    problem(tara.post("/plates", {"runs": []}), 422, "plate_of_one")
    problem(tara.post("/plates", {"runs": [small[0].id, small[0].id]}), 422, "plate_unlike")
    problem(tara.post("/plates", {"runs": [small[0].id, "no-such"]}), 404)
    assert problem(tara.post("/plates", {}), 422)["errors"][0]["field"] == "runs"
    for odd, code in ((None, "field_missing"), (7, "field_not_text")):
        [fault] = problem(tara.post("/plates", {"runs": [small[0].id, odd]}), 422)["errors"]
        assert (fault["field"], fault["code"]) == ("runs.1", code)
    made(tara.post("/plates", {"runs": [each.id for each in small[:2]]}))
    problem(tara.post("/plates", {"runs": [each.id for each in small]}), 409)
    assert problem(tara.post(f"/runs/{small[2].id}/take-apart"), 409)["state"] == "waiting"


def test_plates_are_for_technicians(alice: Caller, visitor: Caller, small: list[Run]) -> None:
    problem(alice.get("/plates"), 403, "call_forbidden")
    problem(visitor.get("/plates"), 401)
    problem(alice.post("/plates", {"runs": [each.id for each in small]}), 404)
    problem(visitor.post("/plates", {"runs": []}), 401)
    problem(alice.post(f"/runs/{small[0].id}/take-apart"), 404)
