"""Authors: brought in and taken out by the owner, told of it, free to leave; the owner hands over."""

import pytest

from fabqueue.db import WritingSession, now
from fabqueue.models import Notice, Person, Project, Visibility
from fabqueue.permissions import Permission, allowed
from fabqueue.services import authors
from fabqueue.services.errors import Refused
from tests.support import factories
from tests.support.factories import Lab


@pytest.fixture
def project(session: WritingSession, here: Lab) -> Project:
    return factories.project(session, here.alice, "Lamp")


def _told(session: WritingSession, person: Person) -> list[str]:
    return [each.code for each in session.query(Notice).filter_by(person_id=person.id).order_by(Notice.event_seq)]


def _rights(person: Person, project: Project) -> tuple[bool, bool]:
    return allowed(person, Permission.WRITE_PROJECT, project), allowed(person, Permission.OWN_PROJECT, project)


def test_an_author_is_brought_in_told_and_taken_out(session: WritingSession, here: Lab, project: Project) -> None:
    authors.add(session, project, here.alice, " BOB ")
    assert _rights(here.bob, project) == (True, False)
    authors.remove(session, project, here.alice, here.bob)
    assert _rights(here.bob, project) == (False, False)
    assert _told(session, here.bob) == ["notice_author_added", "notice_author_removed"]


def test_an_author_leaves_and_the_owner_is_told(session: WritingSession, here: Lab, project: Project) -> None:
    authors.add(session, project, here.alice, "bob")
    authors.remove(session, project, here.bob, here.bob)
    assert _rights(here.bob, project) == (False, False)
    assert _told(session, here.alice) == ["notice_author_left"]


def test_the_owner_cannot_leave_but_hands_over(session: WritingSession, here: Lab, project: Project) -> None:
    with pytest.raises(Refused, match="author_is_owner"):
        authors.remove(session, project, here.alice, here.alice)
    with pytest.raises(Refused, match="author_gone"):
        authors.hand_over(session, project, here.alice, here.bob)
    authors.add(session, project, here.alice, "bob")
    authors.hand_over(session, project, here.alice, here.bob)
    assert (_rights(here.alice, project), _rights(here.bob, project)) == ((True, False), (True, True))
    assert _told(session, here.bob)[-1] == "notice_author_owns"
    authors.remove(session, project, here.alice, here.alice)


def test_a_guarded_person_without_consent_owns_nothing_public(
    session: WritingSession, here: Lab, project: Project
) -> None:
    authors.add(session, project, here.alice, "bob")
    project.visibility, here.bob.guarded = Visibility.PUBLIC, True
    session.flush()
    with pytest.raises(Refused, match="project_consent_missing"):
        authors.hand_over(session, project, here.alice, here.bob)
    here.bob.consent_at = now()
    session.flush()
    authors.hand_over(session, project, here.alice, here.bob)


@pytest.mark.parametrize(
    ("name", "code"), [("nobody", "author_unknown"), ("alice", "author_already"), ("", "author_unknown")]
)
def test_who_cannot_be_brought_in_is_said(
    session: WritingSession, here: Lab, project: Project, name: str, code: str
) -> None:
    with pytest.raises(Refused) as caught:
        authors.add(session, project, here.alice, name)
    assert (caught.value.code, caught.value.field) == (code, "user_name")


def test_who_has_left_is_unknown(session: WritingSession, here: Lab, project: Project) -> None:
    here.bob.left_at = now()
    session.flush()
    with pytest.raises(Refused, match="author_unknown"):
        authors.add(session, project, here.alice, "bob")
