"""The queue on the desk: its order, why jobs wait, the hold switch, failed jobs again, finished ones handed out."""

from datetime import timedelta

from fabqueue.db import now
from fabqueue.models import Build, Job, JobState, Outcome, Run, RunState
from fabqueue.services import queueing
from tests.web.staff.conftest import Browser, Floor


def waiting(floor: Floor, priority: int, minutes: int) -> Job:
    """A queued job approved so many minutes ago, its run waiting."""
    job = floor.job(JobState.QUEUED, priority=priority, approved_at=now() - timedelta(minutes=minutes))
    run = floor.run(job, floor.tool(), RunState.WAITING)
    floor.change(run, machine_id=None, claimed_at=None, started_at=None)
    return job


def order(floor: Floor) -> list[str]:
    with floor.database.reading() as session:
        return [job.code for job in queueing.line(session, floor.config, floor.tool().machine_model)]


def test_up_moves_a_job_before_exactly_one(floor: Floor, tara: Browser) -> None:
    a, b, c = (waiting(floor, 0, minutes) for minutes in (30, 20, 10))
    tara.post(f"/desk/{c.code}/move", {"to": "up"})
    assert order(floor) == [a.code, c.code, b.code]
    tara.post(f"/desk/{c.code}/move", {"to": "up"})
    assert order(floor) == [c.code, a.code, b.code]


def test_down_moves_a_job_behind_exactly_one(floor: Floor, tara: Browser) -> None:
    a, b, c = waiting(floor, 5, 10), waiting(floor, 0, 30), waiting(floor, 0, 20)
    tara.post(f"/desk/{a.code}/move", {"to": "down"})
    assert order(floor) == [b.code, a.code, c.code]


def test_what_stands_before_a_moved_job_is_pinned_with_it_and_what_follows_is_not(floor: Floor, tara: Browser) -> None:
    a, b, c, d = (waiting(floor, 0, minutes) for minutes in (40, 30, 20, 10))
    tara.post(f"/desk/{c.code}/move", {"to": "up"})
    assert [floor.now(each).pin for each in (a, c, b, d)] == [1, 2, None, None]
    urgent = waiting(floor, 9, 5)
    assert order(floor) == [a.code, c.code, urgent.code, b.code, d.code]
    assert "put it at place 2 of the queue" in tara.read(f"/desk/{c.code}")


def test_a_job_is_dropped_at_a_place_and_beyond_the_end_at_the_end(floor: Floor, tara: Browser) -> None:
    a, b, c = (waiting(floor, 0, minutes) for minutes in (30, 20, 10))
    tara.post(f"/desk/{c.code}/move", {"to": "0"})
    assert order(floor) == [c.code, a.code, b.code]
    tara.post(f"/desk/{c.code}/move", {"to": "99"})
    assert order(floor) == [a.code, b.code, c.code]
    for odd in ("", "-1", "up and away", "1" * 9):
        assert tara.post(f"/desk/{c.code}/move", {"to": odd}).status_code == 422


def test_the_rules_decide_again_when_they_are_let(floor: Floor, tara: Browser) -> None:
    a, b = waiting(floor, 0, 30), waiting(floor, 0, 20)
    tara.post(f"/desk/{b.code}/move", {"to": "up"})
    assert "put here by hand" in tara.read("/desk/part/queue")
    tara.post(f"/desk/{b.code}/unpin")
    assert order(floor) == [a.code, b.code]
    assert "put here by hand" not in tara.read("/desk/part/queue")


def test_the_first_stays_first_and_one_that_waits_no_more_is_not_moved(floor: Floor, tara: Browser) -> None:
    a, done = waiting(floor, 0, 30), floor.job(JobState.READY)
    tara.post(f"/desk/{a.code}/move", {"to": "up"})
    assert order(floor) == [a.code]
    answer = tara.post(f"/desk/{done.code}/move", {"to": "up"}, follow_redirects=True)
    assert 'class="flash bad"' in answer.get_data(as_text=True)


def test_it_says_why_a_job_waits(floor: Floor, tara: Browser) -> None:
    job = waiting(floor, 0, 10)
    floor.change(floor.tool(), bed_cleared_at=None)
    page = tara.read("/desk/part/queue")
    assert job.code in page
    assert 'class="swap"' in page


