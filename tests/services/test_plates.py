"""Small jobs on one bed: what may lie together, laid by hand and by rule, taken apart, each with its own outcome."""

from dataclasses import replace
from math import sqrt
from pathlib import Path

import pytest
from sqlalchemy import select

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import Event, Job, JobState, MachineModel, Outcome, Run, RunState, Slicing, SlicingState
from fabqueue.services import (
    beds,
    certifications,
    floor,
    gathering,
    jobs,
    ledger,
    ordering,
    plates,
    preparation,
    queueing,
    runs,
    sharing,
    slicings,
)
from fabqueue.services.beds import Bed, Footprint
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import SYSTEM
from fabqueue.storage import Storage
from tests.services.waiting import Wait, start
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run
from tests.support.statements import asked

S = RunState
BED = Bed(200, 200, most_seconds=3600, most_parts=5)


# the guess


@pytest.mark.parametrize(
    ("waiting", "most"),
    [
        ([Footprint(1000, 1, 60)] * 3, 3),
        ([Footprint(9000, 1, 60)] * 5, 3),  # 32,000 of the 40,000 mm2 are used
        ([Footprint(10, 2, 60)] * 5, 2),
        ([Footprint(10, 1, 1500)] * 5, 2),
        ([Footprint(10, 1, 60), None, Footprint(10, 1, 60)], 1),
        ([], 0),
    ],
)
def test_a_bed_holds_so_much_by_area_parts_and_time(waiting: list[Footprint | None], most: int) -> None:
    assert beds.most(BED, waiting) == most


def test_a_turned_part_takes_the_room_of_the_turned_box() -> None:
    half = sqrt(0.5)
    standing = beds.footprint((10, 20, 80), (half, half, 0, 0), 2, 60)  # about x: 20 x 80 changes to 80 x 20
    assert standing is not None
    assert standing.area_mm2 == pytest.approx(2 * 16 * 86)
    assert beds.footprint(None, None, 1, 60) is None


# what is offered


def offered(session: WritingSession, config: Config, here: Lab) -> list[list[str]]:
    return [[job.code for job in each.jobs] for each in sharing.offers(session, config, here.model)]


def code(run: Run) -> str:
    return run.items[0].job.code


def job_of(session: WritingSession, run: Run) -> Job:
    job = session.get_one(Job, run.items[0].job_id)
    session.refresh(job)
    return job


def test_what_is_alike_is_offered_in_the_order_of_the_queue(
    session: WritingSession, config: Config, here: Lab, wait: Wait
) -> None:
    first, other, red, second = wait(), wait(settings={"infill_percent": 40}), wait(colour="red"), wait(copies=2)
    turned = wait(settings={"pose": [0.0, 1.0, 0.0, 0.0]})
    assert offered(session, config, here) == [[code(first), code(second), code(turned)]]
    assert {code(other), code(red)}.isdisjoint(*offered(session, config, here))


def test_a_bed_is_full_at_the_number_of_parts_that_the_lab_allows(
    session: WritingSession, config: Config, here: Lab, wait: Wait
) -> None:
    few = replace(config, queue=replace(config.queue, plate_parts=2))
    for _ in range(5):
        wait()
    found = sharing.offers(session, few, here.model)
    assert [(len(each.runs), each.is_full) for each in found] == [(2, True), (2, True)]
    assert found[0].seconds == 120


def test_a_long_queue_is_looked_through_with_as_many_statements_as_a_short_one(
    session: WritingSession, config: Config, here: Lab, wait: Wait
) -> None:
    """The desk asks for it every few seconds."""

    def look(count: int) -> int:
        for _ in range(count):
            wait()
        session.flush()
        session.expunge_all()
        with asked(session) as seen:
            sharing.offers(session, config, session.get_one(MachineModel, here.model.id))
        return len(seen)

    assert look(3) == look(10)


def test_where_only_certified_members_are_served_nobody_else_shares_a_bed(
    session: WritingSession, config: Config, here: Lab, wait: Wait
) -> None:
    """One job that no machine takes would keep all that lies beside it from being made."""
    one, other, stranger = wait(), wait(), wait()
    stranger.items[0].job.request.owner_id = here.bob.id
    here.model.needs_certification = True
    certifications.grant(session, here.alice, here.tara, kind=here.model.kind)
    assert len(offered(session, config, here)[0]) == 3
    strict = replace(config, queue=replace(config.queue, certified_only=True))
    assert offered(session, strict, here) == [[code(one), code(other)]]
    assert gathering.gather(session, strict) == 1
    assert (one.state, stranger.state) == (S.CANCELLED, S.WAITING)


