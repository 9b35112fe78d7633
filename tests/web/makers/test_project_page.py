"""A project's page: its licence in words, its history, its authors, notes on builds, everything in one zip."""

import io
import re
import zipfile

import pytest
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from fabqueue.models import Build, JobState, Outcome, Photo, Project, Revision
from fabqueue.services import archives
from tests.support.factories import Lab
from tests.support.photos import photo
from tests.web.makers.conftest import Browser, Workshop, plain
from tests.web.makers.test_projects import EDIT

NASTY = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def private(workshop: Workshop) -> Project:
    return workshop.project(workshop.design())


def _save(browser: Browser, project: Project, **fields: str) -> int:
    return browser.post(f"/projects/{project.slug}/edit", EDIT | {"tags": ""} | fields).status_code


@pytest.mark.parametrize(
    ("licence", "said", "is_limited"),
    [
        ("CERN-OHL-S-2.0 OR MIT", "you may choose:", False),
        ("CC-BY-NC-4.0", "Make and change it, but not for money.", True),
        ("LicenseRef-Ours", "Terms of its own", False),
    ],
)
def test_a_licence_is_said_in_plain_words(
    licence: str, said: str, is_limited: bool, workshop: Workshop, visitor: Browser
) -> None:
    project = workshop.publish(workshop.design(), licence=licence)
    page = visitor.read(f"/projects/{project.slug}")
    assert licence in page
    assert said in page
    assert (page.count("not open hardware") > 0) is is_limited


def test_what_is_typed_into_tags_and_licence_never_becomes_html(private: Project, alice: Browser) -> None:
    for field in ("tags", "licence"):
        answer = alice.post(f"/projects/{private.slug}/edit", EDIT | {field: NASTY})
        assert answer.status_code == 422
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text


def test_a_preview_is_safe_and_saves_nothing(
    private: Project, alice: Browser, bob: Browser, workshop: Workshop
) -> None:
    place = f"/projects/{private.slug}"
    seen = alice.post(f"{place}/preview", {"documentation": f"# Glue\n\n**dry** {NASTY} [x](javascript:alert(3))"})
    assert "<strong>dry</strong>" in seen.text
    for bad in ("<script", "<img src=x", 'href="javascript'):
        assert bad not in seen.text
    page = alice.post(f"{place}/edit", EDIT | {"look": "1", "documentation": "**dry**"})
    assert page.status_code == 200
    assert "<strong>dry</strong>" in page.text
    assert workshop.fresh(private).documentation == ""
    assert bob.post(f"{place}/preview", {"documentation": "x"}).status_code == 404


def test_the_history_is_read_compared_and_brought_back(private: Project, alice: Browser, workshop: Workshop) -> None:
    place = f"/projects/{private.slug}"
    assert _save(alice, private, documentation="Glue it.", base="0") == 303
    assert _save(alice, private, documentation="Screw it.", base="1") == 303
    assert "Version 2" in alice.read(f"{place}/history")
    assert "Glue it." in alice.read(f"{place}/history/1")
    compared = alice.read(f"{place}/history/compare?old=2&new=1")
    assert "From version 1 to version 2" in compared
    assert "Taken out: Glue it." in compared
    assert "Added: Screw it." in compared
    assert "Bring version 1 back?" in alice.read(f"{place}/history/1/restore")
    assert alice.post(f"{place}/history/1/restore").status_code == 303
    assert workshop.fresh(private).documentation == "Glue it."
    assert "version 1 again" in alice.read(f"{place}/history")
    for missing in ("/history/99", "/history/compare?old=1&new=x", "/history/compare?old=1", "/history/9999999999"):
        assert alice.get(place + missing).status_code == 404


def test_the_history_of_a_public_page_is_for_its_authors_and_staff(
    private: Project, alice: Browser, bob: Browser, tara: Browser, visitor: Browser
) -> None:
    place = f"/projects/{private.slug}"
    _save(alice, private, documentation="My phone number is 555.", base="0")
    _save(alice, private, documentation="Ask me.", base="1")
    alice.post(f"{place}/publish")
    paths = ("/history", "/history/1", "/history/compare?old=1&new=2")
    for path in paths:
        assert [each.get(place + path).status_code for each in (alice, tara, bob, visitor)] == [200, 200, 403, 404]
    assert [each.post(f"{place}/history/1/restore").status_code for each in (tara, bob, visitor)] == [403, 403, 404]
    assert "555" not in visitor.read(place)
    assert "/history" not in visitor.source(place)


