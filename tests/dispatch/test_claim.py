"""Claiming: in order, by matching machines only, and never twice, whoever else claims at the same moment."""

import multiprocessing
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from fabqueue.db import now
from fabqueue.dispatch.claim import claim_for, suits
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.suiting import FIRST
from fabqueue.models import (
    ACTIVE,
    Connection,
    Job,
    JobState,
    Machine,
    MachineKind,
    MachineModel,
    Person,
    Run,
    RunState,
    Stock,
)
from fabqueue.services import equipment, events, runs
from tests.dispatch.claimer import claim_all
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run

MACHINES = 14
PROCESSES = 8


@pytest.fixture
def gcode(tmp_path: Path) -> Path:
    return short_gcode(tmp_path / "short.gcode")


def make(context: Context, lab: Lab, gcode: Path, count: int = 1, **columns: object) -> list[str]:
    """So many waiting runs, `columns` set on their jobs."""
    with context.db.writing() as session:
        made = [waiting_run(session, context.storage, lab, gcode) for _ in range(count)]
        for run in made:
            for name, value in columns.items():
                setattr(run.items[0].job, name, value)
        session.commit()
        return [run.id for run in made]


def claim(context: Context, lab: Lab) -> str | None:
    """What the lab's machine gets now."""
    with context.db.writing() as session:
        run = claim_for(session, context.config, lab.machine.id)
        session.commit()
        return run.id if run else None


def change(context: Context, lab: Lab, **columns: object) -> None:
    with context.db.writing() as session:
        machine = session.get_one(Machine, lab.machine.id)
        for name, value in columns.items():
            setattr(machine, name, value)
        session.commit()


@pytest.mark.postgresql
def test_a_claimed_run_has_machine_stock_and_a_job_in_production(context: Context, lab: Lab, gcode: Path) -> None:
    (run_id,) = make(context, lab, gcode)
    assert claim(context, lab) == run_id
    with context.db.reading() as session:
        run = session.get_one(Run, run_id)
        assert (run.state, run.machine_id, run.stock_id) == (RunState.CLAIMED, lab.machine.id, lab.grey.id)
        assert run.items[0].job.state is JobState.IN_PRODUCTION


def test_a_machine_with_a_run_gets_no_other(context: Context, lab: Lab, gcode: Path) -> None:
    make(context, lab, gcode, 2)
    assert claim(context, lab)
    assert claim(context, lab) is None


@pytest.mark.postgresql
def test_the_database_itself_allows_one_active_run_for_each_machine(context: Context, lab: Lab, gcode: Path) -> None:
    first, second = make(context, lab, gcode, 2)
    with context.db.writing() as session:
        for run_id in (first, second):
            run = session.get_one(Run, run_id)
            run.machine_id, run.state = lab.machine.id, RunState.CLAIMED
        with pytest.raises(IntegrityError):
            session.commit()


@pytest.mark.postgresql
def test_higher_priority_goes_first_then_earlier_approval(context: Context, lab: Lab, gcode: Path) -> None:
    moment = now()
    (late,) = make(context, lab, gcode, approved_at=moment)
    (early,) = make(context, lab, gcode, approved_at=moment - timedelta(hours=2))
    (urgent,) = make(context, lab, gcode, approved_at=moment + timedelta(hours=1), priority=5)
    taken = []
    for _ in range(3):
        taken.append(claim(context, lab))
        with context.db.writing() as session:
            session.get_one(Run, taken[-1]).state = RunState.FAILED
            session.commit()
    assert taken == [urgent, early, late]


