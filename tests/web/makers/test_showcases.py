"""Showcases: made by those who teach, private until shown, never showing what is private."""

import re
from collections.abc import Callable
from contextlib import closing

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from fabqueue.models import Event, JobState, Project, Showcase, ShowcaseItem, SubjectKind
from fabqueue.services import projects, showcases
from tests.support.chromium import serving
from tests.support.factories import PASSWORD, Lab
from tests.web.makers.conftest import Browser, Workshop, plain

Titled = Callable[[str], Project]


@pytest.fixture
def public(workshop: Workshop) -> Titled:
    """Makes a public project of Alice's with a title."""
    return lambda title: workshop.publish(workshop.design(), title=title)


@pytest.fixture
def shown(workshop: Workshop, lab: Lab, public: Titled) -> Showcase:
    """A public showcase of Ines's: two projects and a slide of words."""
    made = [public(each) for each in ("Flexure", "Hose pump")]
    with workshop.writing() as session:
        ines = session.get_one(type(lab.ines), lab.ines.id)
        showcase = showcases.create(session, ines, "For the school", "A *few* pieces.")
        for each in made:
            showcases.add_project(session, showcase, ines, session.get_one(Project, each.id))
        showcases.add_words(session, showcase, ines, "Now you", "Send a part.", "Who begins?")
        showcases.publish(session, showcase, ines)
        session.commit()
        session.refresh(showcase)
    return showcase


def _hide(workshop: Workshop, title: str, *, how: Callable[..., None] = projects.unpublish) -> None:
    with workshop.writing() as session:
        project = session.query(Project).filter_by(title=title).one()
        how(session, project, project.owner)
        session.commit()


def _titles(workshop: Workshop, showcase: Showcase) -> list[str]:
    with workshop.context.db.reading() as session:
        found = session.get_one(Showcase, showcase.id)
        return [each.title or (each.project.title if each.project else "") for each in found.items]


def _slide(workshop: Workshop, showcase: Showcase, number: int) -> ShowcaseItem:
    with workshop.context.db.reading() as session:
        return session.get_one(Showcase, showcase.id).items[number]


def _slug(answer: object) -> str:
    found = re.search(r"/showcases/([^/]+)/edit", str(answer.headers["Location"]))  # type: ignore[attr-defined]
    assert found
    return found[1]


def test_an_instructor_makes_a_showcase_and_everybody_finds_it(
    ines: Browser, visitor: Browser, public: Titled, workshop: Workshop
) -> None:
    project = public("Flexure")
    slug = _slug(ines.post("/new-showcase", {"title": "For the school", "introduction": "Ten **pieces**."}))
    assert "Flexure" in ines.read(f"/showcases/{slug}/projects?q=flex")
    ines.post(f"/showcases/{slug}/projects", {"project": project.id})
    ines.post(f"/showcases/{slug}/words", {"new-title": "Now you", "new-question": "Who begins?"})
    assert visitor.get(f"/showcases/{slug}").status_code == 404
    assert "For the school" not in visitor.read("/showcases")
    ines.post(f"/showcases/{slug}/publish")
    page = visitor.read(f"/showcases/{slug}")
    assert "Flexure" in page
    assert "Ask the room: Who begins?" in page
    assert "1 of 2" in page
    assert "<strong>pieces</strong>" in visitor.source(f"/showcases/{slug}")
    assert "For the school" in visitor.read("/")
    assert "For the school" in visitor.read("/showcases")


def test_members_and_technicians_make_none(alice: Browser, tara: Browser, visitor: Browser) -> None:
    for browser in (alice, tara, visitor):
        assert browser.get("/new-showcase").status_code == 404
        assert browser.post("/new-showcase", {"title": "Mine"}).status_code == 404
        assert "Make a showcase" not in browser.read("/showcases")


def test_nothing_typed_is_lost_when_the_title_is_missing(ines: Browser) -> None:
    answer = ines.post("/new-showcase", {"title": " ", "introduction": "Ten pieces."})
    assert answer.status_code == 422
    assert "Ten pieces." in answer.text
    assert "Please fill this in." in plain(answer)


