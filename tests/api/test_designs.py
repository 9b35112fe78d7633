"""Uploading, and reading the report: real files, the real sandbox."""

from flask import Flask
from sqlalchemy import func, select

from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.models import Design, Project, Revision
from tests.api.conftest import Caller, Wakes, made, problem
from tests.support.factories import box_stl

OPEN_BOX = b"""solid open
facet normal 0 0 -1 outer loop vertex 0 0 0 vertex 0 20 0 vertex 20 0 0 endloop endfacet
endsolid open
"""


def test_an_upload_makes_a_private_project_named_after_the_file(alice: Caller, visitor: Caller) -> None:
    made_here = made(alice.upload("/designs", box_stl(), "My bracket.stl"), 202)
    assert made_here["name"] == "My bracket"
    assert made_here["project"]["slug"] == "my-bracket"
    revision = made_here["revision"]
    assert (revision["number"], revision["state"], revision["kind"]) == (1, "pending", "mesh")
    problem(visitor.get("/projects/my-bracket"), 404)


def test_its_report_is_there_when_the_analysis_is_done(alice: Caller, context: Context, wakes: Wakes) -> None:
    design = made(alice.upload("/designs", box_stl((30, 20, 10)), "box.stl"), 202)
    wakes.work(context, "analyse")
    revision = made(alice.get(f"/designs/{design['id']}"), 200)["revision"]
    assert revision["state"] == "ready"
    report = revision["report"]
    assert (report["kind"], report["watertight"], report["bodies"]) == ("mesh", True, 1)
    assert [round(each, 3) for each in report["extents_mm"]] == [30, 20, 10]
    assert all({"code", "severity", "message", "advice", "values"} <= each.keys() for each in report["findings"])


def test_findings_are_told_in_words(alice: Caller, context: Context, wakes: Wakes) -> None:
    design = made(alice.upload("/designs", OPEN_BOX, "open.stl"), 202)
    wakes.work(context, "analyse")
    revision = made(alice.get(f"/designs/{design['id']}"), 200)["revision"]
    blockers = [each for each in revision["report"]["findings"] if each["severity"] == "blocker"]
    assert blockers
    assert all(each["message"] for each in blockers)


def test_a_file_nobody_can_read_says_why(alice: Caller, context: Context, wakes: Wakes) -> None:
    design = made(alice.upload("/designs", b"not a mesh at all", "box.stl"), 202)
    wakes.work(context, "analyse")
    revision = made(alice.get(f"/designs/{design['id']}"), 200)["revision"]
    assert revision["state"] == "failed"
    assert revision["report"] is None
    assert revision["problem"]["message"] != revision["problem"]["code"]


def test_it_goes_into_a_named_project_of_ones_own(alice: Caller) -> None:
    first = made(alice.upload("/designs", box_stl(), "box.stl"), 202)
    second = made(alice.upload("/designs", box_stl((5, 5, 5)), "lid.stl", project=first["project"]["slug"]), 202)
    assert second["project"] == first["project"]
    assert second["id"] != first["id"]


def test_somebody_elses_project_does_not_exist(alice: Caller, bob: Caller) -> None:
    hers = made(alice.upload("/designs", box_stl(), "box.stl"), 202)
    problem(bob.upload("/designs", box_stl(), "box.stl", project=hers["project"]["id"]), 404)
    problem(bob.get(f"/designs/{hers['id']}"), 404)
    problem(bob.upload(f"/designs/{hers['id']}/revisions", box_stl(), "box.stl"), 404)


def test_staff_see_a_private_design_and_may_not_change_it(alice: Caller, tara: Caller) -> None:
    hers = made(alice.upload("/designs", box_stl(), "box.stl"), 202)
    made(tara.get(f"/designs/{hers['id']}"), 200)
    problem(tara.upload(f"/designs/{hers['id']}/revisions", box_stl(), "box.stl"), 403, "call_forbidden")


def test_the_next_revision_counts_on_and_the_earlier_ones_stay(alice: Caller) -> None:
    design = made(alice.upload("/designs", box_stl(), "box.stl"), 202)
    again = made(alice.upload(f"/designs/{design['id']}/revisions", box_stl((9, 9, 9)), "box.stl"), 202)
    assert (again["id"], again["revision"]["number"]) == (design["id"], 2)
    listed = made(alice.get(f"/designs/{design['id']}"), 200)["revisions"]
    assert [each["number"] for each in listed] == [1, 2]


