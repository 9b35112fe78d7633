"""Whatever a program sends is answered, and never by a failure of ours."""

from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fabqueue.models import Machine, Revision
from tests.api.conftest import Caller

plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner))
NAMES = [
    "revision", "quantity", "machine_model", "material", "colour", "settings", "needed_by", "note", "payer", "submit",
    "reason", "outcome", "good_copies", "place", "stock", "position", "on", "priority", "title", "licence",
    "before", "after", "runs",
]  # fmt: skip
bodies = anything | st.dictionaries(st.sampled_from(NAMES), anything, max_size=6)
CALLS = [
    ("POST", "/quotes"), ("POST", "/jobs"), ("POST", "/machines/bench/clear"), ("POST", "/machines/bench/load"),
    ("POST", "/machines/bench/maintenance"), ("POST", "/queue/hold"), ("PATCH", "/projects/box"),
    ("POST", "/jobs/none/move"), ("POST", "/plates"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), CALLS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies)
def test_no_body_breaks_a_call(tara: Caller, bench: Machine, box: Revision, method: str, path: str, body: Any) -> None:
    if isinstance(body, dict) and "revision" in body:
        body["revision"] = box.id
    assert tara.open(method, path, json=body).status_code < 500


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.text(min_size=1, max_size=30),
    query=st.dictionaries(st.sampled_from(["limit", "cursor", "state"]), st.text()),
)
def test_no_address_breaks_the_api(app: Flask, tara: Caller, path: str, query: dict[str, str]) -> None:
    for folder in ("designs", "jobs", "machines", "projects"):
        response = app.test_client().open(f"/api/v1/{folder}/{quote(path)}", query_string=query,
                                          headers={"X-Api-Key": tara.token})  # fmt: skip
        assert response.status_code < 500
    assert tara.get("/jobs", query_string=query).status_code < 500
