"""A laser at work, and its outline: stopped, called off, watched; its beam is off, or people read that it may be on."""

import pytest
from sqlalchemy import update

from fabqueue.db import Clock
from fabqueue.dispatch import emergency
from fabqueue.models import (
    Beam,
    Event,
    Job,
    JobState,
    Notice,
    Outcome,
    Run,
    RunState,
)
from fabqueue.services import emergencies, events, floor, lasers, reviews
from fabqueue.services.errors import Conflict, Refused
from tests.dispatch.lasers import arm, staged
from tests.dispatch.stand import Stand
from tests.support.octoprint import eventually

pytestmark = pytest.mark.octoprint
S = RunState


def test_a_staged_file_that_somebody_starts_in_octoprint_is_stopped(laser: Stand) -> None:
    run_id = staged(laser, seconds=30)
    name = laser.read(run_id).file_name
    laser.command(f"/api/files/local/{name}", command="select", print=True)
    run = laser.until(run_id, S.CANCELLED)
    assert run.reason_code == "run_started_unarmed"
    eventually(lambda: laser.seen("PrintCancelled", run_id) == 1)
    job = laser.job(run_id)
    assert (job.state, laser.machine().bed_cleared_at) == (JobState.FAILED, None)
    with laser.context.db.writing() as session:
        reviews.requeue(session, laser.context.config, session.get_one(Job, job.id), session.merge(laser.lab.tara))
        session.commit()


def test_a_laser_at_work_is_neither_paused_nor_let_go_on(laser: Stand) -> None:
    run_id = staged(laser, seconds=20)
    arm(laser, run_id)
    laser.until(run_id, S.RUNNING)
    with pytest.raises(Refused, match="machine_no_pause"):
        laser.write(floor.pause)
    laser.command("/api/job", command="pause", action="pause")
    laser.until(run_id, S.PAUSED)
    with pytest.raises(Refused, match="machine_no_resume"):
        laser.write(floor.resume)
    laser.write(floor.cancel, "paused")
    laser.until(run_id, S.CANCELLED)


def test_a_laser_that_works_for_too_long_is_stopped(laser: Stand) -> None:
    run_id = staged(laser, seconds=30)
    arm(laser, run_id)
    laser.until(run_id, S.RUNNING)
    with laser.context.db.writing() as session:
        session.execute(update(Run).where(Run.id == run_id).values(started_at=Clock(-7201.0)))
        session.commit()
    assert laser.until(run_id, S.CANCELLED).reason_code == "run_laser_too_long"
    assert laser.job(run_id).state is JobState.FAILED


def test_the_outline_is_traced_with_the_beam_off_and_nothing_starts(laser: Stand) -> None:
    run_id = staged(laser, seconds=2)
    begin = len(laser.server.serial_log())
    laser.write(
        lambda session, actor, machine: lasers.ask_frame(
            session, laser.context.config.machines, actor, machine, session.get_one(Run, run_id)
        )
    )
    eventually(lambda: laser.advance() or laser.read(run_id).framed_at)
    sent = [line for line in laser.server.serial_log()[begin:].splitlines() if "<<<" in line]
    moves = [line for line in sent if "G1 X" in line or "G0 X" in line]
    assert len(moves) >= 5
    assert all("S0" in each for each in moves)
    assert not any("M3" in each or "M4 " in each for each in sent)
    assert (laser.read(run_id).state, laser.seen("PrintStarted", run_id)) == (S.STAGED, 0)


def test_an_outline_that_nobody_waits_for_any_more_is_not_traced(laser: Stand) -> None:
    run_id = staged(laser)
    with laser.context.db.writing() as session:
        session.execute(update(Run).where(Run.id == run_id).values(frame_asked_at=Clock(-31.0)))
        session.commit()
    laser.advance()
    assert (laser.read(run_id).frame_asked_at, laser.read(run_id).framed_at) == (None, None)


@pytest.mark.postgresql
def test_a_cancelled_laser_confirms_that_its_beam_is_off(laser: Stand) -> None:
    run_id = staged(laser, seconds=30)
    arm(laser, run_id)
    laser.until(run_id, S.RUNNING)
    laser.write(floor.cancel, "smoke")
    laser.until(run_id, S.CANCELLED)
    assert laser.machine().beam is Beam.ASKED
    eventually(lambda: laser.advance() or laser.machine().beam is Beam.OFF)
    with laser.context.db.reading() as session:
        assert session.query(Event).filter_by(subject_id=laser.lab.machine.id, verb="beam_off").one()


def test_an_emergency_stop_turns_the_beam_off_first_and_says_whether_it_is(laser: Stand) -> None:
    run_id = staged(laser, seconds=30)
    arm(laser, run_id)
    laser.until(run_id, S.RUNNING)
    emergency.stop(laser.context, events.actor_of(laser.lab.tara), laser.lab.machine.id)
    assert laser.machine().beam is Beam.OFF
    laser.until(run_id, S.CANCELLED, S.FAILED)
    laser.write(emergencies.connect_again)
    eventually(lambda: laser.advance() or not laser.machine().fault_code)


def test_a_laser_that_dies_leaves_a_beam_of_which_nothing_is_known_until_somebody_looked(laser: Stand) -> None:
    run_id = staged(laser, seconds=30)
    arm(laser, run_id)
    laser.until(run_id, S.RUNNING)
    laser.command("/api/connection", command="disconnect")
    laser.until(run_id, S.FAILED)
    eventually(lambda: laser.advance() or laser.machine().beam is Beam.UNCONFIRMED)
    laser.command("/api/connection", command="connect")
    eventually(lambda: laser.server.state() == "Operational")
    other = laser.run()
    laser.until(other, S.STAGED)
    with pytest.raises(Conflict) as error:
        arm(laser, other)
    assert error.value.state == "beam"
    laser.write(floor.clear, Outcome.FAILED)
    assert laser.machine().beam is None
    eventually(lambda: laser.advance() or not laser.machine().fault_code)
    arm(laser, other)
    laser.until(other, S.DONE)


def is_asked(laser: Stand, run_id: str) -> bool:
    """Whether whoever is at the laser is asked if they are still there."""
    with laser.context.db.reading() as session:
        return lasers.asks(laser.context.config.machines, session.get_one(Run, run_id))


def test_technicians_are_told_when_nobody_says_that_they_are_there(laser: Stand) -> None:
    run_id = staged(laser, seconds=30)
    arm(laser, run_id)
    laser.until(run_id, S.RUNNING)
    with laser.context.db.writing() as session:
        session.execute(update(Run).where(Run.id == run_id).values(started_at=Clock(-361.0)))
        session.commit()
    assert is_asked(laser, run_id)
    eventually(lambda: laser.advance() or laser.read(run_id).absent_told_at)
    with laser.context.db.reading() as session:
        assert session.query(Event).filter_by(subject_id=run_id, verb="absent").count() == 1
        assert session.query(Notice).filter_by(person_id=laser.lab.tara.id, code="notice_laser_alone").count() == 1
    laser.write(lasers.present)
    assert not is_asked(laser, run_id)
    laser.write(floor.cancel)
    laser.until(run_id, S.CANCELLED)
