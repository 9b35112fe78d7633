"""Pages as people use them: the real application on a real database, each person in a browser of their own."""

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any, TypeVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from fabqueue.app import create_app
from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.models import Person
from fabqueue.storage import Storage
from fabqueue.web.site import SIGN_IN_KEY
from tests.support.factories import Lab
from tests.support.signing import key_of

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """One person's browser without scripts: it follows no redirect and sends the token of the page's forms."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, buffered=True, **options)

    def post(self, path: str, fields: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(), **(fields or {})}, **options)

    def token(self) -> str:
        found = TOKEN.search(self.client.get("/sign-in", follow_redirects=True).text)
        assert found is not None
        return found[1]

    def upload(self, path: str, name: str, content: bytes, fields: dict[str, Any] | None = None, **headers: str) -> Any:
        """Send one file; further keywords are headers (underscores become hyphens)."""
        sent = {each.replace("_", "-"): value for each, value in headers.items()}
        parts = {"csrf_token": self.token(), "file": FileStorage(io.BytesIO(content), name), **(fields or {})}
        boundary, body = encode_multipart(parts)
        kind = f'multipart/form-data; boundary="{boundary}"'
        return self.client.post(path, data=body, content_type=kind, headers=sent)

    def send(self, path: str, fields: dict[str, Any], **files: bytes | tuple[str, bytes]) -> TestResponse:
        """A form with files; a file is its bytes, or its name and bytes."""
        named = {key: each if isinstance(each, tuple) else (f"{key}.jpg", each) for key, each in files.items()}
        parts = {key: FileStorage(io.BytesIO(content), name) for key, (name, content) in named.items()}
        boundary, body = encode_multipart({"csrf_token": self.token(), **fields, **parts})
        return self.client.post(path, data=body, content_type=f'multipart/form-data; boundary="{boundary}"')

    def source(self, path: str) -> str:
        """The HTML of a page that must open."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def read(self, path: str) -> str:
        """The text of a page that must open, as a person reads it."""
        return words(self.source(path))


def plain(answer: TestResponse) -> str:
    """A page's words, without tags and with single blanks."""
    return words(answer.text)


def words(html: str) -> str:
    html = re.sub(r'<span class="nb">(.*?)</span>', r"\1", html)  # part of its sentence
    return quiet(unescape(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", html, flags=re.S)))


def quiet(text: str) -> str:
    """Text with plain blanks in place of those that do not break."""
    return " ".join(text.split())


Kind = TypeVar("Kind", bound=Browser)


def signing_in(app: Flask, kind: type[Kind]) -> Callable[[Person | None], Kind]:
    """Makes a browser of a person, or of a visitor (None)."""

    def make(person: Person | None) -> Kind:
        client = app.test_client()
        if person is not None:
            with client.session_transaction() as cookie:
                cookie[SIGN_IN_KEY] = key_of(app.extensions["fabqueue"].db, person)
        return kind(client)

    return make


SignIn = Callable[[Person | None], Browser]


@pytest.fixture
def wakes(database: Database) -> list[tuple[str, str]]:
    """What was woken after commits."""
    calls: list[tuple[str, str]] = []
    database.waker = lambda task, key: calls.append((task, key))
    return calls


@pytest.fixture
def context(config: Config, database: Database, storage: Storage, wakes: list[tuple[str, str]]) -> Context:
    return Context(config, database, storage)


@pytest.fixture
def app(context: Context) -> Flask:
    app = create_app(context=context)
    app.testing = True
    return app


@pytest.fixture
def alice(sign_in: SignIn, lab: Lab) -> Browser:
    return sign_in(lab.alice)


@pytest.fixture
def bob(sign_in: SignIn, lab: Lab) -> Browser:
    return sign_in(lab.bob)


@pytest.fixture
def tara(sign_in: SignIn, lab: Lab) -> Browser:
    return sign_in(lab.tara)


@pytest.fixture
def ines(sign_in: SignIn, lab: Lab) -> Browser:
    return sign_in(lab.ines)


@pytest.fixture
def adam(sign_in: SignIn, lab: Lab) -> Browser:
    return sign_in(lab.adam)


@pytest.fixture
def visitor(sign_in: SignIn, lab: Lab) -> Browser:
    return sign_in(None)