def test_a_visitor_may_not_upload(visitor: Caller) -> None:
    problem(visitor.upload("/designs", box_stl(), "box.stl"), 401)


def test_a_format_that_is_not_read_says_what_to_export(alice: Caller) -> None:
    body = problem(alice.upload("/designs", b"ISO-10303-21;", "part.step"), 415, "file_needs_mesh")
    assert body["errors"][0]["field"] == "file"
    assert "STL" in body["detail"]


def test_a_call_without_a_file_says_so(alice: Caller) -> None:
    body = problem(alice.open("POST", "/designs", data={"name": "x"}, content_type="multipart/form-data"), 422)
    assert body["errors"][0]["field"] == "file"


def test_a_call_that_is_no_form_is_refused(alice: Caller) -> None:
    problem(alice.post("/designs", {"file": "x"}), 415, "call_media_type")
    plain = {"content_type": "application/x-www-form-urlencoded"}
    problem(alice.post("/designs", data=b"file=x", **plain), 415, "call_media_type")


def test_a_unit_nobody_knows_is_named(alice: Caller) -> None:
    body = problem(alice.upload("/designs", box_stl(), "box.stl", units="furlong"), 422, "upload_unit_unknown")
    assert body["errors"][0]["field"] == "units"


def test_an_unknown_field_of_the_form_is_named(alice: Caller) -> None:
    body = problem(alice.upload("/designs", box_stl(), "box.stl", unit="mm"), 422)
    assert [each["field"] for each in body["errors"]] == ["unit"]


def test_the_same_key_uploads_once(alice: Caller, database: Database) -> None:
    key = {"Idempotency-Key": "upload-1"}
    first = alice.upload("/designs", box_stl(), "box.stl", headers=key)
    again = alice.upload("/designs", box_stl(), "box.stl", headers=key)
    assert made(first, 202) == made(again, 202)
    assert again.headers["Idempotency-Replayed"] == "true"
    with database.reading() as session:
        counts = [session.scalar(select(func.count()).select_from(each)) for each in (Project, Design, Revision)]
    assert counts == [1, 1, 1]


def test_the_same_key_for_another_file_is_refused(alice: Caller) -> None:
    key = {"Idempotency-Key": "upload-1"}
    made(alice.upload("/designs", box_stl(), "box.stl", headers=key), 202)
    other = alice.upload("/designs", box_stl((1, 2, 3)), "box.stl", headers=key)
    problem(other, 422, "repeat_key_for_other_request")


def test_a_file_beyond_the_limit_is_too_large(app: Flask, alice: Caller) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    body = problem(alice.upload("/designs", b"x" * 2000, "box.stl"), 413, "upload_too_large")
    assert body["values"]["most_bytes"] == 100_000_000


COLOURS = b"""<svg xmlns="http://www.w3.org/2000/svg" width="90mm" height="40mm" viewBox="0 0 90 40"><g fill="none">
<rect x="5" y="5" width="30" height="30" stroke="#ff0000"/><path d="M50 5h30" stroke="#00ff00"/></g></svg>"""


def test_it_is_said_what_the_colours_of_a_drawing_mean(
    alice: Caller, bob: Caller, context: Context, wakes: Wakes
) -> None:
    design = made(alice.upload("/designs", COLOURS, "sign.svg"), 202)
    wakes.work(context, "analyse")
    address = f"/designs/{design['id']}/reading"
    problem(bob.post(address, {"operations": {"#00ff00": "score"}}), 404)
    said = made(alice.post(address, {"operations": {"#00ff00": "score"}, "without_doubles": True}), 202)
    assert (said["revision"]["id"], said["revision"]["state"]) == (design["revision"]["id"], "pending")
    wakes.work(context, "analyse")
    report = made(alice.get(f"/designs/{design['id']}"), 200)["revision"]["report"]
    layers = {each["colour"]: (each["operation"], each["meant"]) for each in report["operations"]}
    assert layers == {"#ff0000": ("cut", "cut"), "#00ff00": ("score", "ignored")}
    assert report["reading"]["colours"]["#ff0000"] == "cut"
    assert (report["reading"]["operations"], report["reading"]["without_doubles"]) == ({"#00ff00": "score"}, True)
    refused = problem(alice.post(address, {"operations": {"#123456": "cut"}}), 422)
    assert refused["errors"][0]["field"] == "operations"
    problem(alice.post(address, {"operations": {"#00ff00": 3}}), 422)