def test_who_writes_at_the_same_time_is_told_and_loses_nothing(
    private: Project, alice: Browser, workshop: Workshop
) -> None:
    place = f"/projects/{private.slug}/edit"
    _save(alice, private, documentation="Glue it.", base="0")
    answer = alice.post(place, EDIT | {"documentation": "Screw it.", "base": "0"})
    assert answer.status_code == 422
    assert "saved the page" in plain(answer)
    assert "Screw it." in answer.text
    assert 'name="base" type="hidden" value="1"' in answer.text
    assert workshop.fresh(private).documentation == "Glue it."
    assert _save(alice, private, documentation="Screw it.", base="1") == 303


def test_an_owner_brings_in_an_author_who_writes_and_leaves(
    private: Project, alice: Browser, bob: Browser, workshop: Workshop
) -> None:
    place = f"/projects/{private.slug}"
    assert bob.get(place).status_code == 404
    assert "Nobody here has the user name “nobody”" in plain(alice.post(f"{place}/authors", {"user_name": "nobody"}))
    assert alice.post(f"{place}/authors", {"user_name": "bob"}).status_code == 303
    assert "made you an author" in bob.read("/notices")
    assert _save(bob, private, title="Ours", base="0") == 303
    for path in ("/delete", "/authors", "/authors/alice/remove", "/authors/alice/hand-over"):
        assert bob.post(place + path, {"user_name": "tara"}).status_code == 403
    assert workshop.fresh(private).deleted_at is None
    assert bob.post(f"{place}/authors/leave").status_code == 303
    assert bob.get(place).status_code == 404
    assert "is no longer an author" in alice.read("/notices")


def test_a_project_is_handed_over(private: Project, alice: Browser, bob: Browser, lab: Lab, workshop: Workshop) -> None:
    place = f"/projects/{private.slug}/authors"
    assert alice.get(f"{place}/bob/hand-over").status_code == 404
    alice.post(place, {"user_name": "bob"})
    assert alice.post(f"{place}/bob/hand-over").status_code == 303
    assert workshop.fresh(private).owner_id == lab.bob.id
    assert alice.post(f"{place}/bob/remove").status_code == 403
    assert bob.post(f"{place}/alice/remove").status_code == 303
    assert alice.get(place).status_code == 404


def test_strangers_reach_no_authors(private: Project, bob: Browser, tara: Browser, visitor: Browser) -> None:
    place = f"/projects/{private.slug}/authors"
    assert [each.get(place).status_code for each in (tara, bob, visitor)] == [200, 404, 404]
    for path in ("", "/leave", "/alice/remove", "/alice/hand-over"):
        sent = [each.post(place + path, {"user_name": "bob"}).status_code for each in (tara, bob, visitor)]
        assert sent == [403, 404, 404], path


def test_visitors_read_names_only_of_authors_who_may_be_named(
    workshop: Workshop, visitor: Browser, alice: Browser, lab: Lab
) -> None:
    project = workshop.publish(workshop.design(), licensor="A class")
    place = f"/projects/{project.slug}"
    alice.post(f"{place}/authors", {"user_name": "bob"})
    assert "Alice, Bob" in visitor.read(place)
    workshop.change(lab.alice, named_on_projects=False)
    assert "Alice, Bob" in alice.read(place)
    page = visitor.read(place)
    assert "Bob and 1 other" in page
    assert "Alice" not in page
    assert visitor.get(f"/api/v1{place}").json["authors"] == ["Bob"]  # type: ignore[index]


def test_an_author_notes_on_a_build_and_hides_its_picture_but_never_the_failure(
    workshop: Workshop, alice: Browser, bob: Browser, visitor: Browser
) -> None:
    job = workshop.job(JobState.COLLECTED)
    project = workshop.publish(job.revision)
    with workshop.context.db.reading() as session:
        build = session.query(Build).filter_by(project_id=project.id).one()
    workshop.change(build, outcome=Outcome.FAILED)
    place = f"/projects/{project.slug}"
    assert alice.post(f"{place}/builds/1", {"text": f"It was too cold. {NASTY}"}).status_code == 303
    page = visitor.source(place)
    assert "It was too cold." in page
    assert "<script>alert" not in page
    assert "Build 1, version 1.0.0" in visitor.read(place)
    assert workshop.fresh(build).pictures_shown is False
    assert workshop.fresh(build).shown is True
    assert alice.post(f"{place}/builds/1", {"text": "x" * 2001}).status_code == 422
    assert bob.post(f"{place}/builds/1", {"text": "mine"}).status_code == 403
    assert visitor.post(f"{place}/builds/1", {"text": "mine"}).status_code == 404
    assert alice.get(f"{place}/builds/2").status_code == 404


