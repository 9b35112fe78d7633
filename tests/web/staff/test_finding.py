"""Adding a machine by its pages: what was found, its key that reaches no browser, and the signs to print."""

from typing import Any

import pytest

from fabqueue.db import Database
from fabqueue.models import Candidate, CandidateSource, CandidateState, Machine, NetworkSearch
from tests.support import pages
from tests.web.staff.conftest import Browser, Floor

KEY = "never-in-any-browser-0123456789"
FACTS = {"bed_mm": [250, 210, 210], "nozzle_mm": 0.4, "extruders": 1, "round": False, "model": "Mk", "name": "Shelf"}
PATHS = ("/machines/find", "/machines/find/part", "/m/plates")


def candidate(database: Database, state: CandidateState = CandidateState.ALLOWED, **columns: Any) -> str:
    values = {
        "url": "http://192.168.1.9",
        "name": "Shelf",
        "source": CandidateSource.ANNOUNCED,
        "key": KEY,
        "facts": FACTS,
    }
    with database.writing() as session:
        made = Candidate(**(values | {"state": state} | columns))
        session.add(made)
        session.commit()
        return made.id


def now(database: Database, key: str) -> Candidate | None:
    with database.reading() as session:
        found = session.get(Candidate, key)
        if found is not None:
            session.expunge(found)
        return found


def test_only_staff_finds_machines(
    database: Database, alice: Browser, ines: Browser, visitor: Browser, tara: Browser
) -> None:
    key = candidate(database)
    for path in (*PATHS, f"/machines/find/{key}/add"):
        assert [each.get(path).status_code for each in (visitor, alice, ines)] == [404] * 3
        assert tara.get(path).status_code == 200
    for path in ("search", "address", "by-hand", f"{key}/ask", f"{key}/stop", f"{key}/forget", f"{key}/add"):
        fields = {"address": "http://127.0.0.1:1", "name": "x", "kind": "other", "materials": "x"}
        assert [each.post(f"/machines/find/{path}", fields).status_code for each in (visitor, alice, ines)] == [404] * 3
    with database.reading() as session:
        assert session.query(NetworkSearch).count() == 0
        assert session.query(Candidate).one().state is CandidateState.ALLOWED


def test_a_search_and_an_address_wake_a_worker_and_ask_nobody_here(
    database: Database, tara: Browser, wakes: list[tuple[str, str]]
) -> None:
    tara.post("/machines/find/search")
    tara.post("/machines/find/search")
    tara.post("/machines/find/address", {"address": "octopi.local"})
    assert [name for name, _key in wakes] == ["search", "approach"]
    said = pages.words(tara.source("/machines/find"))
    assert "Searching the network, a few seconds." in said
    assert "http://octopi.local" in said
    assert "Being asked what it is." in said


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://me:secret@printer", "http://x/?a=b", "gopher://x"])
def test_an_odd_address_is_named_and_kept_in_the_form(tara: Browser, database: Database, address: str) -> None:
    answer = tara.post("/machines/find/address", {"address": address})
    assert answer.status_code == 422
    assert "This cannot be the address of an OctoPrint." in pages.plain(answer)
    assert address in answer.text
    with database.reading() as session:
        assert session.query(Candidate).count() == 0


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (CandidateState.ANSWERS, "It is an OctoPrint."),
        (CandidateState.ASKING, "Now press Allow on OctoPrint's own screen."),
        (CandidateState.DENIED, "Somebody answered No"), (CandidateState.EXPIRED, "Nobody pressed Allow in time."),
        (CandidateState.ALLOWED, "It gave a key."),
    ],
)  # fmt: skip
def test_each_state_says_what_to_do_and_the_key_is_in_no_page(
    database: Database, tara: Browser, state: CandidateState, said: str
) -> None:
    key = candidate(database, state)
    shown = [tara.source(path) for path in ("/machines/find", "/machines/find/part")]
    shown.append(tara.get(f"/machines/find/{key}/add", follow_redirects=True).text)
    assert all(said in pages.words(each) for each in shown[:2])
    assert not [each for each in shown if KEY in each]


