"""The gallery finds open projects and nothing else; its pages are stable whatever is added meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from fabqueue.db import WritingSession, now
from fabqueue.models import Design, DesignKind, MachineKind, Person, Project, ProjectTag, Visibility
from fabqueue.services import gallery, tags
from fabqueue.services.errors import Refused
from fabqueue.services.gallery import Order, Wish
from fabqueue.services.licences import Openness
from tests.support import factories
from tests.support.factories import Lab


def _public(session: WritingSession, owner: Person, title: str, *names: str, **columns: Any) -> Project:
    made = factories.project(session, owner, title)
    columns = {"visibility": Visibility.PUBLIC, "published_at": now(), "licence": "CERN-OHL-S-2.0", **columns}
    for name, value in columns.items():
        setattr(made, name, value)
    session.add_all(ProjectTag(project_id=made.id, name=each) for each in names)
    session.flush()
    return made


def _titles(session: WritingSession, **wish: Any) -> set[str]:
    found = gallery.find(session, Wish(**wish))
    assert gallery.count(session, Wish(**wish)) == len(found)
    return {each.title for each in found}


@pytest.fixture
def some(session: WritingSession, here: Lab) -> None:
    alice = here.alice
    lamp = _public(session, alice, "Lamp", "light", "home", summary="Éclairage for 100% of rooms", good_builds=2)
    box = _public(session, alice, "Nest box", "garden", "home", licence="CC-BY-NC-4.0", licensor="Class 8b")
    _public(session, here.bob, "灯罩", "light", licence="LicenseRef-Ours")
    hidden = factories.project(session, alice, "Lamp of mine")
    gone = _public(session, alice, "Lamp that is gone", "light", deleted_at=now())
    session.add_all([ProjectTag(project_id=hidden.id, name="secret"), ProjectTag(project_id=gone.id, name="gone")])
    session.add(Design(project_id=lamp.id, name="shade", kind=DesignKind.MESH))
    session.add(Design(project_id=box.id, name="sides", kind=DesignKind.DRAWING))
    session.add(Design(project_id=box.id, name="roof", kind=DesignKind.MESH, deleted_at=now()))
    session.flush()


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(
    ("wish", "titles"),
    [
        ({}, {"Lamp", "Nest box", "灯罩"}),
        ({"words": "LAMP"}, {"Lamp"}),
        ({"words": "éclairage"}, {"Lamp"}),
        ({"words": "100%"}, {"Lamp"}),
        ({"words": "%"}, {"Lamp"}),
        ({"words": "_"}, set()),
        ({"words": "灯"}, {"灯罩"}),
        ({"words": "nest home"}, {"Nest box"}),
        ({"words": "nest light"}, set()),
        ({"words": "8b"}, {"Nest box"}),
        ({"words": "secret"}, set()),
        ({"tags": ("light",)}, {"Lamp", "灯罩"}),
        ({"tags": ("light", "home")}, {"Lamp"}),
        ({"tags": ("gone",)}, set()),
        ({"made_on": MachineKind.PRINTER}, {"Lamp"}),
        ({"made_on": MachineKind.LASER}, {"Nest box"}),
        ({"made_on": MachineKind.OTHER}, set()),
        ({"openness": Openness.OPEN}, {"Lamp"}),
        ({"openness": Openness.LIMITED}, {"Nest box"}),
        ({"built": True}, {"Lamp"}),
        ({"built": False}, {"Nest box", "灯罩"}),
        ({"built": False, "words": "box", "openness": Openness.LIMITED}, {"Nest box"}),
    ],
)
def test_words_and_filters(session: WritingSession, wish: dict[str, Any], titles: set[str]) -> None:
    assert _titles(session, **wish) == titles


@pytest.mark.postgresql
@pytest.mark.usefixtures("some")
def test_tags_are_counted_over_public_projects_alone(session: WritingSession) -> None:
    assert tags.known(session) == [("home", 2), ("light", 2), ("garden", 1)]


@pytest.mark.postgresql
@pytest.mark.usefixtures("some")
def test_a_name_is_found_only_where_it_may_be_read(session: WritingSession, here: Lab) -> None:
    def found() -> set[str]:
        return _titles(session, words=here.bob.display_name)

    assert found() == {"灯罩"}
    here.bob.named_on_projects = False
    session.flush()
    assert found() == set()
    here.bob.named_on_projects, here.bob.guarded = True, True
    session.flush()
    assert found() == set()
    here.bob.consent_at = now()
    session.flush()
    assert found() == {"灯罩"}
    here.bob.left_at = now()
    session.flush()
    assert found() == set()


@pytest.mark.postgresql
@pytest.mark.parametrize("order", list(Order))
def test_pages_show_everything_once_while_others_publish(session: WritingSession, here: Lab, order: Order) -> None:
    at = now()
    for number in range(9):
        built = at - timedelta(days=number // 3) if number % 2 else None
        seconds = 600 * (number // 3) if number % 4 else None
        _public(session, here.alice, f"P{number}", published_at=at - timedelta(hours=number // 4), built_at=built,
                good_builds=number // 3, make_seconds=seconds)  # fmt: skip
    seen: list[Project] = []
    after = None
    while page := gallery.find(session, Wish(order=order), after, 2):
        seen += [each for each in page if not each.title.startswith("New")]
        after = gallery.mark(page[-1], order)
        _public(session, here.bob, "New", published_at=now(), built_at=now(), good_builds=99, make_seconds=1)
    assert sorted(each.title for each in seen) == [f"P{number}" for number in range(9)]
    values = [gallery.mark(each, order) for each in seen]
    falling = order is not Order.QUICKEST
    assert [each[0] for each in values] == sorted((each[0] for each in values), reverse=falling)  # type: ignore[type-var]


@pytest.mark.parametrize("value", ["x", "2026-13-01", None, [], "9" * 400])
@pytest.mark.parametrize("order", list(Order))
def test_a_mark_nobody_gave_is_refused_or_harmless(session: WritingSession, order: Order, value: Any) -> None:
    is_number = order in {Order.REBUILT, Order.QUICKEST} and value == "9" * 400
    if is_number:  # beyond every figure there is
        assert list(gallery.find(session, Wish(order=order), (value, "x"))) == []
        return
    with pytest.raises(Refused, match="cursor_unreadable"):
        gallery.find(session, Wish(order=order), (value, "x"))
