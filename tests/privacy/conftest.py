"""One lab for the whole room, built once and only read."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fabqueue.app import create_app
from fabqueue.config import build
from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.storage import Storage
from fabqueue.web.site import SIGN_IN_KEY
from tests.privacy.lab import Builder, Place, secrets_of_token
from tests.privacy.words import VISITOR
from tests.support import factories


@dataclass
class Scene:
    """The application over that lab."""

    app: Flask
    context: Context
    place: Place
    tokens: dict[str, str]
    """Reader to a key for programs."""

    def client(self, reader: str) -> FlaskClient:
        """A browser of a reader."""
        client = self.app.test_client()
        if reader != VISITOR:
            with client.session_transaction() as cookie:
                cookie[SIGN_IN_KEY] = self.place.keys[reader]
        return client

    def bearer(self, reader: str) -> dict[str, str]:
        """What a reader's program sends; a visitor and a guest have no key."""
        return {"Authorization": f"Bearer {self.tokens[reader]}"} if reader in self.tokens else {}


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("privacy")
    site = {"name": "Test Lab", "time_zone": "Europe/Berlin", "currency": "EUR", "public_url": "http://lab.example"}
    config = build({"site": site, "metrics": {"open": True}}, {}, folder)
    config.folder.mkdir(exist_ok=True)
    shutil.copy(prepared_sqlite, config.folder / "fabqueue.sqlite3")
    context = Context(config, Database(config.database_url), Storage(config.folder))
    with context.db.writing() as session:
        session.expire_on_commit = False
        lab = factories.lab(session)
        session.commit()
    place = Builder(context, lab).build()
    with context.db.writing() as session:
        keys = secrets_of_token(session, [each for each in place.readers.values() if not each.is_guest])
        session.commit()
    tokens = {name: keys[each.id] for name, each in place.readers.items() if each.id in keys}
    app = create_app(context=context)
    app.testing = True
    yield Scene(app, context, place, tokens)
    context.db.close()
