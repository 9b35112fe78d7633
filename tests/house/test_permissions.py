"""Who may do what: the table, and what may not be seen does not exist."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from fabqueue.db import Database, now
from fabqueue.models import Certification, Machine, MachineKind, Person, Project, Visibility
from fabqueue.permissions import TABLE, Forbidden, NotFound, Permission, allowed, fetch, require
from tests.support import factories
from tests.support.factories import Lab

P = Permission
STAFF_ONLY = {
    P.REVIEW_JOB,
    P.RUN_MACHINES,
    P.RESOLVE_RUN,
    P.HOLD_QUEUE,
    P.MANAGE_MACHINES,
    P.MANAGE_PEOPLE,
    P.TAKE_PAYMENT,
    P.IMPORT,
}


def test_every_permission_has_a_row_and_a_sentence() -> None:
    assert set(TABLE) == set(Permission)
    assert all(each.value.endswith(".") for each in Permission)


@pytest.mark.parametrize("permission", sorted(STAFF_ONLY, key=lambda each: each.name))
def test_staff_rights_are_for_technicians_and_admins_alone(lab: Lab, permission: Permission) -> None:
    assert [allowed(each, permission) for each in (None, lab.alice, lab.ines, lab.tara, lab.adam)] == [
        False, False, False, True, True
    ]  # fmt: skip


def test_only_admins_decide_the_policy(lab: Lab) -> None:
    everybody = (None, lab.alice, lab.ines, lab.tara, lab.adam)
    assert [allowed(each, P.MANAGE_POLICY) for each in everybody] == [False, False, False, False, True]


def test_only_admins_grant_roles_and_instructors_certify(lab: Lab) -> None:
    assert [allowed(each, P.GRANT_ROLES) for each in (lab.tara, lab.ines, lab.adam)] == [False, False, True]
    assert [allowed(each, P.CERTIFY) for each in (None, lab.alice, lab.ines, lab.tara)] == [False, False, True, True]


def test_visitors_may_nothing_but_read_what_is_public(lab: Lab) -> None:
    with pytest.raises(Forbidden):
        require(None, P.UPLOAD)


@pytest.fixture
def private(session: Session, lab: Lab) -> Project:
    return factories.project(session, session.get_one(Person, lab.alice.id))


def test_a_private_project_does_not_exist_for_others(session: Session, lab: Lab, private: Project) -> None:
    for stranger in (None, lab.bob, lab.ines):
        with pytest.raises(NotFound):
            fetch(session, stranger, Project, private.slug, P.READ_PROJECT)
    assert fetch(session, lab.alice, Project, private.slug, P.READ_PROJECT) is private
    assert fetch(session, lab.tara, Project, private.id, P.READ_PROJECT) is private


def test_what_one_may_read_and_not_write_is_forbidden(session: Session, lab: Lab, private: Project) -> None:
    private.visibility = Visibility.PUBLIC
    assert fetch(session, None, Project, private.slug, P.READ_PROJECT) is private
    with pytest.raises(Forbidden):
        fetch(session, lab.bob, Project, private.slug, P.WRITE_PROJECT)


def test_a_deleted_project_is_gone_for_everybody(session: Session, lab: Lab, private: Project) -> None:
    private.visibility, private.deleted_at = Visibility.PUBLIC, now()
    for person in (None, lab.alice, lab.tara):
        with pytest.raises(NotFound):
            fetch(session, person, Project, private.slug, P.READ_PROJECT)


def test_who_left_may_nothing(session: Session, lab: Lab) -> None:
    tara = session.get_one(Person, lab.tara.id)
    tara.left_at = now()
    assert not allowed(tara, P.REVIEW_JOB)


@pytest.mark.parametrize(
    ("change", "may"),
    [
        (lambda row: None, True),
        (lambda row: setattr(row, "withdrawn_at", now()), False),
        (lambda row: setattr(row, "expires_at", now()), False),
    ],
)
def test_a_certified_member_may_clear_while_it_is_valid(
    session: Session, lab: Lab, change: Callable[[Certification], None], may: bool
) -> None:
    alice, machine = session.get_one(Person, lab.alice.id), session.get_one(Machine, lab.machine.id)
    assert not allowed(alice, P.CLEAR_MACHINE, machine)
    row = Certification(person_id=alice.id, machine_kind=MachineKind.PRINTER, granted_by_id=lab.ines.id)
    session.add(row)
    session.flush()
    session.refresh(alice)
    change(row)
    assert allowed(alice, P.CLEAR_MACHINE, machine) is may


def test_nothing_is_fetched_that_is_not_there(database: Database, lab: Lab) -> None:
    with database.reading() as session, pytest.raises(NotFound):
        fetch(session, lab.adam, Machine, "no-such-machine", P.READ_MACHINES)


def test_technicians_make_links_for_everybody_but_admins(lab: Lab) -> None:
    assert allowed(lab.tara, P.ISSUE_LINK, lab.alice)
    assert not allowed(lab.tara, P.ISSUE_LINK, lab.adam)
    assert allowed(lab.adam, P.ISSUE_LINK, lab.adam)
    assert not allowed(lab.ines, P.ISSUE_LINK, lab.alice)
