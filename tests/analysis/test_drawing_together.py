"""What is done for all shapes of a drawing together comes to the same as one after the other."""

import gc

import numpy as np
import pytest
import svgelements
from hypothesis import given
from hypothesis import strategies as st

from fabqueue.analysis.drawing import dxf, pathdata, shapes, style, svg
from fabqueue.analysis.drawing.flatten import FARTHEST_MM, Floats, contours
from fabqueue.analysis.drawing.polylines import Polylines
from fabqueue.analysis.findings import AnalysisError
from tests.analysis.test_drawing_images import grey, placed
from tests.support import hostile

COORDINATES = st.one_of(
    st.sampled_from([0.0, -0.0, 100.0, 0.5, 0.125, 2.675, 10.0, 1e6]), st.floats(-1e6, 1e6, allow_subnormal=False)
)
LINES = st.lists(st.lists(st.tuples(COORDINATES, COORDINATES), min_size=2, max_size=6), max_size=8)


def arrays(lines: list[list[tuple[float, float]]]) -> list[Floats]:
    return [np.array(line, dtype=np.float64) for line in lines]


def drawn(body: str) -> shapes.Drawing:
    return svg.read(hostile.svg(body), None)


def test_the_file_of_many_lines_comes_to_its_report_line_by_line() -> None:
    whole = svg.read(hostile.DRAWINGS["many_lines.svg"](), None)
    ends = [(float(k % 97), float(k // 900)) for k in range(100_000) if k % 97 or k // 900]
    assert len(whole.shapes) == len(ends)
    assert np.allclose([shape.contours[0] for shape in whole.shapes], [((0, 0), end) for end in ends])


@given(LINES)
def test_sizes_lengths_and_meeting_ends_of_many_lines_are_those_of_each(lines: list[list[tuple[float, float]]]) -> None:
    each, every = arrays(lines), Polylines.of(arrays(lines))
    assert every.low.tolist() == [line.min(axis=0).tolist() for line in each]
    assert every.high.tolist() == [line.max(axis=0).tolist() for line in each]
    assert every.lengths.tolist() == pytest.approx([shapes.length_of(line) for line in each])
    assert every.meeting(shapes.CLOSED_MM).tolist() == [shapes.is_closed(line) for line in each]


@given(LINES, st.sampled_from([2, 3]))
def test_path_data_of_many_lines_is_that_of_each(lines: list[list[tuple[float, float]]], decimals: int) -> None:
    tails = [f"Z{place}" for place in range(len(lines))]
    expected = "".join(
        "<" + "L".join(" ".join(pathdata.number(at, decimals) for at in point) for point in line) + tail
        for line, tail in zip(lines, tails, strict=True)
    )
    assert pathdata.written(arrays(lines), decimals, "<", tails) == expected


def test_zeros_are_left_out_behind_the_point_only() -> None:
    line = np.array([[100.0, 10.5], [0.25, 120.125], [-0.001, 7.1]])
    assert pathdata.written([line], 3) == "M100 10.5L0.25 120.125L-0.001 7.1"
    assert pathdata.written([line[:1]] * (pathdata.AT_ONCE + 1), 2) == "M100 10.5" * (pathdata.AT_ONCE + 1)


def test_straight_and_bent_shapes_keep_their_order_and_each_its_own_place() -> None:
    found = drawn(
        '<path stroke="red" d="M0 0H1"/><circle stroke="blue" cx="9" r="1"/><g transform="scale(2)">'
        '<path stroke="lime" d="M1 1H3M5 5C6 6 7 5 8 5"/><rect fill="none" stroke="cyan" width="2" height="3"/></g>'
        '<polyline fill="none" stroke="black" points="4,4 5,5"/>'
    ).shapes
    assert [shape.stroke for shape in found] == ["#ff0000", "#0000ff", "#00ff00", "#00ffff", "#000000"]
    ends = [shape.contours[-1][-1].round(6).tolist() for shape in found]
    assert ends == [[1, 0], [10, 0], [16, 10], [0, 0], [5, 5]]
    assert found[2].contours[0].round(6).tolist() == [[2, 2], [6, 2]]


def test_a_shape_with_a_point_that_has_no_place_is_left_out_whole_and_alone() -> None:
    far = FARTHEST_MM * 2
    found = drawn(f'<path stroke="red" d="M0 0H1M0 0H{far}"/><path stroke="red" d="M0 0H2"/><line x2="1e999"/>'
                  f'<line stroke="red" x2="{far}"/><line stroke="red" x2="3"/>')  # fmt: skip
    assert [shape.contours[0][-1].round(6).tolist() for shape in found.shapes] == [[2, 0], [3, 0]]
    assert found.unreadable == 2


def test_contours_without_extent_are_left_out_and_lie_beneath_no_picture() -> None:
    nothing = '<path stroke="red" d="M5 5z"/><path stroke="red" d="M5 5H5"/><circle r="0" stroke="red"/>'
    found = drawn(nothing + '<path stroke="red" d="M5 5H5M1 1H4"/>' + placed(grey()) + nothing)
    assert [len(shape.contours) for shape in found.shapes] == [1]
    assert [picture.above for picture in found.images] == [1]


@pytest.mark.parametrize("size", ["3 4 5 5", "3 4 5 2", "-30 1000 0.2 7"])
def test_a_circle_and_an_ellipse_are_the_curves_that_svgelements_makes_of_them(size: str) -> None:
    cx, cy, rx, ry = map(float, size.split())
    (found,) = drawn(f'<ellipse cx="{cx}" cy="{cy}" rx="{rx}" ry="{ry}"/>').shapes
    (expected,) = contours(svgelements.Path(svgelements.Ellipse(cx, cy, rx, ry)), np.eye(3))
    assert found.contours[0] == pytest.approx(expected, abs=1e-9)


def test_more_styles_than_are_kept_are_read_as_well() -> None:
    count = style.MOST_KEPT + 10
    one_each = [f"#{number:06x}" for number in range(1, count)]
    found = drawn("".join(f'<g stroke="{colour}"><path d="M0 0H1"/></g>' for colour in [*one_each, *one_each]))
    assert [shape.stroke for shape in found.shapes] == [*one_each, *one_each]


def test_a_style_with_more_variables_than_are_kept_holds_for_what_is_in_it() -> None:
    many = "".join(f"--v{number}:red;" for number in range(style.MOST_KEPT_NAMES + 1))
    found = drawn(f'<g style="{many}"><path style="stroke:var(--v7)" d="M0 0H1"/><path stroke="blue" d="M0 0H1"/></g>')
    assert [shape.stroke for shape in found.shapes] == ["#ff0000", "#0000ff"]


@pytest.mark.parametrize("reads", [svg.read, dxf.read])
def test_the_collector_is_on_again_behind_a_drawing_and_behind_a_broken_one(reads: object) -> None:
    assert callable(reads)
    with pytest.raises(AnalysisError):
        reads(b"nonsense", None)
    assert gc.isenabled()
    svg.read(hostile.svg('<path stroke="red" d="M0 0H1"/>'), None)
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        svg.read(hostile.svg('<path stroke="red" d="M0 0H1"/>'), None)
        assert not gc.isenabled()
    finally:
        gc.enable()