def test_what_lost_copies_before_is_repeated_alone(
    session: WritingSession, config: Config, here: Lab, wait: Wait
) -> None:
    plate = _made(session, here, [wait(), wait()])
    bad, good = plate.items  # as they come
    floor.clear(session, SYSTEM, here.machine, good_copies={bad.job_id: 0})
    wait()
    assert (bad.job.state, good.job.state) == (JobState.QUEUED, JobState.READY)
    assert [each.outcome for each in (bad, good)] == [Outcome.FAILED, Outcome.GOOD]
    again = runs.of_job(session, bad.job)[-1]
    assert (again.state, again.is_plate) == (S.WAITING, False)
    assert offered(session, config, here) == []
    other = wait()
    with pytest.raises(Refused):
        plates.put_together(session, SYSTEM, [again, other])


# the order by hand


@pytest.fixture
def line(session: WritingSession, here: Lab, wait: Wait) -> list[Job]:
    """Five jobs in their order, of which the second and the third share a bed."""
    alone = [wait() for _ in range(5)]
    plates.put_together(session, SYSTEM, alone[1:3])
    return [job_of(session, each) for each in alone]


def moved(session: WritingSession, config: Config, here: Lab, line: list[Job]) -> str:
    """Numbers of the jobs as they stand now."""
    return "".join(str(line.index(each)) for each in queueing.line(session, config, here.model))


def test_what_shares_a_bed_is_moved_as_one_and_passed_as_one(
    session: WritingSession, config: Config, here: Lab, line: list[Job]
) -> None:
    def step(number: int, places: int) -> tuple[str, int]:
        place = queueing.step(session, config, line[number], here.tara, places)
        return moved(session, config, here, line), place

    assert moved(session, config, here, line) == "01234"
    assert step(3, -1) == ("03124", 2)
    assert step(3, 1) == ("01234", 4)
    assert step(2, -1) == ("12034", 2)
    assert step(1, 1) == ("01234", 2)
    assert step(1, 0) == ("01234", 2)
    assert step(2, 9) == ("03412", 5)


@pytest.mark.parametrize(
    ("number", "to", "before", "order", "place"),
    [
        (4, 2, None, "04123", 2), (0, 1, None, "12034", 3), (4, 0, 2, "04123", 2), (3, 0, None, "30124", 1),
        (2, 0, None, "12034", 2), (1, 4, None, "03412", 4), (1, 0, 2, "12034", 1), (2, 0, 4, "03124", 4),
    ],
)  # fmt: skip
def test_nothing_is_put_between_what_shares_a_bed(
    session: WritingSession, config: Config, here: Lab, line: list[Job], number: int, to: int, before: int | None,
    order: str, place: int,
) -> None:  # fmt: skip
    """And the place that is answered is the one where it stands."""
    code = "" if before is None else line[before].code
    assert queueing.move(session, config, line[number], here.tara, to, code) == place
    assert moved(session, config, here, line) == order


# laying together


def test_laid_together_they_are_one_run_with_an_item_for_each_job(
    session: WritingSession, here: Lab, wait: Wait
) -> None:
    alone = [wait(), wait(copies=3)]
    plate = plates.put_together(session, SYSTEM, alone)
    laid, before = ({(item.job_id, item.copies) for each in found for item in each.items} for found in ([plate], alone))
    assert laid == before
    assert [(each.state, each.reason_code) for each in alone] == [(S.CANCELLED, "run_on_plate")] * 2
    assert (plate.state, plate.predicted_seconds) == (S.PREPARING, 120)
    assert plate.slicing is not None
    assert (plate.slicing.copies, len(plate.slicing.parts)) == (4, 2)
    assert ("slice", plate.slicing.id) in session.info["wakes"]
    assert {job_of(session, each).state for each in alone} == {JobState.QUEUED}


def test_the_same_plate_is_sliced_once(session: WritingSession, here: Lab, wait: Wait) -> None:
    plate = plates.put_together(session, SYSTEM, [wait(), wait()])
    _ready(session, plate)
    alone = plates.take_apart(session, SYSTEM, plate)
    again = plates.put_together(session, SYSTEM, alone)
    assert again.slicing_id == plate.slicing_id
    assert (again.state, again.predicted_seconds) == (S.WAITING, 90)


