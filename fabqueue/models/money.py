"""Accounts and the append-only ledger. Amounts are whole minor units of the site's currency."""

from enum import StrEnum

from sqlalchemy import BigInteger, Integer
from sqlalchemy.orm import Mapped, mapped_column

from fabqueue.models.base import Base, Created, Id, choice, link, optional_link


class AccountKind(StrEnum):
    PERSON = "person"
    WORKSHOP = "workshop"
    GRANT = "grant"
    HOUSE = "house"


class EntryKind(StrEnum):
    HOLD = "hold"
    CHARGE = "charge"
    RELEASE = "release"
    REFUND = "refund"
    PAYMENT = "payment"
    TRANSFER = "transfer"
    """Between two accounts of the same person, which became one; the two entries add up to nothing."""


class Means(StrEnum):
    """How a job's price was settled when it was handed out."""

    CASH = "cash"
    CARD = "card"
    BANK = "bank"
    OTHER = "other"
    WAIVED = "waived"


class Account(Base):
    """Who pays: a person, a workshop, a grant, the house."""

    __tablename__ = "account"

    id: Mapped[Id]
    kind: Mapped[AccountKind] = choice(AccountKind)
    name: Mapped[str]
    person_id: Mapped[str | None] = optional_link("person.id", unique=True)
    created_at: Mapped[Created]


class Entry(Base):
    """One line of the ledger. The balance is the sum of `minor`, what is held the sum of `held_minor`."""

    __tablename__ = "entry"

    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    account_id: Mapped[str] = link("account.id")
    job_id: Mapped[str | None] = optional_link("job.id", index=True)
    kind: Mapped[EntryKind] = choice(EntryKind)
    minor: Mapped[int] = mapped_column(default=0)
    held_minor: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[str | None] = optional_link("person.id")
    note: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    """What it was booked for where its kind does not say it: a code of the wording catalogue."""
    means: Mapped[Means | None] = choice(Means, nullable=True)
    """Of entries written when a job was handed out; a counter-entry has the means of what it takes back."""
    at: Mapped[Created]
