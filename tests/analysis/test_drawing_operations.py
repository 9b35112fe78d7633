"""What a drawing asks the laser to do: operations, areas, and what its maker should look at."""

from pathlib import Path
from typing import Any

import pytest

from fabqueue.analysis import drawing, readings
from fabqueue.analysis.drawing import Operation
from fabqueue.analysis.readings import INKS
from tests.analysis.test_drawing_sizes import HEAD

PAGE = 'width="100mm" height="100mm" viewBox="0 0 100 100"'


def inspect(folder: Path, body: str, attributes: str = PAGE, **asked: Any) -> drawing.DrawingResult:
    path = folder / "drawing.svg"
    path.write_text(f"<svg {HEAD} {attributes}>{body}</svg>", encoding="utf-8")
    if (colours := asked.pop("colours", None)) is not None:
        asked["reading"] = drawing.Reading(colours)
    return drawing.inspect(path, path.name, **asked)


def codes(found: drawing.DrawingResult) -> dict[str, dict[str, Any]]:
    return {finding["code"]: finding["values"] for finding in found.report["findings"]}


def without_places(found: drawing.DrawingResult) -> dict[str, dict[str, Any]]:
    return {code: {name: each for name, each in values.items() if name != "places"}
            for code, values in codes(found).items()}  # fmt: skip


GRADIENT = '<linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>'


def line(colour: str, y: float = 5) -> str:
    return f'<path d="M0 {y}H10V{y + 5}H0Z" fill="none" stroke="{colour}"/>'


@pytest.mark.parametrize(
    ("colour", "operation"),
    [
        ("red", "cut"),
        ("#F00", "cut"),
        ("rgb(255, 0, 0)", "cut"),
        ("#ed1c24", "cut"),
        ("blue", "score"),
        ("hsl(240, 100%, 50%)", "score"),
        ("black", "engrave"),
        ("#101010", "engrave"),
        ("#231f20", "engrave"),
        ("#1d1d1b", "engrave"),
        ("#2b2a29", "engrave"),
        ("#e30613", "cut"),
        ("#e20613", "cut"),
        ("#e31e24", "cut"),
        ("#e60012", "cut"),
        ("#2e3192", "score"),
        ("#312783", "score"),
        ("#1d2088", "score"),
        ("#ff6600", "ignored"),
        ("#ff4500", "ignored"),
        ("#e94e1b", "ignored"),
        ("#f15a24", "ignored"),
        ("#f7941d", "ignored"),
        ("#be1e2d", "ignored"),
        ("#ec008c", "ignored"),
        ("#e6007e", "ignored"),
        ("#662d91", "ignored"),
        ("#92278f", "ignored"),
        ("#800080", "ignored"),
        ("#000080", "ignored"),
        ("#0071bc", "ignored"),
        ("#00a651", "ignored"),
        ("#333333", "ignored"),
        ("#3c3c3b", "ignored"),
        ("#58595b", "ignored"),
        ("#ff00ff", "ignored"),
        ("#a00000", "ignored"),
        ("#0000a0", "ignored"),
        ("#00ffff", "ignored"),
        ("lime", "ignored"),
        ("#800000", "ignored"),
        ("white", "ignored"),
        ("url(#g)", "ignored"),
    ],
)
def test_a_colour_stands_for_an_operation(tmp_path: Path, colour: str, operation: str) -> None:
    (work,) = inspect(tmp_path, GRADIENT + line(colour)).report["operations"]
    assert (work["operation"], work["paths"], work["length_mm"]) == (operation, 1, pytest.approx(30))


def test_a_lab_may_have_other_colours(tmp_path: Path) -> None:
    colours = {"#00ff00": Operation.CUT}
    found = inspect(tmp_path, line("lime") + line("red"), colours=colours).report["operations"]
    assert [work["operation"] for work in found] == ["cut", "ignored"]


def test_an_exact_colour_goes_before_a_near_one_and_the_nearest_before_others(tmp_path: Path) -> None:
    colours = {"#ff0000": Operation.CUT, "#fa0000": Operation.SCORE}
    body = line("#fa0000") + line("#ff0000", 20) + line("#fb0000", 40) + line("#fe0000", 60)
    found = {
        work["colour"]: work["operation"] for work in inspect(tmp_path, body, colours=colours).report["operations"]
    }
    assert found == {"#fa0000": "score", "#ff0000": "cut", "#fb0000": "score", "#fe0000": "cut"}


