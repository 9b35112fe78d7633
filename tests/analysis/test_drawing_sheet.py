"""The clean sheet: what is burnt and nothing else, the same for every reader, in both formats."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from fabqueue.analysis import drawing
from fabqueue.analysis.drawing import Reading, merged
from fabqueue.analysis.sheet_dxf import dxf
from tests.analysis.test_drawing_operations import PAGE, inspect

BODY = """<script>alert(1)</script><image href="data:,"/><text x="5" y="5" onclick="alert(2)">Hi</text>
<g fill="none"><rect x="10" y="10" width="40" height="30" stroke="red" stroke-width="2"/>
<rect x="10" y="10" width="40" height="30" stroke="red"/><path d="M20 20h10v5" stroke="blue"/>
<path d="M60 60h9" stroke="lime"/><path d="M60 70h20" stroke="black"/></g>
<path d="M15 15h10v10h-10zM17 17h4v4h-4z" fill-rule="evenodd"/>"""
SVG = "{http://www.w3.org/2000/svg}"


def made(folder: Path, reading: Reading | None = None, page: str = PAGE) -> str:
    return inspect(folder, BODY, page, reading=reading or Reading()).sheet()


def read_back(folder: Path, text: str, ending: str) -> dict[str, Any]:
    path = folder / f"sheet.{ending}"
    path.write_text(text, encoding="utf-8")
    return drawing.inspect(path, path.name).report


def test_it_holds_what_is_burnt_in_the_order_of_burning_and_nothing_else(tmp_path: Path) -> None:
    root = ElementTree.fromstring(made(tmp_path))
    assert [each.get("id") for each in root] == ["engrave", "score", "cut"]
    assert {each.tag for each in root.iter()} == {SVG + "svg", SVG + "g", SVG + "path"}
    names = {name for each in root.iter() for name in each.keys() if not name.startswith("{")}  # noqa: SIM118
    assert names <= {"id", "d", "fill", "stroke", "stroke-width", "fill-rule", "width", "height", "viewBox"}
    assert (root.get("width"), root.get("viewBox")) == ("100mm", "0 0 100 100")


def test_its_lengths_sizes_and_areas_are_those_of_the_drawing(tmp_path: Path) -> None:
    before = {each["operation"]: each for each in inspect(tmp_path, BODY).report["operations"]}
    after = {each["operation"]: each for each in read_back(tmp_path, made(tmp_path), "svg")["operations"]}
    assert after.keys() == {"cut", "score", "engrave"}
    for operation, found in after.items():
        assert found["length_mm"] == pytest.approx(before[operation]["length_mm"], abs=0.01)
        assert found["area_mm2"] == pytest.approx(before[operation]["area_mm2"], abs=0.01)


def test_it_has_the_labs_colours_and_the_makers_meaning(tmp_path: Path) -> None:
    said = {"operations": {"#0000ff": "cut", "#000000": "ignored"}, "without_doubles": True}
    lab = {"#00ff00": "score", "#ff00ff": "cut", "#ff0000": "cut"}
    root = ElementTree.fromstring(made(tmp_path, merged(lab, {}, said)))
    assert [(each.get("id"), each.get("stroke")) for each in root] == [("score", "#00ff00"), ("cut", "#ff00ff")]
    assert len(root[1]) == 2  # the rectangle once, and the line that is blue in the file


def test_a_drawing_without_a_page_makes_a_sheet_as_large_as_itself(tmp_path: Path) -> None:
    root = ElementTree.fromstring(made(tmp_path, page="", reading=merged(member={"operations": {"#00ff00": "cut"}})))
    assert float((root.get("width") or "").removesuffix("mm")) == pytest.approx(70 * 25.4 / 96 + 2, abs=0.01)


def test_as_dxf_it_has_a_layer_for_each_operation_and_stands_upright(tmp_path: Path) -> None:
    text = dxf(made(tmp_path))
    report = read_back(tmp_path, text, "dxf")
    assert report["units"] == "mm"
    assert {each["operation"]: each["length_mm"] for each in report["operations"]} == {
        "cut": pytest.approx(280), "score": pytest.approx(15), "engrave": pytest.approx(20 + 56)
    }  # fmt: skip
    assert {"CUT", "SCORE", "ENGRAVE"} <= set(text.split("\n"))
    assert "\n10\n10.000\n20\n90.000\n" in text  # the corner at 10, 10 from the top of 100 mm
