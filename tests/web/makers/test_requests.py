"""Several designs in one request: put together, sent at once, reviewed and collected together; the same again."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from fabqueue.models import Job, JobState, Person, Request, Visibility
from fabqueue.services import ledger, reviews
from fabqueue.web.joblists import SHOWN
from tests.web.makers.conftest import Browser, Workshop

OPTION = "marlin-250/pla"


def put(browser: Browser, workshop: Workshop, quantity: int = 1, **more: str) -> str:
    """Put a new box into the request; its address."""
    design = workshop.design().design_id
    fields = {"option": OPTION, "quantity": str(quantity), **more}
    answer = browser.post(f"/make/designs/{design}/put", fields)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def found(workshop: Workshop) -> list[Job]:
    with workshop.writing() as session:
        return list(session.scalars(select(Job).order_by(Job.number)))


@pytest.fixture
def place(alice: Browser, workshop: Workshop) -> str:
    """Alice's request with two designs in it."""
    put(alice, workshop, 2, note="They belong together.")
    return put(alice, workshop)


def test_designs_gather_in_one_request_and_nobody_is_asked_yet(
    alice: Browser, tara: Browser, workshop: Workshop, place: str
) -> None:
    made = found(workshop)
    assert [each.state for each in made] == [JobState.DRAFT, JobState.DRAFT]
    assert len({each.request_id for each in made}) == 1
    page = alice.read(place)
    assert "They belong together." in page
    assert "Ask the workshop for all of it" in page
    assert "A request you have not sent yet" in alice.read("/jobs")
    assert made[0].code not in tara.read("/desk")


def test_all_of_it_is_sent_approved_and_collected_together(
    alice: Browser, tara: Browser, workshop: Workshop, place: str
) -> None:
    total = re.search(r'class="ticket-no">([^<]+)<', alice.source(place))
    assert total is not None
    assert alice.post(f"{place}/submit", {"note": "By Friday, please.", "needed_by": "2030-01-31"}).location == place
    sent = found(workshop)
    assert [each.state for each in sent] == [JobState.SUBMITTED] * 2
    quoted = sum(each.quote.total_minor for each in sent if each.quote)
    assert unescape(total[1]) == f"€{quoted / 100:.2f}"
    assert (sent[0].request.note, str(sent[0].request.needed_by)) == ("By Friday, please.", "2030-01-31")
    desk = tara.read(f"/desk/{sent[0].code}")
    assert "Asked for together with 1 more" in desk
    assert "Approve all 2 of the request" in desk
    assert tara.post(f"{place}/approve").status_code == 303
    assert [each.state for each in found(workshop)] == [JobState.QUEUED] * 2
    with workshop.writing() as session:
        assert (
            ledger.balance(
                session, ledger.account_of(session, session.get_one(Person, workshop.lab.alice.id))
            ).held_minor
            == quoted
        )
    for job in sent:
        workshop.change(job, state=JobState.READY)
    assert alice.post(f"{place}/collect").location == place
    assert [each.state for each in found(workshop)] == [JobState.COLLECTED] * 2


def test_one_job_that_cannot_be_made_keeps_all_of_it_back(alice: Browser, workshop: Workshop, place: str) -> None:
    first, second = found(workshop)
    blocked = {"severity": "blocker", "code": "mesh_no_volume", "values": {}}
    with workshop.writing() as session:
        report = session.get_one(Job, second.id).revision.report
        assert report is not None
        report.data = report.data | {"findings": [blocked]}
        session.commit()
    answer = alice.post(f"{place}/submit", {"note": "kept as typed"})
    assert answer.status_code == 422
    assert second.code in answer.text
    assert "kept as typed" in answer.text
    assert [each.state for each in found(workshop)] == [JobState.DRAFT] * 2
    assert alice.post(f"{place}/remove", {"job": second.code}).status_code == 303
    assert alice.post(f"{place}/submit").status_code == 303
    assert [each.state for each in found(workshop)] == [JobState.SUBMITTED, JobState.CANCELLED]
    assert workshop.fresh(first).state is JobState.SUBMITTED


def test_a_request_is_sent_once_and_takes_nothing_more(alice: Browser, workshop: Workshop, place: str) -> None:
    alice.post(f"{place}/submit")
    assert alice.post(f"{place}/submit").status_code == 303
    assert [each.state for each in found(workshop)] == [JobState.SUBMITTED] * 2
    assert put(alice, workshop) != place


def test_an_empty_request_is_not_sent(alice: Browser, workshop: Workshop, place: str) -> None:
    for job in found(workshop):
        alice.post(f"{place}/remove", {"job": job.code})
    answer = alice.post(f"{place}/submit")
    assert answer.status_code == 422
    assert "There is nothing in this request yet." in answer.text


