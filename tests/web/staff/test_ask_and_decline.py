"""Asking the maker, declining, cancelling, overriding: each with words that the member reads."""

import pytest

from fabqueue.db import Database
from fabqueue.models import Job, JobState, Report
from tests.web.staff.conftest import Browser, Floor


@pytest.mark.parametrize(
    ("what", "begin", "state"),
    [
        ("ask", JobState.SUBMITTED, JobState.CHANGES_REQUESTED),
        ("decline", JobState.SUBMITTED, JobState.REJECTED),
        ("decline", JobState.AWAITING_MEMBER, JobState.REJECTED),
        ("cancel", JobState.QUEUED, JobState.CANCELLED),
    ],
)
def test_it_moves_the_job_and_keeps_the_words(
    what: str, begin: JobState, state: JobState, floor: Floor, tara: Browser
) -> None:
    job = floor.job(begin)
    assert 'name="reason"' in tara.read(f"/desk/{job.code}/{what}")
    answer = tara.post(f"/desk/{job.code}/{what}", {"reason": "The inside is too thin."})
    assert answer.status_code == 303
    after = floor.now(job)
    assert after.state is state
    assert after.reason_values == {"text": "The inside is too thin."}


@pytest.mark.parametrize("what", ["ask", "decline"])
def test_without_words_it_asks_for_them(what: str, floor: Floor, tara: Browser) -> None:
    job = floor.job()
    answer = tara.post(f"/desk/{job.code}/{what}", {"reason": "  "})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    assert floor.now(job).state is JobState.SUBMITTED


@pytest.mark.parametrize("what", ["ask", "decline", "cancel", "override", "place"])
def test_a_member_cannot(what: str, floor: Floor, alice: Browser) -> None:
    job = floor.job()
    assert alice.get(f"/desk/{job.code}/{what}").status_code == 404
    assert alice.post(f"/desk/{job.code}/{what}", {"reason": "no", "place": "here"}).status_code == 404
    assert floor.now(job).state is JobState.SUBMITTED


def test_the_dialog_is_the_same_question_without_the_page(floor: Floor, tara: Browser) -> None:
    job = floor.job()
    text = tara.get(f"/desk/{job.code}/ask", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<html" not in text
    assert 'id="ask-t"' in text
    assert 'formmethod="dialog"' in text


def test_a_question_leads_back_only_to_own_pages(floor: Floor, tara: Browser) -> None:
    job = floor.job()
    fields = {"reason": "Which side is up?", "next": "https://elsewhere.example/"}
    assert tara.post(f"/desk/{job.code}/ask", fields).location == f"/desk/{job.code}"


def test_a_draft_that_a_finding_stops_is_in_the_inbox_and_taken_with_a_reason(
    floor: Floor, tara: Browser, database: Database
) -> None:
    job = floor.job(JobState.DRAFT)
    with database.writing() as session:
        report = session.get_one(Report, session.get_one(Job, job.id).revision.report_id)
        finding = {"code": "mesh_open_edges", "severity": "blocker", "values": {"count": 3}}
        report.data = report.data | {"findings": [finding]}
        session.commit()
    assert "a draft that a finding stops" in tara.read("/desk")
    assert f"/desk/{job.code}/override" in tara.read(f"/desk/{job.code}")
    assert tara.post(f"/desk/{job.code}/override", {"reason": ""}).status_code == 422
    assert tara.post(f"/desk/{job.code}/override", {"reason": "A vase, open on purpose."}).status_code == 303
    assert floor.now(job).state is JobState.SUBMITTED
