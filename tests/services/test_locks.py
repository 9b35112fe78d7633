"""Whoever changes a job with its runs locks the runs first, as a machine does that takes one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fabqueue.config import Config
from fabqueue.db import Database, WritingSession
from fabqueue.models import Job, Machine, Person, Run, RunState
from fabqueue.services import events, jobs, locks, reviews, runs
from fabqueue.storage import Storage
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run
from tests.support.racing import race

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)

Deed = Callable[[WritingSession, Config, Job, Person], object]


def cancel(session: WritingSession, _config: Config, job: Job, by: Person) -> None:
    jobs.cancel(session, job, by)


def divide(session: WritingSession, config: Config, job: Job, by: Person) -> None:
    reviews.spread(session, config, job, by, 2)


@pytest.mark.parametrize("deed", [cancel, divide])
def test_a_job_that_is_changed_while_a_machine_takes_its_run_waits_for_the_machine(
    config: Config, database: Database, storage: Storage, lab: Lab, tmp_path: Path, deed: Deed
) -> None:
    with database.writing() as session:
        run = waiting_run(session, storage, lab, short_gcode(tmp_path / "short.gcode"), copies=2)
        run_id, job_id = run.id, run.items[0].job_id
        session.commit()

    def look(session: WritingSession) -> None:
        locks.lock(session, session.get_one(Run, run_id))

    def take(session: WritingSession) -> None:
        machine = session.get_one(Machine, lab.machine.id)
        runs.claim(session, events.of_machine(machine), session.get_one(Run, run_id), machine, None)

    def change(session: WritingSession) -> None:
        deed(session, config, session.get_one(Job, job_id), session.get_one(Person, lab.tara.id))

    assert race(database, look, change, then=take) is None
    with database.reading() as session:
        run = session.get_one(Run, run_id)
        assert (run.state, run.stop_asked_at is not None) == (RunState.CLAIMED, deed is cancel)
