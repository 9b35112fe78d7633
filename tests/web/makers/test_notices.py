"""The bell and its page."""

from fabqueue.models import JobState
from tests.web.makers.conftest import Browser, Workshop


def test_the_bell_counts_what_is_new_and_the_page_says_it(alice: Browser, workshop: Workshop) -> None:
    asked = workshop.job(JobState.CHANGES_REQUESTED)
    page = alice.read("/notices")
    assert f"{asked.code}, box: the workshop needs your answer" in page
    assert "Which side is up?" in page
    assert "1 you have not read." in page
    assert 'aria-label="Notices, 1 unread"' in alice.get("/").text


def test_reading_all_empties_the_bell(alice: Browser, workshop: Workshop) -> None:
    workshop.job(JobState.CHANGES_REQUESTED)
    assert alice.post("/notices/read").status_code == 303
    assert "You have read everything." in alice.read("/notices")
    assert 'aria-label="Notices"' in alice.get("/").text


def test_reading_all_leaves_others_alone(alice: Browser, bob: Browser, workshop: Workshop) -> None:
    workshop.job(JobState.REJECTED)
    bob.post("/notices/read")
    assert "1 you have not read." in alice.read("/notices")


def test_one_sees_ones_own_notices_only(bob: Browser, visitor: Browser, workshop: Workshop) -> None:
    code = workshop.job(JobState.REJECTED).code
    assert code not in bob.read("/notices")
    assert visitor.get("/notices").status_code == 302
