"""OctoPrints are found where they announce themselves, give a key after Allow, and are told apart from what is none."""

import asyncio
import re
import socket
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
from fabqueue.models import Candidate, CandidateSource, CandidateState, Event, NetworkSearch
from fabqueue.services import finding, profiles
from fabqueue.services.errors import Refused
from fabqueue.tasks.ticker import due
from printers.finding import announced
from tests.dispatch.candidates import Candidates
from tests.support.factories import Lab
from tests.support.octoprint import eventually
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


# a real OctoPrint


@pytest.mark.octoprint
def test_allow_on_its_screen_gives_a_key_and_the_bed_and_it_becomes_a_machine(
    context: Context, candidate: Candidates, lab: Lab, octoprint: OctoPrintServer
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
def test_no_on_its_screen_is_said_and_it_may_be_asked_again(candidate: Candidates, octoprint: OctoPrintServer) -> None:
    key = candidate.typed(octoprint.url)
    thread = candidate.ask(key)
    Screen(octoprint).press(allow=False)
    thread.join(20)
    assert (candidate.now(key).state, candidate.now(key).key) == (S.DENIED, "")
    with candidate.context.db.writing() as session:
        finding.ask(session, session.merge(candidate.lab.tara), session.get_one(Candidate, key))


@pytest.mark.octoprint
def test_nobody_answers_in_time(
    candidate: Candidates, octoprint: OctoPrintServer, monkeypatch: pytest.MonkeyPatch
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
    context: Context, lab: Lab, announcing: Zeroconf, octoprint: OctoPrintServer
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


def test_a_question_whose_worker_died_ends_by_the_ticker(candidate: Candidates, context: Context) -> None:
    old = now().replace(year=2020)
    key = candidate.given("http://127.0.0.1:1", state=S.ASKING, changed_at=old)
    fresh = candidate.given("http://127.0.0.1:2", state=S.ASKING)
    assert ("approach", key) in due(context)
    assert ("approach", fresh) not in due(context)
    driving.approach(context, key)
    assert candidate.now(key).state is S.EXPIRED


def test_a_key_that_comes_after_somebody_stopped_waiting_is_not_kept(candidate: Candidates, database: Database) -> None:
    key = candidate.given("http://127.0.0.1:1", state=S.ASKING)
    with database.writing() as session:
        finding.stop_asking(session, session.get_one(Candidate, key))
        assert not finding.answered(session, key, S.ALLOWED, key="late")
        session.commit()
    assert (candidate.now(key).state, candidate.now(key).key) == (S.ANSWERS, "")


def test_what_is_something_else_is_told_so(candidate: Candidates) -> None:
    with web_server(reply(200, b"<h1>A router</h1>")) as server:
        found = candidate.now(candidate.typed(server.url))
    assert (found.state, found.problem_code) == (S.SILENT, "machine_not_octoprint")
    nobody = candidate.now(candidate.typed("http://127.0.0.1:2"))
    assert (nobody.state, nobody.problem_code) == (S.SILENT, "machine_unreachable")
