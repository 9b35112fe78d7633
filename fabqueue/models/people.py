"""People: accounts, roles, certifications, tokens and links for a new password."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, String
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


class Person(Base):
    """Somebody with an account. `display_name` is public, `private_name` is for staff."""

    __tablename__ = "person"

    id: Mapped[Id]
    user_name: Mapped[str] = mapped_column(String(64), unique=True)
    """Lower case, unique, never reused."""
    email: Mapped[str | None] = mapped_column(unique=True)
    display_name: Mapped[str]
    private_name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str] = mapped_column(default="")
    """Argon2id; empty: cannot sign in by password."""
    sign_in_generation: Mapped[int] = mapped_column(default=0)
    """Raised to end every sign-in at once (new password, leaving)."""
    link_mail_at: Mapped[datetime | None]
    """When to try next to mail a link for a new password; empty: none is asked for."""
    link_mail_attempts: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = mapped_column(default="")
    """A catalogue's code; empty: the browser's wish."""
    mail_notices: Mapped[bool] = mapped_column(default=True)
    named_on_builds: Mapped[bool] = mapped_column(default=False)
    """Whether public build logs name this person; anonymous unless chosen."""
    created_at: Mapped[Created]

    # A guarded account (minor, guest, pupil) never appears publicly without a recorded consent.
    guarded: Mapped[bool] = mapped_column(default=False)
    guardian_id: Mapped[str | None] = optional_link("person.id")
    consent_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]

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
    def public_name(self) -> str | None:
        """The name a public build log may show, or None for anonymous."""
        allowed = self.named_on_builds and self.left_at is None and (not self.guarded or self.consent_at)
        return self.display_name if allowed else None

    def certified_for(self, model_id: str, kind: MachineKind, at: datetime | None = None) -> bool:
        """Whether a valid certification covers a machine model or its whole kind."""
        at = at or now()
        return any(each.is_valid(at) and each.covers(model_id, kind) for each in self.certifications)


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
