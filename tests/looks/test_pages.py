"""Every page on a phone: nothing sticks out, is split, is too small to hit or too faint to read."""

import pytest
from playwright.sync_api import Browser

from tests.looks import faults
from tests.looks.faults import Fault
from tests.looks.guide_pictures import PICTURES
from tests.looks.pages import Look, looks
from tests.looks.scene import Scene, Theme, Visit

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("theme", "language", "rules"), [("light", "en", None), ("dark", "zh", faults.COLOURS)], ids=["light", "dark"]
)
def test_no_page_has_a_fault_that_a_program_can_see(
    shown: Scene, browser: Browser, theme: Theme, language: str, rules: list[str] | None
) -> None:
    visit = Visit(shown, browser, "phone", theme, language)
    console = faults.Console(visit.page)
    found = {look.name: said for look in looks(shown.lab) if (said := _faults(visit, console, look, rules))}
    visit.close()
    assert found == {}


def _faults(visit: Visit, console: faults.Console, look: Look, rules: list[str] | None) -> list[str]:
    page = visit.open(look)
    seen: list[Fault] = [
        *faults.of_layout(page, phone=True),
        *faults.of_access(page, look.part, rules),
        *console.take(),
    ]
    return [str(each) for each in seen if each.kind not in faults.HARMLESS]


def test_every_picture_of_the_guides_is_of_a_page_that_is_looked_at(shown: Scene) -> None:
    assert {each.look for each in PICTURES.values()} <= {each.name for each in looks(shown.lab)}


def test_what_sticks_out_is_found(shown: Scene, browser: Browser) -> None:
    """The eye is a program of ours: it must tell a page that has every fault from one that has none."""
    visit = Visit(shown, browser, "phone", "light", "zh")
    page = visit.open(Look("sign-in", "", "/sign-in"))
    assert faults.of_layout(page, phone=True) == []
    page.evaluate(_SPOIL)
    assert {each.kind for each in faults.of_layout(page, phone=True)} == {
        "sideways", "sticks out", "cut off", "split figure", "two lines", "small target", "blank", "narrow sign",
    }  # fmt: skip
    visit.close()


_SPOIL = """() => {
  const main = document.querySelector("main");
  const add = (html) => main.insertAdjacentHTML("beforeend", html);
  add('<p class="panel" id="a">Donaudampfschifffahrtsgesellschaftskapitaensmuetzenabzeichen</p>');
  add('<p class="panel" id="b">one<br>two<br>three</p><p id="c">31 分钟</p><a class="btn" id="d" href="/">One two</a>');
  add('<p>第一次来？ <a href="/">注册</a></p><p>PLA, 颜色不限</p>');
  add('<button id="e">x</button><p id="f">.</p>');
  const dress = (id, style) => Object.assign(document.getElementById(id).style, style);
  dress("a", {width: "6rem", overflowWrap: "normal"});
  dress("b", {height: "1.5rem", overflow: "hidden"});
  dress("c", {width: "1.5rem"});
  dress("d", {width: "3rem"});
  dress("e", {height: "1rem", minHeight: 0});
  dress("f", {width: "30rem"});
}"""
