"""PrusaSlicer itself, on parts made here: what it makes, and every way it fails."""

import shutil
import zipfile
from math import sqrt
from pathlib import Path

import pytest
import trimesh

from printers import profiles
from printers.limits import Limits, run_limited
from printers.slicer import SLICING, Part, Slicer, SlicerMissing, SlicingError, find

pytestmark = pytest.mark.slicer
PROFILE = profiles.builtin()["marlin-250"]
BED = PROFILE.bed_mm


@pytest.fixture(scope="module")
def slicer() -> Slicer:
    return find()


@pytest.fixture
def gcode(tmp_path: Path) -> Path:
    return tmp_path / "out.gcode"


def box(folder: Path, *sides: float, name: str = "box.stl") -> Path:
    trimesh.creation.box(sides).export(folder / name)
    return folder / name


def refusal(slicer: Slicer, model: Path, gcode: Path, **options: object) -> SlicingError:
    with pytest.raises(SlicingError) as refused:
        slicer.slice(model, gcode, PROFILE.settings("pla"), bed_mm=BED, **options)  # type: ignore[arg-type]
    assert not gcode.exists()
    return refused.value


@pytest.mark.parametrize(
    ("slug", "material"), [(p.slug, m) for p in profiles.builtin().values() if p.sliced for m in p.materials]
)
def test_every_key_of_every_profile_is_kept_by_the_slicer(
    slicer: Slicer, tmp_path: Path, gcode: Path, slug: str, material: str
) -> None:
    profile = profiles.builtin()[slug]
    settings = profile.settings(material)
    toolpath = slicer.slice(box(tmp_path, 20, 20, 5), gcode, settings, bed_mm=profile.bed_mm)
    assert {key: toolpath.settings.get(key) for key in settings} == settings


