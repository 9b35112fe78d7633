"""Driving machines from a worker."""

from fabqueue.dispatch import advance as advancing
from fabqueue.dispatch import sweep
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import Drivers
from fabqueue.tasks.work import task

LANE = sweep.Lane()
DRIVERS = Drivers()
"""Connections to machines are kept as long as the process lives."""


@task("dispatch")
def dispatch(context: Context, _key: str) -> None:
    """Look at one shard of the machines that are due; who did not answer last time holds up nobody."""
    sweep.look(context, DRIVERS, LANE)


@task("advance")
def advance(context: Context, machine_id: str) -> None:
    """Look at one machine now; what takes long there holds up nobody either."""
    sweep.aside(DRIVERS, lambda: advancing.advance(context, DRIVERS, machine_id))
