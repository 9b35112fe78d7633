"""The gallery: open projects found by words, tags and filters, in pages that stay stable while projects are added."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from fabqueue.models import (
    Design,
    DesignKind,
    MachineKind,
    Person,
    Project,
    ProjectAuthor,
    ProjectTag,
    Report,
    Revision,
    Visibility,
)
from fabqueue.services import licences
from fabqueue.services.errors import Refused
from fabqueue.services.licences import Openness

MOST_WORDS = 8
_NEVER = 2**31 - 1
_MADE_ON = {
    MachineKind.PRINTER: (DesignKind.MESH, DesignKind.TOOLPATH),
    MachineKind.LASER: (DesignKind.DRAWING,),
}


class Order(StrEnum):
    """What comes first."""

    PUBLISHED = "published"
    BUILT = "built"
    """The newest good build; before there is one, the publication counts."""
    REBUILT = "rebuilt"
    QUICKEST = "quickest"


@dataclass(frozen=True)
class Wish:
    """Which open projects, and in which order."""

    words: str = ""
    tags: tuple[str, ...] = ()
    made_on: MachineKind | None = None
    openness: Openness | None = None
    built: bool | None = None
    order: Order = Order.PUBLISHED

    @property
    def is_any(self) -> bool:
        """Whether nothing is left out."""
        return replace(self, order=Order.PUBLISHED) == Wish()


Mark = tuple[str | int, str]
"""Where a page ended: the value it was sorted by (moments in ISO form) and the id."""


def find(session: Session, wish: Wish, after: Mark | None = None, limit: int = 24) -> Sequence[Project]:
    """Open projects of `wish`, those behind `after`. Raises Refused for a mark of another order."""
    by, falling = _sorting(wish.order)
    found = _wished(session, wish)
    if after is not None:
        value = _value(wish.order, after[0])
        further = by < value if falling else by > value
        found = found.where(further | ((by == value) & (Project.id < after[1])))
    ordered = found.order_by(by.desc() if falling else by.asc(), Project.id.desc())
    return session.scalars(ordered.limit(limit)).all()


def count(session: Session, wish: Wish) -> int:
    """How many open projects there are of `wish`."""
    return session.scalar(select(func.count()).select_from(_wished(session, wish).subquery())) or 0


def mark(project: Project, order: Order) -> Mark:
    """Where a page ends that ends with `project`."""
    if order is Order.REBUILT:
        return project.good_builds, project.id
    if order is Order.QUICKEST:
        return _NEVER if project.make_seconds is None else project.make_seconds, project.id
    at = project.built_at if order is Order.BUILT and project.built_at else project.published_at
    return at.isoformat() if at else "", project.id


def mark_after(session: Session, project_id: str, order: Order = Order.PUBLISHED) -> Mark | None:
    """The mark of a project named by its id alone; None when it is gone."""
    project = session.get(Project, project_id)
    return mark(project, order) if project and project.published_at else None


def _sorting(order: Order) -> tuple[ColumnElement[Any], bool]:
    """What is sorted by, and whether the highest comes first."""
    if order is Order.REBUILT:
        return Project.good_builds.expression, True
    if order is Order.QUICKEST:
        return func.coalesce(Project.make_seconds, _NEVER), False
    if order is Order.BUILT:
        return func.coalesce(Project.built_at, Project.published_at), True
    return Project.published_at.expression, True


def _value(order: Order, value: str | int) -> Any:
    try:
        if order in {Order.REBUILT, Order.QUICKEST}:
            return min(_NEVER, max(0, int(value)))
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise Refused("cursor_unreadable", field="cursor") from None


def _wished(session: Session, wish: Wish) -> Select[Project]:
    found = select(Project).where(Project.visibility == Visibility.PUBLIC, Project.deleted_at.is_(None))
    for word in wish.words.split()[:MOST_WORDS]:
        found = found.where(_says(word))
    for tag in wish.tags:
        found = found.where(exists().where(ProjectTag.project_id == Project.id, ProjectTag.name == tag))
    if wish.made_on is not None:
        kinds = _MADE_ON.get(wish.made_on, ())
        found = found.where(exists().where(Design.project_id == Project.id, Design.deleted_at.is_(None),
                                           Design.kind.in_(kinds)))  # fmt: skip
    if wish.openness is not None:
        found = found.where(Project.licence.in_(_licences_of(session, wish.openness)))
    if wish.built is not None:
        found = found.where(Project.good_builds > 0 if wish.built else Project.good_builds == 0)
    return found


def _licences_of(session: Session, openness: Openness) -> list[str]:
    used = session.scalars(select(Project.licence).where(Project.visibility == Visibility.PUBLIC).distinct())
    return [each for each in used if licences.openness(each) is openness]


def _says(word: str) -> ColumnElement[bool]:
    """Title, summary, tags, the licensor, or the name of an author who may be named holds the word."""
    columns = (Project.title, Project.summary, Project.licensor)
    tagged = exists().where(ProjectTag.project_id == Project.id, _holds(ProjectTag.name, word))
    written = exists().where(
        ProjectAuthor.project_id == Project.id, ProjectAuthor.person_id == Person.id, _holds(Person.display_name, word),
        Person.is_named_author(),
    )  # fmt: skip
    return or_(*(_holds(each, word) for each in columns), tagged, written)


def _holds(column: Any, word: str) -> ColumnElement[bool]:
    return func.lower(column).contains(word.lower(), autoescape=True)


def retime(session: Session, project: Project) -> None:
    """What the latest revisions of a project's designs take together, after one of them changed."""
    session.flush()
    newest = select(func.max(Revision.number)).where(Revision.design_id == Design.id).correlate(Design)
    seconds = select(func.sum(Report.make_seconds)).select_from(Design).join(Revision).join(Report)
    seconds = seconds.where(Design.project_id == project.id, Design.deleted_at.is_(None),
                            Revision.number == newest.scalar_subquery())  # fmt: skip
    total = session.scalar(seconds)
    project.make_seconds = int(total) if total is not None else None
