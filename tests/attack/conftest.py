"""Attackers' tools: programs with tokens, browsers with sign-in cookies, and a workshop to make the victims' things."""

import pytest
from flask import Flask

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
from tests.support.pages import Browser, SignIn, signing_in
from tests.web.makers.conftest import workshop  # noqa: F401  fixture


@pytest.fixture
def sign_in(app: Flask, lab: Lab) -> SignIn:  # noqa: F811
    """A browser of a person, or of a visitor (None)."""
    return signing_in(app, Browser)
