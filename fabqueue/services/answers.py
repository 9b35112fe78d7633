"""The member's answer to a question about a job: words, a better revision, or both. Then it is reviewed again."""

from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import Job, JobState, Person, Revision
from fabqueue.services import events, jobs
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.laserwork import CARD


def answer(
    session: WritingSession, config: Config, job: Job, by: Person, text: str = "", revision: Revision | None = None,
    *, override: str = "",
) -> None:  # fmt: skip
    """Answer and submit anew at today's price. Raises Refused, Invalid, Conflict.

    revision: another one of the same design to make instead; the estimates for it must be there.
    """
    if job.state is not JobState.CHANGES_REQUESTED:
        raise Conflict(job.state)
    changed = revision is not None and revision.id != job.revision_id
    if not text.strip() and not changed:
        raise Refused("answer_missing", field="text")
    if revision is not None and changed:
        _take(session, job, by, revision)
    if text.strip():
        events.record(session, events.actor_of(by), job, "answer", code="said", values={"text": text.strip()})
    jobs.submit(session, config, job, by, override=override)


def _take(session: Session, job: Job, by: Person, revision: Revision) -> None:
    if revision.design_id != job.revision.design_id:
        raise Refused("answer_other_design", field="revision")
    if CARD in job.settings:  # its drawing shows what is burnt, and another one would not
        raise Refused("card_stays", field="revision")
    old = str(job.revision.number)
    job.revision_id = revision.id
    session.flush()
    session.refresh(job)
    events.record(session, events.actor_of(by), job, "take_revision", old=old, new=str(revision.number),
                  values={"number": revision.number})  # fmt: skip
