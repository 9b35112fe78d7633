"""A tool driven by hand has nothing to command; `test_conformance.py` shows that it refuses all of it."""

from printers import Connection, connect
from printers.driver import Phase


def test_it_is_idle_and_holds_nothing() -> None:
    driver = connect(Connection("manual"))
    assert driver.status().phase is Phase.IDLE
    assert driver.status().selected is None
    assert driver.picture() is None
    driver.close()
