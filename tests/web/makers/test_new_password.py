"""A new password: by mail, by a link from a technician, by oneself."""

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from fabqueue.app import create_app
from fabqueue.dispatch.context import Context
from fabqueue.models import Person
from fabqueue.services import people, tokens
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


def test_whoever_found_an_open_browser_cannot_guess_the_password_for_long(
    alice: Browser, bob: Browser, sign_in: SignIn, lab: Lab
) -> None:
    guess = {"old_password": "a guess", "password": NEW}
    assert [alice.post("/account/password", guess).status_code for _ in range(10)] == [422] * 10
    other_address = {"REMOTE_ADDR": "10.0.0.9"}
    stopped = sign_in(lab.alice).post("/account/password", guess, environ_base=other_address)
    assert stopped.status_code == 429
    assert bob.post("/account/password", {"old_password": PASSWORD, "password": NEW}).status_code == 303


def test_a_poor_new_password_is_no_guess(alice: Browser) -> None:
    for _ in range(12):
        poor = alice.post("/account/password", {"old_password": PASSWORD, "password": "short"})
        assert poor.status_code == 422
    assert alice.post("/account/password", {"old_password": PASSWORD, "password": NEW}).status_code == 303


def test_made_up_links_come_to_an_end(visitor: Browser, sign_in: SignIn, link: str) -> None:
    tries = [visitor.get(f"/new-password/made-up-{number}").status_code for number in range(61)]
    assert tries == [404] * 60 + [429]
    assert sign_in(None).get(link, environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 200


@pytest.fixture
def keys(context: Context, lab: Lab) -> list[str]:
    """Two tokens of Alice's, which whoever had her password may have made."""
    with context.db.writing() as session:
        made = [tokens.create(session, session.get_one(Person, lab.alice.id), name)[1] for name in ("slicer", "script")]
        session.commit()
    return made


def _working(context: Context, keys: list[str]) -> int:
    with context.db.reading() as session:
        return sum(tokens.holder(session, each) is not None for each in keys)


def test_a_link_ends_every_key_and_says_so(visitor: Browser, context: Context, link: str, keys: list[str]) -> None:
    assert "2 keys for programs end, too." in visitor.read(link)
    assert visitor.post(link, {"password": "short"}).status_code == 422
    assert _working(context, keys) == 2
    visitor.post(link, {"password": NEW})
    assert _working(context, keys) == 0
    assert "2 keys for programs work no more." in visitor.read("/account")


def test_one_who_changes_the_password_is_offered_to_end_the_keys(
    alice: Browser, context: Context, keys: list[str]
) -> None:
    assert "Also end my 2 keys for programs" in alice.read("/account")
    box = re.search(r'<input [^>]*name="end_tokens"[^>]*>', alice.get("/account").text)
    assert box is not None
    assert " checked" in box[0]
    alice.post("/account/password", {"old_password": PASSWORD, "password": NEW, "end_tokens": "y"})
    assert _working(context, keys) == 0
    assert "2 keys for programs work no more." in alice.read("/account")
    assert "Also end my" not in alice.read("/account")


def test_keys_stay_for_one_who_wants_to_keep_them(alice: Browser, context: Context, keys: list[str]) -> None:
    alice.post("/account/password", {"old_password": PASSWORD, "password": NEW})
    assert _working(context, keys) == 2
    assert "every other sign-in has ended." in alice.read("/account")
