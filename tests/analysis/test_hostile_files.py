"""Every hostile file ends within the limits, with a report or an error, in words, and others are served on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fabqueue.wording import reader
from tests.analysis.driver import Driver
from tests.support import hostile

# what each must come to: the code of an error, of a finding, or "sound" where nothing may be complained about
EXPECTED = {
    "empty.stl": "file_empty",
    "one_byte.stl": "file_not_stl",
    "header_only.stl": "mesh_nothing_inside",
    "picture.stl": "file_not_stl",
    "words.stl": "file_not_stl",
    "four_billion.stl": "file_stl_count_wrong",
    "counts_too_few.stl": "file_stl_count_wrong",
    "counts_too_many.stl": "file_stl_count_wrong",
    "counts_none.stl": "file_stl_count_wrong",
    "tail.stl": "sound",
    "cut_off.stl": "file_truncated",
    "says_solid.stl": "sound",
    "nan.stl": "mesh_not_finite",
    "infinite.stl": "mesh_not_finite",
    "all_nan.stl": "mesh_not_finite",
    "huge.stl": "mesh_beyond_measure",
    "largest_floats.stl": "mesh_beyond_measure",
    "tiny.stl": "mesh_too_small",
    "far_away.stl": "sound",
    "all_zero.stl": "mesh_no_volume",
    "flat.stl": "mesh_no_volume",
    "one_triangle.stl": "mesh_no_volume",
    "random_soup.stl": "mesh_no_volume",
    "tall_slivers.stl": "mesh_no_volume",
    "fan.stl": "mesh_no_volume",
    "many_bodies.stl": "mesh_several_pieces",
    "too_many_triangles.stl": "mesh_too_many_triangles",
    "text_no_end.stl": "sound",
    "text_same_200k.stl": "mesh_no_volume",
    "text_cut_off.stl": "mesh_open_edges",
    "text_words.stl": "file_bad_number",
    "text_nan.stl": "mesh_not_finite",
    "text_old_mac.stl": "sound",
    "text_windows.stl": "sound",
    "text_capitals.stl": "sound",
    "text_one_line.stl": "sound",
    "text_nothing.stl": "mesh_nothing_inside",
    "text_endless_name.stl": "file_not_stl",
    "not_a_zip.3mf": "file_not_3mf",
    "empty_zip.3mf": "file_not_3mf",
    "zip_bomb.3mf": "file_zip_bomb",
    "many_members.3mf": "file_zip_bomb",
    "component_bomb.3mf": "file_component_bomb",
    "component_chain.3mf": "file_component_bomb",
    "component_loop.3mf": "file_component_bomb",
    "missing_object.3mf": "file_3mf_object_missing",
    "no_build.3mf": "mesh_nothing_inside",
    "wrong_index.3mf": "file_3mf_attribute",
    "no_number.3mf": "file_3mf_attribute",
    "nan_transform.3mf": "file_3mf_attribute",
    "bad_xml.3mf": "file_bad_xml",
    "entities.3mf": "file_xml_doctype",
    "outside_entity.3mf": "file_xml_doctype",
    "deep.3mf": "file_xml_too_deep",
    "no_faces.obj": "mesh_nothing_inside",
    "wrong_index.obj": "file_not_obj",
    "zero_index.obj": "mesh_no_volume",
    "words.obj": "file_not_obj",
    "binary.obj": "file_not_obj",
    "endless_line.obj": "file_not_obj",
    "many_lines.obj": "file_too_many_lines",
    "names_files.obj": "mesh_no_volume",
}

STOPPED = {"analysis_failed", "analysis_crashed", "analysis_too_long", "analysis_too_much_memory", "analysis_cut_short"}
STOPPED |= {"analysis_too_much_output"}


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    hostile.write_all(folder)
    return folder


def test_every_hostile_mesh_has_its_expected_end_here() -> None:
    assert set(EXPECTED) == set(hostile.MESHES)


@pytest.mark.parametrize("name", hostile.CASES)
def test_a_hostile_file_gets_a_report_or_an_error_within_the_limits(
    warm: Driver, files: Path, tmp_path: Path, name: str
) -> None:
    found = warm.run(files / name, tmp_path)
    told = _told(found)
    assert told, "neither a finding nor an error"
    for code, values in told:
        assert reader().say(code, values)
        reader().advice(code, values)
    assert not STOPPED & {code for code, _ in told}
    if name in EXPECTED:
        _check_end(found, EXPECTED[name])


def _told(found: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every code with its values: the error's, or those of findings and of the estimates' reasons."""
    if "error" in found:
        return [(found["error"]["code"], found["error"]["values"])]
    reasons = [reason for each in found["estimates"] for reason in each["reasons"]]
    return [(each["code"], each["values"]) for each in [*found["report"]["findings"], *reasons]]


def _check_end(found: Mapping[str, Any], expected: str) -> None:
    if expected == "sound":
        assert {each["severity"] for each in found["report"]["findings"]} == {"ok"}
        assert found["report"]["extents_mm"] == [20, 20, 20]
        assert found["estimates"][0]["seconds"]["expected"] > 100
    else:
        assert expected in {code for code, _ in _told(found)}


def test_the_next_file_is_served_after_a_hostile_one(warm: Driver, files: Path, tmp_path: Path) -> None:
    warm.run(files / "random_soup.stl", tmp_path)
    assert warm.run(files / "says_solid.stl", tmp_path)["report"]["volume_mm3"] == pytest.approx(8000)


def test_a_name_never_leads_out_of_the_folder(warm: Driver, files: Path, tmp_path: Path) -> None:
    found = warm.run(files / "says_solid.stl", tmp_path)
    assert {Path(each).parent for each in found["files"].values()} == {tmp_path}
    assert {each.name for each in tmp_path.iterdir()} == {"picture.webp", "preview.glb"}
