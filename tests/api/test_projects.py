"""Projects: public for everybody, private for their authors."""

import pytest

from fabqueue.db import Database, now
from fabqueue.models import Person, Project, Revision, Visibility
from tests.api.conftest import Caller, made, problem
from tests.support import factories
from tests.support.factories import Lab

WORDS = {"licence": "CERN-OHL-P-2.0", "licensor": "Alice", "function": "holds things"}


@pytest.fixture
def slug(box: Revision, database: Database) -> str:
    with database.reading() as session:
        return session.get_one(Revision, box.id).design.project.slug


@pytest.fixture
def public(alice: Caller, slug: str) -> str:
    made(alice.patch(f"/projects/{slug}", WORDS), 200)
    made(alice.post(f"/projects/{slug}/publish"), 200)
    return slug


def test_a_private_project_exists_for_its_authors_and_staff_only(
    alice: Caller, bob: Caller, tara: Caller, visitor: Caller, slug: str
) -> None:
    assert made(alice.get(f"/projects/{slug}"), 200)["visibility"] == "private"
    made(tara.get(f"/projects/{slug}"), 200)
    problem(bob.get(f"/projects/{slug}"), 404)
    problem(visitor.get(f"/projects/{slug}"), 404)
    assert made(visitor.get("/projects"), 200)["items"] == []


def test_its_words_are_changed_by_its_authors(alice: Caller, slug: str) -> None:
    changed = made(alice.patch(f"/projects/{slug}", {"title": "Box two", "documentation": "# How"}), 200)
    assert (changed["title"], changed["documentation"]) == ("Box two", "# How")


def test_nobody_else_changes_it(bob: Caller, tara: Caller, visitor: Caller, slug: str) -> None:
    problem(bob.patch(f"/projects/{slug}", {"title": "Mine"}), 404)
    problem(tara.patch(f"/projects/{slug}", {"title": "Mine"}), 403)
    problem(visitor.patch(f"/projects/{slug}", {"title": "Mine"}), 401)


def test_every_fault_of_a_change_is_named(alice: Caller, slug: str) -> None:
    body = problem(alice.patch(f"/projects/{slug}", {"title": " ", "licence": "WTF", "version": "!"}), 422)
    assert {each["field"] for each in body["errors"]} == {"title", "licence", "version"}
    assert problem(alice.patch(f"/projects/{slug}", {"owner": "bob"}), 422)["errors"][0]["code"] == "field_unknown"


def test_publishing_names_what_is_missing(alice: Caller, slug: str) -> None:
    body = problem(alice.post(f"/projects/{slug}/publish"), 422)
    assert {"licence", "function"} <= {each["field"] for each in body["errors"]}


def test_a_published_project_is_there_for_everybody(visitor: Caller, public: str) -> None:
    [listed] = made(visitor.get("/projects"), 200)["items"]
    shown = made(visitor.get(f"/projects/{public}"), 200)
    assert listed["slug"] == shown["slug"] == public
    assert {key: listed[key] for key in WORDS} == WORDS
    [design] = shown["designs"]
    assert made(visitor.get(f"/designs/{design['id']}"), 200)["revision"]["state"] == "ready"


def test_it_is_published_and_withdrawn_once(alice: Caller, visitor: Caller, public: str) -> None:
    problem(alice.post(f"/projects/{public}/publish"), 409)
    assert made(alice.post(f"/projects/{public}/unpublish"), 200)["visibility"] == "private"
    problem(alice.post(f"/projects/{public}/unpublish"), 409)
    problem(visitor.get(f"/projects/{public}"), 404)


def test_only_authors_publish(bob: Caller, visitor: Caller, public: str, slug: str) -> None:
    problem(bob.post(f"/projects/{slug}/unpublish"), 403)
    problem(visitor.post(f"/projects/{slug}/unpublish"), 401)


def test_mine_lists_ones_own_also_private_ones(alice: Caller, bob: Caller, visitor: Caller, slug: str) -> None:
    assert [each["slug"] for each in made(alice.get("/projects?mine=1"), 200)["items"]] == [slug]
    assert made(bob.get("/projects?mine=1"), 200)["items"] == []
    problem(visitor.get("/projects?mine=1"), 401)


@pytest.mark.parametrize("path", ["/projects?limit=2", "/projects?limit=2&mine=1"])
def test_pages_show_each_project_once(alice: Caller, database: Database, lab: Lab, path: str) -> None:
    with database.writing() as session:
        for _ in range(5):
            owner = session.get_one(Person, lab.alice.id)
            factories.project(session, owner, visibility=Visibility.PUBLIC, published_at=now())
        session.commit()
        everything = {each.slug for each in session.query(Project)}
    seen: list[str] = []
    while path:
        page = made(alice.get(path), 200)
        seen += [each["slug"] for each in page["items"]]
        path = page["next"].split("/api/v1")[1] if page["next"] else ""
    assert len(seen) == 5
    assert set(seen) == everything


def test_tags_and_licence_expressions_are_changed(alice: Caller, slug: str) -> None:
    changed = made(alice.patch(f"/projects/{slug}", {"tags": ["Light", "home"], "licence": "mit or cc0-1.0"}), 200)
    assert (changed["tags"], changed["licence"]) == (["home", "light"], "MIT OR CC0-1.0")
    body = problem(alice.patch(f"/projects/{slug}", {"tags": ["<b>"], "licence": "MIT OR"}), 422)
    assert {each["field"] for each in body["errors"]} == {"tags", "licence"}
    assert problem(alice.patch(f"/projects/{slug}", {"tags": "light"}), 422)["errors"][0]["field"] == "tags"


def test_the_list_is_searched_and_filtered(alice: Caller, visitor: Caller, public: str) -> None:
    made(alice.patch(f"/projects/{public}", {"title": "Lamp", "tags": ["light"]}), 200)

    def found(query: str) -> list[str]:
        return [each["slug"] for each in made(visitor.get(f"/projects?{query}"), 200)["items"]]

    for query in ("q=lamp", "tag=light", "licence=open", "made_on=printer", "built=false", "order=quickest"):
        assert found(query) == [public], query
    for query in ("q=boat", "tag=light,home", "licence=limited", "made_on=laser", "built=true"):
        assert found(query) == [], query
    for query in ("licence=maybe", "order=price", "made_on=hand", "cursor=WzEsMl0", "tag=<b>"):
        problem(visitor.get(f"/projects?{query}"), 422)


@pytest.mark.parametrize("order", ["published", "built", "rebuilt", "quickest"])
def test_pages_of_every_order_show_each_project_once(alice: Caller, database: Database, lab: Lab, order: str) -> None:
    with database.writing() as session:
        for number in range(5):
            owner = session.get_one(Person, lab.alice.id)
            factories.project(session, owner, visibility=Visibility.PUBLIC, published_at=now(), good_builds=number // 2)
        session.commit()
    path, seen = f"/projects?limit=2&order={order}", []
    while path:
        page = made(alice.get(path), 200)
        seen += [each["slug"] for each in page["items"]]
        path = page["next"].split("/api/v1")[1] if page["next"] else ""
    assert len(seen) == len(set(seen)) == 5
