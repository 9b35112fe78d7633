"""Whatever goes wrong below /api/ is told as problem details."""

import ast
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

import fabqueue
from fabqueue.api import problems
from fabqueue.api.problems import STATUS_CODES
from fabqueue.calls import REFUSED
from fabqueue.wording import all_sentences
from tests.api.conftest import Caller, made, problem


def test_an_unknown_address_is_no_page(visitor: Caller) -> None:
    problem(visitor.get("/nowhere"), 404, "call_not_found")


def test_a_wrong_method_names_the_right_ones(alice: Caller) -> None:
    response = alice.open("DELETE", "/me")
    problem(response, 405, "call_method")
    assert "GET" in response.headers["Allow"]


def test_a_body_that_is_no_json_is_unreadable(alice: Caller) -> None:
    problem(alice.post("/quotes", data=b"{", content_type="application/json"), 400, "call_body_no_json")


def test_a_body_of_another_type_is_refused(alice: Caller) -> None:
    problem(
        alice.post("/quotes", data=b"a=b", content_type="application/x-www-form-urlencoded"), 415, "call_media_type"
    )


def test_a_body_that_is_no_object_is_refused(alice: Caller) -> None:
    body = problem(alice.post("/quotes", [1]), 422, "call_invalid")
    assert body["errors"][0]["code"] == "call_body_no_object"


def test_a_body_beyond_reason_is_too_large(alice: Caller) -> None:
    response = alice.post("/quotes", data=b'"' + b"x" * 1_100_000 + b'"', content_type="application/json")
    problem(response, 413, "upload_too_large")


def test_every_field_at_fault_is_named_with_a_code_and_a_message(alice: Caller) -> None:
    body = problem(alice.post("/quotes", {"quantity": "two", "colur": "grey"}), 422, "call_invalid")
    faults = {each["field"]: each for each in body["errors"]}
    assert {field: each["code"] for field, each in faults.items()} == {
        "revision": "field_missing", "quantity": "field_not_whole", "colur": "field_unknown",
    }  # fmt: skip
    assert all(each["message"] for each in faults.values())


def test_a_choice_names_what_may_be_chosen(tara: Caller, lab: object) -> None:
    body = problem(tara.post("/machines/bench/clear", {"outcome": "superb"}), 422)
    assert body["errors"][0]["values"]["known"] == ["good", "failed"]


def test_a_choice_of_another_type_is_refused_in_words(tara: Caller, lab: object) -> None:
    body = problem(tara.post("/machines/bench/clear", {"outcome": []}), 422)
    assert [each["code"] for each in body["errors"]] == ["field_not_text"]


def test_texts_follow_accept_language(visitor: Caller) -> None:
    english = visitor.get("/nowhere", headers={"Accept-Language": "en-GB,en;q=0.8"}).get_json()
    assert english["detail"].startswith("There is nothing here")
    french = visitor.get("/nowhere", headers={"Accept-Language": "fr"}).get_json()
    assert french["detail"] == english["detail"]


@pytest.mark.parametrize(("wanted", "given"), [("zh-CN,zh;q=0.9,en;q=0.5", "zh-Hans"), ("en-US", "en"), ("fr", "en")])
def test_an_answer_says_in_which_language_it_is(visitor: Caller, wanted: str, given: str) -> None:
    response = visitor.get("/nowhere", headers={"Accept-Language": wanted})
    assert response.headers["Content-Language"] == given
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.parametrize("body", [b'{"revision": "a\\u0000b"}', b'{"revision": "\\ud800"}', b"[" * 100_000])
def test_text_that_no_database_holds_is_unreadable(alice: Caller, body: bytes) -> None:
    assert alice.post("/quotes", data=body, content_type="application/json").status_code == 400


def test_a_failure_of_ours_is_logged_and_told_without_its_details(
    app: Flask, alice: Caller, monkeypatch: pytest.MonkeyPatch, spoken: None
) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("fabqueue.api.present.person", fail)
    response = alice.get("/me")
    problem(response, 500, "call_failed")
    assert "secret" not in response.get_data(as_text=True)


def test_a_database_that_is_away_asks_to_try_again(alice: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_arguments: object) -> None:
        raise OperationalError("SELECT", {}, Exception("database is locked"))

    monkeypatch.setattr("fabqueue.api.present.person", away)
    response = alice.get("/me")
    problem(response, 503, "call_busy")
    assert response.headers["Retry-After"]


def test_a_page_outside_the_api_is_still_a_page(app: Flask, lab: object) -> None:
    assert app.test_client().get("/nowhere").mimetype == "text/html"


def test_every_status_and_every_code_of_the_api_has_a_sentence() -> None:
    known = all_sentences()
    titles = {f"status_{each}" for each in {*STATUS_CODES, 409, 422, 500}}
    assert titles | set(STATUS_CODES.values()) | set(REFUSED) <= known.keys()


@pytest.mark.parametrize("room", ["api", "services", "dispatch"])
def test_every_code_a_refusal_may_carry_has_a_sentence(room: str) -> None:
    """Read from the source: the first argument of Refused and Problem, the second of Conflict and Problem."""
    said = {code for path in Path(fabqueue.__file__).parent.joinpath(room).rglob("*.py") for code in _codes(path)}
    assert said
    assert said - all_sentences().keys() == set()


def _codes(path: Path) -> set[str]:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    places = {"Refused": 0, "Conflict": 1, "Problem": 1}
    found = set()
    for each in calls:
        place = places.get(each.func.id) if isinstance(each.func, ast.Name) else None
        if place is not None and len(each.args) > place:
            argument = each.args[place]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found.add(argument.value)
    return found


def test_nothing_but_problems_answers_errors_of_the_api(app: Flask) -> None:
    assert app.extensions["fabqueue_problems"] is problems.answer


def test_a_good_answer_is_json(alice: Caller) -> None:
    assert made(alice.get("/projects"), 200) == {"items": [], "next": None}
