"""OctoPrints are found where they announce themselves, give a key after Allow, and strangers get nothing."""

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
import requests
from zeroconf import IPVersion, ServiceInfo, Zeroconf

from fabqueue.db import Database, now
from fabqueue.demo.octoprint import USER, OctoPrintServer
from fabqueue.dispatch import finding as driving
from fabqueue.dispatch.context import Context
from fabqueue.models import Candidate, CandidateSource, CandidateState, Event, Machine, MachineModel, NetworkSearch
from fabqueue.services import finding, profiles
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.tasks.ticker import due
from printers import finding as strangers
from printers.driver import DriverError
from printers.finding import Stranger, announced, clean_address
from tests.support.factories import Lab
from tests.support.octoprint import (  # noqa: F401  fixtures
    eventually,
    octoprint,
    octoprint_program,
    shared_octoprint,
    start_octoprint,
)
from tests.support.web import reply, web_server

S = CandidateState
T = TypeVar("T")


def apart(work: Callable[[], T]) -> T:
    """In a thread of its own, as workers listen: zeroconf would join the loop Playwright leaves in the main thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


class Screen:
    """OctoPrint's own screen, with its user signed in before it."""

    def __init__(self, server: OctoPrintServer) -> None:
        self._url, self._session = server.url, requests.Session()
        self._session.get(f"{server.url}/", timeout=20)
        token = {each.name: each.value for each in self._session.cookies}[f"csrf_token_P{server.port}"]
        self._session.headers["X-CSRF-Token"] = str(token)
        signed = self._session.post(f"{server.url}/api/login", json={"user": USER, "pass": server.password}, timeout=10)
        assert signed.ok, signed.text

    def questions(self) -> dict[str, str]:
        """Token to application of what it asks now."""
        answer = self._session.get(f"{self._url}/api/plugin/appkeys", timeout=10).json()
        return {token: each["app_id"] for token, each in answer["pending"].items()}

    def press(self, allow: bool) -> None:
        """Answer the first question."""
        token = next(iter(eventually(self.questions)))
        address = f"{self._url}/plugin/appkeys/decision/{token}"
        answer = self._session.post(address, json={"decision": allow}, timeout=10)
        assert answer.status_code == 204, answer.text


@pytest.fixture
def candidate(context: Context, lab: Lab) -> "Made":
    return Made(context, lab)


class Made:
    """Candidates made as a page makes them, and looked at afterwards."""

    def __init__(self, context: Context, lab: Lab) -> None:
        self.context, self.lab = context, lab

    def typed(self, address: str) -> str:
        with self.context.db.writing() as session:
            key = finding.typed(session, session.merge(self.lab.tara), clean_address(address)).id
            session.commit()
        driving.approach(self.context, key)
        return key

    def ask(self, key: str) -> threading.Thread:
        with self.context.db.writing() as session:
            finding.ask(session, session.merge(self.lab.tara), session.get_one(Candidate, key))
            session.commit()
        thread = threading.Thread(target=driving.approach, args=(self.context, key))
        thread.start()
        return thread

    def now(self, key: str) -> Candidate:
        with self.context.db.reading() as session:
            found = session.get_one(Candidate, key)
            session.expunge(found)
        return found

    def given(self, url: str, **columns: object) -> str:
        with self.context.db.writing() as session:
            made = Candidate(url=url, source=CandidateSource.TYPED, **columns)
            session.add(made)
            session.commit()
            return made.id


# a real OctoPrint


@pytest.mark.octoprint
def test_allow_on_its_screen_gives_a_key_and_the_bed_and_it_becomes_a_machine(
    context: Context,
    candidate: Made,
    lab: Lab,
    octoprint: OctoPrintServer,  # noqa: F811
) -> None:
    key = candidate.typed(octoprint.url)
    assert candidate.now(key).state is S.ANSWERS
    thread = candidate.ask(key)
    screen = Screen(octoprint)
    eventually(screen.questions)
    assert set(screen.questions().values()) == {"FabQueue"}
    assert candidate.now(key).state is S.ASKING
    screen.press(allow=True)
    thread.join(20)
    found = candidate.now(key)
    assert (found.state, found.name) == (S.ALLOWED, "FabQueue demonstration")
    assert found.version.startswith("1.")
    assert found.key
    assert (found.facts["bed_mm"], found.facts["nozzle_mm"], found.facts["extruders"]) == ([250, 210, 210], 0.4, 1)

    known = profiles.available(context.config)
    with context.db.writing() as session:
        (first, *others) = finding.fits(session, known, found.facts)
        assert (first.profile, first.is_exact, first.choice) == ("marlin-250", True, f"model:{lab.model.slug}")
        assert [each.is_exact for each in others] == [False] * len(others)
        tara, shown = session.merge(lab.tara), session.get_one(Candidate, key)
        machine = finding.add(session, tara, shown, "New one", first.choice, known)
        session.commit()
        assert (machine.url, machine.key) == (octoprint.url, found.key)
    used = requests.get(f"{octoprint.url}/api/currentuser", headers={"X-Api-Key": found.key}, timeout=10).json()
    assert used["name"] == USER
    assert (candidate.now(key).state, candidate.now(key).key) == (S.ADDED, "")
    with context.db.reading() as session:
        verbs = [each.verb for each in session.query(Event).order_by(Event.seq)]
    assert [each for each in verbs if "key" in each or "address" in each] == ["type_address", "ask_key", "key_allowed"]