@pytest.mark.parametrize(
    "columns",
    [
        {"bed_cleared_at": None},
        {"maintenance_at": now()},
        {"fault_code": "machine_printer_error"},
        {"connection": Connection.OFFLINE},
        {"retired_at": now()},
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_a_machine_that_is_not_ready_gets_nothing(
    context: Context, lab: Lab, gcode: Path, columns: dict[str, object]
) -> None:
    make(context, lab, gcode)
    change(context, lab, **columns)
    assert claim(context, lab) is None


@pytest.fixture
def laser(context: Context, lab: Lab) -> Lab:
    """The lab, whose machine is a laser with an uncleared bed."""
    with context.db.writing() as session:
        session.get_one(MachineModel, lab.model.id).kind = MachineKind.LASER
        session.commit()
    change(context, lab, bed_cleared_at=None)
    return lab


def test_a_laser_takes_a_run_to_have_it_staged_though_its_bed_is_not_clear(
    context: Context, laser: Lab, gcode: Path
) -> None:
    (run_id,) = make(context, laser, gcode)
    assert claim(context, laser) == run_id


def test_no_more_files_wait_at_a_laser_than_may(context: Context, laser: Lab, gcode: Path) -> None:
    for _ in range(context.config.machines.staged_most):
        make(context, laser, gcode)
        stage(context, claim(context, laser))
    make(context, laser, gcode)
    assert claim(context, laser) is None


def stage(context: Context, run_id: str | None) -> None:
    with context.db.writing() as session:
        run = session.get_one(Run, run_id)
        runs.send(session, events.SYSTEM, run, "fabqueue/x-1.gcode", 1)
        runs.stage(session, events.SYSTEM, run)
        session.commit()


def test_a_run_that_finds_no_stock_is_passed_over_for_one_that_does(context: Context, lab: Lab, gcode: Path) -> None:
    with context.db.writing() as session:
        blue = waiting_run(session, context.storage, lab, gcode)
        blue.colour = "blue"
        session.commit()
    (any_colour,) = make(context, lab, gcode)
    assert claim(context, lab) == any_colour


def test_a_spool_that_would_run_out_is_not_begun(context: Context, lab: Lab, gcode: Path) -> None:
    make(context, lab, gcode)
    with context.db.writing() as session:
        session.get_one(Stock, lab.grey.id).left_mg = 4_999
        session.commit()
    assert claim(context, lab) is None


@pytest.mark.parametrize(("colours", "takes"), [(("blue", "grey"), False), (("grey", "blue"), True)])
def test_a_printer_takes_what_its_first_slot_holds(
    context: Context, lab: Lab, gcode: Path, colours: tuple[str, str], takes: bool
) -> None:
    """What it is sliced for is not changed by what lies in other slots, nor is their stock used up."""
    with context.db.writing() as session:
        here, machine = session.merge(lab.site), session.get_one(Machine, lab.machine.id)
        equipment.add_slot(session, session.get_one(Person, lab.tara.id), machine)
        spools = [factories.stock(session, here, session.merge(lab.pla), colour).id for colour in colours]
        for slot, spool in zip(machine.slots, spools, strict=True):
            slot.stock_id = spool
        run = waiting_run(session, context.storage, lab, gcode)
        run.colour, run_id = "grey", run.id
        session.commit()
    assert claim(context, lab) == (run_id if takes else None)
    with context.db.reading() as session:
        assert session.get_one(Run, run_id).stock_id == (spools[0] if takes else None)


@pytest.mark.postgresql
def test_what_suits_is_found_wherever_it_stands(context: Context, lab: Lab, gcode: Path) -> None:
    """Behind more runs of another colour than are looked at first."""
    with context.db.writing() as session:
        for _ in range(FIRST + 2):
            waiting_run(session, context.storage, lab, gcode).colour = "blue"
        session.commit()
    assert not suits(context, lab.machine.id)
    assert claim(context, lab) is None
    (last,) = make(context, lab, gcode)
    assert suits(context, lab.machine.id)
    assert claim(context, lab) == last


def test_a_claim_asks_no_more_of_a_long_queue_than_of_a_short_one(context: Context, lab: Lab, gcode: Path) -> None:
    make(context, lab, gcode, 2)
    short = _statements(context, lab)
    make(context, lab, gcode, 2 * FIRST)
    with context.db.writing() as session:
        for run in session.query(Run).filter_by(state=RunState.CLAIMED):
            run.state = RunState.FAILED
        session.commit()
    assert _statements(context, lab) == short


def _statements(context: Context, lab: Lab) -> int:
    """How many one claim takes, those aside that read the settings again once a second."""
    count, config = 0, context.config

    def one_more(*_arguments: object) -> None:
        nonlocal count
        count += 1

    with context.db.writing() as session:
        event.listen(context.db.engine, "after_cursor_execute", one_more)
        try:
            assert claim_for(session, config, lab.machine.id)
        finally:
            event.remove(context.db.engine, "after_cursor_execute", one_more)
        session.commit()
    return count


@pytest.mark.parametrize("state", [JobState.AWAITING_MEMBER, JobState.CANCELLED, JobState.FAILED])
def test_a_job_that_is_not_wanted_now_keeps_its_run_back(
    context: Context, lab: Lab, gcode: Path, state: JobState
) -> None:
    make(context, lab, gcode, state=state)
    assert claim(context, lab) is None


@pytest.mark.postgresql
def test_eight_processes_that_claim_at_once_never_claim_twice(context: Context, lab: Lab, gcode: Path) -> None:
    """As many machines and fewer runs: every run goes to one machine, no machine gets two."""
    run_ids = make(context, lab, gcode, MACHINES - 4)
    with context.db.writing() as session:
        here = session.merge(lab.site, load=False)
        model, pla = session.get_one(MachineModel, lab.model.id), session.merge(lab.pla, load=False)
        for _ in range(MACHINES - 1):
            factories.machine(session, here, model, factories.stock(session, here, pla))
        session.commit()
    claimed = _claimed_by_all(context)
    assert sorted(claimed) == sorted(run_ids)
    with context.db.reading() as session:
        holding = session.query(Run).filter(Run.state.in_(ACTIVE)).all()
        assert sorted(each.id for each in holding) == sorted(run_ids)
        assert max(Counter(each.machine_id for each in holding).values()) == 1
        assert {each.state for each in session.query(Job)} == {JobState.IN_PRODUCTION}


def _claimed_by_all(context: Context) -> list[str]:
    """What eight processes get; they come from one that has everything imported, so that they begin at once."""
    kind = multiprocessing.get_context("forkserver")
    kind.set_forkserver_preload(["tests.dispatch.claimer"])
    with kind.Pool(PROCESSES, maxtasksperchild=1) as pool:
        taken = pool.starmap(claim_all, [(context.db.url, seed) for seed in range(PROCESSES)], chunksize=1)
    return [each for process in taken for each in process]
