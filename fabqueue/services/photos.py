"""Photos of a project: kept, described, put in order, withdrawn, brought back for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fabqueue.config import UploadSettings
from fabqueue.db import now
from fabqueue.models import Build, Person, Photo, Project, Run, StoredFile
from fabqueue.services import builds, events, uploads
from fabqueue.services.errors import Conflict, Refused
from fabqueue.storage import Kept

MOST_OF_A_PROJECT = 200
LONGEST_TEXT = 200
LONGEST_REASON = 200


@dataclass(frozen=True)
class Pictures:
    """What the sandbox made of a photo, stored; the size of the large one in pixels."""

    large: Kept
    small: Kept
    width: int
    height: int


def check(session: Session, rules: UploadSettings, person: Person, project: Project, size: int) -> None:
    """Whether somebody may add one more photo of about `size` bytes. Raises Refused."""
    uploads.check_amounts(session, rules, person, size)
    shown = select(func.count()).where(Photo.project_id == project.id, Photo.withdrawn_at.is_(None))
    if (session.scalar(shown) or 0) >= MOST_OF_A_PROJECT:
        raise Refused("photo_too_many", {"most": MOST_OF_A_PROJECT}, "photo")


def keep(
    session: Session, rules: UploadSettings, person: Person, project: Project, pictures: Pictures, *,
    build: Build | None = None, run: Run | None = None, alternative_text: str = "", by: Person | None = None,
) -> Photo:  # fmt: skip
    """Add a photo of `person`'s at the end of a project's photos. `by`: who did it, when that is staff for them.

    Raises Refused.
    """
    check(session, rules, person, project, pictures.large.size + pictures.small.size)
    for kept in {each.sha256: each for each in (pictures.large, pictures.small)}.values():
        if session.get(StoredFile, kept.sha256) is None:
            session.add(StoredFile(sha256=kept.sha256, size=kept.size))
    session.flush()
    photo = Photo(
        project_id=project.id, build_id=build.id if build else None, run_id=run.id if run else None,
        person_id=person.id, large_sha256=pictures.large.sha256, small_sha256=pictures.small.sha256,
        width=pictures.width, height=pictures.height, alternative_text=_words(alternative_text),
        position=_next_position(session, project),
    )  # fmt: skip
    session.add(photo)
    session.flush()
    session.refresh(photo)
    _record(session, by or person, photo, "photo")
    return photo


def project_of(run: Run) -> Project | None:
    """Where a photo of a run belongs; nowhere when things of several projects lie on its bed."""
    projects = {item.job.revision.design.project_id: item.job.revision.design.project for item in run.items}
    return next(iter(projects.values())) if len(projects) == 1 else None


def keep_of_run(
    session: Session, rules: UploadSettings, person: Person, run: Run, pictures: Pictures
) -> Photo | None:  # fmt: skip
    """Add what somebody saw at the machine. It joins the project's log with the run's build, and is no part of the
    page before. Raises Refused.
    """
    if (project := project_of(run)) is None:
        return None
    photo = keep(session, rules, person, project, pictures, build=builds.of(session, run.items[0].job), run=run)
    events.record(session, events.actor_of(person), run, "photo", values={"photo": photo.id})
    return photo


def describe(session: Session, photo: Photo, by: Person, alternative_text: str) -> None:
    """Say what a photo shows, for people who do not see it. Raises Refused."""
    if (text := _words(alternative_text)) != photo.alternative_text:
        photo.alternative_text = text
        _record(session, by, photo, "describe_photo")


def withdraw(session: Session, photo: Photo, by: Person, reason: str = "") -> None:
    """Show a photo to nobody any more. It can be restored for a while. Raises Conflict when it is withdrawn."""
    if photo.withdrawn_at is not None:
        raise Conflict("withdrawn", "photo_already_withdrawn")
    if len(reason.strip()) > LONGEST_REASON:
        raise Refused("text_too_long", {"most": LONGEST_REASON}, "reason")
    photo.withdrawn_at, photo.withdrawn_by_id, photo.withdrawn_reason = now(), by.id, reason.strip()
    _record(session, by, photo, "withdraw_photo")


def restore(session: Session, photo: Photo, by: Person) -> None:
    """Show a withdrawn photo again. Raises Conflict when it is shown, Refused once its pictures are gone."""
    if photo.withdrawn_at is None:
        raise Conflict("shown", "photo_already_shown")
    if photo.large_sha256 is None:
        raise Refused("photo_gone")
    photo.withdrawn_at, photo.withdrawn_by_id, photo.withdrawn_reason = None, None, ""
    _record(session, by, photo, "restore_photo")


def move(session: Session, photo: Photo, by: Person, places: int) -> None:
    """Put a photo so many places later among those shown; a negative number: earlier. Beyond the ends is the end."""
    row = list(of_project(session, photo.project))
    if photo not in row:
        raise Conflict("withdrawn", "photo_already_withdrawn")
    at = row.index(photo)
    new = max(0, min(len(row) - 1, at + places))
    row.insert(new, row.pop(at))
    for position, each in enumerate(row):
        each.position = position
    if new != at:
        _record(session, by, photo, "move_photo", str(at + 1), str(new + 1))


def of_project(session: Session, project: Project) -> Sequence[Photo]:
    """The photos of a project that are not withdrawn, in order; those of runs once they stand in its log.

    Who may see which is for `permissions`.
    """
    on_page = or_(Photo.run_id.is_(None), Photo.build_id.is_not(None))
    shown = select(Photo).where(Photo.project_id == project.id, on_page, *_SHOWN)
    return session.scalars(shown.order_by(*_ORDER)).all()


def of_build(session: Session, build: Build) -> Sequence[Photo]:
    """The photos of one build, in the same way."""
    return session.scalars(select(Photo).where(Photo.build_id == build.id, *_SHOWN).order_by(*_ORDER)).all()


def of_runs(session: Session, runs: Sequence[Run]) -> Sequence[Photo]:
    """The photos of these runs, in the same way."""
    shown = select(Photo).where(Photo.run_id.in_([each.id for each in runs]), *_SHOWN)
    return session.scalars(shown.order_by(*_ORDER)).all()


def withdrawn_of(session: Session, project: Project, days: int) -> Sequence[Photo]:
    """Photos of a project that can still be restored, last withdrawn first."""
    since = now() - timedelta(days=days)
    gone = select(Photo).where(Photo.project_id == project.id, Photo.withdrawn_at > since)
    return session.scalars(gone.where(Photo.large_sha256.is_not(None)).order_by(Photo.withdrawn_at.desc())).all()


_SHOWN = (Photo.withdrawn_at.is_(None), Photo.large_sha256.is_not(None))
_ORDER = (Photo.position, Photo.created_at, Photo.id)


def _words(text: str) -> str:
    """One line. Raises Refused when it is too long."""
    text = " ".join(text.split())
    if len(text) > LONGEST_TEXT:
        raise Refused("text_too_long", {"most": LONGEST_TEXT}, "alternative_text")
    return text


def _next_position(session: Session, project: Project) -> int:
    last = session.scalar(select(func.max(Photo.position)).where(Photo.project_id == project.id))
    return 0 if last is None else last + 1


def _record(session: Session, by: Person, photo: Photo, verb: str, old: str = "", new: str = "") -> None:
    events.record(session, events.actor_of(by), photo.project, verb, old=old, new=new, values={"photo": photo.id})
