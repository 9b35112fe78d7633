"""A laser's test card as a job: its drawing becomes a design, and what it burns stays as it was asked for.

The job's settings hold the card (`laserwork.CARD`), and estimate and file are planned from it. It costs nothing, since
it is the lab's own work. Otherwise it is a job like any other: nothing starts it but a person who arms it.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.analysis.readings import DEFAULT
from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import Design, Job, Person, Project, Revision, RevisionState
from fabqueue.permissions import Permission, allowed
from fabqueue.services import analyses, jobs, reviews, uploads
from fabqueue.services.jobs import Wish
from fabqueue.storage import Kept


def colours(config: Config) -> dict[str, str]:
    """A colour ("#rrggbb") for each operation: the first that the lab has for it, else the usual one."""
    meant = {str(each): colour for colour, each in DEFAULT.items()}
    return meant | {each: colour for colour, each in reversed(config.drawings.colour_map.items())}


def design(
    session: WritingSession, config: Config, person: Person, kept: Kept, filename: str, name: str
) -> tuple[Revision, analyses.Work | None]:
    """The drawing of a card as a design of `person`'s: the one that they have already, else a new one.

    With it the analysis that it waits for, which is the caller's to carry out after the commit. Raises Refused for what
    an upload is refused for.
    """
    found = _known(session, person, kept)
    if found is None:
        found = uploads.add_design(session, config.uploads, person, kept, filename, name=name)
    return found, analyses.begin(session, config, found.id)


def _known(session: Session, person: Person, kept: Kept) -> Revision | None:
    """The same drawing among the person's own designs."""
    rows = select(Revision).join(Design).join(Project, Project.id == Design.project_id)
    mine = rows.where(
        Revision.sha256 == kept.sha256, Project.owner_id == person.id, Revision.state != RevisionState.FAILED,
        Design.deleted_at.is_(None), Project.deleted_at.is_(None),
    )  # fmt: skip
    return session.scalars(mine.order_by(Revision.created_at).limit(1)).unique().one_or_none()


def ask(
    session: WritingSession, config: Config, person: Person, revision: Revision, machine_model: str, material: str,
    card: Mapping[str, Any],
) -> Job:  # fmt: skip
    """A job for a card, submitted, and approved at once where `person` is one of those who review.

    Its estimate must be there. Raises Invalid, Refused.
    """
    wish = Wish(machine_model, material, card=card)
    job = jobs.create(session, config, person, revision, wish, filed_by=person)
    jobs.submit(session, config, job, person)
    if allowed(person, Permission.REVIEW_JOB, job):
        reviews.approve(session, config, job, person)
    return job
