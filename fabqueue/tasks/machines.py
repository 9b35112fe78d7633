"""Driving machines from a worker."""

from fabqueue.dispatch import advance as advancing
from fabqueue.dispatch import sweep
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import Drivers
from fabqueue.tasks.work import task

DRIVERS = Drivers()
"""Connections to machines are kept as long as the process lives."""


@task("dispatch")
def dispatch(context: Context, _key: str) -> None:
    """Look at every machine that is due."""
    sweep.sweep(context, DRIVERS)


@task("advance")
def advance(context: Context, machine_id: str) -> None:
    """Look at one machine now."""
    advancing.advance(context, DRIVERS, machine_id)
