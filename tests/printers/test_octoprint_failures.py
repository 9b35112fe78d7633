"""What an OctoPrint driver makes of answers that no healthy OctoPrint gives; a small real web server gives them."""

import json
import socket
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from printers import Connection, connect
from printers.driver import DriverError, Phase
from tests.support.octoprint import CHECKOUT, free_port
from tests.support.web import Answer, reply, web_server

NAME = "fabqueue/a-1.gcode"


def _json(content: object, status: int = 200) -> Answer:
    return reply(status, json.dumps(content).encode(), Content_Type="application/json")


def _job(state: str, **rest: object) -> Answer:
    job = {"file": {"path": NAME, "origin": "local", "name": "a-1.gcode"}}
    return _json({"state": state, "job": job, "progress": {"completion": None}, **rest})


def failure(answer: Answer, call: str = "status", *args: object, **options: float) -> DriverError:
    with web_server(answer) as server:
        driver = connect(Connection("octoprint", server.url, "key", **options))  # type: ignore[arg-type]
        with pytest.raises(DriverError) as failed:
            getattr(driver, call)(*args)
        driver.close()
    return failed.value


@pytest.mark.parametrize(
    ("status", "code", "permanent"),
    [
        (401, "machine_key_refused", True),
        (403, "machine_key_refused", True),
        (404, "machine_file_missing", False),
        (413, "machine_file_too_large", True),
        (415, "machine_file_refused", True),
        (418, "machine_refused", False),
        (500, "machine_failed", False),
        (502, "machine_failed", False),
        (507, "machine_full", False),
    ],
)
def test_every_status_has_its_code(status: int, code: str, permanent: bool) -> None:
    failed = failure(reply(status, b"because"))
    assert (failed.code, failed.permanent) == (code, permanent)
    assert failed.values == {"status": status}
    assert "because" in failed.message


def test_nobody_at_the_address_is_unreachable() -> None:
    driver = connect(Connection("octoprint", f"http://127.0.0.1:{free_port()}", "key"))
    with pytest.raises(DriverError) as failed:
        driver.status()
    assert (failed.value.code, failed.value.permanent) == ("machine_unreachable", False)


def test_a_host_that_does_not_exist_is_unreachable() -> None:
    driver = connect(Connection("octoprint", "http://printer.invalid", "key"))
    with pytest.raises(DriverError) as failed:
        driver.status()
    assert failed.value.code == "machine_unreachable"


def test_a_server_that_takes_the_connection_and_says_nothing_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        driver = connect(Connection("octoprint", f"http://127.0.0.1:{deaf.getsockname()[1]}", "key", read_seconds=0.3))
        with pytest.raises(DriverError) as failed:
            driver.start(NAME)
        driver.close()
    assert (failed.value.code, failed.value.permanent) == ("machine_silent", False)


