"""DXF drawings: units, layers, colours, blocks, and the true length of everything that draws a line."""

import math
from pathlib import Path
from typing import Any

import pytest

from fabqueue.analysis import drawing
from fabqueue.analysis.findings import AnalysisError

LINE = ("LINE", {8: "0", 10: 0, 20: 0, 11: 30, 21: 40})


def text(entities: list[tuple[str, dict[int, Any]]], header: str = "", tables: str = "", blocks: str = "") -> str:
    body = "".join(
        f"0\n{kind}\n" + "".join(f"{code}\n{value}\n" for code, value in pairs.items()) for kind, pairs in entities
    )
    parts = {"HEADER": header, "TABLES": tables, "BLOCKS": blocks, "ENTITIES": body}
    return "".join(f"0\nSECTION\n2\n{name}\n{part}0\nENDSEC\n" for name, part in parts.items()) + "0\nEOF\n"


def report(
    folder: Path, *entities: tuple[str, dict[int, Any]], units: str | None = None, **parts: str
) -> dict[str, Any]:
    path = folder / "drawing.dxf"
    path.write_text(text(list(entities), **parts), encoding="utf-8")
    return drawing.inspect(path, path.name, units).report


def unit(code: int) -> str:
    return f"9\n$INSUNITS\n70\n{code}\n"


def layer(name: str, colour: int, flags: int = 0) -> str:
    return f"0\nLAYER\n2\n{name}\n70\n{flags}\n62\n{colour}\n"


def codes(found: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in found["findings"]}


@pytest.mark.parametrize(("code", "scale"), [(1, 25.4), (4, 1), (5, 10), (6, 1000)])
def test_the_unit_of_the_header_counts(tmp_path: Path, code: int, scale: float) -> None:
    found = report(tmp_path, LINE, header=unit(code))
    assert found["size_mm"] == pytest.approx([30 * scale, 40 * scale])
    assert "drawing_unit_missing" not in codes(found)


def test_without_a_unit_it_is_millimetres_and_asked(tmp_path: Path) -> None:
    found = report(tmp_path, LINE)
    assert found["size_mm"] == pytest.approx([30, 40])
    assert "drawing_unit_missing" in codes(found)
    assert found["unit_choices"] == [
        {"units": unit, "size_mm": pytest.approx([30 * scale, 40 * scale])}
        for unit, scale in {"mm": 1, "cm": 10, "m": 1000, "in": 25.4}.items()
    ]
    assert report(tmp_path, LINE, header=unit(4))["unit_choices"] == []
    answered = report(tmp_path, LINE, units="in")
    assert answered["size_mm"] == pytest.approx([762, 1016])
    assert "drawing_unit_missing" not in codes(answered)


@pytest.mark.parametrize(
    ("entity", "long", "size"),
    [
        (("CIRCLE", {10: 5, 20: 5, 40: 10}), 20 * math.pi, [20, 20]),
        (("ARC", {10: 0, 20: 0, 40: 10, 50: 0, 51: 90}), 5 * math.pi, [10, 10]),
        (("ELLIPSE", {10: 0, 20: 0, 11: 10, 21: 0, 40: 1, 41: 0, 42: 2 * math.pi}), 20 * math.pi, [20, 20]),
        (("ELLIPSE", {10: 0, 20: 0, 11: 10, 21: 0, 40: 1, 41: 0, 42: 6.28318530718}), 20 * math.pi, [20, 20]),
        (("ELLIPSE", {10: 0, 20: 0, 11: 10, 40: 1, 41: 0, 42: math.pi / 2, 230: -1}), 5 * math.pi, [10, 10]),
        (("ARC", {10: 0, 20: 0, 40: 10, 50: 270, 51: 90}), 10 * math.pi, [10, 20]),
        (("ARC", {10: 0, 20: 0, 40: 10, 50: 30, 51: 390}), 20 * math.pi, [20, 20]),
        (("CIRCLE", {10: "2,5", 20: "0", 40: "10,0"}), 20 * math.pi, [20, 20]),
        (("CIRCLE", {10: 5, 20: 5, 40: 10, 210: 1, 220: 0, 230: 0}), 40, [0, 20]),
    ],
)
def test_round_things_have_their_true_length(
    tmp_path: Path, entity: tuple[str, dict[int, Any]], long: float, size: list[float]
) -> None:
    found = report(tmp_path, entity, header=unit(4))
    assert found["operations"][0]["length_mm"] == pytest.approx(long, rel=0.002)
    assert found["size_mm"] == pytest.approx(size, rel=0.002)


