"""A laser behind OctoPrint and GRBL: whatever ends its work, the beam is off.

The controller is our own simulator of GRBL at the end of a pseudo-terminal; OctoPrint is real. The simulator answers
OctoPrint's questions for printers as a plug-in does, and burns nothing but its own record.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fabqueue.config import Config
from fabqueue.db import now
from fabqueue.demo.octoprint import OctoPrintServer
from fabqueue.dispatch import emergency
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import Drivers
from fabqueue.models import Beam, Connection, Machine, MachineKind, MachineModel, Run, RunState
from fabqueue.services import events, floor, lasers
from tests.dispatch.stand import Stand
from tests.dispatch.test_laser import arm
from tests.support.factories import Lab
from tests.support.grbl import GrblPort
from tests.support.making import point_at, waiting_run
from tests.support.octoprint import StartOctoPrint, eventually, settle
from tests.support.worker import Part, parts

pytestmark = pytest.mark.octoprint
S = RunState
LONG, SHORT = 500, 30
"""Rows of 5 mm: more than any test waits for, and about four seconds."""
PLANNED_MM = 1000
"""What a slow job burns until it gets to a command behind what is planned, and more than any stop lets it."""
PATIENCE_SECONDS = 120
"""A process starts and a dead one's lease ends sooner or later; a busy computer needs longer, and nothing else."""


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GrblPort]:
    with GrblPort(tmp_path_factory.mktemp("grbl") / "laser") as port:
        yield port


@pytest.fixture(scope="module")
def server(start_octoprint: StartOctoPrint, controller: GrblPort) -> OctoPrintServer:
    """OctoPrint as a lab sets it up for GRBL."""
    serial = {
        "port": str(controller.path), "additionalPorts": [str(controller.path)], "neverSendChecksum": True,
        "firmwareDetection": False, "waitForStartOnConnect": False, "logPositionOnPause": False,
        "abortHeatupOnCancel": False,
    }  # fmt: skip
    return start_octoprint(serial=serial, bed_mm=(600, 400, 50))


@pytest.fixture
def stand(
    context: Context, drivers: Drivers, lab: Lab, server: OctoPrintServer, controller: GrblPort, tmp_path: Path
) -> Stand:
    settle(server)
    point_at(context, lab.machine, server.url, server.key)
    with context.db.writing() as session:
        session.get_one(MachineModel, lab.model.id).kind = MachineKind.LASER
        session.get_one(Machine, lab.machine.id).connection = Connection.OFFLINE  # as it was added: not met yet
        session.commit()
    made = Stand(context, drivers, lab, server, tmp_path)
    eventually(lambda: dark(controller))
    eventually(lambda: made.advance() or (made.machine().connection == "online" and not made.machine().fault_code))
    return made


def staged(stand: Stand, *moves: str) -> str:
    """A run whose file waits at the laser."""
    file = stand.folder / "laser.gcode"
    file.write_text("\n".join(["G21", "G90", "M4 S0", "G0 X0 Y0", *moves, "M5", ""]))
    with stand.context.db.writing() as session:
        run_id = waiting_run(session, stand.context.storage, stand.lab, file).id
        session.commit()
    stand.until(run_id, S.STAGED)
    return run_id


def rows(count: int) -> list[str]:
    """GRBL carries out some 15 of them after its host fell silent."""
    return [f"G1 X{5 if row % 2 == 0 else 0} Y{row / 10:g} S500 F3000" for row in range(count)]


def burning(stand: Stand, controller: GrblPort, *moves: str) -> str:
    """A run that was armed, and has begun to burn."""
    run_id, before = staged(stand, *moves), controller.burnt_mm
    assert controller.beam == 0
    arm(stand, run_id)
    stand.until(run_id, S.RUNNING, S.DONE, S.FAILED)
    eventually(lambda: controller.burnt_mm > before)
    return run_id


def slowly_burning(stand: Stand, controller: GrblPort) -> str:
    """A run whose every move takes twenty seconds, so that the controller has minutes of them planned."""
    run_id = staged(stand, *(f"G1 X{100 if row % 2 == 0 else 0} Y{row} S500 F300" for row in range(40)))
    arm(stand, run_id)
    stand.until(run_id, S.RUNNING)
    eventually(lambda: controller.beam > 0 and len(controller.grbl.stepper.blocks) > 10)
    return run_id


