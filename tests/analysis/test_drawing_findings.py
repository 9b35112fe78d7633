"""What a maker should look at in a drawing, and where: each finding on drawings that have it and that have not."""

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fabqueue.analysis.drawing import Reading, merged
from tests.analysis.test_drawing_operations import codes, inspect


def rect(x: float, y: float, width: float, height: float, colour: str = "red", more: str = "") -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="none" stroke="{colour}" {more}/>'


def picture(pixels: int, size_mm: float) -> str:
    """A grey square of `pixels` a side, placed with `size_mm` a side."""
    data = io.BytesIO()
    Image.new("L", (pixels, pixels), 128).save(data, "PNG")
    text = base64.b64encode(data.getvalue()).decode()
    return f'<image x="10" y="20" width="{size_mm}" height="{size_mm}" href="data:image/png;base64,{text}"/>'


def found(folder: Path, body: str, code: str, reading: Reading | None = None) -> dict[str, Any] | None:
    return codes(inspect(folder, body, reading=reading or Reading())).get(code)


@pytest.mark.parametrize(
    ("code", "body", "values"),
    [
        ("drawing_lines_double", rect(0, 0, 10, 10) + rect(0, 0, 10, 10), {"count": 1, "length_mm": 40}),
        ("drawing_lines_double", rect(0, 0, 10, 10) + rect(10, 4, 10, 10), {"count": 1, "places": [[10, 7]]}),
        ("drawing_lines_double", rect(0, 0, 10, 10) + rect(10, 4, 10, 10, "blue"), {"count": 1, "length_mm": 6}),
        ("drawing_lines_double", '<path d="M0 0L90 30M30 10L60 20" stroke="red"/>', {"count": 1, "places": [[45, 15]]}),
        ("drawing_lines_double", '<g fill="none" stroke="red"><circle cx="9" cy="9" r="5"/>'
         '<path d="M14 9A5 5 0 0 0 4 9A5 5 0 0 0 14 9Z"/></g>', {"count": 1}),
        ("drawing_detail_narrow", rect(5, 5, 20, 0.15), {"count": 1, "kerf_mm": 0.2, "places": [[13, 5.06]]}),
        ("drawing_detail_narrow", rect(5, 5, 20, 10) + rect(25.1, 5, 20, 10), {"count": 1}),
        ("drawing_parts_fall", rect(0, 0, 50, 50) + rect(5, 5, 3, 4) + rect(20, 5, 9, 9),
         {"count": 2, "width_mm": 3, "height_mm": 4, "places": [[6.5, 7], [24.5, 9.5]]}),
        ("drawing_parts_fall", '<path d="M0 0H50M50 0V50M50 50H0M0 50V0" stroke="red"/>' + rect(9, 9, 4, 4),
         {"count": 1}),
        ("drawing_strokes_wide", rect(1, 2, 9, 9, more='stroke-width="0.6"'), {"count": 1, "width_mm": 0.6,
                                                                                "places": [[1, 2]]}),
        ("drawing_strokes_wide", f'<g transform="scale(3)">{rect(1, 1, 9, 9, more="stroke-width=.4")}</g>'.replace(
            "stroke-width=.4", 'stroke-width=".4"'), {"count": 1, "width_mm": pytest.approx(1.2)}),
        ("drawing_lines_dashed", f'<g stroke-dasharray="2 1">{rect(3, 4, 9, 9)}</g>' + rect(30, 1, 9, 9),
         {"count": 1, "places": [[3, 4]]}),
        ("drawing_lines_dashed", rect(3, 4, 9, 9, more='style="stroke-dasharray: 2mm, 10%"'), {"count": 1}),
        ("drawing_text", rect(0, 0, 9, 9) + '<text x="30" y="40">Hi</text>', {"count": 1, "places": [[30, 40]]}),
        ("drawing_text", '<text><tspan x="7" y="8">Hi</tspan></text>' + rect(0, 0, 9, 9), {"places": [[7, 8]]}),
        ("drawing_image_engraved", rect(0, 0, 9, 9) + picture(10, 20), {"count": 1, "places": [[20, 30]]}),
        ("drawing_image_squares", rect(0, 0, 9, 9) + picture(100, 25.4),
         {"count": 1, "dpi": 100, "interval_mm": 0.1, "needed_dpi": 254}),
        ("drawing_outside_page", rect(80, 10, 40, 5) + rect(1, 1, 2, 2), {"over_mm": 20, "places": [[120, 10]]}),
        ("drawing_cut_open", '<path d="M10 20H50M10 60H70" fill="none" stroke="red"/>',
         {"count": 2, "places": [[10, 20], [10, 60]]}),
        ("drawing_cut_filled", '<rect x="10" y="20" width="4" height="6" fill="red"/>', {"places": [[12, 23]]}),
        ("drawing_colours_unknown", rect(0, 0, 9, 9) + '<path d="M10 20H30V40" stroke="lime" fill="none"/>',
         {"count": 1, "places": [[30, 20]]}),
    ],
)  # fmt: skip
def test_it_is_pointed_out_with_its_place(tmp_path: Path, code: str, body: str, values: dict[str, Any]) -> None:
    told = found(tmp_path, body, code)
    assert told is not None
    assert {name: told[name] for name in values} == values
    assert told["places"]


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("drawing_lines_double", rect(0, 0, 10, 10) + rect(10, 10, 10, 10)),  # they meet in a corner
        ("drawing_lines_double", rect(0, 0, 10, 10) + rect(10.1, 0, 10, 10)),
        ("drawing_lines_double", '<path d="M0 0H10M10 0H20M5 -5V5M0 0L90 30M0 1L90 31" stroke="red"/>'),
        ("drawing_lines_double", rect(0, 0, 10, 10, "lime") + rect(0, 0, 10, 10)),  # of what is left out
        ("drawing_detail_narrow", rect(5, 5, 20, 0.3) + rect(5, 8, 20, 10)),
        ("drawing_detail_narrow", '<circle cx="5" cy="5" r="0.2" fill="none" stroke="red"/>'),
        ("drawing_detail_narrow", '<path d="M0 0H10M5 0V9M0 9H10" stroke="red"/>'),  # they touch
        ("drawing_parts_fall", rect(0, 0, 10, 10) + rect(10, 0, 10, 10) + rect(30, 0, 5, 5)),
        ("drawing_strokes_wide", rect(1, 1, 9, 9, more='stroke-width="0.26"')),
        ("drawing_strokes_wide", rect(1, 1, 9, 9) + rect(20, 20, 9, 9, "lime", 'stroke-width="5"')),
        ("drawing_image_squares", rect(0, 0, 9, 9) + picture(150, 25.4)),
        ("drawing_lines_dashed", rect(1, 1, 9, 9, more='stroke-dasharray="0 0"')),
        ("drawing_lines_dashed", rect(1, 1, 9, 9, more='stroke-dasharray="none"')),
        ("drawing_lines_dashed", rect(1, 1, 9, 9, more='stroke-dasharray="some"')),
        ("drawing_lines_dashed", rect(1, 1, 9, 9) + rect(20, 20, 9, 9, "lime", 'stroke-dasharray="5"')),
        ("drawing_outside_page", rect(80, 10, 20, 5)),
        ("drawing_nodes_many", f'<path d="M0 0{"l.3 .3" * 21_000}" fill="none" stroke="red"/>'),
    ],
)  # fmt: skip
def test_it_is_not_pointed_out_where_it_is_not(tmp_path: Path, code: str, body: str) -> None:
    assert found(tmp_path, body, code) is None


