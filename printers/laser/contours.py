"""Lines as a laser follows them: ends that meet are joined, rings are closed, points that say nothing are left out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from printers.laser.work import Floats

CLOSED_MM = 0.05
"""Ends of one line that are nearer than this meet."""
JOINED_MM = 0.02
"""Ends of two lines that are nearer than this meet, when no third one does."""
TOLERANCE_MM = 0.004
"""How far a line may move by leaving out points."""


@dataclass(frozen=True, eq=False)
class Contour:
    """A line (n, 2) in mm; a closed one ends where it starts. `gaps` (n - 1,) tells which of its parts are left out."""

    points: Floats
    closed: bool
    gaps: NDArray[np.bool_] | None = None

    @cached_property
    def length_mm(self) -> float:
        """Of what is burnt."""
        lengths = np.hypot(*np.diff(self.points, axis=0).T)
        return float(lengths.sum() if self.gaps is None else lengths[~self.gaps].sum())

    def reversed(self) -> "Contour":
        """The same from its end to its start."""
        return Contour(self.points[::-1], self.closed, None if self.gaps is None else self.gaps[::-1])

    def begun_at(self, place: int) -> "Contour":
        """A closed one that starts at its point number `place`."""
        points = np.concatenate([self.points[place:-1], self.points[: place + 1]])
        return Contour(points, self.closed, None if self.gaps is None else np.roll(self.gaps, -place))

    def moved(self, put: Callable[[Floats], Floats]) -> "Contour":
        """With its points put elsewhere."""
        return Contour(put(self.points), self.closed, self.gaps)


def contours(lines: Sequence[Floats]) -> list[Contour]:
    """The lines joined, closed and thinned. Lines without any extent are left out."""
    whole = [line for line in lines if len(line) > 1 and (line != line[0]).any()]
    return thinned([_closed(line) for line in _chained(whole)])


def _closed(line: Floats) -> Contour:
    if len(line) < 4 or not _meets(line):
        return Contour(line, closed=False)
    ends = line[:1] if (line[0] == line[-1]).all() else np.concatenate([line[-1:], line[:1]])
    return Contour(np.concatenate([line[:-1], ends]), closed=True)


def _meets(line: Floats) -> bool:
    return bool(np.abs(line[0] - line[-1]).max() <= CLOSED_MM)


def thinned(contours: Sequence[Contour]) -> list[Contour]:
    """Without points that say nothing. What has gaps must not come here."""
    if not contours:
        return []
    owner = np.repeat(np.arange(len(contours)), [len(each.points) for each in contours])
    lines = shapely.linestrings(np.concatenate([each.points for each in contours]), indices=owner)
    points, owner = shapely.get_coordinates(
        shapely.simplify(lines, TOLERANCE_MM, preserve_topology=False), return_index=True
    )
    parts = np.split(points, np.searchsorted(owner, np.arange(1, len(contours))))
    return [Contour(part, contour.closed) if len(part) >= (4 if contour.closed else 2) else contour
            for part, contour in zip(parts, contours, strict=True)]  # fmt: skip


def _chained(lines: list[Floats]) -> list[Floats]:
    """Lines of which each end that meets exactly one other end is joined to it."""
    partner = _partners(lines)
    left = np.ones(len(lines), dtype=bool)
    found = []
    for start in chain_starts(partner):
        if left[start // 2]:
            found.append(_walked(lines, partner, left, start))
    return found


def chain_starts(partner: list[int]) -> list[int]:
    """Ends to begin at, those without a partner first; what is left then runs in circles."""
    free = [end for end, other in enumerate(partner) if other < 0]
    return [*free, *range(0, len(partner), 2)]


def _walked(lines: list[Floats], partner: list[int], left: NDArray[np.bool_], end: int) -> Floats:
    parts: list[Floats] = []
    while end >= 0 and left[end // 2]:
        left[end // 2] = False
        line = lines[end // 2] if end % 2 == 0 else lines[end // 2][::-1]
        parts.append(line if not parts or (line[0] != parts[-1][-1]).any() else line[1:])
        end = partner[end ^ 1]
    return np.concatenate(parts)


def _partners(lines: list[Floats]) -> list[int]:
    """For each end (2 i: where line i starts, 2 i + 1: where it ends) the one other end it meets, or -1."""
    if not lines:
        return []
    ends = np.concatenate([line[[0, -1]] for line in lines])
    far, near = KDTree(ends).query(ends, k=min(3, len(ends)), distance_upper_bound=JOINED_MM)
    meets = np.isfinite(far)
    own = np.arange(len(ends))
    other = np.where(meets & (near != own[:, None]), near, -1).max(axis=1)
    alone = meets.sum(axis=1) == 2
    both = alone & (other >= 0) & (other != (own ^ 1)) & alone[other] & (other[other] == own)
    found: list[int] = np.where(both, other, -1).tolist()
    return found
