"""Leases: who drives a machine now. One holder for each, on any host; gone when its process is.

A lease lies in the machine's row with an end that a thread keeps pushing ahead, so that no slow upload outlives it. It
is believed only inside the transaction that uses it (`fence`). The holder also locks a file in the data folder: when
its process dies, the kernel lets go of the lock and another process of that host takes the lease at once instead of
waiting for its end.
"""

import fcntl
import os
import secrets
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import IO

import structlog
from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.models import Machine

SECONDS = 45.0
"""Longer than all time limits of one step together: a look (4 exchanges of 7 s) and one command (2 of them)."""
_log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """Somebody else drives the machine now; whatever was about to be written is not ours to write."""


class Lease:
    """The machines that one process drives for the moment."""

    def __init__(self, context: Context, holder: str) -> None:
        self._context, self.holder = context, holder
        self.machines: frozenset[str] = frozenset()

    def take(self, machine_ids: Collection[str]) -> frozenset[str]:
        """Those of the machines that nobody else drives; they are ours now."""
        dead = _dead_holders(self._context, machine_ids)
        with self._context.db.writing() as session:
            taken = {each for each in machine_ids if self._take(session, each, dead)}
            session.commit()
        self.machines = frozenset(taken)
        return self.machines

    def _take(self, session: Session, machine_id: str, dead: Collection[str]) -> bool:
        free = or_(Machine.lease_until.is_(None), Machine.lease_until < now(), Machine.lease_holder.in_(dead))
        return _update(session, [machine_id], free, self.holder) == 1

    def fence(self, session: Session, machine_id: str) -> None:
        """Make sure, in this transaction, that the machine is still ours; its row is locked until the commit."""
        if _update(session, [machine_id], Machine.lease_holder == self.holder, self.holder) != 1:
            raise LeaseLost(machine_id)

    def renew(self) -> None:
        with self._context.db.progress() as session:
            _update(session, self.machines, Machine.lease_holder == self.holder, self.holder)
            session.commit()

    def release(self, session: Session) -> None:
        mine = update(Machine).where(Machine.id.in_(self.machines), Machine.lease_holder == self.holder)
        free = mine.values(lease_holder="", lease_until=None)
        session.execute(free, execution_options={"synchronize_session": False})


def _update(session: Session, machine_ids: Collection[str], condition: object, holder: str) -> int:
    statement = (
        update(Machine)
        .where(Machine.id.in_(machine_ids), condition)  # type: ignore[arg-type]
        .values(lease_holder=holder, lease_until=now() + timedelta(seconds=SECONDS))
    )
    result = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


@contextmanager
def leased(context: Context, machine_ids: Collection[str]) -> Iterator[Lease]:
    """Drive those of the machines that are free (`lease.machines`); kept alive while inside, let go afterwards."""
    with _living_holder(context) as holder:
        lease = Lease(context, holder)
        if not lease.take(machine_ids):
            yield lease
            return
        stop = threading.Event()
        keeper = threading.Thread(target=_keep, args=(lease, stop), name="lease", daemon=True)
        keeper.start()
        try:
            yield lease
        finally:
            stop.set()
            keeper.join()
            with context.db.progress() as session:
                lease.release(session)
                session.commit()


def _keep(lease: Lease, stop: threading.Event) -> None:
    while not stop.wait(SECONDS / 3):
        try:
            lease.renew()
        except SQLAlchemyError as error:  # tried again; `fence` notices when it was too late
            _log.warning("lease_not_renewed", error=str(error))


def _folder(context: Context) -> Path:
    return context.config.folder / "leases"


@contextmanager
def _living_holder(context: Context) -> Iterator[str]:
    """A name for a holder, and a locked file of that name as its sign of life."""
    folder = _folder(context)
    folder.mkdir(parents=True, exist_ok=True)
    holder = secrets.token_hex(12)
    path = folder / holder
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield holder
        finally:
            path.unlink(missing_ok=True)


def _dead_holders(context: Context, machine_ids: Collection[str]) -> list[str]:
    """Holders of these machines whose process on this host is gone. A holder of another host has no file here."""
    with context.db.reading() as session:
        rows = select(Machine.lease_holder).where(Machine.id.in_(machine_ids), Machine.lease_holder != "")
        holders = set(session.scalars(rows))
    return [each for each in holders if _is_dead(_folder(context) / os.path.basename(each))]


def _is_dead(path: Path) -> bool:
    try:
        file: IO[str] = path.open("r+")
    except FileNotFoundError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        with suppress(FileNotFoundError):
            path.unlink()
        return True
