"""What dispatch and the tasks work with: made once for each process."""

import threading
import time
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.services import policy
from fabqueue.storage import Storage

FRESH_SECONDS = 1.0
"""How long a process believes that nobody changed the lab's policy."""
_log = structlog.get_logger(__name__)


class _Live:
    """The settings that hold now: those of this process with the lab's policy, looked up when it may have changed.

    One small question a second at most, asked by one thread while the others go on with what is known. While the
    database does not answer, what is known holds.
    """

    def __init__(self, settings: Config) -> None:
        self.settings = settings
        self._effective, self._version, self._due = settings, 0, 0.0
        self._turn = threading.Lock()

    def config(self, database: Database) -> Config:
        if time.monotonic() >= self._due and self._turn.acquire(blocking=False):
            try:
                self._look(database)
            except SQLAlchemyError as error:
                _log.warning("policy_not_read", error=str(error))
            finally:
                self._due = time.monotonic() + FRESH_SECONDS
                self._turn.release()
        return self._effective

    def _look(self, database: Database) -> None:
        with database.reading() as session:
            found = policy.version(session)
            if found != self._version:
                self._effective, self._version = policy.effective(session, self.settings), found

    def look_again(self) -> None:
        self._due = 0.0


class _Effective:
    """`Context.config`: set to what file and environment say, read as what holds now."""

    def __get__(self, context: Any, owner: type | None = None) -> Config:
        live: _Live = context.__dict__["live"]
        return live.config(context.db)

    def __set__(self, context: Any, settings: Config) -> None:
        context.__dict__["live"] = _Live(settings)


@dataclass(frozen=True)
class Context:
    """Made with the settings of file and environment; `config` is what holds now, with the lab's policy."""

    config: Config
    db: Database
    storage: Storage

    @property
    def settings(self) -> Config:
        """What file and environment say, without the lab's policy: all that a process needs before its database."""
        live: _Live = self.__dict__["live"]
        return live.settings

    def policy_changed(self) -> None:
        """Read the lab's policy again before it is used next; other processes see the change within a second or two."""
        live: _Live = self.__dict__["live"]
        live.look_again()


Context.config = _Effective()  # type: ignore[assignment]