def corners(*pairs: tuple[int, Any]) -> str:
    """An entity whose group codes come again."""
    return "".join(f"{code}\n{value}\n" for code, value in pairs)


BULGED = corners((90, 2), (70, 1), (10, 0), (20, 0), (42, 1), (10, 10), (20, 0), (42, 1))
QUARTER = (  # of a circle of radius 10, which only a rational curve can be
    corners((71, 2), *((40, knot) for knot in (0, 0, 0, 1, 1, 1)), *((41, w) for w in (1, math.sqrt(0.5), 1)))
    + corners((10, 10), (20, 0), (30, 0), (10, 10), (20, 10), (30, 0), (10, 0), (20, 10), (30, 0))
)
THROUGH = corners((71, 3), (74, 3), (11, 0), (21, 0), (31, 0), (11, 10), (21, 0), (31, 0), (11, 30), (21, 0), (31, 0))

STRAIGHT = corners((71, 1), *((40, knot) for knot in (0, 0, 1, 1)), (10, 0), (20, 0), (10, 3), (20, 4))


@pytest.mark.parametrize(
    ("kind", "pairs", "long", "size"),
    [
        ("LWPOLYLINE", BULGED, 10 * math.pi, [10, 10]),
        ("LWPOLYLINE", f"{BULGED}210\n0\n220\n0\n230\n-1\n", 10 * math.pi, [10, 10]),
        ("SPLINE", QUARTER, 5 * math.pi, [10, 10]),
        ("SPLINE", THROUGH, 30, [30, 0]),
        ("SPLINE", STRAIGHT, 5, [3, 4]),
    ],
    ids=["bulges", "bulges, mirrored", "rational", "through points", "straight"],
)  # fmt: skip
def test_curves_have_their_true_length(tmp_path: Path, kind: str, pairs: str, long: float, size: list[float]) -> None:
    path = tmp_path / "drawing.dxf"
    path.write_text(text([], header=unit(4)).replace("ENTITIES\n", f"ENTITIES\n0\n{kind}\n8\n0\n{pairs}"))
    found = drawing.inspect(path, path.name).report
    assert found["operations"][0]["length_mm"] == pytest.approx(long, rel=0.001)
    assert found["size_mm"] == pytest.approx(size, abs=0.03)


def test_large_circles_and_small_ones_in_large_units_are_round(tmp_path: Path) -> None:
    large = report(tmp_path, ("CIRCLE", {10: 0, 20: 0, 40: 2000}), header=unit(4))
    assert large["operations"][0]["length_mm"] == pytest.approx(4000 * math.pi, rel=1e-5)
    metres = report(tmp_path, ("CIRCLE", {10: 0, 20: 0, 40: 0.5}), header=unit(6))
    assert metres["operations"][0]["length_mm"] == pytest.approx(1000 * math.pi, rel=1e-4)


def test_mirrored_things_lie_where_they_look_down(tmp_path: Path) -> None:
    mirrored = ("ARC", {10: -50, 20: 0, 40: 10, 50: 90, 51: 270, 210: 0, 220: 0, 230: -1})
    found = report(tmp_path, mirrored, ("LINE", {8: "0", 10: 60, 20: -10, 11: 60, 21: 10}), header=unit(4))
    assert found["size_mm"] == pytest.approx([10, 20])


def test_paper_is_no_part_of_the_drawing(tmp_path: Path) -> None:
    frame = ("LINE", {8: "0", 67: 1, 10: 0, 20: 0, 11: 297, 21: 210})
    assert report(tmp_path, LINE, frame, header=unit(4))["size_mm"] == pytest.approx([30, 40])


def test_nets_of_faces_are_pointed_out(tmp_path: Path) -> None:
    net = [("POLYLINE", {8: "0", 66: 1, 70: 64}), ("VERTEX", {8: "0", 10: 500, 20: 500}), ("SEQEND", {8: "0"})]
    found = report(tmp_path, LINE, *net, header=unit(4))
    assert found["size_mm"] == pytest.approx([30, 40])
    assert "drawing_entities_skipped" in codes(found)


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "drawing.dxf"
    whole = text([LINE, LINE], header=unit(4))
    path.write_text(whole[: whole.rindex("11\n30")], encoding="utf-8")
    with pytest.raises(AnalysisError) as refused:
        drawing.inspect(path, path.name)
    assert refused.value.code == "drawing_broken_dxf"


