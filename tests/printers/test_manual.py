"""A tool driven by hand has nothing to command."""

from pathlib import Path

import pytest

from printers import Connection, connect
from printers.driver import DriverError, Phase


def test_it_is_idle_and_well() -> None:
    driver = connect(Connection("manual"))
    assert driver.status().phase is Phase.IDLE
    assert driver.status().selected is None
    assert driver.file("fabqueue/a-1.gcode") is None
    assert driver.picture() is None
    assert driver.probe().well
    driver.delete("fabqueue/a-1.gcode")
    driver.reconnect()
    driver.close()


@pytest.mark.parametrize("command", ["start", "pause", "resume", "cancel"])
def test_it_refuses_every_command(command: str) -> None:
    with pytest.raises(DriverError) as refused:
        getattr(connect(Connection("manual")), command)()
    assert (refused.value.code, refused.value.permanent) == ("machine_by_hand", True)


def test_it_refuses_files(tmp_path: Path) -> None:
    driver = connect(Connection("manual"))
    with pytest.raises(DriverError):
        driver.upload("fabqueue/a-1.gcode", tmp_path / "a.gcode", {})
    with pytest.raises(DriverError):
        driver.select("fabqueue/a-1.gcode")
