"""Signs of life of long-running processes, for `fabqueue check` and /health."""

import time

import structlog
from sqlalchemy.exc import SQLAlchemyError

from fabqueue.db import Database, now
from fabqueue.models import Heartbeat

EVERY_SECONDS = 10.0
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
