"""PrusaSlicer's own files, and hostile ones, read into presets."""

from pathlib import Path

import pytest

from printers import bundle
from printers.bundle import BundleError

VENDORS = Path("/usr/share/PrusaSlicer/profiles")
ONLY_SEVERAL = {"Jubilee"}
"""Vendors whose every printer has several extruders."""
USER = (
    "[printer:Mine]\nbed_shape = 0x0,200x0,200x180,0x180\nnozzle_diameter = 0.4\nmax_print_height = 190\n"
    "retract_length = 2\nstart_gcode = G28\\nM117 hello\npost_process = /bin/touch x\n"
    "print_host = http://me\nprinthost_apikey = SECRET\n"
    "[print:Fine]\ninherits = 0.2mm\nlayer_height = 0.15\ntravel_speed = 130\n"
    "[filament:PLA]\nfilament_type = PLA\ntemperature = 210\n"
)
WHOLE = "[printer:A]\nretract_length = 2\n"
OTHER = "[printer:Other]\nretract_length = 2\nbed_shape = 0x0,9x0,9x9\nnozzle_diameter = 0.4\n"
"""A printer that can be driven: a file with none is refused whole."""


def by_name(text: str) -> dict[str, bundle.Preset]:
    return {each.name: each for each in bundle.read(text)}


def test_an_exported_bundle_is_read_without_what_would_run_or_reach_a_network() -> None:
    found = by_name(USER)
    mine = found["Mine"]
    assert (mine.code, bundle.bed(mine.keys), mine.dropped) == ("", (200, 180, 190), ["post_process", "print_host"])
    assert not {"post_process", "print_host", "printhost_apikey"} & mine.keys.keys()
    assert "SECRET" not in str(mine)
    assert (found["Fine"].code, found["PLA"].code) == ("", "")


@pytest.mark.parametrize("path", sorted(VENDORS.glob("*.ini")), ids=lambda path: path.stem)
def test_files_of_vendors_are_read(path: Path) -> None:
    text = path.read_text("utf-8")
    if path.stem in ONLY_SEVERAL:
        with pytest.raises(BundleError, match="import_bundle_only_several"):
            bundle.read(text)
        return
    found = bundle.read(text)
    printers = [each for each in found if each.kind == "printer"]
    assert printers
    assert all(each.code or bundle.bed(each.keys) for each in printers)
    known = {"", "import_bundle_resin", "import_bundle_several_nozzles", "import_bundle_harmful",
             "import_bundle_not_whole", "import_bundle_bed"}  # fmt: skip
    assert {each.code for each in found} <= known
    assert any(not each.code for each in found if each.kind == "filament")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[printer:A]\ninherits = B\n[printer:B]\ninherits = A\n", "import_bundle_circle"),
        ("[printer:A]\ninherits = Gone\n", "import_bundle_parent"), ("[printer:A]\nx = 1\n", "import_bundle_not_whole"),
        (WHOLE + "bed_shape = nonsense\nnozzle_diameter = 0.4\n", "import_bundle_bed"),
        (OTHER + "[printer:A]\nbed_shape = 0x0,9x0,9x9\nnozzle_diameter = 0.4,0.4\n", "import_bundle_several_nozzles"),
        (OTHER + "[printer:A]\nprinter_technology = SLA\nbed_shape = 0x0,200x0,200x200\n", "import_bundle_resin"),
        ("[filament:A]\ntemperature = 210\nstart_filament_gcode = G28\\n M997 ; flash\n", "import_bundle_harmful"),
        ("[filament:A]\ntemperature = 210\nend_filament_gcode = M502\\nM500\n", "import_bundle_harmful"),
    ],
)  # fmt: skip
def test_a_preset_that_cannot_be_used_says_why(text: str, code: str) -> None:
    assert by_name(text)["A"].code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "import_bundle_nothing"), ("just words", "import_bundle_nothing"),
     ("[settings]\na = 1\n", "import_bundle_nothing"),
     ("x = " + "y" * 30_000, "import_bundle_too_large"),
     ("".join(f"[printer:{n}]\n" for n in range(6000)), "import_bundle_too_large")],
)  # fmt: skip
def test_what_is_no_bundle_is_refused(text: str, code: str) -> None:
    with pytest.raises(BundleError) as raised:
        bundle.read(text)
    assert raised.value.code == code


def test_one_exported_configuration_and_the_one_inside_gcode_are_read() -> None:
    keys = {"bed_shape": "0x0,200x0,200x180,0x180", "nozzle_diameter": "0.4", "layer_height": "0.2",
            "filament_type": "PLA", "retract_length": "2", "travel_speed": "130", "temperature": "210",
            "printer_settings_id": "Mine"}  # fmt: skip
    plain = "".join(f"{key} = {value}\n" for key, value in keys.items())
    for text in (plain, "G1 X1\n" + "".join(f"; {line}\n" for line in plain.splitlines())):
        found = bundle.read(text)
        assert [(each.kind, each.code) for each in found] == [("printer", ""), ("print", ""), ("filament", "")]
        assert found[0].name == "Mine"
