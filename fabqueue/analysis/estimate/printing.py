"""From what layers are made of to lengths of line, seconds and volume, layer by layer."""

from dataclasses import dataclass

import numpy as np

from fabqueue.analysis.estimate.constants import Constants
from fabqueue.analysis.estimate.layers import Layer
from fabqueue.analysis.estimate.motion import corner_seconds, hop_seconds, lost_seconds, move_seconds
from fabqueue.analysis.estimate.parameters import Line, Parameters
from fabqueue.analysis.estimate.sections import Floats
from fabqueue.analysis.estimate.supports import Overhangs

SHORTEST_SOLID, SHORTEST_SPARSE = 0.6, 1.0
"""Least mean lengths (mm) of lines of infill."""
SUPPORT_LINE, SUPPORT_TRAVEL = 10.0, 20.0
"""Typical lengths (mm) of a line of support and of the way to the next piece."""


@dataclass(frozen=True)
class Work:
    """What a print takes: `seconds`, and plastic in `grams`."""

    seconds: float
    grams: float

    def __add__(self, other: "Work") -> "Work":
        return Work(self.seconds + other.seconds, self.grams + other.grams)


@dataclass(frozen=True)
class _Strokes:
    """All lines of one kind in each layer: total `length` (mm), mean length of a `piece` (mm) where lines turn."""

    line: Line
    length: Floats
    piece: Floats | None = None


class Printing:
    """The printing of measured `layers` with `parameters`."""

    def __init__(self, layers: list[Layer], parameters: Parameters, constants: Constants) -> None:
        self.parameters, self.constants = parameters, constants
        self.columns = {name: _column(layers, name) for name in Layer.__dataclass_fields__}
        self.first = self.columns["index"] == 0
        self.height = np.where(self.first, parameters.first_layer_height, parameters.layer_height)
        self.chords = self._chords()
        self.walls, self.infill = self._walls(), self._solids()
        self.sparse = self._sparse()
        self.strokes = [*self.walls, *self.infill, self.sparse]

    def part(self) -> Work:
        """The part itself, without skirt, brim and supports."""
        count = self.columns["count"]
        volume = float((self._volume() * count).sum()) * self.constants.volume
        return Work(float((self._seconds() * count).sum()), self.parameters.grams(volume))

    def _volume(self) -> Floats:
        usual = self.parameters.layer_height
        # the first layer has the same lines, squeezed to its own height
        shares = self.height / usual
        volume: Floats = sum((s.length * s.line.section(usual) for s in self.strokes), 0 * shares) * shares
        return volume

    def _chords(self) -> tuple[Floats, Floats]:
        constants, columns = self.constants, self.columns
        solid = np.maximum(columns["solid_chord"] * constants.solid_chord, SHORTEST_SOLID)
        return solid, np.maximum(columns["sparse_chord"] * constants.sparse_chord, SHORTEST_SPARSE)

    def _walls(self) -> list[_Strokes]:
        lines, height = self.parameters.lines, self.parameters.layer_height
        area = np.maximum(self.columns["area"] - self.columns["in_walls"], 0)
        outer = np.minimum(self.columns["outline"], area / lines.external.spacing(height))
        inner = np.maximum(area - outer * lines.external.spacing(height), 0) / lines.wall.spacing(height)
        return [_Strokes(lines.external, outer), _Strokes(lines.wall, inner)]

    def _solids(self) -> list[_Strokes]:
        lines, height, columns = self.parameters.lines, self.parameters.layer_height, self.columns
        top = np.minimum(columns["top"], columns["solid"])
        bridge = np.minimum(columns["bridge"], columns["solid"] - top)
        areas = ((lines.solid, columns["solid"] - top - bridge), (lines.top, top), (lines.bridge, bridge))
        return [_Strokes(line, area / line.spacing(height), self.chords[0]) for line, area in areas]

    def _sparse(self) -> _Strokes:
        line, area = self.parameters.lines.sparse, self.columns["sparse"]
        length = area * self.parameters.infill_fraction / line.spacing(self.parameters.layer_height)
        if self.parameters.infill_fraction > 0:
            length = length + self.constants.anchors * area / np.maximum(self.columns["sparse_chord"], SHORTEST_SPARSE)
        return _Strokes(line, length, self.chords[1])

    def _seconds(self) -> Floats:
        """Seconds of each layer: the slicer's cooling rule slows the plain times, acceleration comes on top."""
        plain = sum((s.length / self._speed(s) for s in self.strokes), np.zeros(len(self.height)))
        pauses = self._retracts() * self._retract_seconds(self._way())
        slowed = self._cooled(plain, pauses)
        slower = np.maximum((slowed - pauses) / np.maximum(plain, 1e-6), 1)
        lost = self._lost_in_walls(slower) + self._lost_in_infill(slower) + self._lost_in_travel()
        return slowed + lost + self.constants.layer_seconds

    def _speed(self, strokes: _Strokes, slower: Floats | float = 1.0) -> Floats:
        """Speed (mm/s) in each layer; cooling divides it by `slower`, but not below the least printing speed."""
        usual = strokes.line.speed
        speed = np.where(self.first, min(self.parameters.lines.first_layer.speed, usual), usual)
        slowed: Floats = np.maximum(speed / slower, np.minimum(speed, self.parameters.cooling_speed))
        return slowed

    def _retracts(self) -> Floats:
        constants, columns = self.constants, self.columns
        solid_lines = sum((s.length for s in self.infill), np.zeros(len(self.height))) / self.chords[0]
        return (
            constants.retracts
            + constants.retracts_per_island * np.maximum(columns["islands"] - 1, 0)
            + constants.retracts_per_hole * columns["holes"]
            + constants.retracts_per_solid_region * columns["solid_regions"]
            + constants.retracts_per_sparse_line * self.sparse.length / np.maximum(self.chords[1], 2)
            + constants.retracts_per_solid_line * solid_lines
        )

    def _way(self) -> Floats:
        """Mean way (mm) from the end of one line to the start of the next after a retraction."""
        return self.constants.travel * (3 + 0.35 * np.sqrt(np.maximum(self.columns["area"], 1)))

    def _retract_seconds(self, way: Floats) -> Floats:
        """What one retraction, hop and travel of `way` mm take without acceleration."""
        parameters = self.parameters
        hop = 2 * parameters.lift / parameters.lift_speed
        return way / parameters.travel_speed + parameters.retract_seconds + hop

    def _cooled(self, plain: Floats, pauses: Floats) -> Floats:
        """Layers shorter than the cooling time are stretched to it, as far as the least speed allows."""
        length = sum((s.length for s in self.strokes), np.zeros(len(self.height)))
        slowest = length / self.parameters.cooling_speed + pauses
        stretched = np.maximum(plain + pauses, np.minimum(self.parameters.cooling_seconds, slowest))
        return np.where(self.first, plain + pauses, stretched)

    def _lost_in_walls(self, slower: Floats) -> Floats:
        loops = self.constants.corners * (self.columns["islands"] + self.columns["holes"])
        outer = np.maximum(self.walls[0].length, 1e-6)
        lost = np.zeros(len(self.height))
        for wall in self.walls:
            corners = loops * np.minimum(wall.length / outer, 20) + self.constants.corners_per_mm * wall.length
            speed = self._speed(wall, slower)
            lost += corners * corner_seconds(speed, wall.line.acceleration, self.parameters.jerk)
        return lost

    def _lost_in_infill(self, slower: Floats) -> Floats:
        lost = np.zeros(len(self.height))
        turning = self.infill if self._is_gyroid() else [*self.infill, self.sparse]
        for strokes in turning:
            assert strokes.piece is not None
            speed = self._speed(strokes, slower)
            each = lost_seconds(strokes.piece, speed, strokes.line.acceleration, self.parameters.jerk)
            lost += strokes.length / strokes.piece * each
        return lost + self._lost_in_gyroid(slower) if self._is_gyroid() else lost

    def _is_gyroid(self) -> bool:
        return self.parameters.infill_pattern == "gyroid"

    def _lost_in_gyroid(self, slower: Floats) -> Floats:
        """The waves of a gyroid cap the speed; the denser they are, the more."""
        fraction = max(self.parameters.infill_fraction, 0.05)
        highest = self.constants.gyroid_speed * (0.15 / fraction) ** 0.5
        lost: Floats = self.sparse.length * np.maximum(1 / highest - 1 / self._speed(self.sparse, slower), 0)
        return lost

    def _lost_in_travel(self) -> Floats:
        """What acceleration adds to the hops and travels of the retractions."""
        parameters, way = self.parameters, self._way()
        hop = hop_seconds(parameters.lift, parameters.lift_speed, parameters.lift_acceleration)
        speed = np.full(len(way), parameters.travel_speed)
        travel = lost_seconds(way, speed, parameters.travel_acceleration, parameters.jerk)
        return self._retracts() * (hop - 2 * parameters.lift / parameters.lift_speed + travel)


