"""Which drivers there are: one for each file in `printers/drivers`."""

from importlib import import_module
from pkgutil import iter_modules

from printers import drivers
from printers.driver import DriverError, Kind


def names() -> set[str]:
    """The name of every driver; none of them is loaded."""
    return {each.name for each in iter_modules(drivers.__path__)}


def kind(name: str) -> Kind:
    """What a driver says of itself. Raises DriverError where there is no such driver."""
    if name not in names():
        raise DriverError("machine_driver_unknown", f"no driver has the name {name!r}", True, {"driver": name})
    # only on need: reading G-code or a profile shall not load an HTTP client
    found: Kind = import_module(f"{drivers.__name__}.{name}").KIND
    return found


def all_kinds() -> dict[str, Kind]:
    """Every driver by its name: those behind a network first, as most machines are."""
    found = {each: kind(each) for each in names()}
    return dict(sorted(found.items(), key=lambda each: (not each[1].needs, each[0])))
