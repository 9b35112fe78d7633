"""Three jobs on one bed from their models to the clear: sliced together, printed in one go, one of them repeated."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from fabqueue.dispatch.context import Context
from fabqueue.models import Job, JobState, MachineModel, Run, RunState
from fabqueue.services import events, floor, plates, runs, sharing, slicings
from fabqueue.tasks import work
from tests.dispatch.stand import Stand
from tests.support import factories
from tests.support.making import approved_job
from tests.support.octoprint import eventually

pytestmark = [
    pytest.mark.octoprint,
    pytest.mark.slicer,
    pytest.mark.skipif(not shutil.which("prusa-slicer"), reason="no PrusaSlicer is installed"),
]
PATIENCE = 240.0
"""Seconds for a real print: the printer takes a few thousand lines."""
SIZES_MM = ((8.0, 8.0, 2.0), (14.0, 6.0, 3.0), (5.0, 20.0, 4.0))
"""No two are alike in any direction, so that each is known by its sides."""

Rectangle = tuple[float, float, float, float]
"""Lowest x, y, highest x, y in millimetres."""


def test_three_jobs_are_printed_in_one_go_and_what_failed_is_printed_again_alone(stand: Stand) -> None:
    square, flat, tall = (_approved(stand, size) for size in SIZES_MM)
    _slice_all(stand.context)
    plate_id = _laid(stand, {square, flat, tall})
    _slice_all(stand.context)
    plate = _file_of(stand, plate_id)
    assert [len(_objects_at(plate, height)) for height in (0.5, 2.5, 3.5)] == [3, 2, 1]
    assert sorted(_sides(each) for each in _objects_at(plate, 1.0)) == _about(*SIZES_MM)

    _print(stand, plate_id)
    _clear(stand, {flat: 0})
    assert _states(stand, square, flat, tall) == [JobState.READY, JobState.QUEUED, JobState.READY]
    (again_id,) = _waiting(stand)
    assert [(each.job_id, each.copies) for each in stand.read(again_id).items] == [(flat, 1)]
    assert [_sides(each) for each in _objects_at(_file_of(stand, again_id), 1.0)] == _about(SIZES_MM[1])

    _print(stand, again_id)
    _clear(stand, {})
    assert _states(stand, square, flat, tall) == [JobState.READY] * 3
    assert _waiting(stand) == []


# what people and workers do


def _approved(stand: Stand, size_mm: tuple[float, float, float]) -> str:
    """The id of an approved job for one box of that size."""
    context = stand.context
    with context.db.writing() as session:
        job = approved_job(session, context.storage, stand.lab, total_minor=10_000)
        job.revision_id = factories.analysed_box(session, context.storage, job.owner, size_mm).id
        session.flush()
        session.refresh(job)
        runs.plan(session, context.config, events.SYSTEM, job)
        session.commit()
        return job.id


def _slice_all(context: Context) -> None:
    """What the worker does until nothing is left to slice."""
    with context.db.reading() as session:
        pending = slicings.pending(session)
    assert pending
    for slicing_id in pending:
        work.find("slice")(context, slicing_id)


def _laid(stand: Stand, job_ids: set[str]) -> str:
    """The technician lays together what is offered; the id of the run that makes it."""
    with stand.context.db.writing() as session:
        model = session.get_one(MachineModel, stand.lab.model.id)
        (offer,) = sharing.offers(session, stand.context.config, model)
        assert {each.id for each in offer.jobs} == job_ids
        plate = plates.put_together(session, events.actor_of(stand.lab.tara), offer.runs)
        session.commit()
        return plate.id


def _print(stand: Stand, run_id: str) -> None:
    """Dispatch drives the printer until it is done; OctoPrint says that it printed that file once and nothing else."""
    before = len(stand.server.events("PrintStarted"))
    eventually(lambda: stand.advance() or stand.read(run_id).state is RunState.DONE, PATIENCE, 0.5)
    assert [stand.seen(event, run_id) for event in ("PrintStarted", "PrintDone", "PrintFailed")] == [1, 1, 0]
    assert len(stand.server.events("PrintStarted")) == before + 1


def _clear(stand: Stand, good: dict[str, int]) -> None:
    """The technician takes the parts off; `good`: copies of the jobs where not all came out well."""
    stand.write(floor.clear, good_copies=good)


def _states(stand: Stand, *job_ids: str) -> list[JobState]:
    with stand.context.db.reading() as session:
        return [session.get_one(Job, each).state for each in job_ids]


def _waiting(stand: Stand) -> list[str]:
    with stand.context.db.reading() as session:
        return [each.id for each in session.query(Run) if not each.state.is_over]


def _file_of(stand: Stand, run_id: str) -> Path:
    slicing = stand.read(run_id).slicing
    assert slicing is not None
    return stand.context.storage.path(slicing.gcode_sha256 or "")


# what the slicer made


def _objects_at(gcode: Path, height_mm: float) -> list[Rectangle]:
    """The rectangles that plastic is laid in, in the first layer from a height on; strokes that touch are one thing."""
    apart: list[Rectangle] = []
    for stroke in _strokes(gcode, height_mm):
        joined = stroke
        while touching := [each for each in apart if _touch(each, joined)]:
            apart = [each for each in apart if each not in touching]
            joined = _around([joined, *touching])
        apart.append(joined)
    return apart


def _strokes(gcode: Path, height_mm: float) -> Iterator[Rectangle]:
    """Every straight stroke of one layer, as the rectangle around it."""
    x = y = layer = 0.0
    for line in gcode.read_text().splitlines():
        if line.startswith(";Z:"):
            if layer >= height_mm:
                return
            layer = float(line[3:])
        if not line.startswith(("G0 ", "G1 ")):
            continue
        words = {each[0]: float(each[1:]) for each in line.partition(";")[0].split()}
        to_x, to_y = words.get("X", x), words.get("Y", y)
        if layer >= height_mm and words.get("E", 0.0) > 0 and (to_x, to_y) != (x, y):
            yield min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y)
        x, y = to_x, to_y


def _touch(one: Rectangle, other: Rectangle, within_mm: float = 1.0) -> bool:
    return all(one[axis] - within_mm <= other[axis + 2] and other[axis] - within_mm <= one[axis + 2] for axis in (0, 1))


def _around(all_of: Sequence[Rectangle]) -> Rectangle:
    left, front, right, back = zip(*all_of, strict=True)
    return min(left), min(front), max(right), max(back)


def _sides(rectangle: Rectangle) -> tuple[float, float]:
    """Shorter and longer side: the arranging may have turned it."""
    sides = sorted((rectangle[2] - rectangle[0], rectangle[3] - rectangle[1]))
    return sides[0], sides[1]


def _about(*sizes_mm: tuple[float, float, float]) -> list[object]:
    """The sides that such boxes show, less the width of a line around them."""
    return [pytest.approx(each, abs=0.8) for each in sorted((min(x, y), max(x, y)) for x, y, _ in sizes_mm)]
