"""Dates, numbers, money, units and plurals follow the reader; so does the choice of the language itself."""

import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
from playwright.sync_api import Page

from fabqueue.models import Person, Project
from fabqueue.wording import reader as reader_for
from fabqueue.wording.values import unbroken
from tests.languages.conftest import Scene

NBSP = "\u00a0"
in_languages = pytest.mark.parametrize("language", ["en", "zh_Hans", "el"], indirect=True)
MONEY = {"en": "€42.00", "zh_Hans": "€42.00", "el": f"42,00{NBSP}€"}
BUILDS = {"en": ("1 build", "2 builds"), "zh_Hans": ("制作 1 次", "制作 2 次"), "el": ("⟦1 ƀûîļð⟧", "⟦2 ƀûîļðš⟧")}
BIG = {"en": "1,234.5", "zh_Hans": "1,234.5", "el": "1.234,5"}
LONG = {"en": "6 h 05 min", "zh_Hans": "6 小时 05 分", "el": "⟦6 ĥ 05 ɱîñ⟧"}


def _short_day(day: date, language: str) -> str:
    short = {"en": unbroken(f"{day:%b} {day.day}, {day.year}"), "zh_Hans": f"{day.year}/{day.month}/{day.day}"}
    return short.get(language, f"{day.day}/{day.month}/{day:%y}")


def _read(scene: Scene, role: str, path: str) -> str:
    """The visible text of a page, roughly: tags gone, spaces as they are."""
    client = scene.app.test_client()
    client.set_cookie("fabqueue", scene.cookie(role))
    return unescape(re.sub(r"<[^>]+>", " ", client.get(path).get_data(as_text=True)))


@in_languages
def test_money_and_dates_follow_the_reader(scene: Scene) -> None:
    said = _read(scene, "member", "/account")
    assert MONEY[scene.language] in said
    assert _short_day(datetime.now(UTC).date(), scene.language) in said


@in_languages
def test_plurals_follow_the_reader(scene: Scene) -> None:
    one, two = BUILDS[scene.language]
    assert one in _read(scene, "visitor", "/")
    with scene.context.db.writing() as session:
        session.get_one(Project, scene.lab.project_ids[0]).good_builds = 2
        session.commit()
    assert two in _read(scene, "visitor", "/")


@in_languages
def test_numbers_and_units_follow_the_reader(language: str) -> None:
    reader = reader_for(language, "Europe/Berlin", "EUR")
    assert reader.number(1234.5) == BIG[language]
    assert reader.duration(6 * 3600 + 300) == unbroken(LONG[language])


def test_a_short_day_in_english_cannot_be_taken_for_another() -> None:
    """4 March and 3 April look alike in figures, depending on where the reader grew up."""
    reader, at = reader_for("en", "Europe/Berlin", "EUR"), datetime(2026, 4, 3, 12, 30, tzinfo=UTC)

    assert reader.day(at, "short") == unbroken("Apr 3, 2026")
    assert reader.moment(at, "short") == f"{unbroken('Apr 3, 2026')}, {unbroken('2:30 PM')}"


@pytest.mark.parametrize("language", ["en"], indirect=True)
@pytest.mark.parametrize(
    ("wanted", "served"), [("zh-CN,zh;q=0.9,en;q=0.5", "zh-Hans"), ("zh-TW", "zh-Hans"), ("fr,en-GB;q=0.5", "en")]
)
def test_a_visitors_browser_chooses(scene: Scene, wanted: str, served: str) -> None:
    page = scene.app.test_client().get("/", headers={"Accept-Language": wanted}).get_data(as_text=True)
    assert f'<html lang="{served}"' in page


@pytest.mark.parametrize("language", ["en"], indirect=True)
def test_an_accounts_choice_counts_more_than_the_browsers(scene: Scene) -> None:
    client = scene.app.test_client()
    client.set_cookie("fabqueue", scene.cookie("member"))
    assert '<html lang="en"' in client.get("/", headers={"Accept-Language": "zh-CN"}).get_data(as_text=True)


@pytest.mark.parametrize("language", ["en"], indirect=True)
@pytest.mark.parametrize("role", ["visitor", "member"])
def test_the_switch_is_remembered_in_the_browser_and_the_account(scene: Scene, role: str) -> None:
    client = scene.app.test_client()
    client.set_cookie("fabqueue", scene.cookie(role))
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").get_data(as_text=True))
    assert token
    answer = client.post("/language", data={"csrf_token": token[1], "lang": "zh_Hans", "next": "/make"})
    assert answer.location == "/make"
    assert '<html lang="zh-Hans"' in client.get("/make").get_data(as_text=True)
    with scene.context.db.reading() as session:
        person = session.get_one(Person, scene.lab.people["member"].id)
        assert person.language == ("zh_Hans" if role == "member" else "en")


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_a_figure_is_not_divided_in_the_narrowest_cell(page: Page, language: str) -> None:
    """Lines as the browser counts them; a moment may be divided once, between day and time."""
    reader = reader_for(language, "Europe/Berlin", "EUR")
    at = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
    whole = [
        reader.duration(1860), reader.duration(21_900), reader.mass(12_345), reader.money(123_456), reader.day(at),
        reader.value("n_mm", 20), reader.clock(at),
    ]  # fmt: skip
    said = [*whole, reader.moment(at), reader.duration(1860).replace(NBSP, " ")]
    cells = "".join(f'<td style="width:1px"><span>{each}</span></td>' for each in said)
    page.set_content(f'<html lang="{language.replace("_", "-")}"><table><tr>{cells}</tr></table>')
    lines = "[...document.querySelectorAll('span')].map(each => each.getClientRects().length)"
    assert page.evaluate(lines) == [1] * 7 + [2, 2]
