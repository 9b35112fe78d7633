"""The front page: filters as people use them, what machines make without anything private, the lab's own face."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from fabqueue.app import create_app
from fabqueue.config import ConfigError, build
from fabqueue.dispatch.context import Context
from fabqueue.models import JobState, Project, Visibility
from fabqueue.services import projects
from tests.support.factories import Lab
from tests.support.pages import signing_in
from tests.web.makers.conftest import Browser, SignIn, Workshop

SECRET = "Hush hush"


@pytest.fixture
def private(workshop: Workshop) -> Project:
    """A private project of Alice's with every kind of words, being printed."""
    project = workshop.project(workshop.job(JobState.IN_PRODUCTION).revision)
    with workshop.writing() as session:
        found = session.get_one(Project, project.id)
        projects.change(session, found, found.owner, {"title": SECRET, "summary": SECRET, "tags": "hush-tag"})
        session.commit()
    return project


@pytest.mark.parametrize("who", ["visitor", "bob", "tara", "alice"])
def test_nothing_private_shows_on_open_pages_whoever_looks(
    who: str, private: Project, workshop: Workshop, sign_in: SignIn, lab: Lab
) -> None:
    workshop.publish(workshop.design(), title="Open lamp", tags="light")
    browser = sign_in(getattr(lab, who, None))
    for path in ("/", "/?q=hush", "/?tag=hush-tag", "/search?q=hush", "/now", "/api/v1/projects?q=hush",
                 "/api/v1/projects?tag=hush-tag", "/?built=no", "/?order=quickest"):  # fmt: skip
        text = browser.get(path).text
        assert SECRET not in text, path
        assert private.slug not in text, path
        assert '<option value="hush-tag">' not in text, path
    assert "1 project" in browser.read("/")
    assert "No project" in browser.read("/?q=hush")


def test_what_machines_make_is_named_only_while_it_is_public(
    workshop: Workshop, visitor: Browser, lab: Lab, alice: Browser
) -> None:
    job = workshop.job(JobState.IN_PRODUCTION)
    title = workshop.project(job.revision).title
    picture = f"/files/revisions/{job.revision_id}/picture.webp"
    hidden = visitor.source("/now")
    assert lab.machine.name in hidden
    for secret in (title, job.code, picture, "Alice", "progress"):
        assert secret not in hidden
    project = workshop.publish(job.revision, title="Open lamp")
    shown = visitor.source("/now")
    assert "Open lamp" in shown
    assert "<progress" in shown
    assert job.code not in shown
    assert "Alice" not in shown
    workshop.change(project, visibility=Visibility.PRIVATE)
    assert "Open lamp" not in visitor.source("/now")
    workshop.change(lab.machine, maintenance_at=project.created_at, maintenance_reason="Alice broke it")
    assert "Alice broke it" not in visitor.source("/now")


def test_filters_work_together_and_stay_in_the_address(workshop: Workshop, visitor: Browser) -> None:
    workshop.publish(workshop.design(), title="Lamp", tags="light, home")
    workshop.publish(workshop.design(), title="Jar", tags="home", licence="CC-BY-NC-4.0")
    page = visitor.read("/?tag=home&licence=limited&made=printer&built=no&order=published")
    assert "Jar" in page
    assert "Lamp" not in page
    source = visitor.source("/?tag=home&licence=limited&q=jar")
    assert 'name="tag" value="home" checked' in source
    assert '<option value="limited" selected>' in source
    assert '<input type="hidden" name="q" value="jar">' in source
    assert "Lamp" in visitor.read("/?licence=open&tag=<script>&order=nonsense&made=9&after=x~y&built=maybe")


def test_pages_keep_the_filters(workshop: Workshop, visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fabqueue.web.explore.PER_PAGE", 1)
    for number in range(3):
        workshop.publish(workshop.design(), title=f"Part {number}", tags="odd" if number % 2 == 0 else "even")
    place, seen = "/?tag=odd&order=quickest", []
    while place:
        source = visitor.source(place)
        seen += [f"Part {number}" for number in range(3) if f">Part {number}</a>" in source]
        place = source.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
        place = place if 'rel="next"' in source else ""
    assert sorted(seen) == ["Part 0", "Part 2"]


def test_the_search_page_answers_by_itself(workshop: Workshop, visitor: Browser) -> None:
    workshop.publish(workshop.design(), title="Lamp shade")
    assert "Lamp shade" in visitor.read("/search?q=shade")
    assert "No project matches “boat”" in visitor.read("/search?q=boat")
    assert visitor.get("/search").status_code == 200


@pytest.fixture
def own_face(context: Context, tmp_path: Path) -> Any:
    """The application of a lab with a face of its own; more settings by name."""

    def made(**site: str) -> Flask:
        config = build({"site": site}, {}, tmp_path)
        return create_app(context=Context(
            type(config)(**{**vars(context.config), "site": config.site, "base": tmp_path}), context.db, context.storage
        ))  # fmt: skip

    return made


def test_the_lab_shows_its_own_face(own_face: Any, tmp_path: Path, lab: Lab) -> None:
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    (tmp_path / "rules.md").write_text("# Be kind\n\n- Sweep <script>alert(1)</script>\n")
    app = own_face(logo="logo.svg", welcome_title="Hello there", welcome="Come <b>in</b>.", house_rules="rules.md")
    visitor = signing_in(app, Browser)(None)
    front = visitor.source("/")
    assert "Hello there" in front
    assert "Come &lt;b&gt;in&lt;/b&gt;." in front
    assert 'src="/lab/logo"' in front
    assert 'href="/house-rules"' in front
    assert "/house-rules" in visitor.source("/sign-up").partition("<footer")[0]
    logo = visitor.get("/lab/logo")
    assert logo.mimetype == "image/svg+xml"
    assert "sandbox" in logo.headers["Content-Security-Policy"]
    rules = visitor.source("/house-rules")
    assert "Be kind" in rules
    assert "<script>alert" not in rules


def test_a_lab_without_a_face_of_its_own_has_ours(visitor: Browser, own_face: Any) -> None:
    assert visitor.get("/lab/logo").status_code == 404
    assert visitor.get("/house-rules").status_code == 404
    assert "/house-rules" not in visitor.source("/")
    gone = signing_in(own_face(logo="gone.png", house_rules="gone.md"), Browser)(None)
    assert gone.get("/lab/logo").status_code == 404
    assert "/lab/logo" not in gone.source("/")


def test_a_logo_is_a_picture() -> None:
    with pytest.raises(ConfigError, match="logo"):
        build({"site": {"logo": "logo.exe"}}, {}, Path())
