"""Tags: the words that projects are found by, each written one way only."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.models import Project, ProjectTag, Visibility
from fabqueue.services.errors import Refused

LONGEST, MOST = 32, 12
_BETWEEN = re.compile(r"[,;，、；\n]+")
_ODD = re.compile(r"[^\w.+-]|_")


def split(typed: str) -> list[str]:
    """The tags of one line of text, separated by commas of any script."""
    return [each for each in _BETWEEN.split(typed) if each.strip()]


def normal(typed: str) -> str:
    """A tag in its one way of writing. Raises Refused for what is none."""
    words = unicodedata.normalize("NFKC", typed).casefold().replace("#", " ").replace("_", " ").split()
    name = "-".join(words).strip("-.")
    if not name or _ODD.search(name):
        raise Refused("tag_shape", {"tag": typed.strip()[:LONGEST]}, "tags")
    if len(name) > LONGEST:
        raise Refused("tag_too_long", {"tag": name[:LONGEST], "most": LONGEST}, "tags")
    return name


def all_normal(typed: Iterable[str]) -> list[str]:
    """Tags in their one way of writing, each once, in order. Raises Refused."""
    names = sorted({normal(each) for each in typed})
    if len(names) > MOST:
        raise Refused("tags_too_many", {"most": MOST}, "tags")
    return names


def put(session: Session, project: Project, names: Sequence[str]) -> bool:
    """Give a project exactly these checked tags; whether that changed anything."""
    if list(names) == sorted(project.tag_names):
        return False
    project.tags = [each for each in project.tags if each.name in names]
    have = set(project.tag_names)
    project.tags += [ProjectTag(project_id=project.id, name=each) for each in names if each not in have]
    session.flush()
    session.expire(project, ["tags"])
    return True


def known(session: Session, limit: int = 200) -> list[tuple[str, int]]:
    """Tags of public projects and how many have each, the most used first."""
    count = func.count()
    public = select(ProjectTag.name, count).join(Project, Project.id == ProjectTag.project_id)
    public = public.where(Project.visibility == Visibility.PUBLIC, Project.deleted_at.is_(None))
    rows = session.execute(public.group_by(ProjectTag.name).order_by(count.desc(), ProjectTag.name).limit(limit))
    return [(name, number) for name, number in rows]
