"""A lab whose people keep something to themselves; every word of it stands in `words.PLACES`."""

from collections.abc import Sequence

from sqlalchemy import select

from fabqueue.db import WritingSession, now
from fabqueue.models import Job, Machine, MachineKind, Means, Outcome, Person, Project, Revision
from fabqueue.services import (
    builds,
    certifications,
    handover,
    handovers,
    jobs,
    photos,
    projects,
    requests,
    reviews,
    screens,
    showcases,
    sign_ins,
    tokens,
)
from tests.privacy.careful import ALIAS, ANONYMOUS, Careful
from tests.privacy.hands import WISH
from tests.privacy.place import Place
from tests.privacy.words import AUTHOR, GUARDIAN, GUEST, INSTRUCTOR, OTHER, TECHNICIAN, WARD
from tests.support import factories
from tests.support.factories import Lab


class Builder(Careful):
    def build(self) -> Place:
        self._people()
        opened = self._public_project()
        self._private_project()
        self._unpublished_project()
        self.bring_careful(opened)
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
        place.readers = {AUTHOR: lab.alice, OTHER: lab.bob, ALIAS: alias, ANONYMOUS: anonymous, GUARDIAN: guardian,
                         WARD: ward, INSTRUCTOR: lab.ines, TECHNICIAN: lab.tara}  # fmt: skip

    # what is public, with what is not

    def _public_project(self) -> Project:
        """Of the alias; everybody reads it, but not what it was, what was withdrawn and what staff wrote."""
        lea = self.place.readers[ALIAS]
        opened = self.project(ALIAS, "lea-open", "zqopenold.stl", title="zqopentitle", licensor="zqaliasname Lea")
        self.change(opened, projects.publish)
        mine = self.project(AUTHOR, "alices", "alices.stl", title="zqoldwords", documentation="zqoldwords")
        self.change(mine, lambda session, project, by: projects.change(
            session, project, by, {"title": "Alices", "documentation": "Plain."}))  # fmt: skip
        self.change(mine, projects.publish)
        with self.writing() as session:
            gone = self.photo(session, self.lab.alice, mine, "zqwithdrawn")
            photos.withdraw(session, gone, session.get_one(Person, self.lab.alice.id), "zqunwanted")
            self.place.hidden_files += [f"/photos/{gone.id}", f"/photos/{gone.id}/small"]
        job = self.filed(mine, self.lab.alice, "in public")
        self.finished(job, outcome=Outcome.FAILED, reason="zqreason")
        with self.writing() as session:
            row, tara = session.get_one(Job, job.id), self.tara(session)
            reviews.requeue(session, self.context.config, row, tara)
        self.finished(job)
        self.collected(job, self.lab.alice)
        self._hide_picture(mine, job)
        self.collected_by(opened, lea)
        return opened

    def _hide_picture(self, project: Project, job: Job) -> None:
        with self.writing() as session:
            build = builds.of(session, session.get_one(Job, job.id))
            assert build is not None
            hidden = self.photo(session, self.lab.alice, project, "zqhiddenpicture", build=build)
            builds.annotate(session, build.project, build.project.owner, build, "", False)
            self.place.hidden_files += [f"/photos/{hidden.id}", f"/photos/{hidden.id}/small"]

    # what is private

    def _private_project(self) -> None:
        project = self.project(
            AUTHOR, "alice-private", "zqdesign.stl", title="zqtitle", summary="zqsummary", documentation="zqdocs",
            function="zqfunction", licensor="zqlicensor", tags="zqtag", version="1-zqversion",
        )  # fmt: skip
        with self.writing() as session:
            row = session.get_one(Revision, self.place.revisions[project.slug])
            row.filename = "zqfile.stl"
            shown = self.photo(session, self.lab.alice, project, "zqalt")
            self.place.hidden_files += [f"/photos/{shown.id}", f"/photos/{shown.id}/small"]
        self.hide(project)
        self._jobs_of(project)

    def _jobs_of(self, project: Project) -> None:
        """One in every place a stranger might look at: asked back, on the shelf, handed out, asked for together."""
        alice, tara = self.lab.alice, self.lab.tara
        asked = self.filed(project, alice, "asked", note="zqjobnote")
        with self.writing() as session:
            reviews.request_changes(session, session.get_one(Job, asked.id), self.tara(session), "zqask")
        self.finished(self.filed(project, alice, "ready"), place="zqshelf")
        taken = self.filed(project, alice, "taken")
        self.finished(taken)
        self.collected(taken, tara, "", handovers.Taking("zqtaker", Means.WAIVED, "zqpayment"))
        with self.writing() as session:
            revision = session.get_one(Revision, self.place.revisions[project.slug])
            for _ in range(2):
                gathered = requests.put(session, self.context.config, session.get_one(Person, alice.id), revision, WISH)
            self.place.jobs["gathered"] = gathered.code
            self.place.requests.append(gathered.request_id)
        self.place.hidden_ids |= {*self.place.requests}

    def _unpublished_project(self) -> None:
        """One that was public twice and is private again, and one that was public and is deleted."""
        project = self.project(AUTHOR, "alice-once", "zqunpubfile.stl", title="zqunpubtitle",
                                summary="zqunpubsummary", tags="zqunpubtag")  # fmt: skip
        self.change(project, projects.publish)
        self._shown_once(project)
        self.collected_by(project, self.lab.alice, "zqunpubnote")
        for verb in (projects.unpublish, projects.publish, projects.unpublish):
            self.change(project, verb)
        self.hide(project)
        gone = self.project(AUTHOR, "alice-gone", "zqgonefile.stl", title="zqgonetitle", summary="zqgonesummary",
                             tags="zqgonetag")  # fmt: skip
        self.change(gone, projects.publish)
        self.change(gone, projects.delete)
        self.hide(gone)

    def _shown_once(self, project: Project) -> None:
        """In a showcase that everybody sees, beside words of its own."""
        with self.writing() as session:
            ines = session.get_one(Person, self.lab.ines.id)
            shown = showcases.create(session, ines, "For everybody")
            showcases.add_words(session, shown, ines, "Hello", "", "")
            item = showcases.add_project(session, shown, ines, session.get_one(Project, project.id))
            showcases.change_item(session, item, ines, "zqcaption", "zqcaption", "zqcaption?")
            showcases.publish(session, shown, ines)
            self.keep(shown)

    # the workshop's own

    def _workshop(self) -> None:
        self.past("zqpast;zqpastfile.stl", make=False)
        with self.writing() as session:
            tara = self.tara(session)
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
            self.printed(session, job, ends=False)  # stands on every page that shows the machines
            self.place.jobs["running"] = job.code

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
            self.keep(hidden)
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
