"""From what a drawing asks for to a toolpath: engraved, then scored, then cut."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from printers.laser import engraving, gcode, motion, raster
from printers.laser.clusters import clustered
from printers.laser.contours import Contour
from printers.laser.dashes import straightened
from printers.laser.engraving import Rows
from printers.laser.layout import Place, places
from printers.laser.ordering import ordered, stop_of
from printers.laser.pieces import Piece, box, pieces_of
from printers.laser.plan import Plan
from printers.laser.stops import Stop
from printers.laser.toolpath import Beam, Moves, beam, burnt, joined
from printers.laser.work import Floats, Work
from printers.lasers import Laser, PlanError, Setting, Size, Wishes

MOST_MOVES = 3_000_000
"""Lines of a file; more would take days to burn."""
MOST_ORDERED = 6_000
"""Lines that are put into one order; of more, a few copies at a time."""
LEAST_SAVED = 0.001
"""A share of the time that is worth a second search for an order."""
HOME = 0j


def plan(works: Sequence[Work], settings: Mapping[str, Setting], laser: Laser, wishes: Wishes) -> Plan:
    """The toolpath for a job. Raises PlanError when it cannot be made as asked for."""
    pieces, notes = pieces_of(works, settings, wishes)
    if not pieces:
        raise PlanError("laser_nothing_to_burn")
    beams = {piece.operation: _beam(piece.operation, settings, laser) for piece in pieces}
    low, high = box(pieces)
    size = float(high[0] - low[0]), float(high[1] - low[1])
    spots = places(size, wishes, laser)
    way = _Burning(laser)
    for piece in pieces:
        laid = [piece.laid(_put(spot, low, high)) for spot in spots]
        way.burn(laid, settings[piece.operation], beams[piece.operation], is_last=piece is pieces[-1])
    moves = way.moves()
    if not moves.burns.any():  # a speck of a picture between two rows
        raise PlanError("laser_nothing_to_burn")
    return Plan(
        moves=moves,
        laser=laser,
        copies=wishes.copies,
        sheet_mm2=_used(spots, size, wishes),
        lengths_mm=way.lengths_mm,
        areas_mm2=way.areas_mm2,
        notes=tuple(notes),
    )


def _beam(operation: str, settings: Mapping[str, Setting], laser: Laser) -> Beam:
    if operation not in settings:
        raise PlanError(f"laser_setting_missing_{operation}")
    setting = settings[operation]
    if not 0 < setting.power_percent <= 100:
        raise PlanError("laser_power_out_of_range")
    if not 0 < setting.speed_mm_s <= laser.speed_most_mm_s:
        raise PlanError("laser_speed_out_of_range")
    return beam(operation, setting, laser)


def _put(spot: Place, low: Floats, high: Floats) -> Callable[[Floats], Floats]:
    """What lays points of a copy's own box at its place on the sheet."""

    def put(points: Floats) -> Floats:
        moved = points - low
        if spot.turned:
            moved = np.stack([high[1] - low[1] - moved[:, 1], moved[:, 0]], axis=1)
        found: Floats = moved + np.array([spot.left_mm, spot.bottom_mm])
        return found

    return put


def _used(spots: Sequence[Place], size: Size, wishes: Wishes) -> float:
    """Area in mm² from the corner of the sheet to the margin behind the last copy."""
    sides = [(size[1], size[0]) if spot.turned else size for spot in spots]
    right = max(spot.left_mm + side[0] for spot, side in zip(spots, sides, strict=True))
    top = max(spot.bottom_mm + side[1] for spot, side in zip(spots, sides, strict=True))
    return (right + wishes.margin_mm) * (top + wishes.margin_mm)


