"""What technicians do at machines: start and finish by hand, pause, stop, service, load, resolve a doubt."""

from datetime import timedelta

import pytest

from fabqueue.db import now
from fabqueue.models import Job, JobState, Machine, Person, Run, RunState
from fabqueue.services import events, reviews, runs
from fabqueue.wording import reader
from tests.support import factories
from tests.web.staff.conftest import Browser, Floor


def approved(floor: Floor) -> Job:
    """An approved job for the tool, its run waiting."""
    job = floor.job()
    with floor.database.writing() as session:
        by = session.get_one(Person, floor.lab.tara.id)
        reviews.approve(session, floor.config, session.get_one(Job, job.id), by)
        session.commit()
    return job


def test_a_person_starts_the_next_job_at_a_manual_machine_and_finishes_it(floor: Floor, tara: Browser) -> None:
    job, machine = approved(floor), floor.tool()
    assert f"Start {job.code}" in tara.read("/m/bench")
    assert tara.post("/machines/bench/start").location == "/m/bench"
    assert floor.now(job).state is JobState.IN_PRODUCTION
    assert ">Finished</button>" in tara.read("/m/bench")
    tara.post("/machines/bench/finish")
    assert "Bed to clear" in tara.read("/m/bench")
    tara.post("/machines/bench/clear", {"outcome": "good"})
    assert floor.now(job).state is JobState.READY
    assert floor.now(machine).bed_cleared_at is not None


def test_while_the_queue_is_held_nothing_is_offered_to_be_started(floor: Floor, tara: Browser) -> None:
    """Neither at the machine nor as a stop of the round: it would be refused."""
    job = approved(floor)
    offered = f"Start {job.code}"
    assert offered in tara.read("/m/bench")
    floor.change(floor.lab.site, held_at=now(), held_reason="smoke")
    assert offered not in tara.read("/m/bench")
    assert offered not in tara.read("/round")
    tara.post("/queue/release")
    assert offered in tara.read("/m/bench")


def test_starting_where_nothing_waits_says_so(floor: Floor, tara: Browser) -> None:
    floor.tool()
    answer = tara.post("/machines/bench/start", follow_redirects=True)
    assert 'class="flash bad"' in answer.get_data(as_text=True)


def test_a_machine_says_since_when_it_needs_clearing_and_afterwards_who_cleared_it_and_when(
    floor: Floor, tara: Browser, alice: Browser
) -> None:
    job, machine = floor.job(JobState.IN_PRODUCTION), floor.tool()
    ended_at = now() - timedelta(days=2)
    floor.run(job, machine, RunState.DONE, ended_at=ended_at)
    words = reader("en", floor.lab.site.time_zone)
    page = tara.read("/m/bench")
    assert "Bed to clear" in page
    assert f"since {words.moment(ended_at, 'short')}" in page
    assert "Bed cleared" not in page
    tara.post("/machines/bench/clear", {"outcome": "good"})
    cleared_at = floor.now(machine).bed_cleared_at
    cleared = f'Bed cleared {words.moment(cleared_at, "short")}, <span translate="no">Tara</span>'
    assert cleared in tara.read("/m/bench")
    assert "Bed cleared" not in alice.read("/m/bench")


def test_pause_and_go_on_reach_the_run(floor: Floor, tara: Browser, wakes: list[tuple[str, str]]) -> None:
    machine = floor.lab.machine
    run = floor.run(floor.job(JobState.IN_PRODUCTION, model=floor.lab.model), machine, RunState.RUNNING)
    tara.post(f"/machines/{machine.slug}/pause", {"next": "/desk"})
    assert floor.now(run).pause_asked is True
    assert ("advance", machine.id) in wakes
    assert "Asked to pause, waiting for the machine." in tara.read("/desk")
    floor.change(run, state=RunState.PAUSED, pause_asked=None)
    tara.post(f"/machines/{machine.slug}/resume")
    assert floor.now(run).pause_asked is False


def test_an_emergency_stop_asks_once_and_says_when_nobody_was_reached(floor: Floor, tara: Browser) -> None:
    machine = floor.lab.machine
    run = floor.run(floor.job(JobState.IN_PRODUCTION, model=floor.lab.model), machine, RunState.RUNNING)
    page = tara.read("/emergency")
    assert f"Stop it now: {machine.name}" in page
    assert f'action="/machines/{machine.slug}/emergency"' in page
    assert 'href="/emergency" data-key="e"' in tara.read("/desk")
    assert "Stop it now" in tara.read(f"/machines/{machine.slug}/emergency")
    assert floor.now(machine).emergency_at is None
    said = tara.post(f"/machines/{machine.slug}/emergency", follow_redirects=True).get_data(as_text=True)
    assert "cannot be reached. Go there and switch it off by hand, now." in said
    assert floor.now(run).stop_asked_at is not None
    desk = tara.read("/desk")
    assert "Emergency stop: the machine has not confirmed it." in desk
    tara.post(f"/machines/{machine.slug}/reconnect", {"next": "/desk"})
    assert floor.now(machine).emergency_at is None


