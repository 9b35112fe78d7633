"""The words of a project's page, version by version: who wrote them when, what changed, and bringing old ones back."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.models import PageVersion, Person, Project
from fabqueue.services import locks
from fabqueue.services.errors import Refused

WORDS = ("title", "summary", "function", "documentation")
"""What versions keep."""
CONTEXT_LINES = 3


def last_number(session: Session, project: Project) -> int:
    """The number of the version that stands on the page now; 0 while nobody saved any."""
    return session.scalar(select(func.max(PageVersion.number)).where(PageVersion.project_id == project.id)) or 0


def check_base(session: Session, project: Project, base: int | None) -> None:
    """Raises Refused when the page was saved again since version `base` was read; None: whoever writes does not say."""
    if base is None or base == last_number(session, project):
        return
    if standing := latest(session, project):
        values = {"name": standing.written_by.display_name, "written_at": standing.written_at.isoformat()}
        raise Refused("project_saved_meanwhile", values)


def before_change(session: Session, project: Project) -> None:
    """Keep the words that stand there, before the first is saved over them. Others wait until the commit."""
    locks.lock(session, project)
    if last_number(session, project) == 0 and (project.summary or project.function or project.documentation):
        _keep(session, project, project.owner_id, written_at=project.changed_at)


def keep(session: Session, project: Project, by: Person, restored_number: int | None = None) -> None:
    """The words as they stand now are a new version by `by`."""
    _keep(session, project, by.id, restored_number)


def _keep(session: Session, project: Project, by_id: str, restored_number: int | None = None, **more: Any) -> None:
    words = {name: getattr(project, name) for name in WORDS}
    session.add(PageVersion(project_id=project.id, number=last_number(session, project) + 1, written_by_id=by_id,
                            restored_number=restored_number, **words, **more))  # fmt: skip
    session.flush()


def versions(session: Session, project: Project, before: int | None = None, limit: int = 50) -> Sequence[PageVersion]:
    """Newest first; those with numbers below `before`."""
    mine = select(PageVersion).where(PageVersion.project_id == project.id)
    if before is not None:
        mine = mine.where(PageVersion.number < before)
    return session.scalars(mine.order_by(PageVersion.number.desc()).limit(limit)).all()


def version(session: Session, project: Project, number: int) -> PageVersion | None:
    mine = select(PageVersion).where(PageVersion.project_id == project.id, PageVersion.number == number)
    return session.scalar(mine)


def latest(session: Session, project: Project) -> PageVersion | None:
    """The version that stands on the page; None while nobody saved any."""
    return next(iter(versions(session, project, limit=1)), None)


@dataclass(frozen=True)
class Line:
    """One line of a comparison. kind: same, added, taken, or gap, where unchanged lines are left out."""

    kind: str
    text: str = ""


def differences(old: str, new: str) -> list[Line]:
    """What changed from `old` to `new`, line by line, with a few unchanged lines around; empty: nothing."""
    before, after = old.splitlines(), new.splitlines()
    groups = SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT_LINES)
    found: list[Line] = []
    for group in groups:
        if found or group[0][1] > 0:
            found.append(Line("gap"))
        for verb, first, last, start, end in group:
            if verb == "equal":
                found += [Line("same", text) for text in before[first:last]]
            else:
                found += [Line("taken", text) for text in before[first:last]]
                found += [Line("added", text) for text in after[start:end]]
    return found
