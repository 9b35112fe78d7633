"""Services of machines: when they are due, what they keep from happening, who did them."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from fabqueue.db import WritingSession, now
from fabqueue.models import Condition, Machine, Notice, RunState, ServiceRecord, ServiceTask, ServiceUnit
from fabqueue.services import events, floor, runs, servicing
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import Actor
from fabqueue.services.servicing import TaskFacts
from fabqueue.storage import Storage
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run
from tests.support.run_states import running
from tests.support.statements import asked


@pytest.fixture
def tara(here: Lab) -> Actor:
    return events.actor_of(here.tara)


def add(
    session: WritingSession, here: Lab, every: int = 2, unit: ServiceUnit = ServiceUnit.RUNS, **more: bool
) -> ServiceTask:
    return servicing.add(session, here.tara, here.model, TaskFacts("Oil the rods", every, unit, **more))


def due_notices(session: WritingSession) -> list[str]:
    return [each.person_id for each in session.scalars(select(Notice).where(Notice.code == "notice_service_due"))]


def test_a_finished_run_counts_as_hours_and_as_a_run(
    session: WritingSession, here: Lab, storage: Storage, tmp_path: Path
) -> None:
    run = waiting_run(session, storage, here, short_gcode(tmp_path / "short.gcode"))
    runs.claim(session, events.of_machine(here.machine), run, here.machine, here.grey)
    running(session, run)
    runs.done(session, events.of_machine(here.machine), run, 5400)
    assert (here.machine.worked_seconds, here.machine.worked_runs) == (5400, 1)
    assert run.state is RunState.DONE


@pytest.mark.postgresql
@pytest.mark.parametrize("unit", list(ServiceUnit))
def test_it_is_due_after_its_interval_and_told_once(
    session: WritingSession, here: Lab, tara: Actor, unit: ServiceUnit
) -> None:
    task = add(session, here, 10, unit)
    work(session, here.machine, 9)
    servicing.look(session, here.machine)
    (standing,) = servicing.standings(session, here.machine)
    assert (standing.is_due, standing.is_soon, due_notices(session)) == (False, True, [])
    work(session, here.machine, 1)
    for _ in range(2):
        servicing.look(session, here.machine)
    (standing,) = servicing.standings(session, here.machine)
    assert standing.is_due
    assert due_notices(session) == [here.tara.id]
    assert here.machine.maintenance_at is None
    servicing.done(session, tara, here.machine, task, "dry on the left")
    (standing,) = servicing.standings(session, here.machine)
    assert (standing.is_due, standing.used < 1) == (False, True)
    (record,) = servicing.history(session, here.machine)
    assert (record.person_id, record.note) == (here.tara.id, "dry on the left")


def work(session: WritingSession, machine: Machine, amount: int) -> None:
    """So many hours, runs and days."""
    machine.worked_seconds += 3600 * amount
    machine.worked_runs += amount
    for record in session.scalars(select(ServiceRecord)):
        record.at -= timedelta(days=amount)
    session.flush()


def test_counting_begins_when_a_task_is_written_down_and_new_machines_are_counted_from_their_first_day(
    session: WritingSession, here: Lab
) -> None:
    here.machine.worked_runs = 900
    add(session, here)
    assert servicing.standings(session, here.machine)[0].used == 0
    new = Machine(site_id=here.site.id, slug="new", name="New", machine_model_id=here.model.id, driver="manual",
                  worked_runs=1)  # fmt: skip
    session.add(new)
    session.flush()
    assert servicing.standings(session, new)[0].used == 1


def test_what_blocks_takes_its_machine_out_when_the_bed_is_cleared_and_brings_it_back(
    session: WritingSession, here: Lab, tara: Actor
) -> None:
    task = add(session, here, blocks=True)
    work(session, here.machine, 2)
    floor.clear(session, tara, here.machine)
    assert here.machine.condition(busy=False) is Condition.MAINTENANCE
    assert here.machine.maintenance_reason == "Oil the rods"
    servicing.done(session, tara, here.machine, task)
    assert here.machine.condition(busy=False) is Condition.AVAILABLE


def test_of_two_that_block_the_other_keeps_it_out_of_service_until_it_is_done_too(
    session: WritingSession, here: Lab, tara: Actor
) -> None:
    tasks = {name: servicing.add(session, here.tara, here.model, TaskFacts(name, 2, ServiceUnit.RUNS, blocks=True))
             for name in ("Oil the rods", "Tighten the belts")}  # fmt: skip
    work(session, here.machine, 2)
    servicing.look(session, here.machine)
    first = here.machine.maintenance_reason
    servicing.done(session, tara, here.machine, tasks.pop(first))
    ((second, task),) = tasks.items()
    assert here.machine.maintenance_reason == second
    servicing.done(session, tara, here.machine, task)
    assert here.machine.maintenance_at is None


def test_one_that_a_person_put_it_back_from_keeps_it_out_no_more_when_another_is_done(
    session: WritingSession, here: Lab, tara: Actor
) -> None:
    add(session, here, blocks=True)
    work(session, here.machine, 2)
    servicing.look(session, here.machine)
    floor.maintenance(session, tara, here.machine, False)
    task = servicing.add(session, here.tara, here.model, TaskFacts("Belts", 1, ServiceUnit.RUNS, blocks=True))
    work(session, here.machine, 1)
    servicing.look(session, here.machine)
    assert here.machine.maintenance_reason == "Belts"
    servicing.done(session, tara, here.machine, task)
    assert here.machine.maintenance_at is None


def test_a_person_may_put_it_back_all_the_same_and_is_not_asked_again(
    session: WritingSession, here: Lab, tara: Actor
) -> None:
    task = add(session, here, blocks=True)
    work(session, here.machine, 2)
    servicing.look_all(session)
    floor.maintenance(session, tara, here.machine, False)
    servicing.look_all(session)
    assert here.machine.maintenance_at is None
    floor.maintenance(session, tara, here.machine, True, "broken fan")
    servicing.done(session, tara, here.machine, task)
    assert here.machine.maintenance_reason == "broken fan"


def test_that_it_was_done_is_taken_back_for_a_while_and_what_is_due_is_so_again(
    session: WritingSession, here: Lab, tara: Actor
) -> None:
    task = add(session, here, blocks=True)
    work(session, here.machine, 2)
    servicing.look(session, here.machine)
    record = servicing.done(session, tara, here.machine, task, "by mistake")
    assert here.machine.maintenance_at is None
    assert servicing.may_undo(session, record)
    servicing.undo(session, tara, here.machine, record)
    (standing,) = servicing.standings(session, here.machine)
    assert (standing.used, standing.is_due, standing.done) == (2, True, None)
    assert here.machine.maintenance_reason == "Oil the rods"
    assert servicing.history(session, here.machine) == []
    servicing.look(session, here.machine)
    assert due_notices(session) == [here.tara.id]


def test_it_is_not_taken_back_after_a_while_nor_once_it_went_on(
    session: WritingSession, here: Lab, tara: Actor
) -> None:
    task = add(session, here)
    first = servicing.done(session, tara, here.machine, task)
    second = servicing.done(session, tara, here.machine, task)
    second.at += timedelta(seconds=1)
    session.flush()
    with pytest.raises(Conflict, match="undo_not_offered"):
        servicing.undo(session, tara, here.machine, first)
    for each in session.scalars(select(ServiceRecord)):
        each.at -= servicing.KEPT + timedelta(minutes=1)
    session.flush()
    with pytest.raises(Conflict, match="undo_too_late"):
        servicing.undo(session, tara, here.machine, second)


def test_a_thick_book_is_read_with_as_many_statements_as_a_thin_one(
    session: WritingSession, here: Lab, tara: Actor
) -> None:
    task = add(session, here)

    def read(count: int) -> int:
        """After so many more entries, all of them old."""
        for _ in range(count):
            servicing.done(session, tara, here.machine, task)
        work(session, here.machine, 1)
        with asked(session) as seen:
            servicing.standings(session, here.machine)
            undoable = [each for each in servicing.history(session, here.machine) if servicing.may_undo(session, each)]
        assert undoable == []
        return len(seen)

    assert read(1) == read(9)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (TaskFacts(" ", 1, ServiceUnit.RUNS), "service_name_missing"),
        (TaskFacts("x" * 81, 1, ServiceUnit.RUNS), "text_too_long"),
        (TaskFacts("Oil", 0, ServiceUnit.RUNS), "service_every_out_of_bounds"),
        (TaskFacts("Oil", None, ServiceUnit.RUNS), "service_every_out_of_bounds"),
    ],
)
def test_a_task_that_says_nothing_is_refused(session: WritingSession, here: Lab, facts: TaskFacts, code: str) -> None:
    with pytest.raises(Refused, match=code):
        servicing.add(session, here.tara, here.model, facts)


def test_the_task_of_another_model_or_one_that_is_gone_is_refused(
    session: WritingSession, here: Lab, tara: Actor
) -> None:
    task = add(session, here)
    servicing.retire(session, here.tara, task)
    assert servicing.standings(session, here.machine) == []
    with pytest.raises(Refused, match="service_not_of_machine"):
        servicing.done(session, tara, here.machine, task)
    assert task.retired_at is not None
    assert task.retired_at <= now()
