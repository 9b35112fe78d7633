"""Path data read at once is what svgelements reads of it segment by segment."""

import numpy as np
import pytest

from fabqueue.analysis.drawing.curves import curves_of
from fabqueue.analysis.drawing.flatten import contours, contours_of
from fabqueue.analysis.drawing.geometry import read_path

WELL_FORMED = [
    "M0 0H8",
    "m10 10 h5 v5 z m20 20 h5 v5 z l3 3",
    "M10-20.5.5 1e1L3,4 5 6ZL9 9",
    "M1 2 3 4m5 6 7 8H1 2 3v-1-2zM9 9",
    "m0 0c1 2 3 4 5 6 1 2 3 4 5 6s9 9 8 8 1 1 2 2",
    "M0 0S1 2 3 4C5 6 7 8 9 10L1 1S1 2 3 4",
    "M0 0q5 5 10 0t10 0 10 0T50 9",
    "M0 0T10 10Q1 9 2 2L5 5T9 1",
    " \n M 0,0 \t L 10 , 10\r\n20 20 z z",
    "M0 0L1 1ZC1 2 3 4 5 6zl-1-1",
    "M+1.5e-1-.5E1l.5.5-.5-.5",
]


@pytest.mark.parametrize("data", WELL_FORMED)
def test_well_formed_data_is_the_same_either_way(data: str) -> None:
    curves = curves_of(data)
    assert curves is not None
    path, is_complete = read_path(data)
    assert is_complete
    found, expected = contours_of(curves, np.eye(3)), contours(path, np.eye(3))
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other)


@pytest.mark.parametrize(
    "data",
    ["", "L1 1", "M0 0A5 5 0 0 1 10 0", "M0 0L1", "M0 0H", "M0 0Z5 5", "M0 0L1,,2", "M0 0L,1 2", "M0 0L1 2,",
     "M,0 0L1 2", "M0 0 L8 8 X 9 9", "M0 0Lnan 5", "M0 0L1 2;3 4", "M0 0 1 2 e", "M0 0L1 2-"],
)  # fmt: skip
def test_arcs_and_mistakes_are_left_to_the_other_reader(data: str) -> None:
    assert curves_of(data) is None
