"""The desk offers small jobs that may share a bed: laid together, taken apart, cleared with a number for each job."""

from pathlib import Path

import pytest

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.models import JobState, Run, RunState
from fabqueue.services import events, planning, policy
from tests.support.making import approved_job, short_gcode, waiting_run
from tests.web.staff.conftest import Browser, Floor

QUEUE = "/desk/part/queue?queue=marlin-250"


@pytest.fixture
def waiting(floor: Floor, tmp_path: Path) -> list[Run]:
    """Three small jobs for the printer, sliced."""
    found = []
    with floor.database.writing() as session:
        session.expire_on_commit = False
        for number in range(3):
            gcode = short_gcode(tmp_path / f"{number}.gcode", seconds=0.5 + number / 10)
            job = approved_job(session, floor.storage, floor.lab, quantity=number + 1)
            found.append(waiting_run(session, floor.storage, floor.lab, gcode, job=job, copies=number + 1))
        session.commit()
    return found


def runs_of(floor: Floor, run: Run) -> list[Run]:
    """The runs of the job of a run."""
    job = floor.now(run.items[0].job)
    with floor.database.reading() as session:
        return planning.of_job(session, job)


def lying(floor: Floor, tara: Browser, waiting: list[Run]) -> Run:
    """The plate of all three, finished on the printer's bed."""
    tara.post(f"/desk/plates/{waiting[0].id}", {"runs": [each.id for each in waiting]})
    plate = runs_of(floor, waiting[0])[-1]
    floor.change(plate, state=RunState.DONE, machine_id=floor.lab.machine.id, started_at=now(), ended_at=now())
    floor.change(floor.lab.machine, bed_cleared_at=None)
    for each in waiting:
        floor.change(each.items[0].job, state=JobState.IN_PRODUCTION)
    return plate


def test_what_may_share_a_bed_is_offered_and_laid_together(floor: Floor, tara: Browser, waiting: list[Run]) -> None:
    page = tara.read(QUEUE)
    assert f'href="/desk/plates/{waiting[0].id}"' in page
    question = tara.read(f"/desk/plates/{waiting[0].id}")
    assert all(f'value="{each.id}" checked' in question for each in waiting)
    tara.post(f"/desk/plates/{waiting[0].id}", {"runs": [waiting[0].id, waiting[2].id]})
    plate = runs_of(floor, waiting[0])[-1]
    assert sorted(item.copies for item in plate.items) == [1, 3]
    assert [each.state for each in runs_of(floor, waiting[1])] == [RunState.WAITING]
    page = tara.read(QUEUE)
    assert page.count("on one bed with 1 other") == 2
    assert "/desk/plates/" + waiting[1].id not in page  # nothing is left to share with


def test_it_is_taken_apart_with_one_tap(floor: Floor, tara: Browser, waiting: list[Run]) -> None:
    tara.post(f"/desk/plates/{waiting[0].id}", {"runs": [each.id for each in waiting]})
    plate = runs_of(floor, waiting[0])[-1]
    assert f"/desk/plates/{plate.id}/apart" in tara.read(QUEUE)
    tara.post(f"/desk/plates/{plate.id}/apart")
    assert [runs_of(floor, each)[-1].state for each in waiting] == [RunState.WAITING] * 3
    answer = tara.post(f"/desk/plates/{plate.id}/apart", follow_redirects=True)
    assert 'class="flash bad"' in answer.get_data(as_text=True)


def test_one_alone_is_refused_and_what_is_gone_is_said(floor: Floor, tara: Browser, waiting: list[Run]) -> None:
    answer = tara.post(f"/desk/plates/{waiting[0].id}", {"runs": [waiting[0].id]})
    assert (answer.status_code, "at least two" in answer.get_data(as_text=True)) == (422, True)
    for each in waiting:
        floor.change(each, state=RunState.CANCELLED)
    page = tara.post(f"/desk/plates/{waiting[0].id}", {"runs": [waiting[0].id]}, follow_redirects=True)
    assert "Nothing is left" in page.get_data(as_text=True)


