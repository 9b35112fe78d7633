"""Homing, unlocking and resetting a laser behind real OctoPrint and our simulator of GRBL.

Once as OctoPrint comes, and once with a stand-in for its plug-in Better Grbl Support, which answers to the same calls.
"""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from fabqueue.db import now
from fabqueue.demo.octoprint import OctoPrintServer
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import Drivers
from fabqueue.models import Chore, ChoreState, Event, Machine, MachineKind, MachineModel, RunState
from fabqueue.services import chores
from fabqueue.services.errors import Conflict, Refused
from tests.dispatch.stand import Stand
from tests.dispatch.test_laser import arm
from tests.support.factories import Lab
from tests.support.grbl import GrblPort
from tests.support.making import point_at
from tests.support.octoprint import StartOctoPrint, eventually, settle

pytestmark = pytest.mark.octoprint
PLUGIN = Path(__file__).parents[1] / "support" / "grbl" / "standin" / "bettergrblsupport.py"
SERIAL = {
    "neverSendChecksum": True, "firmwareDetection": False, "waitForStartOnConnect": False, "logPositionOnPause": False,
    "abortHeatupOnCancel": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GrblPort]:
    with GrblPort(tmp_path_factory.mktemp("grbl") / "laser") as port:
        yield port


@pytest.fixture(scope="module", params=["plain", "with the plug-in"])
def server(
    start_octoprint: StartOctoPrint, controller: GrblPort, request: pytest.FixtureRequest
) -> Iterator[OctoPrintServer]:
    serial = {**SERIAL, "port": str(controller.path), "additionalPorts": [str(controller.path)]}
    made = start_octoprint(serial=serial, bed_mm=(600, 400, 50))
    if request.param != "plain":
        made.stop()
        (made.folder / "plugins").mkdir(exist_ok=True)
        shutil.copy(PLUGIN, made.folder / "plugins")
        made.start()
    yield made
    made.stop()


@pytest.fixture
def stand(context: Context, drivers: Drivers, lab: Lab, server: OctoPrintServer, tmp_path: Path) -> Stand:
    settle(server)
    point_at(context, lab.machine, server.url, server.key)
    with context.db.writing() as session:
        session.get_one(MachineModel, lab.model.id).kind = MachineKind.LASER
        session.commit()
    made = Stand(context, drivers, lab, server, tmp_path)
    eventually(lambda: made.advance() or (made.machine().connection == "online" and not made.machine().fault_code))
    return made


def ask(stand: Stand, chore: Chore) -> None:
    stand.write(
        lambda session, actor, machine: chores.ask(session, stand.context.config.machines, actor, machine, chore)
    )


def told(server: OctoPrintServer) -> list[str]:
    """What the plug-in was told; nothing where there is none."""
    file = server.folder / "data" / "bettergrblsupport" / "commands.txt"
    return file.read_text().split() if file.is_file() else []


def has_plugin(server: OctoPrintServer) -> bool:
    return (server.folder / "plugins" / PLUGIN.name).is_file()


def events_of(stand: Stand) -> list[str]:
    with stand.context.db.reading() as session:
        rows = session.query(Event).filter_by(subject_id=stand.lab.machine.id).order_by(Event.seq)
        return [each.verb for each in rows if "chore" in each.verb]


@pytest.mark.parametrize(("chore", "command"), [(Chore.HOME, "homing"), (Chore.UNLOCK, "unlock")])
def test_a_laser_in_alarm_is_free_again_and_its_controller_says_so(
    stand: Stand, controller: GrblPort, chore: Chore, command: str
) -> None:
    before = told(stand.server)
    with controller.lock:
        controller.grbl.alarm = 3
    ask(stand, chore)
    stand.advance()
    assert (stand.machine().chore_state, controller.grbl.alarm) == (ChoreState.DONE, 0)
    assert events_of(stand) == ["ask_chore", "chore_done"]
    assert told(stand.server) == [*before, *([command] if has_plugin(stand.server) else [])]


def test_a_reset_is_done_when_the_controller_greets(stand: Stand, controller: GrblPort) -> None:
    before, resets = told(stand.server), controller.grbl.resets
    ask(stand, Chore.RESET)
    stand.advance()
    assert (stand.machine().chore_state, controller.grbl.resets) == (ChoreState.DONE, resets + 1)
    assert told(stand.server) == [*before, *(["reset"] if has_plugin(stand.server) else [])]


def test_what_the_controller_refuses_is_not_confirmed(stand: Stand, controller: GrblPort) -> None:
    with controller.lock:
        controller.grbl.settings[22] = 0  # no homing
    ask(stand, Chore.HOME)
    stand.advance()
    with controller.lock:
        controller.grbl.settings[22] = 1
    assert stand.machine().chore_state is ChoreState.UNCONFIRMED
    assert events_of(stand) == ["ask_chore", "chore_unconfirmed"]


def at(stand: Stand, **columns: object) -> None:
    with stand.context.db.writing() as session:
        machine = session.get_one(Machine, stand.lab.machine.id)
        for name, value in columns.items():
            setattr(machine, name, value)
        session.commit()


def test_what_came_too_late_and_what_somebody_began_are_not_sent(stand: Stand, controller: GrblPort) -> None:
    resets = controller.grbl.resets
    ask(stand, Chore.RESET)
    at(stand, chore_at=now() - timedelta(minutes=2))
    stand.advance()
    assert stand.machine().chore_state is ChoreState.MISSED
    at(stand, chore_state=ChoreState.BEGUN)
    stand.advance()
    assert stand.machine().chore_state is ChoreState.UNCONFIRMED
    assert controller.grbl.resets == resets


def test_nothing_is_done_beside_a_run_that_holds_it_and_no_run_is_armed_meanwhile(stand: Stand) -> None:
    run_id = stand.run(0.5)
    stand.until(run_id, RunState.STAGED)
    ask(stand, Chore.HOME)
    with pytest.raises(Conflict):
        arm(stand, run_id)
    eventually(lambda: stand.advance() or stand.machine().chore_state is ChoreState.DONE)
    arm(stand, run_id)
    with pytest.raises(Conflict) as refused:
        ask(stand, Chore.HOME)
    assert refused.value.code == "chore_not_now"


def test_a_printer_has_no_chores(stand: Stand) -> None:
    with stand.context.db.writing() as session:
        session.get_one(MachineModel, stand.lab.model.id).kind = MachineKind.PRINTER
        session.commit()
    with pytest.raises(Refused):
        ask(stand, Chore.UNLOCK)
