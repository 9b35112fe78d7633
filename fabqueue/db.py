"""The database: engine, column types, and the two kinds of session.

Reading sessions are deferred and refuse to write; every GET uses one. Writing sessions take SQLite's write
lock at their start (BEGIN IMMEDIATE), because a deferred transaction that upgrades fails at once when another
writes. They are opened late and closed before any network, slicer or file work.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    TypeDecorator,
    create_engine,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

BUSY_SECONDS = 15
ID_LENGTH = 16
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def new_id() -> str:
    """A random opaque id, 80 bits, without characters that read alike."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(ID_LENGTH))


def now() -> datetime:
    """This instant in UTC."""
    return datetime.now(UTC)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. Refuses naive values; SQLite stores it as text without zone and gets it back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Called for every moment that is read, and a queue has thousands of them."""
        return _from_text if dialect.name == "sqlite" else _in_utc


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class Clock(FunctionElement[datetime]):
    """In a statement: the instant by the database's own clock, so many seconds later. The hosts' clocks may differ."""

    type = Instant()
    inherit_cache = True

    def __init__(self, seconds: Any = 0.0) -> None:
        super().__init__(seconds)


@compiles(Clock, "sqlite")
def _clock_of_sqlite(element: Clock, compiler: SQLCompiler, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', {seconds} || ' seconds') || '000')"  # as `Instant` is kept there


@compiles(Clock, "postgresql")
def _clock_of_postgresql(element: Clock, compiler: SQLCompiler, **options: Any) -> str:
    return f"(clock_timestamp() + make_interval(secs => {compiler.process(element.clauses, **options)}))"


class Base(DeclarativeBase):
    """Every table. Constraints are named, so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy's own declaration
        datetime: Instant,
        dict[str, Any]: JSON().with_variant(JSONB(), "postgresql"),
        list[Any]: JSON().with_variant(JSONB(), "postgresql"),
        str: String,
    }


def make_engine(url: str, *, safest: bool = True) -> Engine:
    """An engine for `url`. With `safest`, a commit on SQLite survives a power failure (synchronous=FULL).

    Without it (NORMAL) the last commits may be lost: right for progress, never for a start.
    """
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", lambda raw, _record: _prepare_sqlite(raw, safest))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(raw: Any, safest: bool) -> None:
    raw.isolation_level = None  # we say BEGIN ourselves
    # SQLite's own knows A to Z only; people search in every script.
    raw.create_function("lower", 1, lambda text: text.lower() if isinstance(text, str) else text, deterministic=True)
    cursor = raw.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA synchronous={'FULL' if safest else 'NORMAL'}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


class ReadingSession(Session):
    """Refuses to write: a GET changes nothing."""

    def _flush(self, objects: Any = None) -> None:
        raise RuntimeError("a reading session cannot write; open a writing one")


Waker = Callable[[str, str], None]
"""Called after a commit with the name of a task and the id it concerns; must not raise."""


class WritingSession(Session):
    """A session whose commit may make background work necessary."""

    def wake(self, task: str, key: str = "") -> None:
        """Wake `task` for `key` once the commit that made it necessary is durable; forgotten on rollback.

        Only a wake-up call: the ticker finds pending work from the database alone.
        """
        self.info.setdefault("wakes", {})[task, key] = None

    def rollback(self) -> None:
        self.info.pop("wakes", None)
        super().rollback()


def _wake_after_commit(session: Session) -> None:
    if session.in_nested_transaction():  # SQLAlchemy tells of released savepoints too
        return
    waker: Waker | None = session.info.get("waker")
    wakes: dict[tuple[str, str], None] = session.info.pop("wakes", {})
    if waker is not None:
        for task, key in wakes:
            waker(task, key)


event.listen(WritingSession, "after_commit", _wake_after_commit)


class Database:
    """The engines of one process and the sessions they give. `waker` wakes workers after a commit."""

    def __init__(self, url: str, waker: Waker | None = None) -> None:
        self.url = url
        self.waker = waker
        self.engine = make_engine(url)
        self._relaxed = make_engine(url, safest=False) if url.startswith("sqlite") else self.engine
        self._reading = sessionmaker(self.engine, class_=ReadingSession, autoflush=False)
        self._writing = sessionmaker(self.engine.execution_options(writing=True), class_=WritingSession)
        self._progress = sessionmaker(self._relaxed.execution_options(writing=True), class_=WritingSession)

    def reading(self) -> ReadingSession:
        """A session that only reads; use it as a context manager."""
        return self._reading()

    def writing(self) -> WritingSession:
        """A session that writes durably; use it as a context manager and commit."""
        return self._writing(info={"waker": self.waker})

    def progress(self) -> WritingSession:
        """A session for figures that may be lost (progress, temperatures)."""
        return self._progress(info={"waker": self.waker})

    def close(self) -> None:
        """Give back every connection; also needed in a child after a fork."""
        self.engine.dispose()
        self._relaxed.dispose()
