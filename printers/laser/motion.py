"""How long a toolpath takes, as GRBL plans it: trapezoids that look ahead, slowed down in corners.

GRBL knows for each move the speed it may have where it begins: by the corner before it (junction deviation), by both
moves' own speeds, and so that it can still stop at the end of the last move it knows of. With constant accelerations
the square of a speed grows by 2 a d over a way d, so on an axis of that energy every limit is a slope, and the running
minimum from behind and from before gives all speeds at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from printers.laser.toolpath import Moves
from printers.laser.work import Floats
from printers.lasers import Laser

Span = tuple[float, float, float]

_STRAIGHT, _BACK = -0.999999, 0.999999  # cosines, as GRBL has them
_FAST = 1e12
LEAD_LINES = 6
"""Lines that wait in GRBL's serial buffer (127 bytes) beside those it has planned."""
SLOW_LINE = 2.5
"""How much longer a line may take on a slow computer, in the highest estimate."""
SLOW_MOTION = 1.05
"""What a controller's own steps and delays may add, in the highest estimate."""


@dataclass(frozen=True, eq=False)
class _Blocks:
    """Moves as GRBL plans them: mm of way, mm/s, mm/s2, and the square of the speed at most where each begins."""

    way: Floats
    speed: Floats
    acceleration: Floats
    entry: Floats


def seconds(moves: Moves, laser: Laser, stops: Sequence[int] = ()) -> Span:
    """Lowest, expected and highest time. `stops` are moves before which the laser stands still.

    Lowest: with a controller that knows all moves and always has the next line. Expected: with GRBL's short sight, and
    each line taking `Laser.line_seconds` to arrive. Highest: lines come slowly, and the machine is a little slower.
    """
    if not len(moves):
        return (0.0, 0.0, 0.0)
    blocks = _blocks(moves, laser, stops)
    low = float(_durations(blocks, len(blocks.way)).sum())
    planned = _durations(blocks, laser.planner_blocks - 1)
    expected = _streamed(planned, laser.line_seconds, laser)
    high = SLOW_MOTION * _streamed(planned, SLOW_LINE * laser.line_seconds, laser)
    return (min(low, expected), expected, max(high, expected))


def expected(moves: Moves, laser: Laser) -> float:
    """The expected time only, which takes half as long to find out."""
    if not len(moves):
        return 0.0
    planned = _durations(_blocks(moves, laser, ()), laser.planner_blocks - 1)
    return _streamed(planned, laser.line_seconds, laser)


def _blocks(moves: Moves, laser: Laser, stops: Sequence[int]) -> _Blocks:
    way = moves.lengths_mm
    unit = (moves.points - moves.starts) / way[:, None]
    slanted = np.abs(unit).max(axis=1)  # each axis has its own limit, so a slanted move may be faster than one axis
    most = np.where(moves.burns, moves.speed, laser.rapid_mm_s / slanted)
    speed = np.minimum(most, laser.rapid_mm_s / slanted)
    entry = np.minimum(speed, np.concatenate([[0.0], speed[:-1]])) ** 2
    entry[1:] = np.minimum(entry[1:], corner_squares(unit[:-1], unit[1:], laser))
    entry[[0, *stops]] = 0.0
    return _Blocks(way, speed, laser.acceleration_mm_s2 / slanted, entry)


def corner_squares(before: Floats, after: Floats, laser: Laser) -> Floats:
    """Square of the speed in corners between unit vectors (n, 2), by GRBL's junction deviation."""
    cosine = -(before * after).sum(axis=1)
    turn = after - before
    size = np.hypot(*turn.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        acceleration = laser.acceleration_mm_s2 * size / np.abs(turn).max(axis=1)
        half = np.sqrt(0.5 * (1 - cosine).clip(0))
        square = acceleration * laser.junction_mm * half / (1 - half)
    return np.where(cosine > _BACK, 0.0, np.where(cosine < _STRAIGHT, _FAST, square))


def stop_mm(rings: Sequence[Floats], speed_mm_s: float, laser: Laser) -> list[Floats]:
    """What standing still at each point but the last of each ring (n, 2) costs, as mm of travel in the same time.

    Little at a corner, where the laser is slow anyway.
    """
    if not rings:
        return []
    last = np.cumsum([len(ring) for ring in rings]) - 1
    way = np.delete(np.diff(np.concatenate(rings), axis=0), last[:-1], axis=0)  # not from one ring to the next
    unit = way / np.hypot(*way.T)[:, None].clip(1e-9)
    ends = last - np.arange(len(last))
    before = np.roll(unit, 1, axis=0)
    before[np.concatenate([[0], ends[:-1]])] = unit[ends - 1]
    passed = np.sqrt(corner_squares(before, unit, laser)).clip(max=speed_mm_s)
    # slowing down from v to u and up again takes (v - u)^2 / (v a) longer, with u = 0 for a stop
    lost = passed * (2 - passed / speed_mm_s) / laser.acceleration_mm_s2
    return np.split(lost * laser.rapid_mm_s, ends[:-1])


def _durations(blocks: _Blocks, ahead: int) -> Floats:
    """Seconds of each move with that many further ones known."""
    energy = np.concatenate([[0.0], np.cumsum(2 * blocks.acceleration * blocks.way)])
    count = len(blocks.way)
    limit = np.concatenate([blocks.entry, [0.0]])
    entry = np.minimum.accumulate((limit + energy)[::-1])[::-1] - energy
    last = np.minimum(np.arange(count + 1) + ahead, count)
    entry = np.minimum(entry, energy[last] - energy)
    entry = (np.minimum.accumulate(entry - energy) + energy).clip(0)
    return _trapezoids(blocks, entry[:-1], entry[1:])


def _trapezoids(blocks: _Blocks, begin: Floats, end: Floats) -> Floats:
    """Seconds of moves from the square of one speed to that of another."""
    peak = np.minimum(blocks.speed**2, (begin + end) / 2 + blocks.acceleration * blocks.way)
    peak = np.maximum(peak, np.maximum(begin, end))
    fastest, gain = np.sqrt(peak), 2 * blocks.acceleration
    level = (blocks.way - (2 * peak - begin - end) / gain).clip(0)
    found: NDArray[np.float64] = (2 * fastest - np.sqrt(begin) - np.sqrt(end)) / blocks.acceleration + level / fastest
    return found


def _streamed(durations: Floats, line_seconds: float, laser: Laser) -> float:
    """Seconds until the last move ends when each line takes a while to arrive, only some of them before its turn."""
    ahead = laser.planner_blocks + LEAD_LINES
    came = finished = 0.0
    ends = [0.0] * ahead
    for place, duration in enumerate(durations.tolist()):
        slot = place % ahead
        if ends[slot] > came:  # `max` would take three times as long, and there may be a million lines
            came = ends[slot]
        came += line_seconds
        if came > finished:
            finished = came
        finished += duration
        ends[slot] = finished
    return finished
