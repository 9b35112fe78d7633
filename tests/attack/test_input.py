"""Odd input gets a plain answer: no crash, no active content, no way off this site."""

import base64
from urllib.parse import quote

import pytest
from markupsafe import escape

from fabqueue.models import Revision
from fabqueue.web.markdown import render
from tests.api.conftest import Call, Caller, made, problem
from tests.attack.conftest import SignIn
from tests.support.factories import Lab, box_stl
from tests.web.makers.conftest import Workshop

XSS = '"><img src=x onerror=alert(1)><script>alert(2)</script>'


def test_a_cursor_of_brackets_is_refused(tara: Caller) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 6000).decode()
    for path in ("/jobs", "/machines", "/projects", "/stock"):
        problem(tara.get(f"{path}?cursor={quote(deep)}"), 422, "cursor_unreadable")


@pytest.mark.parametrize("body", ['{"revision": ' + "9" * 5000 + "}", '{"revision": ' + "[" * 990 + "]" * 990 + "}"])
def test_json_that_nothing_can_hold_is_refused(alice: Caller, body: str) -> None:
    answer = alice.open("POST", "/quotes", data=body, content_type="application/json")
    assert answer.status_code in {400, 422}, answer.text


def test_a_number_of_five_thousand_digits_is_no_page(sign_in: SignIn, lab: Lab) -> None:
    assert sign_in(lab.alice).get(f"/jobs?before={'9' * 5000}").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "javascript:alert(1)",
        "/%0d%0aSet-Cookie:x=y",
        "///evil.example",
        "/.evil.example/..//evil.example",
    ],
)
def test_nobody_is_sent_to_another_site(target: str, sign_in: SignIn, lab: Lab) -> None:
    browser = sign_in(lab.alice)
    for place in (
        browser.get(f"/sign-in?next={quote(target)}"),
        browser.post("/language", {"lang": "en", "next": target}),
    ):
        assert place.status_code == 303
        address = place.headers["Location"]
        assert address.startswith("/")
        assert not address.startswith(("//", "/\\"))
        assert "x" not in {each.partition("=")[0] for each in place.headers.getlist("Set-Cookie")}


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "<script>alert(1)</script>",
        "![x](http://evil/x.png)",
        "[x](data:text/html,<script>)",
        "<a href='javascript:x'>y</a>",
        "[x](  JaVaScRiPt:x)",
    ],
)
def test_documentation_holds_nothing_active(text: str) -> None:
    html = str(render(text)).lower()
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html.replace(" ", "")
    assert 'href="data' not in html


def test_names_are_text_on_every_page(workshop: Workshop, lab: Lab, sign_in: SignIn, alice: Caller) -> None:
    revision = workshop.design()
    workshop.publish(revision, title=XSS[:100], function=XSS, licensor=XSS)
    project = workshop.project(revision)
    workshop.change(revision, filename=XSS + ".stl")
    workshop.change(revision.design, name=XSS)
    workshop.change(lab.alice, display_name=XSS[:80])
    job = made(
        alice.post(
            "/jobs",
            {"revision": revision.id, "machine_model": "marlin-250", "material": "pla", "note": XSS, "colour": XSS},
        )
    )
    tara = sign_in(lab.tara)
    for path in (
        f"/desk/{job['code']}",
        "/desk",
        "/people",
        "/people/alice",
        f"/jobs/{job['code']}",
        f"/jobs/{job['code']}/ticket",
        f"/projects/{project.slug}",
        f"/make/designs/{revision.design_id}",
        "/",
    ):
        text = tara.get(path, follow_redirects=True).text
        assert "<img src=x" not in text, path
        assert "<script>alert" not in text, path
    assert str(escape(XSS[:20])) in sign_in(lab.alice).get("/jobs").text


def test_a_file_name_stays_inside_its_header(workshop: Workshop, lab: Lab, sign_in: SignIn) -> None:
    revision = workshop.design()
    workshop.change(revision, filename='a"; filename="b.html\\ 50%\u2028é.stl')
    answer = sign_in(lab.alice).get(f"/files/revisions/{revision.id}/download")
    said = answer.headers["Content-Disposition"]
    assert said.count('"') == 2
    assert said.startswith("attachment;")
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_long_file_name_keeps_its_ending(alice: Caller, workshop: Workshop) -> None:
    """The ending tells the format: without it the file could never be read."""
    made_now = made(alice.upload("/designs", box_stl(), "x" * 190 + ".stl"), 202)
    with workshop.context.db.reading() as session:
        assert session.get_one(Revision, made_now["revision"]["id"]).filename.endswith(".stl")


@pytest.mark.parametrize(
    "path",
    [
        "/sign-out",
        "/language",
        "/account/profile",
        "/account/tokens",
        "/account/password",
        "/notices/read",
        "/make",
        "/queue/release",
        "/sign-in",
        "/sign-up",
    ],
)
def test_no_form_is_taken_without_its_token(path: str, sign_in: SignIn, lab: Lab) -> None:
    browser = sign_in(lab.tara)
    assert browser.client.post(path, data={"lang": "en", "name": "x", "password": "y"}).status_code == 400


def test_nul_is_refused_before_a_database_sees_it(sign_in: SignIn, lab: Lab, call: Call) -> None:
    """PostgreSQL takes it in no text: without this it would be a crash there."""
    browser = sign_in(None)
    assert browser.post("/sign-in", {"name": "a\0b", "password": "x"}).status_code == 400
    for address in ("/?q=a%00b", "/?a%00b=q", "/projects/a%00b"):
        assert browser.get(address).status_code == 400
    problem(call(None).get("/projects/a%00b"), 400)


def test_a_cookie_alone_moves_nothing_in_the_api(sign_in: SignIn, lab: Lab) -> None:
    assert sign_in(lab.tara).client.post("/api/v1/queue/hold", json={"reason": "x"}).status_code == 401


def test_signing_in_begins_a_new_session(sign_in: SignIn, lab: Lab) -> None:
    browser = sign_in(None)
    with browser.client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    before = browser.token()
    browser.post("/sign-in", {"name": "alice", "password": "correct horse battery"})
    with browser.client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie.get("csrf_token") != before


def test_a_file_that_is_refused_is_not_kept(alice: Caller, workshop: Workshop, call: Call) -> None:
    """Else anybody with a token could fill the disk with what no row names and nothing ever removes."""
    problem(alice.upload("/designs", b"x" * 5000, "virus.exe"), 415)
    problem(alice.upload("/designs", b"y" * 5000, "box.stl", units="parsec"), 422)
    problem(alice.upload("/designs", b"z" * 5000, "box.stl", project="nowhere"), 404)
    assert list(workshop.context.storage.all_digests()) == []
