"""A toolpath as arrays: where each move ends, and how hard it burns."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from printers.laser.work import Floats
from printers.lasers import OPERATIONS, Laser, Setting

Ints = NDArray[np.int64]
DECIMALS = 3


@dataclass(frozen=True, eq=False)
class Moves:
    """Moves one after the other, the first from the origin. Machine millimetres, y upwards.

    points (n, 2): where each ends. power (n,): S, 0 with the beam off. speed (n,): mm/s of what burns. operation (n,):
    place in OPERATIONS. air (n,): whether air is blown.
    """

    points: Floats
    power: Ints
    speed: Floats
    operation: Ints
    air: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.points)

    @property
    def starts(self) -> Floats:
        """Where each move begins (n, 2)."""
        return np.concatenate([np.zeros((1, 2)), self.points[:-1]])[: len(self)]

    @property
    def lengths_mm(self) -> Floats:
        found: Floats = np.hypot(*(self.points - self.starts).T)
        return found

    @property
    def burns(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.power > 0
        return found


@dataclass(frozen=True, slots=True)
class Beam:
    """A setting on this laser: what `Moves` hold of it."""

    operation: str
    power: int
    speed_mm_s: float
    air: bool


def beam(operation: str, setting: Setting, laser: Laser) -> Beam:
    """S of a setting, at least 1: a setting that burns must not burn nothing."""
    power = max(1, round(setting.power_percent / 100 * laser.most_power))
    return Beam(operation, power, setting.speed_mm_s, setting.air)


def burnt(points: Floats, power: Ints | int, by: Beam) -> Moves:
    """Moves to each of the points; `power` is theirs, or 0 and then one for all that follow."""
    count = len(points)
    if isinstance(power, int):
        power = np.full(count, power)
        power[0] = 0
    return Moves(points, power, np.full(count, by.speed_mm_s), np.full(count, OPERATIONS.index(by.operation)),
                 np.full(count, by.air))  # fmt: skip


def joined(parts: Iterable[Moves]) -> Moves:
    """One after the other, in the decimals of the file; moves that lead nowhere are left out."""
    every = list(parts) or [burnt(np.zeros((0, 2)), np.zeros(0, np.int64), Beam(OPERATIONS[0], 0, 1.0, air=False))]
    fields = [np.concatenate([getattr(part, name) for part in every]) for name in Moves.__dataclass_fields__]
    whole = Moves(np.round(fields[0], DECIMALS) + 0.0, *fields[1:])
    kept = whole.lengths_mm > 0
    return Moves(*(getattr(whole, name)[kept] for name in Moves.__dataclass_fields__))
