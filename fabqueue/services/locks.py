"""Rows that two people may change at the same moment: locked until the commit, and read as they are then.

On SQLite every writing session has the database to itself and nothing more is locked. On PostgreSQL others write at the
same time; what is decided from a row, or from sums that belong to it, holds only while that row is locked. Whoever
locks several takes them in this order: person, machine, run, job, machine model, account.
"""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import inspect, select
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
    lock_ids(session, kind, [key])


def lock_ids(session: Session, kind: Any, keys: Collection[str]) -> None:
    """The same of several, in one order for everybody."""
    rows = select(kind.id).where(kind.id.in_(keys)).order_by(kind.id)
    session.execute(rows.with_for_update(key_share=True)).all()


def reread(session: Session, row: Base, *, lock: bool = False) -> None:
    """Read a row's own columns as they are now, and no others'; `lock`: keep them so, as `lock` does.

    What it refers to is looked up anew where it refers to something else now.
    """
    session.flush()
    known = inspect(row).dict
    before = {key: [known.get(each) for each in columns] for key, columns in _links(type(row)).items()}
    session.refresh(row, _columns(type(row)), with_for_update={"key_share": True} if lock else None)
    changed = [key for key, values in before.items() if values != [known[each] for each in _links(type(row))[key]]]
    if changed:
        session.expire(row, changed)


@cache
def _columns(kind: type[Base]) -> list[str]:
    return [each.key for each in inspect(kind).column_attrs]


@cache
def _links(kind: type[Base]) -> dict[str, list[str]]:
    """What a row refers to, each with the columns that say to which row."""
    mapper = inspect(kind)
    return {
        each.key: [mapper.get_property_by_column(own).key for own in each.local_columns]
        for each in mapper.relationships
        if not each.uselist
    }
