"""The project's build log, written from what the runs did."""

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import Build, BuildPart, Job, JobState, Outcome, Person, Photo, Project, RunItem
from fabqueue.services import events, locks
from fabqueue.services.errors import Refused

LONGEST_NOTE = 2000


def numbered(session: Session, project: Project, number: int) -> Build | None:
    """A build of the log by its number."""
    if number >= 2**31:
        return None
    shown = select(Build).where(Build.project_id == project.id, Build.number == number, Build.shown.is_(True))
    return session.scalar(shown)


def annotate(session: Session, project: Project, by: Person, build: Build, note: str, pictures_shown: bool) -> None:
    """Add an author's words to a build and show or hide its pictures; the record itself stays. Raises Refused."""
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise Refused("text_too_long", {"most": LONGEST_NOTE}, "text")
    if (note, pictures_shown) == (build.author_note, build.pictures_shown):
        return
    build.author_note, build.pictures_shown = note, pictures_shown
    events.record(session, events.actor_of(by), project, "note_build", new=str(build.number))


def log(session: Session, job: Job) -> Build | None:
    """The build of a collected job, made once; failed attempts stay in it as parts that did not turn out.

    None when no run made anything for it. One that was hidden because it was not collected after all is shown again.
    """
    shown = job.request.owner.work_may_appear
    if (hidden := of(session, job)) is not None:  # the job was collected before, and that was undone
        _show(session, hidden, shown)
        return hidden
    items = list(session.scalars(select(RunItem).where(RunItem.job_id == job.id, RunItem.outcome.is_not(None))))
    if not items:
        return None
    project = job.revision.design.project
    outcome = Outcome.GOOD if any(each.good_copies for each in items) else Outcome.FAILED
    build = Build(project_id=project.id, number=_next_number(session, project), version=project.version,
                  builder_id=job.request.owner_id, outcome=outcome, made_at=now(),
                  shown=shown)  # fmt: skip
    session.add(build)
    session.flush()
    session.add_all(BuildPart(build_id=build.id, run_item_id=each.id) for each in items)
    session.flush()
    session.refresh(build)
    _take_photos(session, build, items)
    _count(session, project)
    events.record(session, events.SYSTEM, project, "build", new=str(build.number))
    return build


def _take_photos(session: Session, build: Build, items: Sequence[RunItem]) -> None:
    """What was photographed at the machines stands in the log now."""
    taken = Photo.run_id.in_([each.run_id for each in items]), Photo.build_id.is_(None)
    for photo in session.scalars(select(Photo).where(Photo.project_id == build.project_id, *taken)):
        photo.build_id = build.id
    session.flush()


def of(session: Session, job: Job) -> Build | None:
    """The build a job went into."""
    parts = select(Build).join(BuildPart).join(RunItem).where(RunItem.job_id == job.id)
    return session.scalars(parts.order_by(Build.number.desc()).limit(1)).first()


def hide(session: Session, job: Job, by: Person) -> None:
    """The job was not collected after all: its build is shown again once it is. Its number stays taken."""
    if (build := of(session, job)) is not None and build.shown:
        _show(session, build, False)
        events.record(session, events.actor_of(by), build.project, "hide_build", old=str(build.number))


def hide_all_of(session: Session, person: Person, by: Person) -> None:
    """Nothing this person made stands in a public log any more."""
    for build in session.scalars(select(Build).where(Build.builder_id == person.id, Build.shown.is_(True))).all():
        _show(session, build, False)
        events.record(session, events.actor_of(by), build.project, "withhold_build", old=str(build.number))


def show_all_of(session: Session, person: Person, by: Person) -> None:
    """What this person made before stands in the logs again; not what waits to be collected once more."""
    theirs = select(Build).where(Build.builder_id == person.id, Build.shown.is_(False))
    for build in session.scalars(theirs).all():
        if all(each.run_item.job.state is JobState.COLLECTED for each in build.parts):
            _show(session, build, True)
            events.record(session, events.actor_of(by), build.project, "show_build", new=str(build.number))


def _show(session: Session, build: Build, shown: bool) -> None:
    if build.shown is not shown:
        build.shown = shown
        _count(session, build.project)


def _next_number(session: Session, project: Project) -> int:
    session.execute(
        update(Project).where(Project.id == project.id).values(last_build_number=Project.last_build_number + 1)
    )
    session.refresh(project)
    return project.last_build_number


def _count(session: Session, project: Project) -> None:
    """What the gallery sorts by and everybody reads: nothing of what is hidden is counted."""
    locks.lock(session, project)
    session.flush()
    good = (Build.project_id == project.id, Build.shown.is_(True), Build.outcome == Outcome.GOOD)
    counted = {
        "good_builds": select(func.count()).where(*good).scalar_subquery(),
        "built_at": select(func.max(Build.made_at)).where(*good).scalar_subquery(),
    }
    session.execute(update(Project).where(Project.id == project.id).values(**counted))
    session.refresh(project)