def test_an_answer_that_breaks_off_is_a_lost_connection() -> None:
    def break_off(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        handler.close_connection = True

    assert failure(break_off).code == "machine_connection_lost"


def test_a_hang_up_without_a_word_is_a_lost_connection() -> None:
    def hang_up(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    assert failure(hang_up, "start", NAME).code == "machine_connection_lost"


def test_a_command_is_sent_once_whatever_comes_back(tmp_path: Path) -> None:
    def hang_up(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    for answer in (hang_up, reply(500), reply(503), reply(307, Location="/api/job")):
        with web_server(answer) as server:
            driver = connect(Connection("octoprint", server.url, "key"))
            with pytest.raises(DriverError):
                driver.start(NAME)
            driver.close()
            assert server.requests == [("POST", f"/api/files/local/{NAME}")]


def test_a_redirect_is_not_followed_and_named() -> None:
    failed = failure(reply(301, Location="https://elsewhere.example/"), "start", NAME)
    assert (failed.code, failed.permanent) == ("machine_redirects", True)
    assert failed.values == {"address": "https://elsewhere.example/"}


def test_a_page_instead_of_octoprint_is_named() -> None:
    for answer in (reply(200, b"<html>"), _json([1, 2]), _json({"fine": True}), _json("text")):
        assert failure(answer).code == "machine_not_octoprint"


def test_a_state_nobody_knows_looks_neither_idle_nor_failed() -> None:
    failed = failure(_job("Dancing"))
    assert (failed.code, failed.permanent, failed.values) == ("machine_state_unknown", False, {"state": "Dancing"})


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("Operational", Phase.IDLE),
        ("Starting", Phase.PRINTING),
        ("Printing", Phase.PRINTING),
        ("Printing from SD", Phase.PRINTING),
        ("Pausing", Phase.PRINTING),
        ("Paused", Phase.PAUSED),
        ("Resuming", Phase.PAUSED),
        ("Cancelling", Phase.CANCELLING),
        ("Finishing", Phase.FINISHING),
        ("Error: Too hot", Phase.ERROR),
        ("Offline after error", Phase.ERROR),
        ("Offline", Phase.OFFLINE),
        ("Detecting serial connection", Phase.OFFLINE),
    ],
)
def test_every_state_has_its_phase(state: str, phase: Phase) -> None:
    with web_server(_job(state, error="Too hot")) as server:
        driver = connect(Connection("octoprint", server.url, "key"))
        status = driver.status()
        driver.close()
    assert (status.phase, status.error) == (phase, "Too hot")


def test_a_file_of_the_same_name_on_the_printers_card_is_not_ours() -> None:
    job = {"file": {"path": NAME, "origin": "sdcard"}}
    with web_server(_json({"state": "Operational", "job": job, "progress": {}})) as server:
        driver = connect(Connection("octoprint", server.url, "key"))
        assert not driver.status().holds(NAME)
        driver.close()


def test_the_path_of_the_address_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.gcode").write_text("G28\n")
    with web_server(_job("Offline")) as server:
        driver = connect(Connection("octoprint", server.url + "/printer1/", "key"))
        driver.status()
        driver.upload(NAME, tmp_path / "a.gcode", {})
        driver.select(NAME)
        driver.close()
        paths = [path for _, path in server.requests]
    assert paths == [
        "/printer1/api/job",
        "/printer1/api/files/local",
        "/printer1/api/files/local",
        f"/printer1/api/files/local/{NAME}",
    ]


def test_the_key_goes_with_every_request_and_no_version_header() -> None:
    with web_server(_job("Operational")) as server:
        driver = connect(Connection("octoprint", server.url, "s3cret"))
        driver.status()
        driver.close()
        assert server.headers
        assert all(headers["X-Api-Key"] == "s3cret" for headers in server.headers)
        assert not any("X-OctoPrint-Api-Version" in headers for headers in server.headers)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with web_server(_job("Offline")) as server:
        driver = connect(Connection("octoprint", server.url, "key", camera_url=f"{server.url}/camera"))
        assert driver.status().phase is Phase.OFFLINE
        driver.picture()
        driver.close()
        assert ("GET", "/camera") in server.requests


@pytest.mark.parametrize("url", ["", "printer", "ftp://printer", "http://", "file:///etc/passwd"])
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(DriverError) as failed:
        connect(Connection("octoprint", url, "key"))
    assert (failed.value.code, failed.value.permanent) == ("machine_address_wrong", True)


def test_the_key_does_not_show_in_what_is_logged() -> None:
    assert "s3cret" not in repr(Connection("octoprint", "http://printer", "s3cret"))
    assert "s3cret" not in str(failure(reply(403)))


_UPLOAD = """
import resource, sys
from pathlib import Path
from printers import Connection, connect
driver = connect(Connection("octoprint", sys.argv[1], "key"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
driver.upload("fabqueue/big-1.gcode", Path(sys.argv[2]), {"run": "R1"})
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_large_file_is_sent_in_little_memory(tmp_path: Path) -> None:
    big = tmp_path / "big.gcode"
    with big.open("wb") as file:
        file.truncate(300 << 20)
    received = []

    def swallow(handler: BaseHTTPRequestHandler) -> None:
        left = int(handler.headers["Content-Length"])
        received.append(left)
        while left > 0:
            left -= len(handler.rfile.read(min(left, 1 << 20)))
        handler.send_response(201)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with web_server(swallow) as server:
        command = [sys.executable, "-c", _UPLOAD, server.url, str(big)]
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert received[-1] > 300 << 20
    assert int(done.stdout) < 30_000  # KiB


def test_an_answer_that_dribbles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and the look at the machine would never end."""
    monkeypatch.setattr("printers.http.WHOLE_SECONDS", 0.3)
    dribbled = []

    def dribble(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        try:
            for _ in range(60):
                dribbled.append(handler.wfile.write(b" "))
                time.sleep(0.1)
        except OSError:
            handler.close_connection = True

    assert failure(dribble).code == "machine_silent"
    assert len(dribbled) < 30


def test_an_answer_that_is_cut_off_is_lost() -> None:
    assert failure(reply(200, b"{", Content_Length="1000")).code == "machine_connection_lost"


def test_the_connection_is_kept_for_the_next_question() -> None:
    peers = set()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        peers.add(handler.client_address)
        handler.protocol_version, handler.close_connection = "HTTP/1.1", False
        _job("Offline")(handler)

    with web_server(answer) as server:
        driver = connect(Connection("octoprint", server.url, "key"))
        for _ in range(3):
            assert driver.status().phase is Phase.OFFLINE
        driver.close()
    assert len(peers) == 1


@pytest.mark.parametrize(("code", "settled"), [
    ("machine_unreachable", True), ("machine_key_refused", True), ("machine_busy", True),
    ("machine_silent", False), ("machine_connection_lost", False), ("machine_certificate", False),
])  # fmt: skip
def test_what_may_have_arrived_is_not_settled(code: str, settled: bool) -> None:
    """A connection may break off by its encryption after the machine has read all that was asked."""
    assert DriverError(code, "").is_settled is settled
