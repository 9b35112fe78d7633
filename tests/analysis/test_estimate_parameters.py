"""What a slicer profile means: defaults, percentages, lists per extruder, automatic widths."""

import math

import pytest

from fabqueue.analysis.estimate.parameters import Parameters


def read(**settings: str) -> Parameters:
    return Parameters.read(settings)


def test_an_empty_profile_has_the_defaults_of_prusaslicer() -> None:
    found = read()
    assert (found.layer_height, found.first_layer_height, found.walls) == (0.3, 0.35, 3)
    assert (found.lines.wall.speed, found.lines.external.speed, found.lines.sparse.speed) == (60, 30, 80)
    assert found.supports is None
    assert found.infill_fraction == pytest.approx(0.2)
    assert found.lines.wall.width == pytest.approx(0.45)
    assert found.lines.top.width == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("key", "base", "line"),
    [
        ("external_perimeter_speed", "perimeter_speed", "external"),
        ("solid_infill_speed", "infill_speed", "solid"),
        ("top_solid_infill_speed", "solid_infill_speed", "top"),
        ("first_layer_speed", "perimeter_speed", "first_layer"),
    ],
)
def test_a_speed_in_percent_is_of_the_right_other_speed(key: str, base: str, line: str) -> None:
    assert getattr(read(**{key: "40%", base: "50"}).lines, line).speed == pytest.approx(20)
    assert getattr(read(**{key: "35", base: "50"}).lines, line).speed == pytest.approx(35)


def test_heights_and_widths_in_percent_are_of_the_layer() -> None:
    found = read(layer_height="0.2", first_layer_height="150%", first_layer_extrusion_width="200%")
    assert found.first_layer_height == pytest.approx(0.3)
    assert found.lines.first_layer.width == pytest.approx(0.6)
    assert read(layer_height="0.2", infill_extrusion_width="300%").lines.sparse.width == pytest.approx(0.6)


def test_a_width_of_zero_is_the_general_one_then_automatic() -> None:
    assert read(extrusion_width="0.5").lines.solid.width == pytest.approx(0.5)
    assert read(nozzle_diameter="0.6").lines.solid.width == pytest.approx(0.675)


def test_lists_per_extruder_are_read_by_their_first_entry() -> None:
    found = read(filament_density="1.27,1.04", machine_max_jerk_x="8,9", retract_lift="0.6,0")
    assert (found.density, found.jerk, found.lift) == (1.27, 8, 0.6)


def test_shells_are_as_thick_as_their_least_thickness() -> None:
    thin = read(layer_height="0.1", top_solid_layers="3", top_solid_min_thickness="0.7", bottom_solid_layers="0")
    assert (thin.top_layers, thin.bottom_layers) == (7, 0)


def test_a_speed_is_held_back_by_flow_machine_and_choice_of_the_slicer() -> None:
    section = (0.45 - 0.2) * 0.2 + math.pi * 0.01
    limited = read(layer_height="0.2", extrusion_width="0.45", infill_speed="200", filament_max_volumetric_speed="8")
    assert limited.lines.sparse.speed == pytest.approx(8 / section, rel=0.001)
    assert read(infill_speed="300", machine_max_feedrate_x="120").lines.sparse.speed == 120
    assert read(infill_speed="0", max_print_speed="70").lines.sparse.speed == 70


def test_an_acceleration_of_zero_is_the_default_one_then_that_of_the_machine() -> None:
    assert read(default_acceleration="900").lines.wall.acceleration == 900
    assert read(perimeter_acceleration="700", default_acceleration="900").lines.wall.acceleration == 700
    assert read(perimeter_acceleration="9000").lines.wall.acceleration == 1500


def test_supports_are_read_only_when_the_slicer_makes_them() -> None:
    wanted = read(support_material="1", support_material_threshold="0", support_material_interface_layers="2")
    assert wanted.supports is not None
    assert (wanted.supports.angle, wanted.supports.interface_layers) == (45, 2)
    assert read(support_material="1", support_material_auto="0").supports is None


def test_supports_are_laid_in_thicker_layers_unless_they_keep_step() -> None:
    thin = {"support_material": "1", "layer_height": "0.1"}
    cases = (({}, 0.3), ({"max_layer_height": "0.25"}, 0.25), ({"support_material_synchronize_layers": "1"}, 0.1))
    for settings, height in cases:
        supports = read(**thin, **settings).supports
        assert supports is not None
        assert supports.layer_height == pytest.approx(height)


def test_profiles_that_share_their_geometry_share_its_key() -> None:
    pla, petg = read(filament_density="1.24"), read(filament_density="1.27", perimeter_speed="30", fill_density="40%")
    assert pla.geometry == petg.geometry
    assert pla.geometry != read(perimeters="4").geometry
    assert pla.geometry != read(layer_height="0.2").geometry
    assert pla.geometry != read(support_material="1").geometry


def test_a_text_that_is_no_number_is_named() -> None:
    with pytest.raises(ValueError, match="layer_height is not a number: 'thick'"):
        read(layer_height="thick")
