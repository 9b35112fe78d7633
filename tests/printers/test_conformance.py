"""Every driver that there is passes the same tests, the real OctoPrint with its virtual printer among them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fabqueue.demo.octoprint import OctoPrintServer
from fabqueue.models import DriverKind
from printers import Connection, connect
from printers.driver import DRIVERS, Command
from tests.printers.conformance import DriverConformance, Stand
from tests.support.octoprint import connection, dwelling_gcode, settle


def files(folder: Path) -> tuple[Path, Path]:
    return dwelling_gcode(folder / "short.gcode", 1), dwelling_gcode(folder / "long.gcode", 60, 300)


@pytest.mark.octoprint
class TestOctoPrint(DriverConformance):
    @pytest.fixture
    def stand(self, octoprint: OctoPrintServer, tmp_path: Path) -> Iterator[Stand]:
        driver = connect(connection(octoprint))
        yield Stand(driver, *files(tmp_path))
        driver.close()
        settle(octoprint)

    def test_it_can_do_everything(self, stand: Stand) -> None:
        assert stand.driver.can == set(Command)


class TestManual(DriverConformance):
    @pytest.fixture
    def stand(self, tmp_path: Path) -> Stand:
        return Stand(connect(Connection("manual")), *files(tmp_path))

    def test_it_carries_out_nothing(self, stand: Stand) -> None:
        assert not stand.driver.can


def test_every_driver_may_be_chosen_for_a_machine_and_passes_these_tests() -> None:
    """Registering is a line in `printers.driver.DRIVERS` and one in `fabqueue.models.DriverKind`."""
    assert set(DRIVERS) == {each.value for each in DriverKind}
    tested = {kind.__name__.removeprefix("Test").lower() for kind in DriverConformance.__subclasses__()}
    assert tested == set(DRIVERS)
