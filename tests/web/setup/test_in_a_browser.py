"""The set-up on a phone in real Chromium, with scripts and without, in both languages, on to the first machine."""

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from fabqueue.dispatch import finding as driving
from fabqueue.dispatch.context import Context
from fabqueue.models import Machine
from tests.support.chromium import serving
from tests.support.web import reply, web_server

pytestmark = pytest.mark.browser


@pytest.fixture
def address(app: Flask, context: Context, empty: None) -> Iterator[str]:
    """The application served, with threads in the place of a machine worker."""
    threads: list[threading.Thread] = []

    def wake(task: str, key: str) -> None:
        if task == "approach":
            threads.append(threading.Thread(target=driving.approach, args=(context, key)))
            threads[-1].start()

    context.db.waker = wake
    with serving(app) as url:
        yield url
    for each in threads:
        each.join()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_whole_set_up_on_a_phone(browser: Chromium, address: str, context: Context, scripts: bool) -> None:
    phone = browser.new_context(
        base_url=address, viewport={"width": 390, "height": 844}, java_script_enabled=scripts, locale="en-GB"
    )
    page = phone.new_page()
    page.set_default_timeout(30_000)
    _set_up(page, context)
    page.get_by_role("link", name="Add a machine").click()
    _by_hand(page)
    _by_address(page, scripts)
    with context.db.reading() as session:
        assert [each.name for each in session.query(Machine)] == ["Bench drill"]
    phone.close()


def _set_up(page: Page, context: Context) -> None:
    page.goto("/")
    page.get_by_label("Code").fill("not-the-code")
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("That is not the code.").first.wait_for()
    page.get_by_label("Code").fill(context.storage.setup_code())
    page.get_by_role("button", name="Begin").click()
    page.get_by_label("A school or university").check()
    page.get_by_label("Name of the lab").fill("Riverside School")
    page.get_by_label("Time zone").select_option("Asia/Shanghai")
    page.get_by_label("Currency").select_option("CNY")
    page.get_by_role("button", name="Go on").click()
    assert page.get_by_label("Who may make an account").input_value() == "closed"
    page.get_by_label("Nobody: what is made is free").check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Riverside School").first.wait_for()
    page.get_by_role("button", name="Use this").click()
    page.get_by_label("User name").fill("vera")
    page.get_by_label("Password").fill("three easy words")
    page.get_by_role("button", name="Make my account").click()
    page.get_by_role("heading", name="First steps").wait_for()


def _by_hand(page: Page) -> None:
    page.get_by_label("Name of the tool").fill("Bench drill")
    page.get_by_label("Materials it works").fill("Plywood 4 mm, acrylic")
    page.get_by_role("button", name="Add this tool").click()
    page.get_by_role("heading", name="Bench drill").first.wait_for()


def _by_address(page: Page, scripts: bool) -> None:
    """What answers is an OctoPrint by all that can be asked without a key."""
    with web_server(reply(204)) as server:
        page.goto("/machines/find")
        page.get_by_label("Address of the OctoPrint").fill(server.url)
        page.get_by_role("button", name="Look there").click()
        button = page.get_by_role("button", name=f"Ask for a key: {server.url}")
        for _ in range(1 if scripts else 20):
            if scripts or button.count():
                break
            page.wait_for_timeout(200)
            page.get_by_role("link", name="How far is it?").click()
        button.wait_for()
        assert {path for _method, path in server.requests} == {"/plugin/appkeys/probe"}


def test_it_reads_well_in_chinese_and_for_assistive_programs(browser: Chromium, address: str, context: Context) -> None:
    phone = browser.new_context(base_url=address, viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = phone.new_page()
    page.goto(f"/setup?code={context.storage.setup_code()}")
    page.get_by_role("heading", name="这是怎样的工坊？").wait_for()
    assert page.get_by_label("语言").input_value() == "zh_Hans"
    found = Axe().run(page)
    assert [each["id"] for each in found.response["violations"] if each["impact"] in {"serious", "critical"}] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.close()
