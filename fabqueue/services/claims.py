"""Claims: which worker has a piece of background work now, an analysis, a slicing or an import.

A claim ends at its row's `running_until`, a minute ahead by the clock of the database, and whoever does the work pushes
that end ahead (`renew`). So another worker takes over soon after a process died, however long the work may last.
"""

from typing import Any

from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.orm import Session

from fabqueue.db import Clock
from fabqueue.models import ImportBatch, Revision, Slicing

SECONDS = 60.0
Claimable = type[Revision] | type[Slicing] | type[ImportBatch]


def end() -> Clock:
    """SQL: the end of a claim that is made or renewed now."""
    return Clock(SECONDS)


def is_over(until: Any) -> ColumnElement[bool]:
    """SQL: whether nobody is at it any more.

    No claim ends further ahead than that: such an end was written while the computer's clock was wrong.
    """
    return or_(until < Clock(), until > Clock(2 * SECONDS))


def renew(session: Session, kind: Claimable, row_id: str, attempt: int) -> None:
    """Keep a claim; nothing happens when the work has ended or another try has it."""
    mine = update(kind).where(kind.id == row_id, kind.attempts == attempt, kind.running_until.is_not(None))
    session.execute(mine.values(running_until=end()), execution_options={"synchronize_session": False})
