"""Projects: pages for whoever may see them; writing, publishing and deleting by authors; the list of open ones."""

from typing import Any

import pytest

from fabqueue.models import JobState, Project
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, SignIn, Workshop, plain

EDIT = {
    "title": "Nest box", "summary": "For swifts.", "function": "Houses birds.", "documentation": "# Glue\n\n- dry it",
    "licence": "CC-BY-SA-4.0", "licensor": "Alice", "version": "1.1.0",
}  # fmt: skip


@pytest.fixture
def private(workshop: Workshop) -> Project:
    return workshop.project(workshop.design())


def test_a_private_project_does_not_exist_for_others(
    private: Project, alice: Browser, bob: Browser, tara: Browser, visitor: Browser
) -> None:
    place = f"/projects/{private.slug}"
    assert [each.get(place).status_code for each in (alice, tara, bob, visitor)] == [200, 200, 404, 404]
    for path in ("/edit", "/delete"):
        assert bob.get(place + path).status_code == 404
    for path in ("/edit", "/publish", "/unpublish", "/delete"):
        assert bob.post(place + path).status_code == 404
    assert private.title not in visitor.read("/")


def test_what_is_missing_for_publishing_is_said_and_publishing_refused(
    private: Project, alice: Browser, workshop: Workshop
) -> None:
    page = alice.read(f"/projects/{private.slug}")
    assert "Before it can be published:" in page
    assert "The licence is missing." in page
    assert "What it is for is missing." in page
    alice.post(f"/projects/{private.slug}/publish")
    assert "The licence is missing." in alice.read(f"/projects/{private.slug}")
    assert not workshop.fresh(private).is_public


def test_it_is_written_published_and_made_private_again(
    private: Project, alice: Browser, visitor: Browser, workshop: Workshop
) -> None:
    place = f"/projects/{private.slug}"
    assert alice.post(f"{place}/edit", EDIT).status_code == 303
    assert alice.post(f"{place}/publish").status_code == 303
    page = visitor.read(place)
    assert "Nest box" in page
    assert "Make, change and sell it; name who made it and share alike." in page
    assert "<h3>Glue</h3>" in visitor.get(place).text
    assert "Nest box" in visitor.read("/")
    alice.post(f"{place}/unpublish")
    assert visitor.get(place).status_code == 404
    assert "Nest box" not in visitor.read("/")


def test_faults_come_back_with_everything_typed(private: Project, alice: Browser, workshop: Workshop) -> None:
    answer = alice.post(f"/projects/{private.slug}/edit", EDIT | {"title": "", "version": "one two"})
    assert answer.status_code == 422
    assert "A version has letters, digits" in plain(answer) or "Please fill this in." in plain(answer)
    assert "dry it" in answer.text
    assert workshop.fresh(private).title == private.title


def test_a_licence_nobody_knows_is_refused(private: Project, alice: Browser, workshop: Workshop) -> None:
    answer = alice.post(f"/projects/{private.slug}/edit", EDIT | {"licence": "MY-OWN"})
    assert answer.status_code == 422
    assert workshop.fresh(private).licence == ""


def test_an_author_deletes_after_a_question_and_restores(
    private: Project, alice: Browser, bob: Browser, workshop: Workshop
) -> None:
    place = f"/projects/{private.slug}"
    assert f"Delete {private.title}?" in alice.read(f"{place}/delete")
    assert alice.get(place).status_code == 200
    assert alice.post(f"{place}/delete").status_code == 303
    assert alice.get(place).status_code == 404
    assert bob.post(f"/projects/restore/{private.id}").status_code == 404
    assert "Restore" in alice.read("/account")
    assert alice.post(f"/projects/restore/{private.id}").status_code == 303
    assert alice.get(place).status_code == 200


def test_a_project_with_open_jobs_is_not_deleted(alice: Browser, workshop: Workshop) -> None:
    project = workshop.project(workshop.job(JobState.QUEUED).revision)
    answer = alice.post(f"/projects/{project.slug}/delete")
    assert answer.status_code == 422
    assert "Jobs of this project are still open." in plain(answer)


