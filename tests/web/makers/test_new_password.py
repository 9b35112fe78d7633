"""A new password: by mail, by a link from a technician, by oneself."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from fabqueue.app import create_app
from fabqueue.dispatch.context import Context
from fabqueue.models import Person
from fabqueue.services import people
from tests.support.factories import PASSWORD, Lab
from tests.web.makers.conftest import Browser, SignIn, plain

NEW = "quite another one"


@pytest.fixture
def link(context: Context, lab: Lab) -> str:
    """The path of a link for Alice."""
    with context.db.writing() as session:
        alice = session.get_one(Person, lab.alice.id)
        secret, _until = people.issue_link(session, context.config.people, alice, session.get_one(Person, lab.tara.id))
        session.commit()
    return f"/new-password/{secret}"


def test_a_lab_without_mail_says_whom_to_ask(visitor: Browser, wakes: list[Any]) -> None:
    assert "Ask a technician for a link" in visitor.read("/forgot-password")
    assert visitor.post("/forgot-password", {"name": "alice"}).status_code == 422
    assert wakes == []


@pytest.fixture
def mailing(context: Context, lab: Lab) -> Flask:
    mail = replace(context.config.mail, host="smtp.example", sender="lab@example.org")
    return create_app(context=replace(context, config=replace(context.config, mail=mail)))


def test_a_lab_with_mail_sends_a_link_and_tells_nothing_about_accounts(
    mailing: Flask, context: Context, lab: Lab, wakes: list[Any]
) -> None:
    with context.db.writing() as session:
        session.get_one(Person, lab.alice.id).email = "alice@example.org"
        session.commit()
    visitor = Browser(mailing.test_client())
    answers = [visitor.post("/forgot-password", {"name": name}) for name in ("alice", "bob", "nobody")]
    assert {each.location for each in answers} == {"/forgot-password?sent=1"}
    assert wakes == [("password_mail", lab.alice.id)]
    assert "Look into your mail" in visitor.read("/forgot-password?sent=1")


def test_asking_again_and_again_is_limited(mailing: Flask, lab: Lab) -> None:
    visitor = Browser(mailing.test_client())
    assert [visitor.post("/forgot-password", {"name": "bob"}).status_code for _ in range(6)] == [303] * 5 + [429]


def test_a_link_gives_a_new_password_once_and_signs_in(visitor: Browser, sign_in: SignIn, link: str) -> None:
    assert "alice" in visitor.read(link)
    assert visitor.post(link, {"password": NEW}).status_code == 303
    assert "You sign in as alice." in visitor.read("/account")
    assert sign_in(None).get(link).status_code == 404
    assert sign_in(None).post("/sign-in", {"name": "alice", "password": PASSWORD}).status_code == 422
    assert sign_in(None).post("/sign-in", {"name": "alice", "password": NEW}).status_code == 303


def test_a_new_password_ends_other_sign_ins(alice: Browser, visitor: Browser, link: str) -> None:
    visitor.post(link, {"password": NEW})
    assert alice.get("/account").status_code == 302


def test_a_poor_password_leaves_the_link_working(visitor: Browser, link: str) -> None:
    answer = visitor.post(link, {"password": "short"})
    assert answer.status_code == 422
    assert "at least 10 characters" in plain(answer)
    assert visitor.post(link, {"password": NEW}).status_code == 303


def test_a_made_up_link_does_not_exist(visitor: Browser) -> None:
    answer = visitor.get("/new-password/made-up")
    assert answer.status_code == 404
    assert "This link does not work any more." in plain(answer)


def test_the_page_of_a_link_is_kept_out_of_caches_and_referrers(visitor: Browser, link: str) -> None:
    headers = visitor.get(link).headers
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_one_changes_ones_own_password(alice: Browser, sign_in: SignIn) -> None:
    answer = alice.post("/account/password", {"old_password": PASSWORD, "password": NEW})
    assert answer.status_code == 303
    assert alice.get("/account").status_code == 200
    assert sign_in(None).post("/sign-in", {"name": "alice", "password": NEW}).status_code == 303


def test_the_old_password_must_be_right(alice: Browser, sign_in: SignIn) -> None:
    answer = alice.post("/account/password", {"old_password": "a guess", "password": NEW})
    assert answer.status_code == 422
    assert "This is not your password." in plain(answer)
    assert sign_in(None).post("/sign-in", {"name": "alice", "password": PASSWORD}).status_code == 303
