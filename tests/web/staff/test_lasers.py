"""Arming lasers from their page, and at a screen beside them with a PIN; no scripts, as on any old phone."""

from datetime import timedelta
from pathlib import Path

import pytest

from fabqueue.db import Database, now
from fabqueue.models import Beam, ChoreState, Machine, MachineKind, MachineModel, Person, Run, RunState
from fabqueue.services import arming, certifications, chores, events, pins, runs, screens
from fabqueue.services.errors import Refused
from fabqueue.storage import Storage
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run
from tests.web.staff.conftest import Browser

ALL = dict.fromkeys(map(str, arming.CHECKLIST), "y")
PIN = "483920"
RENEWS = 'hx-trigger="every'
"""On what a page asks for again by itself."""


@pytest.fixture
def staged(database: Database, storage: Storage, lab: Lab, tmp_path: Path) -> str:
    """A run of Alice's that waits at the laser, for which Tara is certified; its id."""
    with database.writing() as session:
        session.get_one(MachineModel, lab.model.id).kind = MachineKind.LASER
        machine = session.get_one(Machine, lab.machine.id)
        machine.slug, machine.name, machine.seen_at = "laser", "Laser", now()
        tara, ines = session.get_one(Person, lab.tara.id), session.get_one(Person, lab.ines.id)
        certifications.grant(session, tara, ines, model=machine.machine_model)
        run = waiting_run(session, storage, lab, short_gcode(tmp_path / "sign.gcode"))
        runs.claim(session, events.of_machine(machine), run, machine, None)
        runs.send(session, events.of_machine(machine), run, f"fabqueue/{run.id}-1.gcode", 1)
        runs.stage(session, events.of_machine(machine), run)
        session.commit()
        return run.id


@pytest.fixture
def screen(database: Database, lab: Lab) -> str:
    """The secret of a screen that stands beside the lasers."""
    with database.writing() as session:
        _screen, secret = screens.make(session, session.get_one(Person, lab.tara.id), "By the laser", arms=True)
        session.commit()
        return secret


def with_pin(database: Database, person: Person, pin: str = PIN) -> None:
    with database.writing() as session:
        pins.choose(session, session.get_one(Person, person.id), pin)
        session.commit()


def state_of(database: Database, run_id: str) -> RunState:
    with database.reading() as session:
        return session.get_one(Run, run_id).state


def test_the_page_of_a_laser_shows_what_waits_and_leads_to_the_checklist(tara: Browser, staged: str) -> None:
    page = tara.read("/m/laser")
    assert "Waits here to be armed" in page
    assert f"/machines/laser/arm/{staged}" in page
    assert f"/machines/laser/arm/{staged}" in tara.read("/desk")
    checklist = tara.read(f"/machines/laser/arm/{staged}")
    assert checklist.count('type="checkbox"') == len(arming.CHECKLIST)


def test_whether_it_may_work_alone_is_asked_of_printers_only(
    tara: Browser, staged: str, database: Database, lab: Lab
) -> None:
    assert 'name="works_alone"' not in tara.source("/machines/laser")
    with database.writing() as session:
        session.get_one(MachineModel, lab.model.id).kind = MachineKind.PRINTER
        session.commit()
    assert 'name="works_alone"' in tara.source("/machines/laser")


def test_the_maker_reads_that_it_waits_at_the_machine(alice: Browser, staged: str, database: Database) -> None:
    with database.reading() as session:
        code = session.get_one(Run, staged).items[0].job.code
    head = alice.get(f"/jobs/{code}").text.partition('class="job-state"')[2].partition("</span>")[0]
    assert "Waiting at the machine" in head
    assert 'data-state="staged"' in head


def test_a_full_checklist_arms_and_the_page_counts_down(tara: Browser, staged: str, database: Database) -> None:
    answer = tara.post(f"/machines/laser/arm/{staged}", ALL)
    assert (answer.status_code, answer.location) == (303, "/m/laser")
    assert state_of(database, staged) is RunState.ARMED
    page = tara.read("/m/laser")
    assert "Armed: it starts within" in page
    with database.writing() as session:
        session.get_one(Run, staged).armed_until = now() - timedelta(seconds=1)
        session.commit()
    assert "Armed: its time is over, it goes back." in tara.read("/m/laser")
    assert tara.post(f"/machines/laser/disarm/{staged}").status_code == 303
    assert state_of(database, staged) is RunState.STAGED


