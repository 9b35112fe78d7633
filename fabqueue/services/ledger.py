"""The ledger: append-only entries; what an account has is always a sum.

Whoever writes for a job locks the payer's account first, so that no two decide from the same sum.
"""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.config import MoneySettings
from fabqueue.models import Account, Entry, EntryKind, Job, Means, Person
from fabqueue.services import locks
from fabqueue.services.errors import Refused
from fabqueue.wording.values import text_to_minor

FAILURE, TAKEN_BACK, CHARGED = "entry_failure", "entry_taken_back", "entry_charged"
"""What entries are booked for where their kind does not say it."""


@dataclass(frozen=True)
class Balance:
    """Minor units: what the account has, and how much of it is held for approved jobs."""

    minor: int
    held_minor: int

    @property
    def available_minor(self) -> int:
        return self.minor - self.held_minor


def account_of(session: Session, person: Person) -> Account:
    """The person's own account."""
    return session.scalars(select(Account).where(Account.person_id == person.id)).one()


def balance(session: Session, account: Account) -> Balance:
    sums = select(func.coalesce(func.sum(Entry.minor), 0), func.coalesce(func.sum(Entry.held_minor), 0))
    minor, held = session.execute(sums.where(Entry.account_id == account.id)).one()
    return Balance(int(minor), int(held))


def held_for(session: Session, job: Job) -> int:
    """Minor units held for a job now."""
    held = select(func.coalesce(func.sum(Entry.held_minor), 0)).where(Entry.job_id == job.id)
    return int(session.scalar(held) or 0)


def charged_for(session: Session, job: Job) -> int:
    """Minor units a job has cost so far; what was paid in for it is no price."""
    cost = select(func.coalesce(func.sum(Entry.minor), 0)).where(Entry.job_id == job.id)
    return -int(session.scalar(cost.where(Entry.kind != EntryKind.PAYMENT)) or 0)


def brought_for(session: Session, job: Job) -> int:
    """Minor units that were paid in for a job when it was handed out."""
    paid = select(func.coalesce(func.sum(Entry.minor), 0)).where(Entry.job_id == job.id)
    return int(session.scalar(paid.where(Entry.kind == EntryKind.PAYMENT)) or 0)


def owed_for(session: Session, job: Job) -> int:
    """Minor units of a job's price that nobody paid in or waived; the account answers for them."""
    return max(0, charged_for(session, job) - brought_for(session, job))


def hold(session: Session, rules: MoneySettings, job: Job, by: Person | None) -> None:
    """Set the quoted price aside on approval. Raises Refused when the account may not go that low.

    What costs nothing is for everybody, whatever the account has.
    """
    assert job.quote is not None
    release(session, job, by)
    minor = job.quote.total_minor
    if rules.minimum_balance and minor:
        least = text_to_minor(rules.minimum_balance, job.quote.currency)
        available = balance(session, job.payer).available_minor
        if available - minor < least:
            raise Refused("balance_too_low", {"price_minor": minor, "available_minor": available})
    _write(session, job, EntryKind.HOLD, by, held_minor=minor)


def charge(session: Session, job: Job, by: Person | None) -> None:
    """Take the quoted price when the job is ready, and lift the hold; a job that was paid is not paid again.

    What its maker paid for a failure is no part of the price.
    """
    assert job.quote is not None
    _lift(session, job, by, CHARGED)
    if _paid_for(session, job) <= 0:
        _write(session, job, EntryKind.CHARGE, by, minor=-job.quote.total_minor)


def _paid_for(session: Session, job: Job) -> int:
    """Minor units of the price itself that were paid and not given back."""
    cost = select(func.coalesce(func.sum(Entry.minor), 0)).where(Entry.job_id == job.id, Entry.reason != FAILURE)
    return -int(session.scalar(cost.where(Entry.kind != EntryKind.PAYMENT)) or 0)


