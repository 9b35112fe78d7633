"""Lines on lines: what is taken out is drawn elsewhere, and nothing else is taken out."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fabqueue.analysis.drawing.doubles import doubles, without
from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.shapes import is_closed, length_of

Line = list[tuple[float, float]]
on_grid = st.tuples(st.integers(0, 12), st.integers(0, 12))
drawings = st.lists(st.lists(on_grid, min_size=2, max_size=6), min_size=1, max_size=12)


def made(points: list[tuple[float, float]]) -> Floats:
    return np.array(points, dtype=np.float64)


def box(x: float, y: float, width: float, height: float) -> Floats:
    return made([(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)])


def kept(lines: list[Floats], first: int = 0) -> list[list[Floats]]:
    return without(lines, doubles(lines, first))


@given(drawings)
def test_what_is_left_covers_the_same_and_lies_nowhere_twice(points: list[Line]) -> None:
    lines = [line for each in points if len(line := made(each)) and np.ptp(line, axis=0).any()]
    rest = [part for line in kept(lines) for part in line]
    before = shapely.union_all([shapely.LineString(line) for line in lines])
    after = shapely.union_all([shapely.LineString(line) for line in rest])
    # rests and overlaps of a hair are left as they are, and a line may well run over itself at its own corner
    assert shapely.length(shapely.difference(before, shapely.buffer(after, 0.3))) == pytest.approx(0, abs=1e-6)
    assert shapely.length(shapely.difference(after, shapely.buffer(before, 1e-6))) == pytest.approx(0, abs=1e-6)
    assert sum(map(length_of, rest)) <= shapely.length(before) + 1.0


def test_the_longer_line_stays_and_what_cuts_before_what_scores() -> None:
    long, short = made([(0, 0), (50, 0)]), made([(10, 0), (30, 0)])
    assert [len(each) for each in kept([short, long])] == [0, 1]
    (whole,), halves = kept([short, long], first=1)
    assert whole is short
    assert np.array(halves) == pytest.approx(np.array([[[0, 0], [10, 0]], [[30, 0], [50, 0]]]))


def test_a_closed_contour_that_shares_a_side_stays_in_one_piece() -> None:
    (first,), (second,) = kept([box(0, 0, 10, 10), box(10, 0, 10, 10)])
    assert is_closed(first)
    assert length_of(second) == pytest.approx(30)


def test_many_lines_on_one_line_are_found_in_bounded_time() -> None:
    nested = [made([(each * 0.01, 0), (500 - each * 0.01, 0)]) for each in range(20_000)]
    found = doubles(nested)
    assert found.count == 19_999
    assert sum(length_of(part) for line in without(nested, found) for part in line) == pytest.approx(500)


def test_nothing_and_single_lines_have_no_doubles() -> None:
    for lines in ([], [made([(0, 0), (9, 0)])], [made([(0, 0), (0.01, 0)])] * 3):
        assert doubles(lines).count == 0
        assert without(lines, doubles(lines)) == [[each] for each in lines]
