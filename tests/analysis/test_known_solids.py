"""Reports of solids whose figures are known beforehand, in every format."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from fabqueue.analysis.analyse import analyse
from fabqueue.analysis.findings import AnalysisError
from tests.support.hostile import box, mesh_object, model, stl, text_stl, threemf

Report = dict[str, Any]
Write = Callable[..., Report]


@pytest.fixture
def report(tmp_path: Path) -> Write:
    """Writes bytes under a name and reports on them."""

    def write(name: str, content: bytes, units: str | None = None) -> Report:
        path = tmp_path / name
        path.write_bytes(content)
        return analyse(path, name, units).report

    return write


def codes(report: Report, severity: str | None = None) -> set[str]:
    return {each["code"] for each in report["findings"] if severity in (None, each["severity"])}


def values(report: Report, code: str) -> dict[str, Any]:
    return next(each["values"] for each in report["findings"] if each["code"] == code)


def sphere(radius: float = 10) -> np.ndarray:
    return trimesh.creation.icosphere(3, radius).triangles


def test_a_box_has_the_figures_of_a_box(report: Write) -> None:
    found = report("box.stl", stl(box(20, 30, 40, at=(5, 6, 7))))
    assert found["kind"] == "mesh"
    assert found["units"] == "mm"
    assert found["extents_mm"] == [20, 30, 40]
    assert found["volume_mm3"] == pytest.approx(24_000)
    assert found["area_mm2"] == pytest.approx(5_200)
    assert (found["watertight"], found["bodies"], found["triangles"]) == (True, 1, 12)
    assert found["center_mm"] == [15, 21, 27]
    assert found["estimable"] is True


def test_a_sound_part_has_only_good_findings(report: Write) -> None:
    found = report("box.stl", stl(box(20, 30, 40)))
    assert codes(found) == codes(found, "ok")
    assert {"mesh_closed", "mesh_unit_plausible", "mesh_stands_free", "mesh_flat_foot"} <= codes(found)


def test_a_sphere_has_the_figures_of_its_triangles(report: Write) -> None:
    triangles = sphere()
    found = report("ball.stl", stl(triangles))
    reference = trimesh.Trimesh(**trimesh.triangles.to_kwargs(triangles))
    assert found["volume_mm3"] == pytest.approx(reference.volume, rel=1e-5)
    assert found["area_mm2"] == pytest.approx(reference.area, rel=1e-5)
    assert found["watertight"]


def test_a_sphere_rests_badly(report: Write) -> None:
    assert "mesh_small_foot" in codes(report("ball.stl", stl(sphere(20))), "warning")


def test_a_hole_is_counted_and_the_part_still_estimated(report: Write) -> None:
    found = report("holed.stl", stl(sphere()[1:]))
    assert found["watertight"] is False
    assert values(found, "mesh_open_edges") == {"count": 3}
    assert "mesh_closed" not in codes(found)
    assert found["estimable"] is True


def test_a_flat_hole_costs_no_volume(report: Write) -> None:
    lidless = np.delete(box(20, 30, 40, at=(100, 0, 50)), [2, 3], axis=0)
    assert report("lidless.stl", stl(lidless))["volume_mm3"] == pytest.approx(24_000)


def test_corners_a_hair_apart_are_one_corner(report: Write) -> None:
    triangles = box(20, 20, 20)
    triangles[0] += 2e-6
    assert report("hair.stl", stl(triangles))["watertight"] is True


def test_separate_bodies_are_counted(report: Write) -> None:
    found = report("two.stl", stl(np.concatenate([box(10, 10, 10), box(10, 10, 10, at=(30, 0, 0))])))
    assert found["bodies"] == 2
    assert values(found, "mesh_several_pieces") == {"count": 2}


def test_a_body_in_a_body_adds_up(report: Write) -> None:
    found = report("nested.stl", stl(np.concatenate([box(30, 30, 30), box(10, 10, 10, at=(10, 10, 10))])))
    assert found["volume_mm3"] == pytest.approx(28_000)
    assert values(found, "mesh_several_pieces") == {"count": 2}


def test_a_hollow_is_a_cavity_and_no_piece(report: Write) -> None:
    hollow = np.concatenate([box(30, 30, 30), box(10, 10, 10, at=(10, 10, 10))[:, ::-1]])
    found = report("hollow.stl", stl(hollow))
    assert found["volume_mm3"] == pytest.approx(26_000)
    assert (found["bodies"], found["cavities"]) == (2, 1)
    assert "mesh_several_pieces" not in codes(found)
    assert values(found, "mesh_cavities") == {"count": 1}


def test_a_part_turned_inside_out_is_turned_back(report: Write) -> None:
    found = report("inside_out.stl", stl(box(20, 20, 20)[:, ::-1]))
    assert found["volume_mm3"] == pytest.approx(8_000)
    assert "mesh_inside_out" in codes(found, "warning")
    assert "mesh_flat_foot" in codes(found)


def test_single_flipped_faces_are_told(report: Write) -> None:
    triangles = box(20, 20, 20)
    triangles[0] = triangles[0, ::-1]
    assert values(report("flipped.stl", stl(triangles)), "mesh_flipped_faces") == {"count": 3}


def test_bodies_that_share_an_edge_are_told(report: Write) -> None:
    found = report("touching.stl", stl(np.concatenate([box(10, 10, 10), box(10, 10, 10, at=(10, 10, 0))])))
    assert found["watertight"] is False
    assert values(found, "mesh_crowded_edges") == {"count": 1}
    assert "mesh_open_edges" not in codes(found)


def test_triangles_without_area_do_not_open_a_surface(report: Write) -> None:
    lines = np.repeat(box(20, 20, 20)[:2, :1], 3, axis=1)
    found = report("lines.stl", stl(np.concatenate([box(20, 20, 20), lines])))
    assert found["watertight"] is True
    assert values(found, "mesh_faces_without_area") == {"count": 2}


@pytest.mark.parametrize("triangles", [box(20, 20, 0), box(20, 20, 20)[:2]], ids=["flat", "open sheet"])
def test_a_sheet_encloses_no_volume_and_is_blocked(report: Write, triangles: np.ndarray) -> None:
    found = report("sheet.stl", stl(triangles))
    assert found["estimable"] is False
    assert "mesh_no_volume" in codes(found, "blocker")


def test_an_overhang_asks_for_supports(report: Write) -> None:
    table = np.concatenate([box(10, 10, 30, at=(20, 20, 0)), box(50, 50, 5, at=(0, 0, 29))])
    assert values(report("table.stl", stl(table)), "mesh_needs_supports") == {"area_mm2": pytest.approx(2500)}


def test_a_thin_wall_is_measured(report: Write) -> None:
    pytest.importorskip("embreex")
    assert values(report("card.stl", stl(box(50, 0.4, 40))), "mesh_thin_walls")["wall_mm"] == pytest.approx(0.4)


def test_a_thick_wall_is_fine(report: Write) -> None:
    pytest.importorskip("embreex")
    found = report("card.stl", stl(box(50, 3, 40)))
    assert values(found, "mesh_walls_thick_enough")["wall_mm"] == pytest.approx(3)


@pytest.mark.parametrize(
    ("size", "code"),
    [
        ((1.5, 0.75, 2), "mesh_unit_maybe_inches"),
        ((7.0625, 3.125, 2), "mesh_unit_maybe_inches"),
        ((0.08, 0.05, 0.02), "mesh_unit_maybe_metres"),
        ((1500, 200, 20), "mesh_unit_maybe_too_large"),
    ],
)
def test_a_doubtful_unit_is_read_at_face_value_and_flagged(
    report: Write, size: tuple[float, float, float], code: str
) -> None:
    found = report("doubtful.stl", stl(box(*size)))
    assert found["extents_mm"] == pytest.approx(size)
    assert code in codes(found, "warning")


@pytest.mark.parametrize("size", [(7, 3, 2), (12.5, 3, 2), (250, 210, 210), (25.4, 50.8, 10)])
def test_an_ordinary_size_raises_no_doubt(report: Write, size: tuple[float, float, float]) -> None:
    assert "mesh_unit_plausible" in codes(report("plain.stl", stl(box(*size))), "ok")


@pytest.mark.parametrize(("units", "factor"), [("in", 25.4), ("cm", 10), ("m", 1000), ("mm", 1)])
def test_a_unit_that_a_person_named_is_applied(report: Write, units: str, factor: float) -> None:
    found = report("box.stl", stl(box(1, 2, 3)), units)
    assert found["units"] == units
    assert found["extents_mm"] == pytest.approx([factor, 2 * factor, 3 * factor])
    assert "mesh_unit_stated" in codes(found)


def test_an_unknown_unit_is_refused(report: Write) -> None:
    with pytest.raises(AnalysisError) as refused:
        report("box.stl", stl(box(1, 2, 3)), "furlong")
    assert refused.value.code == "file_unit_unknown"


@pytest.mark.parametrize(("height", "code"), [(2500.0, "mesh_too_large"), (0.05, "mesh_too_small")])
def test_an_impossible_size_is_blocked(report: Write, height: float, code: str) -> None:
    found = report("odd.stl", stl(box(height / 2, height / 2, height)))
    assert code in codes(found, "blocker")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", " "])
def test_a_text_stl_reads_as_the_binary_one(report: Write, newline: str) -> None:
    binary, text = report("a.stl", stl(sphere())), report("b.stl", text_stl(sphere(), newline))
    assert text["triangles"] == binary["triangles"]
    assert text["volume_mm3"] == pytest.approx(binary["volume_mm3"], rel=1e-5)
    assert text["watertight"]


def test_a_text_stl_larger_than_a_chunk_is_whole(report: Write) -> None:
    many = np.concatenate([box(1, 1, 1, at=(2 * k, 0, 0)) for k in range(9000)])
    content = text_stl(many, name="9" * 3000)
    assert len(content) > 9_000_000
    found = report("long.stl", content)
    assert (found["triangles"], found["bodies"]) == (108_000, 9000)


@pytest.mark.parametrize(
    ("unit", "factor", "name"),
    [("inch", 25.4, "in"), ("millimeter", 1, "mm"), ("meter", 1000, "m"), ("micron", 0.001, "um")],
)
def test_the_unit_of_a_3mf_is_applied(report: Write, unit: str, factor: float, name: str) -> None:
    found = report("box.3mf", threemf(model(mesh_object(1, box(4, 5, 6)), '<item objectid="1"/>', unit)))
    assert found["extents_mm"] == pytest.approx([4 * factor, 5 * factor, 6 * factor])
    assert found["volume_mm3"] == pytest.approx(120 * factor**3, abs=1e-3)
    assert (found["units"], found["watertight"]) == (name, True)


def test_3mf_components_are_placed_and_turned(report: Write) -> None:
    parts = '<object id="2"><components>'
    parts += '<component objectid="1"/><component objectid="1" transform="0 1 0 -1 0 0 0 0 1 100 0 0"/>'
    parts += "</components></object>"
    found = report("pair.3mf", threemf(model(mesh_object(1, box(10, 20, 30)) + parts, '<item objectid="2"/>')))
    assert found["extents_mm"] == pytest.approx([100, 20, 30])
    assert (found["bodies"], found["triangles"]) == (2, 24)
    assert found["volume_mm3"] == pytest.approx(12_000)


def test_a_mirrored_3mf_part_keeps_its_outside(report: Write) -> None:
    item = '<item objectid="1" transform="-1 0 0 0 1 0 0 0 1 0 0 0"/>'
    found = report("mirror.3mf", threemf(model(mesh_object(1, box(10, 20, 30)), item)))
    assert "mesh_inside_out" not in codes(found)
    assert found["center_mm"][0] == pytest.approx(-5)


def test_only_what_is_to_be_printed_counts_in_a_3mf(report: Write) -> None:
    objects = (
        mesh_object(1, box(10, 10, 10)) + mesh_object(2, box(90, 90, 90)) + mesh_object(3, box(80, 80, 80), "support")
    )
    items = '<item objectid="1"/><item objectid="2" printable="0"/><item objectid="3"/>'
    assert report("some.3mf", threemf(model(objects, items)))["extents_mm"] == [10, 10, 10]


def test_objects_in_other_parts_of_a_3mf_keep_their_ids(report: Write) -> None:
    """Two objects of one outside model: each component gets its own and not both."""
    space = 'xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06"'
    other = model(mesh_object(1, box(10, 10, 10)) + mesh_object(2, box(20, 20, 20)), "")
    parts = (
        f'<object id="9"><components><component {space} p:path="/3D/other.model" objectid="2"/></components></object>'
    )
    found = report("split.3mf", threemf(model(parts, '<item objectid="9"/>'), **{"3D/other.model": other}))
    assert found["extents_mm"] == [20, 20, 20]
    assert found["triangles"] == 12


def test_slicer_settings_in_a_3mf_are_told(report: Write) -> None:
    main = model(mesh_object(1, box(10, 10, 10)), '<item objectid="1"/>')
    found = report("project.3mf", threemf(main, **{"Metadata/Slic3r_PE.config": "; layer_height = 0.05"}))
    assert "file_has_settings" in codes(found, "ok")


def test_an_obj_with_polygons_and_negative_indices_is_read(report: Write) -> None:
    corners = "v 0 0 0\nv 10 0 0\nv 10 20 0\nv 0 20 0\nv 0 0 30\nv 10 0 30\nv 10 20 30\nv 0 20 30\n"
    faces = "f 4 3 2 1\nf 5 6 7 8\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\nf -5 -8 -4 -1\n"
    found = report("box.obj", (corners + faces).encode())
    assert found["extents_mm"] == [10, 20, 30]
    assert found["volume_mm3"] == pytest.approx(6_000)
    assert (found["watertight"], found["triangles"]) == (True, 12)


def test_an_obj_with_texture_seams_is_still_closed(report: Write) -> None:
    corners = "".join(f"v {x} {y} {z}\n" for x, y, z in box(10, 10, 10).reshape(-1, 3))
    faces = "".join(f"f {3 * k + 1}/{k % 2 + 1} {3 * k + 2}/1 {3 * k + 3}/2\n" for k in range(12))
    textured = f"vt 0.5 0.5\nvt 0.1 0.9\n{corners}{faces}"
    assert report("textured.obj", textured.encode())["watertight"] is True


def test_a_report_is_plain_json(report: Write) -> None:
    found = report("box.stl", stl(box(20, 30, 40)))
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_blockers_come_before_warnings_before_the_rest(report: Write) -> None:
    order = ["blocker", "warning", "ok"]
    ranks = [order.index(each["severity"]) for each in report("small.stl", stl(box(0.05, 0.05, 0.05)))["findings"]]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == 3
