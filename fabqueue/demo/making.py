"""Fills the demonstration lab: uploads, publishes, asks, approves, clears and collects, and lets the machines print.

Every step is the service that a page calls; analysis, slicing and dispatch are done by the running workers.
"""

import io
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession, now
from fabqueue.demo import camera, scenes
from fabqueue.demo.catalogue import PROJECTS, QUESTION, STAGED, WAITING, DemoProject, Order
from fabqueue.demo.lab import person, the_guest, write_page
from fabqueue.demo.scenes import BROUGHT, TOGETHER, TOGETHER_NOTE, Brought
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
    Outcome,
    Person,
    Project,
    Revision,
    RevisionState,
    Run,
    RunState,
)
from fabqueue.services import (
    events,
    failures,
    finishing,
    floor,
    handovers,
    jobs,
    occupancy,
    photos,
    projects,
    requests,
    reviews,
    runs,
    uploads,
    workshop,
)
from fabqueue.services.failures import Cause, Verdict
from fabqueue.services.finishing import Said
from fabqueue.services.photos import Pictures
from fabqueue.tasks import estimates
from fabqueue.tasks import photos as taking

PATIENCE_SECONDS = 240
"""Without any change for so long, preparing is given up."""
_STUCK = frozenset({JobState.FAILED, JobState.CHANGES_REQUESTED, JobState.AWAITING_MEMBER, JobState.CANCELLED})

NOTES = (
    "Printed flat on its widest face. No brim was needed.",
    "The first layer wants a clean bed; after that it went by itself.",
    "Fits as drawn. Sand the edge that lay on the bed.",
)
"""What makers say at the shelf."""

Say = Callable[[str], None]


class NotPrepared(Exception):
    """The lab could not be filled; the text says what stands still."""


