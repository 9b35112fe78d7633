"""Money: held on approval, charged when ready, released otherwise; always a sum of entries."""

import pytest

from fabqueue.config import MoneySettings
from fabqueue.db import WritingSession
from fabqueue.models import Job, Quote
from fabqueue.models import Request as JobRequest
from fabqueue.services import ledger
from fabqueue.services.errors import Refused
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab

FREE = MoneySettings()


@pytest.fixture
def job(session: WritingSession, here: Lab, storage: Storage) -> Job:
    """A job of Alice's quoted at 4.20."""
    revision = factories.analysed_box(session, storage, here.alice)
    request = JobRequest(site_id=here.site.id, owner_id=here.alice.id, filed_by_id=here.alice.id)
    session.add(request)
    session.flush()
    made = Job(
        site_id=here.site.id, number=1, code="J-1", request_id=request.id, revision_id=revision.id,
        machine_model_id=here.model.id, material_id=here.pla.id, payer_id=ledger.account_of(session, here.alice).id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    quote = Quote(
        job_id=made.id, machine_model_id=here.model.id, material_id=here.pla.id, quantity=1, currency="EUR",
        total_minor=420, lines=[], seconds=None, milligrams=None, source="geometry",
    )  # fmt: skip
    session.add(quote)
    session.flush()
    made.quote_id = quote.id
    session.flush()
    session.refresh(made)
    return made


def state(session: WritingSession, job: Job) -> tuple[int, int]:
    found = ledger.balance(session, job.payer)
    return found.minor, found.held_minor


def test_a_hold_sets_aside_and_a_charge_takes(session: WritingSession, job: Job, here: Lab) -> None:
    ledger.hold(session, FREE, job, here.tara)
    assert state(session, job) == (0, 420)
    ledger.charge(session, job, here.tara)
    assert state(session, job) == (-420, 0)
    assert ledger.charged_for(session, job) == 420


def test_a_release_leaves_nothing_held_and_can_be_repeated(session: WritingSession, job: Job, here: Lab) -> None:
    ledger.hold(session, FREE, job, here.tara)
    ledger.release(session, job)
    ledger.release(session, job)
    assert state(session, job) == (0, 0)
    assert len(ledger.entries(session, job.payer)) == 2


def test_holding_again_does_not_hold_twice(session: WritingSession, job: Job, here: Lab) -> None:
    ledger.hold(session, FREE, job, here.tara)
    ledger.hold(session, FREE, job, here.tara)
    assert state(session, job) == (0, 420)


def test_a_refund_gives_back_what_was_charged_once(session: WritingSession, job: Job, here: Lab) -> None:
    ledger.charge(session, job, here.tara)
    ledger.refund(session, job, here.tara, "came out wrong")
    assert state(session, job) == (0, 0)
    with pytest.raises(Refused, match="nothing_to_refund"):
        ledger.refund(session, job, here.tara, "again")


def test_a_limit_holds_up_nothing_that_costs_nothing(session: WritingSession, job: Job, here: Lab) -> None:
    assert job.quote is not None
    job.quote.total_minor = 0
    ledger.hold(session, MoneySettings(minimum_balance="5.00"), job, here.tara)
    assert ledger.held_for(session, job) == 0


def test_a_limit_refuses_a_hold_that_goes_below_it(session: WritingSession, job: Job, here: Lab) -> None:
    prepaid = MoneySettings(minimum_balance="0.00")
    with pytest.raises(Refused, match="balance_too_low"):
        ledger.hold(session, prepaid, job, here.tara)
    ledger.payment(session, job.payer, 420, here.tara, "cash")
    ledger.hold(session, prepaid, job, here.tara)
    assert ledger.balance(session, job.payer).available_minor == 0


def test_a_payment_is_more_than_nothing(session: WritingSession, job: Job, here: Lab) -> None:
    with pytest.raises(Refused, match="amount_not_positive"):
        ledger.payment(session, job.payer, 0, here.tara, "")
