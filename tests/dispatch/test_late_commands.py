"""Commands that arrive late: a worker stood still, or something on the way to the machine held them. Real OctoPrint."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NoReturn

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from fabqueue.db import now
from fabqueue.demo.octoprint import OctoPrintServer
from fabqueue.dispatch import sweep
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import Drivers
from fabqueue.dispatch.lease import LeaseLost
from fabqueue.models import Beam, Event, LeftFile, Machine, Run, RunState
from fabqueue.services import events, floor, runs, workshop
from fabqueue.services.errors import Conflict
from fabqueue.services.floor import Resolution
from fabqueue.services.workshop import MachineFacts
from printers.driver import DriverError, FileState
from printers.drivers.octoprint import OctoPrint
from tests.dispatch.lasers import has_file, staged
from tests.dispatch.stand import Stand
from tests.support.factories import Lab
from tests.support.making import point_at
from tests.support.octoprint import eventually

pytestmark = pytest.mark.octoprint
S = RunState
Late = Callable[[], None]


class Frozen(BaseException):
    """The worker stands still just before its command: to everybody else its process is gone."""


@pytest.fixture
def stand(
    context: Context, drivers: Drivers, lab: Lab, octoprint: OctoPrintServer, tmp_path_factory: pytest.TempPathFactory
) -> Stand:
    point_at(context, lab.machine, octoprint.url, octoprint.key)
    return Stand(context, drivers, lab, octoprint, tmp_path_factory.mktemp("stand"))


@pytest.fixture
def asleep() -> Iterator[Drivers]:
    """The connections of the worker that stands still."""
    made = Drivers()
    yield made
    made.close()


def freeze_at_start(stand: Stand, asleep: Drivers, run_id: str) -> Late:
    """Drive until the start; it goes out when what is returned is called."""
    held: list[Late] = []

    def hold(driver: OctoPrint, name: str) -> NoReturn:
        held.append(lambda: true_start(driver, name))
        raise Frozen

    true_start, usual, stand.drivers = OctoPrint.start, stand.drivers, asleep
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OctoPrint, "start", hold)
        with pytest.raises(Frozen):
            eventually(lambda: stand.advance())
    stand.drivers = usual
    run = stand.read(run_id)
    assert (run.state, run.start_sent_at is not None) == (S.STARTING, True)
    return held[0]


def doubted(stand: Stand, run_id: str) -> None:
    """Somebody takes the selection away in OctoPrint's page, and nobody can know any more what happened."""
    stand.command(f"/api/files/local/{stand.selected()}", command="unselect")
    stand.advance()
    assert stand.read(run_id).state is S.IN_DOUBT


def resolve(stand: Stand, run_id: str, outcome: Resolution) -> None:
    with stand.context.db.writing() as session:
        actor = events.actor_of(stand.lab.tara)
        floor.resolve(session, actor, session.get_one(Run, run_id), outcome, "looked at the bed")
        session.commit()


def left_files(stand: Stand) -> list[str]:
    with stand.context.db.reading() as session:
        return list(session.scalars(select(LeftFile.name)))


@pytest.mark.parametrize("outcome", [Resolution.REPEAT, Resolution.DONE])
def test_a_start_finds_no_file_once_its_run_was_doubted(stand: Stand, asleep: Drivers, outcome: Resolution) -> None:
    run_id = stand.run()
    go_on = freeze_at_start(stand, asleep, run_id)
    doubted(stand, run_id)
    name = stand.read(run_id).file_name
    eventually(lambda: stand.advance() or not left_files(stand))
    assert not has_file(stand, name)
    resolve(stand, run_id, outcome)
    with pytest.raises(DriverError) as missing:
        go_on()
    assert missing.value.code == "machine_file_missing"
    assert stand.seen("PrintStarted", run_id) == 0


def test_a_doubt_is_answered_by_the_start_that_came_late(stand: Stand, asleep: Drivers) -> None:
    run_id = stand.run(seconds=2)
    go_on = freeze_at_start(stand, asleep, run_id)
    doubted(stand, run_id)
    go_on()
    stand.until(run_id, S.RUNNING)
    assert left_files(stand) == []  # its history is needed to know how it ends
    with stand.context.db.reading() as session:
        assert "run_began_late" in set(session.scalars(select(Event.code).where(Event.subject_id == run_id)))
    assert stand.until(run_id, S.DONE).reason_code == ""
    assert stand.seen("PrintStarted", run_id) == 1


def test_what_was_decided_about_a_doubt_takes_its_file_away(stand: Stand) -> None:
    """Also where no start was on its way: a frozen worker may yet select it."""
    run_id = stand.run(seconds=20)
    name = stand.until(run_id, S.RUNNING).file_name
    with stand.context.db.writing() as session:
        runs.doubt(session, events.SYSTEM, session.get_one(Run, run_id), "run_interrupted", {})
        session.commit()
    stand.command("/api/job", command="cancel")
    eventually(lambda: stand.server.state() == "Operational")
    assert has_file(stand, name)
    resolve(stand, run_id, Resolution.FAILED)
    eventually(lambda: stand.advance() or not left_files(stand))
    assert not has_file(stand, name)


