from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm.attributes import flag_modified
from werkzeug.test import TestResponse

from fabqueue.app import create_app
from fabqueue.db import Database, now
from fabqueue.dispatch.context import Context
from fabqueue.models import DesignKind, Estimate, Machine, Person, Revision
from fabqueue.services import tokens
from fabqueue.storage import Storage
from tests.api.conftest import Caller, made, problem
from tests.support import factories
from tests.support.factories import Lab


def test_it_offers_every_machine_model_and_material_cheapest_fitting_first(
    alice: Caller, box: Revision, bench: object
) -> None:
    options = made(alice.post("/quotes", {"revision": box.id}), 200)["options"]
    assert {(each["machine_model"], each["material"]) for each in options} == {
        ("marlin-250", "pla"), ("foam-cutter", "pla"),
    }  # fmt: skip
    fitting = [float(each["price"]["total"]["amount"]) for each in options if each["fits"]]
    assert fitting == sorted(fitting)


def test_an_option_has_ranges_and_an_itemised_price(alice: Caller, box: Revision) -> None:
    [option] = made(alice.post("/quotes", {"revision": box.id}), 200)["options"]
    assert option["fits"] is True
    assert option["source"] == "geometry"
    for span in (option["seconds"], option["grams"]):
        assert 0 < span["low"] <= span["expected"] <= span["high"]
    lines = option["price"]["lines"]
    total = sum(round(float(each["amount"]["amount"]) * 100) for each in lines)
    assert option["price"]["total"] == {"amount": f"{total / 100:.2f}", "currency": "EUR"}
    assert all(each["label"] != each["code"] for each in lines)


def test_two_copies_take_twice_as_long(alice: Caller, box: Revision) -> None:
    one = made(alice.post("/quotes", {"revision": box.id}), 200)["options"][0]
    two = made(alice.post("/quotes", {"revision": box.id, "quantity": 2}), 200)["options"][0]
    assert two["seconds"]["expected"] == 2 * one["seconds"]["expected"]


def test_settings_nobody_asked_for_before_are_estimated_now_and_kept(
    alice: Caller, box: Revision, database: Database
) -> None:
    usual = made(alice.post("/quotes", {"revision": box.id}), 200)["options"][0]
    solid = {"revision": box.id, "settings": {"infill_percent": 100}}
    dense = made(alice.post("/quotes", solid), 200)["options"][0]
    assert dense["grams"]["expected"] > usual["grams"]["expected"]
    with database.reading() as session:
        kept = session.query(Estimate).count()
    made(alice.post("/quotes", solid), 200)
    with database.reading() as session:
        assert session.query(Estimate).count() == kept


def test_done_by_then_is_answered_for_every_option_that_fits(
    alice: Caller, box: Revision, bench: object, database: Database, lab: Lab
) -> None:
    day = now().date() + timedelta(days=5)
    asked = {"revision": box.id, "needed_by": day.isoformat()}
    without = made(alice.post("/quotes", {"revision": box.id}), 200)["options"]
    assert [each["promise"] for each in without] == [None, None]
    found = {each["machine_model"]: each["promise"] for each in made(alice.post("/quotes", asked), 200)["options"]}
    likely = found["marlin-250"]
    assert (likely["code"], likely["by_person"], likely["reason"]) == ("promise_likely", False, None)
    assert likely["finish"]["low"] < likely["finish"]["expected"] < likely["finish"]["high"]
    assert likely["message"].startswith("Likely done ")
    assert (found["foam-cutter"]["code"], found["foam-cutter"]["finish"]) == ("promise_unknown", None)
    assert found["foam-cutter"]["reason"]["code"] == "promise_no_length"
    with database.writing() as session:
        session.get_one(Machine, lab.machine.id).maintenance_at = now()
        session.commit()
    shut = made(alice.post("/quotes", asked | {"machine_model": "marlin-250"}), 200)["options"][0]["promise"]
    assert (shut["code"], shut["reason"]["code"]) == ("promise_unknown", "wait_maintenance")


def test_a_toolpath_is_promised_in_the_runs_it_is_made_in(
    alice: Caller, box: Revision, bench: object, database: Database, context: Context
) -> None:
    """Three runs of an hour, one for each copy, and twice the bed is cleared before the next."""
    with database.writing() as session:
        revision = session.get_one(Revision, box.id)
        assert revision.report is not None
        revision.design.kind = DesignKind.TOOLPATH
        revision.report.data |= {"seconds": 3600, "filament_mm": 1000.0, "bounds_mm": [[0, 0, 0], [20, 20, 20]]}
        flag_modified(revision.report, "data")
        session.commit()
    asked = {"revision": box.id, "quantity": 3, "machine_model": "marlin-250",
             "needed_by": (now().date() + timedelta(days=5)).isoformat()}  # fmt: skip
    finish = made(alice.post("/quotes", asked), 200)["options"][0]["promise"]["finish"]
    left = datetime.fromisoformat(finish["expected"]) - now()
    clearing = timedelta(minutes=context.config.queue.clearing_minutes)
    assert left > timedelta(hours=2, minutes=59) + 2 * clearing


