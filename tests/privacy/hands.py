"""What builds that lab is made of: a project, a job, what became of it; each step commits."""

import io
from typing import Any

from fabqueue.db import WritingSession, now
from fabqueue.dispatch.context import Context
from fabqueue.models import (
    ImportKind,
    Job,
    JobState,
    Machine,
    Outcome,
    Person,
    Photo,
    Project,
    Revision,
    RunState,
    Showcase,
    StoredFile,
)
from fabqueue.services import events, finishing, floor, handovers, jobs, photos, projects, runs
from fabqueue.services.jobs import Wish
from fabqueue.services.photos import Pictures
from tests.privacy.place import Place
from tests.support import factories, run_states
from tests.support.factories import Lab
from tests.support.labs import LabBuilder
from tests.support.making import estimated
from tests.support.photos import photo

NEEDED = {"licence": "CERN-OHL-W-2.0", "licensor": "The lab", "function": "Holds things."}
WISH = Wish("marlin-250", "pla")


class Hands(LabBuilder):
    def __init__(self, context: Context, lab: Lab) -> None:
        self.place = Place()
        super().__init__(context, self.place)
        self.lab, self.technician = lab, lab.tara.id
        self.shot: Pictures = self.pictures(photo())

    def project(self, who: str, slug: str, filename: str, **words: str) -> Project:
        """A private project with one design, whose file, picture and preview hold the word of the file."""
        with self.writing() as session:
            row = self._box(session, session.get_one(Person, self.place.readers[who].id))
            row.filename, row.design.name = filename, filename.partition(".")[0]
            row.sha256 = self._bytes(session, f"solid {row.design.name} {slug}\n")
            assert row.report is not None
            row.report.picture_sha256 = row.report.preview_sha256 = self._bytes(session, f"{row.design.name} {slug}")
            project, owner = row.design.project, row.design.project.owner
            project.slug = slug
            projects.change(session, project, owner, NEEDED | words)
            session.flush()
            session.refresh(project)
        self.place.projects.append(project.slug)
        self.place.project_ids.append(project.id)
        self.place.designs[project.slug], self.place.revisions[project.slug] = row.design_id, row.id
        return project

    def _box(self, session: WritingSession, owner: Person) -> Revision:
        """Read and estimated, each of another size: a report belongs to one file."""
        size = (20.0, 20.0, 20.0 + len(self.place.projects) / 10)
        revision = factories.analysed_box(session, self.context.storage, owner, size)
        estimated(session, self.context.config, revision)
        return revision

    def _bytes(self, session: WritingSession, text: str) -> str:
        kept = self.context.storage.keep(io.BytesIO(text.encode()), len(text.encode()))
        session.add(StoredFile(sha256=kept.sha256, size=kept.size))
        session.flush()
        return kept.sha256

    def photo(self, session: WritingSession, person: Person, project: Project, text: str, **more: Any) -> Photo:
        by, into = session.get_one(Person, person.id), session.get_one(Project, project.id)
        rules = self.context.config.uploads
        made = photos.keep(session, rules, by, into, self.shot, alternative_text=text, **more)
        self.place.photos.append(made.id)
        return made

    def hide(self, project: Project) -> None:
        """Nobody but its people may know of it."""
        revision, slug = self.place.revisions[project.slug], project.slug
        files = [f"/files/revisions/{revision}/{each}" for each in ("picture.webp", "preview.glb", "download")]
        inner = ("files.zip", "photos", "history", "builds/1", "edit", "authors")
        self.place.hidden_files += [*files, *(f"/projects/{slug}/{each}" for each in inner)]
        self.place.hidden_ids |= {project.id, project.slug, revision, self.place.designs[slug]}

    def change(self, project: Project, verb: Any) -> None:
        with self.writing() as session:
            found = session.get_one(Project, project.id)
            verb(session, found, found.owner)

    def filed(self, project: Project, who: Person, named: str = "", **wish: Any) -> Job:
        """Submitted. `named`: what it is in the lab, where its addresses are worth opening."""
        with self.writing() as session:
            person = session.get_one(Person, who.id)
            revision = session.get_one(Revision, self.place.revisions[project.slug])
            wanted = Wish("marlin-250", "pla", **wish)
            job = jobs.create(session, self.context.config, person, revision, wanted, filed_by=person)
            self.submit(session, job)
            session.flush()
            session.refresh(job)
        if named:
            self.place.jobs[named] = job.code
        return job

    def finished(self, job: Job, *, outcome: Outcome = Outcome.GOOD, reason: str = "", place: str = "") -> None:
        """Approved, printed, taken off the bed."""
        with self.writing() as session:
            row = session.get_one(Job, job.id)
            if row.state is JobState.SUBMITTED:
                self.approve(session, row)
            self.printed(session, row)
            floor.clear(session, self.hands(session), session.get_one(Machine, self.lab.machine.id), outcome,
                        place=place, reason=reason)  # fmt: skip

    def printed(self, session: WritingSession, job: Job, ends: bool = True) -> None:
        run, machine = runs.of_job(session, job)[-1], session.get_one(Machine, self.lab.machine.id)
        run.state = RunState.WAITING
        session.flush()
        machine.bed_cleared_at = machine.bed_cleared_at or now()
        run_states.told(session, self.claim(session, run, machine))
        runs.began(session, events.of_machine(machine), run)
        self.place.runs.append(run.id)
        if ends:
            runs.done(session, events.of_machine(machine), run, 3700)

    def collected(self, job: Job, by: Person, note: str = "", taking_: handovers.Taking | None = None) -> None:
        with self.writing() as session:
            row, person = session.get_one(Job, job.id), session.get_one(Person, by.id)
            handovers.hand_out(session, [row], person, taking_ or handovers.Taking())
            if note:
                finishing.save(session, self.context.config, row, row.owner, finishing.Said(note, {}))

    def collected_by(self, project: Project, maker: Person, note: str = "") -> Job:
        job = self.filed(project, maker)
        self.finished(job)
        self.collected(job, maker, note)
        return job

    def keep(self, showcase: Showcase) -> None:
        self.place.showcases.append(showcase.slug)
        self.place.slides += [each.id for each in showcase.items]

    def past(self, line: str, *, make: bool) -> None:
        """A list of past jobs with that line is read, and perhaps made."""
        columns = {"columns": {"person": 0, "filename": 1}}
        content = f"who;file\n{line}\n".encode()
        self.place.imports.append(self.bring_in(ImportKind.PAST_JOBS, content, "list.csv", columns, make=make))