def test_what_is_unlike_or_gone_is_not_laid_together(session: WritingSession, here: Lab, wait: Wait) -> None:
    one, red, taken = wait(), wait(colour="red"), wait()
    runs.claim(session, SYSTEM, taken, here.machine, here.grey)
    for others, problem in (([red], "plate_unlike"), ([], "plate_of_one")):
        with pytest.raises(Refused) as refused:
            plates.put_together(session, SYSTEM, [one, *others])
        assert refused.value.code == problem
    with pytest.raises(Conflict):
        plates.put_together(session, SYSTEM, [one, taken])
    assert one.state is S.WAITING


def test_of_one_job_one_run_lies_on_a_bed(
    session: WritingSession, config: Config, storage: Storage, here: Lab, wait: Wait, tmp_path: Path
) -> None:
    first, other = wait(), wait()
    again = waiting_run(session, storage, here, short_gcode(tmp_path / "more.gcode", 0.8), job=first.items[0].job)
    assert offered(session, config, here) == [[code(first), code(other)]]
    with pytest.raises(Refused):
        plates.put_together(session, SYSTEM, [first, again])


def test_a_plate_stands_where_its_jobs_stood(session: WritingSession, config: Config, here: Lab, wait: Wait) -> None:
    together, later = [wait(), wait(), wait()], wait(owner=here.bob)
    plate = plates.put_together(session, SYSTEM, together)
    standing = ordering.places(session, config, here.site.id, here.model.id, *ordering.STANDING)
    assert [each.run_id for each in standing] == [plate.id, later.id]
    assert standing[0].together == plate.predicted_seconds


# taking apart


def test_taken_apart_each_job_has_its_own_run_again(session: WritingSession, here: Lab, wait: Wait) -> None:
    plate = plates.put_together(session, SYSTEM, [wait(), wait(copies=2)])
    alone = plates.take_apart(session, SYSTEM, plate)
    assert (plate.state, plate.reason_code) == (S.CANCELLED, "plate_taken_apart")
    assert [(each.state, each.items[0].copies) for each in alone] == [(S.WAITING, 1), (S.WAITING, 2)]
    verbs = session.scalars(select(Event.verb).where(Event.subject_id == plate.id).order_by(Event.seq))
    assert list(verbs) == ["plan", "take_apart"]


def test_a_machine_that_has_it_keeps_it_whole(session: WritingSession, here: Lab, wait: Wait) -> None:
    plate = plates.put_together(session, SYSTEM, [wait(), wait()])
    _ready(session, plate)
    runs.claim(session, SYSTEM, plate, here.machine, here.grey)
    with pytest.raises(Conflict):
        plates.take_apart(session, SYSTEM, plate)


def test_a_cancelled_job_leaves_a_plate_that_waits_and_the_others_stay_wanted(
    session: WritingSession, here: Lab, wait: Wait
) -> None:
    leaving, staying, also = wait(), wait(), wait()
    plate = plates.put_together(session, SYSTEM, [leaving, staying, also])
    job = job_of(session, leaving)
    jobs.cancel(session, job, here.alice)
    assert (job.state, plate.state) == (JobState.CANCELLED, S.CANCELLED)
    assert runs.unsettled(session, job) == []
    for each in (staying, also):
        (own,) = runs.unsettled(session, job_of(session, each))
        assert (own.state, own.is_plate) == (S.WAITING, False)


def test_a_plate_that_runs_goes_on_without_the_cancelled_job(session: WritingSession, here: Lab, wait: Wait) -> None:
    leaving, staying = wait(), wait()
    plate = plates.put_together(session, SYSTEM, [leaving, staying])
    _ready(session, plate)
    start(session, here, plate)
    jobs.cancel(session, job_of(session, leaving), here.alice)
    assert plate.state is S.RUNNING
    runs.done(session, SYSTEM, plate, 100)
    floor.clear(session, SYSTEM, here.machine)
    assert job_of(session, leaving).good_copies == 0
    assert job_of(session, staying).state is JobState.READY