def test_a_private_showcase_is_unknown_to_all_but_its_writers_and_admins(
    shown: Showcase, workshop: Workshop, ines: Browser, adam: Browser, tara: Browser, alice: Browser, visitor: Browser
) -> None:
    ines.post(f"/showcases/{shown.slug}/unpublish")
    for path in ("", "/present", "/edit", f"/slides/{_slide(workshop, shown, 0).id}", "/projects", "/delete"):
        address = f"/showcases/{shown.slug}{path}"
        assert [each.get(address).status_code for each in (tara, alice, visitor)] == [404, 404, 404], address
        assert [each.get(address).status_code for each in (ines, adam)] == [200, 200], address
    for path in ("/publish", "/projects", "/words", "/helpers", "/delete"):
        assert alice.post(f"/showcases/{shown.slug}{path}").status_code == 404, path
    assert "For the school" not in visitor.read("/") + tara.read("/showcases")


def test_a_public_showcase_is_changed_by_its_writers_alone(
    shown: Showcase, workshop: Workshop, alice: Browser, tara: Browser, visitor: Browser
) -> None:
    key = _slide(workshop, shown, 0).id
    posts = ("edit", "publish", "unpublish", "delete", "words", "projects", "helpers", f"slides/{key}",
             f"slides/{key}/move", f"slides/{key}/remove", "helpers/alice/remove")  # fmt: skip
    for browser in (alice, tara, visitor):
        answers = {each: browser.post(f"/showcases/{shown.slug}/{each}", {"to": "1"}).status_code for each in posts}
        assert set(answers.values()) <= {403, 404}, answers
    assert _titles(workshop, shown) == ["Flexure", "Hose pump", "Now you"]


@pytest.mark.parametrize("how", [projects.unpublish, projects.delete])
def test_a_project_that_goes_away_is_gone_from_the_showcase_at_once(
    how: Callable[..., None], shown: Showcase, workshop: Workshop, visitor: Browser, bob: Browser, tara: Browser,
    ines: Browser,
) -> None:  # fmt: skip
    _hide(workshop, "Hose pump", how=how)
    with workshop.context.db.reading() as session:
        slug = session.query(Project).filter_by(title="Hose pump").one().slug
    for browser in (visitor, bob, tara):
        for path in (f"/showcases/{shown.slug}", f"/showcases/{shown.slug}/present", "/showcases", "/"):
            assert "Hose pump" not in browser.read(path)
            assert slug not in browser.source(path)
        assert "1 of 2" in browser.read(f"/showcases/{shown.slug}")
        assert "hidden" not in browser.read(f"/showcases/{shown.slug}")
    assert "1 slide is hidden" in ines.read(f"/showcases/{shown.slug}")
    edit = ines.read(f"/showcases/{shown.slug}/edit")
    assert "Hidden: its project is private again or was deleted." in edit
    assert "Hose pump" not in edit
    assert slug not in ines.source(f"/showcases/{shown.slug}/edit")


def test_a_showcase_that_lost_all_its_projects_is_not_listed(
    workshop: Workshop, lab: Lab, public: Titled, visitor: Browser
) -> None:
    project = public("Flexure")
    with workshop.writing() as session:
        ines = session.get_one(type(lab.ines), lab.ines.id)
        showcase = showcases.create(session, ines, "One piece")
        showcases.add_project(session, showcase, ines, session.get_one(Project, project.id))
        showcases.publish(session, showcase, ines)
        session.commit()
    assert "One piece" in visitor.read("/showcases")
    _hide(workshop, "Flexure")
    assert "One piece" not in visitor.read("/showcases") + visitor.read("/")


def test_a_private_project_is_neither_found_nor_added(
    shown: Showcase, workshop: Workshop, ines: Browser, lab: Lab
) -> None:
    secret = workshop.design(lab.bob)
    assert secret.design.project.title not in ines.read(f"/showcases/{shown.slug}/projects?q=box")
    answer = ines.post(f"/showcases/{shown.slug}/projects", {"project": secret.design.project_id})
    assert answer.status_code == 404
    assert len(_titles(workshop, shown)) == 3


def test_a_project_is_in_a_showcase_once(shown: Showcase, workshop: Workshop, ines: Browser) -> None:
    key = _slide(workshop, shown, 0).project_id
    answer = ines.post(f"/showcases/{shown.slug}/projects", {"project": key}, follow_redirects=True)
    assert "This project is in the showcase already." in plain(answer)
    assert len(_titles(workshop, shown)) == 3


