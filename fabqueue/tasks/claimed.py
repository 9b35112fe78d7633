"""Keeping the claim of a piece of work while it is done."""

from collections.abc import Iterator
from contextlib import contextmanager

from fabqueue.dispatch.context import Context
from fabqueue.dispatch.renewing import renewed
from fabqueue.services import claims
from fabqueue.services.claims import Claimable


@contextmanager
def claimed(context: Context, kind: Claimable, row_id: str, attempt: int) -> Iterator[None]:
    """Hold what was begun as try number `attempt`, until its outcome is written."""

    def renew() -> None:
        with context.db.progress() as session:
            claims.renew(session, kind, row_id, attempt)
            session.commit()

    with renewed(renew, claims.SECONDS):
        yield
