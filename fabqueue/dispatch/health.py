"""Whether a machine would work for us, as data for a page or a terminal."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

from fabqueue.dispatch.drivers import connection_of, probe
from fabqueue.models import Machine
from printers import connect
from printers.driver import DriverError


@dataclass(frozen=True)
class Health:
    """What its software calls itself, and {"code", "values"} of everything that is wrong."""

    version: str | None
    problems: list[dict[str, Any]]


def of(machine: Machine) -> Health:
    """Ask a machine; takes some seconds when it is silent. Raises nothing."""
    try:
        found = probe(machine)
    except DriverError as error:
        return Health(None, [{"code": error.code, "values": dict(error.values)}])
    return Health(found.version, [{"code": each.code, "values": dict(each.values)} for each in found.problems])


def set_up(machine: Machine) -> dict[str, Any] | None:
    """Write into a machine's software what it lacks (a laser's M5). None: done; else {"code", "values"} of why not."""
    try:
        with closing(connect(connection_of(machine))) as driver:
            driver.set_up()
    except DriverError as error:
        return {"code": error.code, "values": dict(error.values)}
    return None
