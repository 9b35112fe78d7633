"""Lengths and sizes of SVG shapes in millimetres, whatever units, boxes and transforms stand between."""

import math
from pathlib import Path
from typing import Any

import pytest

from fabqueue.analysis import drawing

HEAD = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SQUARE = '<rect x="10" y="10" width="20" height="20" fill="none" stroke="red"/>'


def report(folder: Path, body: str, attributes: str, units: str | None = None) -> dict[str, Any]:
    path = folder / "drawing.svg"
    path.write_text(f"<svg {HEAD} {attributes}>{body}</svg>", encoding="utf-8")
    return drawing.inspect(path, path.name, units).report


def mm(folder: Path, body: str) -> dict[str, Any]:
    """The report on a page of 100 mm where one unit is one mm."""
    return report(folder, body, 'width="100mm" height="100mm" viewBox="0 0 100 100"')


def length(found: dict[str, Any]) -> float:
    return float(sum(work["length_mm"] for work in found["operations"]))


@pytest.mark.parametrize(
    ("attributes", "scale"),
    [
        ('width="100mm" height="100mm" viewBox="0 0 100 100"', 1.0),
        ('width="10cm" height="10cm" viewBox="0 0 100 100"', 1.0),
        ('width="100mm" height="100mm"', 25.4 / 96),
        ('width="4in" height="4in" viewBox="0 0 100 100"', 1.016),
        ('width="72pt" height="72pt" viewBox="0 0 72 72"', 25.4 / 72),
        ('width="96px" height="96px" viewBox="0 0 96 96"', 25.4 / 96),
        ('width="192" height="192" viewBox="0 0 96 96"', 25.4 / 48),
        ('width="100mm" viewBox="0 0 50 50"', 2.0),
        ('viewBox="0 0 100 100"', 25.4 / 96),
        ("", 25.4 / 96),
        ('width="100%" height="100%"', 25.4 / 96),
    ],
)
def test_a_square_has_its_size_in_every_unit(tmp_path: Path, attributes: str, scale: float) -> None:
    found = report(tmp_path, SQUARE, attributes)
    assert found["size_mm"] == pytest.approx([20 * scale, 20 * scale], abs=0.001)
    assert length(found) == pytest.approx(80 * scale, abs=0.01)


@pytest.mark.parametrize(
    ("shape", "size", "long"),
    [
        ('<rect x="-10" y="-5" width="20" height="10" transform="translate(50 50) rotate(45)"', [21.213, 21.213], 60),
        ('<circle r="10" transform="translate(50 50) rotate(30) scale(1 .5)"', [18.028, 13.229], 48.442),
        ('<circle r="10" transform="translate(50 50) rotate(77)"', [20, 20], 62.832),
        ('<rect width="20" height="10" rx="2" transform="matrix(0 1 -1 0 50 50)"', [10, 20], 56.566),
        ('<ellipse rx="10" ry="5" transform="translate(50,50) skewX(30)"', [20.816, 10], 49.6),
    ],
)
def test_turned_rectangles_and_circles_keep_their_true_outline(
    tmp_path: Path, shape: str, size: list[float], long: float
) -> None:
    found = mm(tmp_path, f'{shape} fill="none" stroke="red"/>')
    assert found["size_mm"] == pytest.approx(size, rel=0.002)
    assert length(found) == pytest.approx(long, rel=0.01)


def test_a_path_that_carries_a_transform_of_its_own_is_flattened_with_it() -> None:
    import numpy as np
    import svgelements

    from fabqueue.analysis.drawing.flatten import contours

    turned = svgelements.Path(svgelements.Rect(0, 0, 20, 10, transform="rotate(90) scale(2)"))
    (outline,) = contours(turned, np.eye(3))
    assert np.ptp(outline, axis=0) == pytest.approx([20, 40])


def test_curves_and_arcs_are_measured_along_their_way(tmp_path: Path) -> None:
    arc = mm(tmp_path, '<path d="M10 50A40 40 0 0 1 90 50" fill="none" stroke="red"/>')
    assert length(arc) == pytest.approx(40 * math.pi, rel=0.0005)
    bezier = mm(tmp_path, '<path d="M0 0C0 0 100 0 100 0Q100 50 100 100Z" fill="none" stroke="red"/>')
    assert length(bezier) == pytest.approx(200 + 100 * math.sqrt(2), rel=0.0005)


