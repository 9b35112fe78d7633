"""Making an account."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from fabqueue.app import create_app
from fabqueue.dispatch.context import Context
from fabqueue.models import Person
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, plain

GIVEN = {"user_name": "Zoe", "password": "three plain words", "display_name": "Zoë", "email": ""}


def _person(context: Context, name: str) -> Person | None:
    with context.db.reading() as session:
        return session.scalar(select(Person).where(Person.user_name == name))


def test_a_newcomer_makes_an_account_without_email_and_is_signed_in(visitor: Browser, context: Context) -> None:
    answer = visitor.post("/sign-up", GIVEN)
    assert (answer.status_code, answer.location) == (303, "/make")
    assert "Zoë" in visitor.read("/account")
    person = _person(context, "zoe")
    assert person is not None
    assert person.email is None


def test_it_goes_where_the_newcomer_came_from(visitor: Browser) -> None:
    assert visitor.post("/sign-up", GIVEN | {"next": "/jobs"}).location == "/jobs"


@pytest.mark.parametrize("address", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1"])
def test_it_never_sends_anybody_elsewhere(visitor: Browser, address: str) -> None:
    assert visitor.post("/sign-up", GIVEN | {"next": address}).location == "/make"


def test_every_fault_is_named_at_once_and_what_was_typed_is_kept(visitor: Browser, context: Context) -> None:
    answer = visitor.post("/sign-up", {"user_name": "x y", "password": "short", "display_name": "Zoë", "email": "no"})
    assert answer.status_code == 422
    text = plain(answer)
    assert "A user name has 2 to 32 small letters" in text
    assert "The password needs at least 10 characters." in text
    assert "This is no e-mail address." in text
    assert 'value="x y"' in answer.text
    assert "short" not in answer.text.partition("<main")[2].replace("shortcut", "")
    assert _person(context, "x y") is None


def test_a_name_can_be_taken_only_once(visitor: Browser, lab: Lab) -> None:
    answer = visitor.post("/sign-up", GIVEN | {"user_name": "alice"})
    assert answer.status_code == 422
    assert "Somebody is called alice already." in plain(answer)


def test_a_lab_that_makes_accounts_itself_refuses(context: Context, lab: Lab) -> None:
    closed = replace(context.config, people=replace(context.config.people, sign_up="closed"))
    app: Flask = create_app(context=replace(context, config=closed))
    visitor = Browser(app.test_client())
    assert "Ask a technician at the counter" in visitor.read("/sign-up")
    assert visitor.post("/sign-up", GIVEN).status_code == 403
    assert _person(context, "zoe") is None
    assert "Make an account" not in visitor.read("/sign-in")


def test_who_has_an_account_is_not_asked_again(alice: Browser) -> None:
    assert alice.get("/sign-up").status_code == 303
