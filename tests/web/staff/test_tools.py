"""The page behind the QR code on a tool."""

from fabqueue.models import JobState, RunState
from tests.web.staff.conftest import Browser, Floor


def test_a_member_sees_state_and_queue_and_no_buttons(floor: Floor, alice: Browser) -> None:
    floor.run(floor.job(JobState.IN_PRODUCTION, owner=floor.lab.bob), floor.tool(), RunState.RUNNING)
    page = alice.read("/m/bench")
    assert "At work" in page
    assert "/machines/bench/" not in page


def test_others_jobs_are_shown_by_code_alone(floor: Floor, alice: Browser) -> None:
    mine = floor.job(JobState.QUEUED)
    his = floor.job(JobState.QUEUED, owner=floor.lab.bob)
    page = alice.read("/m/bench")
    assert f'href="/jobs/{mine.code}"' in page
    assert f"<b>{his.code}</b>" in page
    assert f"/jobs/{his.code}" not in page


def test_what_lies_on_the_bed_is_named_to_those_who_may_see_it(floor: Floor, alice: Browser, tara: Browser) -> None:
    job = floor.job(JobState.IN_PRODUCTION, owner=floor.lab.bob)
    floor.run(job, floor.tool(), RunState.DONE, ended_at=floor.lab.machine.created_at)
    assert f"/jobs/{job.code}" in tara.read("/m/bench")
    assert f"/jobs/{job.code}" not in alice.read("/m/bench")


def test_it_says_whether_this_person_is_certified(floor: Floor, alice: Browser) -> None:
    machine = floor.tool()
    floor.change(machine.machine_model, needs_certification=True)
    assert "which you do not have yet" in alice.read("/m/bench")
    floor.certify(floor.lab.alice, machine.machine_model)
    assert "You are certified for it." in alice.read("/m/bench")


def test_a_machine_that_was_never_there_is_not_found(floor: Floor, alice: Browser) -> None:
    assert alice.get("/m/nothing").status_code == 404
