"""The API as programs call it: the real application on a real database, each person with a real token."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import LogCapture
from werkzeug.test import TestResponse

from fabqueue.app import create_app
from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.models import Estimate, Machine, Person, Revision
from fabqueue.services import tokens
from fabqueue.storage import Storage
from fabqueue.tasks import estimates
from fabqueue.tasks.work import find
from tests.support import factories
from tests.support.factories import Lab
from tests.support.octoprint import (  # noqa: F401  fixtures
    octoprint,
    octoprint_program,
    shared_octoprint,
    start_octoprint,
)


class Caller:
    """Calls /api/v1 with one person's token (or none)."""

    def __init__(self, client: FlaskClient, token: str = "") -> None:
        self.client, self.token = client, token

    def open(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.open("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.open("POST", path, **({"json": body} if body is not None else {}), **options)

    def patch(self, path: str, body: Any, **options: Any) -> TestResponse:
        return self.open("PATCH", path, json=body, **options)

    def upload(self, path: str, content: bytes, filename: str, headers: Any = None, **fields: str) -> TestResponse:
        data = {"file": (io.BytesIO(content), filename), **fields}
        return self.open("POST", path, data=data, content_type="multipart/form-data", headers=headers or {})


class Wakes:
    """Collects wake-up calls and does the analyses among them, as a worker would."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def __call__(self, task: str, key: str) -> None:
        self.calls.append((task, key))

    def work(self, context: Context, *names: str) -> None:
        for task, key in [each for each in self.calls if each[0] in names]:
            self.calls.remove((task, key))
            find(task)(context, key)


@pytest.fixture
def wakes(database: Database) -> Wakes:
    database.waker = found = Wakes()
    return found


@pytest.fixture
def context(config: Config, database: Database, storage: Storage, wakes: Wakes) -> Context:
    return Context(config, database, storage)


@pytest.fixture
def app(context: Context) -> Flask:
    return create_app(context=context)


@pytest.fixture(autouse=True)
def spoken() -> Iterator[None]:
    """Every code that any of these tests makes the API answer has a sentence that its values fill."""
    capture = LogCapture()
    processors = structlog.get_config()["processors"]
    structlog.configure(processors=[capture])
    yield
    structlog.configure(processors=processors)
    silent = [each for each in capture.entries if each["event"] == "a code has no sentence for its values"]
    assert silent == []


@pytest.fixture
def call(app: Flask, database: Database) -> Callable[[Person | None], Caller]:
    """A caller for a person of the lab, or for a visitor (None)."""

    def make(person: Person | None) -> Caller:
        if person is None:
            return Caller(app.test_client())
        with database.writing() as session:
            _, secret = tokens.create(session, session.get_one(Person, person.id), "test")
            session.commit()
        return Caller(app.test_client(), secret)

    return make


Call = Callable[[Person | None], Caller]


@pytest.fixture
def alice(call: Call, lab: Lab) -> Caller:
    return call(lab.alice)


@pytest.fixture
def bob(call: Call, lab: Lab) -> Caller:
    return call(lab.bob)


@pytest.fixture
def tara(call: Call, lab: Lab) -> Caller:
    return call(lab.tara)


@pytest.fixture
def visitor(call: Call, lab: Lab) -> Caller:
    return call(None)


@pytest.fixture(scope="session")
def measured() -> list[dict[str, Any]]:
    """What the sandbox found of the box in the first test that asked; the same every time, and it takes a second."""
    return []


@pytest.fixture
def box(context: Context, lab: Lab, measured: list[dict[str, Any]]) -> Revision:
    """Alice's box, whose report and usual estimates are ready."""
    with context.db.writing() as session:
        session.expire_on_commit = False
        revision = factories.analysed_box(session, context.storage, session.get_one(Person, lab.alice.id))
        session.add_all(Estimate(report_id=revision.report_id, **each) for each in measured)
        session.commit()
    if not measured:
        estimates.ensure(context, revision.id, {})
        with context.db.reading() as session:
            measured += [_facts(each) for each in session.query(Estimate)]
    return revision


def _facts(row: Estimate) -> dict[str, Any]:
    names = ("profile_digest", "settings_digest", "fits", "reasons", "seconds", "milligrams", "source")
    return {name: getattr(row, name) for name in names}


@pytest.fixture
def bench(database: Database, lab: Lab) -> Machine:
    """A tool without a network that takes PLA, its bed clear."""
    with database.writing() as session:
        session.expire_on_commit = False
        model = factories.manual_model(session, "foam-cutter")
        factories.offer(session, model, session.merge(lab.pla))
        spool = factories.stock(session, session.merge(lab.site), session.merge(lab.pla), "white")
        machine = factories.manual_machine(session, session.merge(lab.site), model, slug="bench", loaded=spool)
        session.commit()
    return machine


@pytest.fixture
def job(alice: Caller, box: Revision, bench: Machine) -> dict[str, Any]:
    """Alice's job for the tool, submitted."""
    return made(alice.post("/jobs", wish(box)))


def wish(revision: Revision, **others: Any) -> dict[str, Any]:
    """What to post for a job at the tool of `bench`."""
    return {"revision": revision.id, "machine_model": "foam-cutter", "material": "pla", **others}


def made(response: TestResponse, status: int = 201) -> dict[str, Any]:
    """The body of an answer that must have this status."""
    assert response.status_code == status, response.get_data(as_text=True)
    body: dict[str, Any] = response.get_json()
    return body


def problem(response: TestResponse, status: int, code: str = "") -> dict[str, Any]:
    """The problem details of an answer that must have this status, and code if one is named."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.mimetype == "application/problem+json"
    body: dict[str, Any] = response.get_json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["type"].endswith(body["code"])
    if code:
        assert body["code"] == code
    return body
