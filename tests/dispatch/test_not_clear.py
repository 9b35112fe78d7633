"""A bed that something lay on is not clear, whoever started what lies there. Real OctoPrint."""

from datetime import timedelta

import pytest
import requests

from fabqueue.db import now
from fabqueue.models import Beam, Machine, RunState
from fabqueue.services import floor
from tests.dispatch.lasers import staged
from tests.dispatch.stand import Stand, single_steps, step_to
from tests.support.making import short_gcode
from tests.support.octoprint import eventually

pytestmark = pytest.mark.octoprint
S = RunState


def started_and_broken_off(stand: Stand) -> None:
    """What a person does in OctoPrint's page between two looks."""
    stand.command("/api/job", command="start")
    eventually(lambda: stand.server.state() == "Printing")
    stand.command("/api/job", command="cancel")
    eventually(lambda: stand.server.state() == "Operational")


def test_a_bed_is_not_clear_once_a_file_was_started_and_broken_off_at_the_machine(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = stand.run(seconds=20)
    step_to(stand, monkeypatch, run_id, S.SENDING)
    with single_steps(monkeypatch):
        stand.advance()  # uploads
        stand.advance()  # selects
    assert stand.selected() == stand.read(run_id).file_name
    started_and_broken_off(stand)
    other = stand.run()
    stand.advance()
    assert stand.read(run_id).reason_code == "run_cancelled_at_machine"
    assert stand.machine().bed_cleared_at is None
    stand.advance()
    assert stand.read(other).state is S.WAITING


def test_the_beam_of_a_laser_is_looked_after_when_a_staged_file_was_started_and_broken_off_there(laser: Stand) -> None:
    run_id = staged(laser)
    laser.command(f"/api/files/local/{laser.read(run_id).file_name}", command="select")
    started_and_broken_off(laser)
    laser.advance()
    assert laser.read(run_id).state is S.FAILED
    assert (laser.machine().bed_cleared_at, laser.machine().beam) == (None, Beam.OFF)


def print_from_elsewhere(stand: Stand) -> None:
    """Somebody uses OctoPrint's page to print a file of their own, to its end."""
    foreign = short_gcode(stand.folder / "foreign.gcode", 0.5, 4)
    with foreign.open("rb") as file:
        requests.post(f"{stand.server.url}/api/files/local", files={"file": file}, data={"print": "true"},
                      headers={"X-Api-Key": stand.server.key}, timeout=10).raise_for_status()  # fmt: skip
    eventually(lambda: stand.server.events("PrintDone"))
    eventually(lambda: stand.server.state() == "Operational")


def nobody_looked_for(stand: Stand, minutes: float) -> None:
    with stand.context.db.writing() as session:
        session.get_one(Machine, stand.lab.machine.id).seen_at = now() - timedelta(minutes=minutes)
        session.commit()


def test_a_bed_is_not_clear_once_something_was_printed_from_elsewhere_while_nobody_looked(stand: Stand) -> None:
    """FabQueue was switched off, or cut off from the machine, and people went on printing without it."""
    stand.advance()
    print_from_elsewhere(stand)
    nobody_looked_for(stand, minutes=10)
    run_id = stand.run()
    stand.advance()
    assert stand.machine().bed_cleared_at is None
    stand.advance()
    assert stand.read(run_id).state is S.WAITING
    stand.write(floor.clear)
    stand.until(run_id, S.DONE)


def test_a_bed_stays_clear_while_nobody_looked_and_nothing_was_printed(stand: Stand) -> None:
    stand.advance()
    nobody_looked_for(stand, minutes=10)
    stand.advance()
    assert stand.machine().bed_cleared_at is not None


def test_a_run_whose_bed_is_not_clear_any_more_goes_back(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work from elsewhere was seen, and was over before the run could be given back: nobody could clear the bed."""
    run_id = stand.run()
    step_to(stand, monkeypatch, run_id, S.SENDING)
    with stand.context.db.writing() as session:
        session.get_one(Machine, stand.lab.machine.id).bed_cleared_at = None
        session.commit()
    stand.advance()
    assert (stand.read(run_id).state, stand.read(run_id).reason_code) == (S.WAITING, "run_machine_taken")
    stand.write(floor.clear)
    stand.until(run_id, S.DONE)