def test_what_does_not_fit_after_all_harms_no_job(
    session: WritingSession, config: Config, here: Lab, wait: Wait
) -> None:
    alone = [wait(), wait(), wait()]
    plate = plates.put_together(session, SYSTEM, alone)
    _refuse(session, config, plate, "slicing_too_many", {"copies": 3, "fitting": 2})
    open_runs = {run.id: run for each in alone for run in runs.unsettled(session, job_of(session, each))}
    assert sorted(len(each.items) for each in open_runs.values()) == [1, 2]
    smaller = next(each for each in open_runs.values() if each.is_plate)
    _refuse(session, config, smaller, "slicing_failed", {"exit": 1})
    left = [run for each in alone for run in runs.unsettled(session, job_of(session, each))]
    assert [(each.state, len(each.items)) for each in left] == [(S.WAITING, 1)] * 3
    assert {job_of(session, each).state for each in alone} == {JobState.QUEUED}


def test_what_does_not_fit_after_all_leaves_a_job_alone_whose_maker_is_asked_for_more(
    session: WritingSession, config: Config, here: Lab, wait: Wait
) -> None:
    alone = [wait(), wait(), wait()]
    plate = plates.put_together(session, SYSTEM, alone)
    job = job_of(session, alone[0])
    job.state = JobState.AWAITING_MEMBER
    session.flush()
    _refuse(session, config, plate, "slicing_too_many", {"copies": 3, "fitting": 2})
    left = [run for each in alone for run in runs.unsettled(session, job_of(session, each))]
    assert [(each.state, len(each.items)) for each in left] == [(S.WAITING, 1)] * 3
    assert job.state is JobState.AWAITING_MEMBER


# what becomes of it


def test_each_job_is_charged_and_told_its_own_part(session: WritingSession, here: Lab, wait: Wait) -> None:
    small, large = wait(), wait(copies=3)
    large.predicted_seconds = 180
    session.flush()
    plate = _made(session, here, [small, large], seconds=200)
    floor.clear(session, SYSTEM, here.machine)
    assert {each.copies: each.part_of(plate.seconds) for each in plate.items} == {1: 50, 3: 150}
    for run in (small, large):
        job = job_of(session, run)
        assert (job.state, job.good_copies) == (JobState.READY, job.quantity)
        assert ledger.charged_for(session, job) == 420


def test_good_copies_of_each_job_are_counted_and_checked(session: WritingSession, here: Lab, wait: Wait) -> None:
    plate = _made(session, here, [wait(), wait(copies=3)])
    one, three = sorted(plate.items, key=lambda each: each.copies)
    for wrong in ({three.job_id: 4}, {three.job_id: -1}, {"nobody": 1}):
        with pytest.raises(Refused) as refused:
            floor.clear(session, SYSTEM, here.machine, good_copies=wrong)
        assert refused.value.code == "good_copies_out_of_bounds"
    floor.clear(session, SYSTEM, here.machine, good_copies={three.job_id: 1})
    assert [each.good_copies for each in (one, three)] == [1, 1]
    (again,) = runs.unsettled(session, three.job)
    assert [each.copies for each in again.items] == [2]


def test_one_who_asked_for_a_certain_machine_shares_with_others_who_did(
    session: WritingSession, config: Config, here: Lab, wait: Wait
) -> None:
    wait()
    asked = [wait(), wait()]
    for each in asked:
        each.items[0].job.machine_id = here.machine.id
    session.flush()
    assert offered(session, config, here) == [[code(each) for each in asked]]


# steps of life


def _ready(session: WritingSession, plate: Run) -> None:
    """The slicer is done with it."""
    slicing = plate.slicing
    assert slicing is not None
    like = session.scalars(select(Slicing).where(Slicing.state == SlicingState.READY)).first()
    assert like is not None
    slicing.state, slicing.seconds, slicing.milligrams = SlicingState.READY, 90, 9000
    slicing.gcode_sha256, slicing.gcode_sha1 = like.gcode_sha256, like.gcode_sha1
    runs.prepared(session, SYSTEM, plate)


def _refuse(session: WritingSession, config: Config, plate: Run, problem: str, values: dict[str, object]) -> None:
    assert plate.slicing is not None
    plate.slicing.state, plate.slicing.attempts = SlicingState.RUNNING, 1
    slicings.fail(session, plate.slicing.id, 1, problem, values)
    preparation.slicing_ended(session, config, plate.slicing.id)


def _made(session: WritingSession, here: Lab, alone: list[Run], seconds: int = 100) -> Run:
    """A plate of these that lies finished on the printer's bed."""
    plate = plates.put_together(session, SYSTEM, alone)
    _ready(session, plate)
    start(session, here, plate)
    runs.done(session, SYSTEM, plate, seconds)
    return plate
