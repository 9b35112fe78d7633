"""Dropping files: kept, made into designs, safe to try again."""

import io
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from fabqueue.app import create_app
from fabqueue.dispatch.context import Context
from fabqueue.models import Design, Project, RepeatedAnswer, Revision
from fabqueue.web.site import SIGN_IN_KEY
from tests.support import factories
from tests.support.factories import Lab
from tests.support.signing import key_of
from tests.web.makers.conftest import Browser, Workshop, plain, quiet

BOX = factories.box_stl()
SCRIPT = {"Accept": "application/json, text/html;q=0.9"}


def _count(context: Context, kind: Any) -> int:
    with context.db.reading() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def test_a_dropped_file_becomes_a_design_and_its_analysis_is_woken(
    alice: Browser, context: Context, wakes: list[tuple[str, str]]
) -> None:
    answer = alice.upload("/make", "bracket.stl", BOX)
    assert answer.status_code == 303
    assert answer.location.startswith("/make/designs/")
    assert "Reading bracket.stl" in alice.read(answer.location)
    with context.db.reading() as session:
        revision = session.scalars(select(Revision)).one()
        assert wakes == [("analyse", revision.id)]
        assert context.storage.path(revision.sha256).read_bytes() == BOX
        assert not revision.design.project.is_public


def test_the_script_is_answered_in_json(alice: Browser) -> None:
    answer = alice.upload("/make", "bracket.stl", BOX, Accept=SCRIPT["Accept"])
    assert answer.status_code == 201
    assert answer.json["location"].startswith("/make/designs/")
    assert "being read" in answer.json["note"]


def test_several_files_of_the_plain_form_become_several_designs(alice: Browser, context: Context) -> None:
    files = [(io.BytesIO(BOX), "one.stl"), (io.BytesIO(BOX), "two.stl")]
    assert alice.post("/make", {"file": files}).location == "/make"
    assert _count(context, Design) == 2
    page = alice.read("/make")
    assert "one" in page
    assert "two" in page


def test_a_second_try_with_the_same_key_makes_nothing_twice(alice: Browser, context: Context) -> None:
    answers = [alice.upload("/make", "bracket.stl", BOX, Idempotency_Key="k1", **SCRIPT) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json["location"] == answers[1].json["location"]
    assert (_count(context, Design), _count(context, RepeatedAnswer)) == (1, 1)


def test_a_key_means_one_upload_only(alice: Browser, bob: Browser, context: Context) -> None:
    alice.upload("/make", "bracket.stl", BOX, Idempotency_Key="k1", **SCRIPT)
    other = alice.upload("/make", "other.stl", BOX, Idempotency_Key="k1", **SCRIPT)
    assert other.status_code == 422
    assert other.json["code"] == "repeat_key_for_other_request"
    assert bob.upload("/make", "bracket.stl", BOX, Idempotency_Key="k1", **SCRIPT).status_code == 201
    assert _count(context, Design) == 2


def test_a_refused_upload_does_not_use_up_its_key(alice: Browser, context: Context) -> None:
    assert alice.upload("/make", "empty.stl", b"", Idempotency_Key="k1", **SCRIPT).status_code == 422
    assert _count(context, RepeatedAnswer) == 0


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("part.step", b"ISO-10303-21;", "STL or 3MF"),
        ("sign.ai", b"%PDF", "SVG"),
        ("empty.stl", b"", "is empty"),
        ("noending", b"x", ""),
    ],
)
def test_what_cannot_be_taken_is_refused_with_what_to_do(
    name: str, content: bytes, told: str, alice: Browser, context: Context
) -> None:
    answer = alice.upload("/make", name, content)
    assert answer.status_code == 422
    assert told in plain(answer)
    assert alice.upload("/make", name, content, **SCRIPT).json["detail"]
    assert _count(context, Design) == 0
    assert list(context.storage.all_digests()) == []


def test_a_file_above_the_limit_is_refused(context: Context, lab: Lab) -> None:
    small = replace(context.config, uploads=replace(context.config.uploads, largest_mb=1))
    app = create_app(context=replace(context, config=small))
    alice = _signed_in(app, lab)
    answer = alice.upload("/make", "big.stl", b"x" * 1_500_000, **SCRIPT)
    assert answer.status_code == 422
    assert "larger than the 1 MB" in quiet(answer.json["detail"])
    assert list(context.storage.all_digests()) == []


def test_uploads_of_an_account_are_limited_each_hour(context: Context, lab: Lab) -> None:
    few = replace(context.config, uploads=replace(context.config.uploads, per_hour=2))
    app = create_app(context=replace(context, config=few))
    alice = _signed_in(app, lab)
    answers = [alice.upload("/make", f"{number}.stl", BOX, **SCRIPT) for number in range(3)]
    assert [each.status_code for each in answers] == [201, 201, 429]
    assert answers[2].json["code"] == "upload_too_many"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 3600, "the script goes on then by itself"
    assert "Go on in " in answers[2].json["detail"]


def _signed_in(app: Flask, lab: Lab) -> Browser:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[SIGN_IN_KEY] = key_of(app.extensions["fabqueue"].db, lab.alice)
    return Browser(client)


def test_a_form_without_a_file_says_so(alice: Browser) -> None:
    answer = alice.post("/make")
    assert answer.status_code == 422
    assert "No file was chosen." in plain(answer)


def test_a_visitor_sees_what_it_is_for_and_uploads_nothing(visitor: Browser, context: Context) -> None:
    assert "Drop a file, see what it takes" in visitor.read("/make")
    assert visitor.upload("/make", "bracket.stl", BOX).location == "/sign-in?next=/make"
    assert visitor.upload("/make", "bracket.stl", BOX, **SCRIPT).status_code == 401
    assert _count(context, Design) == 0


def test_a_design_can_be_added_to_a_project_of_ones_own(
    alice: Browser, bob: Browser, workshop: Workshop, context: Context
) -> None:
    project = workshop.project(workshop.design())
    assert project.title in alice.read(f"/make?project={project.slug}")
    assert alice.upload("/make", "lid.stl", BOX, {"project": project.slug}).status_code == 303
    assert _count(context, Project) == 1
    assert bob.upload("/make", "lid.stl", BOX, {"project": project.slug}).status_code == 404
    assert bob.get(f"/make?project={project.slug}").status_code == 404


def test_the_list_of_latest_designs_asks_often_only_while_something_is_read(alice: Browser, workshop: Workshop) -> None:
    workshop.design()
    assert "every 4s" in alice.get("/make/recent").text
    alice.upload("/make", "bracket.stl", BOX)
    assert "every 2s" in alice.get("/make/recent").text
