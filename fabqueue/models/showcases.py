"""Showcases: projects in an order, with words between them; and screens of the lab that may show the wallboard."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fabqueue.models.base import Base, Created, Id, choice, link, optional_link
from fabqueue.models.designs import Project, Visibility
from fabqueue.models.people import Person


class Showcase(Base):
    """An ordered set of slides with a page of its own, private until it is shown."""

    __tablename__ = "showcase"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    introduction: Mapped[str] = mapped_column(default="")
    """Markdown."""
    visibility: Mapped[Visibility] = choice(Visibility, default=Visibility.PRIVATE)
    published_at: Mapped[datetime | None]
    curator_id: Mapped[str] = link("person.id")
    created_at: Mapped[Created]
    changed_at: Mapped[Created]
    deleted_at: Mapped[datetime | None]

    curator: Mapped[Person] = relationship(foreign_keys=[curator_id], lazy="joined")
    helpers: Mapped[list["ShowcaseHelper"]] = relationship(
        lazy="selectin", order_by="ShowcaseHelper.since", cascade="all, delete-orphan"
    )
    items: Mapped[list["ShowcaseItem"]] = relationship(
        back_populates="showcase", order_by="ShowcaseItem.position", cascade="all, delete-orphan"
    )

    @property
    def is_public(self) -> bool:
        return self.visibility is Visibility.PUBLIC and self.deleted_at is None

    @property
    def shown(self) -> list["ShowcaseItem"]:
        """The items a visitor sees: none whose project is private or deleted at this moment."""
        return [each for each in self.items if each.is_shown]

    @property
    def hidden(self) -> list["ShowcaseItem"]:
        """The items that wait for their project to be public again."""
        return [each for each in self.items if not each.is_shown]


class ShowcaseHelper(Base):
    """Somebody whom the curator lets write a showcase too."""

    __tablename__ = "showcase_helper"

    showcase_id: Mapped[str] = mapped_column(ForeignKey("showcase.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    since: Mapped[Created]

    person: Mapped[Person] = relationship(lazy="joined")


class ShowcaseItem(Base):
    """One slide: a project with a caption, or words alone."""

    __tablename__ = "showcase_item"

    id: Mapped[Id]
    showcase_id: Mapped[str] = link("showcase.id")
    position: Mapped[int]
    """From 0, without gaps."""
    project_id: Mapped[str | None] = optional_link("project.id", index=True)
    title: Mapped[str] = mapped_column(default="")
    """The slide's own heading; empty: the project's title."""
    words: Mapped[str] = mapped_column(default="")
    """Markdown."""
    question: Mapped[str] = mapped_column(default="")
    """What the speaker asks the room."""
    created_at: Mapped[Created]

    showcase: Mapped[Showcase] = relationship(back_populates="items")
    project: Mapped[Project | None] = relationship(lazy="joined")

    @property
    def is_shown(self) -> bool:
        return self.project_id is None or (self.project is not None and self.project.is_public)


class Screen(Base):
    """A television of the lab that shows the wallboard by a secret address, without anybody signed in at it."""

    __tablename__ = "screen"

    id: Mapped[Id]
    site_id: Mapped[str] = link("site.id")
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    made_by_id: Mapped[str] = link("person.id", index=False)
    created_at: Mapped[Created]
    revoked_at: Mapped[datetime | None]
    arms: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It stands at the machines: whoever is certified may arm lasers there with a PIN."""

    made_by: Mapped[Person] = relationship()
