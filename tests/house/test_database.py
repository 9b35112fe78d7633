"""Sessions: reading ones refuse to write, writing ones take the lock, tasks are woken after the commit only."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from fabqueue.db import Database, new_id, now
from fabqueue.models import Heartbeat


def test_a_reading_session_refuses_to_write(database: Database) -> None:
    with database.reading() as session:
        session.add(Heartbeat(name="x", at=now()))
        with pytest.raises(RuntimeError, match="cannot write"):
            session.commit()


def test_a_naive_moment_is_refused(database: Database) -> None:
    with database.writing() as session, pytest.raises(StatementError, match="time zone"):
        session.execute(select(Heartbeat).where(Heartbeat.at < datetime(2026, 1, 1)))  # noqa: DTZ001


@pytest.mark.postgresql
def test_moments_come_back_in_utc(database: Database) -> None:
    at = datetime(2026, 11, 23, 13, 0, tzinfo=timezone(timedelta(hours=8)))
    with database.writing() as session:
        session.add(Heartbeat(name="x", at=at))
        session.commit()
    with database.reading() as session:
        found = session.get_one(Heartbeat, "x").at
    assert found == at
    assert found.tzinfo is UTC


def test_tasks_are_woken_after_the_commit_each_once(database: Database) -> None:
    woken: list[tuple[str, str]] = []

    def waker(task: str, key: str) -> None:
        with database.reading() as other:
            assert other.get(Heartbeat, "x") is not None, "woken before the commit"
        woken.append((task, key))

    database.waker = waker
    with database.writing() as session:
        session.wake("analyse", "a")
        session.wake("analyse", "a")
        with session.begin_nested():
            session.add(Heartbeat(name="x", at=now()))
        assert woken == [], "a released savepoint is no commit"
        session.commit()
    assert woken == [("analyse", "a")]


def test_nothing_is_woken_after_a_rollback(database: Database) -> None:
    woken: list[str] = []
    database.waker = lambda task, _key: woken.append(task)
    with database.writing() as session:
        session.wake("analyse", "a")
        session.rollback()
        session.add(Heartbeat(name="x", at=now()))
        session.commit()
    assert woken == []


def test_two_writers_wait_for_each_other_instead_of_failing(database: Database) -> None:
    with database.writing() as session:
        session.add(Heartbeat(name="counter", at=datetime(2026, 1, 1, tzinfo=UTC)))
        session.commit()
    failures: list[BaseException] = []

    def add_days() -> None:
        try:
            for _ in range(20):
                with database.writing() as session:
                    row = session.get_one(Heartbeat, "counter")  # read first: a deferred transaction would fail here
                    row.at += timedelta(days=1)
                    session.commit()
        except BaseException as error:  # noqa: BLE001  shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=add_days) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    with database.reading() as session:
        assert session.get_one(Heartbeat, "counter").at == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=80)


def test_a_durable_commit_is_synchronous_and_progress_is_not(database: Database) -> None:
    with database.writing() as session:
        assert session.scalar(text("PRAGMA synchronous")) == 2
    with database.progress() as session:
        assert session.scalar(text("PRAGMA synchronous")) == 1


def test_ids_are_opaque_and_differ() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(each) == 16 and each.isalnum() for each in ids)
