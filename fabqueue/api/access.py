"""Who calls: the person whose token came with the call. The sign-in cookie of the pages counts for nothing here."""

from flask import Flask, current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from sqlalchemy.orm import Session

from fabqueue.api.base import Blueprint
from fabqueue.api.problems import Problem
from fabqueue.calls import View, context, guarded, reading
from fabqueue.models import Person
from fabqueue.permissions import NotFound
from fabqueue.services import tokens

WRONG_TOKENS = "120/minute"
"""Wrong tokens that one address may send; right ones are never limited, so nobody locks out a whole lab."""
LARGEST_BODY = 1_000_000
"""Bytes of a JSON body; uploads have their own limit."""


def with_token(view: View) -> View:
    """For people who bring a valid token."""
    return guarded(_need_token)(view)


def open_to_all(view: View) -> View:
    """Anybody may call it; a token that comes along must be valid. What is shown is decided thing by thing."""
    described: View = Blueprint.doc(security=[{}, {"bearer": []}, {"key": []}])(view)
    return guarded(_authenticate)(described)


def caller() -> Person | None:
    """Whose token it is, in the reading session; None for a visitor."""
    found: Person | None = g.get("person")
    return found


def caller_in(session: Session) -> Person:
    """The caller in another session. Raises NotFound when they have gone meanwhile."""
    person = caller()
    found = session.get(Person, person.id) if person else None
    if found is None or found.left_at:
        raise NotFound
    return found


def _need_token() -> None:
    _authenticate()
    if caller() is None:
        raise Problem(401, "token_missing", headers={"WWW-Authenticate": 'Bearer realm="FabQueue"'})


def _authenticate() -> None:
    """Set the caller from the call's token. Raises Problem 401 for a wrong one, 429 for too many wrong ones."""
    g.person = None
    if request.mimetype != "multipart/form-data":
        request.max_content_length = LARGEST_BODY
    secret = _secret()
    if not secret:
        return
    token = tokens.holder(reading(), secret)
    if token is None:
        _count_wrong()
        challenge = 'Bearer realm="FabQueue", error="invalid_token"'
        raise Problem(401, "token_wrong", headers={"WWW-Authenticate": challenge})
    g.person = token.person
    if tokens.needs_touch(token):
        with context().db.progress() as session:
            tokens.touch(session, token.id)
            session.commit()


def _secret() -> str:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return bearer.strip()
    return request.headers.get("X-Api-Key", "").strip()


def _count_wrong() -> None:
    for limiter in current_app.extensions["limiter"]:
        _count(limiter)


def _count(limiter: Limiter) -> None:
    with limiter.limit(WRONG_TOKENS, key_func=get_remote_address, scope="wrong-token"):
        pass


def init_app(app: Flask) -> None:
    """Calls carry tokens, never cookies, so there is nothing to forge: the forms' token is not asked for."""
    app.extensions["csrf"].exempt(app.blueprints["api"])
