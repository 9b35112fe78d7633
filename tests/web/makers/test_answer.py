"""Answering what the workshop asks; accepting a price; cancelling; collecting; sending a draft."""

from fabqueue.models import JobState, Outcome
from fabqueue.services import ledger, notices
from tests.support import factories
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, Workshop, plain


def test_an_answer_in_words_sends_it_back_to_review(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.CHANGES_REQUESTED)
    answer = alice.post(f"/jobs/{job.code}/answer", {"text": "The flat side.", "revision": "1"})
    assert answer.status_code == 303
    assert workshop.fresh(job).state is JobState.SUBMITTED
    assert "Alice answered “The flat side.”" in alice.read(f"/jobs/{job.code}")


def test_a_better_revision_is_an_answer_and_is_priced_anew(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.CHANGES_REQUESTED)
    place = f"/make/designs/{job.revision.design_id}"
    alice.upload(f"{place}/revisions", "box.stl", factories.box_stl((40, 40, 40)))
    workshop.read_all()
    assert alice.post(f"/jobs/{job.code}/answer", {"text": "", "revision": "2"}).status_code == 303
    after = workshop.fresh(job)
    assert after.state is JobState.SUBMITTED
    assert after.revision.number == 2
    assert after.quote.total_minor > job.quote.total_minor  # type: ignore[union-attr]


def test_an_empty_answer_is_none(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.CHANGES_REQUESTED)
    answer = alice.post(f"/jobs/{job.code}/answer", {"text": " ", "revision": "1"})
    assert answer.status_code == 422
    assert "Write an answer, or choose another revision." in plain(answer)
    assert workshop.fresh(job).state is JobState.CHANGES_REQUESTED


def test_an_answer_nobody_waits_for_changes_nothing(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.SUBMITTED)
    answer = alice.post(f"/jobs/{job.code}/answer", {"text": "Anyway.", "revision": "1"})
    assert answer.status_code == 303
    assert "somebody was faster" in alice.read(f"/jobs/{job.code}")


def test_a_dearer_price_is_shown_and_accepted(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.AWAITING_MEMBER)
    page = alice.read(f"/jobs/{job.code}")
    assert "the price rises from €1.95 to €4.85" in page
    assert alice.post(f"/jobs/{job.code}/accept").status_code == 303
    after = workshop.fresh(job)
    assert after.state is JobState.SUBMITTED
    assert after.quote.total_minor == 485


def test_cancelling_asks_first_and_releases_the_price(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    job = workshop.job(JobState.QUEUED)
    assert f"Cancel {job.code}?" in alice.read(f"/jobs/{job.code}/cancel")
    assert workshop.fresh(job).state is JobState.QUEUED
    assert alice.post(f"/jobs/{job.code}/cancel", {"reason": "Not needed."}).status_code == 303
    assert workshop.fresh(job).state is JobState.CANCELLED
    with workshop.context.db.reading() as session:
        assert ledger.held_for(session, job) == 0


def test_the_question_comes_as_a_dialog_for_htmx(alice: Browser, workshop: Workshop) -> None:
    answer = alice.get(f"/jobs/{workshop.job().code}/cancel", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert "<form" in answer.text


def test_what_is_ready_cannot_be_cancelled(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.READY)
    assert "/cancel" not in alice.get(f"/jobs/{job.code}").text
    alice.post(f"/jobs/{job.code}/cancel")
    assert workshop.fresh(job).state is JobState.READY


def test_its_owner_collects_it_and_the_project_has_its_build(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.READY)
    assert alice.post(f"/jobs/{job.code}/collect").status_code == 303
    assert workshop.fresh(job).state is JobState.COLLECTED
    page = alice.read(f"/projects/{workshop.project(job.revision).slug}")
    assert "Build 1, version 1.0.0" in page


def test_collecting_twice_is_told_and_logs_one_build(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.READY)
    alice.post(f"/jobs/{job.code}/collect")
    alice.post(f"/jobs/{job.code}/collect")
    page = alice.read(f"/projects/{workshop.project(job.revision).slug}")
    assert page.count("Build 1, version") == 1
    assert "Build 2" not in page


def test_a_draft_is_sent_with_one_button(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.DRAFT)
    assert alice.post(f"/jobs/{job.code}/submit").status_code == 303
    assert workshop.fresh(job).state is JobState.SUBMITTED


def test_opening_a_job_reads_its_notices_and_no_others(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    asked, rejected = workshop.job(JobState.CHANGES_REQUESTED), workshop.job(JobState.REJECTED)
    assert f'hx-post="/jobs/{asked.code}/seen"' in alice.get(f"/jobs/{asked.code}").text
    bell = alice.post(f"/jobs/{asked.code}/seen")
    assert 'hx-swap-oob="true"' in bell.text
    assert "1 unread" in bell.text
    with workshop.context.db.reading() as session:
        unread = {each.job_id for each in notices.latest(session, lab.alice) if each.read_at is None}
    assert unread == {rejected.id}


def test_the_build_remembers_what_failed(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.FAILED)
    run = workshop.run(job)
    assert run.items[0].outcome is Outcome.FAILED
    assert "what came out is no good" in alice.read(f"/jobs/{job.code}")
