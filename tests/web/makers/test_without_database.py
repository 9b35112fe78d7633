"""The database goes away under a running application: a page in the design says so, and needs nothing of it."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fabqueue.db import Database
from fabqueue.web.site import SIGN_IN_KEY
from tests.support.factories import Lab
from tests.support.signing import key_of


@pytest.fixture
def client(app: Flask, lab: Lab, database: Database) -> FlaskClient:
    """Alice's browser, after which nothing answers any more."""
    app.testing = False
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[SIGN_IN_KEY] = key_of(database, lab.alice)
    return client


def _take_away(database: Database) -> None:
    """The file of the database is now a folder that cannot be opened as one."""
    database.close()
    place = Path(str(database.engine.url.database))
    for each in place.parent.glob(place.name + "*"):
        each.unlink()
    place.mkdir()


def test_every_page_says_so_in_the_design(client: FlaskClient, database: Database) -> None:
    assert client.get("/account").status_code == 200
    _take_away(database)
    for address in ("/", "/account", "/jobs", "/make", "/no-such-page", "/desk"):
        answer = client.get(address)
        assert answer.status_code == 503, address
        assert answer.headers["Retry-After"] == "30"
        assert '<html lang="en">' in answer.text
        assert "<h1>The database does not answer</h1>" in answer.text
        assert "css/base.css" in answer.text
    assert client.get("/static/css/base.css", buffered=True).status_code == 200


def test_it_is_read_in_the_language_of_the_browser(client: FlaskClient, database: Database) -> None:
    _take_away(database)
    answer = client.get("/", headers={"Accept-Language": "zh-CN"})
    assert '<html lang="zh-Hans">' in answer.text
    assert "数据库" in answer.text


def test_htmx_gets_a_message_and_keeps_the_page(client: FlaskClient, database: Database) -> None:
    _take_away(database)
    answer = client.get("/jobs/table", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (503, "#messages")
    assert answer.text.count("<html") == 0