def test_a_place_that_is_no_number_costs_only_its_line(tmp_path: Path) -> None:
    found = report(tmp_path, LINE, ("LINE", {8: "0", 10: "nan", 20: 0, 11: "here", 21: 9}), header=unit(4))
    assert found["size_mm"] == pytest.approx([30, 40])
    assert "drawing_path_broken" in codes(found)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_signs_within_texts_do_not_shift_it(tmp_path: Path, end: str, mark: bytes) -> None:
    words = ("TEXT", {8: "0", 10: 7, 20: 9, 1: "one\u2028two\x0cthree\x85"})
    path = tmp_path / "drawing.dxf"
    path.write_bytes(mark + text([words, LINE], header=unit(4)).replace("\n", end).encode())
    found = drawing.inspect(path, path.name).report
    assert found["size_mm"] == pytest.approx([30, 40])


@pytest.mark.parametrize(
    ("index", "colour"),
    [(7, "#000000"), (10, "#ff0000"), (11, "#ff7f7f"), (12, "#a50000"), (30, "#ff7f00"), (94, "#007f00"),
     (170, "#0000ff"), (250, "#333333"), (255, "#ffffff")],
)  # fmt: skip
def test_every_colour_of_the_index_is_known(tmp_path: Path, index: int, colour: str) -> None:
    found = report(tmp_path, ("LINE", {8: "0", 62: index, 10: 0, 20: 0, 11: 9, 21: 0}), header=unit(4))
    assert [work["colour"] for work in found["operations"]] == [colour]


def test_any_number_of_colours_is_read(tmp_path: Path) -> None:
    lines = [("LINE", {8: "0", 62: index, 10: 0, 20: index, 11: 9, 21: index}) for index in range(10, 60)]
    assert report(tmp_path, *lines, header=unit(4))["size_mm"] == pytest.approx([9, 49])


def test_colours_come_from_the_entity_else_from_its_layer(tmp_path: Path) -> None:
    tables = layer("cuts", 1) + layer("marks", 5) + layer("off", -1) + layer("frozen", 1, 1)
    found = report(
        tmp_path,
        ("LINE", {8: "cuts", 10: 0, 20: 0, 11: 10, 21: 0}),
        ("LINE", {8: "marks", 10: 0, 20: 0, 11: 20, 21: 0}),
        ("LINE", {8: "marks", 62: 1, 10: 0, 20: 5, 11: 30, 21: 5}),
        ("LINE", {8: "cuts", 420: 0x00FF00, 10: 0, 20: 7, 11: 40, 21: 7}),
        ("LINE", {8: "off", 10: 0, 20: 0, 11: 500, 21: 0}),
        ("LINE", {8: "frozen", 10: 0, 20: 0, 11: 500, 21: 0}),
        ("LINE", {8: "cuts", 60: 1, 10: 0, 20: 0, 11: 500, 21: 0}),
        tables=tables,
        header=unit(4),
    )
    lengths = {work["colour"]: work["length_mm"] for work in found["operations"]}
    assert lengths == pytest.approx({"#ff0000": 40, "#0000ff": 20, "#00ff00": 40})
    assert found["size_mm"][0] == pytest.approx(40)


def test_polylines_of_the_old_kind_stay_whole(tmp_path: Path) -> None:
    corners = [("VERTEX", {8: "cuts", 10: x, 20: y}) for x, y in ((0, 0), (10, 0), (10, 10))]
    entities = [("POLYLINE", {8: "cuts", 66: 1, 70: 1}), *corners, ("SEQEND", {8: "cuts"})]
    found = report(tmp_path, *entities, tables=layer("cuts", 1), header=unit(4))
    assert found["operations"] == [
        {"operation": "cut", "colour": "#ff0000", "meant": "cut", "paths": 1, "length_mm": pytest.approx(34.142),
         "area_mm2": 0}
    ]  # fmt: skip
    assert "drawing_cut_open" not in codes(found)


def block(name: str, *entities: tuple[str, dict[int, Any]], base: tuple[float, float] = (0, 0), flags: int = 0) -> str:
    head = ("BLOCK", {8: "0", 2: name, 70: flags, 10: base[0], 20: base[1]})
    return "".join(f"0\n{kind}\n" + corners(*pairs.items()) for kind, pairs in (head, *entities, ("ENDBLK", {8: "0"})))


HOLE = ("CIRCLE", {8: "0", 10: 0, 20: 0, 40: 5})
BAR = ("LINE", {8: "0", 10: 1, 20: 1, 11: 11, 21: 1})