def test_a_member_makes_a_public_design_and_a_visitor_signs_in_on_the_way(
    workshop: Workshop, bob: Browser, visitor: Browser
) -> None:
    revision = workshop.design()
    project = workshop.publish(revision)
    assert f'href="/make/designs/{revision.design_id}"' in bob.source(f"/projects/{project.slug}")
    assert "/sign-in?next=/make/designs/" in visitor.source(f"/projects/{project.slug}").replace("%2F", "/")


def _zip(browser: Browser, project: Project) -> zipfile.ZipFile:
    answer = browser.get(f"/projects/{project.slug}/files.zip")
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    assert answer.content_length == len(answer.data)
    return zipfile.ZipFile(io.BytesIO(answer.data))


def test_everything_comes_in_one_zip(workshop: Workshop, visitor: Browser, bob: Browser) -> None:
    revision = workshop.design()
    project = workshop.project(revision)
    assert [each.get(f"/projects/{project.slug}/files.zip").status_code for each in (visitor, bob)] == [404, 404]
    project = workshop.publish(revision, title="Lamp <b>", documentation="# Glue", licence="MIT")
    files = _zip(visitor, project)
    assert files.testzip() is None
    [design] = [each for each in files.namelist() if each.startswith("files/")]
    assert files.read(design) == workshop.context.storage.path(revision.sha256).read_bytes()
    readme = files.read("README.md").decode()
    for said in ("# Lamp <b>", "# Glue", "https://spdx.org/licenses/MIT.html", f"/projects/{project.slug}"):
        assert said in readme


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/abs.stl", "..\\..\\evil.stl", "C:\\x.stl", "a\x00b.stl", "con.stl", "NUL",
     "x" * 300 + ".stl", "\u202egpj.stl", "...", "", "a\nb.stl", ". .", "COM1.tar.stl", "灯.stl", "a:b?.svg"],
)  # fmt: skip
def test_names_in_a_zip_are_safe_everywhere(name: str, workshop: Workshop, visitor: Browser) -> None:
    revision: Revision = workshop.design()
    project = workshop.publish(revision)
    workshop.change(revision, filename=name.replace("\x00", "\x01"))
    [found] = [each for each in _zip(visitor, project).namelist() if each != "README.md"]
    folder, _, last = found.partition("/")
    assert folder == "files"
    assert last == archives.safe(last)
    assert not set(last) & set('<>:"/\\|?*\n\x01\u202e')
    assert last.strip(". ") == last != ""
    assert len(last) <= archives.LONGEST
    assert last.partition(".")[0].casefold() not in {"con", "nul", "com1"}


def test_equal_names_in_a_zip_do_not_hide_each_other() -> None:
    names = archives.Names()
    assert [names.path("files", each) for each in ("Box.stl", "box.STL", "BOX.stl")] == [
        "files/Box.stl", "files/box (2).STL", "files/BOX (3).stl",
    ]  # fmt: skip


# pictures


def _upload(browser: Browser, path: str, fields: dict[str, str], *contents: bytes) -> TestResponse:
    files = [("photo", FileStorage(io.BytesIO(each), f"p{number}.jpg")) for number, each in enumerate(contents)]
    boundary, body = encode_multipart(MultiDict([("csrf_token", browser.token()), *fields.items(), *files]))
    return browser.client.post(path, data=body, content_type=f'multipart/form-data; boundary="{boundary}"')


def _photos(workshop: Workshop, project: Project) -> list[Photo]:
    with workshop.context.db.reading() as session:
        return session.query(Photo).filter_by(project_id=project.id).all()


