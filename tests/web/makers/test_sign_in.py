"""Signing in and out."""

import pytest
from flask import Flask

from fabqueue.web.site import SIGN_IN_KEY
from tests.support.factories import PASSWORD, Lab
from tests.web.makers.conftest import Browser, SignIn, plain

RIGHT = {"name": "alice", "password": PASSWORD}
WRONG = {"name": "alice", "password": "not hers at all"}


def test_the_right_password_signs_in(visitor: Browser) -> None:
    answer = visitor.post("/sign-in", RIGHT)
    assert (answer.status_code, answer.location) == (303, "/make")
    assert "You sign in as alice." in visitor.read("/account")


def test_a_wrong_password_does_not_and_tells_nothing_about_names(visitor: Browser) -> None:
    known = visitor.post("/sign-in", WRONG)
    unknown = visitor.post("/sign-in", {"name": "nobody-here", "password": "something"})
    assert known.status_code == unknown.status_code == 422
    assert "do not belong together" in plain(known)
    assert "do not belong together" in plain(unknown)
    assert visitor.get("/account").status_code == 302


def test_a_page_that_asks_to_sign_in_is_gone_on_to(visitor: Browser) -> None:
    asked = visitor.get("/jobs?show=open")
    assert asked.location == "/sign-in?next=/jobs?show%3Dopen"
    assert 'value="/jobs?show=open"' in visitor.get(asked.location).text
    assert visitor.post("/sign-in", RIGHT | {"next": "/jobs?show=open"}).location == "/jobs?show=open"


@pytest.mark.parametrize("address", ["https://evil.example/x", "//evil.example", "/\\evil.example", "jobs"])
def test_it_never_sends_anybody_elsewhere(visitor: Browser, address: str) -> None:
    assert visitor.post("/sign-in", RIGHT | {"next": address}).location == "/make"


def test_ten_wrong_tries_lock_this_account_from_this_address_only(sign_in: SignIn) -> None:
    attacker, pupil = sign_in(None), sign_in(None)
    tries = [attacker.post("/sign-in", WRONG).status_code for _ in range(11)]
    assert tries == [422] * 10 + [429]
    assert pupil.post("/sign-in", {"name": "bob", "password": PASSWORD}).status_code == 303


def test_another_address_is_not_locked(sign_in: SignIn) -> None:
    for _ in range(11):
        sign_in(None).post("/sign-in", WRONG)
    elsewhere = sign_in(None).post("/sign-in", RIGHT, environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert elsewhere.status_code == 303


def test_successful_sign_ins_do_not_count(sign_in: SignIn) -> None:
    for _ in range(12):
        assert sign_in(None).post("/sign-in", RIGHT).status_code == 303


def test_thirty_people_behind_one_address_sign_in(sign_in: SignIn, lab: Lab) -> None:
    for number in range(30):
        sign_in(None).post("/sign-in", {"name": f"pupil{number}", "password": "wrong"})
    assert sign_in(None).post("/sign-in", RIGHT).status_code == 303


def _name_after_name(sign_in: SignIn, count: int, address: str) -> list[int]:
    """The answers to an attacker at `address` who tries another name each time."""
    attacker, places = sign_in(None), {"REMOTE_ADDR": address}
    wrong = {"csrf_token": attacker.token(), "password": "summer2024"}
    return [
        attacker.client.post("/sign-in", data=wrong | {"name": f"guess-{number}"}, environ_base=places).status_code
        for number in range(count)
    ]


def test_name_after_name_from_one_address_comes_to_an_end(sign_in: SignIn, lab: Lab) -> None:
    assert _name_after_name(sign_in, 301, "10.0.0.8") == [422] * 300 + [429]
    elsewhere = sign_in(None).post("/sign-in", RIGHT, environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert elsewhere.status_code == 303


def test_an_ipv6_attacker_has_one_network_not_its_addresses(sign_in: SignIn, lab: Lab) -> None:
    assert 429 not in _name_after_name(sign_in, 300, "2001:db8::1")
    assert _name_after_name(sign_in, 1, "2001:db8::2:7") == [429]
    assert _name_after_name(sign_in, 1, "2001:db8:0:1::1") == [422]


def test_a_class_that_mistypes_and_then_does_not_is_let_in(sign_in: SignIn, lab: Lab) -> None:
    assert set(_name_after_name(sign_in, 180, "127.0.0.1")) == {422}
    for _ in range(30):
        assert sign_in(None).post("/sign-in", RIGHT).status_code == 303


def test_signing_out_ends_it(visitor: Browser) -> None:
    visitor.post("/sign-in", RIGHT)
    assert visitor.post("/sign-out").location == "/"
    assert visitor.get("/account").status_code == 302


def test_a_form_without_its_token_is_refused(app: Flask, lab: Lab) -> None:
    client = app.test_client()
    assert client.post("/sign-in", data=RIGHT).status_code == 400
    assert client.get("/account").status_code == 302


def test_a_cookie_of_an_ended_sign_in_is_worth_nothing(app: Flask, lab: Lab) -> None:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[SIGN_IN_KEY] = "no key of anybody"
    assert client.get("/account").status_code == 302
