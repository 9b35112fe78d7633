"""The wallboard: for staff and for screens with a secret address, and as public as the open pages."""

import re
from datetime import timedelta

import pytest

from fabqueue.db import now
from fabqueue.models import JobState, Outcome, Person, RunState, Screen
from fabqueue.services import showcases
from fabqueue.web.tv import columns
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, Workshop, plain

RUNNING = JobState.IN_PRODUCTION


@pytest.fixture
def address(tara: Browser) -> str:
    """Of a screen that Tara made, as the page shows it once."""
    answer = tara.post("/screens", {"name": "By the door"})
    found = re.search(r'href="http://127\.0\.0\.1:8000(/wallboard/[a-z0-9]+)"', answer.text)
    assert found, answer.text
    return found[1]


def test_a_screen_shows_it_without_anybody_signed_in(visitor: Browser, address: str) -> None:
    answer = visitor.get(address)
    assert answer.status_code == 200
    assert "Next up" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert visitor.get(f"{address}/part").status_code == 200


def test_a_screen_that_may_arm_lasers_opens_with_them(visitor: Browser, tara: Browser) -> None:
    answer = tara.post("/screens", {"name": "By the lasers", "arms": "y"})
    found = re.search(r'href="http://127\.0\.0\.1:8000(/wallboard/[a-z0-9]+/lasers)"', answer.text)
    assert found, answer.text
    assert visitor.get(found[1]).status_code == 200


def test_the_address_is_shown_once_and_kept_as_a_digest(tara: Browser, address: str, workshop: Workshop) -> None:
    secret = address.rpartition("/")[2]
    assert secret not in tara.source("/screens")
    with workshop.context.db.reading() as session:
        screen = session.query(Screen).one()
        assert secret not in (screen.digest, screen.id)
        assert screen.name == "By the door"


def test_a_revoked_address_shows_nothing_and_makes_the_screen_load_again(
    tara: Browser, visitor: Browser, address: str, workshop: Workshop
) -> None:
    with workshop.context.db.reading() as session:
        key = session.query(Screen).one().id
    assert "stops showing" in tara.read(f"/screens/{key}/revoke")
    tara.post(f"/screens/{key}/revoke")
    assert visitor.get(address).status_code == 404
    part = visitor.get(f"{address}/part")
    assert (part.status_code, part.headers["HX-Refresh"], part.text) == (404, "true", "")
    assert "By the door" not in tara.read("/screens")


def test_what_came_off_the_bed_no_good_is_counted_as_failed(tara: Browser, workshop: Workshop) -> None:
    good, bad = workshop.job(JobState.COLLECTED), workshop.job(JobState.COLLECTED)
    for job, outcome in ((good, Outcome.GOOD), (bad, Outcome.FAILED)):
        workshop.change(workshop.run(job), state=RunState.DONE, outcome=outcome, ended_at=now())
    assert re.search(r"\b1 (?:print|by hand), 1 failed", plain(tara.get("/wallboard")))


def test_without_the_secret_it_is_for_those_who_work_there(
    visitor: Browser, alice: Browser, ines: Browser, tara: Browser, adam: Browser
) -> None:
    for path in ("/wallboard", "/wallboard/part"):
        found = [each.get(path).status_code for each in (visitor, alice, ines, tara, adam)]
        assert found == [404, 404, 200, 200, 200]
    assert visitor.get("/wallboard/guessed").status_code == 404
    screens = [each.get("/screens").status_code for each in (visitor, alice, ines, tara, adam)]
    assert screens == [404, 404, 404, 200, 200]
    assert alice.post("/screens", {"name": "Mine"}).status_code == 404


def test_a_private_project_and_an_unnamed_person_are_the_code_of_the_job(
    workshop: Workshop, visitor: Browser, address: str
) -> None:
    job = workshop.job(RUNNING)
    workshop.change(job.revision.design.project, title="Secret lamp")
    page = visitor.get(address).text
    assert job.code in page
    assert not [each for each in ("Secret lamp", job.title, "Alice", job.revision_id) if f">{each}<" in page]
    assert job.revision_id not in page


def test_a_public_project_and_a_named_person_are_named_by_title_and_first_name(
    workshop: Workshop, visitor: Browser, address: str, lab: Lab
) -> None:
    job = workshop.job(RUNNING)
    workshop.publish(job.revision)
    workshop.change(lab.alice, display_name="Alice Wonder", named_on_builds=True)
    page = plain(visitor.get(address))
    assert f"{job.title} , Alice" in page.replace(" ,", " ,") or f"{job.title}, Alice" in page
    assert "Wonder" not in page


