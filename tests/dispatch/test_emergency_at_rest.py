"""After an emergency stop nothing moves a laser, not even where only the worker reaches it and the stop gets lost."""

from collections.abc import Sequence

import pytest

from fabqueue.models import Chore, ChoreState, Run
from fabqueue.services import chores, emergencies, lasers
from printers.driver import DriverError
from printers.drivers.octoprint import OctoPrint
from tests.dispatch.lasers import staged
from tests.dispatch.stand import Stand

pytestmark = pytest.mark.octoprint


@pytest.fixture
def moves(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would move the laser; every emergency stop gets lost."""
    sent: list[str] = []

    def lost(_driver: OctoPrint) -> bool:
        raise DriverError("machine_silent", "no answer within its time")

    def carry_out(_driver: OctoPrint, chore: Chore) -> bool:
        sent.append(chore)
        return True

    def send_lines(_driver: OctoPrint, lines: Sequence[str], _seconds: float = 3.0) -> bool:
        sent.extend(each for each in lines if each.startswith(("G0", "G1")))
        return True

    monkeypatch.setattr(OctoPrint, "emergency_stop", lost)
    monkeypatch.setattr(OctoPrint, "carry_out", carry_out)
    monkeypatch.setattr(OctoPrint, "send_lines", send_lines)
    return sent


def test_an_emergency_stop_takes_back_what_the_controller_was_asked_to_do(laser: Stand, moves: list[str]) -> None:
    laser.advance()
    rules = laser.context.config.machines
    laser.write(lambda session, actor, machine: chores.ask(session, rules, actor, machine, Chore.HOME))
    laser.write(emergencies.ask)
    laser.advance()
    assert moves == []
    assert laser.machine().chore_state is ChoreState.MISSED


def test_an_emergency_stop_between_the_look_and_the_chore_takes_it_back(
    laser: Stand, moves: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    laser.advance()
    rules, true = laser.context.config.machines, OctoPrint.status
    laser.write(lambda session, actor, machine: chores.ask(session, rules, actor, machine, Chore.HOME))

    def stopped_meanwhile(driver: OctoPrint) -> object:
        if laser.machine().emergency_at is None:
            laser.write(emergencies.ask)
        return true(driver)

    monkeypatch.setattr(OctoPrint, "status", stopped_meanwhile)
    laser.advance()
    assert moves == []
    assert laser.machine().chore_state is ChoreState.MISSED


def test_an_emergency_stop_takes_back_that_an_outline_is_traced(laser: Stand, moves: list[str]) -> None:
    run_id = staged(laser)
    rules = laser.context.config.machines

    def ask(session: object, actor: object, machine: object) -> None:
        run = session.get_one(Run, run_id)  # type: ignore[attr-defined]
        lasers.ask_frame(session, rules, actor, machine, run)  # type: ignore[arg-type]

    laser.write(ask)
    laser.write(emergencies.ask)
    laser.advance()
    assert moves == []
    assert laser.read(run_id).frame_asked_at is None
