"""The OpenAPI document says what there is, and nothing else."""

import re
from typing import Any

import pytest
from flask import Flask
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from fabqueue.models import Machine, Revision
from tests.api.conftest import Caller, made, wish


@pytest.fixture
def document(visitor: Caller) -> dict[str, Any]:
    return made(visitor.get("/openapi.json"), 200)


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_route_is_in_it_and_nothing_else(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1")
    }
    methods = {"get", "post", "patch", "put", "delete"}
    described = {(path, method) for path, item in document["paths"].items() for method in methods & item.keys()}
    assert described == routes


def test_it_holds_the_calls_of_the_contract_and_no_other(document: dict[str, Any]) -> None:
    posts = [
        "designs", "designs/{}/revisions", "designs/{}/reading", "quotes", "jobs", "queue/hold", "queue/release",
        "runs/{}/resolve",
        *(f"jobs/{{}}/{each}" for each in ("submit", "cancel", "accept", "collect", "uncollect", "approve",
                                           "request-changes", "reject", "requeue", "reprioritise", "spread", "repeat",
                                           "pin", "unpin", "move", "unmove")),
        "plates", "runs/{}/take-apart", "runs/{}/unclear",
        "requests", *(f"requests/{{}}/{each}" for each in ("submit", "approve", "collect")),
        *(f"machines/{{}}/{each}" for each in ("clear", "load", "maintenance", "pause", "resume", "cancel", "start",
                                               "finish", "emergency-stop", "reconnect", "arm", "disarm",
                                               "unstage", "frame", "present", "change-spool", "services/{}/done")),
        "projects/{}/publish", "projects/{}/unpublish", "projects/{}/photos",
    ]  # fmt: skip
    gets = [
        "me", "designs/{}", "jobs", "jobs/{}", "machines", "machines/{}", "projects", "projects/{}", "openapi.json",
        "requests/{}", "machines/{}/services", "stock",  # what `load` needs to know
        "queue", "plates",
    ]  # fmt: skip
    there = {
        (re.sub(r"\{\w+\}", "{}", path), method)
        for path, item in document["paths"].items()
        for method in item.keys() - {"parameters"}
    }
    wanted = (("post", posts), ("get", gets), ("patch", ["projects/{}"]))
    assert there == {(f"/api/v1/{each}", method) for method, paths in wanted for each in paths}


def test_every_call_says_what_it_does_what_it_answers_and_how_it_fails(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method in {"get", "post", "patch"} & item.keys():
            call = item[method]
            assert call["summary"], (path, method)
            assert any(status.startswith("2") for status in call["responses"]), (path, method)
            assert call["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}
    problem = document["components"]["responses"]["DEFAULT_ERROR"]["content"]
    assert set(problem) == {"application/problem+json"}


def test_every_post_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    reference = {"$ref": "#/components/parameters/IdempotencyKey"}
    posts = [item["post"] for item in document["paths"].values() if "post" in item]
    assert posts
    assert all(reference in each["parameters"] for each in posts)


def test_only_what_is_open_to_all_needs_no_token(document: dict[str, Any]) -> None:
    assert document["security"] == [{"bearer": []}, {"key": []}]
    open_ones = {path for path, item in document["paths"].items() if {} in item.get("get", {}).get("security", [])}
    assert open_ones == {
        "/api/v1/openapi.json", "/api/v1/projects", "/api/v1/projects/{slug}", "/api/v1/designs/{design_id}",
    }  # fmt: skip


def test_answers_are_what_the_document_promises(
    alice: Caller, document: dict[str, Any], box: Revision, bench: Machine
) -> None:
    answers = {
        "Me": alice.get("/me"),
        "Options": alice.post("/quotes", {"revision": box.id, "needed_by": "2030-01-01"}),
        "Job": alice.post("/jobs", wish(box)),
        "JobPage": alice.get("/jobs"),
        "MachinePage": alice.get("/machines"),
        "Design": alice.get(f"/designs/{box.design_id}"),
        "ProblemDetails": alice.get("/jobs/none"),
    }
    for name, response in answers.items():
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        errors = [each.message for each in OAS31Validator(schema).iter_errors(response.get_json())]
        assert errors == [], name