def dark(controller: GrblPort) -> bool:
    """Nothing moves, and nothing burns; while its host is slow that may be so between two moves of a job."""
    with controller.lock:
        return controller.is_still and controller.beam == 0


def off(controller: GrblPort) -> bool:
    """The controller carried out M5 and nothing after it turned the beam on."""
    with controller.lock:
        return dark(controller) and controller.grbl.modes.beam == "M5"


def confirmed(stand: Stand) -> bool:
    """FabQueue heard from the controller that the beam is off."""
    stand.advance()
    return stand.machine().beam is Beam.OFF


def test_what_is_armed_is_burnt_to_its_end_and_the_beam_is_off(stand: Stand, controller: GrblPort) -> None:
    before = controller.burnt_mm
    run_id = burning(stand, controller, *rows(4))
    stand.until(run_id, S.DONE)
    eventually(lambda: off(controller))
    assert controller.burnt_mm - before == pytest.approx(4 * 5, rel=0.02)
    eventually(lambda: stand.seen("PrintStarted", run_id) == 1)


def test_the_outline_is_traced_without_a_beam(stand: Stand, controller: GrblPort) -> None:
    run_id = staged(stand, "G0 X10 Y10", "G1 X60 Y10 S500 F3000", "G1 X60 Y40")
    before, heard = controller.burnt_mm, len(controller.received)
    stand.write(
        lambda session, actor, machine: lasers.ask_frame(
            session, stand.context.config.machines, actor, machine, session.get_one(Run, run_id)
        )
    )
    eventually(lambda: stand.advance() or stand.read(run_id).framed_at)
    eventually(lambda: off(controller) and controller.received[-1] == "M5")
    assert controller.burnt_mm == before
    assert any(line.replace(" ", "").startswith("G1X60") for line in controller.received[heard:])


def test_a_cancel_turns_the_beam_off_and_the_controller_confirms_it(stand: Stand, controller: GrblPort) -> None:
    run_id = burning(stand, controller, *rows(LONG))
    stand.write(floor.cancel, "smoke")
    stand.until(run_id, S.CANCELLED)
    eventually(lambda: off(controller))
    eventually(lambda: confirmed(stand))
    assert off(controller)


def test_a_cancel_stops_it_in_the_middle_of_a_move_and_it_keeps_its_place(stand: Stand, controller: GrblPort) -> None:
    before = controller.burnt_mm
    run_id = slowly_burning(stand, controller)
    stand.write(floor.cancel, "smoke")
    stand.until(run_id, S.CANCELLED)
    assert off(controller)
    assert controller.burnt_mm - before < PLANNED_MM
    assert controller.grbl.state == "Idle"  # a reset while it moves would be an alarm
    eventually(lambda: confirmed(stand))
    with stand.context.db.writing() as session:
        session.get_one(Machine, stand.lab.machine.id).bed_cleared_at = now()
        session.commit()
    again = burning(stand, controller, *rows(4))
    stand.until(again, S.DONE)


def test_a_stop_of_a_worker_that_died_between_hold_and_reset_is_carried_to_its_end(
    stand: Stand, controller: GrblPort
) -> None:
    run_id = slowly_burning(stand, controller)
    stand.command("/api/printer/command", commands=["!"])
    stand.command("/api/connection", command="fake_ack")
    eventually(lambda: controller.grbl.state == "Hold:0")
    stand.command("/api/job", command="cancel")
    assert stand.server.state() == "Cancelling"
    stand.write(floor.cancel, "smoke")
    stand.until(run_id, S.CANCELLED)
    eventually(lambda: confirmed(stand) and off(controller))


def test_an_emergency_stop_ends_it_in_the_middle_of_a_move(stand: Stand, controller: GrblPort) -> None:
    before = controller.burnt_mm
    run_id = slowly_burning(stand, controller)
    emergency.stop(stand.context, events.actor_of(stand.lab.tara), stand.lab.machine.id)
    stand.until(run_id, S.CANCELLED, S.FAILED)
    eventually(lambda: dark(controller))
    assert controller.burnt_mm - before < PLANNED_MM


