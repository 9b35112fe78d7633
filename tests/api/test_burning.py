"""A drawing through the API: uploaded, quoted for a laser, asked for, approved; its file is made and waits there."""

import pytest

from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.models import Person, Run, RunState, Site
from tests.api.conftest import Caller, Wakes, made, problem
from tests.support import factories
from tests.support.cards import TRIED, design, submitted
from tests.support.factories import Lab

WISH = {"machine_model": "laser-600", "material": "poplar-3"}


@pytest.fixture
def sign(database: Database, context: Context, lab: Lab, alice: Caller, wakes: Wakes) -> str:
    """The id of a revision of Alice's sign, analysed, in a lab with a laser."""
    with database.writing() as session:
        factories.laser(session, session.get_one(Site, lab.site.id))
        session.commit()
    uploaded = made(alice.upload("/designs", factories.SIGN.encode(), "sign.svg"), 202)
    wakes.work(context, "analyse")
    design = made(alice.get(f"/designs/{uploaded['id']}"), 200)
    assert design["revision"]["state"] == "ready"
    key: str = design["revision"]["id"]
    return key


def test_the_whole_way_of_a_sign(
    sign: str, alice: Caller, tara: Caller, wakes: Wakes, context: Context, database: Database
) -> None:
    options = made(alice.post("/quotes", {"revision": sign, "quantity": 3}), 200)["options"]
    laser = next(each for each in options if each["machine_model"] == "laser-600")
    assert laser["fits"]
    assert (laser["grams"], laser["source"]) == (None, "geometry")
    assert laser["sheet_mm2"] > 3 * 99 * 59
    assert {each["code"] for each in laser["price"]["lines"]} == {"price_sheet", "price_machine", "price_setup"}
    assert [each["fits"] for each in options if each["machine_model"] == "marlin-250"] == [False]

    job = made(alice.post("/jobs", {"revision": sign, "quantity": 3, "settings": {"bridges": 2}, **WISH}))
    assert job["quote"]["sheet_mm2"] == laser["sheet_mm2"]
    made(tara.post(f"/jobs/{job['id']}/approve"), 200)
    wakes.work(context, "slice")
    after = made(alice.get(f"/jobs/{job['id']}"), 200)
    assert [each["state"] for each in after["runs"]] == ["waiting"]
    assert (after["estimate"]["sheet_mm2"], after["estimate"]["source"]) == (laser["sheet_mm2"], "slicer")
    assert after["estimate"]["seconds"]["low"] < after["estimate"]["seconds"]["high"]
    with database.reading() as session:
        run = session.query(Run).one()
        assert (run.state, run.predicted_mm2, run.intent_at) == (RunState.WAITING, laser["sheet_mm2"], None)
    (slot,) = made(alice.get("/machines/laser"), 200)["slots"]
    assert (slot["left_mm2"], slot["left_grams"], slot["sheet_mm"]) == (2_400_000, None, [600.0, 400.0])


@pytest.mark.parametrize(
    "settings", [{"walls": 3}, {"layer_height_mm": 0.2}, {"kerf": 1}, {"bridges": 1.5}, {"margin_mm": -1}]
)
def test_settings_that_no_laser_has_are_refused(sign: str, alice: Caller, settings: dict[str, object]) -> None:
    found = problem(alice.post("/quotes", {"revision": sign, "settings": settings}), 422)
    assert found["errors"][0]["field"] == f"settings.{next(iter(settings))}"


def test_a_solid_has_no_kerf(sign: str, alice: Caller, box: object) -> None:
    key = box.id  # type: ignore[attr-defined]
    found = problem(alice.post("/quotes", {"revision": key, "settings": {"kerf": True}}), 422)
    assert found["errors"][0]["code"] == "settings_unknown"


def test_a_test_card_is_shown_as_it_is_and_asked_for_by_technicians_alone(
    sign: str, alice: Caller, tara: Caller, context: Context, database: Database
) -> None:
    wish = {"revision": sign, "settings": {"card": dict(TRIED)}, **WISH}
    for caller in (alice, tara):
        found = problem(caller.post("/jobs", wish), 422)
        assert [each["field"] for each in found["errors"]] == ["settings.card"]
    with database.reading() as session:
        tara_id = session.query(Person).filter_by(user_name="tara").one().id
    revision = design(context, tara_id, *WISH.values())
    with database.writing() as session:
        key = submitted(session, context, revision, *WISH.values()).id
        session.commit()
    shown = made(tara.get(f"/jobs/{key}"), 200)
    assert (shown["settings"], shown["quantity"]) == ({"card": dict(TRIED)}, 1)
    assert shown["quote"]["total"]["amount"] == "0.00"
    assert [each["code"] for each in shown["quote"]["lines"]] == ["price_own_work"]
    made(tara.post(f"/jobs/{key}/approve"), 200)
    again = made(tara.post(f"/jobs/{key}/repeat"))
    assert (again["state"], again["settings"]) == ("submitted", shown["settings"])
    twice = problem(tara.post(f"/jobs/{key}/repeat", {"quantity": 2}), 422)
    assert [each["code"] for each in twice["errors"]] == ["card_once"]
    problem(alice.post(f"/jobs/{key}/repeat"), 404)
