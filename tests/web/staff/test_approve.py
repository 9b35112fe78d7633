"""Approving from the desk, and what the form changes before."""

from sqlalchemy import select

from fabqueue.db import Database
from fabqueue.models import JobState, Run
from fabqueue.services import ledger
from tests.support import factories
from tests.web.staff.conftest import Browser, Floor


def as_asked(job: object, **others: str) -> dict[str, str]:
    return {"option": "foam-cutter/pla", "colour": "", "quantity": "1", "supports": "", "do": "approve"} | others


def test_it_queues_the_job_holds_the_price_and_plans_a_run(floor: Floor, tara: Browser, database: Database) -> None:
    job = floor.job()
    answer = tara.post(f"/desk/{job.code}", as_asked(job))
    assert (answer.status_code, answer.location) == (303, "/desk")
    after = floor.now(job)
    assert (after.state, after.approved_by_id) == (JobState.QUEUED, floor.lab.tara.id)
    with database.reading() as session:
        assert ledger.held_for(session, after) == after.quote.total_minor > 0
        assert [run.items[0].job_id for run in session.scalars(select(Run)).unique()] == [job.id]


def test_it_opens_the_next_job_of_the_inbox(floor: Floor, tara: Browser) -> None:
    first, second = floor.job(), floor.job()
    assert tara.post(f"/desk/{first.code}", as_asked(first)).location == f"/desk/{second.code}#review"


def test_more_copies_that_cost_the_same_are_approved_at_once(floor: Floor, tara: Browser) -> None:
    job = floor.job()
    tara.post(f"/desk/{job.code}", as_asked(job, quantity="3"))
    after = floor.now(job)
    assert (after.state, after.quantity) == (JobState.QUEUED, 3)


def test_a_dearer_machine_asks_the_member_first(floor: Floor, tara: Browser, database: Database) -> None:
    job = floor.job()
    with database.writing() as session:
        dear = factories.manual_model(session, "mill", setup_minor=900)
        factories.offer(session, dear, session.merge(floor.lab.pla))
        session.commit()
    preview = tara.read(f"/desk/{job.code}/price?option=mill/pla&quantity=1&colour=&supports=")
    assert "€9.00" in preview
    assert "€7.00 dearer. Alice is asked" in preview
    assert floor.now(job).state is JobState.SUBMITTED
    answer = tara.post(f"/desk/{job.code}", as_asked(job, option="mill/pla"), follow_redirects=True)
    assert "is dearer that way. Alice is asked first." in answer.get_data(as_text=True)
    after = floor.now(job)
    assert (after.state, after.offer.total_minor, after.quote.total_minor) == (JobState.AWAITING_MEMBER, 900, 200)


def test_a_changed_colour_is_kept_without_a_decision(floor: Floor, tara: Browser) -> None:
    job = floor.job()
    answer = tara.post(f"/desk/{job.code}", as_asked(job, colour="white", do="change"))
    assert answer.location == f"/desk/{job.code}#review"
    after = floor.now(job)
    assert (after.state, after.colour) == (JobState.SUBMITTED, "white")


def test_what_cannot_be_is_said_on_the_form_with_everything_typed_kept(floor: Floor, tara: Browser) -> None:
    job = floor.job()
    answer = tara.post(f"/desk/{job.code}", as_asked(job, quantity="many", colour="white"))
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Write a whole number." in text
    assert 'value="many"' in text
    assert '<option selected value="white">' in text
    assert floor.now(job).state is JobState.SUBMITTED


def test_copies_out_of_bounds_are_refused(floor: Floor, tara: Browser) -> None:
    job = floor.job()
    assert tara.post(f"/desk/{job.code}", as_asked(job, quantity="0")).status_code == 422
    assert tara.post(f"/desk/{job.code}", as_asked(job, quantity="501")).status_code == 422
    assert floor.now(job).quantity == 1


def test_without_script_the_price_is_shown_by_the_same_page(floor: Floor, tara: Browser) -> None:
    job = floor.job()
    assert '<option selected value="white">' in tara.read(
        f"/desk/{job.code}?option=foam-cutter/pla&quantity=2&colour=white&supports="
    )


def test_somebody_who_was_faster_is_named_by_the_state(floor: Floor, tara: Browser, adam: Browser) -> None:
    job = floor.job()
    adam.post(f"/desk/{job.code}", as_asked(job))
    answer = tara.post(f"/desk/{job.code}", as_asked(job), follow_redirects=True)
    assert answer.status_code == 200
    assert 'class="flash bad"' in answer.get_data(as_text=True)
    assert floor.now(job).approved_by_id == floor.lab.adam.id


def test_a_member_cannot_approve_the_own_job(floor: Floor, alice: Browser) -> None:
    job = floor.job()
    assert alice.post(f"/desk/{job.code}", as_asked(job)).status_code == 404
    assert floor.now(job).state is JobState.SUBMITTED


def test_a_form_without_its_token_is_refused(floor: Floor, tara: Browser) -> None:
    job = floor.job()
    assert tara.client.post(f"/desk/{job.code}", data=as_asked(job)).status_code == 400
    assert floor.now(job).state is JobState.SUBMITTED
