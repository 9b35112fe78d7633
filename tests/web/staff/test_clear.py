"""Clearing a bed: by the technician's one tap, with an outcome, and by whoever is certified."""

from fabqueue.models import JobState, Machine, Outcome, Run, RunState
from tests.web.staff.conftest import Browser, Floor


def made(floor: Floor, copies: int = 1) -> tuple[Machine, Run]:
    """A finished run of Alice's job on the tool, its bed not cleared."""
    machine = floor.tool()
    job = floor.job(JobState.IN_PRODUCTION, quantity=copies)
    return machine, floor.run(job, machine, RunState.DONE, copies, ended_at=floor.lab.machine.created_at)


def test_one_tap_says_that_all_is_good(floor: Floor, tara: Browser) -> None:
    machine, run = made(floor, 4)
    assert "Clear, all 4 good" in tara.read("/desk")
    answer = tara.post(f"/machines/{machine.slug}/clear", {"outcome": "good", "run": run.id, "next": "/desk"})
    assert (answer.status_code, answer.location) == (303, "/desk")
    job = floor.now(run.items[0].job)
    assert (job.state, job.good_copies) == (JobState.READY, 4)
    assert floor.now(machine).bed_cleared_by_id == floor.lab.tara.id


def test_fewer_good_copies_put_the_rest_back_into_the_queue(floor: Floor, tara: Browser) -> None:
    machine, run = made(floor, 4)
    fields = {"outcome": "good", "good_copies": "3", "place": "Shelf 2", "run": run.id}
    assert tara.post(f"/machines/{machine.slug}/clear", fields).status_code == 303
    job = floor.now(run.items[0].job)
    assert (job.state, job.good_copies, job.place) == (JobState.QUEUED, 3, "Shelf 2")


def test_more_good_copies_than_were_made_are_refused_beside_the_field(floor: Floor, tara: Browser) -> None:
    machine, run = made(floor, 4)
    answer = tara.post(f"/machines/{machine.slug}/clear", {"outcome": "good", "good_copies": "5", "run": run.id})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Say how many of the 4 copies are good." in text
    assert 'value="5"' in text
    assert floor.now(machine).bed_cleared_at is None


def test_a_failed_part_fails_the_job_with_the_words(floor: Floor, tara: Browser) -> None:
    machine, run = made(floor)
    fields = {"outcome": "failed", "reason": "It came loose.", "run": run.id}
    assert tara.post(f"/machines/{machine.slug}/clear", fields).status_code == 303
    job = floor.now(run.items[0].job)
    assert (job.state, job.reason_values) == (JobState.FAILED, {"text": "It came loose."})
    assert floor.now(run).outcome is Outcome.FAILED


def test_a_tap_for_a_run_that_lies_there_no_more_changes_nothing(floor: Floor, tara: Browser) -> None:
    machine, run = made(floor)
    answer = tara.post(f"/machines/{machine.slug}/clear", {"outcome": "good", "run": "somethingelse"})
    assert answer.status_code == 303
    assert floor.now(machine).bed_cleared_at is None
    assert floor.now(run).cleared_at is None


def test_a_bed_without_a_run_of_ours_is_just_clear(floor: Floor, tara: Browser) -> None:
    machine = floor.tool()
    floor.change(machine, bed_cleared_at=None)
    assert "What came out" not in tara.read(f"/machines/{machine.slug}/clear")
    assert tara.post(f"/machines/{machine.slug}/clear", {"outcome": "good", "run": ""}).status_code == 303
    assert floor.now(machine).bed_cleared_at is not None


def test_whoever_is_certified_clears_and_others_do_not(floor: Floor, alice: Browser, visitor: Browser) -> None:
    machine, run = made(floor)
    fields = {"outcome": "good", "run": run.id}
    assert alice.post(f"/machines/{machine.slug}/clear", fields).status_code == 403
    assert visitor.post(f"/machines/{machine.slug}/clear", fields).status_code == 404
    assert "Leave the part on the bed." in alice.read(f"/m/{machine.slug}")
    floor.certify(floor.lab.alice, machine.machine_model)
    assert f'action="/machines/{machine.slug}/clear"' in alice.read(f"/m/{machine.slug}")
    assert alice.post(f"/machines/{machine.slug}/clear", fields).location == f"/m/{machine.slug}"
    assert floor.now(machine).bed_cleared_by_id == floor.lab.alice.id
