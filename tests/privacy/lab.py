"""A lab whose people keep something to themselves; every word of it stands in `words.PLACES`."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from fabqueue.db import WritingSession, now
from fabqueue.dispatch.context import Context
from fabqueue.models import (
    ImportBatch,
    ImportKind,
    Job,
    JobState,
    Machine,
    MachineKind,
    Means,
    Outcome,
    Person,
    Photo,
    Project,
    Revision,
    Role,
    RunState,
    Showcase,
    StoredFile,
)
from fabqueue.services import (
    authors,
    builds,
    certifications,
    events,
    finishing,
    floor,
    guarding,
    guests,
    handover,
    handovers,
    jobs,
    leaving,
    ledger,
    people,
    photos,
    projects,
    requests,
    reviews,
    runs,
    screens,
    showcases,
    sign_ins,
    tokens,
)
from fabqueue.services.imports import batches
from fabqueue.services.jobs import Wish
from fabqueue.services.photos import Pictures
from fabqueue.tasks import photos as taking
from fabqueue.tasks.work import find
from tests.languages.lab import Everything
from tests.privacy.words import AUTHOR, GUARDIAN, GUEST, INSTRUCTOR, OTHER, TECHNICIAN, WARD
from tests.support import factories
from tests.support.factories import Lab
from tests.support.photos import photo
from tests.web.makers.conftest import Workshop

NEEDED = {"licence": "CERN-OHL-W-2.0", "licensor": "The lab", "function": "Holds things."}
WISH = Wish("marlin-250", "pla")
ALIAS, ANONYMOUS, LEFT = "alias", "anonymous", "left"
"""People who read nothing here themselves."""


@dataclass
class Place(Everything):
    """What the addresses are filled with, and which of these are for nobody but their people."""

    readers: dict[str, Person] = field(default_factory=dict)
    hidden_files: list[str] = field(default_factory=list)
    """Addresses of files and pictures of Alice that a stranger must not get."""
    hidden_ids: set[str] = field(default_factory=set)
    """Ids of what a stranger must not know of."""
    ids_of_guest: set[str] = field(default_factory=set)
    """Those among them that are the guest's own."""