@pytest.mark.parametrize("columns", [{"guarded": True}, {"left_at": now()}, {"is_guest": True}])
def test_guarded_people_guests_and_those_who_left_are_never_named(
    columns: dict[str, object], workshop: Workshop, visitor: Browser, address: str, lab: Lab
) -> None:
    ready, running, queued = (workshop.job(each) for each in (JobState.READY, RUNNING, JobState.QUEUED))
    workshop.change(lab.alice, display_name="Zoetje", named_on_builds=True, **columns)
    page = visitor.get(address).text
    assert "Zoetje" not in page
    assert all(each.code in page for each in (running, ready, queued))


def test_what_is_ready_stands_on_the_shelf_and_what_was_collected_does_not(
    workshop: Workshop, visitor: Browser, address: str
) -> None:
    ready, collected = workshop.job(JobState.READY), workshop.job(JobState.COLLECTED)
    page = visitor.get(address).text
    assert ready.code in page
    assert collected.code not in page


def test_a_job_of_the_queue_stands_under_next_up(workshop: Workshop, visitor: Browser, address: str) -> None:
    job = workshop.job(JobState.QUEUED)
    following = visitor.get(address).text.partition("Next up")[2]
    assert job.code in following


def test_machines_show_state_and_progress(workshop: Workshop, visitor: Browser, address: str, lab: Lab) -> None:
    job = workshop.job(RUNNING)
    run = workshop.run(job)
    workshop.change(run, state=RunState.RUNNING, started_at=now(), progress=42.0, seconds_left=3600)
    workshop.change(lab.machine, seen_at=now())
    page = plain(visitor.get(address))
    assert "Printing" in page
    assert "42 %" in page
    workshop.change(lab.machine, seen_at=now() - timedelta(minutes=9))
    assert "last word" in plain(visitor.get(address))


def test_an_unchanged_board_is_not_sent_again(visitor: Browser, address: str) -> None:
    seen = re.search(r"seen=(\w+)", visitor.get(address).text)
    assert seen
    assert visitor.get(f"{address}/part?seen={seen[1]}").status_code == 204


def test_a_quiet_lab_shows_what_is_in_the_showcases(
    workshop: Workshop, lab: Lab, visitor: Browser, address: str
) -> None:
    revision = workshop.design(picture_sha256=None)
    project = workshop.publish(revision, title="Flexure stage")
    with workshop.writing() as session:
        found = session.get_one(type(revision), revision.id)
        assert found.report
        found.report.picture_sha256 = found.sha256
        ines = session.get_one(Person, lab.ines.id)
        showcase = showcases.create(session, ines, "School")
        showcases.add_project(session, showcase, ines, session.merge(project))
        showcases.publish(session, showcase, ines)
        session.commit()
    assert "Flexure stage" in visitor.get(address).text
    job = workshop.job(RUNNING)
    page = visitor.get(address).text
    assert job.code in page
    assert "Flexure stage" not in page


def test_a_closed_lab_with_waiting_jobs_shows_pictures_and_its_hours(
    workshop: Workshop, lab: Lab, visitor: Browser, address: str
) -> None:
    workshop.change(lab.site, opening_hours={str(day): [] for day in range(1, 8)})
    assert "closed now" in visitor.get(address).text
    workshop.change(lab.site, opening_hours={str(day): [["00:00", "24:00"]] for day in range(1, 8)})
    assert "open until midnight" in visitor.get(address).text


def test_a_held_queue_is_said(workshop: Workshop, lab: Lab, visitor: Browser, address: str) -> None:
    workshop.change(lab.site, held_at=now(), held_reason="Mia broke the fan")
    page = plain(visitor.get(address))
    assert "The queue is held" in page
    assert "Mia broke" not in page


def test_an_empty_lab_says_so(workshop: Workshop, lab: Lab, visitor: Browser, address: str) -> None:
    workshop.change(lab.machine, retired_at=now())
    page = plain(visitor.get(address))
    assert "No machine yet" in page
    assert "Nobody waits." in page
    assert "Nothing yet." in page


def test_a_screen_needs_a_name(tara: Browser) -> None:
    answer = tara.post("/screens", {"name": " "})
    assert answer.status_code == 422
    assert "Please fill this in." in plain(answer)
    assert tara.post("/screens", {"name": "x" * 81}).status_code == 422


def test_no_more_than_five_machines_stand_below_one_another() -> None:
    shown = (1, 2, 6, 7, 12, 13, 18, 20, 21, 25, 26, 30)
    assert [columns(each) for each in shown] == [1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6]
