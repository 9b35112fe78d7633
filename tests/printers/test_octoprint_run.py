"""One run on a real OctoPrint, step by step, as the caller of a driver sees it."""

import itertools
from pathlib import Path

import pytest

from fabqueue.demo.octoprint import OctoPrintServer
from printers import connect
from printers.driver import Driver, DriverError, Phase, sha1
from tests.support.octoprint import StartOctoPrint, connection, dwelling_gcode, eventually

pytestmark = pytest.mark.octoprint
_numbers = itertools.count(1)


@pytest.fixture
def name() -> str:
    return f"fabqueue/run{next(_numbers)}-1.gcode"


@pytest.fixture
def gcode(tmp_path: Path) -> Path:
    return dwelling_gcode(tmp_path / "print.gcode", seconds=1)


@pytest.fixture
def long_gcode(tmp_path: Path) -> Path:
    return dwelling_gcode(tmp_path / "long.gcode", seconds=60, steps=300)


def _load(driver: Driver, name: str, gcode: Path) -> None:
    driver.upload(name, gcode, {})
    driver.select(name)


def test_it_knows_no_file_before_its_folder_exists(start_octoprint: StartOctoPrint) -> None:
    driver = connect(connection(start_octoprint()))
    assert driver.file("fabqueue/never-1.gcode") is None
    driver.delete("fabqueue/never-1.gcode")
    driver.close()


def test_it_knows_no_file_that_was_never_sent(driver: Driver, name: str, gcode: Path) -> None:
    driver.upload(name, gcode, {})
    assert driver.file("fabqueue/other-1.gcode") is None


def test_an_upload_arrives_whole_and_neither_selects_nor_starts(
    driver: Driver, octoprint: OctoPrintServer, name: str, gcode: Path
) -> None:
    driver.upload(name, gcode, {"run": "R1", "attempt": 1})
    file = driver.file(name)
    assert file is not None
    assert (file.name, file.sha1, file.size) == (name, sha1(gcode), gcode.stat().st_size)
    assert file.untouched
    assert driver.status().selected is None
    assert driver.status().phase is Phase.IDLE
    assert all(path != name for _, _, path in octoprint.events())


def test_a_second_upload_replaces_the_file(driver: Driver, name: str, gcode: Path) -> None:
    driver.upload(name, gcode, {})
    gcode.write_text("G28\n")
    driver.upload(name, gcode, {})
    file = driver.file(name)
    assert file is not None
    assert file.sha1 == sha1(gcode)


def test_a_selected_file_is_not_started(driver: Driver, octoprint: OctoPrintServer, name: str, gcode: Path) -> None:
    _load(driver, name, gcode)
    status = driver.status()
    assert status.holds(name)
    assert (status.phase, status.completion) == (Phase.IDLE, None)
    assert all(path != name for _, _, path in octoprint.events())


def test_a_finished_print_is_told_from_one_that_never_started(
    driver: Driver, octoprint: OctoPrintServer, name: str, gcode: Path
) -> None:
    _load(driver, name, gcode)
    driver.start(name)
    eventually(lambda: (file := driver.file(name)) and file.successes == 1)
    status = eventually(lambda: (status := driver.status()).phase is Phase.IDLE and status)
    assert status
    assert status.holds(name)
    assert status.completion == 100
    file = driver.file(name)
    assert file is not None
    assert (file.successes, file.failures) == (1, 0)
    assert file.last_seconds is not None
    assert 0.5 < file.last_seconds < 30
    done = eventually(lambda: [event for event in octoprint.events("PrintDone") if event[2] == name])
    assert len(done) == 1
    assert len([event for event in octoprint.events("PrintStarted") if event[2] == name]) == 1


def test_a_running_print_reports_progress_and_temperatures(driver: Driver, name: str, long_gcode: Path) -> None:
    _load(driver, name, long_gcode)
    driver.start(name)
    status = eventually(lambda: (status := driver.status()).completion and status)
    assert status
    assert status.phase is Phase.PRINTING
    assert status.busy
    assert status.holds(name)
    assert 0 < (status.completion or 0) < 100
    assert status.elapsed_seconds is not None
    eventually(lambda: {"tool0", "bed"} <= driver.status().temperatures.keys())
    assert driver.status().temperatures["bed"].actual == pytest.approx(260, abs=5)


def test_it_pauses_and_resumes(driver: Driver, name: str, long_gcode: Path) -> None:
    _load(driver, name, long_gcode)
    driver.start(name)
    eventually(lambda: driver.status().phase is Phase.PRINTING)
    # told again where nothing shows, as dispatch does: OctoPrint may forget a pause of a print that only begins
    eventually(lambda: driver.status().phase is Phase.PAUSED or driver.pause(), every=2)
    eventually(lambda: driver.status().phase is Phase.PRINTING or driver.resume(), every=2)


