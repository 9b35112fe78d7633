"""Two people who do the same thing at the same moment, on PostgreSQL, where both really write at once."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from fabqueue.config import Config, MoneySettings
from fabqueue.db import Database, WritingSession
from fabqueue.models import (
    Entry,
    EntryKind,
    Job,
    JobState,
    Machine,
    MachineModel,
    Outcome,
    Person,
    Quote,
    Run,
    ServiceTask,
    ServiceUnit,
    Slot,
    Stock,
)
from fabqueue.services import events, floor, ledger, profiles, reviews, runs, servicing, workshop
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.servicing import TaskFacts
from fabqueue.services.workshop import ModelFacts
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import approved_job, short_gcode, waiting_run
from tests.support.racing import race

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@pytest.fixture
def job_id(database: Database, storage: Storage, lab: Lab) -> str:
    """A job in the queue whose price of 4.20 is held."""
    with database.writing() as session:
        made = approved_job(session, storage, lab)
        session.commit()
        return made.id


def test_a_machine_that_is_just_given_a_run_is_not_retired(database: Database, storage: Storage, lab: Lab,
                                                           tmp_path: Path) -> None:  # fmt: skip
    """Nobody would look at it any more, and the run would wait there for ever."""
    with database.writing() as session:
        run_id = waiting_run(session, storage, lab, short_gcode(tmp_path / "short.gcode")).id
        session.commit()

    def claim(session: WritingSession) -> None:
        session.execute(update(Machine).where(Machine.id == lab.machine.id).values(misses=0))  # as the lease's fence
        machine = session.get_one(Machine, lab.machine.id)
        runs.claim(session, events.of_machine(machine), session.get_one(Run, run_id), machine, None)

    def retire(session: WritingSession) -> None:
        workshop.retire_machine(session, session.get_one(Person, lab.tara.id), session.get_one(Machine, lab.machine.id))

    error = race(database, claim, retire)
    assert isinstance(error, Refused)
    assert error.code == "machine_is_busy"


def of_kind(database: Database, kind: EntryKind, job_id: str) -> int:
    with database.reading() as session:
        found = select(func.count()).where(Entry.kind == kind, Entry.job_id == job_id)
        return session.scalar(found) or 0


def with_job(job_id: str, deed: Callable[[WritingSession, Job, Person], object], lab: Lab) -> Callable[..., object]:
    def work(session: WritingSession) -> object:
        return deed(session, session.get_one(Job, job_id), session.get_one(Person, lab.tara.id))

    return work


def test_one_price_is_refunded_once(database: Database, lab: Lab, job_id: str) -> None:
    with database.writing() as session:
        ledger.charge(session, session.get_one(Job, job_id), None)
        session.commit()
    refund = with_job(job_id, lambda session, job, by: ledger.refund(session, job, by, "sorry"), lab)
    error = race(database, refund, refund)
    assert isinstance(error, Refused)
    assert error.code == "nothing_to_refund"
    assert of_kind(database, EntryKind.REFUND, job_id) == 1


def test_one_price_is_charged_once(database: Database, lab: Lab, job_id: str) -> None:
    charge = with_job(job_id, ledger.charge, lab)
    assert race(database, charge, charge) is None
    assert of_kind(database, EntryKind.CHARGE, job_id) == 1
    with database.reading() as session:
        job = session.get_one(Job, job_id)
        assert ledger.balance(session, job.payer) == ledger.Balance(-420, 0)


def test_a_price_is_held_once(database: Database, lab: Lab, job_id: str) -> None:
    with database.writing() as session:
        ledger.release(session, session.get_one(Job, job_id))
        session.commit()
    hold = with_job(job_id, lambda session, job, by: ledger.hold(session, MoneySettings(), job, by), lab)
    assert race(database, hold, hold) is None
    with database.reading() as session:
        assert ledger.held_for(session, session.get_one(Job, job_id)) == 420


def test_two_jobs_do_not_hold_the_same_money(database: Database, storage: Storage, lab: Lab, job_id: str) -> None:
    with database.writing() as session:
        other_id = approved_job(session, storage, lab).id
        for each in (job_id, other_id):
            ledger.release(session, session.get_one(Job, each))
        ledger.payment(session, session.get_one(Job, job_id).payer, 500, session.merge(lab.tara, load=False), "cash")
        session.commit()
    rules = replace(MoneySettings(), minimum_balance="0.00")

    def hold(key: str) -> Callable[..., object]:
        return with_job(key, lambda session, job, by: ledger.hold(session, rules, job, by), lab)

    error = race(database, hold(job_id), hold(other_id))
    assert isinstance(error, Refused)
    assert error.code == "balance_too_low"


def submitted(database: Database, storage: Storage, lab: Lab) -> str:
    """A job for a tool driven by hand that waits for its review; it has a quote."""
    with database.writing() as session:
        model = factories.manual_model(session)
        factories.offer(session, model, session.get_one(type(lab.pla), lab.pla.id))
        job = approved_job(session, storage, lab)
        ledger.release(session, job)
        job.state, job.machine_model_id, job.approved_at = JobState.SUBMITTED, model.id, None
        session.commit()
        return job.id


def test_what_was_approved_meanwhile_is_not_changed(
    config: Config, database: Database, storage: Storage, lab: Lab
) -> None:
    job_id = submitted(database, storage, lab)
    approve = with_job(job_id, lambda session, job, by: reviews.approve(session, config, job, by), lab)
    change = with_job(job_id, lambda session, job, by: reviews.change(session, config, job, by, quantity=7), lab)
    assert isinstance(race(database, approve, change), Conflict)
    with database.reading() as session:
        job = session.get_one(Job, job_id)
        assert (job.state, job.quantity, job.quote and job.quote.quantity) == (JobState.QUEUED, 1, 1)


def test_what_was_changed_meanwhile_is_approved_as_it_is_now(
    config: Config, database: Database, storage: Storage, lab: Lab
) -> None:
    job_id = submitted(database, storage, lab)
    approve = with_job(job_id, lambda session, job, by: reviews.approve(session, config, job, by), lab)
    change = with_job(job_id, lambda session, job, by: reviews.change(session, config, job, by, quantity=7), lab)
    assert race(database, change, approve) is None
    with database.reading() as session:
        job = session.get_one(Job, job_id)
        assert job.quote is not None
        assert (job.quote.quantity, sum(item.copies for run in runs.of_job(session, job) for item in run.items)) == (
            7, 7,
        )  # fmt: skip
        assert ledger.held_for(session, job) == job.quote.total_minor
        assert session.scalar(select(func.count()).select_from(Quote).where(Quote.job_id == job_id)) == 2


def test_a_profile_that_is_changed_while_a_run_is_planned_is_refused(
    config: Config, database: Database, storage: Storage, lab: Lab, job_id: str
) -> None:
    plan = with_job(job_id, lambda session, job, _by: runs.plan(session, config, events.SYSTEM, job), lab)
    error = race(database, plan, _to_another_printer(lab))
    assert isinstance(error, Invalid)
    assert [each.code for each in error.refusals] == ["profile_in_use"]


def test_a_run_that_is_planned_while_its_profile_is_changed_is_planned_for_the_new_one(
    config: Config, database: Database, storage: Storage, lab: Lab, job_id: str
) -> None:
    plan = with_job(job_id, lambda session, job, _by: runs.plan(session, config, events.SYSTEM, job), lab)
    assert race(database, _to_another_printer(lab), plan) is None
    with database.reading() as session:
        (run,) = runs.of_job(session, session.get_one(Job, job_id))
        assert run.slicing is not None
        assert run.slicing.profile_digest == profiles.available(config)["mini-180"].digest


def _to_another_printer(lab: Lab) -> Callable[..., object]:
    def work(session: WritingSession) -> object:
        facts = ModelFacts(lab.model.title, lab.model.kind, "mini-180")
        return workshop.save_model(
            session, session.get_one(Person, lab.tara.id), facts, session.get_one(MachineModel, lab.model.id)
        )

    return work


def made_on(session: WritingSession, machine_id: str, run: Run) -> None:
    """The machine took the run and worked it to its end."""
    machine = session.get_one(Machine, machine_id)
    runs.claim(session, events.of_machine(machine), run, machine, None)
    runs.began(session, events.of_machine(machine), run)
    runs.done(session, events.of_machine(machine), run)


def clear(machine_id: str, lab: Lab, outcome: Outcome = Outcome.GOOD) -> Callable[..., object]:
    def work(session: WritingSession) -> object:
        return floor.clear(session, events.actor_of(lab.tara), session.get_one(Machine, machine_id), outcome)

    return work


def test_what_lies_on_a_bed_is_counted_once(database: Database, storage: Storage, lab: Lab, tmp_path: Path) -> None:
    with database.writing() as session:
        job = approved_job(session, storage, lab, quantity=3)
        job_id = job.id
        gcode = short_gcode(tmp_path / "short.gcode")
        made_on(session, lab.machine.id, waiting_run(session, storage, lab, gcode, job=job))
        session.commit()
    race(database, clear(lab.machine.id, lab), clear(lab.machine.id, lab))
    with database.reading() as session:
        assert session.get_one(Job, job_id).good_copies == 1


@pytest.mark.parametrize(
    ("second", "good", "state"), [(Outcome.GOOD, 2, JobState.READY), (Outcome.FAILED, 1, JobState.FAILED)]
)
def test_two_beds_of_one_job_that_are_cleared_at_once_both_count(
    database: Database, storage: Storage, lab: Lab, tmp_path: Path, second: Outcome, good: int, state: JobState
) -> None:
    with database.writing() as session:
        job = approved_job(session, storage, lab, quantity=2)
        job_id = job.id
        gcode = short_gcode(tmp_path / "short.gcode")
        machine = factories.machine(
            session, session.merge(lab.site, load=False), session.get_one(MachineModel, lab.model.id)
        )
        for machine_id in (lab.machine.id, machine.id):
            made_on(session, machine_id, waiting_run(session, storage, lab, gcode, job=job))
        session.commit()
        other_id = machine.id
    assert race(database, clear(lab.machine.id, lab), clear(other_id, lab, second)) is None
    with database.reading() as session:
        found = session.get_one(Job, job_id)
        assert (found.good_copies, found.state) == (good, state)


def test_one_spool_that_is_loaded_twice_lies_in_one_machine(database: Database, lab: Lab) -> None:
    with database.writing() as session:
        spool = factories.stock(
            session, session.merge(lab.site, load=False), session.get_one(type(lab.pla), lab.pla.id)
        )
        machine = factories.machine(
            session, session.merge(lab.site, load=False), session.get_one(MachineModel, lab.model.id)
        )
        session.commit()
        spool_id, machine_id = spool.id, machine.id

    def load(key: str) -> Callable[..., object]:
        return lambda session: floor.load(
            session, events.actor_of(lab.tara), session.get_one(Machine, key), session.get_one(Stock, spool_id)
        )

    assert race(database, load(lab.machine.id), load(machine_id)) is None
    with database.reading() as session:
        assert list(session.scalars(select(Slot.machine_id).where(Slot.stock_id == spool_id))) == [machine_id]


def test_a_service_that_is_just_done_is_not_told_as_due(database: Database, lab: Lab) -> None:
    """Its machine would stand still for it."""
    with database.writing() as session:
        machine = session.get_one(Machine, lab.machine.id)
        facts = TaskFacts("Oil the rods", 1, ServiceUnit.RUNS, blocks=True)
        task_id = servicing.add(session, session.get_one(Person, lab.tara.id), machine.machine_model, facts).id
        machine.worked_runs += 1
        session.commit()

    def done(session: WritingSession) -> None:
        machine, task = session.get_one(Machine, lab.machine.id), session.get_one(ServiceTask, task_id)
        servicing.done(session, events.actor_of(lab.tara), machine, task)

    assert race(database, done, servicing.look_all) is None
    with database.reading() as session:
        machine = session.get_one(Machine, lab.machine.id)
        (standing,) = servicing.standings(session, machine)
        assert (standing.told, machine.maintenance_at) == (None, None)
