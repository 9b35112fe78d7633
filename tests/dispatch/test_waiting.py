"""Why a job waits, how many are before it, when it will be finished."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fabqueue.db import now
from fabqueue.dispatch import match, waiting
from fabqueue.dispatch.context import Context
from fabqueue.models import Job, JobState, Machine, Run, RunState, Site, Slicing, SlicingState
from fabqueue.services import events, floor, runs
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run


@pytest.fixture
def queue(context: Context, lab: Lab, tmp_path: Path) -> list[str]:
    """Ids of three jobs that wait, in order."""
    gcode = short_gcode(tmp_path / "short.gcode")
    ids = []
    for _ in range(3):
        with context.db.writing() as session:
            ids.append(waiting_run(session, context.storage, lab, gcode).items[0].job_id)
            session.commit()
    return ids


def reason(context: Context, job_id: str) -> str | None:
    with context.db.reading() as session:
        found = waiting.waiting_reason(session, session.get_one(Job, job_id))
        return found.code if found else None


def change(context: Context, kind: type, key: str, **columns: object) -> None:
    with context.db.writing() as session:
        row = session.get_one(kind, key)
        for name, value in columns.items():
            setattr(row, name, value)
        session.commit()


def run_of(context: Context, job_id: str) -> str:
    with context.db.reading() as session:
        return runs.of_job(session, session.get_one(Job, job_id))[0].id


def test_the_first_waits_for_nothing_and_the_others_for_their_turn(context: Context, queue: list[str]) -> None:
    assert [reason(context, each) for each in queue] == [None, "wait_turn", "wait_turn"]
    with context.db.reading() as session:
        assert [waiting.position(session, session.get_one(Job, each)) for each in queue] == [1, 2, 3]


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"bed_cleared_at": None}, "wait_clear"),
        ({"maintenance_at": now()}, "wait_maintenance"),
        ({"fault_code": "machine_printer_error"}, "wait_fault"),
        ({"connection": "offline"}, "wait_offline"),
        ({"retired_at": now()}, "wait_no_machine"),
    ],
)
def test_what_the_machine_lacks_is_told(
    context: Context, lab: Lab, queue: list[str], columns: dict[str, object], code: str
) -> None:
    change(context, Machine, lab.machine.id, **columns)
    assert reason(context, queue[0]) == code


def test_a_colour_that_is_not_loaded_is_told(context: Context, queue: list[str]) -> None:
    change(context, Run, run_of(context, queue[0]), colour="blue")
    assert reason(context, queue[0]) == "wait_colour"


def test_a_held_lab_is_told_with_its_reason(context: Context, lab: Lab, queue: list[str]) -> None:
    change(context, Site, lab.site.id, held_at=now(), held_reason="fire drill")
    assert reason(context, queue[0]) == "wait_lab_held"


def test_slicing_is_told(context: Context, queue: list[str]) -> None:
    with context.db.writing() as session:
        run = session.get_one(Run, run_of(context, queue[0]))
        run.state = RunState.PREPARING
        session.get_one(Slicing, run.slicing_id or "").state = SlicingState.RUNNING
        session.commit()
    assert reason(context, queue[0]) == "wait_slicing"


def at_work(context: Context, lab: Lab, job_id: str) -> Run:
    """The lab's machine runs the job."""
    with context.db.writing() as session:
        session.expire_on_commit = False
        run = session.get_one(Run, run_of(context, job_id))
        runs.claim(session, events.SYSTEM, run, session.get_one(Machine, lab.machine.id), None)
        runs.began(session, events.SYSTEM, run)
        session.commit()
        return run


def test_a_job_at_work_waits_for_nothing_and_has_no_position(context: Context, lab: Lab, queue: list[str]) -> None:
    at_work(context, lab, queue[0])
    assert reason(context, queue[0]) is None
    assert reason(context, queue[1]) == "wait_busy"
    with context.db.reading() as session:
        assert waiting.position(session, session.get_one(Job, queue[0])) is None
        assert waiting.position(session, session.get_one(Job, queue[1])) == 1


def test_a_job_at_work_on_a_silent_machine_says_since_when_and_promises_no_finish(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    at_work(context, lab, queue[0])
    seen_at = now()
    change(context, Machine, lab.machine.id, connection="offline", seen_at=seen_at)
    with context.db.reading() as session:
        job = session.get_one(Job, queue[0])
        found = waiting.waiting_reason(session, job)
        assert found == match.Reason("wait_silent", {"machine": lab.machine.name, "since_at": seen_at.isoformat()})
        assert waiting.expected_finish(session, job) is None
    change(context, Machine, lab.machine.id, seen_at=None)
    assert reason(context, queue[0]) == "wait_offline"


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (lambda session, run: runs.doubt(session, events.SYSTEM, run, "run_interrupted", {}), "wait_in_doubt"),
        (lambda session, run: runs.paused(session, events.SYSTEM, run), "wait_paused"),
        (lambda session, run: runs.done(session, events.SYSTEM, run), "wait_taking_off"),
    ],
)
def test_what_a_person_must_do_for_a_run_is_told(
    context: Context, lab: Lab, queue: list[str], step: Callable[..., None], code: str
) -> None:
    run = at_work(context, lab, queue[0])
    with context.db.writing() as session:
        step(session, session.get_one(Run, run.id))
        session.commit()
    assert reason(context, queue[0]) == code


def test_the_finish_of_each_comes_after_the_one_before(context: Context, queue: list[str]) -> None:
    with context.db.reading() as session:
        found = [waiting.expected_finish(session, session.get_one(Job, each)) for each in queue]
    known = [each for each in found if each is not None]
    assert len(known) == 3
    assert known[0].expected < known[1].expected < known[2].expected
    assert all(each.low < each.expected < each.high for each in known)
    assert 55 < (known[0].expected - now()).total_seconds() < 61


def test_no_finish_is_promised_where_nobody_can_know(context: Context, lab: Lab, queue: list[str]) -> None:
    change(context, Machine, lab.machine.id, maintenance_at=now())
    with context.db.reading() as session:
        assert waiting.expected_finish(session, session.get_one(Job, queue[0])) is None


def test_no_finish_is_promised_behind_a_run_of_unknown_length(context: Context, queue: list[str]) -> None:
    change(context, Run, run_of(context, queue[0]), predicted_seconds=None)
    with context.db.reading() as session:
        assert waiting.expected_finish(session, session.get_one(Job, queue[1])) is None


def test_a_closed_job_says_nothing(context: Context, queue: list[str]) -> None:
    change(context, Job, queue[0], state=JobState.CANCELLED)
    with context.db.reading() as session:
        job = session.get_one(Job, queue[0])
        assert (waiting.waiting_reason(session, job), waiting.position(session, job)) == (None, None)
        assert waiting.expected_finish(session, job) is None


def test_a_machine_driven_by_hand_waits_for_a_person(context: Context, lab: Lab, queue: list[str]) -> None:
    change(context, Machine, lab.machine.id, driver="manual")
    assert reason(context, queue[0]) == "wait_person"


def test_maintenance_is_over_and_the_queue_moves(context: Context, lab: Lab, queue: list[str]) -> None:
    with context.db.writing() as session:
        machine = session.get_one(Machine, lab.machine.id)
        floor.maintenance(session, events.actor_of(lab.tara), machine, True, "nozzle")
        session.commit()
    assert reason(context, queue[0]) == "wait_maintenance"
    with context.db.writing() as session:
        machine = session.get_one(Machine, lab.machine.id)
        floor.maintenance(session, events.actor_of(lab.tara), machine, False)
        session.commit()
    assert reason(context, queue[0]) is None
