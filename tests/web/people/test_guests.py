"""A request without an account: asked for, followed by its code, answered, and turned into an account."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from fabqueue.app import create_app
from fabqueue.dispatch.context import Context
from fabqueue.models import Design, Job, JobState, Person
from tests.support import factories
from tests.support.factories import PASSWORD, Lab
from tests.support.pages import Browser, SignIn
from tests.web.makers.conftest import Workshop

CODE = re.compile(r'<p class="ticket-no" translate="no">([0-9A-Z-]{14})</p>')
WISH = {"name": "Yusuf  Ö.", "wish": "Two, please, for Friday", "email": ""}
STL = factories.box_stl()


def _ask(browser: Browser, **changes: str) -> str:
    """The code of a new request."""
    answer = browser.upload("/guest", "bracket.stl", STL, WISH | changes)
    assert answer.status_code == 200, answer.text
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    [code] = CODE.findall(answer.text)
    return str(code)


def _guest(workshop: Workshop) -> Person:
    with workshop.writing() as session:
        return session.scalars(select(Person).where(Person.is_guest.is_(True))).one()


def _job(workshop: Workshop, state: JobState = JobState.SUBMITTED) -> Job:
    return workshop.job(state, owner=_guest(workshop))


def test_a_guest_asks_sees_the_price_and_sends_it(visitor: Browser, workshop: Workshop, lab: Lab) -> None:
    _ask(visitor)
    guest = _guest(workshop)
    assert (guest.display_name, guest.roles, guest.may_appear) == ("Yusuf Ö.", frozenset(), False)
    workshop.read_all()
    with workshop.writing() as session:
        design = session.scalars(select(Design)).one()
        assert not design.project.is_public
    page = visitor.read(f"/make/designs/{design.id}")
    assert "Two, please, for Friday" in page
    assert "You pay at most" in page
    asked = visitor.post(f"/make/designs/{design.id}/ask",
                         {"option": "marlin-250/pla", "quantity": "2", "note": "Two, please"})  # fmt: skip
    assert asked.status_code == 303
    with workshop.writing() as session:
        job = session.scalars(select(Job)).one()
        assert (job.state, job.owner.id, job.filed_by) == (JobState.SUBMITTED, guest.id, None)
    assert job.code in visitor.read("/guest/requests")


def test_the_code_opens_the_request_in_another_browser(visitor: Browser, sign_in: SignIn, workshop: Workshop) -> None:
    code = _ask(visitor)
    job = _job(workshop)
    phone = sign_in(None)
    assert phone.get(f"/jobs/{job.code}").status_code == 404
    assert code in phone.source(f"/track/{code}")
    assert phone.post("/track", {"code": code.lower().replace("-", " ")}).status_code == 303
    assert "Yusuf Ö." in phone.read("/guest/requests")
    assert phone.get(f"/jobs/{job.code}").status_code == 200
    phone.post("/sign-out")
    assert phone.get(f"/jobs/{job.code}").status_code == 404


def test_a_guest_answers_agrees_and_cancels(visitor: Browser, workshop: Workshop, lab: Lab) -> None:
    _ask(visitor)
    states = (JobState.CHANGES_REQUESTED, JobState.AWAITING_MEMBER, JobState.SUBMITTED)
    question, dearer, dropped = (_job(workshop, each) for each in states)
    assert visitor.post(f"/jobs/{question.code}/answer", {"text": "This side", "revision": "1"}).status_code == 303
    assert visitor.post(f"/jobs/{dearer.code}/accept").status_code == 303
    assert visitor.post(f"/jobs/{dropped.code}/cancel", {"reason": "no need"}).status_code == 303
    found = [workshop.fresh(each).state for each in (question, dearer, dropped)]
    assert found == [JobState.SUBMITTED, JobState.SUBMITTED, JobState.CANCELLED]


def test_a_wrong_code_opens_nothing_and_cannot_be_guessed_for_long(visitor: Browser, app: Flask) -> None:
    code = _ask(visitor)
    stranger = Browser(app.test_client())
    wrong = code[:-1] + ("3" if code[-1] == "2" else "2")
    for tried in ("", "x", wrong, "é" * 12, code[:-1], "0" * 12):
        assert stranger.post("/track", {"code": tried}).status_code == 422
    answers = [stranger.post("/track", {"code": "AAAA-AAAA-AAAA"}).status_code for _ in range(30)]
    assert answers[-1] == 429
    assert stranger.get("/guest/requests").status_code == 302


def test_a_whole_class_behind_one_address_follows_its_codes(visitor: Browser, sign_in: SignIn) -> None:
    code = _ask(visitor)
    assert {sign_in(None).post("/track", {"code": code}).status_code for _ in range(40)} == {303}


def test_a_guest_is_a_visitor_everywhere_else(visitor: Browser, workshop: Workshop, lab: Lab) -> None:
    _ask(visitor)
    job, other = _job(workshop), workshop.job()
    project = workshop.project(job.revision)
    for address in ("/account", "/jobs", "/notices", "/account/guarded", "/account/leave"):
        assert visitor.get(address).status_code == 302, address
    hidden = (f"/jobs/{other.code}", "/desk", "/people", "/machines", f"/projects/{project.slug}",
              f"/projects/{project.slug}/edit", f"/people/{_guest(workshop).user_name}")  # fmt: skip
    assert {each: visitor.get(each).status_code for each in hidden} == dict.fromkeys(hidden, 404)
    assert visitor.post(f"/projects/{project.slug}/publish").status_code == 404
    assert visitor.post("/account/tokens", {"name": "x"}).status_code in {302, 404}
    assert visitor.upload("/make", "a.stl", STL).headers["Location"].startswith("/sign-in")
    assert visitor.get(f"/tools/{lab.machine.slug}").status_code == 404


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(visitor: Browser, workshop: Workshop) -> None:
    answer = visitor.upload("/guest", "photo.gif", b"GIF89a", WISH)
    assert answer.status_code == 422
    assert "Two, please, for Friday" in answer.text
    answer = visitor.post("/guest", WISH)
    assert (answer.status_code, "No file was chosen." in answer.text) == (422, True)
    assert visitor.upload("/guest", "a.stl", STL, WISH | {"name": " "}).status_code == 422
    with workshop.writing() as session:
        assert session.scalars(select(Person).where(Person.is_guest.is_(True))).all() == []


def test_a_second_request_belongs_to_the_same_guest(visitor: Browser, workshop: Workshop) -> None:
    _ask(visitor)
    answer = visitor.upload("/guest", "second.stl", factories.box_stl((9, 9, 9)), {"wish": "another"})
    assert answer.status_code == 303
    _guest(workshop)
    page = visitor.read("/guest/requests")
    assert "bracket" in page
    assert "second" in page


def test_a_lab_that_takes_no_guests_says_where_to_go(context: Context, lab: Lab) -> None:
    people = replace(context.config.people, guests="off")
    app = create_app(context=replace(context, config=replace(context.config, people=people)))
    browser = Browser(app.test_client())
    assert "counter" in browser.read("/guest")
    assert browser.upload("/guest", "a.stl", STL, WISH).status_code == 403


def test_requests_from_one_address_have_a_limit_and_all_guests_one_of_space(context: Context, lab: Lab) -> None:
    people = replace(context.config.people, guests_per_hour=2)
    uploads = replace(context.config.uploads, guests_kept_mb=0)
    app = create_app(context=replace(context, config=replace(context.config, people=people)))
    tries = [Browser(app.test_client()).upload("/guest", "a.stl", STL, WISH).status_code for _ in range(3)]
    assert tries == [200, 200, 429]
    full = create_app(context=replace(context, config=replace(context.config, uploads=uploads)))
    answer = Browser(full.test_client()).upload("/guest", "a.stl", STL, WISH)
    assert (answer.status_code, "Ask at the counter" in answer.text) == (422, True)


def test_a_guest_makes_an_account_and_keeps_everything(visitor: Browser, sign_in: SignIn, workshop: Workshop) -> None:
    code = _ask(visitor)
    job = _job(workshop)
    assert visitor.post("/guest/account", {"user_name": "alice", "password": PASSWORD}).status_code == 422
    assert visitor.post("/guest/account", {"user_name": "guest-yusuf", "password": PASSWORD}).status_code == 422
    assert visitor.post("/guest/account", {"user_name": "yusuf", "password": PASSWORD}).status_code == 303
    assert job.code in visitor.read("/jobs")
    assert visitor.get("/account").status_code == 200
    assert sign_in(None).post("/track", {"code": code}).status_code == 422
    assert sign_in(None).post("/sign-in", {"name": "yusuf", "password": PASSWORD}).status_code == 303


def test_a_guest_cannot_sign_in_with_a_password_or_ask_for_a_link(
    visitor: Browser, sign_in: SignIn, workshop: Workshop, wakes: list[tuple[str, str]]
) -> None:
    _ask(visitor, email="yusuf@example.org")
    guest, stranger = _guest(workshop), sign_in(None)
    for name in (guest.user_name, "yusuf@example.org"):
        assert stranger.post("/sign-in", {"name": name, "password": ""}).status_code == 422
        stranger.post("/forgot-password", {"name": name})
    assert [each for each in wakes if each[0] == "password_mail"] == []


def test_staff_see_that_it_is_a_guest_and_help_with_a_lost_code(
    visitor: Browser, tara: Browser, sign_in: SignIn, workshop: Workshop
) -> None:
    code = _ask(visitor)
    job, guest = _job(workshop), _guest(workshop)
    assert "guest" in tara.read(f"/desk/{job.code}")
    page = tara.read(f"/people/{guest.user_name}")
    assert "Give another code" in page
    assert "Link for a new password" not in page
    assert tara.post(f"/people/{guest.user_name}/link").status_code == 404
    [fresh] = CODE.findall(tara.post(f"/people/{guest.user_name}/code").text)
    assert visitor.get(f"/jobs/{job.code}").status_code == 404
    assert sign_in(None).post("/track", {"code": code}).status_code == 422
    assert sign_in(None).post("/track", {"code": fresh}).status_code == 303
    made = tara.post(f"/people/{guest.user_name}/account", {"user_name": "yusuf"})
    assert "/new-password/" in made.text
    assert workshop.fresh(guest).user_name == "yusuf"


@pytest.mark.parametrize("who", ["alice", "visitor"])
def test_only_staff_write_guests_down(who: str, request: pytest.FixtureRequest) -> None:
    browser: Browser = request.getfixturevalue(who)
    assert browser.get("/people/guests/new").status_code == 404
    assert browser.post("/people/guests/new", {"name": "x"}).status_code == 404


def test_an_instructor_writes_a_guest_down_and_files_for_them(ines: Browser, workshop: Workshop, lab: Lab) -> None:
    [_code] = CODE.findall(ines.post("/people/guests/new", {"name": "Pupil 7"}).text)
    guest = _guest(workshop)
    place = ines.upload(f"/people/{guest.user_name}/designs", "star.stl", STL).headers["Location"]
    assert ines.get(place).status_code == 200
    with workshop.writing() as session:
        design = session.scalars(select(Design)).one()
        assert design.project.owner_id == guest.id
        assert design.latest.uploaded_by_id == lab.ines.id


def test_a_code_says_nothing_about_another_guest(visitor: Browser, sign_in: SignIn, workshop: Workshop) -> None:
    _ask(visitor)
    job = _job(workshop)
    other = sign_in(None)
    _ask(other, name="Else")
    for address in (f"/jobs/{job.code}", f"/jobs/{job.code}/ticket", f"/files/revisions/{job.revision_id}/download",
                    f"/make/designs/{job.revision.design_id}"):  # fmt: skip
        assert other.get(address).status_code == 404, address
        assert visitor.get(address).status_code == 200, address
    for verb in ("answer", "accept", "cancel", "collect", "submit"):
        assert other.post(f"/jobs/{job.code}/{verb}").status_code == 404, verb
