"""Attackers' tools: programs with tokens, browsers with sign-in cookies, and a workshop to make the victims' things."""

from collections.abc import Callable

import pytest
from flask import Flask

from fabqueue.models import Person
from fabqueue.web.site import SIGN_IN_KEY
from tests.api.conftest import (  # noqa: F401  fixtures
    alice,
    app,
    bench,
    bob,
    box,
    call,
    context,
    job,
    measured,
    spoken,
    tara,
    visitor,
    wakes,
)
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, workshop  # noqa: F401  fixture

SignIn = Callable[[Person | None], Browser]


@pytest.fixture
def sign_in(app: Flask, lab: Lab) -> SignIn:  # noqa: F811
    """A browser of a person, or of a visitor (None)."""

    def make(person: Person | None) -> Browser:
        client = app.test_client()
        if person is not None:
            with client.session_transaction() as cookie:
                cookie[SIGN_IN_KEY] = f"{person.id}.{person.sign_in_generation}"
        return Browser(client)

    return make
