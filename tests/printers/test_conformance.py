"""Every driver that there is passes the same tests, the real OctoPrint with its virtual printer among them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fabqueue.demo.octoprint import OctoPrintServer
from printers import Connection, connect, kinds
from printers.driver import Command, DriverError, Phase
from tests.printers.conformance import DriverConformance, Stand
from tests.support.copied import CopyDriver, copy_driver  # noqa: F401  fixture
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


def test_every_driver_passes_these_tests() -> None:
    tested = {each.__name__.removeprefix("Test").lower() for each in DriverConformance.__subclasses__()}
    assert tested == kinds.names()


@pytest.mark.octoprint
def test_a_copied_file_is_a_driver(
    octoprint: OctoPrintServer,
    copy_driver: CopyDriver,  # noqa: F811
) -> None:
    copy_driver("octoprint", "klipper")
    driver = connect(replace(connection(octoprint), driver="klipper"))
    assert driver.status().phase is Phase.IDLE
    assert list(kinds.all_kinds()) == ["klipper", "octoprint", "manual"]
    driver.close()


@pytest.mark.parametrize("name", ["", "teleporter", "__init__", "octoprint.os", "../octoprint"])
def test_no_other_name_is_one(name: str) -> None:
    with pytest.raises(DriverError) as failed:
        connect(Connection(name))
    assert (failed.value.code, failed.value.permanent) == ("machine_driver_unknown", True)