@pytest.mark.octoprint
def test_no_on_its_screen_is_said_and_it_may_be_asked_again(
    candidate: Made,
    octoprint: OctoPrintServer,  # noqa: F811
) -> None:
    key = candidate.typed(octoprint.url)
    thread = candidate.ask(key)
    Screen(octoprint).press(allow=False)
    thread.join(20)
    assert (candidate.now(key).state, candidate.now(key).key) == (S.DENIED, "")
    with candidate.context.db.writing() as session:
        finding.ask(session, session.merge(candidate.lab.tara), session.get_one(Candidate, key))


@pytest.mark.octoprint
def test_nobody_answers_in_time(
    candidate: Made,
    octoprint: OctoPrintServer,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finding, "ASK_SECONDS", 2)
    key = candidate.typed(octoprint.url)
    candidate.ask(key).join(20)
    assert candidate.now(key).state is S.EXPIRED
    eventually(lambda: not Screen(octoprint).questions())


# the network


@pytest.fixture
def announcing() -> Iterator[Zeroconf]:
    made = apart(lambda: Zeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only))
    yield made
    apart(made.close)


def announce(network: Zeroconf, kind: str, name: str, port: int, **text: str) -> None:
    service = f"{kind}._tcp.local."
    info = ServiceInfo(service, f"{name}.{service}", addresses=[socket.inet_aton("127.0.0.1")], port=port,
                       server=f"host-{port}.local.", properties={k: v.encode() for k, v in text.items()})  # fmt: skip

    async def register() -> None:
        await (await network.async_register_service(info))

    assert network.loop is not None
    asyncio.run_coroutine_threadsafe(register(), network.loop).result(60)  # its own limit is short for a busy machine


def test_what_announces_itself_as_octoprint_does_is_found_once(announcing: Zeroconf) -> None:
    name = 'OctoPrint instance "Hall printer"'
    announce(announcing, "_octoprint", name, 5001, path="/octo", version="1.11.8", api="0.1")
    announce(announcing, "_http", name, 5001, path="/octo")
    announce(announcing, "_http", "OctoPrint instance on shed", 5002, path="/")
    announce(announcing, "_http", "Router", 5003)
    announce(announcing, "_octoprint", "odd", 5004, path="/x?y=http://elsewhere")
    ours = re.compile(r"http://127\.0\.0\.1:500[1-4]\b")  # an OctoPrint of another test may be in the same network
    found = [each for each in apart(lambda: announced(3, ["127.0.0.1"])) if ours.match(each.url)]
    assert [(each.url, each.name, each.version) for each in found] == [
        ("http://127.0.0.1:5001/octo", "Hall printer", "1.11.8"), ("http://127.0.0.1:5002", "shed", ""),
    ]  # fmt: skip


@pytest.mark.octoprint
def test_a_search_finds_a_real_octoprint_and_greets_it(
    context: Context,
    lab: Lab,
    announcing: Zeroconf,
    octoprint: OctoPrintServer,  # noqa: F811
) -> None:
    announce(announcing, "_octoprint", 'OctoPrint instance "Shelf"', octoprint.port, path="/", version="1.11.8")
    with context.db.writing() as session:
        search = finding.search(session, session.merge(lab.tara))
        again = finding.search(session, session.merge(lab.tara))
        assert again is search
        session.commit()
        key = search.id
    assert ("search", key) in due(context)
    apart(lambda: driving.search(context, key))
    apart(lambda: driving.search(context, key))  # a second worker does nothing
    assert ("search", key) not in due(context)
    with context.db.reading() as session:
        assert session.get_one(NetworkSearch, key).ended_at is not None
        (found,) = [each for each in finding.candidates(session) if each.url == octoprint.url]
        assert (found.name, found.version, found.state) == ("Shelf", "1.11.8", S.ANSWERS)


