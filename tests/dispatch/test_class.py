"""A class of thirty, a small job each, two printers, plates on by rule: few walks to a bed, and times that hold."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from fabqueue.db import WritingSession, now
from fabqueue.dispatch import claim
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.waiting import Outlook
from fabqueue.models import Event, Job, JobState, Machine, Run, RunState, Slicing, SlicingState
from fabqueue.services import events, floor, policy, runs
from fabqueue.services.events import SYSTEM, of_machine
from fabqueue.tasks import ticker
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import approved_job, short_gcode, waiting_run

PUPILS = 30
ALONE, BESIDE = 300, 280
"""Seconds that a part takes alone, and on a plate, by the slicer."""
SLOWER = 1.15
"""How much longer than predicted everything takes."""
WALK = 12 * 60.0
"""Seconds until somebody clears a bed."""
Told = dict[str, tuple[float, float]]
"""Earliest and latest finish of each job, in seconds from the start of the lesson."""


class Lesson:
    """Both printers and the class."""

    def __init__(self, context: Context, lab: Lab) -> None:
        self.context, self.lab = context, lab
        self.printers = [lab.machine.id, self._second()]
        self.free = dict.fromkeys(self.printers, 0.0)
        self.ends: dict[str, float] = {}
        self.finished: dict[str, float] = {}
        """When the parts of each job were done."""
        self.told: Told = {}
        """What each pupil read when the job was approved."""

    def _second(self) -> str:
        with self.context.db.writing() as session:
            here, model = session.merge(self.lab.site), session.merge(self.lab.model)
            white = factories.stock(session, here, session.merge(self.lab.pla))
            printer = factories.machine(session, here, model, white)
            policy.change(session, self.context.settings, events.SYSTEM, {"queue.plates": "true"})
            session.commit()
            key = printer.id
        self.context.policy_changed()
        return key

    def approve(self, number: int, gcode: Path) -> None:
        """A pupil's job is approved; the pupil reads when it will be finished."""
        with self.context.db.writing() as session:
            pupil = factories.person(session, f"pupil-{number}")
            job = approved_job(session, self.context.storage, self.lab, owner=pupil)
            run = waiting_run(session, self.context.storage, self.lab, gcode, job=job)
            assert run.slicing is not None
            run.predicted_seconds = run.slicing.seconds = ALONE
            session.commit()
            finish, moment = Outlook(session, self.context.config).finish(job), now()
            assert finish is not None
            low, high = ((each - moment).total_seconds() for each in (finish.low, finish.high))
            self.told[job.id] = low - 1, high + 1

    def tick(self) -> None:
        """Whatever may start does, what waits is laid together by the rule, and what is laid is sliced."""
        with self.context.db.writing() as session:
            for key in self.printers:
                run = claim.claim_for(session, self.context.config, key)
                if run is not None:
                    self._begin(session, run, session.get_one(Machine, key))
            session.commit()
        self.lay()

    def lay(self) -> None:
        ticker.lay_together(self.context)
        with self.context.db.writing() as session:
            for plate in session.scalars(select(Run).where(Run.state == RunState.PREPARING)).unique():
                _slice(session, plate)
            session.commit()

    def _begin(self, session: WritingSession, run: Run, printer: Machine) -> None:
        by = of_machine(printer)
        runs.send(session, by, run, f"fabqueue/{run.id}.gcode", 1)
        runs.intend(session, by, run)
        runs.began(session, by, run)
        self.ends[printer.id] = self.free[printer.id] + (run.predicted_seconds or 0) * SLOWER

    def go_on(self) -> None:
        """The printer that is done first comes to its end, is cleared, and takes the next."""
        key = min(self.ends, key=lambda each: self.ends[each])
        end = self.ends.pop(key)
        self._of(key, lambda session, printer, run: setattr(run, "seconds_left", 60))
        self.lay()
        self._of(key, lambda session, printer, run: self._end(session, printer, run, end))
        self.free[key] = end + WALK
        self.tick()

    def _of(self, key: str, act: object) -> None:
        with self.context.db.writing() as session:
            printer = session.get_one(Machine, key)
            run = runs.active_on(session, printer)
            assert run is not None
            act(session, printer, run)  # type: ignore[operator]
            session.commit()

    def _end(self, session: WritingSession, printer: Machine, run: Run, end: float) -> None:
        self.finished |= {item.job_id: end for item in run.items}
        runs.done(session, of_machine(printer), run, run.predicted_seconds)
        floor.clear(session, SYSTEM, printer)

    def is_over(self) -> bool:
        with self.context.db.reading() as session:
            return not session.scalar(select(func.count()).where(Job.state != JobState.READY))

    def clearings(self) -> int:
        with self.context.db.reading() as session:
            cleared = select(func.count()).where(Event.verb == "clear", Event.subject_kind == "machine")
            return session.scalar(cleared) or 0

    def surprised(self) -> Told:
        """Whose job was finished outside of what its maker had read."""
        return {key: (self.told[key][0], end, self.told[key][1]) for key, end in self.finished.items()
                if not self.told[key][0] <= end <= self.told[key][1]}  # type: ignore[misc]  # fmt: skip


def _slice(session: WritingSession, plate: Run) -> None:
    slicing, like = plate.slicing, session.scalar(select(Slicing).where(Slicing.state == SlicingState.READY))
    assert slicing is not None
    assert like is not None
    slicing.state, slicing.seconds, slicing.milligrams = SlicingState.READY, BESIDE * slicing.copies, 2000
    slicing.gcode_sha256, slicing.gcode_sha1 = like.gcode_sha256, like.gcode_sha1
    runs.prepared(session, SYSTEM, plate)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_class_needs_few_clearings_and_is_done_when_it_was_told(
    context: Context, lab: Lab, tmp_path: Path, at_once: bool
) -> None:
    """Approved all at once before the lesson, or one after the other while the printers begin."""
    lesson = Lesson(context, lab)
    for number in range(PUPILS):
        lesson.approve(number, short_gcode(tmp_path / f"{number}.gcode", seconds=1 + number / 100))
        if not at_once:
            lesson.tick()
    lesson.tick()
    while not lesson.is_over():
        lesson.go_on()
    assert lesson.clearings() < PUPILS / 4
    assert lesson.surprised() == {}