def test_a_machine_that_does_not_do_what_it_was_told_is_named_on_the_desk(floor: Floor, tara: Browser) -> None:
    machine = floor.lab.machine
    run = floor.run(floor.job(JobState.IN_PRODUCTION, model=floor.lab.model), machine, RunState.RUNNING)
    tara.post(f"/machines/{machine.slug}/pause")
    floor.change(run, pause_asked_at=now() - timedelta(seconds=runs.CONFIRM_SECONDS + 1))
    assert "Asked to pause, and the machine does not say that it did." in tara.read("/desk")


def test_a_printer_that_paused_by_itself_says_so_and_one_that_was_asked_does_not(floor: Floor, tara: Browser) -> None:
    machine = floor.lab.machine
    run = floor.run(floor.job(JobState.IN_PRODUCTION, model=floor.lab.model), machine, RunState.RUNNING)
    told, chip = "It paused at the machine, and nobody asked for that from here.", "1 paused by itself"

    def pause(wanted: bool | None) -> None:
        with floor.database.writing() as session:
            row = session.get_one(Run, run.id)
            row.state, row.pause_asked = RunState.RUNNING, wanted
            runs.paused(session, events.of_machine(session.get_one(Machine, machine.id)), row)
            row.pause_asked = None
            session.commit()

    pause(None)
    assert told in tara.read("/desk")
    assert chip in tara.read("/desk/part/calls")
    assert told in tara.read("/round")
    assert "1 machine needs you." in tara.read("/round")
    pause(True)
    assert told not in tara.read("/desk")
    assert chip not in tara.read("/desk/part/calls")
    assert "No machine needs you." in tara.read("/round")


def test_what_somebody_else_does_at_a_machine_is_shown_as_theirs(floor: Floor, tara: Browser) -> None:
    floor.change(floor.lab.machine, fault_code="machine_foreign_print", fault_values={"file": "vase.gcode"})
    assert "Busy with other work" in tara.read("/desk")


def test_stopping_asks_first_and_then_the_machine(floor: Floor, tara: Browser) -> None:
    machine = floor.lab.machine
    run = floor.run(floor.job(JobState.IN_PRODUCTION, model=floor.lab.model), machine, RunState.RUNNING)
    assert "Stop what" in tara.read(f"/machines/{machine.slug}/cancel")
    assert floor.now(run).stop_asked_at is None
    tara.post(f"/machines/{machine.slug}/cancel", {"reason": "Loose"})
    after = floor.now(run)
    assert after.stop_asked_at is not None
    assert after.reason_values == {"text": "Loose"}


def test_a_machine_goes_out_of_service_with_a_reason_and_back(floor: Floor, tara: Browser) -> None:
    floor.tool()
    assert tara.post("/machines/bench/maintenance", {"reason": ""}).status_code == 422
    tara.post("/machines/bench/maintenance", {"reason": "New blade"})
    assert "New blade" in tara.read("/desk")
    assert floor.now(floor.tool()).maintenance_reason == "New blade"
    tara.post("/machines/bench/service")
    assert floor.now(floor.tool()).maintenance_at is None


def test_stock_is_loaded_from_what_the_machine_works(floor: Floor, tara: Browser) -> None:
    machine = floor.tool()
    with floor.database.writing() as session:
        session.expire_on_commit = False
        other = factories.material(session, "abs")
        abs_spool = factories.stock(session, session.merge(floor.lab.site), other)
        spare = factories.stock(session, session.merge(floor.lab.site), session.merge(floor.lab.pla), "red")
        session.commit()
    page = tara.read("/machines/bench/load")
    assert "PLA red" in page
    assert "ABS" not in page
    assert tara.post("/machines/bench/load", {"stock": abs_spool.id, "position": "0"}).status_code == 422
    assert tara.post("/machines/bench/load", {"stock": spare.id, "position": "0"}).status_code == 303
    assert floor.now(machine).slots[0].stock_id == spare.id
    tara.post("/machines/bench/load", {"stock": "", "position": "0"})
    assert floor.now(machine).slots[0].stock_id is None


