"""People with and without accounts, in the makers' workshop."""

from tests.support.pages import adam, ines
from tests.web.makers.conftest import alice, app, bob, context, sign_in, tara, visitor, wakes, workshop

__all__ = ["adam", "alice", "app", "bob", "context", "ines", "sign_in", "tara", "visitor", "wakes", "workshop"]
