"""Lines that go straight on from one another, such as dashes and living hinges, taken as one with gaps in it.

Between them the laser need not brake. An order that only looks at distances would turn around at each of them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from printers.laser.contours import Contour, chain_starts
from printers.laser.toolpath import Ints
from printers.laser.work import Floats
from printers.lasers import Laser

MEET_MM = 0.02
"""Ends that are nearer have no gap between them, only a bend."""
_SOME = 12


def straightened(
    lines: Sequence[Contour], before: Sequence[int], speed_mm_s: float, laser: Laser
) -> tuple[list[Contour], list[int]]:
    """The lines, open ones that go on from one another at that speed joined, and for each the one it must come before.

    Only lines that must come before the same one are joined.
    """
    open_lines = [place for place, line in enumerate(lines) if not line.closed]
    if len(open_lines) < 2:
        return list(lines), list(before)
    chains = _chains([lines[place] for place in open_lines], [before[place] for place in open_lines], speed_mm_s, laser)
    rings = [place for place, line in enumerate(lines) if line.closed]
    moved = {ring: place for place, ring in enumerate(rings)}  # only rings have something inside them
    found = [lines[ring] for ring in rings]
    waits = [moved.get(before[ring], -1) for ring in rings]
    for chain in chains:
        found.append(_joined([lines[open_lines[end // 2]] if end % 2 == 0 else lines[open_lines[end // 2]].reversed()
                              for end in chain]))  # fmt: skip
        waits.append(moved.get(before[open_lines[chain[0] // 2]], -1))
    return found, waits


def _chains(lines: Sequence[Contour], before: Sequence[int], speed_mm_s: float, laser: Laser) -> list[list[int]]:
    """Ends at which to enter lines one after the other, chain by chain (2 i: the start of line i, 2 i + 1: its end)."""
    partner = _partners(lines, np.array(before), speed_mm_s, laser)
    left = np.ones(len(lines), dtype=bool)
    found = []
    for start in chain_starts(partner):
        chain, end = [], start
        while end >= 0 and left[end // 2]:
            left[end // 2] = False
            chain.append(end)
            end = partner[end ^ 1]
        if chain:
            found.append(chain)
    return found


def _partners(lines: Sequence[Contour], before: Ints, speed_mm_s: float, laser: Laser) -> list[int]:
    """For each end the one where it goes straight on, or -1."""
    ends = np.concatenate([line.points[[0, -1]] for line in lines])
    outward = np.concatenate([line.points[[0, -1]] - line.points[[1, -2]] for line in lines])
    outward = outward / np.hypot(*outward.T)[:, None].clip(1e-12)
    reach = max(laser.rapid_mm_s * speed_mm_s / laser.acceleration_mm_s2, MEET_MM)  # travel while it would brake
    far, near = KDTree(ends).query(ends, k=min(_SOME, len(ends)), distance_upper_bound=reach)
    own = np.broadcast_to(np.arange(len(ends))[:, None], near.shape)
    there = np.where(np.isfinite(far), near, 0)
    fits = np.isfinite(far) & (there // 2 != own // 2) & (before[there // 2] == before[own // 2])
    fits &= _goes_on(ends, outward, own, there, far, straightest_bend(speed_mm_s, laser))
    best = np.where(fits.any(axis=1), there[own[:, 0], fits.argmax(axis=1)], -1)
    mutual = (best >= 0) & (best[best] == own[:, 0])
    found: list[int] = np.where(mutual, best, -1).tolist()
    return found


def _goes_on(ends: Floats, outward: Floats, own: Ints, there: Ints, far: Floats, least: float) -> NDArray[np.bool_]:
    """Whether the way from one end to another bends little, where it leaves the one and where it enters the other."""
    gap = np.where(np.isfinite(far), far, 1.0)
    way = (ends[there] - ends[own]) / gap.clip(1e-12)[..., None]
    leaves = (outward[own] * way).sum(axis=2)
    enters = -(outward[there] * way).sum(axis=2)
    bend = -(outward[own] * outward[there]).sum(axis=2)
    found: NDArray[np.bool_] = np.where(gap < MEET_MM, bend >= least, (leaves >= least) & (enters >= least))
    return found


def straightest_bend(speed_mm_s: float, laser: Laser) -> float:
    """Cosine of the bend that GRBL goes around with half that speed, from its formula for corners."""
    square = (speed_mm_s / 2) ** 2 / (laser.acceleration_mm_s2 * laser.junction_mm)
    half = square / (1 + square)
    return 2 * half * half - 1


def _joined(lines: Sequence[Contour]) -> Contour:
    if len(lines) == 1:
        return lines[0]
    points = np.concatenate([line.points for line in lines])
    gaps = []
    for line in lines:
        gaps += [np.ones(1, dtype=bool), np.zeros(len(line.points) - 1, bool) if line.gaps is None else line.gaps]
    kept = np.concatenate([[True], np.diff(points, axis=0).any(axis=1)])
    return Contour(points[kept], closed=False, gaps=np.concatenate(gaps[1:])[kept[1:]])
