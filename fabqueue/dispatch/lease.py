"""Leases: who drives a machine now. One holder for each, on any host; gone when its process is.

A lease lies in the machine's row with an end that a thread keeps pushing ahead, so that no slow upload outlives it. It
begins and ends by the clock of the database, whatever the hosts' clocks say, and is believed only inside the
transaction that uses it (`fence`). The holder also locks a file in the data folder: when its process dies, the kernel
lets go of the lock and another process of that host takes the lease at once instead of waiting for its end.
"""

import fcntl
import os
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, cast

import structlog
from sqlalchemy import Select, Table, Update, bindparam, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from fabqueue.db import Clock, WritingSession
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.renewing import renewed
from fabqueue.models import Machine, Run, RunState

SECONDS = 45.0
"""Longer than all time limits of one step together: a look (4 exchanges of 7 s) and one command (2 of them)."""
_log = structlog.get_logger(__name__)

Which = Select[str]
"""A question for the ids of machines."""


class LeaseLost(Exception):
    """Somebody else drives the machine now; whatever was about to be written is not ours to write."""


class Lease:
    """The machines that one process drives for the moment."""

    def __init__(self, context: Context, holder: str) -> None:
        self._context, self.holder = context, holder
        self.machines: frozenset[str] = frozenset()
        self.is_over = False
        """Let go of already: its end came with what was written last."""
        self.kept_back: set[str] = set()
        """Machines that are not let go of: their leases run out."""

    def take(self, which: Select[str, str]) -> None:
        """Those of the `_free` machines that nobody else drives; they are ours now.

        In one transaction: what another process is just taking is passed over on PostgreSQL. From whoever did not let
        go they come with what that one sent: it may be frozen, and go on with it one day. A failure of the power may
        undo it on SQLite, for it ends every process that holds a lease there.
        """
        with self._context.db.progress() as session:
            held_by = {row.id: row.lease_holder for row in session.execute(which)}
            if held_by:
                _inherit(session, [each for each, holder in held_by.items() if holder])
                _update(session, _TAKEN, held_by, self.holder)
                session.commit()
        self.machines = frozenset(held_by)

    def fence(self, session: Session, machine_id: str) -> None:
        """Make sure, in this transaction, that the machine is still ours; its row is locked until the commit.

        One that ran out is not ours, although nobody took it: what was seen by who was frozen for so long is old.
        """
        if _update(session, _RENEWED, [machine_id], self.holder) != 1:
            raise LeaseLost(machine_id)

    @contextmanager
    def writing(self, machine_id: str) -> Iterator[tuple[WritingSession, Machine]]:
        """A transaction about a machine, committed at the end if the machine is still ours. Raises LeaseLost."""
        with self._context.db.writing() as session:
            self.fence(session, machine_id)
            yield session, session.get_one(Machine, machine_id)
            session.commit()

    def renew(self) -> None:
        """Those that did not run out: in a process that was frozen, this thread may be the first to go on."""
        with self._context.db.progress() as session:
            _update(session, _RENEWED, self.machines - self.kept_back, self.holder)
            session.commit()

    def release(self, session: Session, machine_ids: Collection[str] | None = None) -> None:
        """Let go of them, or of some, with the commit of this transaction: nothing of ours may be under way there."""
        these = self.machines if machine_ids is None else machine_ids
        _update(session, _LET_GO, set(these) - self.kept_back, self.holder)

    def keep_back(self, machine_id: str) -> None:
        """Have it run out: something of ours may be under way there that could not be written down, so whoever takes
        the machine next shall take it as from one who is frozen."""
        self.kept_back.add(machine_id)


MACHINE = cast(Table, Machine.__table__)
_MINE = MACHINE.c.lease_holder == bindparam("holder")
_THESE = MACHINE.c.id.in_(bindparam("machines", expanding=True))
_FREE = or_(Machine.lease_until.is_(None), Machine.lease_until < Clock(), Machine.lease_until > Clock(2 * SECONDS))
"""None ends further ahead than SECONDS: such an end was written while the database's clock was wrong."""
_TAKEN = update(MACHINE).where(_THESE).values(lease_holder=bindparam("holder"), lease_until=Clock(SECONDS))
_RENEWED = update(MACHINE).where(_THESE, _MINE, MACHINE.c.lease_until >= Clock()).values(lease_until=Clock(SECONDS))
LET_GO = {"lease_holder": "", "lease_until": None}
_LET_GO = update(MACHINE).where(_THESE, _MINE).values(LET_GO)


