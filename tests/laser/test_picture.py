"""The picture of a toolpath is an SVG of our own, with what burns in colours and the ways between dashed."""

import re

import pytest
from lxml import etree

from printers.laser import Wishes, plan
from printers.laser.pictures import COLOURS, MOST_POINTS, near
from tests.laser.shapes import LASER, SETTINGS, circle, cut, engraved, score, square

SVG = "{http://www.w3.org/2000/svg}"


def paths(text: str) -> dict[str, etree._Element]:
    """The paths of a picture by class."""
    return {each.get("class"): each for each in etree.fromstring(text) if each.get("class")}


def test_each_operation_has_its_colour_and_travel_is_dashed() -> None:
    works = [cut(square(50)), score(circle(5, 20, 20)), engraved(square(5, 30, 30))]
    found = paths(plan(works, SETTINGS, LASER, Wishes()).picture())
    assert set(found) == {"travel", "engrave", "score", "cut"}
    assert {name: found[name].get("stroke") for name in COLOURS} == COLOURS
    assert found["travel"].get("stroke-dasharray")


def test_it_shows_the_bed_from_above_with_the_origin_at_the_lower_left() -> None:
    text = plan([cut(square(50))], SETTINGS, LASER, Wishes(kerf=False)).picture()
    assert 'viewBox="0 0 600 400"' in text
    places = [tuple(map(float, each)) for each in re.findall(r"([\d.]+) ([\d.]+)", paths(text)["cut"].get("d") or "")]
    assert (min(x for x, _ in places), max(y for _, y in places)) == (3, 397)


def test_near_it_shows_the_sheet_that_it_takes_and_nothing_else_changes() -> None:
    made = plan([cut(square(50))], SETTINGS, LASER, Wishes(kerf=False))
    whole, shown = etree.fromstring(made.picture()), etree.fromstring(near(made.picture(), (56, 56)))
    left, top, width, height = map(float, shown.get("viewBox").split())
    assert (left, top) == (pytest.approx(-2.24), pytest.approx(400 - 56 - 2.24))
    assert (width, height) == (pytest.approx(56 + 4.48), pytest.approx(56 + 4.48))
    assert float(shown.get("stroke-width")) < float(whole.get("stroke-width"))
    assert [etree.tostring(each) for each in shown] == [etree.tostring(each) for each in whole]


def test_it_holds_nothing_but_paths_and_not_too_many_points() -> None:
    made = plan([engraved(circle(90, 100, 100))], {"engrave": SETTINGS["engrave"]}, LASER, Wishes(copies=2))
    text = made.picture()
    assert {each.tag for each in etree.fromstring(text)} == {f"{SVG}path"}
    assert len(re.findall("[ML]", text)) <= 4 * MOST_POINTS
