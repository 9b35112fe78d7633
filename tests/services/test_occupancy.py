"""What machines do and what lies on their beds, read for many of them at once."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession, new_id, now
from fabqueue.models import Machine, Run
from fabqueue.services import events, occupancy, runs
from fabqueue.storage import Storage
from tests.support import factories, run_states
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run
from tests.support.statements import asked

pytestmark = pytest.mark.postgresql


@pytest.fixture
def gcode(tmp_path: Path) -> Path:
    return short_gcode(tmp_path / "short.gcode")


def machine(session: Session, lab: Lab) -> Machine:
    name = new_id()
    return factories.machine(session, lab.site, lab.model, slug=name, name=name)


def run_at(session: WritingSession, storage: Storage, lab: Lab, gcode: Path, at: Machine, act: run_states.Act) -> Run:
    run = waiting_run(session, storage, lab, gcode)
    runs.claim(session, events.of_machine(at), run, at, None)
    act(session, run)
    session.flush()
    return run


def cleared(session: WritingSession, run: Run) -> None:
    run_states.printed(session, run)
    run.cleared_at = now()


def test_each_machine_has_its_own(session: WritingSession, storage: Storage, here: Lab, gcode: Path) -> None:
    free, busy, full, laser = (machine(session, here) for _ in range(4))
    run_at(session, storage, here, gcode, free, cleared)
    earlier = run_at(session, storage, here, gcode, full, run_states.printed)
    later = run_at(session, storage, here, gcode, full, run_states.printed)
    on_bed = run_at(session, storage, here, gcode, busy, run_states.printed)
    at_work = run_at(session, storage, here, gcode, busy, run_states.running)
    waiting = [run_at(session, storage, here, gcode, laser, run_states.staged) for _ in range(2)]
    assert earlier.ended_at is not None
    assert earlier.ended_at <= (later.ended_at or earlier.ended_at)

    found = occupancy.of(session, [free, busy, full, laser])
    assert (found[free.id].active, found[free.id].last, found[free.id].staged) == (None, None, [])
    assert (found[busy.id].active, found[busy.id].last) == (at_work, on_bed)
    assert (found[full.id].active, found[full.id].last) == (None, later)
    assert (found[laser.id].active, found[laser.id].staged) == (None, waiting)
    assert occupancy.at(session, full).last is later


def test_many_machines_take_no_more_statements_than_one(
    session: WritingSession, storage: Storage, here: Lab, gcode: Path
) -> None:
    machines = [machine(session, here) for _ in range(4)]
    for each in machines:
        run_at(session, storage, here, gcode, each, run_states.running)
    busy = [each.id for each in machines]
    session.commit()

    def statements(ids: list[str]) -> int:
        session.expunge_all()
        machines = [session.get_one(Machine, each) for each in ids]
        with asked(session) as seen:
            found = occupancy.of(session, machines)
        assert all(each.active for each in found.values())
        return len(seen)

    assert statements(busy) == statements(busy[:1])
