"""Two accounts of one person become one, also while somebody else works with them."""

import pytest
from sqlalchemy import func, select

from fabqueue.config import Config
from fabqueue.db import Database, WritingSession
from fabqueue.models import (
    Base,
    Entry,
    EntryKind,
    Job,
    JobState,
    MachineKind,
    Person,
    ProjectAuthor,
    Role,
    Token,
)
from fabqueue.services import certifications, guarding, jobs, leaving, ledger, merging, people, tokens, uploads
from fabqueue.services.errors import Conflict, Refused
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import approved_job
from tests.support.racing import race


def test_every_column_that_names_a_person_is_decided_about() -> None:
    """Who adds one says in `merging` whether it moves with the person or tells who did something."""
    named = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.target_fullname == "person.id" for key in column.foreign_keys)
    }
    assert named == {*merging.MOVES, *merging.STAYS}


@pytest.fixture
def here(lab: Lab, session: WritingSession) -> Lab:
    for name in ("alice", "bob", "tara", "ines", "adam"):
        setattr(lab, name, session.get_one(Person, getattr(lab, name).id))
    return lab


def test_money_comes_over_and_the_ledger_only_grows(session: WritingSession, storage: Storage, here: Lab) -> None:
    job = approved_job(session, storage, here)
    alice, bob = here.alice, here.bob
    old, new = ledger.account_of(session, alice), ledger.account_of(session, bob)
    ledger.payment(session, old, 1000, here.tara, "cash")
    session.flush()
    before = [(each.seq, each.account_id, each.minor, each.held_minor) for each in session.scalars(select(Entry))]
    held = ledger.held_for(session, job)
    assert held > 0
    merging.merge(session, bob, alice, here.tara)
    after = [(each.seq, each.account_id, each.minor, each.held_minor) for each in session.scalars(select(Entry))]
    assert after[: len(before)] == before
    assert ledger.balance(session, old) == ledger.Balance(0, 0)
    assert ledger.balance(session, new) == ledger.Balance(1000, held)
    session.refresh(job)
    assert (job.owner.id, job.payer_id) == (bob.id, new.id)
    ledger.charge(session, job, here.tara)
    assert ledger.balance(session, new) == ledger.Balance(1000 - held, 0)
    ledger.refund(session, job, here.tara, "")
    assert ledger.balance(session, new) == ledger.Balance(1000, 0)


def test_projects_certificates_and_wards_move_and_keys_end(
    session: WritingSession, storage: Storage, here: Lab
) -> None:
    alice, bob = here.alice, here.bob
    shared = factories.project(session, alice)
    shared.authors.append(ProjectAuthor(person=bob))
    revision = factories.analysed_box(session, storage, alice)
    certifications.grant(session, alice, here.ines, model=None, kind=MachineKind.LASER)
    pupil = factories.person(session, "pupil")
    guarding.guard(session, pupil, here.ines, alice)
    _token, secret = tokens.create(session, alice, "slicer")
    alice.email, alice.private_name = "a@example.org", "Alice A."
    session.flush()
    merging.merge(session, bob, alice, here.tara)
    assert revision.design.project.owner_id == bob.id
    assert [each.person_id for each in shared.authors] == [bob.id]
    assert bob.certified_for("", MachineKind.LASER)
    assert [each.id for each in guarding.wards(session, bob)] == [pupil.id]
    assert tokens.holder(session, secret) is None
    assert session.scalar(select(func.count()).where(Token.revoked_at.is_(None))) == 0
    assert (bob.email, bob.private_name, alice.email, alice.merged_into_id) == (
        "a@example.org",
        "Alice A.",
        None,
        bob.id,
    )
    assert people.sign_in(session, "alice", factories.PASSWORD) is None
    with pytest.raises(Conflict):
        merging.merge(session, bob, alice, here.tara)


def test_a_guarded_duplicate_leaves_its_guard(session: WritingSession, here: Lab) -> None:
    guarding.guard(session, here.alice, here.ines, here.ines)
    merging.merge(session, here.bob, here.alice, here.tara)
    assert (here.bob.guarded, here.bob.guardian_id, here.bob.may_appear) == (True, here.ines.id, False)