def charge_failure(session: Session, job: Job, minor: int, by: Person | None) -> None:
    """Take what a failure costs that was the maker's fault. What is held for the job stays held."""
    locks.lock_id(session, Account, job.payer_id)
    _write(session, job, EntryKind.CHARGE, by, minor=-minor, reason=FAILURE)


def take_back(session: Session, job: Job, by: Person | None) -> None:
    """Undo a charge that came too early: give it back and hold the price again."""
    assert job.quote is not None
    locks.lock_id(session, Account, job.payer_id)
    if (paid := _paid_for(session, job)) > 0:
        _write(session, job, EntryKind.REFUND, by, minor=paid, reason=TAKEN_BACK)
    _write(session, job, EntryKind.HOLD, by, held_minor=job.quote.total_minor - held_for(session, job))


def release(session: Session, job: Job, by: Person | None = None) -> None:
    """Lift what is held for a job; nothing happens when nothing is. The payer's account is locked from here on."""
    _lift(session, job, by)


def _lift(session: Session, job: Job, by: Person | None, reason: str = "") -> None:
    locks.lock_id(session, Account, job.payer_id)
    if held := held_for(session, job):
        _write(session, job, EntryKind.RELEASE, by, held_minor=-held, reason=reason)


def refund(session: Session, job: Job, by: Person, note: str) -> None:
    """Give back what a job cost. Raises Refused when it cost nothing, or nothing any more."""
    locks.lock_id(session, Account, job.payer_id)
    charged = charged_for(session, job)
    if charged <= 0:
        raise Refused("nothing_to_refund")
    _write(session, job, EntryKind.REFUND, by, minor=charged, note=note)


def settle(session: Session, job: Job, by: Person, means: Means, reason: str = "") -> None:
    """What a job still costs is paid in now, or waived for a reason. Nothing is written when it costs nothing."""
    locks.lock_id(session, Account, job.payer_id)
    if owed := owed_for(session, job):
        kind = EntryKind.REFUND if means is Means.WAIVED else EntryKind.PAYMENT
        _write(session, job, kind, by, minor=owed, note=reason, means=means)


def settled(session: Session, job: Job) -> list[tuple[EntryKind, Means, int]]:
    """What was paid in or waived for a job and not taken back: kind, means and minor units."""
    together = func.sum(Entry.minor)
    written = select(Entry.kind, Entry.means, together).where(Entry.job_id == job.id, Entry.means.is_not(None))
    found = session.execute(written.group_by(Entry.kind, Entry.means).having(together > 0).order_by(Entry.kind))
    return [(kind, means, int(minor)) for kind, means, minor in found if means is not None]


def unsettle(session: Session, job: Job, by: Person, reason: str) -> None:
    """Counter-entries for what was paid in or waived: the account stands as before the job was handed out."""
    locks.lock_id(session, Account, job.payer_id)
    for kind, means, minor in settled(session, job):
        _write(session, job, kind, by, minor=-minor, note=reason, means=means)


def payment(session: Session, account: Account, minor: int, by: Person, note: str) -> Entry:
    """Record money that somebody brought. Raises Refused unless it is more than nothing."""
    if minor <= 0:
        raise Refused("amount_not_positive", field="amount")
    entry = Entry(account_id=account.id, kind=EntryKind.PAYMENT, minor=minor, by_id=by.id, note=note)
    session.add(entry)
    return entry


def entries(session: Session, account: Account, limit: int = 100) -> list[Entry]:
    """An account's entries, newest first."""
    mine = select(Entry).where(Entry.account_id == account.id)
    return list(session.scalars(mine.order_by(Entry.seq.desc()).limit(limit)))


def _write(
    session: Session, job: Job, kind: EntryKind, by: Person | None, *, minor: int = 0, held_minor: int = 0,
    note: str = "", reason: str = "", means: Means | None = None,
) -> None:  # fmt: skip
    session.add(
        Entry(account_id=job.payer_id, job_id=job.id, kind=kind, minor=minor, held_minor=held_minor,
              by_id=by.id if by else None, note=note, reason=reason, means=means)
    )  # fmt: skip
    session.flush()
