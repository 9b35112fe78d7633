"""Lines that lie on other lines, wholly or in part: found, and taken out.

Everything is done on straight pieces. Equal ones are found whatever their length, as copies of curves are made of them;
overlapping ones only where both are long enough to lie on one line for sure. Of two the longer one stays, and of those
that cut and score the one that cuts.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.shapes import is_closed, length_of

SAME_MM = 0.02
"""Lines that are this near lie on one another."""
LONG_MM = 1.0
"""Pieces that are shorter say too little about the line they lie on."""
LEAST_MM = 0.2
"""A shorter overlap is where two lines meet; a shorter rest is nothing to burn."""
LEAST_OF_LINE_MM = 0.5
"""What lies on others of a whole line must be longer than this: less is how curves are written."""
MOST_PLACES = 3

_ANGLE, _OFFSET = np.pi / 785, 0.5
"""How much lines in one bucket may differ: in radians and mm."""
_GRIDS = ((0.25, 0.25, 1.0, 1.0), (0.75, 0.25, 0.25, 1.0), (0.25, 0.75, 1.0, 0.2), (0.75, 0.75, 0.25, 0.2))
"""How grids of buckets are moved, by shares of a bucket, and how near to a border of the first grid they are needed."""
_OFF_GRID = 0.0073
"""Keeps drawn coordinates, which like round numbers, away from where rounding turns."""
_MOST_PAIRS = 400_000
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Doubles:
    """`count` lines lie on others for `length_mm` altogether, most of it at `places` (n, 2) in mm.

    `piece` are the indices of straight pieces, all lines one after the other, that are covered from share `start` to
    share `end` of their length.
    """

    count: int
    length_mm: float
    places: Floats
    piece: Indices
    start: Floats
    end: Floats


@dataclass(frozen=True)
class _Pieces:
    """Straight pieces from `start` to `end` (n, 2), of lines `line`, in the order `rank` of who stays."""

    start: Floats
    end: Floats
    line: Indices
    length: Floats
    rank: Indices

    @property
    def middle(self) -> Floats:
        return (self.start + self.end) / 2


def doubles(lines: list[Floats], first: int = 0) -> Doubles:
    """What lies on something else among polylines (n, 2) in mm, of which the `first` ones stay before all others."""
    if not lines:
        return _found(_pieces([np.zeros((2, 2))], 0), *_nothing())
    pieces = _pieces(lines, first)
    whole = _equal(pieces)
    alone = np.ones(len(pieces.line), dtype=np.bool_)
    alone[whole] = False
    piece, start, end = _overlapping(pieces, np.flatnonzero(alone & (pieces.length >= LONG_MM)))
    none, all_of = np.zeros(len(whole)), np.ones(len(whole))
    return _found(pieces, np.r_[whole, piece], np.r_[none, start], np.r_[all_of, end])


def without(lines: list[Floats], found: Doubles) -> list[list[Floats]]:
    """What is left of each of `lines` when what `found` names is taken out of it; one may fall into several or none."""
    covered: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for piece, start, end in zip(found.piece.tolist(), found.start.tolist(), found.end.tolist(), strict=True):
        covered[piece].append((start, end))
    kept, first = [], 0
    for line in lines:
        inside = {at: covered[first + at] for at in range(len(line) - 1) if first + at in covered}
        kept.append(_rest(line, inside) if inside else [line])
        first += len(line) - 1
    return kept


def _pieces(lines: list[Floats], first: int) -> _Pieces:
    start, end = np.concatenate([line[:-1] for line in lines]), np.concatenate([line[1:] for line in lines])
    line = np.repeat(np.arange(len(lines)), [len(each) - 1 for each in lines])
    length = np.hypot(*(end - start).T)
    order = np.lexsort((line, -np.round(length, 1), line >= first))
    rank = np.empty(len(line), dtype=np.int64)
    rank[order] = np.arange(len(line))
    return _Pieces(start, end, line, length, rank)


def _equal(pieces: _Pieces) -> Indices:
    """Pieces that are as one that stays, in either direction."""
    long = np.flatnonzero(pieces.length > SAME_MM)
    long = long[np.argsort(pieces.rank[long])]
    across = (pieces.end - pieces.start)[long]
    # middle and absolute difference are the same in both directions, the sign of dx * dy tells the diagonals apart
    slant = np.sign(np.round(across[:, :1] * across[:, 1:] / SAME_MM**2))
    looks = np.c_[pieces.middle[long], np.abs(across), slant]
    grid = np.round(looks / [SAME_MM, SAME_MM, SAME_MM, SAME_MM, 1] + _OFF_GRID).astype(np.int64)
    keys = np.zeros(len(long), dtype=np.int64)
    for column in (grid - grid.min(axis=0, initial=0)).T:
        keys = (keys * 1_000_003) ^ column
    _, firsts, which = np.unique(keys, return_index=True, return_inverse=True)
    first = firsts[which.ravel()]
    is_same = (np.abs(looks - looks[first]) <= 2 * SAME_MM).all(axis=1)  # and no accident of its key
    return np.sort(long[is_same & (first != np.arange(len(long)))])


def _overlapping(pieces: _Pieces, chosen: Indices) -> tuple[Indices, Floats, Floats]:
    """(piece, start, end) of the shares of `chosen` pieces that lie on another of them that stays."""
    if len(chosen) < 2:
        return _nothing()
    one, other = _near(pieces.start[chosen], pieces.end[chosen])
    one, other = chosen[one], chosen[other]
    stays = pieces.rank[one] < pieces.rank[other]
    above, below = np.where(stays, one, other), np.where(stays, other, one)
    origin, along = pieces.start[below], pieces.end[below] - pieces.start[below]
    ends = [
        ((each[above] - origin) * along).sum(axis=1) / pieces.length[below] ** 2 for each in (pieces.start, pieces.end)
    ]
    start, end = np.clip(np.minimum(*ends), 0, 1), np.clip(np.maximum(*ends), 0, 1)
    is_on = (end - start) * pieces.length[below] >= LEAST_MM
    for share in (start, end):
        is_on &= _distance(origin + along * share[:, None], pieces, above) <= SAME_MM
    return below[is_on], start[is_on], end[is_on]


def _distance(points: Floats, pieces: _Pieces, which: Indices) -> Floats:
    """How far each of `points` is from the straight line through its piece."""
    across, away = (pieces.end - pieces.start)[which], points - pieces.start[which]
    found: Floats = np.abs(across[:, 0] * away[:, 1] - across[:, 1] * away[:, 0]) / pieces.length[which]
    return found


def _near(start: Floats, end: Floats) -> tuple[Indices, Indices]:
    """Pairs of pieces that may overlap: of nearly one direction, nearly on one line, beside each other nowhere."""
    middle = (start.min(axis=0) + end.max(axis=0)) / 2
    start, end = start - middle, end - middle
    across = end - start
    angle = np.arctan2(across[:, 1], across[:, 0])
    codes = []
    for turn, shift, near_angle, near_offset in _GRIDS:
        turned = (angle + turn * _ANGLE) % np.pi  # those beside the end of a half turn come to lie beside its begin
        x, y = np.cos(turned - turn * _ANGLE), np.sin(turned - turn * _ANGLE)
        offset = x * start[:, 1] - y * start[:, 0]
        needed = _is_beside(turned / _ANGLE + 0.5 * (turn > 0.5), near_angle)
        needed &= _is_beside(offset / _OFFSET + 0.25, near_offset)
        chosen = np.flatnonzero(needed)
        bucket = np.floor(turned / _ANGLE).astype(np.int64) * 2**40 + np.floor(offset / _OFFSET + shift).astype(
            np.int64
        )
        low, high = x * start[:, 0] + y * start[:, 1], x * end[:, 0] + y * end[:, 1]
        one, other = _in_buckets(bucket[chosen], np.minimum(low, high)[chosen], np.maximum(low, high)[chosen])
        codes.append(chosen[one] * len(start) + chosen[other])
    both = _one_of_each(np.concatenate(codes))
    return both // len(start), both % len(start)


def _one_of_each(codes: Indices) -> Indices:
    """In their order; `np.unique` would put each into a hash table first, which takes longer."""
    codes = np.sort(codes)
    return codes[np.diff(codes, prepend=-1) > 0]


def _is_beside(place: Floats, share: float) -> NDArray[np.bool_]:
    """Whether places in units of a bucket lie within `share` of it beside a border."""
    found: NDArray[np.bool_] = np.abs(place - np.round(place)) <= share
    return found


def _in_buckets(bucket: Indices, low: Floats, high: Floats) -> tuple[Indices, Indices]:
    """Pairs in the same bucket whose extents from `low` to `high` overlap."""
    order = np.argsort(bucket)
    begins = np.r_[True, np.diff(bucket[order]) != 0] if len(order) else np.zeros(0, dtype=np.bool_)
    place = np.cumsum(begins)
    shared = np.bincount(place)[place] > 1
    order, place = order[shared], place[shared]
    if not len(order):
        return order, order
    low, high = low[order] - low[order].min(), high[order] - low[order].min()
    row = place * (float(high.max()) + 1)
    sort = np.argsort(row + low)
    order, low, high = order[sort], (row + low)[sort], (row + high)[sort]
    many = np.maximum(np.searchsorted(low, high - LEAST_MM) - np.arange(len(order)) - 1, 0)
    if many.sum() > _MOST_PAIRS:
        many = np.minimum(many, _MOST_PAIRS // len(order))
    first = np.repeat(np.arange(len(order)), many)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(many) - many, many)
    return order[first], order[second]


def _found(pieces: _Pieces, piece: Indices, start: Floats, end: Floats) -> Doubles:
    piece, start, end = _united(piece, start, end)
    line, length = pieces.line[piece], (end - start) * pieces.length[piece]
    by_line = np.bincount(line, length, minlength=1)
    counts = by_line[line] >= LEAST_OF_LINE_MM
    piece, line = piece[counts], line[counts]
    start, end, length = start[counts], end[counts], length[counts]
    worst = np.argsort(-by_line, kind="stable")[: min(MOST_PLACES, len(np.unique(line)))]
    longest = [np.flatnonzero(line == each)[length[line == each].argmax()] for each in worst]
    middle = ((start + end) / 2)[longest, None]
    places = pieces.start[piece[longest]] * (1 - middle) + pieces.end[piece[longest]] * middle
    return Doubles(len(np.unique(line)), float(length.sum()), places, piece, start, end)


def _united(piece: Indices, start: Floats, end: Floats) -> tuple[Indices, Floats, Floats]:
    """Shares of the same piece that overlap or touch, made one."""
    if not len(piece):
        return piece, start, end
    order = np.lexsort((start, piece))
    piece, low, high = piece[order], 2 * piece[order] + start[order], 2 * piece[order] + end[order]
    reach = np.maximum.accumulate(high)
    begins = np.flatnonzero(np.r_[True, low[1:] > reach[:-1] + 1e-6])
    return piece[begins], low[begins] - 2 * piece[begins], np.maximum.reduceat(high, begins) - 2 * piece[begins]


def _nothing() -> tuple[Indices, Floats, Floats]:
    return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)


def _rest(line: Floats, covered: dict[int, list[tuple[float, float]]]) -> list[Floats]:
    """The parts of `line` outside of the shares `covered` of its pieces."""
    runs: list[list[Floats]] = [[]]
    for at in range(len(line) - 1):
        here, there = line[at], line[at + 1]
        done = 0.0
        for start, end in [*covered.get(at, ()), (1.0, 1.0)]:
            if start > done:
                runs[-1] = [*(runs[-1] or [here + (there - here) * done]), here + (there - here) * start]
            if (start, end) != (1.0, 1.0):
                runs.append([])
            done = end
    if is_closed(line) and len(runs) > 1 and runs[0] and runs[-1]:
        runs[0] = [*runs.pop(), *runs[0][1:]]
    made = [np.array(run) for run in runs if len(run) > 1]
    return [run for run in made if length_of(run) > LEAST_MM]
