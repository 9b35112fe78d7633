"""Two transactions on PostgreSQL that want the same thing at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from fabqueue.db import Database, WritingSession
from tests.support.octoprint import eventually

Work = Callable[[WritingSession], object]
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def race(database: Database, first: Work, second: Work, then: Work | None = None) -> BaseException | None:
    """Both do their work on connections of their own; `first` commits when `second` waits for it, or is done already.

    then: what it does before it commits, while `second` waits. What `second` raised is returned; it was rolled back
    then.
    """
    with database.writing() as session, ThreadPoolExecutor(1) as pool:
        first(session)
        other = pool.submit(_do, database, second)
        eventually(lambda: other.done() or _somebody_waits(database))
        if then is not None:
            then(session)
        session.commit()
        return other.exception(60)


def _do(database: Database, work: Work) -> None:
    with database.writing() as session:
        work(session)
        session.commit()


def _somebody_waits(database: Database) -> bool:
    with database.engine.connect() as connection:
        return bool(connection.execute(_WAITING).scalar())
