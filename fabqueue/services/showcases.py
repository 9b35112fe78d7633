"""Showcases: slides in an order, private until published."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from fabqueue.db import now
from fabqueue.models import Person, Project, Showcase, ShowcaseHelper, ShowcaseItem, Visibility
from fabqueue.services import events
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.uploads import free_slug

MOST_ITEMS = 100
LONGEST = {"title": 120, "introduction": 10_000, "words": 2000, "question": 300}


def create(session: Session, by: Person, title: str, introduction: str = "") -> Showcase:
    """A new private showcase without slides. Raises Invalid."""
    given = _checked({"title": title, "introduction": introduction})
    if not given["title"]:
        raise Invalid([Refused("showcase_title_missing", field="title")])
    showcase = Showcase(slug=free_slug(session, given["title"], Showcase), curator=by, **given)
    session.add(showcase)
    session.flush()
    events.record(session, events.actor_of(by), showcase, "create", new=str(showcase.visibility))
    return showcase


def change(session: Session, showcase: Showcase, by: Person, title: str, introduction: str) -> None:
    """Raises Invalid naming every fault."""
    given = _checked({"title": title, "introduction": introduction})
    if not given["title"]:
        raise Invalid([Refused("showcase_title_missing", field="title")])
    showcase.title, showcase.introduction = given["title"], given["introduction"]
    _changed(session, showcase, by, "change")


def _checked(fields: dict[str, str]) -> dict[str, str]:
    stripped = {name: text.strip() for name, text in fields.items()}
    faults = [
        Refused("text_too_long", {"most": LONGEST[name]}, name)
        for name, text in stripped.items()
        if len(text) > LONGEST[name]
    ]
    if faults:
        raise Invalid(faults)
    return stripped


def _changed(session: Session, showcase: Showcase, by: Person, verb: str, **values: object) -> None:
    showcase.changed_at = now()
    events.record(session, events.actor_of(by), showcase, verb, values=values)


# slides


def add_project(session: Session, showcase: Showcase, by: Person, project: Project) -> ShowcaseItem:
    """Put a public project at the end. Raises Refused for a private one, Conflict when it is in there already."""
    if not project.is_public:
        raise Refused("showcase_project_private")
    if any(each.project_id == project.id for each in showcase.items):
        raise Conflict("present", "showcase_project_present")
    return _add(session, showcase, by, ShowcaseItem(project=project))


def add_words(session: Session, showcase: Showcase, by: Person, title: str, words: str, question: str) -> ShowcaseItem:
    """Put a slide of words alone at the end. Raises Invalid when all are empty."""
    given = _checked({"title": title, "words": words, "question": question})
    if not given["title"] and not given["words"]:
        raise Invalid([Refused("showcase_words_missing", field="title")])
    return _add(session, showcase, by, ShowcaseItem(**given))


def _add(session: Session, showcase: Showcase, by: Person, item: ShowcaseItem) -> ShowcaseItem:
    if len(showcase.items) >= MOST_ITEMS:
        raise Refused("showcase_full", {"most": MOST_ITEMS})
    item.position = len(showcase.items)
    showcase.items.append(item)
    session.flush()
    _changed(session, showcase, by, "add_slide", place=item.position + 1)
    return item


def change_item(session: Session, item: ShowcaseItem, by: Person, title: str, words: str, question: str) -> None:
    """Set a slide's caption. Raises Invalid when nothing would be left to show."""
    given = _checked({"title": title, "words": words, "question": question})
    if item.project_id is None and not given["title"] and not given["words"]:
        raise Invalid([Refused("showcase_words_missing", field="title")])
    item.title, item.words, item.question = given["title"], given["words"], given["question"]
    _changed(session, item.showcase, by, "change_slide", place=item.position + 1)


def move(session: Session, item: ShowcaseItem, by: Person, to: int) -> None:
    """Put a slide at place `to` (from 0); beyond either end it stops there."""
    items = list(item.showcase.items)
    old = items.index(item)
    new = max(0, min(len(items) - 1, to))
    if new == old:
        return
    items.insert(new, items.pop(old))
    _number(items)
    session.flush()
    session.expire(item.showcase, ["items"])
    _changed(session, item.showcase, by, "move_slide", old=old + 1, place=new + 1)