class _Burning:
    """The toolpath while it grows, one operation after the other."""

    def __init__(self, laser: Laser) -> None:
        self._laser = laser
        self._parts: list[Moves] = []
        self._count = 0
        self._at = np.zeros(2)
        self.lengths_mm: dict[str, float] = {}
        self.areas_mm2: dict[str, float] = {}

    def moves(self) -> Moves:
        return joined(self._parts)

    def burn(self, laid: Sequence[Piece], setting: Setting, by: Beam, *, is_last: bool) -> None:
        """One operation of all copies."""
        if laid[0].fills or laid[0].images:
            self.areas_mm2[by.operation] = self._engrave(laid, setting, by)
        self.lengths_mm[by.operation] = sum(line.length_mm for piece in laid for line in piece.lines)
        step = max(1, MOST_ORDERED // max(1, len(laid[0].lines)))
        for first in range(0, len(laid), step):
            together = laid[first : first + step]
            is_end = is_last and first + step >= len(laid)
            for moves in self._quickest(together, setting, by, HOME if is_end else None):
                self._add(moves)

    def _quickest(self, copies: Sequence[Piece], setting: Setting, by: Beam, home: complex | None) -> list[Moves]:
        """Lines in an order, each alone or those that go straight on from one another as one: what takes less time."""
        count = len(copies[0].lines)
        lines = [line for piece in copies for line in piece.lines]
        before = [outer + copy * count if outer >= 0 else -1
                  for copy, piece in enumerate(copies) for outer in piece.before]  # fmt: skip
        stops = self._stops(lines, by)

        def followed(lines: list[Contour], before: list[int]) -> list[Moves]:
            order = ordered(lines, before, complex(*self._at), home, lambda line: stops.get(line) or stop_of(line))
            return [_followed(line, setting.passes, by) for line in order]

        alone, straight = followed(lines, before), straightened(lines, before, by.speed_mm_s, self._laser)
        if not self._is_worth(len(lines) - len(straight[0]), lines, setting, by):
            return alone
        return min(alone, followed(*straight), key=lambda moves: self._seconds(moves, home))

    def _is_worth(self, joints: int, lines: Sequence[Contour], setting: Setting, by: Beam) -> bool:
        """Whether going straight on at so many ends may save a share of the time that anybody would notice."""
        if setting.passes > 1:  # to and fro, it saves ways as well
            return joints > 0
        braking = 2 * by.speed_mm_s / self._laser.acceleration_mm_s2  # at both sides of a gap
        return joints * braking > LEAST_SAVED * sum(line.length_mm for line in lines) / by.speed_mm_s

    def _stops(self, lines: Sequence[Contour], by: Beam) -> dict[Contour, Stop]:
        """Those of the lines that are closed as stops."""
        rings = [line for line in lines if line.closed]
        costs = motion.stop_mm([ring.points for ring in rings], by.speed_mm_s, self._laser)
        return {ring: stop_of(ring, each) for ring, each in zip(rings, costs, strict=True)}

    def _seconds(self, moves: list[Moves], home: complex | None) -> float:
        """From where the laser is now."""
        way = joined([*self._parts[-1:], *moves])
        return motion.expected(way if home is None else gcode.with_way_home(way), self._laser)

    def _engrave(self, copies: Sequence[Piece], setting: Setting, by: Beam) -> float:
        """All areas and pictures of all copies; the area in mm² of one pass."""
        turn_mm = 4 * engraving.run_up_mm(setting.speed_mm_s, self._laser)
        own = [group for piece in copies for group in clustered([[fill] for fill in piece.fills], turn_mm)]
        rows = [engraving.rows_of(group, setting.interval_mm) for group in clustered(own, turn_mm)]
        rows += [raster.rows_of(image, setting.interval_mm) for piece in copies for image in piece.images]
        for each in _nearest_first(rows, lambda: self._at):
            for _ in range(setting.passes):
                self._add(engraving.swept(each, by, self._laser, self._at))
        return sum(each.area_mm2 for each in rows)

    def _add(self, moves: Moves) -> None:
        if not len(moves):
            return
        self._count += len(moves)
        if self._count > MOST_MOVES:
            raise PlanError("laser_file_too_long", {"lines": self._count, "most": MOST_MOVES})
        self._parts.append(moves)
        self._at = moves.points[-1]


def _followed(line: Contour, passes: int, by: Beam) -> Moves:
    """Once round for each pass; an open line to and fro. In its gaps the beam is off."""
    points, gaps = [line.points[:1]], [np.ones(1, dtype=bool)]
    for turn in range(passes):
        way = line if line.closed or turn % 2 == 0 else line.reversed()
        points.append(way.points[1:])
        gaps.append(np.zeros(len(way.points) - 1, dtype=bool) if way.gaps is None else way.gaps)
    return burnt(np.concatenate(points), np.where(np.concatenate(gaps), 0, by.power), by)


def _nearest_first(rows: Sequence[Rows], at: Callable[[], Floats]) -> Iterator[Rows]:
    """Always the engraving that is nearest to where the laser then is."""
    left = [each for each in rows if len(each.at)]
    while left:
        nearest = min(range(len(left)), key=lambda place: left[place].distance_mm(at()))
        yield left.pop(nearest)