@pytest.mark.parametrize("command", ["select", "upload"])
def test_what_got_no_answer_is_sent_anew_under_another_name(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """A proxy may hold it until long after the file was started."""
    true, held = getattr(OctoPrint, command), list[Late]()

    def hold(driver: OctoPrint, *given: object) -> None:
        if held:
            true(driver, *given)
            return
        held.append(lambda: true(driver, *given))
        raise DriverError("machine_silent", "no answer within its time")

    monkeypatch.setattr(OctoPrint, command, hold)
    run_id = stand.run()
    run = stand.until(run_id, S.DONE)
    assert run.file_name.endswith("-2.gcode")
    assert stand.seen("PrintStarted", run_id) == 1


@pytest.mark.parametrize("broken", [OperationalError("update", {}, Exception("disk full")), LeaseLost("machine")])
def test_what_got_no_answer_is_not_trusted_where_that_could_not_be_written_down(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, broken: Exception
) -> None:
    """The disk is full for a moment, or the lease ran out while nobody answered."""

    def hold(_driver: OctoPrint, _name: str) -> NoReturn:
        raise DriverError("machine_silent", "no answer within its time")

    def fails(*_: object) -> NoReturn:
        raise broken

    run_id = stand.run()
    with monkeypatch.context() as patch:
        patch.setattr(OctoPrint, "select", hold)
        patch.setattr(runs, "distrust", fails)
        sweep.shard(stand.context, stand.drivers)
    assert (stand.read(run_id).state, stand.read(run_id).inherited) == (S.SENDING, False)
    stand.advance()  # it is nobody's until the lease has run out
    assert stand.read(run_id).file_name.endswith("-1.gcode")
    with stand.context.db.writing() as session:
        session.get_one(Machine, stand.lab.machine.id).lease_until = now() - timedelta(seconds=1)
        session.commit()
    assert stand.until(run_id, S.DONE).file_name.endswith("-2.gcode")


def test_a_refused_select_needs_no_other_name(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    true, refused = OctoPrint.select, list[str]()

    def refuse(driver: OctoPrint, name: str) -> None:
        if not refused:
            refused.append(name)
            raise DriverError("machine_unreachable", "nobody listens there")
        true(driver, name)

    monkeypatch.setattr(OctoPrint, "select", refuse)
    assert stand.until(stand.run(), S.DONE).sends == 1


@pytest.mark.postgresql
def test_a_run_that_was_given_away_since_the_look_is_not_touched(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes the address of a machine needs no lease."""
    run_id, true = stand.run(), OctoPrint.file

    def move_away(driver: OctoPrint, name: str) -> FileState | None:
        found = true(driver, name)
        if stand.selected() == name and stand.machine().url == stand.server.url:
            change_address(stand, "http://127.0.0.1:9")
        return found

    monkeypatch.setattr(OctoPrint, "file", move_away)
    eventually(lambda: stand.advance() or stand.machine().url == "http://127.0.0.1:9")
    run = stand.read(run_id)
    assert (run.state, run.machine_id, run.file_name, run.intent_at) == (S.WAITING, None, "", None)


def change_address(stand: Stand, url: str) -> None:
    def change(session: object, actor: object, machine: Machine) -> None:
        facts = MachineFacts(machine.name, machine.machine_model.slug, machine.driver, url, "another key")
        workshop.save_machine(session, stand.lab.tara, facts, machine)  # type: ignore[arg-type]

    stand.write(change)


def test_a_machine_at_another_address_does_not_prove_that_a_run_was_stopped(stand: Stand) -> None:
    run_id = stand.run(seconds=20)
    stand.until(run_id, S.RUNNING)
    with stand.context.db.writing() as session:
        runs.stopping(session, events.SYSTEM, session.get_one(Run, run_id))
        session.commit()
    change_address(stand, "http://127.0.0.1:9")
    assert stand.read(run_id).state is S.IN_DOUBT


def test_a_wish_that_changed_meanwhile_is_not_taken_for_met(stand: Stand) -> None:
    run_id = stand.run(seconds=20)
    stand.until(run_id, S.RUNNING)
    stand.write(floor.pause)
    with stand.context.db.writing() as session:
        run = session.get_one(Run, run_id)
        with pytest.raises(Conflict):
            runs.wish_met(session, events.SYSTEM, run, False)
        assert run.pause_asked is True
        runs.wish_met(session, events.SYSTEM, run, True)
        assert run.pause_asked is None


def test_a_laser_at_work_on_a_file_that_was_left_there_is_stopped(laser: Stand) -> None:
    """Nobody armed it, and no run stands for it any more."""
    run_id = staged(laser, seconds=20)
    name = laser.read(run_id).file_name
    with laser.context.db.writing() as session:
        session.get_one(Run, run_id).state = S.FAILED
        session.commit()
    laser.command(f"/api/files/local/{name}", command="select", print=True)
    eventually(lambda: laser.seen("PrintStarted", run_id) == 1)
    eventually(lambda: laser.advance() or laser.seen("PrintCancelled", run_id) == 1)
    assert laser.machine().beam in {Beam.ASKED, Beam.OFF, Beam.UNCONFIRMED}
    with laser.context.db.reading() as session:
        told = session.scalars(select(Event).where(Event.verb == "stop_stray")).all()
        assert [each.subject_id for each in told] == [laser.lab.machine.id]


def test_a_printer_at_work_on_such_a_file_is_left_alone(stand: Stand) -> None:
    """Somebody prints it once more, who stands there."""
    run_id = stand.run(seconds=20)
    name = stand.until(run_id, S.RUNNING).file_name
    with stand.context.db.writing() as session:
        session.get_one(Run, run_id).state = S.FAILED
        session.commit()
    for _ in range(2):
        stand.advance()
    assert stand.seen("PrintCancelled", run_id) == 0
    assert stand.machine().fault_code == "machine_foreign_print"
    assert has_file(stand, name)
