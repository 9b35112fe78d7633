"""The words of a page are kept version by version, compared, brought back, and never overwritten unseen."""

import pytest

from fabqueue.db import WritingSession
from fabqueue.models import Project
from fabqueue.services import projects, tags, texts
from fabqueue.services.errors import Invalid, Refused
from tests.support import factories
from tests.support.factories import Lab


@pytest.fixture
def project(session: WritingSession, here: Lab) -> Project:
    return factories.project(session, here.alice, "Lamp")


def _numbers(session: WritingSession, project: Project) -> list[int]:
    return [each.number for each in texts.versions(session, project)]


def test_each_change_of_words_is_a_version_and_nothing_else_is(
    session: WritingSession, here: Lab, project: Project
) -> None:
    projects.change(session, project, here.alice, {"summary": "A lamp."})
    projects.change(session, project, here.bob, {"documentation": "Glue it."})
    projects.change(session, project, here.bob, {"documentation": "Glue it.", "version": "2"})
    projects.change(session, project, here.bob, {"tags": "light"})
    assert _numbers(session, project) == [2, 1]
    assert [each.written_by_id for each in texts.versions(session, project)] == [here.bob.id, here.alice.id]


def test_words_of_before_there_was_a_history_are_kept_first(
    session: WritingSession, here: Lab, project: Project
) -> None:
    project.documentation = "Old words."
    session.flush()
    projects.change(session, project, here.bob, {"documentation": "New words."})
    first = texts.version(session, project, 1)
    assert first is not None
    assert (first.documentation, first.written_by_id) == ("Old words.", here.alice.id)
    assert _numbers(session, project) == [2, 1]


def test_an_old_version_comes_back_as_a_new_one(session: WritingSession, here: Lab, project: Project) -> None:
    projects.change(session, project, here.alice, {"title": "One", "documentation": "First."})
    projects.change(session, project, here.alice, {"title": "Two", "documentation": ""})
    projects.bring_back(session, project, here.bob, 1)
    latest = texts.latest(session, project)
    assert latest is not None
    assert (project.title, project.documentation, latest.number, latest.restored_number) == ("One", "First.", 3, 1)
    projects.bring_back(session, project, here.bob, 3)  # it stands there already
    assert _numbers(session, project) == [3, 2, 1]
    with pytest.raises(Refused, match="project_version_gone"):
        projects.bring_back(session, project, here.bob, 9)


def test_what_somebody_saved_meanwhile_is_not_overwritten_unseen(
    session: WritingSession, here: Lab, project: Project
) -> None:
    projects.change(session, project, here.alice, {"summary": "One."}, base=0)
    with pytest.raises(Refused) as caught:
        projects.change(session, project, here.bob, {"summary": "Two."}, base=0)
    assert (caught.value.code, caught.value.values["name"]) == ("project_saved_meanwhile", here.alice.display_name)
    assert project.summary == "One."
    projects.change(session, project, here.bob, {"summary": "Two."}, base=1)
    assert project.summary == "Two."


def test_differences_name_lines_with_a_few_around() -> None:
    old = "\n".join(f"line {number}" for number in range(20))
    lines = texts.differences(old, old.replace("line 10", "line ten"))
    assert [each.kind for each in lines] == ["gap", *["same"] * 3, "taken", "added", *["same"] * 3]
    assert [each.text for each in lines if each.kind in {"taken", "added"}] == ["line 10", "line ten"]
    assert texts.differences(old, old) == []
    assert [each.kind for each in texts.differences("", "a")] == ["added"]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Light", "light"),
        (" #3D print ", "3d-print"),
        ("ＷＩＤＥ", "wide"),
        ("灯具", "灯具"),
        ("a_b", "a-b"),
        ("C++", "c++"),
    ],
)
def test_a_tag_is_written_one_way(typed: str, written: str) -> None:
    assert tags.normal(typed) == written


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("<b>", "tag_shape"),
        ("a/b", "tag_shape"),
        ('x"onload=1', "tag_shape"),
        ("--", "tag_shape"),
        ("x" * 33, "tag_too_long"),
        (",".join(f"t{number}" for number in range(13)), "tags_too_many"),
    ],
)
def test_what_cannot_be_a_tag_is_refused_and_nothing_is_saved(
    session: WritingSession, here: Lab, project: Project, typed: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        projects.change(session, project, here.alice, {"tags": typed, "title": "New"})
    assert [(each.code, each.field) for each in caught.value.refusals] == [(code, "tags")]
    assert project.title == "Lamp"


def test_tags_are_replaced_as_a_whole(session: WritingSession, here: Lab, project: Project) -> None:
    projects.change(session, project, here.alice, {"tags": "Light, home，Light"})
    assert project.tag_names == ["home", "light"]
    projects.change(session, project, here.alice, {"tags": ["garden", "light"]})
    assert project.tag_names == ["garden", "light"]
    projects.change(session, project, here.alice, {"tags": ""})
    assert project.tag_names == []
