"""Fills the demonstration lab: uploads, publishes, asks, approves, clears and collects, and lets the machines print.

Every step is the service that a page calls; analysis, slicing and dispatch are done by the running workers.
"""

import io
import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select

from fabqueue.db import WritingSession, now
from fabqueue.demo.catalogue import PROJECTS, QUESTION, WAITING, DemoProject, Order
from fabqueue.demo.lab import person
from fabqueue.dispatch import by_hand
from fabqueue.dispatch.context import Context
from fabqueue.models import (
    Condition,
    Connection,
    Design,
    Event,
    Job,
    JobState,
    Machine,
    Project,
    Revision,
    RevisionState,
    Run,
    RunState,
)
from fabqueue.services import events, floor, jobs, projects, reviews, uploads, workshop
from fabqueue.tasks import estimates

PATIENCE_SECONDS = 240
"""Without any change for so long, preparing is given up."""
_STUCK = frozenset({JobState.FAILED, JobState.CHANGES_REQUESTED, JobState.AWAITING_MEMBER, JobState.CANCELLED})

Say = Callable[[str], None]


class NotPrepared(Exception):
    """The lab could not be filled; the text says what stands still."""


class Maker:
    """Plays everybody in the lab until what is asked for is made."""

    def __init__(self, context: Context, say: Say) -> None:
        self._context, self._say = context, say
        self._projects: list[str] = []

    def fill(self) -> None:
        """Projects with builds, and a few requests that wait for a technician. Raises NotPrepared."""
        self._say(f"Uploading {len(PROJECTS)} projects ...")
        self._projects = [self._upload(each) for each in PROJECTS]
        self._until("designs are read", self._all_read)
        for project_id in self._projects:
            self._publish(project_id)
        wanted = [(index, order) for index, each in enumerate(PROJECTS) for order in each.orders]
        self._say(f"Making {len(wanted)} builds on the virtual printers and by hand ...")
        codes = [self._approve(self._ask(index, order)) for index, order in wanted]
        self._until("builds are made", lambda: self._work(codes))
        self._leave_requests()

    def ready_to_print(self) -> bool:
        """Whether every machine is online, clear and free."""
        with self._context.db.reading() as session:
            return all(
                each.connection is Connection.ONLINE and each.condition(self._busy(each.id)) is Condition.AVAILABLE
                for each in workshop.machines(session)
                if not each.is_manual
            )

    def wait_for_machines(self) -> None:
        self._until("machines are online", self.ready_to_print)

    # steps

    def _upload(self, project: DemoProject) -> str:
        """The project's id; its designs are being read."""
        config, storage = self._context.config, self._context.storage
        files = [(name, draw()) for name, draw in project.parts]
        kept = [(name, storage.keep(io.BytesIO(data), len(data))) for name, data in files]
        with self._context.db.writing() as session:
            owner = person(session, project.owner)
            made = uploads.start_project(session, owner, project.title)
            for name, file in kept:
                uploads.add_design(session, config.uploads, owner, file, name, project=made)
            texts = ("summary", "documentation", "function", "licence", "licensor", "version")
            projects.change(session, made, owner, {each: getattr(project, each) for each in texts})
            session.commit()
            return made.id

    def _all_read(self) -> bool:
        with self._context.db.reading() as session:
            states = set(session.scalars(select(Revision.state)))
        if RevisionState.FAILED in states:
            raise NotPrepared("a design of the demonstration could not be read; see serve.log")
        return states == {RevisionState.READY}

    def _publish(self, project_id: str) -> None:
        with self._context.db.writing() as session:
            project = session.get_one(Project, project_id)
            projects.publish(session, project, project.owner)
            session.commit()

    def _ask(self, index: int, order: Order) -> str:
        """Submit a job for the first design of a project; its code."""
        with self._context.db.reading() as session:
            revision_id = session.scalars(
                select(Revision.id).join(Design).where(Design.project_id == self._projects[index]).limit(1)
            ).one()
        estimates.ensure(self._context, revision_id, order.settings)
        wish = jobs.Wish(order.machine_model, order.material, order.colour, order.quantity, order.settings,
                         (now() + timedelta(days=4)).date(), order.note)  # fmt: skip
        with self._context.db.writing() as session:
            owner = person(session, order.owner)
            revision = session.get_one(Revision, revision_id)
            job = jobs.create(session, self._context.config, owner, revision, wish, filed_by=owner)
            jobs.submit(session, self._context.config, job, owner)
            session.commit()
            return job.code

    def _approve(self, code: str) -> str:
        with self._context.db.writing() as session:
            reviews.approve(session, self._context.config, self._job(session, code), person(session, "tara"))
            session.commit()
        return code

    def _leave_requests(self) -> None:
        """What a technician finds in the inbox."""
        codes = [self._ask(index, order) for index, order in WAITING]
        with self._context.db.writing() as session:
            reviews.request_changes(session, self._job(session, codes[0]), person(session, "tara"), QUESTION)
            session.commit()

    # what people do while machines work

    def _work(self, codes: list[str]) -> bool:
        """One round through the workshop; whether everything was collected."""
        self._check_stuck(codes)
        with self._context.db.reading() as session:
            machines = [(each.id, each.is_manual) for each in workshop.machines(session)]
        for machine_id, manual in machines:
            self._clear_if_done(machine_id)
            if manual:
                self._work_by_hand(machine_id)
        return self._collect(codes)

    def _clear_if_done(self, machine_id: str) -> None:
        with self._context.db.writing() as session:
            machine = session.get_one(Machine, machine_id)
            if machine.condition(self._busy(machine_id)) is not Condition.NEEDS_CLEARING:
                return
            made = floor.clear(session, self._technician(session), machine, place="Shelf 2")
            session.commit()
            if made:
                names = ", ".join(item.job.code for item in made.items)
                self._say(f"  {machine.name} has made {names} in {made.seconds or 0} s")

    def _work_by_hand(self, machine_id: str) -> None:
        with self._context.db.writing() as session:
            machine = session.get_one(Machine, machine_id)
            actor = self._technician(session)
            if self._busy(machine_id):
                floor.finish(session, actor, machine)
            elif by_hand.startable(session, machine):
                by_hand.start(session, actor, machine)
            session.commit()

    def _collect(self, codes: list[str]) -> bool:
        with self._context.db.writing() as session:
            asked = session.scalars(select(Job).where(Job.code.in_(codes))).unique().all()
            for job in asked:
                if job.state is JobState.READY:
                    jobs.collect(session, job, job.owner)
            session.commit()
            return all(job.state is JobState.COLLECTED for job in asked)

    def _check_stuck(self, codes: list[str]) -> None:
        with self._context.db.reading() as session:
            stuck = session.scalars(select(Job).where(Job.code.in_(codes), Job.state.in_(_STUCK))).unique().all()
            doubtful = session.scalars(select(Run).where(Run.state == RunState.IN_DOUBT)).unique().all()
            named = [f"{job.code} is {job.state} ({job.reason_code})" for job in stuck]
            named += [f"a run is in doubt ({run.reason_code})" for run in doubtful]
        if named:
            raise NotPrepared("; ".join(named))

    # helpers

    def _until(self, what: str, done: Callable[[], bool]) -> None:
        """Ask again and again. Raises NotPrepared when nothing has happened for too long."""
        seen, since = self._last_event(), time.monotonic()
        while not done():
            latest = self._last_event()
            if latest != seen:
                seen, since = latest, time.monotonic()
            elif time.monotonic() - since > PATIENCE_SECONDS:
                raise NotPrepared(f"nothing has happened for {PATIENCE_SECONDS} s while waiting until {what}")
            time.sleep(0.5)

    def _last_event(self) -> int:
        with self._context.db.reading() as session:
            return session.scalar(select(func.max(Event.seq))) or 0

    def _busy(self, machine_id: str) -> bool:
        with self._context.db.reading() as session:
            return workshop.active_run(session, session.get_one(Machine, machine_id)) is not None

    def _technician(self, session: WritingSession) -> events.Actor:
        return events.actor_of(person(session, "tara"))

    def _job(self, session: WritingSession, code: str) -> Job:
        return session.scalars(select(Job).where(Job.code == code)).unique().one()
