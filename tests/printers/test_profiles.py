"""Machine models read from their folders, and the settings that come out of them."""

import shutil
from pathlib import Path

import pytest

from printers import profiles
from printers.profiles import Kind, ProfileError, SettingError

BUILTIN = profiles.builtin()


def test_the_builtin_models_are_there() -> None:
    big, small, hand = BUILTIN["marlin-250"], BUILTIN["mini-180"], BUILTIN["manual"]
    assert (big.bed_mm, sorted(big.materials)) == ((250, 210, 210), ["petg", "pla"])
    assert (small.bed_mm, sorted(small.materials)) == ((180, 180, 180), ["petg", "pla", "tpu"])
    assert (big.kind, big.nozzle_mm, big.sliced) == (Kind.PRINTER, 0.4, True)
    assert (hand.kind, hand.sliced, hand.settings("wood")) == (Kind.OTHER, False, {})


@pytest.mark.parametrize("profile", [profile for profile in BUILTIN.values() if profile.sliced], ids=lambda p: p.slug)
def test_machine_and_slicer_settings_agree(profile: profiles.Profile) -> None:
    width, depth, height = (f"{side:g}" for side in profile.bed_mm)
    for slug, material in profile.materials.items():
        settings = profile.settings(slug)
        assert settings["bed_shape"] == f"0x0,{width}x0,{width}x{depth},0x{depth}"
        assert settings["max_print_height"] == height
        assert float(settings["nozzle_diameter"]) == profile.nozzle_mm
        assert float(settings["filament_density"]) == material.density
        assert "M104 S0" in settings["end_gcode"]
        assert "M140 S0" in settings["end_gcode"]


def test_a_material_lies_over_the_machine() -> None:
    settings = BUILTIN["mini-180"].settings("tpu")
    assert (settings["retract_length"], settings["temperature"]) == ("1.5", "230")
    assert BUILTIN["mini-180"].settings("pla")["retract_length"] == "3.2"


def test_wishes_lie_over_the_material() -> None:
    wishes = {"layer_height_mm": 0.28, "infill_percent": 35, "walls": 4, "supports": True}
    settings = BUILTIN["marlin-250"].settings("petg", wishes)
    changed = {key for key, value in BUILTIN["marlin-250"].settings("petg").items() if settings[key] != value}
    assert changed == {"layer_height", "fill_density", "perimeters", "support_material"}
    assert settings["layer_height"] == "0.28"
    assert settings["fill_density"] == "35%"


def test_a_wish_that_is_not_expressed_changes_nothing() -> None:
    assert BUILTIN["marlin-250"].settings("pla", {"walls": None}) == BUILTIN["marlin-250"].settings("pla")


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"layer_height_mm": 0.5}, "slicing_setting_out_of_range"),
        ({"layer_height_mm": 0.01}, "slicing_setting_out_of_range"),
        ({"infill_percent": 101}, "slicing_setting_out_of_range"),
        ({"infill_percent": -1}, "slicing_setting_out_of_range"),
        ({"walls": 0}, "slicing_setting_out_of_range"),
        ({"walls": 2.5}, "slicing_setting_unclear"),
        ({"walls": "2"}, "slicing_setting_unclear"),
        ({"walls": True}, "slicing_setting_unclear"),
        ({"layer_height_mm": float("nan")}, "slicing_setting_unclear"),
        ({"supports": 1}, "slicing_setting_unclear"),
        ({"start_gcode": "M500"}, "slicing_setting_unknown"),
    ],
)
def test_a_wish_the_machine_cannot_fulfil_is_refused(wish: dict[str, object], code: str) -> None:
    with pytest.raises(SettingError) as refused:
        BUILTIN["marlin-250"].settings("pla", wish)
    assert refused.value.code == code
    assert refused.value.values["setting"] == next(iter(wish))


def test_an_unknown_material_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        BUILTIN["marlin-250"].settings("gold")


def test_a_labs_own_folder_adds_and_replaces(tmp_path: Path) -> None:
    shutil.copytree(profiles.HERE / "mini-180", tmp_path / "mini-180")
    shutil.copytree(profiles.HERE / "mini-180", tmp_path / "our-printer")
    own = tmp_path / "mini-180" / "machine.toml"
    own.write_text(own.read_text().replace("Small printer", "Repaired printer"))
    found = profiles.available([tmp_path])
    assert sorted(found) == ["laser-600", "manual", "marlin-250", "mini-180", "our-printer"]
    assert found["mini-180"].title.startswith("Repaired")
    assert found["mini-180"].digest != BUILTIN["mini-180"].digest
    assert found["our-printer"].digest == BUILTIN["mini-180"].digest


@pytest.mark.parametrize("name", ["machine.toml", "settings.ini", "pla.ini"])
def test_the_digest_changes_with_every_file(tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(profiles.HERE / "mini-180", tmp_path / "mini-180")
    with (folder / name).open("a") as file:
        file.write("\n# changed\n")
    assert profiles.load(folder).digest != BUILTIN["mini-180"].digest


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "printer"', 'kind = "robot"', "kind must be one of"),
        ("bed_mm = [180, 180, 180]", "bed_mm = [180, 180]", "bed_mm must be three"),
        ("bed_mm = [180, 180, 180]", "bed_mm = [180, 180, inf]", "bed_mm must be three"),
        ("nozzle_mm = 0.4", "nozzle_mm = -1", "nozzle_mm must be a positive"),
        ("density_g_cm3 = 1.24", "density = 1.24", "density_g_cm3 must be a positive"),
        ("walls = [1, 8]", "walls = [8, 1]", "limits.walls must be"),
        ("[materials.tpu]", "[materials.gold]", "gold.ini"),
        ('title = "PLA"', "title = 5", "title is missing"),
        ("bed_mm", "bed_mm = = 3 #", "machine.toml"),
    ],
)
def test_a_faulty_folder_is_named_with_its_fault(tmp_path: Path, old: str, new: str, words: str) -> None:
    folder = shutil.copytree(profiles.HERE / "mini-180", tmp_path / "mini-180")
    machine = folder / "machine.toml"
    assert old in machine.read_text()
    machine.write_text(machine.read_text().replace(old, new, 1))
    with pytest.raises(ProfileError, match=words):
        profiles.load(folder)