class Maker:
    """Plays everybody in the lab until what is asked for is made."""

    def __init__(self, context: Context, say: Say) -> None:
        self._context, self._say = context, say
        self._projects: list[str] = []
        self._brought: list[str] = []
        self._orders: dict[str, Order] = {}
        self._tried: set[str] = set()
        self._drawn: dict[str, Pictures] = {}

    def fill(self) -> None:
        """Projects with builds, and a few requests that wait for a technician. Raises NotPrepared."""
        self._say(f"Uploading {len(PROJECTS)} projects ...")
        self._projects = [self._upload(each) for each in PROJECTS]
        self._brought = [self._bring(each) for each in BROUGHT]
        self._until("designs are read", self._all_read)
        for project_id in self._projects:
            self._publish(project_id)
        wanted = [(index, order) for index, each in enumerate(PROJECTS) for order in each.orders]
        self._say(f"Making {len(wanted)} builds on the virtual printers and by hand ...")
        self._orders = {self._approve(self._ask(index, order)): order for index, order in wanted}
        self._until("builds are made", lambda: self._work(list(self._orders)))
        self._leave_requests()
        self._stage()
        with self._context.db.writing() as session:
            scenes.play(session)
            session.commit()

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
            write_page(session, made, project)
            session.commit()
            return made.id

    def _bring(self, brought: Brought) -> str:
        """What a guest or a pupil brings, in a private project of theirs; its revision."""
        config, data = self._context.config, brought.draw()
        kept = self._context.storage.keep(io.BytesIO(data), len(data))
        with self._context.db.writing() as session:
            owner = self._owner(session, brought.order)
            by = person(session, brought.by) if brought.by else owner
            made = uploads.add_design(session, config.uploads, by, kept, brought.file_name, owner=owner)
            projects.change(session, made.design.project, by, {"documentation": brought.words})
            session.commit()
            return made.id

    def _owner(self, session: WritingSession, order: Order) -> Person:
        return person(session, order.owner) if order.owner else the_guest(session)

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
        return self._ask_for(self._first(index), order)

    def _first(self, index: int) -> str:
        with self._context.db.reading() as session:
            first = select(Revision.id).join(Design).where(Design.project_id == self._projects[index]).limit(1)
            return session.scalars(first).one()

    def _ask_for(self, revision_id: str, order: Order, by: str = "") -> str:
        """`by`: who of the staff files it for its owner."""
        wish = self._wish(revision_id, order)
        with self._context.db.writing() as session:
            owner = self._owner(session, order)
            asks = person(session, by) if by else owner
            revision = session.get_one(Revision, revision_id)
            job = jobs.create(session, self._context.config, owner, revision, wish, filed_by=asks)
            jobs.submit(session, self._context.config, job, asks)
            session.commit()
            return job.code

    def _wish(self, revision_id: str, order: Order) -> jobs.Wish:
        """What is asked for, its price worked out."""
        estimates.ensure(self._context, revision_id, order.settings)
        return jobs.Wish(order.machine_model, order.material, order.colour, order.quantity, order.settings,
                         (now() + timedelta(days=4)).date(), order.note)  # fmt: skip

    def _ask_together(self) -> None:
        """One request of several jobs."""
        wishes = [(self._first(index), order) for index, order in TOGETHER]
        asked = [(revision_id, self._wish(revision_id, order)) for revision_id, order in wishes]
        with self._context.db.writing() as session:
            owner = person(session, TOGETHER[0][1].owner)
            request = requests.start(session, owner, TOGETHER_NOTE)
            for revision_id, wish in asked:
                revision = session.get_one(Revision, revision_id)
                requests.put(session, self._context.config, owner, revision, wish, request)
            requests.submit(session, self._context.config, request, owner)
            session.commit()

    def _approve(self, code: str) -> str:
        with self._context.db.writing() as session:
            reviews.approve(session, self._context.config, self._job(session, code), person(session, "tara"))
            session.commit()
        return code

    def _leave_requests(self) -> None:
        """What a technician finds in the inbox."""
        codes = [self._ask(index, order) for index, order in WAITING]
        for revision_id, brought in zip(self._brought, BROUGHT, strict=True):
            self._ask_for(revision_id, brought.order, brought.by)
        self._ask_together()
        with self._context.db.writing() as session:
            reviews.request_changes(session, self._job(session, codes[0]), person(session, "tara"), QUESTION)
            session.commit()

    def _stage(self) -> None:
        """Work that waits at the laser until somebody arms it."""
        index, order = STAGED
        code = self._approve(self._ask(index, order))
        self._until("the laser's file waits there", lambda: self._is_staged(code))

    def _is_staged(self, code: str) -> bool:
        self._check_stuck([code])
        with self._context.db.reading() as session:
            return any(run.state is RunState.STAGED for run in runs.of_job(session, self._job(session, code)))

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
            failing = self._failing(session, machine)
        if failing is not None:
            self._say_it_failed(machine_id, failing)
            return
        with self._context.db.writing() as session:
            machine = session.get_one(Machine, machine_id)
            made = floor.clear(session, self._technician(session), machine, place="Shelf 2")
            session.commit()
            if made:
                names = ", ".join(item.job.code for item in made.items)
                self._say(f"  {machine.name} has made {names} in {made.seconds or 0} s")

    def _failing(self, session: WritingSession, machine: Machine) -> Order | None:
        """The order whose first try lies on the bed and shall not turn out."""
        run = occupancy.at(session, machine).last
        codes = [item.job.code for item in run.items] if run else []
        known = [code for code in codes if code not in self._tried and code in self._orders]
        self._tried.update(known)
        return next((self._orders[code] for code in known if self._orders[code].fails), None)

    def _say_it_failed(self, machine_id: str, order: Order) -> None:
        """Cause, photo, and once more."""
        seen = self._photo("What came off the bed", 22.0)
        verdict = Verdict(Outcome.FAILED, Cause.CAME_LOOSE, order.fails, repeat=True)
        with self._context.db.writing() as session:
            machine, tara = session.get_one(Machine, machine_id), person(session, "tara")
            run = failures.clear(session, self._context.config, events.actor_of(tara), machine, verdict)
            if run is not None:
                photos.keep_of_run(session, self._context.config.uploads, tara, run, seen)
            session.commit()
            self._say(f"  {machine.name} has failed once, and makes it again")

    def _work_by_hand(self, machine_id: str) -> None:
        with self._context.db.writing() as session:
            machine = session.get_one(Machine, machine_id)
            actor = self._technician(session)
            if self._busy(machine_id):
                floor.finish(session, actor, machine)
            elif by_hand.startable(session, self._context.config, machine):
                by_hand.start(session, self._context.config, actor, machine)
            session.commit()

    def _collect(self, codes: list[str]) -> bool:
        """Owners take what is ready and say at the shelf what the next maker should know; some with a picture."""
        picture = self._photo("The finished part", 100.0) if self._some_ready(codes) else None
        with self._context.db.writing() as session:
            asked = session.scalars(select(Job).where(Job.code.in_(codes))).unique().all()
            for job in asked:
                if job.state is JobState.READY:
                    self._hand_out(session, job)
                    taken = [picture] if picture and not job.number % 3 else []
                    said = Said(NOTES[job.number % len(NOTES)], {}, taken)
                    finishing.save(session, self._context.config, job, job.owner, said)
            session.commit()
            return all(job.state is JobState.COLLECTED for job in asked)

    def _hand_out(self, session: WritingSession, job: Job) -> None:
        """At the counter, where it is paid or waived there: weighed, and by name."""
        order = self._orders[job.code]
        if order.means is not None:
            used = sum(run.milligrams or 0 for run in runs.of_job(session, job))
            taking = handovers.Taking(job.owner.display_name, order.means, order.why, {job.id: used} if used else {})
            handovers.hand_out(session, [job], person(session, "tara"), taking)

    def _some_ready(self, codes: list[str]) -> bool:
        with self._context.db.reading() as session:
            ready = select(Job.id).where(Job.code.in_(codes), Job.state == JobState.READY)
            return session.scalar(ready.limit(1)) is not None

    def _photo(self, words: str, done: float) -> Pictures:
        """Drawn once, and labelled as what it is."""
        if words not in self._drawn:
            seen = camera.draw(words, done, datetime.now().astimezone())
            self._drawn[words] = taking.take(self._context, io.BytesIO(seen))
        return self._drawn[words]

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
            return runs.is_busy(session, machine_id)

    def _technician(self, session: WritingSession) -> events.Actor:
        return events.actor_of(person(session, "tara"))

    def _job(self, session: Session, code: str) -> Job:
        return session.scalars(select(Job).where(Job.code == code)).unique().one()
