"""Advancing a machine that is a real OctoPrint server; OctoPrint's own events are the truth."""

from datetime import timedelta

import pytest
import requests

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.models import FOREIGN_WORK, Event, Job, JobState, Machine, Outcome, Run, RunState, Slicing, Stock
from fabqueue.services import events, floor, ledger, runs
from fabqueue.services.floor import Resolution
from tests.dispatch.stand import Stand, single_steps, step_to
from tests.support.making import approved_job, point_at, short_gcode
from tests.support.octoprint import StartOctoPrint, eventually, settle

pytestmark = pytest.mark.octoprint
S = RunState


@pytest.mark.postgresql
def test_it_claims_sends_starts_watches_and_finishes_one_run(stand: Stand) -> None:
    run_id = stand.run()
    run = stand.until(run_id, S.DONE)
    assert (stand.seen("PrintStarted", run_id), stand.seen("PrintDone", run_id)) == (1, 1)
    assert (run.progress, run.sends, run.milligrams) == (100.0, 1, 5000)
    assert run.seconds is not None
    assert stand.job(run_id).state is JobState.IN_PRODUCTION
    with stand.context.db.reading() as session:
        assert session.get_one(Stock, stand.lab.grey.id).left_mg == 995_000


def test_every_change_of_the_run_is_an_event_of_its_machine(stand: Stand) -> None:
    run_id = stand.run()
    stand.until(run_id, S.DONE)
    with stand.context.db.reading() as session:
        rows = session.query(Event).filter_by(subject_id=run_id).order_by(Event.seq).all()
        seen = [each.new for each in rows if each.new != S.RUNNING]  # so short a one may be over before the next look
        assert seen == ["waiting", "claimed", "sending", "starting", "done"]
        assert {each.actor_id for each in rows[1:]} == {stand.lab.machine.id}


def test_nothing_starts_on_a_bed_that_nobody_cleared(stand: Stand) -> None:
    first = stand.run()
    second = stand.run()
    stand.until(first, S.DONE)
    stand.advance()
    assert stand.machine().bed_cleared_at is None
    assert stand.read(second).state is S.WAITING
    stand.write(floor.clear, Outcome.GOOD, place="shelf 3")
    stand.until(second, S.DONE)
    assert stand.job(first).state is JobState.READY
    assert stand.job(first).place == "shelf 3"


def test_the_price_is_taken_when_the_good_copies_are_there(stand: Stand) -> None:
    run_id = stand.run()
    stand.until(run_id, S.DONE)
    with stand.context.db.reading() as session:
        assert (ledger.held_for(session, stand.job(run_id)), ledger.charged_for(session, stand.job(run_id))) == (420, 0)
    stand.write(floor.clear, Outcome.GOOD)
    with stand.context.db.reading() as session:
        assert (ledger.held_for(session, stand.job(run_id)), ledger.charged_for(session, stand.job(run_id))) == (0, 420)


def test_the_file_is_gone_from_the_machine_when_the_run_is_over(stand: Stand) -> None:
    run_id = stand.run()
    run = stand.until(run_id, S.DONE)
    answer = requests.get(f"{stand.server.url}/api/files/local/{run.file_name}",
                          headers={"X-Api-Key": stand.server.key}, timeout=10)  # fmt: skip
    assert answer.status_code == 404
    job = requests.get(f"{stand.server.url}/api/job", headers={"X-Api-Key": stand.server.key}, timeout=10).json()
    assert job["job"]["file"]["path"] is None


def test_progress_and_temperatures_reach_the_rows(stand: Stand) -> None:
    run_id = stand.run(seconds=20)
    stand.until(run_id, S.RUNNING)
    eventually(lambda: stand.advance() or stand.read(run_id).progress > 0)
    assert stand.read(run_id).progress_at is not None
    eventually(lambda: stand.advance() or "bed" in stand.machine().temperatures)
    assert stand.machine().connection == "online"


