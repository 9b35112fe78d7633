"""No start on a bed that nobody cleared, whatever people press and in which order."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from fabqueue.config import Config
from fabqueue.db import WritingSession, now
from fabqueue.dispatch import by_hand
from fabqueue.dispatch.case import read
from fabqueue.dispatch.claim import claim_for
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.facts import View
from fabqueue.dispatch.lease import leased
from fabqueue.dispatch.observe import judge
from fabqueue.dispatch.sighting import note
from fabqueue.models import MANUAL, OCTOPRINT, Machine, Outcome, Run, RunState
from fabqueue.services import events, floor, runs, workshop
from fabqueue.services.errors import Conflict, Invalid
from fabqueue.services.floor import Resolution
from fabqueue.services.workshop import MachineFacts
from printers.driver import Phase, Status
from tests.services.conftest import here  # noqa: F401  fixture
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run

S = RunState


@pytest.fixture
def context(config, database, storage) -> Context:  # type: ignore[no-untyped-def]
    return Context(config, database, storage)


def _seen(context: Context, machine: Machine, phase: Phase, selected: str | None) -> None:
    """One look at the machine that finds it so, written down as dispatch does."""
    view = View(Status(phase, selected, 40.0 if phase is Phase.PRINTING else None, 60, 60, {}, None))
    case = read(context, machine.id)
    assert case is not None
    with leased(context, [machine.id]) as lease:
        note(lease, case, view, judge(case.run, view))


def test_nobody_clears_a_bed_that_something_foreign_prints_on(context: Context, lab: Lab) -> None:
    """It would count as clear once that print has ended and lies there."""
    with context.db.writing() as session:
        row = session.get_one(Machine, lab.machine.id)
        row.driver, row.url, row.key = OCTOPRINT, "http://127.0.0.1:1", "key"
        session.commit()
    _seen(context, lab.machine, Phase.PRINTING, "other.gcode")
    with context.db.writing() as session, pytest.raises(Conflict, match="machine_is_busy"):
        floor.clear(session, events.actor_of(lab.tara), session.get_one(Machine, lab.machine.id))
    _seen(context, lab.machine, Phase.IDLE, "other.gcode")
    with context.db.writing() as session:
        machine = session.get_one(Machine, lab.machine.id)
        assert (machine.fault_code, machine.bed_cleared_at) == ("", None)
        floor.clear(session, events.actor_of(lab.tara), machine)
        assert machine.bed_cleared_at is not None


@dataclass
class Hall:
    """One machine with a waiting run."""

    session: WritingSession
    lab: Lab
    run: Run


@pytest.fixture
def hall(session: WritingSession, storage, here: Lab, tmp_path: Path) -> Hall:  # type: ignore[no-untyped-def]  # noqa: F811
    return Hall(session, here, waiting_run(session, storage, here, short_gcode(tmp_path / "short.gcode")))


def _run_it(hall: Hall) -> Run:
    runs.claim(hall.session, events.SYSTEM, hall.run, hall.lab.machine, hall.lab.grey)
    runs.send(hall.session, events.SYSTEM, hall.run, "fabqueue/one.gcode", 1)
    runs.intend(hall.session, events.SYSTEM, hall.run)
    runs.began(hall.session, events.SYSTEM, hall.run)
    return hall.run


@pytest.mark.parametrize("outcome", list(Resolution))
def test_a_decided_doubt_leaves_the_bed_uncleared(hall: Hall, outcome: Resolution) -> None:
    tara = events.actor_of(hall.lab.tara)
    run = _run_it(hall)
    runs.doubt(hall.session, events.SYSTEM, run, "run_interrupted", {})
    with pytest.raises(Conflict, match="machine_is_busy"):
        floor.clear(hall.session, tara, hall.lab.machine)
    floor.resolve(hall.session, tara, run, outcome, "I looked.")
    assert hall.lab.machine.bed_cleared_at is None
    assert claim_for(hall.session, Config(), hall.lab.machine.id) is None
    with pytest.raises(Conflict):
        floor.resolve(hall.session, tara, run, outcome, "Again.")


def test_two_technicians_clear_once(hall: Hall) -> None:
    tara = events.actor_of(hall.lab.tara)
    run = _run_it(hall)
    runs.done(hall.session, events.SYSTEM, run)
    floor.clear(hall.session, tara, hall.lab.machine, Outcome.GOOD)
    job = run.items[0].job
    assert (job.state, job.good_copies) == ("ready", 1)
    floor.clear(hall.session, events.actor_of(hall.lab.adam), hall.lab.machine, Outcome.FAILED)
    hall.session.refresh(job)
    assert (job.state, job.good_copies) == ("ready", 1)


def test_a_stopped_run_leaves_its_bed_uncleared(hall: Hall) -> None:
    run = _run_it(hall)
    floor.cancel(hall.session, events.actor_of(hall.lab.tara), hall.lab.machine)
    if run.state is not S.CANCELLED:
        runs.stopping(hall.session, events.SYSTEM, run)
        with pytest.raises(Conflict, match="machine_is_busy"):
            floor.clear(hall.session, events.actor_of(hall.lab.tara), hall.lab.machine)
        runs.cancelled(hall.session, events.SYSTEM, run)
    assert hall.lab.machine.bed_cleared_at is None


FACTS = MachineFacts("Prusa", "marlin-250", OCTOPRINT, "http://10.0.4.18", "key")


def test_another_address_is_another_bed(session: WritingSession, here: Lab) -> None:  # noqa: F811
    machine = workshop.save_machine(session, here.tara, FACTS)
    machine.bed_cleared_at, machine.fault_code = now(), "machine_foreign_print"
    moved = MachineFacts("Prusa", "marlin-250", OCTOPRINT, "http://10.0.4.19", "key")
    workshop.save_machine(session, here.tara, moved, machine)
    assert (machine.bed_cleared_at, machine.fault_code) == (None, "")
    machine.bed_cleared_at = now()
    renamed = MachineFacts("Prusa 2", "marlin-250", OCTOPRINT, "http://10.0.4.19")
    workshop.save_machine(session, here.tara, renamed, machine)
    assert machine.bed_cleared_at is not None


@pytest.mark.parametrize("state", [S.CLAIMED, S.SENDING])
def test_a_run_that_was_not_started_leaves_a_machine_that_moves(hall: Hall, state: RunState) -> None:
    """Else the bed could not be cleared under it, and it could not start on a bed that is not clear."""
    machine = workshop.save_machine(hall.session, hall.lab.tara, FACTS)
    runs.claim(hall.session, events.SYSTEM, hall.run, machine, None)
    if state is S.SENDING:
        runs.send(hall.session, events.SYSTEM, hall.run, "fabqueue/one.gcode", 1)
    moved = MachineFacts("Prusa", "marlin-250", OCTOPRINT, "http://10.0.4.19", "key")
    workshop.save_machine(hall.session, hall.lab.tara, moved, machine)
    assert (hall.run.state, hall.run.machine_id, hall.run.items[0].job.state) == (S.WAITING, None, "queued")
    floor.clear(hall.session, events.actor_of(hall.lab.tara), machine)
    assert machine.bed_cleared_at is not None


def test_a_fault_that_nobody_looks_for_any_more_does_not_shut_a_machine(session: WritingSession, here: Lab) -> None:  # noqa: F811
    """A machine that is driven by hand from now on has no software that could take its fault back."""
    machine = workshop.save_machine(session, here.tara, FACTS)
    machine.fault_code = "machine_printer_error"
    workshop.save_machine(session, here.tara, MachineFacts("Prusa", "marlin-250", MANUAL), machine)
    floor.clear(session, events.actor_of(here.tara), machine)
    assert by_hand.startable(session, Config(), machine) == []
    assert machine.condition(busy=False) == "available"


def test_the_key_of_a_machine_goes_to_no_other_address(session: WritingSession, here: Lab) -> None:  # noqa: F811
    """Whoever may set up machines could have it sent to a server of their own."""
    machine = workshop.save_machine(session, here.tara, FACTS)
    elsewhere = MachineFacts("Prusa", "marlin-250", OCTOPRINT, "http://10.0.4.18.evil.example")
    with pytest.raises(Invalid, match="machine_key_missing"):
        workshop.save_machine(session, here.tara, elsewhere, machine)