def test_leaving_forgets_merged_accounts_too(session: WritingSession, here: Lab) -> None:
    merging.merge(session, here.bob, here.alice, here.tara)
    leaving.leave(session, here.bob, here.bob, keep_public=False)
    for person in (here.alice, here.bob):
        assert person.user_name.startswith("left-")
        assert person.display_name.startswith("left-")
    for name in ("alice", "bob"):
        assert [each.code for each in people.name_faults(session, name)] == ["user_name_taken"]


def test_roles_never_come_over(session: WritingSession, here: Lab) -> None:
    for name in ("tara", "ines", "adam"):
        with pytest.raises(Refused, match="merge_staff"):
            merging.merge(session, here.bob, getattr(here, name), here.tara)
    assert here.bob.roles == {Role.MEMBER}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
class TestAtOnce:
    def test_two_merges_of_one_account_are_one(self, database: Database, lab: Lab) -> None:
        def into(name: str):  # type: ignore[no-untyped-def]
            def work(session: WritingSession) -> None:
                found = [session.get_one(Person, each.id) for each in (getattr(lab, name), lab.alice, lab.tara)]
                merging.merge(session, *found)

            return work

        assert isinstance(race(database, into("bob"), into("ines")), Conflict)
        with database.reading() as session:
            assert session.get_one(Person, lab.alice.id).merged_into_id == lab.bob.id

    def test_a_job_asked_for_meanwhile_is_not_lost(
        self, database: Database, storage: Storage, lab: Lab, config: Config
    ) -> None:
        with database.writing() as session:
            key = factories.analysed_box(session, storage, session.get_one(Person, lab.alice.id)).id
            session.commit()

        def merge(session: WritingSession) -> None:
            merging.merge(session, *(session.get_one(Person, each.id) for each in (lab.bob, lab.alice, lab.tara)))

        def ask(session: WritingSession) -> None:
            alice = session.get_one(Person, lab.alice.id)
            revision = session.get_one(uploads.Revision, key)
            jobs.create(session, config, alice, revision, jobs.Wish("marlin-250", "pla"), filed_by=alice)

        assert isinstance(race(database, merge, ask), Refused)
        with database.reading() as session:
            assert session.scalars(select(Job).where(Job.state == JobState.DRAFT)).all() == []

    def test_a_job_asked_for_just_before_moves(
        self, database: Database, storage: Storage, lab: Lab, config: Config
    ) -> None:
        with database.writing() as session:
            key = factories.analysed_box(session, storage, session.get_one(Person, lab.alice.id)).id
            session.commit()

        def ask(session: WritingSession) -> None:
            alice = session.get_one(Person, lab.alice.id)
            revision = session.get_one(uploads.Revision, key)
            jobs.create(session, config, alice, revision, jobs.Wish("marlin-250", "pla"), filed_by=alice)

        def merge(session: WritingSession) -> None:
            merging.merge(session, *(session.get_one(Person, each.id) for each in (lab.bob, lab.alice, lab.tara)))

        assert race(database, ask, merge) is None
        with database.reading() as session:
            [job] = session.scalars(select(Job))
            assert (job.owner.id, job.payer.person_id) == (lab.bob.id, lab.bob.id)

    def test_a_payment_meanwhile_is_not_lost(self, database: Database, lab: Lab) -> None:
        def merge(session: WritingSession) -> None:
            merging.merge(session, *(session.get_one(Person, each.id) for each in (lab.bob, lab.alice, lab.tara)))

        def pay(session: WritingSession) -> None:
            alice, tara = (session.get_one(Person, each.id) for each in (lab.alice, lab.tara))
            ledger.payment(session, ledger.account_of(session, people.present(session, alice)), 500, tara, "")

        assert isinstance(race(database, merge, pay), Refused)
        with database.reading() as session:
            assert session.scalars(select(Entry).where(Entry.kind == EntryKind.PAYMENT)).all() == []
