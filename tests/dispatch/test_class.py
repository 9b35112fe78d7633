"""A class of thirty small jobs on two printers, with plates on: few walks to a bed, and times that hold."""

from pathlib import Path

from sqlalchemy import func, select

from fabqueue.config import Config
from fabqueue.db import WritingSession, now
from fabqueue.dispatch import claim
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.waiting import Outlook
from fabqueue.models import Event, Job, JobState, Machine, Run, RunState, Slicing, SlicingState
from fabqueue.services import floor, plates, runs
from fabqueue.services.events import SYSTEM, of_machine
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run

PUPILS = 30
SLOWER = 1.15
"""How much longer than predicted everything takes."""
WALK = 12 * 60.0
"""Seconds until somebody clears a bed."""


class Morning:
    """Both printers and the class, in seconds from the start of the lesson."""

    def __init__(self, session: WritingSession, config: Config, printers: list[Machine]) -> None:
        self.session, self.config, self.printers = session, config, printers
        self.free = {each.id: 0.0 for each in printers}
        self.ends: dict[str, float] = {}
        self.finished: dict[str, float] = {}
        """When the parts of each job were done."""

    def start(self) -> None:
        """Whatever may start does; what waits is laid together when a printer will soon be free."""
        for printer in self.printers:
            run = claim.claim_for(self.session, self.config, printer.id)
            if run is not None:
                self._begin(run, printer)
        plates.gather(self.session, self.config)
        for plate in self.session.scalars(select(Run).where(Run.state == RunState.PREPARING)).unique():
            self._slice(plate)

    def _begin(self, run: Run, printer: Machine) -> None:
        by = of_machine(printer)
        runs.send(self.session, by, run, f"fabqueue/{run.id}.gcode", 1)
        runs.intend(self.session, by, run)
        runs.began(self.session, by, run)
        self.ends[printer.id] = self.free[printer.id] + (run.predicted_seconds or 0) * SLOWER

    def _slice(self, plate: Run) -> None:
        slicing, like = plate.slicing, self.session.scalar(select(Slicing).where(Slicing.state == SlicingState.READY))
        assert slicing is not None
        assert like is not None
        slicing.state, slicing.seconds, slicing.milligrams = SlicingState.READY, 300 * slicing.copies, 2000
        slicing.gcode_sha256, slicing.gcode_sha1 = like.gcode_sha256, like.gcode_sha1
        runs.prepared(self.session, SYSTEM, plate)

    def step(self) -> None:
        """The printer that is done first is cleared."""
        key = min(self.ends, key=lambda each: self.ends[each])
        printer, end = self.session.get_one(Machine, key), self.ends.pop(key)
        run = runs.active_on(self.session, printer)
        assert run is not None
        self.finished |= {item.job_id: end for item in run.items}
        runs.done(self.session, of_machine(printer), run, run.predicted_seconds)
        floor.clear(self.session, SYSTEM, printer)
        self.free[key] = end + WALK


def test_a_class_needs_few_clearings_and_is_done_when_it_was_told(context: Context, lab: Lab, tmp_path: Path) -> None:
    with context.db.writing() as session:
        here, white = session.merge(lab.site), factories.stock(session, session.merge(lab.site), session.merge(lab.pla))
        second = factories.machine(session, here, session.merge(lab.model), white)
        morning = Morning(session, context.config, [session.merge(lab.machine), second])
        for number in range(PUPILS):
            gcode = short_gcode(tmp_path / f"{number}.gcode", seconds=1 + number / 100)
            waiting_run(session, context.storage, lab, gcode)
        morning.start()
        told = _told(session, context.config)
        while session.scalar(select(func.count()).where(Job.state != JobState.READY)):
            morning.step()
            morning.start()
        cleared = session.scalar(select(func.count()).where(Event.verb == "clear", Event.subject_kind == "machine"))
    assert cleared is not None
    assert 2 <= cleared < PUPILS / 4
    late = {key: (told[key], end) for key, end in morning.finished.items() if not told[key][0] <= end <= told[key][1]}
    assert late == {}


def _told(session: WritingSession, config: Config) -> dict[str, tuple[float, float]]:
    """What each member reads once the beds are laid: earliest and latest finish, in seconds from now."""
    outlook, moment = Outlook(session, config), now()
    found = {job.id: outlook.finish(job) for job in session.scalars(select(Job))}
    assert all(found.values())
    return {
        key: ((each.low - moment).total_seconds() - 1, (each.high - moment).total_seconds() + 1)
        for key, each in found.items() if each
    }  # fmt: skip
