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
