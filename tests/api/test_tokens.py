"""Tokens are the only way in."""

import pytest
from flask import Flask

from fabqueue.api import access
from fabqueue.db import Database, now
from fabqueue.models import Person, Token
from fabqueue.services import tokens
from fabqueue.web.site import SIGN_IN_KEY
from tests.api.conftest import Caller, made, problem
from tests.support.factories import Lab
from tests.support.signing import key_of


def test_a_call_without_a_token_is_asked_for_one(visitor: Caller) -> None:
    response = visitor.get("/me")
    problem(response, 401, "token_missing")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_token_is_refused_even_where_none_is_needed(app: Flask, lab: Lab) -> None:
    problem(Caller(app.test_client(), "fq_nonsense").get("/projects"), 401, "token_wrong")


def test_the_token_may_come_as_x_api_key(alice: Caller) -> None:
    key = {"Authorization": "", "X-Api-Key": alice.token}
    assert made(alice.get("/me", headers=key), 200)["user_name"] == "alice"


def test_a_sign_in_cookie_counts_for_nothing(app: Flask, lab: Lab) -> None:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[SIGN_IN_KEY] = key_of(app.extensions["fabqueue"].db, lab.alice)
    problem(client.get("/api/v1/me"), 401, "token_missing")


def test_a_revoked_token_stops_working(alice: Caller, database: Database) -> None:
    made(alice.get("/me"), 200)
    with database.writing() as session:
        token = tokens.holder(session, alice.token)
        assert token is not None
        tokens.revoke(session, token, token.person)
        session.commit()
    problem(alice.get("/me"), 401, "token_wrong")


def test_the_token_of_somebody_who_left_stops_working(alice: Caller, database: Database, lab: Lab) -> None:
    with database.writing() as session:
        session.get_one(Person, lab.alice.id).left_at = now()
        session.commit()
    problem(alice.get("/me"), 401, "token_wrong")


def test_its_last_use_is_written_down_but_not_at_each_call(alice: Caller, database: Database) -> None:
    made(alice.get("/me"), 200)
    first = _last_use(database)
    made(alice.get("/me"), 200)
    assert first is not None
    assert _last_use(database) == first


def test_too_many_wrong_tokens_slow_down_their_address_and_nobody_with_a_right_one(
    app: Flask, alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "WRONG_TOKENS", "3/hour")
    stranger = Caller(app.test_client(), "fq_guess")
    for _ in range(3):
        problem(stranger.get("/me"), 401)
    problem(stranger.get("/me"), 429, "call_too_often")
    made(alice.get("/me"), 200)


def _last_use(database: Database) -> object:
    with database.reading() as session:
        return session.query(Token).one().last_used_at
