"""Parts are handed out: weighed, paid or waived, taken by somebody else, several at once; and taken back."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from fabqueue.models import Build, Entry, EntryKind, Handover, Job, JobState, Means, Project
from fabqueue.services import ledger, projects
from fabqueue.services.errors import Refused
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, Workshop


@pytest.fixture
def job(workshop: Workshop) -> Job:
    return workshop.job(JobState.READY)


def looked_up(workshop: Workshop, what: Any) -> Any:
    with workshop.context.db.reading() as session:
        session.expire_on_commit = False
        return what(session)


def balance(workshop: Workshop, job: Job) -> tuple[int, int]:
    def ask(session: Session) -> tuple[int, int]:
        found = ledger.balance(session, session.get_one(Job, job.id).payer)
        return found.minor, found.held_minor

    return looked_up(workshop, ask)


def owed(workshop: Workshop, job: Job) -> int:
    return int(looked_up(workshop, lambda session: ledger.owed_for(session, session.get_one(Job, job.id))))


def handovers(workshop: Workshop) -> list[Handover]:
    return looked_up(workshop, lambda session: session.query(Handover).order_by(Handover.at).all())


def hand_out(browser: Browser, job: Job, **fields: Any) -> Any:
    given = {"job": job.code, "taken_by": "", "means": "", "reason": ""}
    return browser.post(f"/jobs/{job.code}/collect", given | {key.replace("_J", "-J"): v for key, v in fields.items()})


def test_the_owner_takes_it_with_one_button(alice: Browser, job: Job, workshop: Workshop) -> None:
    assert alice.post(f"/jobs/{job.code}/collect").status_code == 303
    assert workshop.fresh(job).state is JobState.COLLECTED
    (taken,) = handovers(workshop)
    assert (taken.by_id, taken.taken_by, taken.place, taken.milligrams) == (
        workshop.lab.alice.id, "", "shelf 3", None,
    )  # fmt: skip
    assert "Taken by Alice" in alice.read(f"/jobs/{job.code}")


def test_a_technician_weighs_takes_cash_and_names_who_took_it(tara: Browser, job: Job, workshop: Workshop) -> None:
    price = owed(workshop, job)
    assert balance(workshop, job) == (-price, 0)
    answer = hand_out(tara, job, taken_by="Her brother", means="cash", **{f"mass-{job.code}": "12,5"})
    assert answer.status_code == 303
    (taken,) = handovers(workshop)
    assert (taken.taken_by, taken.milligrams, taken.by_id) == ("Her brother", 12_500, workshop.lab.tara.id)
    assert (balance(workshop, job), owed(workshop, job)) == ((0, 0), 0)
    entry = looked_up(workshop, lambda session: session.query(Entry).filter_by(means=Means.CASH).one())
    assert (entry.kind, entry.minor, entry.by_id, entry.job_id) == (
        EntryKind.PAYMENT, price, workshop.lab.tara.id, job.id,
    )  # fmt: skip
    page = tara.read(f"/jobs/{job.code}")
    assert "Taken by Her brother" in page
    assert "12.5 g" in page
    assert "in cash" in page


def test_a_waived_price_needs_a_reason_and_nothing_typed_is_lost(tara: Browser, job: Job, workshop: Workshop) -> None:
    refused = hand_out(tara, job, taken_by="Her brother", means="waived", **{f"mass-{job.code}": "7"})
    assert refused.status_code == 422
    assert "Say why the price is waived." in refused.text
    assert 'value="Her brother"' in refused.text
    assert 'value="7"' in refused.text
    assert workshop.fresh(job).state is JobState.READY
    hand_out(tara, job, means="waived", reason="Gift of the lab")
    assert balance(workshop, job) == (0, 0)
    assert owed(workshop, job) == 0


@pytest.mark.parametrize("typed", ["0", "-3", "a lot", "nan", "1e99"])
def test_a_weight_that_is_none_is_refused(tara: Browser, job: Job, typed: str, workshop: Workshop) -> None:
    refused = hand_out(tara, job, **{f"mass-{job.code}": typed})
    assert refused.status_code == 422
    assert "Write what it weighs" in refused.text
    assert workshop.fresh(job).state is JobState.READY


def test_the_page_speaks_to_whoever_opens_it(alice: Browser, tara: Browser, job: Job) -> None:
    own, counter = (each.read(f"/jobs/{job.code}/collect") for each in (alice, tara))

    assert f"Collect {job.code}" in own
    assert "I have taken it" in own
    assert f"Hand out {job.code}" in counter


def test_only_who_takes_payments_records_money(alice: Browser, job: Job, workshop: Workshop) -> None:
    page = alice.source(f"/jobs/{job.code}/collect")
    assert 'name="means"' not in page
    before = balance(workshop, job)
    hand_out(alice, job, means="waived", reason="I like free things")
    assert workshop.fresh(job).state is JobState.COLLECTED
    assert balance(workshop, job) == before


def test_strangers_hand_out_and_take_back_nothing(bob: Browser, alice: Browser, job: Job, workshop: Workshop) -> None:
    for path in ("collect", "uncollect"):
        assert bob.get(f"/jobs/{job.code}/{path}").status_code == 404
        assert bob.post(f"/jobs/{job.code}/{path}").status_code == 404
    alice.post(f"/jobs/{job.code}/collect")
    assert alice.post(f"/jobs/{job.code}/uncollect", {"reason": "x"}).status_code == 403
    assert workshop.fresh(job).state is JobState.COLLECTED


def test_jobs_of_one_request_are_handed_out_together(tara: Browser, workshop: Workshop) -> None:
    one, two, other = (workshop.job(JobState.READY) for _ in range(3))
    workshop.change(two, request_id=one.request_id)
    page = tara.source(f"/jobs/{one.code}/collect")
    assert two.code in page
    assert other.code not in page
    answer = tara.post(
        f"/jobs/{one.code}/collect", {"job": [one.code, two.code, other.code], "taken_by": "", "means": "card"}
    )
    assert answer.status_code == 303
    assert [workshop.fresh(each).state for each in (one, two, other)] == [
        JobState.COLLECTED, JobState.COLLECTED, JobState.READY,
    ]  # fmt: skip
    assert owed(workshop, one) == owed(workshop, two) == 0
    assert owed(workshop, other) > 0


@pytest.mark.parametrize("means", ["", "cash", "waived"])
def test_a_mistaken_collection_is_taken_back_and_the_ledger_balances(
    tara: Browser, alice: Browser, job: Job, workshop: Workshop, means: str
) -> None:
    before = balance(workshop, job)
    hand_out(tara, job, means=means, reason="Gift")
    assert "Was" in tara.read(f"/jobs/{job.code}/uncollect")
    assert tara.post(f"/jobs/{job.code}/uncollect", {"reason": ""}).status_code == 422
    tara.post(f"/jobs/{job.code}/uncollect", {"reason": "The wrong shelf"})
    assert workshop.fresh(job).state is JobState.READY
    assert balance(workshop, job) == before
    build = looked_up(workshop, lambda session: session.query(Build).one())
    assert not build.shown
    assert looked_up(workshop, lambda session: session.query(Project.good_builds).scalar()) == 0
    assert handovers(workshop)[0].undone_reason == "The wrong shelf"
    hand_out(tara, job, means="card")
    assert balance(workshop, job) == (0, 0)
    again = looked_up(workshop, lambda session: session.query(Build).one())
    assert (again.number, again.shown) == (1, True)
    shown = looked_up(workshop, lambda session: projects.builds(session, session.get_one(Project, again.project_id)))
    assert len(shown) == 1
    assert looked_up(workshop, lambda session: session.query(Project.good_builds).scalar()) == 1


def test_a_collection_of_long_ago_stays(tara: Browser, job: Job, workshop: Workshop) -> None:
    hand_out(tara, job)
    workshop.change(job, collected_at=workshop.fresh(job).created_at.replace(year=2020))
    refused = tara.post(f"/jobs/{job.code}/uncollect", {"reason": "Late"})
    assert "more than 14 days ago" in refused.text
    assert workshop.fresh(job).state is JobState.COLLECTED
    assert "It was not collected" not in tara.read(f"/jobs/{job.code}")


def test_a_paid_job_can_still_be_refunded_once(job: Job, workshop: Workshop, tara: Browser, lab: Lab) -> None:
    hand_out(tara, job, means="cash")
    with workshop.writing() as session:
        found, by = session.get_one(Job, job.id), session.merge(lab.tara)
        ledger.refund(session, found, by, "It broke")
        with pytest.raises(Refused, match="nothing_to_refund"):
            ledger.refund(session, found, by, "It broke")
