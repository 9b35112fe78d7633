"""DXF drawings: geometry by trimesh, colours, layers and units by us."""

import math
from pathlib import Path
from typing import Any

import pytest

from fabqueue.analysis import drawing

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
    ],
)
def test_round_things_have_their_true_length(
    tmp_path: Path, entity: tuple[str, dict[int, Any]], long: float, size: list[float]
) -> None:
    found = report(tmp_path, entity, header=unit(4))
    assert found["operations"][0]["length_mm"] == pytest.approx(long, rel=0.002)
    assert found["size_mm"] == pytest.approx(size, rel=0.002)


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
        {"operation": "cut", "colour": "#ff0000", "paths": 1, "length_mm": pytest.approx(34.142), "area_mm2": 0}
    ]
    assert "drawing_cut_open" not in codes(found)


def test_inserted_blocks_are_drawn(tmp_path: Path) -> None:
    block = "0\nBLOCK\n8\n0\n2\nHole\n70\n0\n10\n0\n20\n0\n0\nCIRCLE\n8\n0\n10\n0\n20\n0\n40\n5\n0\nENDBLK\n"
    insert = ("INSERT", {8: "0", 2: "Hole", 10: 50, 20: 50})
    found = report(tmp_path, insert, LINE, blocks=block, header=unit(4))
    assert sum(work["length_mm"] for work in found["operations"]) == pytest.approx(50 + 10 * math.pi, rel=0.002)


def test_texts_and_unknown_objects_are_pointed_out(tmp_path: Path) -> None:
    words = ("MTEXT", {8: "0", 10: 0, 20: 0, 1: "Hello"})
    hatch = ("HATCH", {8: "0", 10: 0, 20: 0})
    found = report(tmp_path, LINE, words, hatch, header=unit(4))
    values = {finding["code"]: finding["values"] for finding in found["findings"]}
    assert values["drawing_text"] == {"count": 1}
    assert values["drawing_entities_skipped"] == {"count": 1, "kinds": ["hatch"]}
