"""Signs of life of long-running processes, for `fabqueue check`, /health, and pages that say what has stopped."""

import time

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from fabqueue.db import Database, now
from fabqueue.models import Heartbeat

EVERY_SECONDS = 10.0
SILENT_SECONDS = 120
"""Without a sign of life for so long, a part is said to have stopped."""
TICKER = "ticker"
"""It gives work to the machines and watches them: without it nothing that is said of them is fresh."""
BEATING = (TICKER, "analysis", "slicing", "machines")
"""Names of the heartbeats of the processes that a running lab has."""
QUEUE = "queue"
"""The ticker beats in this name whenever the queue answers it."""
_log = structlog.get_logger(__name__)


class Heart:
    """Beats for one process, at most every EVERY_SECONDS."""

    def __init__(self, database: Database, name: str) -> None:
        self._database, self._name, self._due = database, name, 0.0

    def beat(self) -> None:
        """Write the sign of life. A database that is away is no reason to die: other work will say so."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + EVERY_SECONDS
        try:
            with self._database.progress() as session:
                session.merge(Heartbeat(name=self._name, at=now()))
                session.commit()
        except SQLAlchemyError as error:
            _log.warning("heartbeat_missed", name=self._name, error=str(error))


def ages(session: Session) -> dict[str, float]:
    """Seconds since the last sign of life, of every part that ever gave one."""
    return {each.name: (now() - each.at).total_seconds() for each in session.scalars(select(Heartbeat))}


def stopped(session: Session) -> frozenset[str]:
    """The parts that lived and give no sign of life any more; the queue only while the ticker lives to ask it."""
    known = ages(session)
    silent = {name for name in (*BEATING, QUEUE) if known.get(name, 0) > SILENT_SECONDS}
    return frozenset(silent - {QUEUE} if TICKER in silent else silent)