def test_a_run_in_doubt_that_its_machine_is_at_says_how_far_it_is(stand: Stand) -> None:
    run_id = stand.run(seconds=20)
    stand.until(run_id, S.RUNNING)
    with stand.context.db.writing() as session:
        runs.doubt(session, events.SYSTEM, session.get_one(Run, run_id), "run_state_unclear", {})
        session.commit()
    before = stand.read(run_id).progress
    eventually(lambda: stand.advance() or stand.read(run_id).progress > before)
    assert stand.read(run_id).state is S.IN_DOUBT


def test_a_pause_that_was_asked_for_is_carried_out_and_taken_back(stand: Stand) -> None:
    run_id = stand.run(seconds=20)
    stand.until(run_id, S.RUNNING)
    stand.write(floor.pause)
    assert stand.until(run_id, S.PAUSED).state is S.PAUSED
    assert stand.server.state() == "Paused"
    eventually(lambda: stand.advance() or stand.read(run_id).pause_asked is None)
    stand.write(floor.resume)
    stand.until(run_id, S.RUNNING)
    eventually(lambda: stand.server.state() == "Printing")


def test_a_pause_at_the_machine_is_shown(stand: Stand) -> None:
    run_id = stand.run(seconds=20)
    stand.until(run_id, S.RUNNING)
    stand.command("/api/job", command="pause", action="pause")
    stand.until(run_id, S.PAUSED)
    stand.command("/api/job", command="pause", action="resume")
    stand.until(run_id, S.RUNNING)


def test_what_somebody_else_prints_is_busy_work_and_never_touched(stand: Stand) -> None:
    foreign = short_gcode(stand.folder / "foreign.gcode", 20, 100)
    headers = {"X-Api-Key": stand.server.key}
    with foreign.open("rb") as file:
        requests.post(f"{stand.server.url}/api/files/local", files={"file": file}, data={"print": "true"},
                      headers=headers, timeout=10).raise_for_status()  # fmt: skip
    eventually(lambda: stand.server.state() == "Printing")
    run_id = stand.run()
    stand.advance()
    stand.advance()
    machine = stand.machine()
    assert (machine.fault_code, machine.fault_values) == (FOREIGN_WORK, {"file": "foreign.gcode"})
    assert (machine.condition(busy=False), machine.has_fault) == ("busy", False)
    assert machine.bed_cleared_at is None
    assert stand.read(run_id).state is S.WAITING
    assert stand.server.state() == "Printing"
    settle(stand.server)
    stand.advance()
    assert stand.machine().fault_code == ""
    assert stand.read(run_id).state is S.WAITING


def test_a_damaged_file_is_never_started(stand: Stand) -> None:
    run_id = stand.run()
    with stand.context.db.writing() as session:
        run = session.get_one(Run, run_id)
        session.get_one(Slicing, run.slicing_id or "").gcode_sha1 = "0" * 40
        session.commit()
    run = stand.until(run_id, S.FAILED)
    assert (run.reason_code, run.sends) == ("run_upload_damaged", 3)
    assert stand.seen("PrintStarted", run_id) == 0
    assert stand.machine().bed_cleared_at is not None


def test_a_missing_sliced_file_fails_the_run_and_is_sliced_anew_next_time(stand: Stand) -> None:
    run_id = stand.run()
    slicing = stand.read(run_id).slicing
    assert slicing is not None
    stand.context.storage.remove(slicing.gcode_sha256 or "")
    run = stand.until(run_id, S.FAILED)
    assert run.reason_code == "run_gcode_missing"
    with stand.context.db.reading() as session:
        assert session.get_one(Slicing, slicing.id).gcode_sha256 is None