def test_inserted_blocks_are_drawn(tmp_path: Path) -> None:
    insert = ("INSERT", {8: "0", 2: "HOLE", 10: 50, 20: 50})
    found = report(tmp_path, insert, LINE, blocks=block("Hole", HOLE), header=unit(4))
    assert sum(work["length_mm"] for work in found["operations"]) == pytest.approx(50 + 10 * math.pi, rel=0.002)


@pytest.mark.parametrize(
    ("insert", "long", "size"),
    [
        ({}, 10, [10, 0]),
        ({50: 90}, 10, [0, 10]),
        ({41: 2, 42: 3}, 20, [20, 0]),
        ({41: -1, 50: 90, 210: 0, 220: 0, 230: -1}, 10, [0, 10]),
        ({70: 3, 71: 2, 44: 20, 45: 7}, 60, [50, 7]),
        ({50: 90, 70: 3, 71: 2, 44: 20, 45: 7}, 60, [7, 50]),
    ],
)
def test_inserts_turn_scale_and_repeat_about_the_base(
    tmp_path: Path, insert: dict[int, Any], long: float, size: list[float]
) -> None:
    placed = ("INSERT", {8: "0", 2: "bar", 10: 100, 20: 100, **insert})
    found = report(tmp_path, placed, blocks=block("bar", BAR, base=(1, 1)), header=unit(4))
    assert found["operations"][0]["length_mm"] == pytest.approx(long)
    assert found["size_mm"] == pytest.approx(size, abs=1e-3)


def test_a_block_turns_about_its_base_point(tmp_path: Path) -> None:
    placed = ("INSERT", {8: "0", 2: "bar", 10: 100, 20: 100, 50: 90})
    here = ("LINE", {8: "0", 10: 100, 20: 100, 11: 100, 21: 110})
    found = report(tmp_path, placed, here, blocks=block("bar", BAR, base=(1, 1)), header=unit(4))
    assert found["size_mm"] == pytest.approx([0, 10], abs=1e-3)


def test_blocks_in_blocks_keep_their_layers_and_colours(tmp_path: Path) -> None:
    inner = block(
        "inner",
        ("LINE", {8: "0", 10: 0, 20: 0, 11: 10, 21: 0}),
        ("LINE", {8: "marks", 10: 0, 20: 1, 11: 20, 21: 1}),
        ("LINE", {8: "marks", 62: 0, 10: 0, 20: 2, 11: 40, 21: 2}),
        ("LINE", {8: "off", 10: 0, 20: 3, 11: 500, 21: 3}),
    )
    outer = block("outer", ("INSERT", {8: "0", 62: 3, 2: "inner", 10: 0, 20: 0}))
    found = report(
        tmp_path,
        ("INSERT", {8: "cuts", 2: "outer", 10: 0, 20: 0}),
        ("INSERT", {8: "frozen", 2: "inner", 10: 0, 20: 0}),
        tables=layer("CUTS", 1) + layer("marks", 5) + layer("off", -1) + layer("frozen", 1, 1),
        blocks=inner + outer,
        header=unit(4),
    )
    lengths = {work["colour"]: work["length_mm"] for work in found["operations"]}
    assert lengths == pytest.approx({"#ff0000": 10, "#0000ff": 20, "#00ff00": 40})


def test_a_block_that_holds_itself_or_lies_elsewhere_is_left_out_and_told_of(tmp_path: Path) -> None:
    loop = block("loop", BAR, ("INSERT", {8: "0", 2: "loop", 10: 5, 20: 5}))
    linked = block("linked", flags=4)
    inserts = [("INSERT", {8: "0", 2: name, 10: 0, 20: 0}) for name in ("loop", "linked", "nowhere")]
    found = report(tmp_path, *inserts, blocks=loop + linked, header=unit(4))
    assert found["size_mm"] == pytest.approx([10, 0])
    assert {"drawing_reference_loop", "drawing_link_outside"} <= codes(found)


def test_blocks_that_multiply_are_refused(tmp_path: Path) -> None:
    many = "".join(
        block(f"b{i}", *[("INSERT", {8: "0", 2: f"b{i - 1}", 10: place, 20: i}) for place in range(10)])
        for i in range(1, 9)
    )
    with pytest.raises(AnalysisError) as refused:
        report(tmp_path, ("INSERT", {8: "0", 2: "b8", 10: 0, 20: 0}), blocks=block("b0", BAR) + many)
    assert refused.value.code == "drawing_too_complex"
    with pytest.raises(AnalysisError):
        report(tmp_path, ("INSERT", {8: "0", 2: "b0", 70: 30000, 71: 30000}), blocks=block("b0", BAR))


