"""What builders of whole labs share: files that are read, jobs brought along, lists brought in; each step commits.

Everything is made by the services a page calls. Machines need no server: what dispatch would learn from them is said by
the same services (`tests/support/run_states.py`).
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from fabqueue.db import WritingSession, now
from fabqueue.dispatch.context import Context
from fabqueue.models import (
    Candidate,
    CandidateSource,
    CandidateState,
    ImportBatch,
    ImportKind,
    Job,
    Machine,
    Person,
    Project,
    Revision,
    Run,
    Slicing,
    SlicingState,
    StoredFile,
)
from fabqueue.services import events, jobs, quotes, reviews, runs, sites, uploads
from fabqueue.services.imports import batches
from fabqueue.services.jobs import Wish
from fabqueue.services.photos import Pictures
from fabqueue.tasks import photos as taking
from fabqueue.tasks.work import find

NO_FILE = "0" * 64
"""What stands for sliced files that nobody opens."""
_BED = {"bed_mm": [250, 210, 210], "nozzle_mm": 0.4, "extruders": 1, "round": False, "model": "MK3S"}


class Made(Protocol):
    """What any lab remembers of what was made."""

    designs: dict[str, str]
    revisions: dict[str, str]
    jobs: dict[str, str]


class LabBuilder:
    """Makes a lab step by step. `technician`: id of who reviews."""

    def __init__(self, context: Context, made: Made) -> None:
        self.context, self._made = context, made
        self.wakes: list[tuple[str, str]] = []
        self.technician = ""
        context.db.waker = lambda task, key: self.wakes.append((task, key))

    @contextmanager
    def writing(self) -> Iterator[WritingSession]:
        with self.context.db.writing() as session:
            session.expire_on_commit = False
            yield session
            session.commit()

    def tara(self, session: WritingSession) -> Person:
        return session.get_one(Person, self.technician)

    def hands(self, session: WritingSession) -> events.Actor:
        return events.actor_of(self.tara(session))

    # files, read by the real analysis

    def upload(self, owner: Person, filename: str, content: bytes, project: Project | None = None) -> Project:
        """A design of `project`, or of a new one; which is answered."""
        kept = self.context.storage.keep(io.BytesIO(content), len(content))
        with self.writing() as session:
            into = session.get_one(Project, project.id) if project else None
            by = session.get_one(Person, owner.id)
            revision = uploads.add_design(session, self.context.config.uploads, by, kept, filename, project=into)
            name = self.name_of(filename)
            self._made.designs[name], self._made.revisions[name] = revision.design_id, revision.id
            return revision.design.project

    def name_of(self, filename: str) -> str:
        """What a file is called in this lab."""
        return filename

    def analyse(self) -> None:
        for task, key in self.wakes:
            if task == "analyse":
                find(task)(self.context, key)
        self.wakes.clear()

    def pictures(self, content: bytes) -> Pictures:
        return taking.take(self.context, io.BytesIO(content))

    # jobs

    def draft(self, session: WritingSession, what: str, owner: Person, file: str, wish: Wish) -> Job:
        revision = session.get_one(Revision, self._made.revisions[file])
        made = jobs.create(session, self.context.config, owner, revision, wish, filed_by=owner)
        self._made.jobs[what] = made.code
        return made

    def submit(self, session: WritingSession, job: Job) -> Job:
        jobs.submit(session, self.context.config, job, job.owner)
        return job

    def approve(self, session: WritingSession, job: Job) -> Job:
        reviews.approve(session, self.context.config, job, self.tara(session))
        return job

    def offer_dearer(self, session: WritingSession, job: Job, minor: int) -> None:
        quote = quotes.freeze(session, self.context.config, sites.the_site(session), job)
        quote.total_minor += minor
        jobs.offer_dearer(session, self.hands(session), job, quote, "price_dearer_by_change")

    def sliced(self, session: WritingSession, job: Job, seconds: int, milligrams: int) -> Run:
        """The job's run with what the slicer would have answered."""
        run = runs.of_job(session, job)[0]
        assert run.slicing
        was_ready = run.slicing.state is SlicingState.READY
        _answer(session, run.slicing, seconds, milligrams)
        if not was_ready:
            runs.prepared(session, events.SYSTEM, run)
        return run

    def claim(self, session: WritingSession, run: Run, machine: Machine) -> Run:
        runs.claim(session, events.of_machine(machine), run, machine, machine.slots[0].stock)
        return run

    # what is brought in

    def bring_in(
        self, kind: ImportKind, content: bytes, filename: str, choices: Mapping[str, Any] | None = None, *,
        read: bool = True, make: bool = False,
    ) -> str:  # fmt: skip
        """The import's id."""
        kept = self.context.storage.keep(io.BytesIO(content), len(content))
        with self.writing() as session:
            batch = batches.create(session, self.tara(session), kind, filename, kept)
            batch.choices = dict(choices or batch.choices)
        if read:
            find("read_import")(self.context, batch.id)
        if make:
            with self.writing() as session:
                batches.start(session, session.get_one(ImportBatch, batch.id))
            find("make_import")(self.context, batch.id)
        return batch.id


def candidate(session: WritingSession, url: str, name: str, state: CandidateState, source: CandidateSource) -> str:
    """An OctoPrint on its way into the lab; its id."""
    problem = "machine_not_octoprint" if state is CandidateState.SILENT else ""
    made = Candidate(url=url, name=name, version="1.11.8" if name else "", state=state, source=source,
                     problem_code=problem, facts=_BED)  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def _answer(session: WritingSession, slicing: Slicing, seconds: int, milligrams: int) -> None:
    if session.get(StoredFile, NO_FILE) is None:
        session.add(StoredFile(sha256=NO_FILE, size=1))
        session.flush()
    slicing.state, slicing.gcode_sha256, slicing.gcode_sha1 = SlicingState.READY, NO_FILE, "0" * 40
    slicing.seconds, slicing.milligrams, slicing.ready_at = seconds, milligrams, now()