def test_a_gap_in_the_checklist_is_shown_and_nothing_is_armed(tara: Browser, staged: str, database: Database) -> None:
    answer = tara.post(f"/machines/laser/arm/{staged}", {key: "y" for key in ALL if key != "exhaust"})
    assert answer.status_code == 422
    assert "Not ticked." in answer.text
    assert state_of(database, staged) is RunState.STAGED


def test_for_others_there_is_no_checklist(alice: Browser, adam: Browser, staged: str, database: Database) -> None:
    for who in (alice, adam):
        assert who.get(f"/machines/laser/arm/{staged}").status_code in {403, 404}
        assert who.post(f"/machines/laser/arm/{staged}", ALL).status_code in {403, 404}
        assert who.post(f"/machines/laser/frame/{staged}").status_code in {403, 404}
    assert state_of(database, staged) is RunState.STAGED
    assert "Only somebody certified for this laser" in alice.read("/m/laser")


def test_the_outline_is_asked_for_from_the_checklist(tara: Browser, staged: str, database: Database) -> None:
    assert RENEWS not in tara.get(f"/machines/laser/arm/{staged}").text
    assert tara.post(f"/machines/laser/frame/{staged}").location == f"/machines/laser/arm/{staged}"
    assert RENEWS in tara.get(f"/machines/laser/arm/{staged}").text
    with database.reading() as session:
        assert session.get_one(Run, staged).frame_asked_at is not None


def test_a_beam_that_is_not_confirmed_off_calls_for_somebody(
    tara: Browser, visitor: Browser, staged: str, screen: str, database: Database, lab: Lab
) -> None:
    with database.writing() as session:
        session.get_one(Machine, lab.machine.id).beam = Beam.UNCONFIRMED
        session.commit()
    assert "beam not confirmed off" in tara.read("/desk")
    assert "look at the laser" in tara.read("/m/laser")
    for page in (tara.get("/m/laser"), tara.get("/desk"), visitor.get(f"/wallboard/{screen}/lasers")):
        assert "Checklist" not in page.text, "it would be refused"
        assert f"/arm/{staged}" not in page.text
    tara.post(f"/machines/laser/arm/{staged}", ALL)
    assert state_of(database, staged) is RunState.STAGED
    tara.post("/machines/laser/clear", {"outcome": "good"})
    tara.post(f"/machines/laser/arm/{staged}", ALL)
    assert state_of(database, staged) is RunState.ARMED


# a screen beside the laser


def test_whoever_has_a_pin_arms_at_a_screen_without_signing_in(
    visitor: Browser, staged: str, screen: str, database: Database, lab: Lab
) -> None:
    with_pin(database, lab.tara)
    here = f"/wallboard/{screen}/lasers/laser/{staged}"
    assert here in visitor.read(f"/wallboard/{screen}/lasers")
    assert RENEWS in visitor.get(f"/wallboard/{screen}/lasers").text
    assert visitor.post(here, ALL | {"user_name": "tara", "pin": "000000"}).status_code == 422
    assert visitor.post(here, {"user_name": "tara", "pin": PIN, "focus": "y"}).status_code == 422
    assert state_of(database, staged) is RunState.STAGED
    assert visitor.post(here, ALL | {"user_name": "Tara", "pin": PIN}).status_code == 303
    assert state_of(database, staged) is RunState.ARMED
    with database.reading() as session:
        assert session.get_one(Run, staged).armed_by_id == lab.tara.id
    assert visitor.get("/desk").status_code == 404  # nobody is signed in by it


def test_the_screen_tells_nobody_what_others_call_their_work(
    visitor: Browser, tara: Browser, staged: str, screen: str, database: Database
) -> None:
    title = "Present for Ines"
    with database.writing() as session:
        session.get_one(Run, staged).items[0].job.revision.design.name = title
        session.commit()
    assert title in tara.get(f"/machines/laser/arm/{staged}").text
    for page in (f"/wallboard/{screen}/lasers", f"/wallboard/{screen}/lasers/laser/{staged}"):
        answer = visitor.get(page)
        assert answer.status_code == 200
        assert title not in answer.text


