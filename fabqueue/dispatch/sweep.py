"""One pass over the machines that are due: leased together, looked at by a few threads, written down in one go."""

from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from fabqueue.db import now
from fabqueue.dispatch.advance import drive
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import Drivers
from fabqueue.dispatch.lease import Lease, leased
from fabqueue.dispatch.sighting import Sighting, keep
from fabqueue.models import DriverKind, Machine

SHARD = 100
THREADS = 8
_log = structlog.get_logger(__name__)


def due(context: Context, limit: int = SHARD) -> list[str]:
    """Ids of machines to look at now that nobody drives, those waiting longest first."""
    moment = now()
    with context.db.reading() as session:
        rows = select(Machine.id).where(
            Machine.driver != DriverKind.MANUAL, Machine.retired_at.is_(None),
            or_(Machine.look_at.is_(None), Machine.look_at <= moment),
        )  # fmt: skip
        return list(session.scalars(rows.order_by(Machine.look_at.is_not(None), Machine.look_at).limit(limit)))


def sweep(context: Context, drivers: Drivers) -> int:
    """Look at every machine that is due; how many were looked at."""
    machines = due(context)
    if not machines:
        return 0
    with leased(context, machines) as lease, ThreadPoolExecutor(THREADS, "machine") as pool:
        looks = pool.map(lambda machine_id: _look(context, drivers, lease, machine_id), lease.machines)
        seen = [each for each in looks if each is not None]
        if seen:
            keep(context, seen)
        return len(lease.machines)


def _look(context: Context, drivers: Drivers, lease: Lease, machine_id: str) -> Sighting | None:
    """One machine's trouble must not keep the others waiting; it is looked at again in the next pass."""
    try:
        return drive(context, drivers, lease, machine_id)
    except SQLAlchemyError as error:
        _log.warning("machine_not_driven", machine=machine_id, error=str(error))
        return None
