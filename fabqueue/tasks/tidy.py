"""Housekeeping: what time takes away."""

from datetime import timedelta

from sqlalchemy import select

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.models import Machine
from fabqueue.services import finding, housekeeping, servicing, sign_ins
from fabqueue.tasks.work import task


@task("tidy")
def tidy(context: Context, _key: str) -> None:
    """Forget what is old in the database, then, after the commit, the files that nothing names any more."""
    with context.db.writing() as session:
        digests = housekeeping.tidy(session, context.config.retention)
        finding.forget_old(session)
        servicing.look_all(session)
        sign_ins.drop_old(session, context.config.people)
        session.commit()
    for digest in digests:
        context.storage.remove(digest)
    _drop_pictures(context)


def _drop_pictures(context: Context) -> None:
    """Camera pictures of machines that made none for long."""
    before = now() - timedelta(days=context.config.retention.picture_days)
    with context.db.writing() as session:
        for machine in session.scalars(select(Machine).where(Machine.picture_at < before)):
            context.storage.remove_volatile(f"camera-{machine.id}")
            machine.picture_at = None
        session.commit()
