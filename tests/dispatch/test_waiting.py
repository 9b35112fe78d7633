"""Why a job waits, and how many are before it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from fabqueue.db import now
from fabqueue.dispatch import claim, match, seeing
from fabqueue.dispatch.context import Context
from fabqueue.models import (
    FOREIGN_WORK,
    Job,
    JobState,
    Machine,
    MachineModel,
    Person,
    Run,
    RunState,
    Site,
    Slicing,
    SlicingState,
)
from fabqueue.services import certifications, events, floor, plates, queueing, runs
from fabqueue.services.errors import Invalid
from tests.dispatch.queue import at_work, change, closed_for_hours, outlook, reason, run_of, second_machine
from tests.support.factories import Lab


def test_the_first_waits_for_nothing_and_the_others_for_their_turn(context: Context, queue: list[str]) -> None:
    assert [reason(context, each) for each in queue] == [None, "wait_turn", "wait_turn"]
    with context.db.reading() as session:
        assert [outlook(context, session).position(session.get_one(Job, each)) for each in queue] == [1, 2, 3]


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"bed_cleared_at": None}, "wait_clear"),
        ({"maintenance_at": now()}, "wait_maintenance"),
        ({"fault_code": "machine_printer_error"}, "wait_fault"),
        ({"fault_code": FOREIGN_WORK, "bed_cleared_at": None}, "wait_foreign"),
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


def test_a_job_at_work_waits_for_nothing_and_has_no_position(context: Context, lab: Lab, queue: list[str]) -> None:
    at_work(context, lab, queue[0])
    assert reason(context, queue[0]) is None
    assert reason(context, queue[1]) == "wait_busy"
    with context.db.reading() as session:
        assert outlook(context, session).position(session.get_one(Job, queue[0])) is None
        assert outlook(context, session).position(session.get_one(Job, queue[1])) == 1


def test_a_job_at_work_on_a_silent_machine_says_since_when_and_promises_no_finish(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    at_work(context, lab, queue[0])
    seen_at = now()
    change(context, Machine, lab.machine.id, connection="offline", seen_at=seen_at)
    with context.db.reading() as session:
        job = session.get_one(Job, queue[0])
        found = outlook(context, session).reason(job)
        assert found == match.Reason("wait_silent", {"machine": lab.machine.name, "since_at": seen_at.isoformat()})
        assert outlook(context, session).finish(job) is None
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


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (lambda session, run: runs.doubt(session, events.SYSTEM, run, "run_interrupted", {}), "wait_behind_doubt"),
        (lambda session, run: runs.paused(session, events.SYSTEM, run), "wait_behind_pause"),
    ],
)
def test_whoever_waits_behind_what_stands_still_is_told_what_a_person_must_do(
    context: Context, lab: Lab, queue: list[str], step: Callable[..., None], code: str
) -> None:
    run = at_work(context, lab, queue[0])
    with context.db.writing() as session:
        step(session, session.get_one(Run, run.id))
        session.commit()
    assert [reason(context, each) for each in queue[1:]] == [code, code]
    other = second_machine(context, lab)
    with context.db.writing() as session:  # one that is really at work makes it a matter of time
        machine = session.get_one(Machine, other)
        following = session.get_one(Run, run_of(context, queue[1]))
        runs.claim(session, events.SYSTEM, following, machine, None)
        session.commit()
    assert reason(context, queue[2]) == "wait_busy"


def test_a_closed_job_says_nothing(context: Context, queue: list[str]) -> None:
    change(context, Job, queue[0], state=JobState.CANCELLED)
    with context.db.reading() as session:
        job = session.get_one(Job, queue[0])
        assert (outlook(context, session).reason(job), outlook(context, session).position(job)) == (None, None)
        assert outlook(context, session).finish(job) is None


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


# hours and one certain machine


def test_a_closed_lab_keeps_a_machine_from_starting_until_it_may_work_alone(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    closed_for_hours(context, lab)
    assert reason(context, queue[0]) == "wait_closed"
    with context.db.reading() as session:
        found = outlook(context, session)
        finish = found.finish(session.get_one(Job, queue[0]))
        assert finish is not None
        assert finish.opens_at is not None
        assert finish.low > finish.opens_at > now()
    assert not claim.suits(context, lab.machine.id)
    change(context, Machine, lab.machine.id, works_alone=True, alone_hours=48)
    assert claim.suits(context, lab.machine.id)
    assert reason(context, queue[0]) is None
    change(context, Machine, lab.machine.id, alone_materials=["another"])
    assert reason(context, queue[0]) == "wait_closed"


def test_a_required_machine_is_waited_for_and_the_free_one_is_named(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    second = second_machine(context, lab)
    change(context, Job, queue[0], machine_id=second, machine_required=True)
    assert reason(context, queue[0]) is None
    change(context, Machine, second, bed_cleared_at=None)
    with context.db.reading() as session:
        found = outlook(context, session).reason(session.get_one(Job, queue[0]))
        assert found == match.Reason("wait_asked_other", {"machine": "Two", "other": lab.machine.name})
    change(context, Machine, second, retired_at=now())
    assert reason(context, queue[0]) == "wait_asked_other"
    change(context, Machine, lab.machine.id, bed_cleared_at=None)
    assert reason(context, queue[0]) == "wait_asked"


def test_a_preferred_machine_is_waited_for_only_for_a_while(context: Context, lab: Lab, queue: list[str]) -> None:
    second = second_machine(context, lab)
    change(context, Machine, second, bed_cleared_at=None)
    change(context, Job, queue[0], machine_id=second)
    assert reason(context, queue[0]) == "wait_asked_other"
    change(context, Job, queue[0], approved_at=now() - timedelta(hours=5))
    assert reason(context, queue[0]) is None


@pytest.mark.parametrize("required", [True, False])
def test_where_no_other_machine_could_take_it_that_one_was_asked_for_is_no_reason(
    context: Context, lab: Lab, queue: list[str], *, required: bool
) -> None:
    """To release it would free nothing."""
    at_work(context, lab, queue[0])
    for each in queue[1:]:
        change(context, Job, each, machine_id=lab.machine.id, machine_required=required)
    assert [reason(context, each) for each in queue[1:]] == ["wait_busy", "wait_turn"]
    second = second_machine(context, lab)
    change(context, Machine, second, bed_cleared_at=None)
    assert [reason(context, each) for each in queue[1:]] == ["wait_asked", "wait_asked"]
    change(context, Machine, second, maintenance_at=now())
    assert [reason(context, each) for each in queue[1:]] == ["wait_busy", "wait_turn"]


def test_what_was_asked_for_and_stands_still_is_told_with_what_a_person_must_do(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    run = at_work(context, lab, queue[0])
    change(context, Machine, second_machine(context, lab), bed_cleared_at=None)
    change(context, Job, queue[1], machine_id=lab.machine.id, machine_required=True)
    change(context, Run, run.id, state=RunState.IN_DOUBT)
    assert reason(context, queue[1]) == "wait_behind_doubt"
    change(context, Run, run.id, state=RunState.PAUSED)
    assert reason(context, queue[1]) == "wait_behind_pause"


def test_a_preferred_machine_that_is_not_waited_for_any_more_is_no_reason(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    """Whichever is free first takes it, so that what keeps the preferred one does not matter."""
    at_work(context, lab, queue[0])
    second = second_machine(context, lab)
    change(context, Machine, second, bed_cleared_at=None)
    change(context, Job, queue[1], machine_id=lab.machine.id, approved_at=now() - timedelta(hours=5))
    assert reason(context, queue[1]) == "wait_busy"
    change(context, Job, queue[1], machine_id=second, approved_at=now() - timedelta(hours=1))
    change(context, Machine, second, connection="offline")
    assert reason(context, queue[1]) == "wait_busy"


def test_a_technician_releases_it_and_that_is_written_down(context: Context, lab: Lab, queue: list[str]) -> None:
    second_machine(context, lab)
    with context.db.writing() as session:
        job, tara = session.get_one(Job, queue[0]), session.get_one(Person, lab.tara.id)
        with pytest.raises(Invalid):
            queueing.ask_for(session, job, tara, "nowhere")
        queueing.ask_for(session, job, tara, "two", required=True)
        queueing.ask_for(session, job, tara, "")
        said = [(each.verb, each.values) for each in events.history(session, job)][-2:]
    assert said == [("require_machine", {"machine": "Two"}), ("release_machine", {"machine": "Two"})]


def on_one_bed(context: Context, job_ids: Sequence[str]) -> str:
    """The run that makes these jobs together, which a machine may take."""
    with context.db.writing() as session:
        alone = [session.get_one(Run, run_of(context, each)) for each in job_ids]
        plate = plates.put_together(session, events.SYSTEM, alone)
        plate.state = RunState.WAITING
        session.commit()
        return plate.id


def test_jobs_on_one_bed_that_come_to_ask_for_different_machines_are_made_apart(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    second, plate = second_machine(context, lab), on_one_bed(context, queue[:2])
    with context.db.writing() as session:
        first, other = (session.get_one(Job, each) for each in queue[:2])
        tara = session.get_one(Person, lab.tara.id)
        queueing.ask_for(session, first, tara, lab.machine.slug)
        assert session.get_one(Run, plate).state is RunState.WAITING
        queueing.ask_for(session, other, tara, "two", required=True)
        assert session.get_one(Run, plate).state is RunState.CANCELLED
        session.commit()
    with context.db.reading() as session:
        alone = [runs.of_job(session, session.get_one(Job, each))[-1].id for each in queue[:2]]
        found = seeing.wishes(session, context.config, Run.id.in_(alone))
    assert [(found[each].machine_id, found[each].required) for each in alone] == [
        (lab.machine.id, False), (second, True)
    ]  # fmt: skip


def test_of_jobs_on_one_bed_the_one_that_needs_its_machine_is_heard(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    plate = on_one_bed(context, queue[:2])
    change(context, Job, queue[0], machine_id=lab.machine.id)
    change(context, Job, queue[1], machine_id=lab.machine.id, machine_required=True)
    with context.db.reading() as session:
        assert seeing.wishes(session, context.config, Run.id == plate)[plate].required


def test_where_only_certified_members_are_served_the_others_wait(context: Context, lab: Lab, queue: list[str]) -> None:
    change(context, MachineModel, lab.model.id, needs_certification=True)
    assert reason(context, queue[0]) is None
    strict = replace(context, config=replace(context.config, queue=replace(context.config.queue, certified_only=True)))
    assert reason(strict, queue[0]) == "wait_certification"
    with context.db.writing() as session:
        alice, tara = (session.get_one(Person, each.id) for each in (lab.alice, lab.tara))
        certifications.grant(session, alice, tara, model=session.get_one(MachineModel, lab.model.id))
        session.commit()
    assert reason(strict, queue[0]) is None