def test_without_any_colours_nothing_is_burnt(tmp_path: Path) -> None:
    (work,) = inspect(tmp_path, line("red"), colours={}).report["operations"]
    assert work["operation"] == "ignored"


def test_what_cuts_must_look_more_alike_than_what_does_not(tmp_path: Path) -> None:
    for operation, expected in ((Operation.CUT, "ignored"), (Operation.SCORE, "score")):
        (work,) = inspect(tmp_path, line("#f15a29"), colours={"#ff0000": operation}).report["operations"]
        assert work["operation"] == expected


def test_ink_counts_as_the_pure_colour_that_a_lab_named_unless_it_named_the_ink(tmp_path: Path) -> None:
    colours = {"#ff0000": Operation.CUT, "#00ff00": Operation.SCORE, "#ed1c24": Operation.ENGRAVE}
    body = line("#ed1c24") + line("#e30613", 20) + line("#00a651", 40) + line("#ec008c", 60)
    found = {
        work["colour"]: work["operation"] for work in inspect(tmp_path, body, colours=colours).report["operations"]
    }
    assert found == {"#ed1c24": "engrave", "#e30613": "cut", "#00a651": "score", "#ec008c": "ignored"}


@pytest.mark.parametrize("near", [colour for inks in INKS.values() for colour in inks])
def test_no_ink_is_near_another_pure_colour(near: str) -> None:
    assert sum(readings.operation(near, {pure: Operation.CUT}) is Operation.CUT for pure in INKS) == 1


def test_a_fill_adds_its_area_and_no_length(tmp_path: Path) -> None:
    body = '<rect width="20" height="10" fill="black" stroke="red"/><rect width="5" height="5"/>'
    found = {work["operation"]: work for work in inspect(tmp_path, body).report["operations"]}
    assert found["cut"]["length_mm"] == pytest.approx(60)
    assert found["cut"]["area_mm2"] == 0
    assert found["engrave"]["length_mm"] == pytest.approx(20)
    assert found["engrave"]["area_mm2"] == pytest.approx(225)
    assert found["engrave"]["paths"] == 2


@pytest.mark.parametrize(
    ("rule", "inner", "area"),
    [
        ("evenodd", "M5 5H15V15H5Z", 300),
        ("nonzero", "M5 5H15V15H5Z", 400),
        ("nonzero", "M5 5V15H15V5Z", 300),
        ("evenodd", "M10 10H30V30H10Z", 600),
    ],
)
def test_holes_follow_the_fill_rule(tmp_path: Path, rule: str, inner: str, area: float) -> None:
    body = f'<path d="M0 0H20V20H0Z{inner}" fill-rule="{rule}"/>'
    (work,) = inspect(tmp_path, body).report["operations"]
    assert work["area_mm2"] == pytest.approx(area)


def test_a_clean_drawing_has_no_findings(tmp_path: Path) -> None:
    assert codes(inspect(tmp_path, line("red"))) == {}


def test_open_cuts_are_pointed_out_unless_their_ends_meet(tmp_path: Path) -> None:
    assert without_places(inspect(tmp_path, '<path d="M10 20H50V60" fill="none" stroke="red"/>')) == {
        "drawing_cut_open": {"count": 1, "x_mm": 10, "y_mm": 20}
    }
    sides = '<line x2="10" stroke="red"/><line x1="10" x2="10" y2="9" stroke="red"/>'
    closed = sides + '<polyline points="0 0, 0 9.05 10,9" fill="none" stroke="red"/>'
    assert codes(inspect(tmp_path, closed)) == {}
    assert "drawing_cut_open" not in codes(inspect(tmp_path, '<path d="M0 0H50" stroke="blue"/>'))


def test_two_open_lines_count_twice(tmp_path: Path) -> None:
    body = '<path d="M0 0H50" stroke="red"/><path d="M0 5H50" stroke="red"/>'
    assert codes(inspect(tmp_path, body))["drawing_cut_open"]["count"] == 2


def test_lines_on_lines_are_counted_in_either_direction(tmp_path: Path) -> None:
    body = line("red") + '<path d="M10 5H0" stroke="blue"/><path d="M0 50L10 60M0 60L10 50" stroke="blue"/>'
    assert without_places(inspect(tmp_path, body))["drawing_lines_double"] == {
        "count": 1,
        "length_mm": pytest.approx(10),
    }


