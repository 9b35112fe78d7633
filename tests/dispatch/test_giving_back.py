"""What keeps a run from its machine, and what gives back a run that was claimed and shall not start."""

from datetime import datetime, timedelta

import pytest

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.lease import SECONDS
from fabqueue.models import Job, JobState, Machine, Run, RunState, Site
from fabqueue.services import floor, sites
from tests.dispatch.stand import Stand, step_to
from tests.support.making import point_at
from tests.support.octoprint import StartOctoPrint

pytestmark = pytest.mark.octoprint
S = RunState


def test_what_was_claimed_before_closing_is_given_back_when_it_got_too_late(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is on the machine already; then the lab closes for the day, and the printer may not work alone."""
    run_id = stand.run()
    step_to(stand, monkeypatch, run_id, S.SENDING)
    _open_on(stand, now() + timedelta(days=2))
    run = stand.until(run_id, S.WAITING)
    stand.advance()
    assert stand.read(run_id).state is S.WAITING, "and it is not claimed again"
    assert (run.machine_id, run.reason_code) == (None, "run_too_late")
    assert stand.job(run_id).state is JobState.QUEUED
    _open_on(stand)
    assert stand.until(run_id, S.DONE).sends == 2
    assert stand.seen("PrintStarted", run_id) == 1


def _open_on(stand: Stand, *days: datetime) -> None:
    """The lab is open on these weekdays only; on none: it keeps no hours."""
    with stand.context.db.writing() as session:
        site = session.get_one(Site, stand.lab.site.id)
        site.opening_hours = {str(each.isoweekday()): [["09:00", "17:00"]] for each in days}
        session.commit()


def test_a_held_lab_starts_nothing_and_gives_back_what_was_claimed(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = stand.run()
    step_to(stand, monkeypatch, run_id, S.SENDING)
    with stand.context.db.writing() as session:
        sites.hold(session, stand.lab.tara, "fire drill")
        session.commit()
    run = stand.until(run_id, S.WAITING)
    stand.advance()
    assert (run.machine_id, run.reason_code) == (None, "run_lab_held")
    assert stand.job(run_id).state is JobState.QUEUED
    with stand.context.db.writing() as session:
        sites.release(session, stand.lab.tara)
        session.commit()
    assert stand.until(run_id, S.DONE).sends == 2
    assert stand.seen("PrintStarted", run_id) == 1


def test_a_start_that_was_not_carried_out_in_its_time_is_withdrawn_and_the_run_waits_again(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = stand.run()
    step_to(stand, monkeypatch, run_id, S.STARTING)
    assert stand.selected() == stand.read(run_id).file_name
    with stand.context.db.writing() as session:
        session.get_one(Run, run_id).intent_at = now() - timedelta(hours=1)
        session.commit()
    run = stand.until(run_id, S.WAITING)
    assert (run.machine_id, run.reason_code, run.intent_at) == (None, "run_start_too_late", None)
    assert stand.selected() == ""
    stand.advance()
    assert (stand.read(run_id).state, stand.machine().bed_cleared_at) == (S.WAITING, None)
    stand.write(floor.clear)
    stand.until(run_id, S.DONE)
    assert stand.seen("PrintStarted", run_id) == 1


def test_a_run_whose_machine_goes_away_before_the_start_is_given_to_another(
    stand: Stand, start_octoprint: StartOctoPrint, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_octoprint()
    point_at(context, stand.lab.machine, server.url, server.key)
    run_id = stand.run()
    step_to(stand, monkeypatch, run_id, S.SENDING)
    server.kill()
    run = stand.until(run_id, S.WAITING)
    assert (run.machine_id, run.reason_code) == (None, "run_machine_away")
    assert stand.job(run_id).state is JobState.QUEUED
    assert stand.machine().connection == "offline"


def test_a_machine_in_maintenance_takes_nothing(stand: Stand) -> None:
    run_id = stand.run()
    stand.write(floor.maintenance, True, "nozzle")
    stand.advance()
    assert stand.read(run_id).state is S.WAITING
    stand.write(floor.maintenance, False)
    stand.until(run_id, S.DONE)


def test_a_price_that_waits_for_a_yes_keeps_its_run_back(stand: Stand) -> None:
    run_id = stand.run()
    with stand.context.db.writing() as session:
        session.get_one(Job, stand.job(run_id).id).state = JobState.AWAITING_MEMBER
        session.commit()
    stand.advance()
    assert stand.read(run_id).state is S.WAITING


def test_a_lease_that_somebody_else_holds_keeps_this_process_away(stand: Stand) -> None:
    run_id = stand.run()
    with stand.context.db.writing() as session:
        machine = session.get_one(Machine, stand.lab.machine.id)
        machine.lease_holder, machine.lease_until = "somewhere-else", now() + timedelta(seconds=SECONDS)
        session.commit()
    stand.advance()
    assert stand.read(run_id).state is S.WAITING
