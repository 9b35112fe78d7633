"""A lab whose rows belong to the test's own session."""

import pytest

from fabqueue.db import WritingSession
from tests.support import factories
from tests.support.factories import Lab


@pytest.fixture
def here(session: WritingSession) -> Lab:
    """Alice, Bob, Tara, Ines, Adam and a printer, in the session of the test."""
    made = factories.lab(session)
    session.flush()
    return made