@pytest.mark.parametrize(
    ("outcome", "run_state", "job_state"),
    [
        ("done", RunState.DONE, JobState.IN_PRODUCTION), ("failed", RunState.FAILED, JobState.FAILED),
        ("repeat", RunState.FAILED, JobState.QUEUED), ("drop", RunState.FAILED, JobState.CANCELLED),
    ],
)  # fmt: skip
def test_a_doubt_is_decided_with_words(
    outcome: str, run_state: RunState, job_state: JobState, floor: Floor, tara: Browser
) -> None:
    machine = floor.tool()
    run = floor.run(floor.job(JobState.IN_PRODUCTION), machine, RunState.IN_DOUBT, reason_code="run_interrupted")
    assert f"/runs/{run.id}/resolve" in tara.read("/desk")
    page = tara.read(f"/runs/{run.id}/resolve")
    assert page.count('type="radio"') == 4
    assert tara.post(f"/runs/{run.id}/resolve", {"outcome": outcome, "reason": ""}).status_code == 422
    assert tara.post(f"/runs/{run.id}/resolve", {"reason": "Looked"}).status_code == 422
    assert tara.post(f"/runs/{run.id}/resolve", {"outcome": outcome, "reason": "Looked"}).status_code == 303
    assert floor.now(run).state is run_state
    assert floor.now(run.items[0].job).state is job_state


@pytest.mark.parametrize(
    "what",
    ["pause", "resume", "cancel", "emergency", "reconnect", "start", "finish", "service", "maintenance", "load", "try"],
)
def test_members_instructors_and_visitors_cannot(
    what: str, floor: Floor, alice: Browser, ines: Browser, visitor: Browser
) -> None:
    floor.tool()
    path = f"/machines/bench/{what}"
    assert [each.post(path, {"reason": "no"}).status_code for each in (alice, ines, visitor)] == [404, 404, 404]


def test_a_run_in_doubt_is_nobodys_but_technicians(floor: Floor, alice: Browser) -> None:
    run = floor.run(floor.job(JobState.IN_PRODUCTION), floor.tool(), RunState.IN_DOUBT)
    assert alice.get(f"/runs/{run.id}/resolve").status_code == 404
    assert alice.post(f"/runs/{run.id}/resolve", {"outcome": "done", "reason": "mine"}).status_code == 404
    assert floor.now(run).state is RunState.IN_DOUBT


def test_a_spool_is_changed_while_it_prints(floor: Floor, tara: Browser, alice: Browser) -> None:
    machine = floor.lab.machine
    quote_id = floor.job(JobState.IN_PRODUCTION).quote_id  # its range is all the page asks for
    job = floor.job(JobState.IN_PRODUCTION, model=floor.lab.model, quote_id=quote_id)
    run = floor.run(job, machine, RunState.PAUSED,
                    stock_id=floor.lab.grey.id, predicted_milligrams=5000, progress=62.0)  # fmt: skip
    with floor.database.writing() as session:
        session.expire_on_commit = False
        site, pla = session.merge(floor.lab.site), session.merge(floor.lab.pla)
        red, abs_spool = factories.stock(session, site, pla, "red"), factories.stock(
            session, site, factories.material(session, "abs"))  # fmt: skip
        session.commit()
    assert ">Other spool</a>" in tara.read(f"/m/{machine.slug}")
    page = " ".join(tara.read(f"/machines/{machine.slug}/spool").split())
    assert "The work is at 62" in page
    assert "PLA red" in page
    assert "ABS" not in page
    address = f"/machines/{machine.slug}/spool"
    assert tara.post(address, {"stock": abs_spool.id}).status_code == 422
    assert alice.post(address, {"stock": red.id}).status_code == 404
    assert tara.post(address, {"stock": red.id}).location == f"/m/{machine.slug}"
    assert floor.now(floor.lab.grey).left_mg == 996_900
    assert floor.now(run).stock_id == red.id
    assert "Tara put another spool in" in tara.read(f"/jobs/{run.items[0].job.code}")


def test_where_nothing_is_at_work_no_spool_is_changed(floor: Floor, tara: Browser) -> None:
    machine = floor.lab.machine
    assert "Other spool" not in tara.read(f"/m/{machine.slug}")
    answer = tara.get(f"/machines/{machine.slug}/spool", follow_redirects=True)
    assert "Nothing is at work there whose spool could be changed." in answer.get_data(as_text=True)