def test_pictures_are_added_while_writing_and_nothing_typed_is_lost(
    private: Project, alice: Browser, bob: Browser, visitor: Browser, workshop: Workshop
) -> None:
    place = f"/projects/{private.slug}"
    typed = EDIT | {"tags": "x", "documentation": "Glue it.", "add_pictures": "1", "alternative_text": "A [lamp]"}
    page = _upload(alice, f"{place}/edit", typed, photo())
    assert page.status_code == 200
    [kept] = _photos(workshop, private)
    assert f"![A \\[lamp\\]](photo:{kept.id})" in page.text
    assert "Glue it." in page.text
    assert workshop.fresh(private).documentation == ""
    alice.post(f"{place}/edit", EDIT | {"documentation": f"![A \\[lamp\\]](photo:{kept.id})", "base": "0"})
    alice.post(f"{place}/publish")
    shown = f'src="/photos/{kept.id}" alt="A [lamp]"'
    assert shown in visitor.source(place)
    assert visitor.get(f"/photos/{kept.id}").status_code == 200
    alice.post(f"/photos/{kept.id}/withdraw", {"reason": ""})
    assert f"/photos/{kept.id}" not in visitor.source(place)
    assert _upload(bob, f"{place}/edit", typed, photo()).status_code == 403
    assert len(_photos(workshop, private)) == 1
    refused = _upload(alice, f"{place}/edit", typed, b"no picture at all")
    assert "Glue it." in refused.text
    assert len(_photos(workshop, private)) == 1


@pytest.mark.parametrize(
    "nasty",
    [
        "![x](https://evil.example/pixel.gif)",
        '![x" onerror="alert(1)](photo:KEY)',
        "![<img src=x onerror=alert(1)>](photo:KEY)",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        "![x](javascript:alert(1))",
        "![x](photo:KEY/../../account)",
        "![x](photo:unknown)",
        "![x](/photos/KEY?x)",
    ],
)
def test_no_page_shows_a_picture_that_is_not_the_projects(
    nasty: str, private: Project, alice: Browser, workshop: Workshop
) -> None:
    other = workshop.project(workshop.design())
    _upload(alice, f"/projects/{other.slug}/photos", {}, photo())
    [foreign] = _photos(workshop, other)
    _upload(alice, f"/projects/{private.slug}/photos", {}, photo(colour=(9, 9, 9)))
    [own] = _photos(workshop, private)
    for key in (foreign.id, own.id):
        html = alice.post(f"/projects/{private.slug}/preview", {"documentation": nasty.replace("KEY", key)}).text
        for picture in re.findall(r"<img[^>]*>", html):
            assert f'src="/photos/{own.id}"' in picture
            assert "onerror=" not in re.sub(r'alt="[^"]*"', "", picture)
        assert "<img src=x" not in html
        assert f"/photos/{foreign.id}" not in html


def test_photos_of_a_build_stand_in_the_log_until_an_author_hides_them(
    workshop: Workshop, alice: Browser, bob: Browser, visitor: Browser
) -> None:
    job = workshop.job(JobState.COLLECTED)
    project = workshop.publish(job.revision)
    place = f"/projects/{project.slug}"
    assert _upload(alice, f"{place}/builds/1/photos", {}, photo()).status_code == 303
    assert _upload(bob, f"{place}/builds/1/photos", {}, photo()).status_code == 403
    assert _upload(visitor, f"{place}/builds/1/photos", {}, photo()).status_code == 404
    [kept] = _photos(workshop, project)
    assert kept.build_id is not None
    log = visitor.source(place).partition('class="build-log"')[2]
    assert f"/photos/{kept.id}/small" in log
    alice.post(f"{place}/builds/1", {"text": "Better not."})
    page = visitor.source(place)
    assert kept.id not in page
    assert "Better not." in page
    assert visitor.get(f"/photos/{kept.id}").status_code == 404
    assert alice.get(f"/photos/{kept.id}").status_code == 200
    alice.post(f"{place}/builds/1", {"text": "", "pictures_shown": "y"})
    assert kept.id in visitor.source(place)


def test_a_zip_holds_the_pictures_that_its_reader_may_see(workshop: Workshop, alice: Browser, visitor: Browser) -> None:
    job = workshop.job(JobState.COLLECTED)
    project = workshop.publish(job.revision)
    place = f"/projects/{project.slug}"
    _upload(alice, f"{place}/photos", {}, photo())
    [open_one] = _photos(workshop, project)
    _upload(alice, f"{place}/builds/1/photos", {}, photo(colour=(1, 2, 3)))
    [hidden] = [each for each in _photos(workshop, project) if each.build_id]
    words = f"![a](photo:{open_one.id}) ![b](photo:{hidden.id})"
    alice.post(f"{place}/edit", EDIT | {"documentation": words, "base": "1"})
    alice.post(f"{place}/builds/1", {"text": ""})
    files = _zip(visitor, project)
    assert f"pictures/{open_one.id}.jpg" in files.namelist()
    assert f"pictures/{hidden.id}.jpg" not in files.namelist()
    assert f"![a](pictures/{open_one.id}.jpg)" in files.read("README.md").decode()
    assert f"pictures/{hidden.id}.jpg" in _zip(alice, project).namelist()
