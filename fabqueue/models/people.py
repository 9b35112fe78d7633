"""People: accounts, guests, roles, certifications, sign-ins, tokens and links for a new password."""

import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, String, and_, event, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fabqueue.db import now
from fabqueue.models.base import Base, Created, Id, choice, link, optional_link


class Role(StrEnum):
    MEMBER = "member"
    TECHNICIAN = "technician"
    INSTRUCTOR = "instructor"
    ADMIN = "admin"


class MachineKind(StrEnum):
    PRINTER = "printer"
    LASER = "laser"
    OTHER = "other"


def folded(text: str) -> str:
    """Text as it is searched for: without accents and case, so that "Lindqvist, Åsa" is found by "asa"."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold()


class Person(Base):
    """Somebody with an account, or a guest without one. `display_name` is public, `private_name` is for staff."""

    __tablename__ = "person"

    id: Mapped[Id]
    user_name: Mapped[str] = mapped_column(String(64), unique=True)
    """Lower case, unique, never reused."""
    email: Mapped[str | None] = mapped_column(unique=True)
    display_name: Mapped[str]
    private_name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str] = mapped_column(default="")
    """Argon2id; empty: cannot sign in by password."""
    link_mail_at: Mapped[datetime | None]
    """When to try next to mail a link for a new password; empty: none is asked for."""
    link_mail_attempts: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = mapped_column(default="")
    """A catalogue's code; empty: the browser's wish."""
    mail_notices: Mapped[bool] = mapped_column(default=True)
    named_on_builds: Mapped[bool] = mapped_column(default=False)
    """Whether public build logs name this person; anonymous unless chosen."""
    named_on_projects: Mapped[bool] = mapped_column(default=True)
    """Whether the pages of public projects name this person as an author."""
    muted: Mapped[list[Any]] = mapped_column(default=list)
    """Notices this person does without, as `kind:way` ("ready:mail")."""
    found_by: Mapped[str] = mapped_column(default="")
    """Every name and the address, folded: what staff find the person by."""
    created_at: Mapped[Created]

    # A guest has no account: no user name to sign in with, no password, no role; a code opens the guest's own jobs.
    is_guest: Mapped[bool] = mapped_column(default=False)
    code_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of the tracking code."""

    # A short secret with which a certified person arms a laser on a screen of the lab, where nobody is signed in.
    pin_hash: Mapped[str] = mapped_column(default="", server_default="")
    """Argon2id; empty: none."""
    pin_misses: Mapped[int] = mapped_column(default=0, server_default="0")
    """Wrong ones since the last right one."""
    pin_locked_until: Mapped[datetime | None]

    # A guarded account (minor, guest, pupil) never appears publicly without a recorded consent.
    guarded: Mapped[bool] = mapped_column(default=False)
    guardian_id: Mapped[str | None] = optional_link("person.id")
    consent_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    merged_into_id: Mapped[str | None] = optional_link("person.id", index=True)
    """The account of the same person that goes on; `left_at` is set as well."""

    guardian: Mapped["Person | None"] = relationship(foreign_keys=[guardian_id], remote_side="Person.id")
    role_grants: Mapped[list["RoleGrant"]] = relationship(
        back_populates="person", foreign_keys="RoleGrant.person_id", lazy="selectin"
    )
    certifications: Mapped[list["Certification"]] = relationship(
        back_populates="person", foreign_keys="Certification.person_id", lazy="selectin"
    )

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held now."""
        return frozenset(each.role for each in self.role_grants if each.withdrawn_at is None)

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & {Role.TECHNICIAN, Role.ADMIN})

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.display_name.split()[:2]).upper() or "?"

    @property
    def may_appear(self) -> bool:
        """Whether anything public may come from this person at all: no guest, and no minor without consent."""
        return self.work_may_appear and self.left_at is None

    @property
    def work_may_appear(self) -> bool:
        """Whether what this person made may be public without their name; unlike a name it stays when they leave."""
        return not self.is_guest and (not self.guarded or self.consent_at is not None)

    @property
    def public_name(self) -> str | None:
        """The name a public build log may show, or None for anonymous."""
        return self.display_name if self.named_on_builds and self.may_appear else None

    @property
    def author_name(self) -> str | None:
        """The name a public project may show among its authors, or None for anonymous."""
        return self.display_name if self.named_on_projects and self.may_appear else None

    @classmethod
    def is_named_author(cls) -> ColumnElement[bool]:
        """`author_name` as the database asks it."""
        return and_(cls.named_on_projects.is_(True), cls.appears())

    @classmethod
    def appears(cls) -> ColumnElement[bool]:
        """`may_appear` as the database asks it."""
        consented = or_(cls.guarded.is_(False), cls.consent_at.is_not(None))
        return and_(cls.is_guest.is_(False), cls.left_at.is_(None), consented)

    def certified_for(self, model_id: str, kind: MachineKind, at: datetime | None = None) -> bool:
        """Whether a valid certification covers a machine model or its whole kind."""
        at = at or now()
        return any(each.is_valid(at) and each.covers(model_id, kind) for each in self.certifications)


@event.listens_for(Person, "before_insert")
@event.listens_for(Person, "before_update")
def _find_by_names(_mapper: Any, _connection: Any, person: Person) -> None:
    names = (person.user_name, person.display_name, person.private_name, person.email)
    person.found_by = "\n".join(folded(each) for each in names if each)


class RoleGrant(Base):
    """One role held by one person from one day on, by whom; withdrawn rather than deleted."""

    __tablename__ = "role_grant"

    id: Mapped[Id]
    person_id: Mapped[str] = link("person.id")
    role: Mapped[Role] = choice(Role)
    granted_at: Mapped[Created]
    granted_by_id: Mapped[str | None] = optional_link("person.id")
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[str | None] = optional_link("person.id")

    person: Mapped[Person] = relationship(back_populates="role_grants", foreign_keys=[person_id])


class Certification(Base):
    """A person may use a machine model, or every machine of a kind."""

    __tablename__ = "certification"
    __table_args__ = (CheckConstraint("(machine_model_id IS NULL) <> (machine_kind IS NULL)", name="model_or_kind"),)

    id: Mapped[Id]
    person_id: Mapped[str] = link("person.id")
    machine_model_id: Mapped[str | None] = optional_link("machine_model.id")
    machine_kind: Mapped[MachineKind | None] = choice(MachineKind, nullable=True)
    granted_at: Mapped[Created]
    granted_by_id: Mapped[str] = link("person.id", index=False)
    expires_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[str | None] = optional_link("person.id")

    person: Mapped[Person] = relationship(back_populates="certifications", foreign_keys=[person_id])

    def is_valid(self, at: datetime) -> bool:
        return self.withdrawn_at is None and (self.expires_at is None or at < self.expires_at)

    def covers(self, model_id: str, kind: MachineKind) -> bool:
        return self.machine_model_id == model_id or self.machine_kind == kind


class Token(Base):
    """A personal key for the API and for slicers; only its digest is kept."""

    __tablename__ = "token"

    id: Mapped[Id]
    person_id: Mapped[str] = link("person.id")
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[Created]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()


class PasswordLink(Base):
    """A one-time link to choose a new password, sent by mail or issued by staff."""

    __tablename__ = "password_link"

    id: Mapped[Id]
    person_id: Mapped[str] = link("person.id")
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    issued_by_id: Mapped[str | None] = optional_link("person.id")
    created_at: Mapped[Created]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class SignIn(Base):
    """One browser that is signed in; its cookie carries a key of which only the digest is kept."""

    __tablename__ = "sign_in"

    id: Mapped[Id]
    person_id: Mapped[str] = link("person.id")
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    agent: Mapped[str] = mapped_column(default="")
    """What the browser called itself."""
    created_at: Mapped[Created]
    seen_at: Mapped[Created] = mapped_column(index=True)
    """Written once an hour at most."""

    person: Mapped[Person] = relationship(lazy="joined")


class Consent(Base):
    """Somebody responsible agreed that a guarded person appears publicly; withdrawn rather than deleted."""

    __tablename__ = "consent"

    id: Mapped[Id]
    person_id: Mapped[str] = link("person.id")
    given_by: Mapped[str]
    """Who agreed, in words: "mother, on paper"."""
    given_at: Mapped[Created]
    recorded_by_id: Mapped[str] = link("person.id", index=False)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[str | None] = optional_link("person.id")

    recorded_by: Mapped[Person] = relationship(foreign_keys=[recorded_by_id])
    withdrawn_by: Mapped[Person | None] = relationship(foreign_keys=[withdrawn_by_id])


class RetiredName(Base):
    """The digest of a user name whose person has left; nobody else may ever take it."""

    __tablename__ = "retired_name"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    retired_at: Mapped[Created]
