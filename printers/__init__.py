"""The machine side: drivers, slicing, reading G-code, machine profiles. It knows nothing of FabQueue."""

from printers.driver import Connection, Driver
from printers.kinds import kind

__all__ = ["Connection", "connect"]


def connect(connection: Connection) -> Driver:
    """The driver for a connection; nothing is sent yet. Raises DriverError: there is none, or no such address."""
    return kind(connection.driver).make(connection)