def _update(session: Session, statement: Update, machine_ids: Collection[str], holder: str) -> int:
    """Made once and without objects, as every look at a machine needs them."""
    result = session.connection().execute(statement, {"machines": list(machine_ids), "holder": holder})
    return int(result.rowcount)


def _inherit(session: Session, machine_ids: Collection[str]) -> None:
    """A file that somebody else sent to these machines, and may yet select or start, is sent anew under another name:
    what is selected proves something only when nobody else can have selected it."""
    if not machine_ids:
        return
    sent = update(Run).where(Run.machine_id.in_(machine_ids), Run.state.in_((RunState.SENDING, RunState.ARMED)))
    session.execute(sent.values(inherited=True), execution_options={"synchronize_session": False})


@contextmanager
def leased(context: Context, machine_ids: Collection[str]) -> Iterator[Lease]:
    """Drive those of the machines that are free (`lease.machines`); kept alive while inside, let go afterwards."""
    with context.db.reading() as session:
        holders = set(session.scalars(select(Machine.lease_holder).where(Machine.lease_holder != "").distinct()))
    bury(context, holders)
    these = _free(select(Machine.id).where(Machine.id.in_(machine_ids)))
    with _held(context, these) as lease, _kept(lease):
        yield lease


@contextmanager
def picked(context: Context, which: Which, limit: int) -> Iterator[Lease]:
    """The first `limit` of the machines to look at that are free. Whoever works longer than SECONDS renews them."""
    with _held(context, _first(which, limit)) as lease:
        yield lease


@lru_cache(16)
def _first(which: Which, limit: int) -> Select[str, str]:
    """Made once for each question, as every sweep asks it."""
    return _free(which.order_by(Machine.look_at.is_not(None), Machine.look_at).limit(limit))


def _free(which: Which) -> Select[str, str]:
    """Those that nobody drives, with who did not let go of them."""
    return which.add_columns(Machine.lease_holder).where(_FREE).with_for_update(skip_locked=True)


@contextmanager
def _held(context: Context, which: Select[str, str]) -> Iterator[Lease]:
    """Whoever breaks off may leave threads that go on driving: nothing is let go then, and the sign of life stays,
    locked by nobody, so that the next one takes the machines as those of a dead holder."""
    with _sign_of_life(context) as sign:
        lease, is_over = Lease(context, sign.name), False
        try:
            lease.take(which)
            yield lease
            is_over = True
        finally:
            if not lease.machines or (is_over and _is_let_go(context, lease)):
                sign.unlink(missing_ok=True)


@contextmanager
def _kept(lease: Lease) -> Iterator[None]:
    """Renewed meanwhile; `fence` notices when that was too late."""
    if not lease.machines:
        yield
        return
    with renewed(lease.renew, SECONDS):
        yield


def _is_let_go(context: Context, lease: Lease) -> bool:
    """Let go of what is still held. False where the database could not write it down, on a full disk for one: then the
    sign of life stays, locked by nobody, and the next one takes the machines as those of a dead holder."""
    if lease.is_over or not lease.machines:
        return True
    try:
        with context.db.progress() as session:
            lease.release(session)
            session.commit()
    except SQLAlchemyError as error:
        _log.warning("lease_not_released", error=str(error))
        return False
    return True


def _folder(context: Context) -> Path:
    return context.settings.folder / "leases"


@contextmanager
def _sign_of_life(context: Context) -> Iterator[Path]:
    """A locked file named as a new holder."""
    path = _folder(context) / secrets.token_hex(12)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield path


def _sign_of(context: Context, holder: str) -> Path:
    return _folder(context) / os.path.basename(holder)


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
        return True


def bury(context: Context, holders: Collection[str]) -> None:
    """End every lease of those whose process on this host is gone, whoever wants their machines, and only then forget
    that they are dead. A holder of another host has no file here."""
    dead = [each for each in holders if _is_dead(_sign_of(context, each))]
    if not dead:
        return
    with context.db.writing() as session:
        # locked before their runs, as by everybody who changes both
        theirs = select(Machine.id).where(Machine.lease_holder.in_(dead)).order_by(Machine.id)
        _inherit(session, list(session.scalars(theirs.with_for_update(key_share=True))))
        session.execute(update(MACHINE).where(MACHINE.c.lease_holder.in_(dead)).values(LET_GO))
        session.commit()
    for each in dead:
        _sign_of(context, each).unlink(missing_ok=True)
