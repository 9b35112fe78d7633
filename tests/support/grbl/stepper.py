"""How GRBL moves: its planner, as its planner.c has it, and a machine that follows it in small steps of time."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

STEP_SECONDS = 0.0005
_FAST = 1e30


@dataclass
class Block:
    """One straight move. Speeds in mm/s, squares of them in mm2/s2. `power` is S at full speed; `dynamic` is M4."""

    start: tuple[float, float]
    end: tuple[float, float]
    speed: float
    acceleration: float
    unit: tuple[float, float]
    power: float
    dynamic: bool
    rapid: bool
    line: int
    millimetres: float = 0.0
    entry: float = 0.0
    entry_most: float = 0.0
    burnt: list[tuple[float, float]] = field(default_factory=list)


class Stepper:
    """Blocks that wait, the one that moves, and the time. `done` is told of each block that ends, and where it did."""

    def __init__(
        self, settings: dict[int, float], capacity: int, done: Callable[[Block, tuple[float, float]], None],
        step_seconds: float = STEP_SECONDS,
    ) -> None:  # fmt: skip
        self._step_seconds = step_seconds
        self._settings, self.capacity, self._done = settings, capacity, done
        self.blocks: list[Block] = []
        self.seconds = 0.0
        self.speed = 0.0
        self.holding = False
        self._last: Block | None = None

    @property
    def is_full(self) -> bool:
        return len(self.blocks) >= self.capacity

    @property
    def is_still(self) -> bool:
        return self.speed == 0 and (self.holding or not self.blocks)

    # planning

    def limit(self, unit: tuple[float, float], first: int, second: int, factor: float = 1.0) -> float:
        """The most of a setting per axis ($110 or $120 on) that a direction allows."""
        sides = ((self._settings[first], abs(unit[0])), (self._settings[second], abs(unit[1])))
        return min((most * factor / part for most, part in sides if part > 0), default=_FAST)

    def add(self, block: Block) -> None:
        """plan_buffer_line: the speed at the corner, then everything is planned anew."""
        block.millimetres = math.dist(block.start, block.end)
        if not self.blocks:
            block.entry_most = 0.0  # it starts from rest
        else:
            corner = self._corner(self.blocks[-1].unit, block.unit)
            block.entry_most = min(corner, block.speed**2, self.blocks[-1].speed ** 2)
        block.entry = 0.0
        self.blocks.append(block)
        self._plan()

    def _corner(self, before: tuple[float, float], after: tuple[float, float]) -> float:
        cosine = -(before[0] * after[0] + before[1] * after[1])
        if cosine > 0.999999:
            return 0.0
        if cosine < -0.999999:
            return _FAST
        turn = (after[0] - before[0], after[1] - before[1])
        size = math.hypot(*turn)
        acceleration = self.limit((turn[0] / size, turn[1] / size), 120, 121)
        half = math.sqrt(0.5 * (1 - cosine))
        return acceleration * self._settings[11] * half / (1 - half)

    def _plan(self) -> None:
        """planner_recalculate: backwards from a stop at the end, then forwards as fast as it may speed up."""
        blocks = self.blocks
        if blocks:
            blocks[0].entry = self.speed**2
        following = 0.0
        for block in reversed(blocks[1:]):
            block.entry = min(block.entry_most, following + 2 * block.acceleration * block.millimetres)
            following = block.entry
        for block, after in pairwise(blocks):
            reached = block.entry + 2 * block.acceleration * block.millimetres
            after.entry = min(after.entry, reached)

    # moving

    def run(self, seconds: float) -> None:
        """Let that much time pass."""
        until = self.seconds + seconds
        while self.seconds < until:
            if not self.blocks or (self.holding and self.speed == 0):
                self.seconds = until
                return
            self._step(min(self._step_seconds, until - self.seconds))

    def drain(self) -> None:
        """Let pass what it takes until nothing moves any more."""
        while self.blocks and not (self.holding and self.speed == 0):
            self._step(self._step_seconds)

    def _step(self, seconds: float) -> None:
        """Speed up, hold the speed or brake so that the next block is entered no faster than planned."""
        block = self.blocks[0]
        leave = 0.0 if self.holding or len(self.blocks) < 2 else self.blocks[1].entry
        gain = block.acceleration * seconds
        fastest = math.sqrt(leave + 2 * block.acceleration * block.millimetres)
        wanted = 0.0 if self.holding else min(block.speed, self.speed + gain)
        # at the end of this step it must still be able to brake: v' <= sqrt(leave + 2 a (d - way))
        brake = math.sqrt(max(0.0, fastest**2 - self.speed * gain + gain**2 / 4)) - gain / 2
        speed = max(min(wanted, brake), self.speed - gain, 0.0)
        way = (self.speed + speed) / 2 * seconds
        if way >= block.millimetres - 1e-9 or (way < 1e-12 and block.millimetres < 1e-6):
            self._arrive(block, leave, seconds, way)
            return
        if way <= 0 and not self.holding:
            self._arrive(block, leave, seconds, way)
            return
        self.seconds += seconds
        self.speed = 0.0 if self.holding and speed < 1e-9 else speed
        block.millimetres -= way

    def _arrive(self, block: Block, leave: float, seconds: float, way: float) -> None:
        """The rest of a block, at a speed between this one and that of the next."""
        left = block.millimetres
        end = min(math.sqrt(leave), math.sqrt(self.speed**2 + 2 * block.acceleration * left))
        mean = (self.speed + end) / 2
        self.seconds += min(left / mean, seconds) if mean > 0 and way > 0 else seconds
        self.speed = end
        self.blocks.pop(0)
        self._done(block, block.end)
        if not self.blocks:
            self.speed = 0.0

    def stop(self) -> None:
        """At once, wherever it is; all that waits is forgotten."""
        if self.blocks:
            self._done(self.blocks[0], self.place())
        self.blocks.clear()
        self.speed, self.holding = 0.0, False

    def place(self) -> tuple[float, float] | None:
        """Where the head is within the block that moves; None when none does."""
        if not self.blocks:
            return None
        block = self.blocks[0]
        (x, y), (ux, uy) = block.end, block.unit
        return x - ux * block.millimetres, y - uy * block.millimetres