def test_texts_and_unknown_objects_are_pointed_out(tmp_path: Path) -> None:
    words = ("MTEXT", {8: "0", 10: 7, 20: 9, 1: "Hello"})
    hatch = ("HATCH", {8: "0", 10: 0, 20: 0})
    found = report(tmp_path, LINE, words, hatch, header=unit(4))
    values = {finding["code"]: finding["values"] for finding in found["findings"]}
    assert values["drawing_text"] == {"count": 1, "places": [[7, -9]]}
    assert values["drawing_entities_skipped"] == {"count": 1, "kinds": ["hatch"]}


def test_lines_with_gaps_are_pointed_out(tmp_path: Path) -> None:
    kinds = "".join(f"0\nLTYPE\n2\n{name}\n73\n{parts}\n" for name, parts in (("Continuous", 0), ("HIDDEN2", 2)))
    tables = kinds + layer("folds", 1).replace("62\n1\n", "62\n1\n6\nHidden2\n")
    dashed = [
        ("LINE", {8: "folds", 10: 0, 20: 5, 11: 9, 21: 5}),
        ("LINE", {8: "0", 62: 1, 6: "hidden2", 10: 0, 20: 6, 11: 9, 21: 6}),
    ]
    solid = ("LINE", {8: "folds", 6: "CONTINUOUS", 10: 0, 20: 7, 11: 9, 21: 7})
    found = report(tmp_path, *dashed, solid, LINE, tables=tables, header=unit(4))
    values = {finding["code"]: finding["values"] for finding in found["findings"]}
    assert values["drawing_lines_dashed"] == {"count": 2, "places": [[0, -5], [0, -6]]}


def test_what_is_hidden_is_not_pointed_out(tmp_path: Path) -> None:
    words, hatch = ("MTEXT", {8: "off", 10: 7, 20: 9, 1: "Hello"}), ("HATCH", {8: "off", 10: 0, 20: 0})
    found = report(tmp_path, LINE, words, hatch, tables=layer("off", -1), header=unit(4))
    assert not codes(found) & {"drawing_text", "drawing_entities_skipped"}


def image(layer: str = "0", x: float = 12, y: float = 5) -> tuple[str, dict[int, Any]]:
    return "IMAGE", {8: layer, 100: "AcDbRasterImage", 10: x, 20: y, 11: 0.1, 21: 0, 340: "1F"}


def test_pictures_are_told_of_and_left_out_not_dropped_in_silence(tmp_path: Path) -> None:
    found = report(tmp_path, LINE, image(), image(x=40, y=10), header=unit(4))
    told = {finding["code"]: finding["values"] for finding in found["findings"]}
    assert told["drawing_image_dxf"] == {"count": 2, "places": [[12, -5], [40, -10]]}
    assert [each["problem"] for each in found["images"]] == ["drawing_image_dxf"] * 2
    assert sum(work["paths"] for work in found["operations"]) == 1


def test_a_sheet_of_nothing_but_a_picture_says_why_there_is_nothing(tmp_path: Path) -> None:
    assert {"drawing_image_dxf", "drawing_nothing_visible"} <= codes(report(tmp_path, image(), header=unit(4)))


def test_pictures_in_blocks_are_told_of_where_the_blocks_are_put(tmp_path: Path) -> None:
    def block(name: str, inside: str) -> str:
        return f"0\nBLOCK\n8\n0\n2\n{name}\n70\n0\n10\n0\n20\n0\n{inside}0\nENDBLK\n"

    held = block("LOGO", "0\nIMAGE\n8\n0\n10\n1\n20\n1\n") + block("Frame", "0\nINSERT\n8\n0\n2\nLogo\n10\n3\n20\n3\n")
    empty = block("Other", "0\nCIRCLE\n8\n0\n10\n0\n20\n0\n40\n5\n")
    inserts = [("INSERT", {8: "0", 2: name, 10: at, 20: at}) for at, name in ((50, "frame"), (90, "Other"))]
    found = report(tmp_path, LINE, *inserts, blocks=held + empty, header=unit(4))
    told = {finding["code"]: finding["values"] for finding in found["findings"]}
    assert told["drawing_image_dxf"] == {"count": 1, "places": [[54, -54]]}


def test_a_picture_that_is_switched_off_is_none(tmp_path: Path) -> None:
    found = report(tmp_path, LINE, image("Photo"), tables=layer("Photo", -7), header=unit(4))
    assert "drawing_image_dxf" not in codes(found)
    assert found["images"] == []
