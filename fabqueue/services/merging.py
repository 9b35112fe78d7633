"""Two accounts of one person become one: everything moves to the account that goes on, and the other one has left.

The ledger stays as it was written: a transfer between the two accounts brings the money over.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import (
    Account,
    Base,
    Certification,
    Entry,
    EntryKind,
    Job,
    Notice,
    Person,
    Project,
    ProjectAuthor,
    Request,
    Role,
    ShowcaseHelper,
    Token,
)
from fabqueue.services import events, guarding, ledger, locks, sign_ins, tokens
from fabqueue.services.errors import Conflict, Refused

MOVES = (
    "request.owner_id", "request.filed_by_id", "project.owner_id", "project_author.person_id",
    "revision.uploaded_by_id", "build.builder_id", "certification.person_id", "notice.person_id", "person.guardian_id",
    "photo.person_id", "past_job.person_id", "showcase.curator_id", "showcase_helper.person_id",
)  # fmt: skip
"""Columns that say whose something is. Those that say who did something stay, and are read through `merged_into_id`."""
STAYS = (
    "account.person_id", "candidate.asked_by_id", "certification.granted_by_id", "certification.withdrawn_by_id",
    "consent.person_id", "consent.recorded_by_id", "consent.withdrawn_by_id", "entry.by_id", "handover.by_id",
    "handover.undone_by_id", "handover_note.by_id", "handover_note.done_by_id", "import_batch.by_id",
    "job.approved_by_id", "machine.bed_cleared_by_id", "machine.emergency_by_id", "machine.maintenance_by_id",
    "material.beam_allowed_by_id", "material_offer.burning_by_id",
    "network_search.asked_by_id",
    "page_version.written_by_id", "password_link.issued_by_id", "password_link.person_id", "person.merged_into_id",
    "photo.withdrawn_by_id", "repeated_answer.person_id", "role_grant.granted_by_id", "role_grant.person_id",
    "role_grant.withdrawn_by_id", "run.armed_by_id", "run.cleared_by_id", "screen.made_by_id",
    "service_record.person_id", "sign_in.person_id", "site.held_by_id", "token.person_id",
)  # fmt: skip


@dataclass(frozen=True)
class Preview:
    """What would move."""

    jobs: int
    projects: int
    certificates: int
    notices: int
    tokens: int
    """That would end."""
    balance: ledger.Balance
    email: str
    """The address that the other account takes over; empty: none."""


def preview(session: Session, kept: Person, gone: Person) -> Preview:
    """What a merge would do. Raises Refused when these two cannot become one."""
    _check(kept, gone)
    account = ledger.account_of(session, gone)
    return Preview(
        jobs=_count(session, Job.request_id.in_(select(Request.id).where(Request.owner_id == gone.id))),
        projects=_count(session, Project.owner_id == gone.id), notices=_count(session, Notice.person_id == gone.id),
        certificates=_count(session, Certification.person_id == gone.id, Certification.withdrawn_at.is_(None)),
        tokens=_count(session, Token.person_id == gone.id, Token.revoked_at.is_(None)),
        balance=ledger.balance(session, account), email=(gone.email or "") if not kept.email else "",
    )  # fmt: skip


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*conditions)) or 0


def _check(kept: Person, gone: Person) -> None:
    if kept.id == gone.id:
        raise Refused("merge_same", field="into")
    if kept.left_at or gone.left_at:
        raise Conflict("left", "merge_gone")
    if gone.roles - {Role.MEMBER}:
        raise Refused("merge_staff", {"name": gone.display_name}, "into")
    if kept.is_guest and not gone.is_guest:
        raise Refused("merge_into_guest", {"name": kept.display_name}, "into")


def merge(session: Session, kept: Person, gone: Person, by: Person) -> Preview:
    """Move everything of `gone` to `kept`; `gone` leaves, and its user name is never given again.

    Raises Refused, and Conflict when one of them has left or was merged meanwhile.
    """
    for each in sorted((kept, gone), key=lambda person: person.id):
        locks.lock(session, each)
    moved = preview(session, kept, gone)
    _move_money(session, kept, gone, by)
    for name in MOVES:
        _move(session, name, kept, gone)
    tokens.revoke_all(session, gone, by)
    sign_ins.end_all(session, gone, by)
    _take_over(session, kept, gone)
    _end(gone, kept, by)
    session.flush()
    session.expire_all()
    if not kept.is_guest and not kept.may_appear:
        guarding.hide(session, kept, by)
    values = {"name": gone.user_name, "jobs": moved.jobs, "projects": moved.projects}
    events.record(session, events.actor_of(by), kept, "merge", old=gone.id, new=kept.id, values=values)
    events.record(session, events.actor_of(by), gone, "merged", old=gone.id, new=kept.id)
    return moved


def _move_money(session: Session, kept: Person, gone: Person, by: Person) -> None:
    old, new = ledger.account_of(session, gone), ledger.account_of(session, kept)
    paid = select(Job.id).where(Job.payer_id == old.id).order_by(Job.id)
    for payable in session.scalars(paid).all():
        locks.lock_id(session, Job, payable)
    for key in sorted((old.id, new.id)):
        locks.lock_id(session, Account, key)
    sums = select(Entry.job_id, func.sum(Entry.held_minor)).where(Entry.account_id == old.id).group_by(Entry.job_id)
    for job_id, held in session.execute(sums).all():
        _transfer(session, old, new, by, job_id=job_id, held_minor=int(held))
    _transfer(session, old, new, by, minor=ledger.balance(session, old).minor)
    session.execute(update(Job).where(Job.payer_id == old.id).values(payer_id=new.id))


def _transfer(
    session: Session, old: Account, new: Account, by: Person, *, job_id: str | None = None, minor: int = 0,
    held_minor: int = 0,
) -> None:  # fmt: skip
    if not minor and not held_minor:
        return
    for account, sign in ((old, -1), (new, 1)):
        session.add(Entry(account_id=account.id, job_id=job_id, kind=EntryKind.TRANSFER, minor=sign * minor,
                          held_minor=sign * held_minor, by_id=by.id))  # fmt: skip
    session.flush()


def _move(session: Session, name: str, kept: Person, gone: Person) -> None:
    """Rows that say `gone` say `kept`; those that `kept` has already go."""
    table_name, _dot, column_name = name.partition(".")
    table = Base.metadata.tables[table_name]
    column = table.c[column_name]
    twins: dict[str, Any] = {
        "project_author": ProjectAuthor.project_id, "notice": Notice.event_seq,
        "showcase_helper": ShowcaseHelper.showcase_id,
    }  # fmt: skip
    if table_name in twins:
        beside = table.c[twins[table_name].key]
        session.execute(delete(table).where(column == gone.id, beside.in_(select(beside).where(column == kept.id))))
    session.execute(update(table).where(column == gone.id).values({column_name: kept.id}))


def _take_over(session: Session, kept: Person, gone: Person) -> None:
    """What the account that goes on did not know, and what protects: a guarded person stays guarded."""
    email, gone.email = gone.email, None
    session.flush()  # an address belongs to one account at a time
    kept.private_name = kept.private_name or gone.private_name
    if gone.guarded and not kept.guarded:
        kept.guarded, kept.consent_at = True, None
        kept.guardian_id = gone.guardian_id if gone.guardian_id != kept.id else None
    if kept.guardian_id == kept.id:
        kept.guardian_id = None
    if not kept.email and email:
        kept.email = email


def _end(gone: Person, kept: Person, by: Person) -> None:
    gone.left_at, gone.merged_into_id = now(), kept.id
    gone.password_hash, gone.pin_hash, gone.private_name, gone.code_digest, gone.link_mail_at = "", "", "", None, None
    gone.display_name = kept.display_name
    for grant in gone.role_grants:
        if grant.withdrawn_at is None:
            grant.withdrawn_at, grant.withdrawn_by_id = now(), by.id