def remove(session: Session, item: ShowcaseItem, by: Person) -> None:
    showcase, place = item.showcase, item.position + 1
    showcase.items.remove(item)
    _number(showcase.items)
    session.flush()
    _changed(session, showcase, by, "remove_slide", place=place)


def _number(items: Sequence[ShowcaseItem]) -> None:
    for position, each in enumerate(items):
        each.position = position


# who sees and writes it


def publish(session: Session, showcase: Showcase, by: Person) -> None:
    """Show it to everybody. Raises Refused without a slide to see, Conflict when it is public."""
    if showcase.is_public:
        raise Conflict(showcase.visibility, "showcase_already_public")
    if not showcase.shown:
        raise Refused("showcase_empty")
    showcase.visibility, showcase.published_at = Visibility.PUBLIC, showcase.published_at or now()
    events.record(session, events.actor_of(by), showcase, "publish", old="private", new="public")


def unpublish(session: Session, showcase: Showcase, by: Person) -> None:
    """Raises Conflict when it is private."""
    if not showcase.is_public:
        raise Conflict(showcase.visibility, "showcase_already_private")
    showcase.visibility = Visibility.PRIVATE
    events.record(session, events.actor_of(by), showcase, "unpublish", old="public", new="private")


def delete(session: Session, showcase: Showcase, by: Person) -> None:
    """Take it away; its projects stay."""
    showcase.deleted_at = now()
    events.record(session, events.actor_of(by), showcase, "delete", old=str(showcase.visibility))


def restore(session: Session, showcase: Showcase, by: Person) -> None:
    """Bring a deleted showcase back, private."""
    showcase.deleted_at, showcase.visibility = None, Visibility.PRIVATE
    events.record(session, events.actor_of(by), showcase, "restore", new="private")


def lend(session: Session, showcase: Showcase, by: Person, name: str) -> Person:
    """Let the person with this user name write it too. Raises Refused, Conflict when they do already."""
    found = session.scalar(select(Person).where(Person.user_name == name.strip().lower(), Person.left_at.is_(None)))
    if found is None:
        raise Refused("showcase_helper_unknown", {"name": name.strip()[:64]}, "name")
    if found.id == showcase.curator_id or any(each.person_id == found.id for each in showcase.helpers):
        raise Conflict("present", "showcase_helper_present")
    showcase.helpers.append(ShowcaseHelper(person=found))
    session.flush()
    _changed(session, showcase, by, "lend", person=found.id)
    return found


def take_back(session: Session, showcase: Showcase, by: Person, person_id: str) -> None:
    """Somebody writes it no longer; nothing happens when they did not."""
    found = next((each for each in showcase.helpers if each.person_id == person_id), None)
    if found is not None:
        showcase.helpers.remove(found)
        session.flush()
        _changed(session, showcase, by, "take_back", person=person_id)


# finding


def public(session: Session, limit: int = 100) -> Sequence[Showcase]:
    """Public showcases that have something to show, newest publication first."""
    found = select(Showcase).where(Showcase.visibility == Visibility.PUBLIC, Showcase.deleted_at.is_(None))
    newest = found.order_by(Showcase.published_at.desc(), Showcase.id.desc()).options(selectinload(Showcase.items))
    return [each for each in session.scalars(newest.limit(limit)) if each.shown]


def deleted_of(session: Session, person: Person, days: int) -> Sequence[Showcase]:
    """A curator's deleted showcases that can still be restored."""
    mine = Showcase.curator_id == person.id
    found = select(Showcase).where(mine, Showcase.deleted_at > now() - timedelta(days=days))
    return session.scalars(found.order_by(Showcase.deleted_at.desc())).all()


def of(session: Session, person: Person) -> Sequence[Showcase]:
    """Those a person curates or helps with, last changed first."""
    helped = select(ShowcaseHelper.showcase_id).where(ShowcaseHelper.person_id == person.id)
    mine = (Showcase.curator_id == person.id) | Showcase.id.in_(helped)
    found = select(Showcase).where(mine, Showcase.deleted_at.is_(None)).order_by(Showcase.changed_at.desc())
    return session.scalars(found.options(selectinload(Showcase.items))).all()