class Builder(Workshop):
    """Makes it through the services, one commit a step."""

    def __init__(self, context: Context, lab: Lab) -> None:
        super().__init__(context, lab)
        self.place = Place()
        self.pictures: Pictures = taking.take(context, io.BytesIO(photo()))

    def build(self) -> Place:
        self._people()
        opened = self._public_project()
        self._private_project()
        self._unpublished_project()
        self._ward(opened)
        self._anonymous(opened)
        self._guest()
        self._left(opened)
        self._workshop()
        self._showcases()
        self._tell_addresses()
        return self.place

    def _people(self) -> None:
        lab, place = self.lab, self.place
        with self.writing() as session:
            alias = factories.person(session, "lea", display_name="zqaliasname Lea", private_name="zqaliasprivate",
                                     email="zqaliasmail@example.org", named_on_builds=True)  # fmt: skip
            anonymous = factories.person(session, "anton", display_name="zqanonname", email="zqanonmail@example.org",
                                         named_on_projects=False)  # fmt: skip
            guardian = factories.person(session, "greta")
            ward = factories.person(session, "wanda", display_name="zqwardname", private_name="zqwardprivate",
                                    email="zqwardmail@example.org", named_on_builds=True)  # fmt: skip
            token, _secret = tokens.create(session, session.get_one(Person, lab.alice.id), "zqtoken")
            place.tokens.append(token.id)
            sign_ins.begin(session, session.get_one(Person, lab.alice.id), "zqagent/1.0")
            session.commit()
        place.readers = {AUTHOR: lab.alice, OTHER: lab.bob, ALIAS: alias, ANONYMOUS: anonymous, GUARDIAN: guardian,
                         WARD: ward, INSTRUCTOR: lab.ines, TECHNICIAN: lab.tara}  # fmt: skip

    # small hands

    def _project(self, who: str, slug: str, filename: str, **words: str) -> Project:
        """A private project with one design, whose file, picture and preview hold the word of the file."""
        revision = self.design(self.place.readers[who])
        with self.writing() as session:
            row = session.get_one(Revision, revision.id)
            row.filename, row.design.name = filename, filename.partition(".")[0]
            row.sha256 = self._bytes(session, f"solid {row.design.name} {slug}\n")
            assert row.report is not None
            row.report.picture_sha256 = row.report.preview_sha256 = self._bytes(session, f"{row.design.name} {slug}")
            project, owner = row.design.project, row.design.project.owner
            project.slug = slug
            projects.change(session, project, owner, NEEDED | words)
            session.commit()
            session.refresh(project)
        self.place.projects.append(project.slug)
        self.place.project_ids.append(project.id)
        self.place.designs[project.slug] = revision.design_id
        self.place.revisions[project.slug] = revision.id
        return project

    def _bytes(self, session: WritingSession, text: str) -> str:
        kept = self.context.storage.keep(io.BytesIO(text.encode()), len(text.encode()))
        session.add(StoredFile(sha256=kept.sha256, size=kept.size))
        session.flush()
        return kept.sha256

    def _photo(self, session: WritingSession, person: Person, project: Project, text: str, **more: Any) -> Photo:
        by, into = session.get_one(Person, person.id), session.get_one(Project, project.id)
        rules = self.context.config.uploads
        made = photos.keep(session, rules, by, into, self.pictures, alternative_text=text, **more)
        self.place.photos.append(made.id)
        return made

    def _hide(self, project: Project) -> None:
        """Nobody but its people may know of it."""
        revision, slug = self.place.revisions[project.slug], project.slug
        files = [f"/files/revisions/{revision}/{each}" for each in ("picture.webp", "preview.glb", "download")]
        inner = ("files.zip", "photos", "history", "builds/1", "edit", "authors")
        self.place.hidden_files += [*files, *(f"/projects/{slug}/{each}" for each in inner)]
        self.place.hidden_ids |= {project.id, project.slug, revision, self.place.designs[slug]}

    def _change(self, project: Project, verb: Any) -> None:
        with self.writing() as session:
            found = session.get_one(Project, project.id)
            verb(session, found, found.owner)
            session.commit()

    def _job(self, project: Project, who: Person, named: str = "", **wish: Any) -> Job:
        """Submitted. `named`: what it is in the lab, where its addresses are worth opening."""
        with self.writing() as session:
            person = session.get_one(Person, who.id)
            revision = session.get_one(Revision, self.place.revisions[project.slug])
            job = jobs.create(session, self.context.config, person, revision, Wish("marlin-250", "pla", **wish),
                              filed_by=person)  # fmt: skip
            jobs.submit(session, self.context.config, job, person)
            session.commit()
            session.refresh(job)
        if named:
            self.place.jobs[named] = job.code
        return job

    def _made(self, job: Job, *, outcome: Outcome = Outcome.GOOD, reason: str = "", place: str = "") -> None:
        """Approved, printed, taken off the bed."""
        with self.writing() as session:
            row, tara = session.get_one(Job, job.id), session.get_one(Person, self.lab.tara.id)
            if row.state is JobState.SUBMITTED:
                reviews.approve(session, self.context.config, row, tara)
            self._print(session, row)
            floor.clear(session, events.actor_of(tara), session.get_one(Machine, self.lab.machine.id), outcome,
                        place=place, reason=reason)  # fmt: skip
            session.commit()

    def _print(self, session: WritingSession, job: Job, ends: bool = True) -> None:
        run, machine = runs.of_job(session, job)[-1], session.get_one(Machine, self.lab.machine.id)
        run.state, by = RunState.WAITING, events.of_machine(machine)
        session.flush()
        machine.bed_cleared_at = machine.bed_cleared_at or now()
        runs.claim(session, by, run, machine, machine.slots[0].stock)
        runs.send(session, by, run, f"fabqueue/{job.code}.gcode", 1)
        runs.intend(session, by, run)
        runs.began(session, by, run)
        self.place.runs.append(run.id)
        if ends:
            runs.done(session, by, run, 3700)

    def _collected(self, job: Job, by: Person, note: str = "", taking_: handovers.Taking | None = None) -> None:
        with self.writing() as session:
            row, person = session.get_one(Job, job.id), session.get_one(Person, by.id)
            handovers.hand_out(session, [row], person, taking_ or handovers.Taking())
            if note:
                finishing.save(session, self.context.config, row, row.owner, finishing.Said(note, {}))
            session.commit()

    # what is public, with what is not

    def _public_project(self) -> Project:
        """Of the alias; everybody reads it, but not what it was, what was withdrawn and what staff wrote."""
        lea = self.place.readers[ALIAS]
        opened = self._project(ALIAS, "lea-open", "zqopenold.stl", title="zqopentitle", licensor="zqaliasname Lea")
        self._change(opened, projects.publish)
        mine = self._project(AUTHOR, "alices", "alices.stl", title="zqoldwords", documentation="zqoldwords")
        self._change(mine, lambda session, project, by: projects.change(
            session, project, by, {"title": "Alices", "documentation": "Plain."}))  # fmt: skip
        self._change(mine, projects.publish)
        with self.writing() as session:
            gone = self._photo(session, self.lab.alice, mine, "zqwithdrawn")
            photos.withdraw(session, gone, session.get_one(Person, self.lab.alice.id), "zqunwanted")
            self.place.hidden_files += [f"/photos/{gone.id}", f"/photos/{gone.id}/small"]
            session.commit()
        job = self._job(mine, self.lab.alice, "in public")
        self._made(job, outcome=Outcome.FAILED, reason="zqreason")
        with self.writing() as session:
            row, tara = session.get_one(Job, job.id), session.get_one(Person, self.lab.tara.id)
            reviews.requeue(session, self.context.config, row, tara)
            session.commit()
        self._made(job)
        self._collected(job, self.lab.alice)
        self._hide_picture(mine, job)
        self._collected_by(opened, lea)
        return opened

    def _hide_picture(self, project: Project, job: Job) -> None:
        with self.writing() as session:
            build = builds.of(session, session.get_one(Job, job.id))
            assert build is not None
            hidden = self._photo(session, self.lab.alice, project, "zqhiddenpicture", build=build)
            builds.annotate(session, build.project, build.project.owner, build, "", False)
            self.place.hidden_files += [f"/photos/{hidden.id}", f"/photos/{hidden.id}/small"]
            session.commit()

    def _collected_by(self, project: Project, maker: Person, note: str = "") -> Job:
        job = self._job(project, maker)
        self._made(job)
        self._collected(job, maker, note)
        return job

    # what is private

    def _private_project(self) -> None:
        project = self._project(
            AUTHOR, "alice-private", "zqdesign.stl", title="zqtitle", summary="zqsummary", documentation="zqdocs",
            function="zqfunction", licensor="zqlicensor", tags="zqtag", version="1-zqversion",
        )  # fmt: skip
        with self.writing() as session:
            row = session.get_one(Revision, self.place.revisions[project.slug])
            row.filename = "zqfile.stl"
            shown = self._photo(session, self.lab.alice, project, "zqalt")
            self.place.hidden_files += [f"/photos/{shown.id}", f"/photos/{shown.id}/small"]
            session.commit()
        self._hide(project)
        self._jobs_of(project)

    def _jobs_of(self, project: Project) -> None:
        """One in every place a stranger might look at: asked back, on the shelf, handed out, asked for together."""
        alice, tara = self.lab.alice, self.lab.tara
        asked = self._job(project, alice, "asked", note="zqjobnote")
        with self.writing() as session:
            reviews.request_changes(session, session.get_one(Job, asked.id), session.get_one(Person, tara.id), "zqask")
            session.commit()
        self._made(self._job(project, alice, "ready"), place="zqshelf")
        taken = self._job(project, alice, "taken")
        self._made(taken)
        self._collected(taken, tara, "", handovers.Taking("zqtaker", Means.WAIVED, "zqpayment"))
        with self.writing() as session:
            revision = session.get_one(Revision, self.place.revisions[project.slug])
            for _ in range(2):
                gathered = requests.put(session, self.context.config, session.get_one(Person, alice.id), revision, WISH)
            self.place.jobs["gathered"] = gathered.code
            self.place.requests.append(gathered.request_id)
            session.commit()
        self.place.hidden_ids |= {*self.place.requests}

    def _unpublished_project(self) -> None:
        """One that was public twice and is private again, and one that was public and is deleted."""
        project = self._project(AUTHOR, "alice-once", "zqunpubfile.stl", title="zqunpubtitle",
                                summary="zqunpubsummary", tags="zqunpubtag")  # fmt: skip
        self._change(project, projects.publish)
        self._shown_once(project)
        self._collected_by(project, self.lab.alice, "zqunpubnote")
        for verb in (projects.unpublish, projects.publish, projects.unpublish):
            self._change(project, verb)
        self._hide(project)
        gone = self._project(AUTHOR, "alice-gone", "zqgonefile.stl", title="zqgonetitle", summary="zqgonesummary",
                             tags="zqgonetag")  # fmt: skip
        self._change(gone, projects.publish)
        self._change(gone, projects.delete)
        self._hide(gone)

    def _shown_once(self, project: Project) -> None:
        """In a showcase that everybody sees, beside words of its own."""
        with self.writing() as session:
            ines = session.get_one(Person, self.lab.ines.id)
            shown = showcases.create(session, ines, "For everybody")
            showcases.add_words(session, shown, ines, "Hello", "", "")
            item = showcases.add_project(session, shown, ines, session.get_one(Project, project.id))
            showcases.change_item(session, item, ines, "zqcaption", "zqcaption", "zqcaption?")
            showcases.publish(session, shown, ines)
            session.commit()
            self._keep(shown)

    def _keep(self, showcase: Showcase) -> None:
        self.place.showcases.append(showcase.slug)
        self.place.slides += [each.id for each in showcase.items]

    # people who are careful, or whom others are careful for

    def _ward(self, opened: Project) -> None:
        """Guarded after they made something in public; a consent was there once and is withdrawn."""
        ward, guardian, tara = (self.place.readers[WARD], self.place.readers[GUARDIAN], self.lab.tara)
        own = self._project(WARD, "wanda-private", "zqwardfile.stl", title="zqwardtitle")
        self._change(own, projects.publish)
        job = self._collected_by(opened, ward, "zqwardnote")
        with self.writing() as session:
            lea = session.get_one(Person, self.place.readers[ALIAS].id)
            authors.add(session, session.get_one(Project, opened.id), lea, "wanda")
            build = builds.of(session, session.get_one(Job, job.id))
            picture = self._photo(session, ward, opened, "zqwardphoto", build=build)
            self.place.hidden_files += [f"/photos/{picture.id}", f"/photos/{picture.id}/small"]
            row, staff = session.get_one(Person, ward.id), session.get_one(Person, tara.id)
            guarding.guard(session, row, staff, session.get_one(Person, guardian.id))
            guarding.give_consent(session, row, staff, "zqconsent")
            guarding.withdraw_consent(session, row, staff)
            session.commit()
        self._job(own, ward, "of the ward", note="zqwardjob")
        self._hide(own)

    def _anonymous(self, opened: Project) -> None:
        own = self._project(ANONYMOUS, "quiet", "quiet.stl", title="Quiet")
        self._change(own, projects.publish)
        self._collected_by(opened, self.place.readers[ANONYMOUS])

    def _guest(self) -> None:
        with self.writing() as session:
            guest = guests.begin(session, "zqguestname", "zqguestmail@example.org")
            guests.give_code(session, guest)
            session.commit()
        self.place.readers[GUEST] = guest
        own = self._project(GUEST, "of-a-guest", "zqguestfile.stl", title="zqguestfile", documentation="zqguestwish")
        self._hide(own)
        self.place.ids_of_guest = {own.id, own.slug, self.place.designs[own.slug], self.place.revisions[own.slug]}
        self._job(own, guest, "of the guest", note="zqguestwish")

    def _left(self, opened: Project) -> None:
        """Somebody who wrote, made, looked after others, showed, came from an import, and is gone."""
        with self.writing() as session:
            dora = factories.person(session, "zqleftname", display_name="zqleftname", private_name="zqleftprivate",
                                    email="zqleftmail@example.org", named_on_builds=True)  # fmt: skip
            people.grant_role(session, dora, Role.INSTRUCTOR, session.get_one(Person, self.lab.adam.id))
            session.commit()
        self.place.readers[LEFT] = dora
        own = self._project(LEFT, "dora-private", "zqlefttitle.stl", title="zqlefttitle", licensor="zqleftname")
        kept = self._project(LEFT, "kept", "kept.stl", title="Kept", licensor="zqleftname")
        self._change(kept, projects.publish)
        self._collected_by(opened, dora, "Fine.")
        self._import("zqleftname;kept.stl", make=True)
        with self.writing() as session:
            row, tara = session.get_one(Person, dora.id), session.get_one(Person, self.lab.tara.id)
            shown = showcases.create(session, row, "zqlefttitle", "zqlefttitle")
            authors.add(session, session.get_one(Project, kept.id), row, "alice")
            bob = session.get_one(Person, self.lab.bob.id)
            guarding.guard(session, bob, tara, row)
            guarding.release(session, bob, tara)
            account = ledger.account_of(session, row)
            if owed := -ledger.balance(session, account).minor:
                ledger.payment(session, account, owed, tara, "cash")
            leaving.leave(session, row, tara, keep_public=True)
            session.commit()
            self._keep(shown)
        self._hide(own)
        del self.place.readers[LEFT]

    # the workshop's own

    def _import(self, line: str, *, make: bool) -> None:
        content = f"who;file\n{line}\n".encode()
        kept = self.context.storage.keep(io.BytesIO(content), len(content))
        with self.writing() as session:
            tara = session.get_one(Person, self.lab.tara.id)
            batch = batches.create(session, tara, ImportKind.PAST_JOBS, "list.csv", kept)
            batch.choices = {"columns": {"person": 0, "filename": 1}}
            session.commit()
        find("read_import")(self.context, batch.id)
        if make:
            with self.writing() as session:
                batches.start(session, session.get_one(ImportBatch, batch.id))
                session.commit()
            find("make_import")(self.context, batch.id)
        self.place.imports.append(batch.id)

    def _workshop(self) -> None:
        self._import("zqpast;zqpastfile.stl", make=False)
        with self.writing() as session:
            tara = session.get_one(Person, self.lab.tara.id)
            self.place.notes.append(handover.write(session, tara, "zqhandover").id)
            screen, self.place.screen_secret = screens.make(session, tara, "zqscreen")
            self.place.screens.append(screen.id)
            machine = session.get_one(Machine, self.lab.machine.id)
            self._foreign(session, machine)
            private = session.scalars(select(Revision).where(Revision.filename == "zqfile.stl")).one()
            job = jobs.create(session, self.context.config, private.design.project.owner, private, WISH,
                              filed_by=private.design.project.owner)  # fmt: skip
            jobs.submit(session, self.context.config, job, job.owner)
            reviews.approve(session, self.context.config, job, tara)
            self._print(session, job, ends=False)  # stands on every page that shows the machines
            self.place.jobs["running"] = job.code
            session.commit()

    def _foreign(self, session: WritingSession, machine: Machine) -> None:
        """Another machine prints what somebody sent past us."""
        made = factories.machine(session, self.lab.site, machine.machine_model, slug="foreign", name="Foreign",
                                 key="zqmachinekey", fault_code="machine_foreign_print", fault_at=now(),
                                 fault_values={"file": "zqforeign.gcode"})  # fmt: skip
        self.place.machines |= {"Foreign": made.slug, machine.name: machine.slug}

    def _showcases(self) -> None:
        with self.writing() as session:
            ines = session.get_one(Person, self.lab.ines.id)
            hidden = showcases.create(session, ines, "zqshowtitle", "zqshowwords")
            showcases.add_words(session, hidden, ines, "zqshowtitle", "zqshowwords", "")
            gone = showcases.create(session, ines, "zqgoneshow")
            showcases.delete(session, gone, ines)
            session.commit()
            self._keep(hidden)
            self.place.showcase_ids.append(gone.id)
            self.place.showcases.append(gone.slug)

    def _tell_addresses(self) -> None:
        """The rest of what addresses are filled with."""
        place, lab = self.place, self.lab
        with self.writing() as session:
            place.keys = {name: sign_ins.begin(session, session.get_one(Person, each.id))
                          for name, each in place.readers.items()}  # fmt: skip
            place.sign_ins = [each.id for each in sign_ins.of(session, session.get_one(Person, lab.alice.id))]
            given = _certified(session, lab)
            place.certifications.append((lab.bob.user_name, given))
            session.commit()
        place.projects = [each for each in place.projects if each not in {"quiet", "kept"}]
        shown = (WARD, GUEST)
        place.people = {"member": lab.alice, **{name: place.readers[name] for name in shown}}
        place.models, place.materials, place.stocks = [lab.model.slug], [lab.pla.slug], [lab.grey.id]
        place.candidates, place.secret = ["none"], "none"


def _certified(session: WritingSession, lab: Lab) -> str:
    bob, ines = (session.get_one(Person, each.id) for each in (lab.bob, lab.ines))
    return certifications.grant(session, bob, ines, kind=MachineKind.PRINTER).id


def secrets_of_token(session: WritingSession, people_: Sequence[Person]) -> dict[str, str]:
    """A working key for programs of each of these people."""
    return {each.id: tokens.create(session, session.get_one(Person, each.id), "program")[1] for each in people_}