def test_nobody_else_sees_or_changes_a_request(bob: Browser, visitor: Browser, workshop: Workshop, place: str) -> None:
    code = found(workshop)[0].code
    for person in (bob, visitor):
        assert person.get(place).status_code == 404
        for verb in ("submit", "collect", "remove", "approve"):
            assert person.post(f"{place}/{verb}", {"job": code}).status_code == 404
    assert [each.state for each in found(workshop)] == [JobState.DRAFT] * 2


def test_its_owner_approves_nothing(alice: Browser, workshop: Workshop, place: str) -> None:
    alice.post(f"{place}/submit")
    assert alice.post(f"{place}/approve").status_code == 404
    assert [each.state for each in found(workshop)] == [JobState.SUBMITTED] * 2


def test_a_design_that_is_private_again_is_not_sent(bob: Browser, workshop: Workshop) -> None:
    revision = workshop.design()
    project = workshop.project(revision)
    workshop.change(project, visibility=Visibility.PUBLIC)
    place = bob.post(f"/make/designs/{revision.design_id}/put", {"option": OPTION, "quantity": "1"}).location
    workshop.change(project, visibility=Visibility.PRIVATE)
    assert bob.post(f"{place}/submit").status_code == 404
    assert [each.state for each in found(workshop)] == [JobState.DRAFT]


def test_the_same_again_is_filled_in_at_the_price_of_today(alice: Browser, workshop: Workshop) -> None:
    old = workshop.job(JobState.COLLECTED)
    workshop.change(old, quantity=3, colour="grey", settings={"walls": 4})
    again = re.search(r'href="(/make/designs/[^"]*option=[^"]*)"', alice.source(f"/jobs/{old.code}"))
    assert again is not None
    page = alice.source(unescape(again[1]))
    assert re.search(r'<input[^>]*name="quantity"[^>]*value="3"', page) or 'value="3"' in page
    assert 'value="4"' in page


def test_a_job_may_not_be_asked_for_again_once_its_design_is_private(bob: Browser, workshop: Workshop) -> None:
    old = workshop.job(JobState.COLLECTED)
    with workshop.writing() as session:
        request = session.get_one(Request, old.request_id)
        request.owner_id = workshop.lab.bob.id
        session.commit()
    assert "Ask for the same again" not in bob.read(f"/jobs/{old.code}")


def test_approving_all_approves_none_when_one_cannot_be_paid(
    alice: Browser, tara: Browser, workshop: Workshop, place: str
) -> None:
    alice.post(f"{place}/submit")
    first = found(workshop)[0]
    assert first.quote is not None
    object.__setattr__(workshop.context.config.money, "minimum_balance", f"-{first.quote.total_minor / 100:.2f}")
    answer = tara.post(f"{place}/approve")
    assert answer.status_code == 303
    assert [each.state for each in found(workshop)] == [JobState.SUBMITTED] * 2
    with workshop.writing() as session:
        assert (
            ledger.balance(
                session, ledger.account_of(session, session.get_one(Person, workshop.lab.alice.id))
            ).held_minor
            == 0
        )


# money, explained


def test_the_statement_explains_what_was_held_charged_and_paid(
    alice: Browser, bob: Browser, workshop: Workshop
) -> None:
    job = workshop.job(JobState.SUBMITTED)
    with workshop.writing() as session:
        tara, found_job = session.get_one(Person, workshop.lab.tara.id), session.get_one(Job, job.id)
        ledger.payment(session, found_job.payer, 2000, tara, "=1+1")
        reviews.approve(session, workshop.context.config, found_job, tara)
        ledger.charge(session, found_job, tara)
        ledger.charge_failure(session, found_job, 100, tara)
        session.commit()
    page = alice.read("/jobs/statement")
    for said in ("€20.00 paid in.", f"set aside when {job.code} was approved", f"{job.code} is ready: the agreed",
                 f"held no more, because {job.code} is charged",
                 f"{job.code} failed by its maker's own fault: €1.00 charged."):  # fmt: skip
        assert said in page, said
    assert job.code not in bob.read("/jobs/statement")
    sheet = alice.get("/jobs/statement.csv")
    assert sheet.mimetype == "text/csv"
    assert "'=1+1" in sheet.text
    assert "Held and charged" in alice.read(f"/jobs/{job.code}")


@pytest.mark.parametrize("show", ["open", "asked", "making", "ready", "failed", "drafts", "closed"])
def test_the_list_is_narrowed_by_state(show: str, alice: Browser, workshop: Workshop) -> None:
    every = {state: workshop.job(JobState.DRAFT) for state in JobState}
    for state, job in every.items():
        workshop.change(job, state=state)
    page = alice.get(f"/jobs/table?show={show}").text
    assert {state for state, job in every.items() if job.code in page} == set(SHOWN[show])


def test_a_narrowed_list_without_jobs_leads_back_to_all(alice: Browser, workshop: Workshop) -> None:
    workshop.job(JobState.DRAFT)
    page = alice.get("/jobs?show=ready").text
    assert "No job here" in page
    assert "Show all" in page
