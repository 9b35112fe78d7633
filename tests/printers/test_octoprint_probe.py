"""Looking at a machine before it is trusted with work."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from fabqueue.demo.octoprint import OctoPrintServer
from printers import Connection, connect
from printers.driver import FOLDER, Driver, DriverError, Phase, Probe
from printers.octolaser import BEAM_SCRIPTS, QUESTIONS
from tests.support.octoprint import connection, dwelling_gcode, eventually, free_port, settle
from tests.support.web import reply, web_server

pytestmark = pytest.mark.octoprint
_numbers = itertools.count(1)


def probe(server_connection: Connection) -> Probe:
    driver = connect(server_connection)
    try:
        return driver.probe()
    finally:
        driver.close()


def codes(found: Probe) -> list[str]:
    return [problem.code for problem in found.problems]


def test_a_healthy_machine_has_no_problems(octoprint: OctoPrintServer) -> None:
    found = probe(connection(octoprint))
    assert found.well
    assert found.problems == ()
    assert found.version == "OctoPrint 1.11.8"
    assert found.phase is Phase.IDLE


def test_a_wrong_key_is_found(octoprint: OctoPrintServer) -> None:
    found = probe(Connection("octoprint", octoprint.url, "wrong"))
    assert codes(found) == ["machine_key_refused"]
    assert not found.well


def test_a_missing_machine_is_found() -> None:
    found = probe(Connection("octoprint", f"http://127.0.0.1:{free_port()}", "key"))
    assert (codes(found), found.version, found.phase) == (["machine_unreachable"], None, None)


def test_something_else_at_the_address_is_found() -> None:
    with web_server(reply(200, b'{"api": "0.1", "text": "PrusaLink"}')) as server:
        assert codes(probe(Connection("octoprint", server.url, "key"))) == ["machine_not_octoprint"]


def test_a_key_that_may_not_do_enough_is_found(octoprint: OctoPrintServer, user_key: Callable[..., str]) -> None:
    found = probe(Connection("octoprint", octoprint.url, user_key("readonly")))
    assert codes(found) == ["machine_key_lacks_rights"]
    rights = found.problems[0].values["rights"]
    assert isinstance(rights, list)
    assert {"PRINT", "FILES_UPLOAD", "FILES_SELECT"} <= set(rights)
    assert "STATUS" not in rights


def test_a_disconnected_printer_is_found(octoprint: OctoPrintServer) -> None:
    headers = {"X-Api-Key": octoprint.key}
    requests.post(f"{octoprint.url}/api/connection", json={"command": "disconnect"}, headers=headers, timeout=10)
    eventually(lambda: octoprint.state() == "Offline")
    found = probe(connection(octoprint))
    assert codes(found) == ["machine_printer_offline"]
    assert found.phase is Phase.OFFLINE


def test_a_camera_that_gives_no_picture_is_found(octoprint: OctoPrintServer) -> None:
    found = probe(connection(octoprint, camera_url=f"http://user:word@127.0.0.1:{free_port()}/?token=s3cret"))
    assert codes(found) == ["machine_camera_silent"]
    assert found.problems[0].values == {"address": "127.0.0.1"}


@pytest.fixture
def user_key(octoprint: OctoPrintServer) -> Callable[..., str]:
    """Make a user of one group and an application key for it, as an admin would in OctoPrint."""

    def make(group: str) -> str:
        name = f"user{next(_numbers)}"
        headers = {"X-Api-Key": octoprint.key}
        user = {"name": name, "password": "word", "active": True, "groups": [group]}
        base = octoprint.url
        assert requests.post(f"{base}/api/access/users", json=user, headers=headers, timeout=10).ok
        ask = {"command": "generate", "app": "probe", "user": name}
        made = requests.post(f"{base}/api/plugin/appkeys", json=ask, headers=headers, timeout=10)
        assert made.ok, made.text
        return str(made.json()["api_key"])

    return make


SETTINGS = dict.fromkeys(QUESTIONS, True)


@pytest.fixture
def plain(octoprint: OctoPrintServer) -> Iterator[OctoPrintServer]:
    """An OctoPrint as it comes: none of its scripts knows a laser, and it asks what printers understand."""
    before = settings(octoprint)
    own = {name: before["scripts"]["gcode"].get(name, "").replace("M5\n", "") for name in BEAM_SCRIPTS}
    asked = {name: before["serial"][name] for name in QUESTIONS}
    write(octoprint, {"scripts": {"gcode": own}, "serial": SETTINGS})
    yield octoprint
    write(octoprint, {"scripts": {"gcode": own}, "serial": asked})
    settle(octoprint)


def settings(server: OctoPrintServer) -> dict[str, Any]:
    answer = requests.get(f"{server.url}/api/settings", headers={"X-Api-Key": server.key}, timeout=10)
    return dict(answer.json())


def write(server: OctoPrintServer, changed: dict[str, Any]) -> None:
    headers = {"X-Api-Key": server.key}
    requests.post(f"{server.url}/api/settings", json=changed, headers=headers, timeout=10).raise_for_status()


@pytest.fixture
def laser(plain: OctoPrintServer) -> Iterator[Driver]:
    driver = connect(connection(plain, after_cancel=("M5",)))
    yield driver
    driver.close()


def test_a_laser_turns_its_beam_off_in_octoprints_own_scripts_and_keeps_what_stands_there(
    plain: OctoPrintServer, laser: Driver
) -> None:
    before = settings(plain)["scripts"]["gcode"]
    missing = next(each for each in laser.probe().problems if each.code == "machine_beam_scripts")
    assert set(missing.values["scripts"]) == set(BEAM_SCRIPTS)  # type: ignore[arg-type]
    assert laser.set_up()
    after = settings(plain)["scripts"]["gcode"]
    for name in BEAM_SCRIPTS:
        assert after[name].splitlines()[0] == "M5"
        assert before.get(name, "").strip() in after[name]
    assert after["afterPrinterConnected"] == before["afterPrinterConnected"]
    eventually(lambda: plain.state() == "Operational")
    assert laser.probe().well
    assert not laser.set_up()


def test_what_octoprint_asks_and_grbl_refuses_is_found_and_switched_off(plain: OctoPrintServer, laser: Driver) -> None:
    asks = next(each for each in laser.probe().problems if each.code == "machine_serial_asks")
    assert asks.values["settings"] == list(QUESTIONS.values())
    assert laser.set_up()
    assert not any(settings(plain)["serial"][name] for name in QUESTIONS)
    eventually(lambda: plain.state() == "Operational")
    assert laser.missing() == ()


def test_octoprint_connects_again_so_that_it_holds_at_once(
    plain: OctoPrintServer, laser: Driver, tmp_path: Path
) -> None:
    """OctoPrint reads these settings when it connects, and asks M400 before its script until then."""
    assert laser.set_up()
    eventually(lambda: plain.state() == "Operational")
    begin(plain, laser, tmp_path)
    seen = len(plain.serial_log())
    laser.cancel()
    eventually(lambda: plain.state() == "Operational")
    sent = plain.serial_log()[seen:]
    assert "M5" in sent
    assert not any(asked in sent for asked in ("M108", "M400", "M114"))


def test_a_printer_is_not_asked_for_any_of_it(plain: OctoPrintServer) -> None:
    driver = connect(connection(plain))
    assert (driver.missing(), driver.set_up(), driver.probe().well) == ((), False, True)
    driver.close()


def test_the_connection_is_left_alone_while_something_runs(
    plain: OctoPrintServer, laser: Driver, tmp_path: Path
) -> None:
    begin(plain, laser, tmp_path)
    with pytest.raises(DriverError) as refused:
        laser.set_up()
    assert refused.value.code == "machine_busy"
    assert laser.status().phase is Phase.PRINTING
    assert [each.code for each in laser.missing()] == ["machine_serial_asks"]  # the scripts need no new connection
    laser.cancel()
    eventually(lambda: plain.state() == "Operational")
    assert laser.set_up()
    assert laser.missing() == ()


def test_a_key_that_may_not_write_settings_is_found_at_a_laser(
    plain: OctoPrintServer, user_key: Callable[..., str]
) -> None:
    operator = Connection("octoprint", plain.url, user_key("users"), after_cancel=("M5",))
    rights = next(each for each in probe(operator).problems if each.code == "machine_key_lacks_rights")
    assert rights.values["rights"] == ["SETTINGS"]
    driver = connect(operator)
    with pytest.raises(DriverError) as refused:
        driver.set_up()
    driver.close()
    assert (refused.value.code, refused.value.permanent) == ("machine_key_refused", True)


def begin(server: OctoPrintServer, driver: Driver, folder: Path) -> None:
    name = f"{FOLDER}/settings-{next(_numbers)}.gcode"
    driver.upload(name, dwelling_gcode(folder / "long.gcode", 60, 300), {})
    driver.select(name)
    driver.start(name)
    eventually(lambda: server.state() == "Printing")
