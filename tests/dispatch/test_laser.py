"""A laser behind a real OctoPrint: staged, armed by a person, started within the time, and never otherwise."""

from pathlib import Path

import pytest
import requests
from sqlalchemy import update

from fabqueue.db import Clock, now
from fabqueue.models import (
    Event,
    Job,
    JobState,
    Machine,
    Outcome,
    Run,
    RunState,
)
from fabqueue.services import arming, floor, jobs, runs, sites
from fabqueue.services.errors import Conflict, Invalid, Refused
from tests.dispatch.lasers import ALL, arm, has_file, seconds_are_over, staged, step_to
from tests.dispatch.stand import Stand
from tests.support.octoprint import eventually

pytestmark = pytest.mark.octoprint
S = RunState


@pytest.mark.postgresql
def test_a_laser_run_waits_with_its_file_and_nothing_is_selected(laser: Stand) -> None:
    run_id = staged(laser)
    run = laser.read(run_id)
    for _ in range(3):
        laser.advance()
    assert laser.read(run_id).state is S.STAGED
    assert (run.machine_id, has_file(laser, run.file_name)) == (laser.lab.machine.id, True)
    assert (laser.selected(), laser.seen("PrintStarted", run_id)) == ("", 0)
    assert laser.job(run_id).state is JobState.QUEUED


@pytest.mark.postgresql
def test_whoever_arms_it_gets_it_made(laser: Stand) -> None:
    run_id = staged(laser)
    arm(laser, run_id)
    laser.until(run_id, S.DONE)
    assert (laser.seen("PrintStarted", run_id), laser.seen("PrintDone", run_id)) == (1, 1)
    with laser.context.db.reading() as session:
        rows = session.query(Event).filter_by(subject_id=run_id).order_by(Event.seq).all()
        armed = next(each for each in rows if each.verb == "arm")
    assert [each.new for each in rows if each.new != "running"] == [  # it may be over before anybody looks
        "waiting", "claimed", "sending", "staged", "armed", "starting", "done"
    ]  # fmt: skip
    assert (armed.actor_id, armed.values["checklist"]) == (laser.lab.tara.id, sorted(ALL))
    assert laser.machine().bed_cleared_at is None


def test_several_files_wait_and_the_one_that_is_armed_is_made(laser: Stand) -> None:
    first, second = staged(laser), staged(laser)
    arm(laser, second)
    laser.until(second, S.DONE)
    assert laser.read(first).state is S.STAGED
    assert laser.seen("PrintStarted", first) == 0


def test_every_tick_that_is_missing_is_named(laser: Stand) -> None:
    run_id = staged(laser)
    with pytest.raises(Invalid) as error:
        arm(laser, run_id, ALL - {"exhaust", "staying"})
    assert {each.field for each in error.value.refusals} == {"checklist.exhaust", "checklist.staying"}
    assert laser.read(run_id).state is S.STAGED


def on_machine(**columns: object):  # type: ignore[no-untyped-def]
    def change(laser: Stand) -> None:
        with laser.context.db.writing() as session:
            session.execute(update(Machine).where(Machine.id == laser.lab.machine.id).values(**columns))
            session.commit()

    return change


def hold(laser: Stand) -> None:
    laser.write(lambda session, _actor, _machine: sites.hold(session, session.merge(laser.lab.tara), "smoke"))


@pytest.mark.parametrize(
    ("hinder", "state"),
    [
        (on_machine(bed_cleared_at=None), "needs_clearing"),
        (on_machine(maintenance_at=now()), "maintenance"),
        (on_machine(emergency_at=now()), "emergency"),
        (on_machine(fault_code="machine_printer_error"), "fault"),
        (on_machine(fault_code="machine_foreign_print"), "busy"),
        (on_machine(connection="offline"), "offline"),
        (on_machine(seen_at=Clock(-60.0)), "offline"),
        (on_machine(misses=1), "offline"),
        (hold, "held"),
    ],
)
def test_nothing_is_armed_while_the_machine_or_the_lab_does_not_allow_it(laser: Stand, hinder, state: str) -> None:  # type: ignore[no-untyped-def]
    run_id = staged(laser)
    hinder(laser)
    with pytest.raises(Conflict) as error:
        arm(laser, run_id)
    assert error.value.state == state
    assert laser.read(run_id).state is S.STAGED


