"""What `machine.toml` says of a laser: how it moves, its colours, and how it burns each material."""

import shutil
from pathlib import Path

import pytest

from printers import profiles
from printers.lasers import OPERATIONS, Laser
from printers.profiles import Kind, ProfileError

LASER = profiles.builtin()["laser-600"]


def test_the_builtin_laser_is_there() -> None:
    assert (LASER.kind, LASER.sliced, LASER.bed_mm) == (Kind.LASER, False, (600, 400, 50))
    assert LASER.laser == Laser(
        (600, 400), most_power=1000, speed_most_mm_s=300, rapid_mm_s=300, acceleration_mm_s2=2000
    )
    assert not LASER.colours  # the lab's own count
    assert set(LASER.materials) == {"poplar-3", "poplar-4", "acrylic-3", "cardboard-2", "mdf-3"}


@pytest.mark.parametrize("material", LASER.materials.values(), ids=lambda each: each.slug)
def test_each_material_is_cut_scored_and_engraved(material: profiles.MaterialPreset) -> None:
    assert set(material.laser) == set(OPERATIONS)
    assert material.thickness_mm is not None
    assert 0 < material.laser["cut"].kerf_mm < 0.5
    assert material.laser["cut"].air
    assert material.laser["cut"].speed_mm_s < material.laser["score"].speed_mm_s < material.laser["engrave"].speed_mm_s


def test_printers_have_no_laser() -> None:
    printer = profiles.builtin()["mini-180"]
    assert (printer.laser, printer.colours) == (None, {})
    assert (printer.materials["pla"].laser, printer.materials["pla"].thickness_mm) == ({}, None)


def test_a_laser_may_have_colours_of_its_own(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    machine = folder / "machine.toml"
    machine.write_text(machine.read_text() + '\n[laser.colours]\n"#00ff00" = "cut"\n"#ff0000" = "ignored"\n')
    assert profiles.load(folder).colours == {"#00ff00": "cut", "#ff0000": "ignored"}


def test_a_laser_without_a_table_of_its_own_is_one_that_nobody_drives(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "machine.toml").write_text(
        'title = "Old laser"\nkind = "laser"\nbed_mm = [300, 200, 20]\n'
        '[materials.wood]\ntitle = "Wood"\ndensity_g_cm3 = 1\n'
    )
    profile = profiles.load(folder)
    assert (profile.laser, profile.materials["wood"].laser) == (None, {})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "laser"', 'kind = "other"', 'only a machine of kind "laser"'),
        ("most_power = 1000", "most_power = 999.5", "laser.most_power must be a whole number"),
        ("most_power = 1000", "most_powr = 1000", "laser: most_powr is not known here"),
        ("rapid_mm_s = 300", "rapid_mm_s = 0", "laser.rapid_mm_s must be a positive number"),
        ("junction_mm = 0.01", 'colours = { "#FF0000" = "cut" }', "written as"),
        ("junction_mm = 0.01", 'colours = { "#ff0000" = "drill" }', "must be one of engrave, score, cut, ignored"),
        ("junction_mm = 0.01", "colours = 5", "colours is not a table"),
        ("thickness_mm = 3\n", "", "thickness_mm must be a positive number"),
        ("speed_mm_s = 18", "speed = 18", "cut: speed is not known here"),
        ("speed_mm_s = 18, ", "", "cut.speed_mm_s is missing"),
        ("speed_mm_s = 18", "speed_mm_s = 301", "cut.speed_mm_s must be at most 300"),
        ("power_percent = 65", "power_percent = 101", "cut.power_percent must be at most 100"),
        ("power_percent = 65", 'power_percent = "65"', "cut.power_percent must be a positive number"),
        ("kerf_mm = 0.2", "passes = 1.5", "cut.passes must be a whole number"),
        ("kerf_mm = 0.2", "passes = 51", "cut.passes must be at most 50"),
        ("kerf_mm = 0.2", "kerf_mm = -1", "cut.kerf_mm must be a positive number"),
        ("interval_mm = 0.1", "interval_mm = 0.001", "interval_mm must be at least 0.01"),
        ("air = false", "air = 0", "score.air must be true or false"),
        ("score = {", "mark = {", "materials.poplar-3: mark is not known here"),
        ("cut = { power_percent = 65, speed_mm_s = 18, kerf_mm = 0.2 }", "cut = 3", "cut is not a table"),
    ],
)
def test_a_faulty_laser_is_named_with_its_fault(tmp_path: Path, old: str, new: str, words: str) -> None:
    folder = _copy(tmp_path)
    machine = folder / "machine.toml"
    assert old in machine.read_text()
    machine.write_text(machine.read_text().replace(old, new, 1))
    with pytest.raises(ProfileError, match=words):
        profiles.load(folder)


def test_a_material_that_nothing_is_said_of_is_refused(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    machine = folder / "machine.toml"
    machine.write_text(
        machine.read_text() + '\n[materials.felt]\ntitle = "Felt"\nthickness_mm = 3\ndensity_g_cm3 = 0.2\n'
    )
    with pytest.raises(ProfileError, match=r"materials\.felt: say how to engrave or score or cut it"):
        profiles.load(folder)


def _copy(tmp_path: Path) -> Path:
    return shutil.copytree(profiles.HERE / "laser-600", tmp_path / "ours")