def test_the_bed_is_cleared_with_a_number_for_each_job(floor: Floor, tara: Browser, waiting: list[Run]) -> None:
    lying(floor, tara, waiting)
    jobs = [each.items[0].job for each in waiting]
    asked = tara.read(f"/machines/{floor.lab.machine.slug}/clear")
    places = [asked.index(f'name="good_{job.id}"') for job in jobs]
    assert places == sorted(places)
    assert places[-1] < asked.index('name="place"')
    given = {"outcome": "good", f"good_{jobs[1].id}": "0", f"good_{jobs[2].id}": "2"}
    assert tara.post(f"/machines/{floor.lab.machine.slug}/clear", given).status_code == 303
    assert [floor.now(job).good_copies for job in jobs] == [1, 0, 2]
    assert [floor.now(job).state for job in jobs] == [JobState.READY, JobState.QUEUED, JobState.QUEUED]
    assert [[item.copies for item in runs_of(floor, each)[-1].items] for each in waiting[1:]] == [[2], [1]]


def test_too_many_of_one_job_are_refused(floor: Floor, tara: Browser, waiting: list[Run]) -> None:
    lying(floor, tara, waiting)
    given = {"outcome": "good", f"good_{waiting[0].items[0].job_id}": "2"}
    answer = tara.post(f"/machines/{floor.lab.machine.slug}/clear", given)
    assert answer.status_code == 422
    assert floor.now(waiting[0].items[0].job).good_copies == 0


def test_a_job_page_tells_only_its_own_part(floor: Floor, tara: Browser, alice: Browser, waiting: list[Run]) -> None:
    plate = lying(floor, tara, waiting)
    other = waiting[1].items[0].job
    floor.change(floor.now(other).request, owner_id=floor.lab.bob.id)
    tara.post(f"/machines/{floor.lab.machine.slug}/clear", {"outcome": "good"})
    page = alice.read(f"/jobs/{waiting[0].items[0].job.code}")
    assert other.code not in page
    assert plate.id not in page


def test_members_lay_nothing_together(floor: Floor, alice: Browser, waiting: list[Run]) -> None:
    paths = (f"/desk/plates/{waiting[0].id}", f"/desk/plates/{waiting[0].id}/apart")
    assert {alice.post(each, {"runs": [run.id for run in waiting]}).status_code for each in paths} == {404}
    assert floor.now(waiting[0]).state is RunState.WAITING


def test_the_timeline_draws_one_bar_for_a_bed_that_several_jobs_will_share(
    floor: Floor, tara: Browser, waiting: list[Run], context: Context
) -> None:
    """The printer takes the first at once; the rule will lay the others together."""
    jobs = [each.items[0].job for each in waiting]
    with context.db.writing() as session:
        policy.change(session, context.settings, events.SYSTEM, {"queue.plates": "true"})
        for each in waiting:
            session.get_one(Run, each.id).predicted_seconds = 7200
        session.commit()
    context.policy_changed()
    part = tara.read("/desk/part/timeline")
    drawn, listed = part.split('id="timeline-list"')
    assert drawn.count("<title>J-") == 1
    assert f"<title>{jobs[0].code} {jobs[0].title}" in drawn
    together = f"{jobs[1].code} {jobs[1].title}, {jobs[2].code} {jobs[2].title}"
    assert f"<title>2 jobs on one bed: {together}" in drawn
    assert f">2 jobs: {jobs[1].code}, {jobs[2].code}</text>" in drawn
    assert listed.count("<tr>") == 3  # its head, and two beds
    assert all(f"{job.code} <span" in listed for job in jobs)


def test_the_line_of_now_lies_under_the_bars(floor: Floor, tara: Browser, waiting: list[Run]) -> None:
    part = tara.read("/desk/part/timeline")
    assert part.index('class="now"') < part.index('class="bar"')
