"""Which statements something takes: what is asked once for all must not be asked for each."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.orm import Session


@contextmanager
def asked(session: Session) -> Iterator[list[str]]:
    """The statements that a session sends meanwhile."""
    found: list[str] = []
    note = lambda _connection, _cursor, statement, *_more: found.append(statement)  # noqa: E731
    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
