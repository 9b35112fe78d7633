"""The copies of one job on several machines: by the lab's rule, by a technician's word, and what becomes of them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select

from fabqueue.config import Config
from fabqueue.db import WritingSession, now
from fabqueue.models import (
    FOREIGN_WORK,
    Design,
    DesignKind,
    Event,
    Job,
    JobState,
    Machine,
    MachineKind,
    MachineModel,
    Outcome,
    Run,
    RunState,
    Slicing,
    SlicingState,
)
from fabqueue.services import events, floor, ledger, planning, preparation, queueing, reviews, runs, settings, spreading
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.events import SYSTEM
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import approved_job

S = RunState
TWO_HOURS = 7200


@pytest.fixture
def machines(session: WritingSession, here: Lab) -> list[Machine]:
    """Three printers of the model, each with a spool of grey PLA."""
    more = [factories.machine(session, here.site, here.model, factories.stock(session, here.site, here.pla))
            for _ in range(2)]  # fmt: skip
    return [here.machine, *more]


@pytest.fixture
def job(session: WritingSession, storage: Storage, here: Lab, machines: list[Machine]) -> Job:
    """Ten copies, quoted with two hours each."""
    made = approved_job(session, storage, here, quantity=10)
    assert made.quote is not None
    assert len(machines) == 3
    made.quote.seconds = dict.fromkeys(("low", "expected", "high"), 10 * TWO_HOURS)
    session.flush()
    return made


def by_rule(config: Config, hours: int) -> Config:
    return replace(config, queue=replace(config.queue, spread_hours=hours))


def copies(planned: list[Run]) -> list[int]:
    return [item.copies for run in planned for item in run.items]


def waiting(session: WritingSession, job: Job) -> list[int]:
    return copies([each for each in planning.unsettled(session, job) if each.state in {S.WAITING, S.PREPARING}])


def prepared(session: WritingSession, config: Config, job: Job, **columns: object) -> None:
    """All its slicings end: well, unless `columns` say otherwise."""
    good = {"state": SlicingState.READY, "seconds": 60, "milligrams": 5000}
    for key in {each.slicing_id for each in runs.of_job(session, job) if each.slicing_id}:
        slicing = session.get_one(Slicing, key)
        if slicing.state is SlicingState.PENDING:
            for name, value in ({**good, **columns}).items():
                setattr(slicing, name, value)
            session.flush()
            preparation.slicing_ended(session, config, key)


def made(session: WritingSession, run: Run, machine: Machine) -> None:
    """A run is made on a machine and lies there."""
    runs.claim(session, SYSTEM, run, machine, None)
    runs.send(session, SYSTEM, run, f"fabqueue/{run.id}-1.gcode", 1)
    runs.intend(session, SYSTEM, run)
    runs.began(session, SYSTEM, run)
    runs.done(session, SYSTEM, run)


# how they are divided


def test_copies_stay_together_where_the_lab_says_nothing(session: WritingSession, config: Config, job: Job) -> None:
    assert copies(runs.plan(session, config, SYSTEM, job)) == [10]


@pytest.mark.parametrize(
    ("hours", "divided"), [(4, [4, 3, 3]), (10, [5, 5]), (19, [5, 5]), (20, [10]), (1, [4, 3, 3])], ids=str
)
def test_no_run_is_longer_than_the_rule_as_far_as_there_are_machines(
    session: WritingSession, config: Config, job: Job, hours: int, divided: list[int]
) -> None:
    planned = runs.plan(session, by_rule(config, hours), SYSTEM, job)
    assert copies(planned) == divided
    assert [each.predicted_seconds for each in planned] == [each * TWO_HOURS for each in divided]
    assert {each.slicing.copies for each in planned if each.slicing} == set(divided)


@pytest.mark.parametrize(
    "columns", [{"maintenance_at": now()}, {"fault_code": "machine_printer_error"}, {"retired_at": now()}],
    ids=["maintenance", "fault", "retired"],
)  # fmt: skip
def test_the_rule_counts_only_machines_in_service(
    session: WritingSession, config: Config, job: Job, machines: list[Machine], columns: dict[str, object]
) -> None:
    for name, value in columns.items():
        setattr(machines[2], name, value)
    assert copies(runs.plan(session, by_rule(config, 4), SYSTEM, job)) == [5, 5]


def test_a_machine_at_work_from_elsewhere_counts_as_one_of_ours_at_work_does(
    session: WritingSession, config: Config, job: Job, machines: list[Machine]
) -> None:
    machines[2].fault_code = FOREIGN_WORK
    assert copies(runs.plan(session, by_rule(config, 4), SYSTEM, job)) == [4, 3, 3]


def test_somebodys_word_goes_before_the_rule(session: WritingSession, config: Config, job: Job) -> None:
    job.settings = {"spread": 2}
    assert copies(runs.plan(session, by_rule(config, 4), SYSTEM, job)) == [5, 5]


def test_one_machine_is_a_word_too(session: WritingSession, config: Config, job: Job) -> None:
    job.settings = {"spread": 1}
    assert copies(runs.plan(session, by_rule(config, 4), SYSTEM, job)) == [10]


def test_there_are_no_more_runs_than_machines_or_copies(
    session: WritingSession, config: Config, storage: Storage, here: Lab, job: Job
) -> None:
    job.settings = {"spread": 9}
    assert copies(runs.plan(session, config, SYSTEM, job)) == [4, 3, 3]
    two = approved_job(session, storage, here, quantity=2)
    two.settings = {"spread": 9}
    assert copies(runs.plan(session, config, SYSTEM, two)) == [1, 1]


def test_what_one_machine_was_asked_for_stays_together(
    session: WritingSession, config: Config, here: Lab, job: Job
) -> None:
    queueing.ask_for(session, job, here.tara, here.machine.slug)
    assert copies(runs.plan(session, by_rule(config, 4), SYSTEM, job)) == [10]
    with pytest.raises(Refused) as refused:
        reviews.spread(session, config, job, here.tara, 2)
    assert (refused.value.code, refused.value.field) == ("spread_asked_machine", "spread")


def test_a_tool_that_is_driven_by_hand_is_divided_when_somebody_says_so(
    session: WritingSession, config: Config, here: Lab, job: Job
) -> None:
    session.get_one(MachineModel, here.model.id).profile = ""
    job.settings = {"spread": 3}
    planned = runs.plan(session, config, SYSTEM, job)
    assert copies(planned) == [4, 3, 3]
    assert {each.state for each in planned} == {S.WAITING}


def test_no_rule_divides_what_lies_on_one_sheet_of_a_laser(
    session: WritingSession, config: Config, here: Lab, job: Job
) -> None:
    model = session.get_one(MachineModel, here.model.id)
    model.kind = MachineKind.LASER
    assert spreading.portions(session, by_rule(config, 4), DesignKind.DRAWING, model, 10, 72_000, None) == [10]
    assert spreading.portions(session, config, DesignKind.DRAWING, model, 10, 72_000, 2) == [5, 5]


def test_a_toolpath_has_a_run_for_each_copy_whatever_is_said(
    session: WritingSession, config: Config, here: Lab, job: Job
) -> None:
    session.get_one(Design, job.revision.design_id).kind = DesignKind.TOOLPATH
    assert spreading.of_job(session, by_rule(config, 4), job, 3) == [1, 1, 1]
    kind, model, machine = job.revision.design.kind, job.machine_model, here.machine
    assert spreading.portions(session, config, kind, model, 3, None, 2, machine) == [1, 1, 1]


def test_the_number_of_machines_is_no_other_file(session: WritingSession, config: Config, job: Job) -> None:
    """Nothing is sliced or estimated anew for it."""
    (together,) = runs.plan(session, config, SYSTEM, job)
    planning.unplan(session, SYSTEM, job)
    job.settings = {"spread": 1}
    (again,) = runs.plan(session, config, SYSTEM, job)
    assert again.slicing_id == together.slicing_id
    assert settings.for_slicer({"walls": 3, "spread": 2}) == {"walls": 3}
    job.settings = {"spread": 2, "walls": 3}
    planning.unplan(session, SYSTEM, job)
    assert {tuple(each.slicing.settings) for each in runs.plan(session, config, SYSTEM, job) if each.slicing} == {
        ("walls",)
    }


# said at the review, and afterwards


def test_approval_says_on_how_many_machines_and_writes_it_down(
    session: WritingSession, config: Config, here: Lab, job: Job
) -> None:
    ledger.release(session, job, None)
    job.state = JobState.SUBMITTED
    reviews.approve(session, config, job, here.tara, spread=2)
    assert (waiting(session, job), job.settings) == ([5, 5], {"spread": 2})
    said = session.scalars(select(Event).where(Event.subject_id == job.id, Event.verb == "spread")).one()
    assert (said.actor_id, said.old, said.new, said.values) == (here.tara.id, "", "2", {"machines": 2})


def test_the_price_stays_what_was_quoted(session: WritingSession, config: Config, here: Lab, job: Job) -> None:
    """Setting up is charged once for a job, however many beds it takes."""
    quoted, held = job.quote_id, ledger.held_for(session, job)
    reviews.spread(session, config, job, here.tara, 3)
    prepared(session, config, job)
    assert (job.quote_id, ledger.held_for(session, job), job.state) == (quoted, held, JobState.QUEUED)


def test_what_waits_already_is_divided_anew(session: WritingSession, config: Config, here: Lab, job: Job) -> None:
    runs.plan(session, config, SYSTEM, job)
    reviews.spread(session, config, job, here.tara, 3)
    assert waiting(session, job) == [4, 3, 3]
    reviews.spread(session, config, job, here.tara, None)
    assert waiting(session, job) == [10]
    assert [each.reason_code for each in runs.of_job(session, job) if each.state is S.CANCELLED] == ["run_spread"] * 4


def test_what_a_machine_is_at_goes_on_there(
    session: WritingSession, config: Config, here: Lab, job: Job, machines: list[Machine]
) -> None:
    reviews.spread(session, config, job, here.tara, 2)
    prepared(session, config, job)
    first, _second = runs.of_job(session, job)
    runs.claim(session, SYSTEM, first, machines[0], None)
    reviews.spread(session, config, job, here.tara, 3)
    assert (first.state, waiting(session, job)) == (S.CLAIMED, [2, 2, 1])


def test_saying_the_same_again_changes_nothing(session: WritingSession, config: Config, here: Lab, job: Job) -> None:
    reviews.spread(session, config, job, here.tara, 2)
    before = [each.id for each in runs.of_job(session, job)]
    reviews.spread(session, config, job, here.tara, 2)
    assert [each.id for each in runs.of_job(session, job)] == before


@pytest.mark.parametrize("number", [0, 51])
def test_a_number_of_machines_that_makes_no_sense_is_refused(
    session: WritingSession, config: Config, here: Lab, job: Job, number: int
) -> None:
    with pytest.raises(Invalid) as invalid:
        reviews.spread(session, config, job, here.tara, number)
    assert invalid.value.refusals[0].field == "settings.spread"


def test_a_closed_job_is_divided_no_more(session: WritingSession, config: Config, here: Lab, job: Job) -> None:
    job.state = JobState.COLLECTED
    with pytest.raises(Conflict):
        reviews.spread(session, config, job, here.tara, 2)


# what becomes of the runs


def in_two(session: WritingSession, config: Config, here: Lab, job: Job) -> Sequence[Run]:
    """Its two runs, prepared."""
    reviews.spread(session, config, job, here.tara, 2)
    prepared(session, config, job)
    return runs.of_job(session, job)


def test_of_two_runs_each_is_cleared_by_itself_and_the_job_is_ready_after_both(
    session: WritingSession, config: Config, here: Lab, job: Job, machines: list[Machine]
) -> None:
    first, second = in_two(session, config, here, job)
    made(session, first, machines[0])
    made(session, second, machines[1])
    floor.clear(session, events.actor_of(here.tara), machines[0])
    assert (job.state, job.good_copies, second.cleared_at) == (JobState.IN_PRODUCTION, 5, None)
    floor.clear(session, events.actor_of(here.tara), machines[1])
    assert (job.state, job.good_copies) == (JobState.READY, 10)


def test_a_failed_run_is_made_again_by_itself_while_the_other_goes_on(
    session: WritingSession, config: Config, here: Lab, job: Job, machines: list[Machine]
) -> None:
    first, second = in_two(session, config, here, job)
    runs.claim(session, SYSTEM, second, machines[1], None)
    made(session, first, machines[0])
    floor.clear(session, events.actor_of(here.tara), machines[0], Outcome.FAILED, again=True)
    assert (job.state, second.state, waiting(session, job)) == (JobState.IN_PRODUCTION, S.CLAIMED, [5])


def test_a_failed_run_that_a_person_decides_about_leaves_the_good_copies(
    session: WritingSession, config: Config, here: Lab, job: Job, machines: list[Machine]
) -> None:
    first, second = in_two(session, config, here, job)
    made(session, first, machines[0])
    made(session, second, machines[1])
    floor.clear(session, events.actor_of(here.tara), machines[0], Outcome.FAILED)
    assert job.state is JobState.IN_PRODUCTION
    floor.clear(session, events.actor_of(here.tara), machines[1])
    assert (job.state, job.good_copies) == (JobState.FAILED, 5)
    reviews.requeue(session, config, job, here.tara)
    assert sum(waiting(session, job)) == 5


def test_too_few_good_copies_are_made_up_for_at_once(
    session: WritingSession, config: Config, here: Lab, job: Job, machines: list[Machine]
) -> None:
    first, second = in_two(session, config, here, job)
    made(session, first, machines[0])
    made(session, second, machines[1])
    floor.clear(session, events.actor_of(here.tara), machines[0], good_copies=3)
    assert (waiting(session, job), second.state) == ([2], S.DONE)
    floor.clear(session, events.actor_of(here.tara), machines[1])
    assert (job.good_copies, waiting(session, job)) == (8, [2])


def test_beds_that_are_too_small_are_filled_across_runs(
    session: WritingSession, config: Config, here: Lab, job: Job
) -> None:
    """Two runs of five on beds for four are three runs, not four."""
    reviews.spread(session, config, job, here.tara, 2)
    prepared(session, config, job, state=SlicingState.FAILED, problem_code="slicing_too_many",
             problem_values={"fitting": 4})  # fmt: skip
    assert waiting(session, job) == [4, 4, 2]


@pytest.mark.parametrize(
    ("code", "state"), [("slicing_failed", JobState.CHANGES_REQUESTED), ("slicing_gave_up", JobState.FAILED)]
)
def test_a_file_that_cannot_be_prepared_ends_all_its_runs(
    session: WritingSession, config: Config, here: Lab, job: Job, code: str, state: JobState
) -> None:
    reviews.spread(session, config, job, here.tara, 2)
    prepared(session, config, job, state=SlicingState.FAILED, problem_code=code, problem_values={"attempts": 3})
    assert (job.state, planning.unsettled(session, job)) == (state, [])
