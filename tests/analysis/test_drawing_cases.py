"""Drawings whose true length and size are known: read so, and drawn so by Chromium."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from fabqueue.analysis import drawing
from tests.analysis.drawing_cases import CASES

MEASURE = (Path(__file__).parent / "measure_drawing.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_a_drawing_has_its_true_length_and_size(tmp_path: Path, name: str) -> None:
    path = tmp_path / "drawing.svg"
    path.write_text(CASES[name].text, encoding="utf-8")
    found = drawing.inspect(path, path.name).report
    assert sum(work["length_mm"] for work in found["operations"]) == pytest.approx(CASES[name].length, rel=0.001)
    assert found["size_mm"] == pytest.approx(CASES[name].size, rel=0.001, abs=0.01)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    return browser.new_page()


@pytest.mark.browser
@pytest.mark.parametrize("name", CASES)
def test_chromium_draws_the_same(page: Page, tmp_path: Path, name: str) -> None:
    path = tmp_path / "drawing.svg"
    path.write_text(CASES[name].text, encoding="utf-8")
    page.goto(path.as_uri())
    found = page.evaluate(MEASURE)
    assert found["length"] is None or found["length"] == pytest.approx(CASES[name].length, rel=0.01)
    assert found["size"] == pytest.approx(CASES[name].size, rel=0.005, abs=0.1)
