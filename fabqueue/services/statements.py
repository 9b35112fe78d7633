"""The statement of an account: what was held, charged and paid, each line with what was left after it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.models import Account, Entry, EntryKind, Job, Quote


@dataclass(frozen=True)
class Line:
    """One entry, what the account had after it, and how much of it was held. `quoted_minor`: the job's price."""

    entry: Entry
    job: Job | None
    minor_after: int
    held_after: int
    quoted_minor: int | None = None

    @property
    def code(self) -> str:
        """The sentence that explains it, for `values`."""
        if self.entry.reason:
            return f"statement_{self.entry.reason.removeprefix('entry_')}"
        if self.entry.kind is EntryKind.CHARGE and self.quoted_minor == -self.entry.minor:
            return "statement_charge_as_held"
        return f"statement_{self.entry.kind}"

    @property
    def values(self) -> dict[str, object]:
        amount = self.entry.minor or self.entry.held_minor
        job = self.job.code if self.job else ""
        return {"amount_minor": abs(amount), "job": job, "quoted_minor": self.quoted_minor or 0}


def lines(session: Session, account: Account, limit: int = 200) -> list[Line]:
    """The newest entries, newest first, each with the balance after it."""
    mine = Entry.account_id == account.id
    minor, held = (func.sum(each).over(order_by=Entry.seq) for each in (Entry.minor, Entry.held_minor))
    running = select(Entry, minor, held).where(mine).order_by(Entry.seq.desc()).limit(limit)
    rows = list(session.execute(running))
    found = _jobs(session, [row[0] for row in rows])
    return [
        _line(entry, found.get(entry.job_id or ""), int(after), int(held_after)) for entry, after, held_after in rows
    ]


def _line(entry: Entry, job: Job | None, after: int, held_after: int) -> Line:
    quote: Quote | None = job.quote if job else None
    return Line(entry, job, after, held_after, quote.total_minor if quote else None)


def _jobs(session: Session, entries: Sequence[Entry]) -> dict[str, Job]:
    ids = {each.job_id for each in entries if each.job_id}
    return {each.id: each for each in session.scalars(select(Job).where(Job.id.in_(ids)))}


def of_job(session: Session, job: Job) -> list[Entry]:
    """Everything booked for a job, oldest first."""
    return list(session.scalars(select(Entry).where(Entry.job_id == job.id).order_by(Entry.seq)))