def skirt_and_brim(extents: Floats, outline: float, parameters: Parameters) -> Work:
    """The loops around a part of `extents` (mm) whose first layer has an `outline` of that many mm."""
    line, height = parameters.lines.first_layer, parameters.first_layer_height
    around = 1.8 * float(extents[0] + extents[1]) + 2 * np.pi * parameters.skirt_distance
    loops = parameters.brim_width / line.width
    length = parameters.skirts * around + loops * (outline + np.pi * parameters.brim_width)
    return Work(length / line.speed, parameters.grams(length * line.section(height)))


def supports(overhangs: Overhangs, parameters: Parameters, constants: Constants) -> Work:
    """Supports under `overhangs`."""
    wanted = parameters.supports
    if wanted is None:
        return Work(0.0, 0.0)
    fewer = parameters.layer_height / wanted.layer_height
    sparse = overhangs.area * fewer / wanted.spacing * constants.supports
    between = wanted.interface.width + wanted.interface_spacing
    dense = overhangs.contact * wanted.interface_layers / between * constants.interfaces
    kinds = ((sparse, wanted.line, wanted.layer_height), (dense, wanted.interface, parameters.layer_height))
    seconds = sum(length / SUPPORT_LINE * _one_move(SUPPORT_LINE, line, parameters) for length, line, _ in kinds)
    volume = sum(length * line.section(height) for length, line, height in kinds) * constants.volume
    moves = constants.support_moves * overhangs.pieces + constants.support_moves_per_mm * overhangs.root_area
    return Work(seconds + moves * fewer * _one_hop(parameters), parameters.grams(volume))


def _one_move(length: float, line: Line, parameters: Parameters) -> float:
    return float(move_seconds(np.array(length), np.array(line.speed), line.acceleration, parameters.jerk))


def _one_hop(parameters: Parameters) -> float:
    """A retraction with hop and travel between two pieces of support."""
    hop = hop_seconds(parameters.lift, parameters.lift_speed, parameters.lift_acceleration)
    travel = Line(0.0, parameters.travel_speed, parameters.travel_acceleration)
    return hop + parameters.retract_seconds + _one_move(SUPPORT_TRAVEL, travel, parameters)


def _column(layers: list[Layer], name: str) -> Floats:
    return np.array([getattr(layer, name) for layer in layers], dtype=np.float64)
