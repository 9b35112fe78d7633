"""The machine side: drivers, slicing, reading G-code, machine profiles. It knows nothing of FabQueue."""

from printers.driver import Connection, connect

__all__ = ["Connection", "connect"]
