"""People who are careful, or whom others are careful for: a ward, somebody anonymous, a guest, somebody who left."""

from fabqueue.models import Job, Person, Project, Role
from fabqueue.services import authors, builds, guarding, guests, leaving, ledger, people, projects, showcases
from tests.privacy.hands import Hands
from tests.privacy.words import GUARDIAN, GUEST, WARD
from tests.support import factories

ALIAS, ANONYMOUS, LEFT = "alias", "anonymous", "left"
"""People who read nothing here themselves."""


class Careful(Hands):
    def bring_careful(self, opened: Project) -> None:
        """`opened`: a public project of somebody else."""
        self._ward(opened)
        self._anonymous(opened)
        self._guest()
        self._left(opened)

    def _ward(self, opened: Project) -> None:
        """Guarded after they made something in public; a consent was there once and is withdrawn."""
        ward, guardian = self.place.readers[WARD], self.place.readers[GUARDIAN]
        own = self.project(WARD, "wanda-private", "zqwardfile.stl", title="zqwardtitle")
        self.change(own, projects.publish)
        job = self.collected_by(opened, ward, "zqwardnote")
        with self.writing() as session:
            lea = session.get_one(Person, self.place.readers[ALIAS].id)
            authors.add(session, session.get_one(Project, opened.id), lea, "wanda")
            build = builds.of(session, session.get_one(Job, job.id))
            picture = self.photo(session, ward, opened, "zqwardphoto", build=build)
            self.place.hidden_files += [f"/photos/{picture.id}", f"/photos/{picture.id}/small"]
            row, staff = session.get_one(Person, ward.id), self.tara(session)
            guarding.guard(session, row, staff, session.get_one(Person, guardian.id))
            guarding.give_consent(session, row, staff, "zqconsent")
            guarding.withdraw_consent(session, row, staff)
        self.filed(own, ward, "of the ward", note="zqwardjob")
        self.hide(own)

    def _anonymous(self, opened: Project) -> None:
        own = self.project(ANONYMOUS, "quiet", "quiet.stl", title="Quiet")
        self.change(own, projects.publish)
        self.collected_by(opened, self.place.readers[ANONYMOUS])

    def _guest(self) -> None:
        with self.writing() as session:
            guest = guests.begin(session, "zqguestname", "zqguestmail@example.org")
            guests.give_code(session, guest)
        self.place.readers[GUEST] = guest
        own = self.project(GUEST, "of-a-guest", "zqguestfile.stl", title="zqguestfile", documentation="zqguestwish")
        self.hide(own)
        self.place.ids_of_guest = {own.id, own.slug, self.place.designs[own.slug], self.place.revisions[own.slug]}
        self.filed(own, guest, "of the guest", note="zqguestwish")

    def _left(self, opened: Project) -> None:
        """Somebody who wrote, made, looked after others, showed, came from an import, and is gone."""
        with self.writing() as session:
            dora = factories.person(session, "zqleftname", display_name="zqleftname", private_name="zqleftprivate",
                                    email="zqleftmail@example.org", named_on_builds=True)  # fmt: skip
            people.grant_role(session, dora, Role.INSTRUCTOR, session.get_one(Person, self.lab.adam.id))
        self.place.readers[LEFT] = dora
        own = self.project(LEFT, "dora-private", "zqlefttitle.stl", title="zqlefttitle", licensor="zqleftname")
        kept = self.project(LEFT, "kept", "kept.stl", title="Kept", licensor="zqleftname")
        self.change(kept, projects.publish)
        self.collected_by(opened, dora, "Fine.")
        self.past("zqleftname;kept.stl", make=True)
        with self.writing() as session:
            row, tara = session.get_one(Person, dora.id), self.tara(session)
            shown = showcases.create(session, row, "zqlefttitle", "zqlefttitle")
            authors.add(session, session.get_one(Project, kept.id), row, "alice")
            bob = session.get_one(Person, self.lab.bob.id)
            guarding.guard(session, bob, tara, row)
            guarding.release(session, bob, tara)
            account = ledger.account_of(session, row)
            if owed := -ledger.balance(session, account).minor:
                ledger.payment(session, account, owed, tara, "cash")
            leaving.leave(session, row, tara, keep_public=True)
            self.keep(shown)
        self.hide(own)
        del self.place.readers[LEFT]
