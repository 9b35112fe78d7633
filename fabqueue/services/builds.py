"""The project's build log, written from what the runs did."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import Build, BuildPart, Job, Outcome, Project, RunItem
from fabqueue.services import events


def log(session: Session, job: Job) -> Build | None:
    """The build of a collected job, made once; failed attempts stay in it as parts that did not turn out.

    None when no run made anything for it.
    """
    items = list(session.scalars(select(RunItem).where(RunItem.job_id == job.id, RunItem.outcome.is_not(None))))
    already = select(BuildPart.id).where(BuildPart.run_item_id.in_([each.id for each in items]))
    if not items or session.scalar(already.limit(1)):
        return None
    project = job.revision.design.project
    outcome = Outcome.GOOD if any(each.good_copies for each in items) else Outcome.FAILED
    build = Build(project_id=project.id, number=_next_number(session, project), version=project.version,
                  builder_id=job.request.owner_id, outcome=outcome, made_at=now())  # fmt: skip
    session.add(build)
    session.flush()
    session.add_all(BuildPart(build_id=build.id, run_item_id=each.id) for each in items)
    session.flush()
    session.refresh(build)
    events.record(session, events.SYSTEM, project, "build", new=str(build.number))
    return build


def _next_number(session: Session, project: Project) -> int:
    session.execute(
        update(Project).where(Project.id == project.id).values(last_build_number=Project.last_build_number + 1)
    )
    session.refresh(project)
    return project.last_build_number