def test_a_print_that_somebody_started_at_the_machine_is_taken_as_ours(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = stand.run(seconds=3)
    with single_steps(monkeypatch):
        eventually(lambda: stand.advance() or stand.selected().endswith(".gcode"))
    assert stand.read(run_id).state is S.SENDING
    stand.command("/api/job", command="start")
    eventually(lambda: stand.seen("PrintStarted", run_id) == 1)
    stand.until(run_id, S.DONE)
    assert stand.seen("PrintStarted", run_id) == 1


def test_an_octoprint_that_dies_mid_print_leaves_the_run_in_doubt(
    stand: Stand, start_octoprint: StartOctoPrint, context: Context
) -> None:
    server = start_octoprint()
    point_at(context, stand.lab.machine, server.url, server.key)
    stand.server = server
    run_id = stand.run(seconds=30)
    stand.until(run_id, S.RUNNING)
    server.kill()
    stand.advance()
    stand.advance()
    assert stand.read(run_id).state is S.RUNNING
    assert stand.machine().connection == "offline"
    server.start()
    run = stand.until(run_id, S.IN_DOUBT)
    assert run.reason_code == "run_interrupted"
    assert stand.job(run_id).state is JobState.IN_PRODUCTION
    stand.advance()
    assert stand.seen("PrintStarted", run_id) == 1
    resolve(stand, run_id, Resolution.REPEAT)
    assert stand.job(run_id).state is JobState.QUEUED


def resolve(stand: Stand, run_id: str, outcome: Resolution) -> None:
    with stand.context.db.writing() as session:
        run = session.get_one(Run, run_id)
        floor.resolve(session, events.actor_of(stand.lab.tara), run, outcome, "looked at it")
        session.commit()


def test_an_octoprint_that_restarts_after_the_intent_leaves_the_run_in_doubt(
    stand: Stand, start_octoprint: StartOctoPrint, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_octoprint()
    point_at(context, stand.lab.machine, server.url, server.key)
    stand.server = server
    run_id = stand.run()
    step_to(stand, monkeypatch, run_id, S.STARTING)
    server.kill()
    server.start()
    assert stand.until(run_id, S.IN_DOUBT).reason_code == "run_selection_lost"
    assert stand.seen("PrintStarted", run_id) == 0


def test_a_start_is_not_intended_by_what_was_seen_long_ago(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was frozen after its look: the machine may have been restarted since, which nobody should doubt."""
    run_id = stand.run()
    with monkeypatch.context() as patch:
        patch.setattr("fabqueue.dispatch.hand.LOOK_LASTS", 0.0)
        eventually(lambda: stand.advance() or stand.selected())
        stand.advance()
        assert (stand.read(run_id).state, stand.read(run_id).intent_at) == (S.SENDING, None)
    step_to(stand, monkeypatch, run_id, S.STARTING)
    with monkeypatch.context() as patch:
        patch.setattr("fabqueue.dispatch.hand.LOOK_LASTS", 0.0)
        stand.advance()
        assert (stand.read(run_id).state, stand.read(run_id).start_sent_at) == (S.STARTING, None)
    stand.until(run_id, S.DONE)
    assert stand.seen("PrintStarted", run_id) == 1


def test_what_a_frozen_worker_sent_is_sent_anew_under_a_name_it_does_not_know(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = stand.run()
    with single_steps(monkeypatch):
        eventually(lambda: stand.advance() or stand.selected())  # as far as it came before it froze
    first = stand.read(run_id).file_name
    assert stand.selected() == first
    with stand.context.db.writing() as session:
        machine = session.get_one(Machine, stand.lab.machine.id)
        machine.lease_holder, machine.lease_until = "frozen", now() - timedelta(seconds=1)
        session.commit()
    run = stand.until(run_id, S.DONE)
    assert (run.sends, run.file_name != first, run.inherited) == (2, True, False)
    answer = requests.get(f"{stand.server.url}/api/files/local/{first}", headers={"X-Api-Key": stand.server.key},
                          timeout=10)  # fmt: skip
    assert answer.status_code == 404
    assert stand.seen("PrintStarted", run_id) == 1


def test_fewer_good_copies_are_made_up_for_by_another_run(stand: Stand) -> None:
    with stand.context.db.writing() as session:
        session.expire_on_commit = False
        job = approved_job(session, stand.context.storage, stand.lab, quantity=3)
        session.commit()
    run_id = stand.run(job=job, copies=3)
    stand.until(run_id, S.DONE)
    stand.write(floor.clear, Outcome.GOOD, good_copies=2)
    with stand.context.db.reading() as session:
        again = session.get_one(Job, job.id)
        assert (again.state, again.good_copies) == (JobState.QUEUED, 2)
        planned = session.query(Run).filter(Run.id != run_id).one()
        assert [item.copies for item in planned.items] == [1]
        assert planned.state is S.PREPARING
