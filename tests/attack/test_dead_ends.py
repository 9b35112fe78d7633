"""Every job that is not closed has a way on for its owner or the technicians."""

import pytest

from fabqueue.db import WritingSession
from fabqueue.models import Job, JobState, RunState
from fabqueue.services import events, jobs, planning, quotes, runs, sites
from fabqueue.services.actions import allowed_actions
from tests.attack.conftest import SignIn
from tests.support.factories import Lab
from tests.web.makers.conftest import Workshop

FINAL = {JobState.COLLECTED, JobState.REJECTED, JobState.CANCELLED}
ORDER = {"reprioritise", "pin", "unpin", "move"}
"""What only says when its turn is."""


@pytest.mark.parametrize("state", sorted(set(JobState) - FINAL))
def test_somebody_can_go_on_from_every_state_that_is_not_final(state: JobState, workshop: Workshop, lab: Lab) -> None:
    job = workshop.fresh(workshop.job(state))
    assert job.state is state
    with workshop.context.db.reading() as session:
        row = session.merge(job, load=True)
        ways = {*allowed_actions(lab.alice, row), *allowed_actions(lab.tara, row)} - ORDER
    assert ways


@pytest.mark.parametrize("state", sorted(FINAL))
def test_nothing_goes_on_from_a_final_state(state: JobState, workshop: Workshop, lab: Lab) -> None:
    """What was said by mistake may be taken back: that the parts were collected."""
    job = workshop.job(state)
    with workshop.context.db.reading() as session:
        row = session.merge(job, load=True)
        assert {*allowed_actions(lab.alice, row), *allowed_actions(lab.tara, row)} <= {"uncollect"}


def test_a_price_agreed_to_after_its_run_was_lost_makes_another_run(workshop: Workshop, lab: Lab) -> None:
    job = workshop.job(JobState.QUEUED)
    with workshop.writing() as session:
        row = session.merge(job)
        _offer_dearer(workshop, session, row)
        (old,) = planning.of_job(session, row)
        runs.fail(session, events.SYSTEM, old, "slicing_gave_up", {"attempts": 3})
        jobs.accept(session, workshop.context.config, row, row.owner)
        session.commit()
        states = [each.state for each in planning.of_job(session, row)]
    assert workshop.fresh(job).state is JobState.QUEUED
    assert states.count(RunState.FAILED) == 1
    assert len(states) == 2


def _offer_dearer(workshop: Workshop, session: WritingSession, row: Job) -> None:
    price = quotes.as_price(row.quote)
    quote = quotes.write(
        session, sites.the_site(session), row, price, row.quote.seconds, row.quote.milligrams, "slicer"
    )
    jobs.offer_dearer(session, events.SYSTEM, row, quote, "price_dearer_by_slicing")


def test_a_ready_job_is_neither_cancelled_nor_collected_twice(workshop: Workshop, lab: Lab, sign_in: SignIn) -> None:
    job = workshop.job(JobState.READY)
    alice = sign_in(lab.alice)
    alice.post(f"/jobs/{job.code}/cancel", {"reason": "free of charge"})
    assert workshop.fresh(job).state is JobState.READY
    alice.post(f"/jobs/{job.code}/collect")
    alice.post(f"/jobs/{job.code}/collect")
    assert workshop.fresh(job).state is JobState.COLLECTED
    with workshop.context.db.reading() as session:
        project = session.get_one(Job, job.id).revision.design.project
        assert project.last_build_number == 1
