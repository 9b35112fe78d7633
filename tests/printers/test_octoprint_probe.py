"""Looking at a machine before it is trusted with work."""

import itertools
from collections.abc import Callable

import pytest
import requests

from fabqueue.demo.octoprint import OctoPrintServer
from printers import Connection, connect
from printers.driver import Phase, Probe
from tests.support.octoprint import connection, eventually, free_port
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