def test_the_hold_switch_needs_a_reason_and_shows_it_until_released(floor: Floor, tara: Browser, adam: Browser) -> None:
    assert tara.post("/queue/hold", {"reason": ""}).status_code == 422
    tara.post("/queue/hold", {"reason": "Fire drill"})
    for page in ("/desk", f"/desk/{floor.job().code}"):
        assert "Fire drill" in adam.read(page)
    assert floor.now(floor.lab.site).is_held
    adam.post("/queue/release")
    assert not floor.now(floor.lab.site).is_held
    assert "Fire drill" not in tara.read("/desk")


def test_releasing_what_is_not_held_says_so(floor: Floor, tara: Browser) -> None:
    assert "not held" in tara.post("/queue/release", follow_redirects=True).get_data(as_text=True)


def test_members_neither_hold_nor_move_nor_requeue(floor: Floor, alice: Browser) -> None:
    job = floor.job(JobState.FAILED)
    paths = (
        "/queue/hold",
        "/queue/release",
        f"/desk/{job.code}/move",
        f"/desk/{job.code}/unpin",
        f"/desk/{job.code}/requeue",
    )
    assert {alice.post(path, {"reason": "mine", "to": "up"}).status_code for path in paths} == {404}
    assert floor.now(job).state is JobState.FAILED
    assert not floor.now(floor.lab.site).is_held


def test_a_failed_job_is_shown_with_its_reason_and_tried_again(floor: Floor, tara: Browser) -> None:
    job = floor.job(JobState.FAILED, reason_code="run_stopped_by_staff_said", reason_values={"text": "Knotted spool"})
    assert "Knotted spool" in tara.read("/desk/part/failed")
    tara.post(f"/desk/{job.code}/requeue")
    after = floor.now(job)
    assert (after.state, after.reason_code) == (JobState.QUEUED, "")
    with floor.database.reading() as session:
        assert [run.state for run in session.query(Run)] == [RunState.WAITING]


def test_a_finished_part_gets_a_place_and_is_handed_out(floor: Floor, tara: Browser) -> None:
    job = floor.job(JobState.IN_PRODUCTION)
    run = floor.run(job, floor.tool(), RunState.DONE, ended_at=now())
    tara.post("/machines/bench/clear", {"outcome": Outcome.GOOD, "run": run.id})
    assert "place not noted" in tara.read("/desk/part/shelf")
    assert tara.post(f"/desk/{job.code}/place", {"place": " "}).status_code == 422
    tara.post(f"/desk/{job.code}/place", {"place": "Shelf 3"})
    assert "Shelf 3" in tara.read("/desk/part/shelf")
    assert "Tara put it here: Shelf 3" in tara.read(f"/desk/{job.code}")
    tara.post(f"/desk/{job.code}/collect")
    assert floor.now(job).state is JobState.COLLECTED
    with floor.database.reading() as session:
        assert session.query(Build).count() == 1


def test_a_place_is_noted_only_for_what_is_ready(floor: Floor, tara: Browser) -> None:
    job = floor.job(JobState.QUEUED)
    tara.post(f"/desk/{job.code}/place", {"place": "Shelf 3"})
    assert floor.now(job).place == ""


def test_a_job_is_found_by_its_code(floor: Floor, tara: Browser) -> None:
    job = floor.job(JobState.COLLECTED)
    assert tara.get(f"/desk?find={job.code.lower()}").location == f"/desk/{job.code}"
    assert tara.get("/desk?find=J-1").location == "/desk/J-1"
    assert tara.get("/desk/J-1").status_code == 404


def test_a_live_part_is_sent_only_when_it_changed(floor: Floor, tara: Browser) -> None:
    machine = floor.tool()
    seen = tara.read("/desk/part/wall").partition("seen=")[2].partition('"')[0]
    assert tara.get(f"/desk/part/wall?seen={seen}").status_code == 204
    floor.change(machine, bed_cleared_at=None)
    answer = tara.get(f"/desk/part/wall?seen={seen}")
    assert answer.status_code == 200
    assert "Bed to clear" in answer.get_data(as_text=True)
