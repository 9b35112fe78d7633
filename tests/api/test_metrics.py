"""Prometheus text, for whoever has the configured token."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from fabqueue.app import create_app
from fabqueue.dispatch.context import Context
from tests.api.conftest import Caller, made
from tests.support.factories import Lab

RIGHT = {"Authorization": "Bearer watcher"}


@pytest.fixture
def watched(context: Context, lab: Lab) -> FlaskClient:
    """The application with a token for metrics."""
    config = replace(context.config, metrics=replace(context.config.metrics, token="watcher"))
    return create_app(context=Context(config, context.db, context.storage)).test_client()


def _samples(client: FlaskClient) -> dict[tuple[str, ...], float]:
    text = client.get("/metrics", headers=RIGHT).get_data(as_text=True)
    return {
        (sample.name, *(value for _label, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_anybody_reads_them_where_they_are_open(context: Context, lab: Lab) -> None:
    config = replace(context.config, metrics=replace(context.config.metrics, open=True))
    client = create_app(context=Context(config, context.db, context.storage)).test_client()
    assert _samples(client)["fabqueue_queue_held",] == 0
    assert client.get("/metrics").status_code == 200


def test_nothing_is_there_without_a_configured_token(app: Flask, lab: Lab) -> None:
    assert app.extensions["fabqueue"].config.metrics.token == ""
    response = app.test_client().get("/metrics", headers={"Authorization": "Bearer "})
    assert response.status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer wrong", "watcher", "Bearer watcher2"])
def test_the_token_is_asked_for(watched: FlaskClient, given: str) -> None:
    assert watched.get("/metrics", headers={"Authorization": given}).status_code == 401


def test_jobs_are_counted_by_state(watched: FlaskClient, job: dict[str, Any]) -> None:
    samples = _samples(watched)
    assert samples["fabqueue_jobs", "submitted"] == 1
    assert samples["fabqueue_jobs", "queued"] == 0


def test_machines_tell_their_condition(watched: FlaskClient, lab: Lab) -> None:
    samples = _samples(watched)
    assert samples["fabqueue_machine_online", lab.machine.slug] == 1
    assert samples["fabqueue_machine_condition", "available", lab.machine.slug] == 1


def test_the_hold_switch_shows(watched: FlaskClient, tara: Caller) -> None:
    assert _samples(watched)["fabqueue_queue_held",] == 0
    made(tara.post("/queue/hold", {"reason": "fire drill"}), 200)
    assert _samples(watched)["fabqueue_queue_held",] == 1