def test_a_cancel_in_octoprints_own_page_turns_it_off_too(stand: Stand, controller: GrblPort) -> None:
    run_id = burning(stand, controller, *rows(LONG))
    stand.command("/api/job", command="cancel")
    eventually(lambda: off(controller))
    stand.until(run_id, S.FAILED)
    eventually(lambda: confirmed(stand))


def test_a_pause_in_octoprints_own_page_turns_it_off(stand: Stand, controller: GrblPort) -> None:
    run_id = burning(stand, controller, *rows(LONG))
    stand.command("/api/job", command="pause", action="pause")
    eventually(lambda: off(controller))
    stand.until(run_id, S.PAUSED)
    stand.write(floor.cancel, "paused")
    stand.until(run_id, S.CANCELLED)
    eventually(lambda: confirmed(stand) and off(controller))


def test_a_disconnect_turns_it_off(stand: Stand, controller: GrblPort) -> None:
    run_id = burning(stand, controller, *rows(LONG))
    stand.command("/api/connection", command="disconnect")
    eventually(lambda: off(controller))
    stand.until(run_id, S.FAILED)
    assert off(controller)


def test_a_job_that_fails_at_the_controller_leaves_it_off_once_it_is_back(
    stand: Stand, controller: GrblPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OctoPrint hangs up at GRBL's error, and sends nothing any more until somebody connects it again."""
    monkeypatch.setattr("fabqueue.dispatch.beam.RETRY_SECONDS", 0.0)
    run_id = burning(stand, controller, *rows(4), "G999", *rows(LONG))
    stand.until(run_id, S.FAILED)
    eventually(lambda: dark(controller))
    settle(stand.server)
    eventually(lambda: confirmed(stand))
    assert off(controller)


def test_an_octoprint_that_is_killed_leaves_it_off_and_burns_no_more_when_it_is_back(
    stand: Stand, controller: GrblPort
) -> None:
    run_id = burning(stand, controller, *rows(LONG))
    stand.server.kill()
    eventually(lambda: dark(controller))
    stand.server.start()
    before = controller.burnt_mm
    stand.until(run_id, S.IN_DOUBT)
    eventually(lambda: confirmed(stand))
    assert (off(controller), controller.burnt_mm) == (True, before)


def test_a_worker_that_is_killed_leaves_it_off_at_the_end(
    stand: Stand, controller: GrblPort, config: Config, tmp_path: Path
) -> None:
    """Nobody drives the machine any more: OctoPrint goes on to the end of the file, whose last command is M5."""
    run_id, before = staged(stand, *rows(SHORT)), controller.burnt_mm
    quick = replace(config, machines=replace(config.machines, poll_seconds=0.5))
    # without a queue the ticker drives machines
    with parts(Part("ticker", quick, f"unix://{tmp_path}/nothing.sock?db=0")):
        arm(stand, run_id)
        eventually(lambda: controller.burnt_mm > before, PATIENCE_SECONDS)
    eventually(lambda: stand.seen("PrintDone", run_id) == 1, PATIENCE_SECONDS)
    eventually(lambda: off(controller))
    eventually(lambda: stand.advance() or stand.read(run_id).state is S.DONE, PATIENCE_SECONDS)
    assert (stand.seen("PrintStarted", run_id), off(controller)) == (1, True)


def test_an_emergency_stop_turns_it_off(stand: Stand, controller: GrblPort) -> None:
    run_id = burning(stand, controller, *rows(LONG))
    emergency.stop(stand.context, events.actor_of(stand.lab.tara), stand.lab.machine.id)
    stand.until(run_id, S.CANCELLED, S.FAILED)
    eventually(lambda: dark(controller))
    assert stand.machine().beam is not Beam.OFF or off(controller)


def test_what_nobody_armed_burns_nothing_and_is_stopped_when_started_by_hand(
    stand: Stand, controller: GrblPort
) -> None:
    before = controller.burnt_mm
    run_id = staged(stand, *rows(LONG))
    for _ in range(5):
        stand.advance()
    assert (stand.read(run_id).state, controller.burnt_mm, controller.beam) == (S.STAGED, before, 0)
    stand.command(f"/api/files/local/{stand.read(run_id).file_name}", command="select", print=True)
    eventually(lambda: controller.burnt_mm > before)
    stand.until(run_id, S.CANCELLED, S.FAILED)
    eventually(lambda: confirmed(stand) and off(controller))
