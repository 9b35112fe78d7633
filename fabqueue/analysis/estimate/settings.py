"""PrusaSlicer settings as numbers: texts, percentages, lists per extruder, and the slicer's own defaults."""

from collections.abc import Mapping

DEFAULTS = {
    # as written by `prusa-slicer --save` of version 2.5; newer keys have the value that means "not set"
    "bottom_solid_layers": "3",
    "bottom_solid_min_thickness": "0",
    "bridge_acceleration": "0",
    "bridge_flow_ratio": "1",
    "bridge_speed": "60",
    "brim_type": "outer_only",
    "brim_width": "0",
    "cooling": "1",
    "default_acceleration": "0",
    "deretract_speed": "0",
    "external_perimeter_extrusion_width": "0",
    "external_perimeter_speed": "50%",
    "extrusion_multiplier": "1",
    "extrusion_width": "0",
    "filament_density": "0",
    "filament_max_volumetric_speed": "0",
    "fill_density": "20%",
    "fill_pattern": "stars",
    "first_layer_acceleration": "0",
    "first_layer_extrusion_width": "200%",
    "first_layer_height": "0.35",
    "first_layer_speed": "30",
    "infill_acceleration": "0",
    "infill_extrusion_width": "0",
    "infill_overlap": "25%",
    "infill_speed": "80",
    "ironing": "0",
    "layer_height": "0.3",
    "machine_max_acceleration_extruding": "1500",
    "machine_max_acceleration_travel": "1500",
    "machine_max_acceleration_x": "9000",
    "machine_max_acceleration_z": "500",
    "machine_max_feedrate_x": "500",
    "machine_max_feedrate_y": "500",
    "machine_max_feedrate_z": "12",
    "machine_max_jerk_x": "10",
    "machine_max_jerk_y": "10",
    "max_layer_height": "0",
    "max_print_speed": "80",
    "max_volumetric_speed": "0",
    "min_print_speed": "10",
    "nozzle_diameter": "0.4",
    "perimeter_acceleration": "0",
    "perimeter_extrusion_width": "0",
    "perimeter_speed": "60",
    "perimeters": "3",
    "raft_layers": "0",
    "retract_length": "2",
    "retract_lift": "0",
    "retract_speed": "40",
    "skirt_distance": "6",
    "skirts": "1",
    "slowdown_below_layer_time": "5",
    "solid_infill_below_area": "70",
    "solid_infill_extrusion_width": "0",
    "solid_infill_speed": "20",
    "spiral_vase": "0",
    "support_material": "0",
    "support_material_auto": "1",
    "support_material_enforce_layers": "0",
    "support_material_extrusion_width": "0",
    "support_material_interface_layers": "3",
    "support_material_interface_spacing": "0",
    "support_material_interface_speed": "100%",
    "support_material_spacing": "2.5",
    "support_material_speed": "60",
    "support_material_synchronize_layers": "0",
    "support_material_threshold": "0",
    "thick_bridges": "1",
    "top_infill_extrusion_width": "0",
    "top_solid_infill_speed": "15",
    "top_solid_layers": "3",
    "top_solid_min_thickness": "0",
    "travel_acceleration": "0",
    "travel_speed": "130",
}


class Settings:
    """Typed reading of a mapping of PrusaSlicer keys; where an extruder list stands, the first one counts."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def text(self, key: str) -> str:
        """The first entry of `key`, or the slicer's default when it is missing or empty."""
        given = self._texts.get(key, "").split(",")[0].strip()
        return given or DEFAULTS[key]

    def number(self, key: str) -> float:
        """The figure of `key`; a percent sign is dropped."""
        try:
            return float(self.text(key).removesuffix("%"))
        except ValueError:
            raise ValueError(f"{key} is not a number: {self.text(key)!r}") from None

    def whole(self, key: str) -> int:
        """The figure of `key` as a count or switch."""
        return int(self.number(key))

    def relative(self, key: str, whole: float) -> float:
        """The figure of `key`; a percentage is taken of `whole`."""
        if self.text(key).endswith("%"):
            return self.number(key) / 100 * whole
        return self.number(key)
