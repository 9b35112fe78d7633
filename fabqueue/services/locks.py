"""Rows that two people may change at the same moment: locked until the commit, and read as they are then.

On SQLite every writing session has the database to itself and nothing more is locked. On PostgreSQL others write at the
same time; what is decided from a row, or from sums that belong to it, holds only while that row is locked. Whoever
locks several takes them in this order: person, machine, run, job, machine model, account.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.models.base import Base


def lock(session: Session, row: Base) -> None:
    """Wait for whoever changes the row, keep others from changing it, and read it anew."""
    session.flush()
    lock_id(session, type(row), row.id)  # type: ignore[attr-defined]
    session.refresh(row)


def share(session: Session, row: Base) -> None:
    """Keep others from changing a row that something is made from, and read it anew; they may share it as well."""
    session.flush()
    kind: Any = type(row)
    session.execute(select(kind.id).where(kind.id == row.id).with_for_update(read=True))  # type: ignore[attr-defined]
    session.refresh(row)


def lock_id(session: Session, kind: Any, key: str) -> None:
    """Lock a row that need not be read. Rows that merely refer to it can still be added."""
    session.execute(select(kind.id).where(kind.id == key).with_for_update(key_share=True))