def test_the_queue_of_a_machine_model_is_read_once_however_many_options_there_are(
    alice: Caller, box: Revision, database: Database, lab: Lab
) -> None:
    with database.writing() as session:
        for slug in ("pla-matt", "pla-silk"):
            factories.offer(session, session.merge(lab.model), factories.material(session, slug), "pla")
        session.commit()
    day = (now().date() + timedelta(days=5)).isoformat()
    asked = {"revision": box.id, "needed_by": day, "machine_model": lab.model.slug}
    read: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: read.append(given[2]))
    options = made(alice.post("/quotes", asked), 200)["options"]
    assert len([each for each in options if each["promise"]]) == 3
    assert len([each for each in read if "request.needed_by" in each and "FROM run " in each]) == 1


def test_a_day_that_is_none_is_refused(alice: Caller, box: Revision) -> None:
    assert problem(alice.post("/quotes", {"revision": box.id, "needed_by": "Thursday"}), 422)


def test_an_account_that_asks_for_ever_new_settings_is_told_to_wait_and_others_are_not(
    context: Context, lab: Lab, box: Revision, bench: object
) -> None:
    analysis = replace(context.config.analysis, estimates_per_hour=1)
    app = create_app(context=replace(context, config=replace(context.config, analysis=analysis)))
    alice, tara = (_caller(app, context, each) for each in (lab.alice, lab.tara))

    def ask(caller: Caller, infill: int) -> TestResponse:
        return caller.post("/quotes", {"revision": box.id, "settings": {"infill_percent": infill}})

    made(ask(alice, 31), 200)
    assert problem(ask(alice, 32), 429)["code"] == "estimate_too_many"
    made(ask(alice, 31), 200)
    made(ask(tara, 32), 200)
    made(ask(alice, 32), 200)


def _caller(app: Flask, context: Context, person: Person) -> Caller:
    with context.db.writing() as session:
        _, secret = tokens.create(session, session.get_one(Person, person.id), "test")
        session.commit()
    return Caller(app.test_client(), secret)


def test_what_does_not_fit_says_why_and_has_no_price(
    alice: Caller, database: Database, storage: Storage, lab: Lab
) -> None:
    with database.writing() as session:
        huge = factories.analysed_box(session, storage, session.get_one(Person, lab.alice.id), (400, 400, 20))
        session.commit()
        key = huge.id
    [option] = made(alice.post("/quotes", {"revision": key}), 200)["options"]
    assert option["fits"] is False
    assert option["price"] is None
    assert option["reasons"][0]["message"] != option["reasons"][0]["code"]


def test_it_can_be_narrowed_to_a_machine_model_and_a_material(alice: Caller, box: Revision, bench: object) -> None:
    asked = {"revision": box.id, "machine_model": "foam-cutter", "material": "pla"}
    [option] = made(alice.post("/quotes", asked), 200)["options"]
    assert option["machine_model"] == "foam-cutter"


def test_unknown_settings_are_named(alice: Caller, box: Revision) -> None:
    body = problem(alice.post("/quotes", {"revision": box.id, "settings": {"infil": 3, "walls": 99}}), 422)
    assert {each["field"] for each in body["errors"]} == {"settings.infil", "settings.walls"}


def test_a_quantity_out_of_bounds_is_refused(alice: Caller, box: Revision) -> None:
    problem(alice.post("/quotes", {"revision": box.id, "quantity": 0}), 422, "quantity_out_of_bounds")


def test_a_revision_without_report_is_not_ready(alice: Caller, database: Database, storage: Storage, lab: Lab) -> None:
    with database.writing() as session:
        waiting = factories.uploaded_box(session, storage, session.get_one(Person, lab.alice.id))
        session.commit()
        key = waiting.id
    problem(alice.post("/quotes", {"revision": key}), 422, "revision_not_ready")


def test_somebody_elses_private_revision_does_not_exist(bob: Caller, box: Revision) -> None:
    problem(bob.post("/quotes", {"revision": box.id}), 404)


def test_staff_may_ask_for_anybodys(tara: Caller, box: Revision) -> None:
    made(tara.post("/quotes", {"revision": box.id}), 200)


def test_a_visitor_is_asked_for_a_token(visitor: Caller, box: Revision) -> None:
    problem(visitor.post("/quotes", {"revision": box.id}), 401)


@pytest.mark.parametrize("field", ["machine_model", "material"])
def test_a_machine_model_or_material_that_is_not_here_is_refused_by_its_field(
    alice: Caller, box: Revision, field: str
) -> None:
    body = problem(alice.post("/quotes", {"revision": box.id, field: "nope"}), 422, "call_invalid")
    assert [(each["field"], each["code"]) for each in body["errors"]] == [(field, f"{field}_unknown")]
