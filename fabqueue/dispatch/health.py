"""Whether a machine would work for us, as data for a page or a terminal."""

from dataclasses import dataclass
from typing import Any

from fabqueue.dispatch.drivers import probe
from fabqueue.models import Machine
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
