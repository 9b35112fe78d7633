"""What an estimate needs to know of a slicer profile.

Read from a mapping of PrusaSlicer keys to their texts. A missing key has PrusaSlicer's own default, so a
sparse profile means here what it means to the slicer.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from fabqueue.analysis.estimate.settings import Settings

UNMODELLED = ("spiral_vase", "raft_layers", "ironing", "support_material_enforce_layers")
"""Settings that change a print much and that the estimate does not follow."""
THICKEST = 0.75
"""Part of the nozzle diameter that a layer is thick at most, unless the profile says otherwise."""
THREAD_GAP = 0.05
"""Distance in mm that the slicer leaves between the threads of a bridge."""
ROUND_END = 1 - math.pi / 4
"""An extruded line is a rectangle with round ends: it is this part of a layer height narrower in effect."""


@dataclass(frozen=True)
class Line:
    """One kind of extruded line: width in mm, speed in mm/s, acceleration in mm/s²."""

    width: float
    speed: float
    acceleration: float

    def spacing(self, layer_height: float) -> float:
        """Distance in mm between neighbouring lines that fill a layer of `layer_height` mm without gaps."""
        return max(self.width - layer_height * ROUND_END, 0.05)

    def section(self, layer_height: float) -> float:
        """Area in mm² of the cross section of the line in a layer of `layer_height` mm."""
        return self.spacing(layer_height) * layer_height


@dataclass(frozen=True)
class Thread(Line):
    """A line that hangs in the air: round, `width` mm thick."""

    def spacing(self, layer_height: float) -> float:
        """Threads lie a little apart."""
        return self.width + THREAD_GAP

    def section(self, layer_height: float) -> float:
        return math.pi / 4 * self.width**2


@dataclass(frozen=True)
class Lines:
    """The kinds of line a part is made of; `first_layer` caps the speed of all of them on the bed."""

    external: Line
    wall: Line
    sparse: Line
    solid: Line
    top: Line
    bridge: Line
    first_layer: Line


@dataclass(frozen=True)
class Supports:
    """How supports are made: angle in degrees from the horizontal below which a surface is held up.

    `layer_height` (mm) of the sparse part, which may be thicker than the layers of the part,
    `spacing` (mm) between sparse lines, `interface_layers` (count) with `interface_spacing` (mm) under the part.
    """

    angle: float
    layer_height: float
    spacing: float
    interface_layers: int
    interface_spacing: float
    line: Line
    interface: Line


@dataclass(frozen=True)
class Geometry:
    """The part of the parameters that measuring depends on; equal ones share one measurement. Lengths in mm."""

    layer_height: float
    first_layer_height: float
    wall_band: float
    overlap: float
    top_layers: int
    bottom_layers: int
    smallest_sparse_area: float
    support_angle: float | None


@dataclass(frozen=True)
class Parameters:
    """One slicer profile as the estimate sees it. Lengths in mm, speeds in mm/s, accelerations in mm/s²."""

    layer_height: float
    first_layer_height: float
    walls: int
    top_layers: int
    bottom_layers: int
    infill_fraction: float
    infill_pattern: str
    infill_overlap: float
    smallest_sparse_area: float
    lines: Lines
    supports: Supports | None
    travel_speed: float
    travel_acceleration: float
    jerk: float
    lift: float
    lift_speed: float
    lift_acceleration: float
    retract_seconds: float
    cooling_seconds: float
    cooling_speed: float
    skirts: int
    skirt_distance: float
    brim_width: float
    flow: float
    density: float
    unmodelled: bool

    @classmethod
    def read(cls, settings: Mapping[str, str]) -> "Parameters":
        """Parameters of merged PrusaSlicer `settings`; the densities and speeds are those of the first extruder.

        Raises ValueError when a text that is needed is not a number.
        """
        return _Reading(Settings(settings)).parameters()

    def grams(self, volume: float) -> float:
        """Mass of lines that fill `volume` mm³; the density is in g/cm³."""
        return volume * self.flow * self.density / 1000

    @property
    def geometry(self) -> Geometry:
        """The key under which a measurement may be shared by several parameter sets."""
        return Geometry(
            layer_height=self.layer_height,
            first_layer_height=self.first_layer_height,
            wall_band=self.walls * self.lines.external.spacing(self.layer_height),
            overlap=self.infill_overlap,
            top_layers=self.top_layers,
            bottom_layers=self.bottom_layers,
            smallest_sparse_area=self.smallest_sparse_area,
            support_angle=self.supports.angle if self.supports else None,
        )


class _Reading:
    """Turns settings into parameters: what is relative to what follows PrusaSlicer's PrintConfig.cpp and Flow.cpp."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.nozzle = settings.number("nozzle_diameter")
        self.height = settings.number("layer_height")
        self.first_height = settings.relative("first_layer_height", self.height)

    def parameters(self) -> Parameters:
        number, whole = self.settings.number, self.settings.whole
        fraction = self.settings.relative("fill_density", 1.0)
        return Parameters(
            layer_height=self.height,
            first_layer_height=self.first_height,
            walls=whole("perimeters"),
            top_layers=self._shell("top"),
            bottom_layers=self._shell("bottom"),
            infill_fraction=min(max(fraction, 0.0), 1.0),
            infill_pattern=self.settings.text("fill_pattern"),
            infill_overlap=self.settings.relative("infill_overlap", self._width("perimeter_extrusion_width")),
            smallest_sparse_area=number("solid_infill_below_area"),
            lines=self._lines(),
            supports=self._supports(),
            travel_speed=self._machine_speed(number("travel_speed")),
            travel_acceleration=self._acceleration("travel_acceleration", "machine_max_acceleration_travel"),
            jerk=min(number("machine_max_jerk_x"), number("machine_max_jerk_y")),
            lift=number("retract_lift"),
            lift_speed=number("machine_max_feedrate_z"),
            lift_acceleration=number("machine_max_acceleration_z"),
            retract_seconds=self._retract_seconds(),
            cooling_seconds=number("slowdown_below_layer_time") if whole("cooling") else 0.0,
            cooling_speed=max(number("min_print_speed"), 1.0),
            skirts=whole("skirts"),
            skirt_distance=number("skirt_distance"),
            brim_width=0.0 if self.settings.text("brim_type") == "no_brim" else number("brim_width"),
            flow=number("extrusion_multiplier"),
            density=number("filament_density") or 1.24,
            unmodelled=any(number(key) > 0 for key in UNMODELLED),
        )

    def _lines(self) -> Lines:
        line, speed = self._line, self._speed
        wall_speed, infill_speed = speed("perimeter_speed", 0), speed("infill_speed", 0)
        solid_speed = speed("solid_infill_speed", infill_speed)
        wall, infill = "perimeter_acceleration", "infill_acceleration"
        return Lines(
            external=line("external_perimeter", speed("external_perimeter_speed", wall_speed), wall),
            wall=line("perimeter", wall_speed, wall),
            sparse=line("infill", infill_speed, infill),
            solid=line("solid_infill", solid_speed, infill),
            top=line("top_infill", speed("top_solid_infill_speed", solid_speed), infill),
            bridge=self._bridge(line("solid_infill", speed("bridge_speed", 0), "bridge_acceleration")),
            first_layer=line("first_layer", speed("first_layer_speed", wall_speed), "first_layer_acceleration"),
        )

    def _bridge(self, line: Line) -> Line:
        if not self.settings.whole("thick_bridges"):
            return line
        thick = self.nozzle * math.sqrt(self.settings.number("bridge_flow_ratio"))
        return Thread(thick, line.speed, line.acceleration)

    def _supports(self) -> Supports | None:
        settings = self.settings
        if not (settings.whole("support_material") and settings.whole("support_material_auto")):
            return None
        speed = self._speed("support_material_speed", 0)
        layers = settings.whole("support_material_interface_layers")
        return Supports(
            # 0 asks the slicer to find overhangs by the width of its walls, which is near 45 degrees
            angle=settings.number("support_material_threshold") or 45.0,
            layer_height=self._support_height(),
            spacing=max(settings.number("support_material_spacing"), 0.1),
            interface_layers=max(layers, 0),
            interface_spacing=settings.number("support_material_interface_spacing"),
            line=self._line("support_material", speed, "default_acceleration"),
            interface=self._line(
                "support_material", self._speed("support_material_interface_speed", speed), "default_acceleration"
            ),
        )

    def _support_height(self) -> float:
        """Layers of supports are as thick as the nozzle can lay them, unless they have to keep step with the part."""
        if self.settings.whole("support_material_synchronize_layers"):
            return self.height
        highest = self.settings.number("max_layer_height") or THICKEST * self.nozzle
        return max(self.height, highest)

    def _line(self, kind: str, speed: float, acceleration: str) -> Line:
        width = self._width(f"{kind}_extrusion_width")
        area = max(width - self.height * ROUND_END, 0.05) * self.height
        flow = self._volumetric_limit()
        return Line(width, min(self._machine_speed(speed), flow / area), self._acceleration(acceleration))

    def _width(self, key: str) -> float:
        """Width in mm of a kind of line; a percentage is of the layer height, 0 means the general or an own choice."""
        height = self.first_height if key.startswith("first_layer") else self.height
        for name in (key, "extrusion_width"):
            if width := self.settings.relative(name, height):
                return width
        return self.nozzle * (1.0 if key.startswith(("support", "top")) else 1.125)

    def _speed(self, key: str, whole: float) -> float:
        """Speed in mm/s, a percentage being of `whole`; 0 asks the slicer to choose, up to its allowed highest."""
        return self.settings.relative(key, whole) or self.settings.number("max_print_speed")

    def _machine_speed(self, speed: float) -> float:
        limits = [self.settings.number(f"machine_max_feedrate_{axis}") for axis in "xy"]
        return min([speed, *(limit for limit in limits if limit > 0)])

    def _acceleration(self, key: str, limit: str = "machine_max_acceleration_extruding") -> float:
        wanted = self.settings.number(key) or self.settings.number("default_acceleration")
        limits = [self.settings.number(name) for name in (limit, "machine_max_acceleration_x")]
        return min([value for value in [wanted, *limits] if value > 0], default=1500.0)

    def _volumetric_limit(self) -> float:
        limits = [self.settings.number(f"{name}max_volumetric_speed") for name in ("", "filament_")]
        return min([limit for limit in limits if limit > 0], default=math.inf)

    def _shell(self, side: str) -> int:
        """Solid layers at the top or bottom: the count, or as many as make up the least thickness."""
        count = self.settings.whole(f"{side}_solid_layers")
        thickness = self.settings.number(f"{side}_solid_min_thickness")
        return max(count, math.ceil(thickness / self.height - 1e-9)) if count else 0

    def _retract_seconds(self) -> float:
        """Seconds of one retraction and its return."""
        length, speed = self.settings.number("retract_length"), self.settings.number("retract_speed")
        back = self.settings.number("deretract_speed") or speed
        return length / speed + length / back if speed > 0 else 0.0
