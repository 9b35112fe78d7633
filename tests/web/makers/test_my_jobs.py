"""My jobs: what needs me first, then all of them."""

import pytest

from fabqueue.models import JobState
from tests.web.makers.conftest import Browser, Workshop


def test_nothing_yet_says_where_to_begin(alice: Browser) -> None:
    page = alice.read("/jobs")
    assert "Nothing needs you." in page
    assert "No job yet" in page


def test_what_needs_an_answer_stands_above_the_table(alice: Browser, workshop: Workshop) -> None:
    made = workshop.job(JobState.CHANGES_REQUESTED)
    page = alice.read("/jobs")
    assert "1 needs an answer from you." in page
    assert page.index("Which side is up?") < page.index("Made on")
    assert made.code in page


@pytest.mark.parametrize("state", JobState)
def test_the_list_shows_a_job_in_every_state(state: JobState, alice: Browser, workshop: Workshop) -> None:
    assert workshop.job(state).code in alice.read("/jobs")


def test_open_and_closed_jobs_can_be_told_apart(alice: Browser, workshop: Workshop) -> None:
    still_open, closed = workshop.job(JobState.SUBMITTED), workshop.job(JobState.REJECTED)
    assert closed.code not in alice.read("/jobs?show=open").partition("Notices")[0]
    assert still_open.code not in alice.read("/jobs?show=closed").partition("Notices")[0]


def test_pages_are_stable_while_new_jobs_come(alice: Browser, workshop: Workshop) -> None:
    codes = [workshop.job(JobState.DRAFT).code for _ in range(21)]
    assert codes[0] not in alice.read("/jobs")
    older = f"/jobs?before={codes[1][2:]}"
    assert older.replace("&", "&amp;") in alice.get("/jobs").text
    assert codes[0] in alice.read(older)
    workshop.job(JobState.DRAFT)
    assert codes[1] not in alice.read(older)


def test_others_jobs_are_not_in_it(bob: Browser, workshop: Workshop) -> None:
    assert workshop.job().code not in bob.read("/jobs")
    assert workshop.job().code not in bob.get("/jobs/table").text


def test_the_table_is_sent_again_only_when_it_changed(alice: Browser, workshop: Workshop) -> None:
    made = workshop.job(JobState.QUEUED)
    first = alice.get("/jobs/table")
    address = first.text.partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    assert alice.get(address).status_code == 204
    workshop.change(made, state=JobState.CANCELLED)
    assert alice.get(address).status_code == 200


def test_a_visitor_is_asked_to_sign_in(visitor: Browser) -> None:
    assert visitor.get("/jobs").location == "/sign-in?next=/jobs"