def test_text_pictures_and_links_are_pointed_out(tmp_path: Path) -> None:
    body = line("red") + (
        '<text x="5">Hello</text><text> </text><image href="data:image/png;base64,AA=="/>'
        '<image xlink:href="http://192.0.2.1/x.png"/><use href="other.svg#a"/>'
    )
    found = without_places(inspect(tmp_path, body))
    assert found == {
        "drawing_text": {"count": 1},
        "drawing_image_format": {"count": 1},
        "drawing_image_linked": {"count": 1},
        "drawing_link_outside": {"count": 1},
    }


def test_unknown_colours_and_fills_in_the_cut_colour_are_pointed_out(tmp_path: Path) -> None:
    body = GRADIENT + line("lime") + '<rect y="50" width="5" height="5" fill="red"/>' + line("url(#g)", 30)
    found = without_places(inspect(tmp_path, body))
    assert found["drawing_colours_unknown"] == {"count": 1, "colours": ["#00ff00"], "length_mm": pytest.approx(30)}
    assert found["drawing_cut_filled"] == {"count": 1}
    assert "drawing_paint_not_flat" in found


def test_white_is_left_out_without_a_word(tmp_path: Path) -> None:
    found = inspect(tmp_path, '<rect width="90" height="90" fill="white"/>' + line("red"))
    assert [work["operation"] for work in found.report["operations"]] == ["cut", "ignored"]
    assert codes(found) == {}


def test_a_drawing_without_anything_to_do_is_blocked(tmp_path: Path) -> None:
    for body, code in ((line("lime"), "drawing_nothing_to_do"), ("", "drawing_nothing_visible")):
        blockers = [
            finding["code"]
            for finding in inspect(tmp_path, body).report["findings"]
            if finding["severity"] == "blocker"
        ]
        assert blockers == [code]


def test_a_missing_unit_is_asked_for_and_an_answer_settles_it(tmp_path: Path) -> None:
    pixels = 'width="100" height="100" viewBox="0 0 100 100"'
    asked = inspect(tmp_path, line("red"), pixels)
    assert codes(asked)["drawing_unit_missing"]["width_mm"] == pytest.approx(2.646, abs=0.001)
    assert asked.report["units"] == "px"
    answered = inspect(tmp_path, line("red"), pixels, units="mm")
    assert codes(answered) == {}
    assert answered.report["units"] == "mm"


def test_a_missing_unit_is_asked_for_with_the_sizes_that_may_be_meant(tmp_path: Path) -> None:
    pixels = 'width="720" height="720" viewBox="0 0 720 720"'
    body = '<rect x="10" y="10" width="72" height="36" fill="none" stroke="red"/>'
    wide = {"72dpi": 25.4, "90dpi": 20.32, "96dpi": 19.05, "mm": 72, "in": 1828.8}
    expected = [{"units": unit, "size_mm": pytest.approx([side, side / 2], abs=0.001)} for unit, side in wide.items()]
    assert inspect(tmp_path, body, pixels).report["unit_choices"] == expected
    answered = inspect(tmp_path, body, pixels, units="90dpi").report
    assert answered["unit_choices"] == expected
    assert answered["size_mm"] == pytest.approx([20.32, 10.16], abs=0.001)
    assert inspect(tmp_path, body).report["unit_choices"] == []
    assert inspect(tmp_path, "", pixels).report["unit_choices"] == []


def test_what_lies_beyond_the_page_is_pointed_out(tmp_path: Path) -> None:
    found = codes(inspect(tmp_path, '<path d="M90 0H130V5H90Z" fill="none" stroke="red"/>'))
    assert found["drawing_outside_page"]["over_mm"] == pytest.approx(30)


def test_the_preview_holds_our_own_paths_and_nothing_else(tmp_path: Path) -> None:
    from xml.etree import ElementTree

    body = line("red") + '<script>alert(1)</script><a href="javascript:alert(1)"><rect width="5" height="5"/></a>'
    preview = inspect(tmp_path, body).preview
    root = ElementTree.fromstring(preview)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"svg", "path"}
    assert "alert" not in preview
    assert "href" not in preview
    drawn = [element for element in root.iter() if element.get("class") == "cut"]
    assert [element.get("d") for element in drawn] == ["M0 5L10 5L10 10L0 10L0 5"]