def test_what_is_silent_says_why_and_what_to_do(database: Database, tara: Browser) -> None:
    candidate(database, CandidateState.SILENT, problem_code="machine_not_octoprint")
    said = pages.words(tara.source("/machines/find"))
    assert "What answers at this address is not OctoPrint. Check address and port" in said


def test_asking_stopping_and_forgetting(database: Database, tara: Browser, wakes: list[tuple[str, str]]) -> None:
    key = candidate(database, CandidateState.ANSWERS, key="")
    tara.post(f"/machines/find/{key}/ask")
    assert (now(database, key).state, wakes) == (CandidateState.TO_ASK, [("approach", key)])  # type: ignore[union-attr]
    tara.post(f"/machines/find/{key}/ask")
    assert wakes == [("approach", key)]
    tara.post(f"/machines/find/{key}/stop")
    assert now(database, key).state is CandidateState.ANSWERS  # type: ignore[union-attr]
    tara.post(f"/machines/find/{key}/forget")
    assert now(database, key) is None
    assert tara.post(f"/machines/find/{key}/ask").status_code == 404


def test_it_becomes_a_machine_that_keeps_its_key_to_itself(database: Database, tara: Browser) -> None:
    key = candidate(database)
    page = pages.words(tara.source(f"/machines/find/{key}/add"))
    assert "250 × 210 × 210" in page
    assert "has this bed and nozzle." in page
    answer = tara.post(f"/machines/find/{key}/add", {"name": "Shelf left", "choice": "model:marlin-250"})
    assert answer.location == "/machines/shelf-left"
    with database.reading() as session:
        made = session.query(Machine).filter_by(slug="shelf-left").one()
        assert (made.url, made.key, made.bed_cleared_at) == ("http://192.168.1.9", KEY, None)
    assert KEY not in tara.source("/machines/shelf-left")
    assert tara.get(f"/machines/find/{key}/add").location == "/machines/find#found"


def test_a_model_with_a_larger_bed_cannot_be_chosen(database: Database, tara: Browser) -> None:
    key = candidate(database, facts=FACTS | {"bed_mm": [180, 180, 180]})
    answer = tara.post(f"/machines/find/{key}/add", {"name": "Shelf", "choice": "model:marlin-250"})
    assert answer.status_code == 422
    assert now(database, key).state is CandidateState.ALLOWED  # type: ignore[union-attr]
    tiny = candidate(database, url="http://192.168.1.10", facts=FACTS | {"bed_mm": [50, 50, 50]})
    page = tara.source(f"/machines/find/{tiny}/add")
    assert "No machine model fits this printer" in pages.words(page)
    assert 'href="/imports/new/bundle"' in page


def test_a_tool_without_a_network_brings_its_materials(database: Database, tara: Browser) -> None:
    fields = {"name": "Bench saw", "kind": "other", "materials": "PLA, Birch 6 mm，birch 6 mm"}
    assert tara.post("/machines/find/by-hand", fields).location == "/machines/bench-saw"
    with database.reading() as session:
        made = session.query(Machine).filter_by(slug="bench-saw").one()
        assert sorted(each.material.name for each in made.machine_model.offers) == ["Birch 6 mm", "PLA"]
    answer = tara.post("/machines/find/by-hand", fields | {"materials": " , "})
    assert answer.status_code == 422
    assert "Name at least one material." in pages.plain(answer)
    assert 'value="Bench saw"' in answer.text


def test_the_signs_of_all_machines_stand_on_one_page_to_print(floor: Floor, tara: Browser) -> None:
    floor.tool()
    for size in ("A6", "A5"):
        page = tara.source(f"/m/plates?size={size}")
        assert page.count("sign-plate") == 2
        assert f"plates-{size.lower()}" in page
        assert f"http://127.0.0.1:8000/m/{floor.lab.machine.slug}" in page
    assert tara.get("/m/plates?size=../x").status_code == 200