def test_very_many_points_are_pointed_out(tmp_path: Path) -> None:
    steps = "l.01 .01" * 21_000
    assert found(tmp_path, f'<path d="M0 0{steps}" fill="none" stroke="red"/>', "drawing_nodes_many") is not None


def test_a_gap_is_as_wide_as_the_lab_says(tmp_path: Path) -> None:
    body = rect(5, 5, 20, 0.3)
    assert found(tmp_path, body, "drawing_detail_narrow", merged(kerf_mm=0.4)) is not None
    assert found(tmp_path, body, "drawing_detail_narrow", merged(kerf_mm=0.0)) is None


def test_lines_on_lines_are_taken_out_when_their_maker_says_so(tmp_path: Path) -> None:
    body = rect(0, 0, 10, 10) + rect(0, 0, 10, 10) + rect(10, 4, 10, 10) + rect(20, 20, 30, 30, "blue")
    report = inspect(tmp_path, body, reading=merged(member={"without_doubles": True})).report
    assert report["removed"] == {"count": 2, "length_mm": pytest.approx(46)}
    lengths = {each["operation"]: each["length_mm"] for each in report["operations"]}
    assert lengths == {"cut": pytest.approx(74), "score": pytest.approx(120)}
    told = {each["code"]: each["values"] for each in report["findings"]}
    assert "drawing_lines_double" not in told
    assert told["drawing_doubles_removed"]["count"] == 2
    assert "drawing_cut_open" not in told  # what was closed counts as closed
    assert inspect(tmp_path, body).report["removed"] is None