def test_a_machine_of_the_lab_is_not_found_again(context: Context, lab: Lab) -> None:
    with context.db.writing() as session:
        finding.note(session, lab.machine.url, "ours", "", CandidateSource.ANNOUNCED)
        assert finding.candidates(session) == []
        with pytest.raises(Refused, match="machine_address_taken"):
            finding.typed(session, session.merge(lab.tara), lab.machine.url)


def test_a_question_whose_worker_died_ends_by_the_ticker(candidate: Made, context: Context) -> None:
    old = now().replace(year=2020)
    key = candidate.given("http://127.0.0.1:1", state=S.ASKING, changed_at=old)
    fresh = candidate.given("http://127.0.0.1:2", state=S.ASKING)
    assert ("approach", key) in due(context)
    assert ("approach", fresh) not in due(context)
    driving.approach(context, key)
    assert candidate.now(key).state is S.EXPIRED


def test_a_key_that_comes_after_somebody_stopped_waiting_is_not_kept(candidate: Made, database: Database) -> None:
    key = candidate.given("http://127.0.0.1:1", state=S.ASKING)
    with database.writing() as session:
        finding.stop_asking(session, session.get_one(Candidate, key))
        assert not finding.answered(session, key, S.ALLOWED, key="late")
        session.commit()
    assert (candidate.now(key).state, candidate.now(key).key) == (S.ANSWERS, "")


# strangers


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


def test_what_is_something_else_is_told_so(candidate: Made) -> None:
    with web_server(reply(200, b"<h1>A router</h1>")) as server:
        found = candidate.now(candidate.typed(server.url))
    assert (found.state, found.problem_code) == (S.SILENT, "machine_not_octoprint")
    nobody = candidate.now(candidate.typed("http://127.0.0.1:2"))
    assert (nobody.state, nobody.problem_code) == (S.SILENT, "machine_unreachable")


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


# a model that fits


def facts(
    bed: tuple[float, float, float] | None = (250, 210, 210), nozzle: float | None = 0.4, **more: object
) -> dict[str, object]:
    return {"bed_mm": list(bed) if bed else None, "nozzle_mm": nozzle, "extruders": 1, "round": False, **more}


@pytest.mark.parametrize(
    ("known", "exact", "others"),
    [
        (facts(), ["marlin-250"], ["mini-180"]), (facts((180, 180, 180)), ["mini-180"], []),
        (facts((300, 300, 400)), [], ["marlin-250", "mini-180"]), (facts((100, 100, 100)), [], []),
        (facts(nozzle=0.6), [], []), (facts(None, None), [], ["marlin-250", "mini-180"]),
        (facts((260, 260, 300), round=True), [], ["mini-180"]), (facts(extruders=2), [], ["marlin-250", "mini-180"]),
    ],
)  # fmt: skip
def test_a_bed_that_is_larger_than_the_real_one_is_never_offered(
    context: Context, lab: Lab, known: dict[str, object], exact: list[str], others: list[str]
) -> None:
    with context.db.reading() as session:
        found = finding.fits(session, profiles.available(context.config), known)
    assert [each.profile for each in found if each.is_exact] == exact
    assert sorted(each.profile for each in found if not each.is_exact) == others


def test_a_shipped_profile_becomes_a_model_with_its_materials(context: Context, candidate: Made, lab: Lab) -> None:
    key = candidate.given("http://127.0.0.1:1", state=S.ALLOWED, key="k" * 20, facts=facts((180, 180, 180)))
    known = profiles.available(context.config)
    with context.db.writing() as session:
        found, tara = session.get_one(Candidate, key), session.merge(lab.tara)
        with pytest.raises(Invalid):
            finding.add(session, tara, found, "Mini", f"model:{lab.model.slug}", known)
        machine = finding.add(session, tara, found, "Mini", "profile:mini-180", known)
        session.commit()
        model = session.get_one(MachineModel, machine.machine_model_id)
        session.refresh(model)
        assert {each.material.slug for each in model.offers} == {"pla", "petg", "tpu"}
        assert session.query(Machine).filter_by(bed_cleared_at=None).one().id == machine.id
    with context.db.writing() as session, pytest.raises(Conflict):
        finding.add(
            session, session.merge(lab.tara), session.get_one(Candidate, key), "Twice", "profile:mini-180", known
        )