def test_builds_show_predicted_and_actual_and_no_name_unless_chosen(
    alice: Browser, visitor: Browser, workshop: Workshop, lab: Lab
) -> None:
    job = workshop.job(JobState.COLLECTED)
    project = workshop.publish(job.revision, licensor="A class")
    workshop.change(lab.alice, named_on_projects=False)
    page = visitor.read(f"/projects/{project.slug}")
    assert "Build 1, version 1.0.0" in page
    assert "1 h 02 min predicted 1 h" in page
    assert "a member" in page
    assert "Alice" not in page
    assert job.code not in page
    assert job.code in alice.read(f"/projects/{project.slug}")
    workshop.change(lab.alice, named_on_builds=True)
    assert "· Alice" in visitor.read(f"/projects/{project.slug}")


@pytest.mark.parametrize(
    ("code", "values", "public"),
    [
        ("run_came_out_bad_said", {"text": "PRIVATE WORDS"}, "It ran to its end, but what came out is no good."),
        (
            "run_came_out_bad_because_said",
            {"text": "PRIVATE WORDS", "cause": {"code": "cause_came_loose"}},
            "no good: it came loose from the bed",
        ),
        ("run_found_failed", {"text": "PRIVATE WORDS"}, "Somebody looked and found that it failed."),
        ("run_machine_error", {"error": "PRIVATE WORDS"}, "The machine stopped with an error."),
        ("slicing_profile_missing", {"profile": "PRIVATE WORDS"}, ""),
    ],
)
def test_what_staff_typed_about_a_failure_is_for_the_member_and_staff(
    code: str, values: dict[str, Any], public: str, workshop: Workshop, sign_in: SignIn, lab: Lab
) -> None:
    job = workshop.job(JobState.COLLECTED)
    project = workshop.publish(job.revision)
    workshop.change(workshop.run(job), reason_code=code, reason_values=values, cause="cause_clogged")
    cause = "it came loose from the bed" if "cause" in values else "Cause: the nozzle was clogged"
    for insider in (lab.alice, lab.tara):
        assert "PRIVATE WORDS" in sign_in(insider).read(f"/projects/{project.slug}")
    for outsider in (lab.bob, None):
        browser = sign_in(outsider)
        page = browser.read(f"/projects/{project.slug}")
        assert "PRIVATE WORDS" not in page
        assert public in page
        assert cause in page, "what others learn from, in words of a list"
        assert "PRIVATE WORDS" not in browser.get(f"/api/v1/projects/{project.slug}").text


def test_the_list_is_searched_by_words(visitor: Browser, workshop: Workshop) -> None:
    first, second = workshop.design(), workshop.design()
    workshop.publish(first, title="Lamp shade")
    workshop.publish(second, title="Jar opener", summary="For weak hands.")
    assert "Lamp shade" in visitor.read("/?q=SHADE")
    assert "Jar opener" not in visitor.read("/?q=shade").partition("Projects with")[2]
    assert "Jar opener" in visitor.read("/?q=weak")
    assert "No project matches “submarine”" in visitor.read("/?q=submarine")


def test_paging_is_stable_while_projects_are_published(
    visitor: Browser, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fabqueue.web.explore.PER_PAGE", 2)
    for title in ("First", "Second", "Third"):
        workshop.publish(workshop.design(), title=title)
    front = visitor.get("/").text
    older = front.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "First" not in plain(visitor.get("/"))
    workshop.publish(workshop.design(), title="Fourth")
    page = visitor.read(older)
    assert "First" in page
    assert "Second" not in page


def test_what_authors_write_is_never_html(visitor: Browser, workshop: Workshop) -> None:
    nasty = (
        '<script>alert(1)</script><img src=x onerror="alert(2)"> [go](javascript:alert(3)) [ok](https://example.org)'
    )
    project = workshop.publish(
        workshop.design(), title="<b>Title</b>", summary="<i>s</i>", documentation=nasty, licensor="<u>me</u>"
    )
    html = visitor.get(f"/projects/{project.slug}").text
    for bad in ("<script>alert", "<img src=x", 'href="javascript', "<b>Title", "<i>s</i>", "<u>me"):
        assert bad not in html
    assert '<a href="https://example.org" rel="nofollow noopener">ok</a>' in html
    assert "<b>Title" not in visitor.get("/").text