def test_slides_are_moved_and_removed_without_scripts(shown: Showcase, workshop: Workshop, ines: Browser) -> None:
    last = _slide(workshop, shown, 2).id
    orders = {
        0: ["Now you", "Flexure", "Hose pump"], 1: ["Flexure", "Now you", "Hose pump"],
        99: ["Flexure", "Hose pump", "Now you"], -5: ["Now you", "Flexure", "Hose pump"],
    }  # fmt: skip
    for to, order in orders.items():
        answer = ines.post(f"/showcases/{shown.slug}/slides/{last}/move", {"to": str(to)})
        assert answer.status_code == 303
        assert _titles(workshop, shown) == order
    ines.post(f"/showcases/{shown.slug}/slides/{last}/remove")
    assert _titles(workshop, shown) == ["Flexure", "Hose pump"]
    with workshop.context.db.reading() as session:
        assert [each.position for each in session.get_one(Showcase, shown.id).items] == [0, 1]


def test_a_move_by_htmx_brings_the_slides_alone(shown: Showcase, workshop: Workshop, ines: Browser) -> None:
    last = _slide(workshop, shown, 2).id
    answer = ines.post(f"/showcases/{shown.slug}/slides/{last}/move", {"to": "0"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert answer.text.index("Now you") < answer.text.index("Flexure")


def test_a_caption_stands_in_for_title_and_summary(shown: Showcase, workshop: Workshop, ines: Browser) -> None:
    key = _slide(workshop, shown, 0).id
    fields = {"title": "It bends", "words": "Four **leaves**.", "question": "Why?"}
    ines.post(f"/showcases/{shown.slug}/slides/{key}", fields)
    page = ines.source(f"/showcases/{shown.slug}")
    assert "It bends" in page
    assert "<strong>leaves</strong>" in page
    assert "Flexure" in page


def test_words_cannot_bring_scripts(shown: Showcase, workshop: Workshop, ines: Browser) -> None:
    key = _slide(workshop, shown, 0).id
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    ines.post(f"/showcases/{shown.slug}/slides/{key}", {"title": evil, "words": evil, "question": evil})
    page = ines.source(f"/showcases/{shown.slug}")
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_an_empty_slide_and_a_too_long_one_are_refused_with_what_was_typed(shown: Showcase, ines: Browser) -> None:
    empty = ines.post(f"/showcases/{shown.slug}/words", {"new-question": "Who?"})
    assert empty.status_code == 422
    assert "The slide is empty. Write a heading or some words." in plain(empty)
    assert "Who?" in empty.text
    assert ines.post(f"/showcases/{shown.slug}/words", {"new-words": "x" * 2001}).status_code == 422


def test_its_card_says_how_it_begins_without_the_marks_of_markdown(shown: Showcase, visitor: Browser) -> None:
    card = visitor.read("/showcases")

    assert "A few pieces." in card
    assert "*few*" not in card


def test_an_empty_showcase_is_not_published(ines: Browser, visitor: Browser) -> None:
    slug = _slug(ines.post("/new-showcase", {"title": "Nothing"}))
    answer = ines.post(f"/showcases/{slug}/publish", follow_redirects=True)
    assert "There is no slide to see yet." in plain(answer)
    assert visitor.get(f"/showcases/{slug}").status_code == 404


def test_a_helper_writes_it_and_does_not_delete_it(
    shown: Showcase, workshop: Workshop, ines: Browser, bob: Browser
) -> None:
    assert bob.get(f"/showcases/{shown.slug}/edit").status_code == 403
    ines.post(f"/showcases/{shown.slug}/helpers", {"name": "bob"})
    assert bob.post(f"/showcases/{shown.slug}/words", {"new-title": "By Bob"}).status_code == 303
    assert "By Bob" in _titles(workshop, shown)
    assert bob.post(f"/showcases/{shown.slug}/delete").status_code == 403
    assert bob.post(f"/showcases/{shown.slug}/helpers", {"name": "alice"}).status_code == 403
    ines.post(f"/showcases/{shown.slug}/helpers/bob/remove")
    assert bob.get(f"/showcases/{shown.slug}/edit").status_code == 403


def test_an_unknown_helper_is_named(shown: Showcase, ines: Browser) -> None:
    answer = ines.post(f"/showcases/{shown.slug}/helpers", {"name": "nobody"})
    assert answer.status_code == 422
    assert "nobody with the user name nobody" in plain(answer)


def test_a_deleted_showcase_comes_back_private(shown: Showcase, ines: Browser, bob: Browser, visitor: Browser) -> None:
    ines.post(f"/showcases/{shown.slug}/delete")
    assert visitor.get(f"/showcases/{shown.slug}").status_code == 404
    assert ines.get(f"/showcases/{shown.slug}/edit").status_code == 404
    assert bob.post(f"/showcases/restore/{shown.id}").status_code == 404
    ines.post(f"/showcases/restore/{shown.id}")
    assert ines.get(f"/showcases/{shown.slug}").status_code == 200
    assert visitor.get(f"/showcases/{shown.slug}").status_code == 404


def test_what_happened_is_written_down(shown: Showcase, workshop: Workshop, ines: Browser) -> None:
    ines.post(f"/showcases/{shown.slug}/unpublish")
    with workshop.context.db.reading() as session:
        mine = session.query(Event).filter_by(subject_kind=SubjectKind.SHOWCASE, subject_id=shown.id)
        verbs = [each.verb for each in mine.order_by(Event.seq)]
    assert verbs == ["create", "add_slide", "add_slide", "add_slide", "publish", "unpublish"]


def test_a_curator_who_is_not_named_publicly_is_not_named(
    shown: Showcase, workshop: Workshop, lab: Lab, visitor: Browser
) -> None:
    assert "Curated by Ines" in visitor.read(f"/showcases/{shown.slug}")
    workshop.change(lab.ines, guarded=True)
    assert "Ines" not in visitor.read(f"/showcases/{shown.slug}") + visitor.read("/showcases")


def test_the_slides_say_what_was_built_and_lead_to_the_project(
    workshop: Workshop, lab: Lab, visitor: Browser, ines: Browser
) -> None:
    job = workshop.job(JobState.COLLECTED)
    project = workshop.publish(job.revision, title="Box")
    slug = _slug(ines.post("/new-showcase", {"title": "Made"}))
    ines.post(f"/showcases/{slug}/projects", {"project": project.id})
    ines.post(f"/showcases/{slug}/publish")
    page = visitor.read(f"/showcases/{slug}/present")
    assert "Built 1 time" in page
    assert "Licence CERN-OHL-W-2.0" in page
    assert f'aria-label="QR code: http://127.0.0.1:8000/projects/{project.slug}"' in visitor.source(
        f"/showcases/{slug}"
    )


def test_two_showcases_of_one_title_have_addresses_of_their_own(ines: Browser) -> None:
    made = [_slug(ines.post("/new-showcase", {"title": "Same"})) for _ in range(2)]
    assert made == ["same", "same-2"]


def test_a_slide_of_another_showcase_is_unknown(shown: Showcase, workshop: Workshop, ines: Browser) -> None:
    other = _slug(ines.post("/new-showcase", {"title": "Other"}))
    key = _slide(workshop, shown, 0).id
    assert ines.get(f"/showcases/{other}/slides/{key}").status_code == 404
    assert ines.post(f"/showcases/{other}/slides/{key}/remove").status_code == 404
    assert len(_titles(workshop, shown)) == 3


@pytest.mark.browser
def test_a_slide_is_dragged_to_another_place_twice(
    shown: Showcase, workshop: Workshop, app: Flask, browser: Chromium, lab: Lab
) -> None:
    """The second time in the list that the first one brought."""
    with serving(app) as url, closing(browser.new_context(base_url=url)) as context:
        page = context.new_page()
        page.goto("/sign-in")
        page.get_by_label("User name").fill(lab.ines.user_name)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main form[method=post]").evaluate("(form) => form.requestSubmit()")
        page.locator("[popovertarget=pop-account]").wait_for()
        page.goto(f"/showcases/{shown.slug}/edit")
        _drag(page, 0, 2)
        assert _titles(workshop, shown) == ["Hose pump", "Now you", "Flexure"]
        _drag(page, 2, 0)
    assert _titles(workshop, shown) == ["Flexure", "Hose pump", "Now you"]


def _drag(page: Page, start: int, end: int) -> None:
    """Drop a slide on the far half of another, and wait until the server has brought the list."""
    items = page.locator("[data-order] > li")
    grip = items.nth(start).locator("[data-grip]")
    grip.scroll_into_view_if_needed()
    begun, there = grip.bounding_box(), items.nth(end).bounding_box()
    assert begun
    assert there
    x = begun["x"] + begun["width"] / 2
    page.mouse.move(x, begun["y"] + begun["height"] / 2)
    page.mouse.down()
    page.mouse.move(x, there["y"] + (there["height"] - 2 if end > start else 2), steps=8)
    with page.expect_response(lambda answer: answer.url.endswith("/move")):
        page.mouse.up()
    expect(page.locator("[data-order] [data-dragged], .htmx-request")).to_have_count(0)
