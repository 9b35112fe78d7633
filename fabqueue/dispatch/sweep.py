"""Looking at the machines that are due, shard by shard: picked and leased in one transaction, looked at by a few
threads, written down in one go.

What an idle machine costs is its poll: its row comes with those of its shard, and nobody asks for work for a machine
of a model that nothing waits for. Machines that did not answer last time are looked at in a lane of their own. What
takes long at one of the others goes on beside: a file on its way, a laser that homes, a host that hangs.
"""

import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, wait
from contextlib import ExitStack
from functools import cache

import structlog
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from fabqueue.db import Clock
from fabqueue.dispatch.advance import drive
from fabqueue.dispatch.case import Case, read_idle
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import Drivers
from fabqueue.dispatch.lease import SECONDS, Lease, Which, bury, picked
from fabqueue.dispatch.renewing import waited
from fabqueue.dispatch.sighting import LONGEST_BACK_OFF, Sighting, keep
from fabqueue.models import MANUAL, Machine

SHARD = 100
PATIENCE = 1.5
"""Seconds that a worker waits for looks at machines, before it leaves those that take longer to go on beside."""
AWAY_PATIENCE = 10.0
"""The same in the lane of machines that did not answer: longer than it takes to give up one of them."""
_log = structlog.get_logger(__name__)


@cache
def which(away: bool | None = None) -> Which:
    """Machines to look at now: all, those that did not answer last time, or the others.

    A look that is further ahead than any back-off was put off while a clock was wrong: it is due as well.
    """
    due = select(Machine.id).where(_is_due())
    if away is None:
        return due
    return due.where(Machine.misses > 0 if away else Machine.misses == 0)


def _is_due() -> ColumnElement[bool]:
    at = Machine.look_at
    now_or_never = or_(at.is_(None), at <= Clock(), at > Clock(2 * LONGEST_BACK_OFF))
    return and_(Machine.driver != MANUAL, Machine.retired_at.is_(None), now_or_never)


