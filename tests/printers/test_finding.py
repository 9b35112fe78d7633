"""Strangers in the network: which address is asked, and what of an answer is believed."""

import json
import time

import pytest

from printers import finding as strangers
from printers.driver import DriverError
from printers.finding import Stranger, clean_address
from tests.support.web import reply, web_server


@pytest.mark.parametrize(
    "address",
    ["", "ftp://printer", "file:///etc/passwd", "http://", "http://user:pass@printer", "http://printer/?x=1",
     "http://printer/#x", "http://print er", "javascript:alert(1)", "http://printer:99999", "http://a/%2e%2e",
     "gopher://127.0.0.1:6379/_FLUSHALL", "http://" + "x" * 400],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(address: str) -> None:
    with pytest.raises(DriverError, match="machine_address_wrong"):
        clean_address(address)


def test_an_address_gets_its_plain_form() -> None:
    assert clean_address(" octopi.local/ ") == "http://octopi.local"
    assert clean_address("192.168.1.20:5000") == "http://192.168.1.20:5000"
    assert clean_address("HTTPS://Printer.example:443/octo/") == "https://printer.example/octo"
    assert clean_address("http://[fd00::7]:5000") == "http://[fd00::7]:5000"


@pytest.mark.parametrize(
    "place", ["169.254.169.254", "[::ffff:169.254.169.254]", "0.0.0.0", "224.0.0.251", "2852039166"]
)
def test_where_clouds_keep_secrets_nobody_is_asked(place: str) -> None:
    with pytest.raises(DriverError):
        Stranger(f"http://{place}").greet()


def test_a_redirect_is_not_followed() -> None:
    with web_server(reply(204)) as elsewhere, web_server(reply(302, Location=f"{elsewhere.url}/secret")) as server:
        with pytest.raises(DriverError, match="machine_redirects"):
            Stranger(server.url).greet()
        assert elsewhere.requests == []


def test_only_the_fixed_paths_are_asked_and_no_key_is_sent() -> None:
    with web_server(reply(204)) as server:
        Stranger(f"{server.url}/octo").greet()
        assert server.requests == [("GET", "/octo/plugin/appkeys/probe")]
        assert not {"X-Api-Key", "Cookie", "Authorization"} & server.headers[0].keys()


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    large = reply(200, b"x" * (strangers.LARGEST_ANSWER + 1))
    with web_server(large) as server, pytest.raises(DriverError, match="too large"):
        Stranger(server.url).ask_for_key()
    monkeypatch.setattr(strangers, "WHOLE_SECONDS", 0.2)

    def drip(handler: object) -> None:
        handler.send_response(200)  # type: ignore[attr-defined]
        handler.end_headers()  # type: ignore[attr-defined]
        for _ in range(40):
            try:
                handler.wfile.write(b"x" * 17_000)  # type: ignore[attr-defined]
            except OSError:
                return
            time.sleep(0.1)

    with web_server(drip) as server, pytest.raises(DriverError, match=r"takes too long|too large"):
        Stranger(server.url).ask_for_key()


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"[]", b'{"app_token": "../../x"}', b'{"app_token": 7}', b"[" * 100_000]
)
def test_an_answer_that_makes_no_sense_is_no_token(body: bytes) -> None:
    with web_server(reply(201, body)) as server, pytest.raises(DriverError, match="machine_not_octoprint"):
        Stranger(server.url).ask_for_key()


def test_words_of_a_stranger_are_one_short_printable_line() -> None:
    odd = {
        "profiles": {"a": {"model": "x\n\u202e" + "y" * 300, "volume": {"width": 1e300, "depth": "7"}, "extruder": []}}
    }
    answers = iter([{"server": "1\x00.2"}, {"appearance": {"name": {"no": "text"}}}, odd])

    def answer(handler: object) -> None:
        reply(200, json.dumps(next(answers)).encode())(handler)  # type: ignore[arg-type]

    with web_server(answer) as server:
        facts = Stranger(server.url, "key-of-ours").facts()
    assert (facts.version, facts.name, len(facts.model), facts.bed_mm, facts.nozzle_mm) == ("1 .2", "", 60, None, None)
    assert facts.model.isprintable()