def test_a_pin_without_a_certification_arms_nothing(
    visitor: Browser, staged: str, screen: str, database: Database, lab: Lab
) -> None:
    with_pin(database, lab.alice)
    here = f"/wallboard/{screen}/lasers/laser/{staged}"
    assert visitor.post(here, ALL | {"user_name": "alice", "pin": PIN}).status_code == 422
    assert state_of(database, staged) is RunState.STAGED


def test_only_a_screen_that_stands_there_arms(
    visitor: Browser, staged: str, screen: str, database: Database, lab: Lab
) -> None:
    with_pin(database, lab.tara)
    with database.writing() as session:
        _other, secret = screens.make(session, session.get_one(Person, lab.tara.id), "By the door")
        session.commit()
    for wrong in (secret, "no-such-secret"):
        assert visitor.get(f"/wallboard/{wrong}/lasers").status_code == 404
        here = f"/wallboard/{wrong}/lasers/laser/{staged}"
        assert visitor.post(here, ALL | {"user_name": "tara", "pin": PIN}).status_code == 404
    assert state_of(database, staged) is RunState.STAGED


def test_a_pin_is_locked_after_wrong_tries_and_free_again_later(
    visitor: Browser, staged: str, screen: str, database: Database, lab: Lab
) -> None:
    with_pin(database, lab.tara)
    here = f"/wallboard/{screen}/lasers/laser/{staged}"
    for _ in range(pins.MOST_MISSES):
        visitor.post(here, ALL | {"user_name": "tara", "pin": "999111"})
    answer = visitor.post(here, ALL | {"user_name": "tara", "pin": PIN})
    assert "locked" in answer.text
    assert state_of(database, staged) is RunState.STAGED
    with database.writing() as session:
        session.get_one(Person, lab.tara.id).pin_locked_until = now() - timedelta(seconds=1)
        session.commit()
    assert visitor.post(here, ALL | {"user_name": "tara", "pin": PIN}).status_code == 303


def test_anybody_at_the_screen_stops_a_laser(
    visitor: Browser, tara: Browser, staged: str, screen: str, database: Database
) -> None:
    tara.post(f"/machines/laser/arm/{staged}", ALL)
    assert visitor.post(f"/wallboard/{screen}/lasers/laser/stop").status_code == 303
    assert "Asked to stop" in tara.read("/m/laser")
    with database.reading() as session:
        assert session.get_one(Run, staged).stop_asked_at is not None


@pytest.mark.parametrize("pin", ["12345", "1234567890123", "abcdef", "111111", "123456", "987654", "１２３９０８"])
def test_a_pin_that_is_easily_guessed_is_refused(pin: str, database: Database, lab: Lab) -> None:
    with database.writing() as session, pytest.raises(Refused):
        pins.choose(session, session.get_one(Person, lab.tara.id), pin)


def test_a_person_sets_a_pin_and_takes_it_away(tara: Browser, database: Database, lab: Lab) -> None:
    assert tara.post("/account/pin", {"pin": PIN}).status_code == 303
    with database.reading() as session:
        kept = session.get_one(Person, lab.tara.id).pin_hash
    assert kept.startswith("$argon2id$")
    tara.post("/account/pin", {"pin": ""})
    with database.reading() as session:
        assert session.get_one(Person, lab.tara.id).pin_hash == ""


def test_a_technician_has_the_controller_homed_and_reads_what_became_of_it(
    tara: Browser, alice: Browser, staged: str, database: Database, lab: Lab
) -> None:
    assert alice.post("/machines/laser/chore", {"chore": "home"}).status_code in {403, 404}
    assert tara.post("/machines/laser/chore", {"chore": "burn"}).status_code == 400
    assert tara.post("/machines/laser/chore", {"chore": "home"}).location == "/machines/laser#chores"
    assert "Homing: asked for." in tara.read("/machines/laser")
    assert RENEWS in tara.get("/machines/laser").text.partition('id="chores"')[2]
    with database.writing() as session:
        machine = session.get_one(Machine, lab.machine.id)
        assert machine.chore_state is ChoreState.ASKED
        chores.became(session, machine, ChoreState.UNCONFIRMED)
        session.commit()
    assert "the controller did not say that it is done" in tara.read("/machines/laser")
    assert RENEWS not in tara.get("/machines/laser").text.partition('id="chores"')[2]