def test_a_box_becomes_gcode_that_says_what_it_is(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    toolpath = slicer.slice(box(tmp_path, 20, 30, 10), gcode, PROFILE.settings("pla"), bed_mm=BED)
    assert toolpath.slicer == slicer.version()
    assert slicer.version().startswith("PrusaSlicer 2.")
    assert toolpath.layers == 50
    assert toolpath.bounds_mm is not None
    low, high = toolpath.bounds_mm
    assert high[2] == pytest.approx(10, abs=0.01)
    assert 20 < high[0] - low[0] < 40  # with the skirt
    assert (low[0] + high[0]) / 2 == pytest.approx(125, abs=0.1)
    assert toolpath.seconds is not None
    assert 300 < toolpath.seconds < 3000
    assert toolpath.grams is not None
    assert toolpath.filament_mm is not None
    assert toolpath.grams == pytest.approx(toolpath.filament_mm * 2.405 * 1.24 / 1000, rel=0.01)
    assert toolpath.ends_cold
    assert (toolpath.hotend_celsius, toolpath.bed_celsius) == (215, 60)


def test_the_wishes_change_what_is_made(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    wishes = {"layer_height_mm": 0.3, "infill_percent": 40, "walls": 3, "supports": True}
    toolpath = slicer.slice(box(tmp_path, 20, 20, 6), gcode, PROFILE.settings("pla", wishes), bed_mm=BED)
    assert toolpath.layers == 20  # 0.2 and nineteen of 0.3
    kept = [toolpath.settings[key] for key in ("layer_height", "fill_density", "perimeters", "support_material")]
    assert kept == ["0.3", "40%", "3", "1"]


def test_a_part_without_any_gap_is_sliced(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    open_ = slicer.slice(box(tmp_path, 20, 20, 20), gcode, PROFILE.settings("pla"), bed_mm=BED)
    full = slicer.slice(tmp_path / "box.stl", gcode, PROFILE.settings("pla", {"infill_percent": 100}), bed_mm=BED)
    assert full.grams is not None
    assert open_.grams is not None
    assert full.grams == pytest.approx(8 * 1.24, rel=0.06)
    assert full.grams > 2 * open_.grams


def test_a_pose_turns_the_part(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    half = sqrt(0.5)
    model = box(tmp_path, 20, 30, 10)
    on_its_side = slicer.slice(model, gcode, PROFILE.settings("pla"), bed_mm=BED, pose=(half, half, 0, 0))
    assert on_its_side.bounds_mm is not None
    assert on_its_side.bounds_mm[1][2] == pytest.approx(30, abs=0.01)
    on_its_end = slicer.slice(model, gcode, PROFILE.settings("pla"), bed_mm=BED, pose=(half, 0, half, 0))
    assert on_its_end.bounds_mm is not None
    assert on_its_end.bounds_mm[1][2] == pytest.approx(20, abs=0.01)


@pytest.mark.parametrize("pose", [(0.3, -0.5, 0.7, 0.2), (0.6, 0.5, -0.4, 0.3), (0.5, 0.5, 0.5, 0.5)])
def test_a_pose_means_the_same_turn_as_everywhere(
    slicer: Slicer, tmp_path: Path, gcode: Path, pose: tuple[float, float, float, float]
) -> None:
    mesh = trimesh.creation.box((14, 22, 9))
    mesh.export(tmp_path / "box.stl")
    mesh.apply_transform(trimesh.transformations.quaternion_matrix(pose))
    settings = PROFILE.settings("pla") | {"skirts": "0", "elefant_foot_compensation": "0"}
    toolpath = slicer.slice(tmp_path / "box.stl", gcode, settings, bed_mm=BED, pose=pose)
    assert toolpath.bounds_mm is not None
    low, high = toolpath.bounds_mm
    wide, deep, tall = mesh.extents
    assert high[2] == pytest.approx(tall, abs=0.3)
    assert high[0] - low[0] == pytest.approx(wide, abs=1.2)  # a line's width, and the tips between layers
    assert high[1] - low[1] == pytest.approx(deep, abs=1.2)


def test_a_pose_that_is_no_direction_is_refused(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    for pose in ((0.0, 0.0, 0.0, 0.0), (float("nan"), 0.0, 0.0, 1.0)):
        assert refusal(slicer, box(tmp_path, 9, 9, 9), gcode, pose=pose).code == "slicing_pose_unclear"


def test_a_model_in_inches_is_scaled_before_anything_else(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    toolpath = slicer.slice(box(tmp_path, 1, 1, 0.5), gcode, PROFILE.settings("pla"), bed_mm=BED, scale=25.4)
    assert toolpath.bounds_mm is not None
    assert toolpath.bounds_mm[1][2] == pytest.approx(12.7, abs=0.11)
    assert refusal(slicer, box(tmp_path, 20, 20, 20), tmp_path / "x", scale=25.4).code == "slicing_does_not_fit"


def test_copies_share_the_bed(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    one = slicer.slice(box(tmp_path, 20, 20, 5), gcode, PROFILE.settings("pla"), bed_mm=BED)
    four = slicer.slice(tmp_path / "box.stl", gcode, PROFILE.settings("pla"), copies=4, bed_mm=BED)
    assert one.grams is not None
    assert four.grams is not None
    assert four.grams == pytest.approx(4 * one.grams, rel=0.1)


@pytest.mark.parametrize("copies", [1, 3])
def test_a_part_drawn_far_from_the_origin_finds_its_place(
    slicer: Slicer, tmp_path: Path, gcode: Path, copies: int
) -> None:
    drawn = trimesh.creation.box((20, 20, 20))
    drawn.apply_translation((-37.95, 5.09, -20.98))  # as a public calibration cube lies, for which no place was found
    drawn.export(tmp_path / "far.stl")
    toolpath = slicer.slice(tmp_path / "far.stl", gcode, PROFILE.settings("pla"), copies=copies, bed_mm=BED)
    assert toolpath.layers == 100


def test_it_knows_how_many_fit_and_refuses_one_more(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    model = box(tmp_path, 60, 60, 5)
    refused = refusal(slicer, model, gcode, copies=50)
    fitting = int(refused.values["fitting"])
    assert (refused.code, refused.values) == ("slicing_too_many", {"copies": 50, "fitting": fitting})
    assert 6 <= fitting <= 12
    assert refusal(slicer, model, gcode, copies=fitting + 1).code == "slicing_too_many"
    slicer.slice(model, gcode, PROFILE.settings("pla"), copies=fitting, bed_mm=BED)


def test_a_part_larger_than_the_bed_is_refused(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    refused = refusal(slicer, box(tmp_path, 300, 20, 5), gcode)
    assert (refused.code, refused.values) == ("slicing_does_not_fit", {"width_mm": 250, "depth_mm": 210})


def test_a_part_taller_than_the_machine_is_refused(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    refused = refusal(slicer, box(tmp_path, 5, 5, 220), gcode)
    assert refused.code == "slicing_too_tall"
    assert refused.values == {"height_mm": 220, "highest_mm": 210}


def test_a_part_as_wide_as_the_bed_is_made_without_its_skirt(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    toolpath = slicer.slice(box(tmp_path, 249, 20, 1), gcode, PROFILE.settings("pla"), bed_mm=BED)
    assert toolpath.bounds_mm is not None
    assert toolpath.bounds_mm[0][0] > 0
    assert toolpath.settings["skirts"] == "0"


@pytest.mark.parametrize("content", [b"", bytes(84), b"solid x\nendsolid x\n"])
def test_an_empty_model_is_refused(slicer: Slicer, tmp_path: Path, gcode: Path, content: bytes) -> None:
    (tmp_path / "empty.stl").write_bytes(content)
    code = refusal(slicer, tmp_path / "empty.stl", gcode).code
    assert code in {"slicing_model_unreadable", "slicing_nothing_to_print"}


def test_nonsense_is_refused(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    for name in ("noise.stl", "noise.obj", "noise.3mf"):
        (tmp_path / name).write_bytes(bytes(range(256)) * 9)
        assert refusal(slicer, tmp_path / name, gcode).code.startswith("slicing_")


@pytest.mark.parametrize("sides", [(20, 20, 0.05), (0.1, 0.1, 20)])
def test_a_part_too_thin_to_print_is_refused(
    slicer: Slicer, tmp_path: Path, gcode: Path, sides: tuple[float, float, float]
) -> None:
    assert refusal(slicer, box(tmp_path, *sides), gcode).code == "slicing_nothing_to_print"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(SLICING.memory_bytes, 600, 0.3, SLICING.output_bytes), "slicing_took_too_long"),
        (Limits(SLICING.memory_bytes, 1, 600, SLICING.output_bytes), "slicing_took_too_long"),
        (Limits(SLICING.memory_bytes, 600, 600, 100_000), "slicing_output_too_large"),
    ],
)
def test_a_slicer_beyond_its_limits_is_ended(
    slicer: Slicer, tmp_path: Path, gcode: Path, limits: Limits, code: str
) -> None:
    trimesh.creation.icosphere(subdivisions=5, radius=70).export(tmp_path / "ball.stl")
    assert refusal(slicer, tmp_path / "ball.stl", gcode, limits=limits).code == code


def test_a_project_brings_its_shapes_and_none_of_its_settings(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    project = _project(slicer, tmp_path)
    toolpath = slicer.slice(project, gcode, PROFILE.settings("pla"), bed_mm=BED)
    text = gcode.read_text()
    same = slicer.slice(tmp_path / "box.stl", gcode, PROFILE.settings("pla"), bed_mm=BED)
    assert toolpath.filament_mm == same.filament_mm
    assert toolpath.layers == 50
    assert toolpath.settings["layer_height"] == "0.2"
    assert (toolpath.settings["perimeters"], toolpath.settings["fill_density"]) == ("2", "15%")
    assert "EVIL" not in text
    assert "M500" not in text


def test_the_same_project_would_rule_a_slicer_that_gets_it_whole(slicer: Slicer, tmp_path: Path) -> None:
    """Shows that the test before this one is about something."""
    project = _project(slicer, tmp_path)
    (tmp_path / "ours.ini").write_text("layer_height = 0.2\n")
    command = [slicer.program, "--load", "ours.ini", "-g", "-o", "whole.gcode", project.name]
    assert run_limited(command, SLICING, tmp_path).returncode == 0
    assert "EVIL" in (tmp_path / "whole.gcode").read_text()


_OF_THE_OBJECT = (
    b'<metadata type="object" key="perimeters" value="6"/><metadata type="object" key="layer_height" value="0.3"/>'
)
_AT_A_HEIGHT = """<?xml version="1.0" encoding="utf-8"?>
<custom_gcodes_per_print_z>
<code print_z="1.2" type="4" extruder="1" color="" extra="M500 ; EVIL" gcode="M500 ; EVIL"/>
<mode value="SingleExtruder"/>
</custom_gcodes_per_print_z>
"""


def _project(slicer: Slicer, folder: Path) -> Path:
    """A 3MF as PrusaSlicer saves it, with print settings, settings for its object and G-code at a height."""
    command = [slicer.program, "--export-3mf", "-o", "plain.3mf", box(folder, 20, 20, 10).name]
    assert run_limited(command, SLICING, folder).returncode == 0
    settings = PROFILE.settings("pla", {"layer_height_mm": 0.3, "walls": 4}) | {"start_gcode": "M500 ; EVIL\\nG28"}
    with zipfile.ZipFile(folder / "plain.3mf") as old, zipfile.ZipFile(folder / "project.3mf", "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "Metadata/Slic3r_PE_model.config":
                content = content.replace(b"<volume", _OF_THE_OBJECT + b"<volume", 1)
                assert _OF_THE_OBJECT in content
            new.writestr(entry.filename, content)
        assert "Metadata/Slic3r_PE_model.config" in new.namelist()
        theirs = "".join(f"; {key} = {value}\n" for key, value in settings.items())
        new.writestr("Metadata/Slic3r_PE.config", theirs)
        new.writestr("Metadata/Prusa_Slicer_custom_gcode_per_print_z.xml", _AT_A_HEIGHT)
    return folder / "project.3mf"


def test_a_packed_bomb_is_refused_before_it_is_unpacked(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "bomb.3mf", "w", zipfile.ZIP_DEFLATED) as bomb,
        bomb.open("3D/3dmodel.model", "w", force_zip64=True) as part,
    ):
        for _ in range(700):
            part.write(bytes(1 << 20))
    assert refusal(slicer, tmp_path / "bomb.3mf", gcode).code == "slicing_model_unreadable"


def test_a_slicer_that_is_not_there_is_named() -> None:
    with pytest.raises(SlicerMissing) as missing:
        find("/nowhere/prusa-slicer")
    assert (missing.value.code, missing.value.values) == ("slicing_no_slicer", {"program": "/nowhere/prusa-slicer"})


def test_a_program_that_is_no_slicer_is_named() -> None:
    with pytest.raises(SlicerMissing):
        find(shutil.which("true")).version()


def test_different_parts_share_a_bed_each_as_it_was_to_lie(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    half = sqrt(0.5)
    flat, tall = box(tmp_path, 40, 30, 10, name="flat.stl"), box(tmp_path, 10, 20, 30, name="tall.stl")
    parts = [Part(flat, 2), Part(tall, pose=(half, half, 0, 0)), Part(tall, scale=0.5)]
    toolpath = slicer.slice_together(parts, gcode, PROFILE.settings("pla"), bed_mm=BED)
    alone = [
        slicer.slice(each.model, gcode, PROFILE.settings("pla"), each.copies, BED, each.pose, scale=each.scale)
        for each in parts
    ]
    assert toolpath.bounds_mm is not None
    assert toolpath.bounds_mm[1][2] == pytest.approx(20, abs=0.01)  # the tall one lies: 20, the halved one stands: 15
    assert toolpath.grams == pytest.approx(sum(each.grams or 0 for each in alone), rel=0.1)
    assert toolpath.seconds is not None
    assert toolpath.seconds < sum(each.seconds or 0 for each in alone)


def test_of_parts_that_do_not_all_fit_it_is_said_how_many_do(slicer: Slicer, tmp_path: Path, gcode: Path) -> None:
    small, large = box(tmp_path, 40, 30, 10, name="small.stl"), box(tmp_path, 200, 150, 2, name="large.stl")
    parts = [Part(small), Part(large), Part(large), Part(small)]
    with pytest.raises(SlicingError) as refused:
        slicer.slice_together(parts, gcode, PROFILE.settings("pla"), bed_mm=BED)
    assert (refused.value.code, refused.value.values) == ("slicing_too_many", {"copies": 4, "fitting": 2})
    assert not gcode.exists()