def test_reuse_symbols_and_nested_drawings_count_where_they_are_shown(tmp_path: Path) -> None:
    body = """
      <defs><rect id="r" width="10" height="10" fill="none" stroke="red"/></defs>
      <symbol id="s" viewBox="0 0 1 1"><rect width="1" height="1" fill="none" stroke="blue"/></symbol>
      <use href="#r" x="5"/><use xlink:href="#r" transform="scale(2)"/><use href="#s" width="30" height="30"/>
      <svg x="50" y="50" width="50" height="50" viewBox="0 0 10 10"><path d="M0 0H10" stroke="black"/></svg>"""
    found = mm(tmp_path, body)
    by_operation = {work["operation"]: work["length_mm"] for work in found["operations"]}
    assert by_operation == pytest.approx({"cut": 120, "score": 120, "engrave": 50})
    assert found["size_mm"] == pytest.approx([100, 50])


@pytest.mark.parametrize(
    "hidden",
    [
        '<g display="none">{}</g>',
        '<g style="display:none"><g style="display:inline">{}</g></g>',
        '<g visibility="hidden">{}</g>',
        '<g opacity="0">{}</g>',
        "<defs>{}</defs>",
        '<clipPath id="c">{}</clipPath>',
        '<mask id="m">{}</mask>',
        '<symbol id="s">{}</symbol>',
        '<marker id="k">{}</marker>',
        '<pattern id="p">{}</pattern>',
        "<style>rect {{ display: none }}</style>{}",
        '<foreign xmlns="urn:other">{}</foreign>',
    ],
)
def test_what_is_not_shown_counts_for_nothing(tmp_path: Path, hidden: str) -> None:
    found = mm(tmp_path, '<path d="M0 0H7" stroke="red"/>' + hidden.format(SQUARE))
    assert length(found) == pytest.approx(7)
    assert found["size_mm"] == [7, 0]


def test_a_visible_part_of_a_hidden_group_is_shown(tmp_path: Path) -> None:
    body = f'<g visibility="hidden"><g visibility="visible">{SQUARE}</g>{SQUARE}</g>'
    assert length(mm(tmp_path, body)) == pytest.approx(80)


def test_clipping_dashes_and_thick_strokes_change_neither_length_nor_size(tmp_path: Path) -> None:
    clip = '<clipPath id="c"><rect width="1" height="1"/></clipPath>'
    style = 'stroke-width="30" stroke-dasharray="1 5" clip-path="url(#c)"'
    found = mm(tmp_path, clip + SQUARE.replace("/>", f" {style}/>"))
    assert length(found) == pytest.approx(80)
    assert found["size_mm"] == pytest.approx([20, 20])


def test_style_sheets_apply_by_tag_class_id_and_place(tmp_path: Path) -> None:
    body = """<path class="cut" d="M0 0H10"/><g id="deep"><g><path d="M0 5H20"/></g></g><path id="x" d="M0 9H30"/>
      <style>/* late */ @import url(other.css); @media print { path { display: none } }
        path { fill: none; stroke: black } .cut, path.other { stroke: #f00 !important }
        #deep path { stroke: rgb(0, 0, 255) } #x { stroke: lime; } g > path { stroke-width: 9 }</style>"""
    found = mm(tmp_path, body)
    assert {work["colour"]: work["length_mm"] for work in found["operations"]} == pytest.approx(
        {"#ff0000": 10, "#0000ff": 20, "#00ff00": 30}
    )


def test_the_page_is_told_in_mm(tmp_path: Path) -> None:
    assert report(tmp_path, SQUARE, 'width="4in" height="2in" viewBox="0 0 400 200"')["page_mm"] == [101.6, 50.8]
    assert report(tmp_path, SQUARE, "")["page_mm"] is None


def test_an_answer_about_the_unit_is_believed_only_where_the_file_names_none(tmp_path: Path) -> None:
    pixels = 'width="100" height="100" viewBox="0 0 100 100"'
    assert report(tmp_path, SQUARE, pixels, "mm")["size_mm"] == pytest.approx([20, 20])
    assert report(tmp_path, SQUARE, pixels, "72dpi")["size_mm"] == pytest.approx([7.056, 7.056], abs=0.001)
    physical = 'width="100mm" height="100mm" viewBox="0 0 100 100"'
    assert report(tmp_path, SQUARE, physical, "in")["size_mm"] == pytest.approx([20, 20])
