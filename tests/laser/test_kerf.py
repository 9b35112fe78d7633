"""Outlines are moved by half the width of the beam, on the side that is wasted."""

import numpy as np
import pytest
import shapely

from printers.laser import Setting, Wishes, plan
from printers.laser.contours import contours
from printers.laser.kerf import compensated
from printers.laser.nesting import nesting
from printers.laser.work import Floats
from tests.laser.shapes import LASER, SETTINGS, circle, cut, square


def moved(*lines: Floats, kerf: float = 0.2) -> tuple[list[shapely.Polygon], dict[str, object]]:
    """The outlines as polygons, and the notes."""
    found = contours(list(lines))
    done, notes = compensated(found, nesting(found), kerf)
    return [shapely.Polygon(each.points) for each in done], {note.code: note.values["count"] for note in notes}


def test_a_part_is_cut_larger_and_its_hole_smaller_and_what_lies_in_the_hole_larger_again() -> None:
    (part, hole, disc), notes = moved(square(40), square(20, 10, 10), circle(5, 20, 20))
    assert part.bounds == pytest.approx((-0.1, -0.1, 40.1, 40.1))
    assert hole.bounds == pytest.approx((10.1, 10.1, 29.9, 29.9))
    assert disc.bounds == pytest.approx((14.9, 14.9, 25.1, 25.1), abs=0.005)
    assert not notes


def test_corners_stay_sharp() -> None:
    (part,), _ = moved(square(40))
    assert part.area == pytest.approx(40.2**2)


def test_the_direction_in_which_a_ring_is_drawn_does_not_matter() -> None:
    assert moved(square(40)[::-1])[0][0].bounds == pytest.approx((-0.1, -0.1, 40.1, 40.1))


def test_open_lines_are_left_and_counted() -> None:
    lines = contours([np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]])])
    done, notes = compensated(lines, nesting(lines), 0.2)
    assert (done[0].points == lines[0].points).all()
    assert [(note.code, note.values) for note in notes] == [("laser_kerf_open", {"count": 1})]


@pytest.mark.parametrize(
    "lines",
    [
        [square(10), square(10, 5, 5)],
        [square(10), square(10, 10, 0)],
        [square(10), square(10)],
        [np.array([[0, 0], [10, 10], [10, 0], [0, 10], [0, 0]], dtype=float), circle(3, 30, 30)],
    ],
    ids=["crossing", "a common side", "double", "a figure of eight"],
)
def test_outlines_that_meet_have_no_side_and_are_left(lines: list[Floats]) -> None:
    found, notes = moved(*lines)
    assert notes["laser_kerf_crossing"] == (2 if len(lines[1]) == 5 else 1)
    assert found[0].equals(shapely.Polygon(lines[0]))


def test_details_narrower_than_the_beam_are_left() -> None:
    found, notes = moved(square(40), circle(0.09, 20, 20))
    assert notes == {"laser_kerf_narrow": 1}
    assert found[1].bounds == pytest.approx((19.91, 19.91, 20.09, 20.09), abs=1e-3)


def test_outlines_that_would_run_into_one_another_are_left() -> None:
    found, notes = moved(square(10), square(10, 10.15, 0))
    assert notes == {"laser_kerf_narrow": 2}
    assert found[0].bounds == (0, 0, 10, 10)


def test_lines_drawn_one_by_one_are_the_outline_they_make() -> None:
    corners = square(40)
    sides = [corners[[place, place + 1]] for place in (2, 0, 3, 1)]
    sides[1] = sides[1][::-1]
    (part,), notes = moved(*sides)
    assert part.area == pytest.approx(40.2**2)
    assert not notes


def test_kerf_is_left_out_when_not_wished_and_where_the_setting_has_none() -> None:
    with_it = plan([cut(square(40))], SETTINGS, LASER, Wishes())
    without = plan([cut(square(40))], SETTINGS, LASER, Wishes(kerf=False))
    none = plan([cut(square(40))], {"cut": Setting(60, 20)}, LASER, Wishes())
    assert [each.lengths_mm["cut"] for each in (with_it, without, none)] == pytest.approx([160.8, 160, 160])


def test_a_plan_says_what_it_could_not_do() -> None:
    made = plan([cut(square(40), np.array([[5.0, 5.0], [9.0, 9.0]]))], SETTINGS, LASER, Wishes())
    assert [note.code for note in made.notes] == ["laser_kerf_open"]