def test_nothing_is_armed_beside_what_is_armed_or_at_work(laser: Stand) -> None:
    first, second = staged(laser, seconds=20), staged(laser)
    arm(laser, first)
    with pytest.raises(Conflict):
        arm(laser, second)
    laser.until(first, S.RUNNING)
    with pytest.raises(Conflict):
        arm(laser, second)


def test_a_run_longer_than_a_laser_may_work_is_not_armed(laser: Stand) -> None:
    run_id = staged(laser)
    with laser.context.db.writing() as session:
        session.get_one(Run, run_id).predicted_seconds = 121 * 60
        session.commit()
    with pytest.raises(Refused, match="run_too_long_for_laser"):
        arm(laser, run_id)


def test_the_time_goes_by_and_it_waits_again(laser: Stand) -> None:
    run_id = staged(laser)
    arm(laser, run_id)
    seconds_are_over(laser, run_id)
    laser.advance()
    run = laser.read(run_id)
    assert (run.state, run.reason_code, run.armed_by_id) == (S.STAGED, "run_arming_over", None)
    assert laser.seen("PrintStarted", run_id) == 0
    arm(laser, run_id)
    laser.until(run_id, S.DONE)
    assert laser.seen("PrintStarted", run_id) == 1


def test_the_time_goes_by_after_the_intent_and_the_start_is_taken_back(
    laser: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = staged(laser)
    arm(laser, run_id)
    step_to(laser, monkeypatch, run_id, S.STARTING)
    name = laser.read(run_id).file_name
    seconds_are_over(laser, run_id)
    laser.until(run_id, S.WAITING, S.STAGED)
    assert laser.seen("PrintStarted", run_id) == 0
    assert not has_file(laser, name)
    laser.until(run_id, S.STAGED)
    with pytest.raises(Conflict):  # somebody must look at the bed first
        arm(laser, run_id)
    laser.write(floor.clear, Outcome.GOOD)
    laser.advance()
    arm(laser, run_id)
    laser.until(run_id, S.DONE)
    assert laser.seen("PrintStarted", run_id) == 1


@pytest.mark.postgresql
def test_a_clock_that_is_set_back_gives_no_more_time(laser: Stand) -> None:
    """Else a laser that could not be asked for half an hour would start on its own when it answers."""
    run_id = staged(laser)
    arm(laser, run_id)
    with laser.context.db.writing() as session:
        ahead = {"armed_at": Clock(3600.0), "armed_until": Clock(3720.0)}
        session.execute(update(Run).where(Run.id == run_id).values(ahead))
        with pytest.raises(Conflict):
            arming.check_time(session, session.get_one(Run, run_id))
        session.commit()
    assert laser.until(run_id, S.STAGED).reason_code == "run_arming_over"
    assert laser.seen("PrintStarted", run_id) == 0


def test_whoever_armed_it_takes_it_back(laser: Stand) -> None:
    run_id = staged(laser)
    arm(laser, run_id)
    laser.write(
        lambda session, actor, _machine: arming.disarm(session, actor, session.get_one(Run, run_id), "run_disarmed")
    )
    for _ in range(3):
        laser.advance()
    assert laser.read(run_id).state is S.STAGED
    assert laser.seen("PrintStarted", run_id) == 0


def test_an_octoprint_that_restarts_between_arming_and_start_is_put_right_and_armed_again(laser: Stand) -> None:
    """Its settings are written anew with each start here, and lack what turns the beam off."""
    run_id = staged(laser)
    arm(laser, run_id)
    laser.server.kill()
    laser.server.start()
    eventually(lambda: laser.advance() or laser.read(run_id).reason_code == "run_laser_set_up")
    assert (laser.read(run_id).state, laser.seen("PrintStarted", run_id)) == (S.STAGED, 0)
    arm(laser, run_id)
    laser.until(run_id, S.DONE)
    assert laser.seen("PrintStarted", run_id) == 1


def test_an_octoprint_that_restarts_after_the_intent_needs_a_person_and_repeat_only_stages_it(
    laser: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = staged(laser)
    arm(laser, run_id)
    step_to(laser, monkeypatch, run_id, S.STARTING)
    laser.server.kill()
    laser.server.start()
    laser.until(run_id, S.IN_DOUBT)
    job = laser.job(run_id)
    laser.write(
        lambda session, actor, _machine: floor.resolve(
            session, actor, session.get_one(Run, run_id), floor.Resolution.REPEAT, "nothing burnt"
        )
    )
    with laser.context.db.reading() as session:
        again = next(each.id for each in runs.of_job(session, session.get_one(Job, job.id)) if each.id != run_id)
    laser.until(again, S.STAGED)
    for _ in range(3):
        laser.advance()
    assert laser.read(again).state is S.STAGED
    assert laser.seen("PrintStarted", run_id) + laser.seen("PrintStarted", again) == 0


def test_a_file_that_is_changed_at_the_laser_is_sent_again(laser: Stand, tmp_path: Path) -> None:
    run_id = staged(laser)
    name = laser.read(run_id).file_name
    folder, _, file = name.rpartition("/")
    requests.post(
        f"{laser.server.url}/api/files/local", headers={"X-Api-Key": laser.server.key}, timeout=10,
        data={"path": folder}, files={"file": (file, b"G1 X400 S1000\n")},
    ).raise_for_status()  # fmt: skip
    eventually(lambda: laser.advance() or laser.read(run_id).file_name != name)
    laser.until(run_id, S.STAGED)
    assert not has_file(laser, name)


def test_a_file_that_vanishes_from_the_laser_is_sent_again(laser: Stand) -> None:
    run_id = staged(laser)
    name = laser.read(run_id).file_name
    address = f"{laser.server.url}/api/files/local/{name}"
    requests.delete(address, headers={"X-Api-Key": laser.server.key}, timeout=10).raise_for_status()
    eventually(lambda: laser.advance() or laser.read(run_id).file_name != name)
    laser.until(run_id, S.STAGED)


def test_a_cancelled_job_takes_its_file_from_the_laser(laser: Stand) -> None:
    run_id = staged(laser)
    name = laser.read(run_id).file_name
    with laser.context.db.writing() as session:
        jobs.cancel(session, session.get_one(Job, laser.job(run_id).id), laser.lab.alice)
        session.commit()
    assert laser.read(run_id).state is S.CANCELLED
    laser.advance()
    assert not has_file(laser, name)


def test_a_technician_sends_a_staged_run_back_and_another_takes_its_place(laser: Stand) -> None:
    run_id, other = staged(laser), laser.run()
    name = laser.read(run_id).file_name
    laser.write(lambda session, actor, _machine: arming.send_back(session, actor, session.get_one(Run, run_id)))
    laser.until(run_id, S.WAITING)
    laser.until(other, S.STAGED)
    laser.advance()
    assert (laser.read(run_id).state, has_file(laser, name)) == (S.WAITING, False)


def test_a_laser_out_of_service_keeps_no_files(laser: Stand) -> None:
    run_id = staged(laser)
    name = laser.read(run_id).file_name
    laser.write(floor.maintenance, True, "lens is dirty")
    laser.until(run_id, S.WAITING)
    laser.advance()
    assert (laser.read(run_id).state, has_file(laser, name)) == (S.WAITING, False)