def shards_due(context: Context, most: int) -> int:
    """How many shards of machines there are to look at now, at `most`."""
    with context.db.reading() as session:
        return min(most, -(-session.scalars(_how_many_due()).one() // SHARD))


@cache
def _how_many_due() -> Select[int]:
    return select(func.count()).select_from(Machine).where(_is_due())


def look(context: Context, drivers: Drivers, lane: "Lane") -> frozenset[str]:
    """One shard of the machines that are due; those that did not answer last time are looked at in the lane, beside."""
    lanes = _lanes(context)
    if True in lanes:
        lane.begin(lambda: sweep(context, drivers, True, AWAY_PATIENCE))
    looked, is_left = frozenset[str](), False in lanes
    while is_left:
        some, is_left = _shard(context, drivers, False, PATIENCE)
        looked |= some
    return looked


def aside(drivers: Drivers, work: Callable[[], object]) -> None:
    """Do something, and wait for it no longer than PATIENCE: then it goes on beside. What it raises until then."""
    doing = drivers.apart(work)
    wait([doing], PATIENCE)
    if doing.done():
        doing.result()
    else:
        doing.add_done_callback(_tell)


def _tell(done: Future[object]) -> None:
    if (error := done.exception()) is not None:  # whatever it was about is found again
        _log.warning("beside_failed", error=str(error))


def sweep(context: Context, drivers: Drivers, away: bool | None = None, patience: float | None = None) -> int:
    """Look once at every machine that is due, or at those that were `away` or not; how many were looked at.

    patience: what takes more seconds goes on beside.
    """
    lanes = {True, False} if away is None else {away}
    looked = set[str]()
    while lanes & _lanes(context):
        found, _is_left = _shard(context, drivers, away, patience)
        if len(found) < SHARD or found <= looked:  # a shard that is not full is the last
            return len(looked | found)
        looked |= found
    return len(looked)


def _lanes(context: Context) -> set[bool]:
    """Whether any machine is due that was away, or one that was not; nothing is written while none is.

    The leases of processes that died here end on the way.
    """
    with context.db.reading() as session:
        rows = session.execute(_lanes_and_holders()).all()
    bury(context, {each.lease_holder for each in rows} - {""})
    return {each.is_away for each in rows if each.is_due}


@cache
def _lanes_and_holders() -> Select[bool, bool, str]:
    is_due, is_held = _is_due(), Machine.lease_holder != ""
    columns = is_due.label("is_due"), (Machine.misses > 0).label("is_away"), Machine.lease_holder
    return select(*columns).where(or_(is_due, is_held)).distinct()


def shard(context: Context, drivers: Drivers, away: bool | None = None) -> frozenset[str]:
    """Look at the first machines that are due and that nobody else drives; which were looked at."""
    return _shard(context, drivers, away, None)[0]


def _shard(
    context: Context, drivers: Drivers, away: bool | None, patience: float | None
) -> tuple[frozenset[str], bool]:
    """The same, with whether some were left out: the threads were busy for longer than the `patience` in seconds.

    Looks that are not over by then keep their machines, and go on beside.
    """
    with ExitStack() as held:
        lease = held.enter_context(picked(context, which(away), SHARD))
        if not lease.machines:
            return lease.machines, False
        idle, pool, due = read_idle(context, lease.machines), drivers.pool(f"away-{away}"), lease.machines
        looks = {each: pool.submit(_look, context, drivers, lease, each, idle.get(each)) for each in due}
        late = _late(looks, lease, patience)
        if late:
            drivers.leave(f"away-{away}")
        over = [each for key, each in looks.items() if key not in late and not each.cancelled()]
        _keep(context, lease, over, late.keys())
        if late:
            rest = held.pop_all()
            drivers.apart(lambda: _go_on(context, lease, late.values(), rest)).add_done_callback(_tell)
        left = {key for key, each in looks.items() if each.cancelled()}
        return due - left, bool(left)


_Looks = dict[str, Future[Sighting | None]]


def _late(looks: _Looks, lease: Lease, patience: float | None) -> _Looks:
    """The looks that are under way after so long; those that were not begun by then are called off."""
    if patience is None:
        waited(list(looks.values()), lease.renew, SECONDS)
        return {}
    wait(looks.values(), patience)
    return {key: each for key, each in looks.items() if not each.done() and not each.cancel()}


def _keep(
    context: Context, lease: Lease, over: Collection[Future[Sighting | None]], late: Collection[str] = ()
) -> None:
    seen = [found for each in over if (found := each.result()) is not None]
    if seen or late:
        keep(context, lease, seen, frozenset(late))


def _go_on(context: Context, lease: Lease, late: Collection[Future[Sighting | None]], held: ExitStack) -> None:
    """Wait for looks that take long, then let go of their machines."""
    with held:
        waited(list(late), lease.renew, SECONDS)
        _keep(context, lease, late)


def _look(context: Context, drivers: Drivers, lease: Lease, machine_id: str, case: Case | None) -> Sighting | None:
    """One machine's trouble, of whatever kind, must not keep the others waiting; the next pass looks again."""
    try:
        return drive(context, drivers, lease, machine_id, case)
    except SQLAlchemyError as error:
        _log.warning("machine_not_driven", machine=machine_id, error=str(error))
    except Exception:  # noqa: BLE001  logged whole; a machine on whose file something breaks must not stop the others
        _log.exception("machine_not_driven", machine=machine_id)
    return None


class Lane:
    """A thread beside the worker for what may take long; while it is busy, nothing more begins in it."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def begin(self, work: Callable[[], object]) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        self._thread = threading.Thread(target=self._do, args=(work,), name="away", daemon=True)
        self._thread.start()

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def _do(self, work: Callable[[], object]) -> None:
        try:
            work()
        except SQLAlchemyError as error:  # found again by the next one
            _log.warning("lane_failed", error=str(error))