def test_a_cancelled_print_leaves_a_failure_and_no_completion(driver: Driver, name: str, long_gcode: Path) -> None:
    _load(driver, name, long_gcode)
    driver.start(name)
    eventually(lambda: driver.status().phase is Phase.PRINTING)
    driver.cancel()
    eventually(lambda: driver.status().phase is Phase.IDLE)
    status = driver.status()
    assert (status.holds(name), status.completion) == (True, None)
    file = driver.file(name)
    assert file is not None
    assert (file.successes, file.failures) == (0, 1)


def test_cancelling_nothing_is_refused_as_a_conflict(driver: Driver) -> None:
    with pytest.raises(DriverError) as refused:
        driver.cancel()
    assert refused.value.code == "machine_busy"
    assert not refused.value.permanent


def test_selecting_while_something_runs_is_refused(driver: Driver, name: str, gcode: Path, long_gcode: Path) -> None:
    other = f"fabqueue/run{next(_numbers)}-1.gcode"
    _load(driver, name, long_gcode)
    driver.upload(other, gcode, {})
    driver.start(name)
    eventually(lambda: driver.status().phase is Phase.PRINTING)
    with pytest.raises(DriverError) as refused:
        driver.select(other)
    assert refused.value.code == "machine_busy"
    assert driver.status().holds(name)


def test_a_file_is_deleted_once_and_its_absence_is_no_error(driver: Driver, name: str, gcode: Path) -> None:
    driver.upload(name, gcode, {})
    driver.delete(name)
    assert driver.file(name) is None
    driver.delete(name)


def test_a_missing_file_cannot_be_selected(driver: Driver) -> None:
    with pytest.raises(DriverError) as refused:
        driver.select("fabqueue/absent-1.gcode")
    assert refused.value.code == "machine_file_missing"


@pytest.mark.parametrize(
    "bad", ["x.gcode", "other/x.gcode", "fabqueue/a b.gcode", "fabqueue/../x.gcode", "fabqueue/x.nc"]
)
def test_a_name_that_octoprint_would_change_is_not_sent(driver: Driver, gcode: Path, bad: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        driver.upload(bad, gcode, {})


def test_a_lasers_cancel_ends_with_the_beam_off(octoprint: OctoPrintServer, tmp_path: Path, name: str) -> None:
    burn = dwelling_gcode(tmp_path / "burn.gcode", seconds=60, steps=300)
    burn.write_text("M3 S200\n" + burn.read_text())
    driver = connect(connection(octoprint, after_cancel=("M5", "M107")))
    _load(driver, name, burn)
    driver.start(name)
    eventually(lambda: "M3 S200" in octoprint.serial_log() and driver.status().phase is Phase.PRINTING)
    driver.cancel()
    eventually(lambda: driver.status().phase is Phase.IDLE)
    driver.close()
    eventually(lambda: "M107" in octoprint.serial_log().rpartition("M3 S200")[2])
    after_start = octoprint.serial_log().rpartition("M3 S200")[2]
    assert after_start.index("M5") < after_start.index("M107")
    assert "G1 X" not in after_start[after_start.index("M107") :]  # nothing moved with the beam still due


def test_a_lasers_cancel_turns_the_beam_off_even_when_nothing_runs(octoprint: OctoPrintServer) -> None:
    driver = connect(connection(octoprint, after_cancel=("M5 ; nothing ran",)))
    with pytest.raises(DriverError):
        driver.cancel()
    driver.close()
    eventually(lambda: "M5" in octoprint.serial_log()[-400:])


def test_after_a_power_failure_neither_selection_nor_history_is_left(
    start_octoprint: StartOctoPrint, name: str, long_gcode: Path
) -> None:
    server = start_octoprint()
    driver = connect(connection(server))
    _load(driver, name, long_gcode)
    driver.start(name)
    eventually(lambda: server.events("PrintStarted"))
    server.kill()
    with pytest.raises(DriverError) as gone:
        driver.status()
    assert gone.value.code in {"machine_unreachable", "machine_connection_lost"}
    assert not gone.value.permanent
    server.start()
    status, file = driver.status(), driver.file(name)
    driver.close()
    assert (status.phase, status.selected, status.completion) == (Phase.IDLE, None, None)
    assert file is not None
    assert file.untouched


def test_a_firmware_error_is_reported_and_the_printer_can_be_reconnected(
    octoprint: OctoPrintServer, driver: Driver, name: str, long_gcode: Path
) -> None:
    _load(driver, name, long_gcode)
    driver.start(name)
    eventually(lambda: driver.status().phase is Phase.PRINTING)
    driver._client.gcode("!!DEBUG:trigger_fatal_error_marlin")  # type: ignore[attr-defined]
    status = eventually(lambda: (status := driver.status()).phase is Phase.ERROR and not status.selected and status)
    assert status
    assert status.error
    with pytest.raises(DriverError) as refused:
        driver.select(name)
    assert refused.value.code == "machine_printer_offline"
    driver.reconnect()
    eventually(lambda: driver.status().phase is Phase.IDLE)
    eventually(lambda: (file := driver.file(name)) is not None and file.failures == 1)
