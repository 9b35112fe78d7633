"""The lab's settings and its check as pages."""

from dataclasses import replace
from email.utils import parsedate_to_datetime

import pytest
from flask import Flask

from fabqueue.app import create_app
from fabqueue.config import DrawingSettings, build
from fabqueue.db import Database, now
from fabqueue.dispatch.context import Context
from fabqueue.models import Event, Heartbeat
from fabqueue.services import opening, policy, sites
from fabqueue.tasks.checks import PARTS
from tests.attack.forms import forms_of
from tests.support import pages
from tests.support.factories import PASSWORD, Lab
from tests.support.pages import signing_in
from tests.web.staff.conftest import Browser


def sent(browser: Browser, **changed: str) -> dict[str, str]:
    """The form of the settings page as the browser has it, with some answers changed."""
    (form,) = [each for each in forms_of("/settings", browser.source("/settings")) if each.action == "/settings"]
    empty = dict.fromkeys(("site__welcome", "site__house_rules", "queue__plate_days"), "")
    texts = {**empty, "drawings__colours": DrawingSettings().colours}
    return dict(form.filled(**{**texts, **changed}))


def test_only_admins_see_it(alice: Browser, tara: Browser, ines: Browser, visitor: Browser, adam: Browser) -> None:
    for path in ("/settings", "/settings/check", "/settings/check/database"):
        assert [each.get(path).status_code for each in (visitor, alice, ines, tara)] == [404] * 4
        assert adam.get(path).status_code == 200
    assert tara.post("/settings", {"people__session_days": "1"}).status_code == 404


def test_what_is_decided_holds_at_once_everywhere(adam: Browser, visitor: Browser, context: Context) -> None:
    assert visitor.get("/sign-up").status_code == 200
    answer = adam.post("/settings", sent(adam, people__sign_up="closed", people__session_days="5"))
    assert answer.location == "/settings"
    assert context.config.people.session_days == 5
    assert visitor.post("/sign-up", {"user_name": "new", "password": "long enough words"}).status_code == 403
    with context.db.reading() as session:
        assert policy.decided(session) == {"people.sign_up": "closed", "people.session_days": "5"}
        assert {each.actor_id for each in session.query(Event).filter_by(verb="change_policy")} != {None}


def test_a_sign_in_lasts_as_long_as_the_lab_says_now(adam: Browser, visitor: Browser) -> None:
    adam.post("/settings", sent(adam, people__session_days="2"))
    answer = visitor.post("/sign-in", {"name": "alice", "password": PASSWORD})
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("fabqueue=")]
    expires = parsedate_to_datetime(cookie.partition("Expires=")[2].partition(";")[0])
    assert 1.9 < (expires - now()).total_seconds() / 86_400 < 2.1


def test_what_the_file_says_is_shown_locked_with_its_place(context: Context, lab: Lab) -> None:
    fixed = build({"site": {"name": "Test Lab"}, "money": {"free_grams": 12}, "data": {"database": context.db.url}},
                  {"FABQUEUE_PEOPLE__SIGN_UP": "closed"}, context.settings.base)  # fmt: skip
    app = create_app(context=replace(context, config=fixed))
    admin = signing_in(app, Browser)(lab.adam)
    page = admin.source("/settings")
    assert 'name="people__sign_up"' not in page
    assert 'name="money__free_grams"' not in page
    said = pages.words(page)
    assert "Who may make an account Only technicians and admins set in FABQUEUE_PEOPLE__SIGN_UP" in said
    assert "Free material in each job 12 g set in config.toml" in said
    admin.post("/settings", {**sent(admin), "money__free_grams": "99"})
    assert fixed.money.free_grams == 12
    with context.db.reading() as session:
        assert "money.free_grams" not in policy.decided(session)


def test_faults_stand_beside_their_fields_and_nothing_typed_is_lost(adam: Browser, context: Context) -> None:
    answer = adam.post("/settings", sent(adam, people__session_days="0", hours_1="nine to five", money__free_grams="7"))
    assert answer.status_code == 422
    said = pages.plain(answer)
    assert "Write 1 or more." in said
    assert "Write hours such as 9:00-17:00" in said, "every fault is said at once"
    assert 'value="nine to five"' in answer.text
    assert 'value="7"' in answer.text
    with context.db.reading() as session:
        assert policy.decided(session) == {}
    answer = adam.post("/settings", sent(adam, people__session_days="ten", hours_2="8:00-25:00", money__free_grams="7"))
    said = pages.plain(answer)
    assert "Write hours such as 9:00-17:00" in said, "also beside what is no number at all"
    assert answer.text.count('aria-invalid="true"') == 2
    with context.db.reading() as session:
        assert policy.decided(session) == {}


def test_opening_hours_are_kept_and_said(adam: Browser, visitor: Browser, database: Database) -> None:
    assert "Open n" not in pages.words(visitor.source("/"))
    adam.post("/settings", sent(adam, **{f"hours_{day}": "0:00-24:00" for day in opening.DAYS}))
    assert "Open now, until" in pages.words(visitor.source("/"))
    with database.reading() as session:
        assert sites.the_site(session).opening_hours["7"] == [["00:00", "24:00"]]


def test_a_number_left_empty_is_the_default(adam: Browser, context: Context) -> None:
    adam.post("/settings", sent(adam, people__session_days="5"))
    adam.post("/settings", sent(adam, people__session_days=""))
    assert context.config.people.session_days == 30


# the check


def test_the_check_asks_part_by_part_and_says_what_to_do(adam: Browser, database: Database) -> None:
    page = adam.source("/settings/check")
    assert [f'hx-get="/settings/check/{name}"' in page for name in PARTS] == [True] * len(PARTS)
    silent = pages.words(adam.source("/settings/check/workers"))
    assert "Ticker: it has never run. Start fabqueue serve or fabqueue ticker" in silent
    assert "not well" in silent
    with database.writing() as session:
        session.add_all(Heartbeat(name=name, at=now()) for name in ("ticker", "analysis", "slicing", "machines"))
        session.commit()
    assert "not well" not in pages.words(adam.source("/settings/check/workers"))
    assert adam.get("/settings/check/nothing").status_code == 404


def test_without_script_every_part_is_asked_at_once(adam: Browser) -> None:
    said = pages.words(adam.source("/settings/check?now=1"))
    assert "The machine does not answer." in said  # nothing is at the printer's address
    assert "Check that it is switched on and in the network." in said
    assert "hx-get" not in adam.source("/settings/check?now=1").partition("<main")[2]


@pytest.fixture
def app(context: Context) -> Flask:
    made = create_app(context=context)
    made.testing = True
    return made


def test_what_colours_mean_is_decided_there_and_a_slip_is_named(adam: Browser, context: Context) -> None:
    wrong = adam.post("/settings", sent(adam, drawings__colours="red = cut, grue = score"))
    assert wrong.status_code == 422
    assert "“grue” is no colour." in wrong.get_data(as_text=True)
    assert adam.post("/settings", sent(adam, drawings__colours="lime = cut, red = engrave")).location == "/settings"
    assert context.config.drawings.colour_map == {"#00ff00": "cut", "#ff0000": "engrave"}
