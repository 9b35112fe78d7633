"""GRBL's interpreter: modes, words, settings, alarms, and a record of every move with its beam."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.grbl.stepper import STEP_SECONDS, Block, Stepper

DEFAULTS = {
    0: 10, 1: 25, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 10: 1, 11: 0.01, 12: 0.002, 13: 0, 20: 1, 21: 0, 22: 1, 23: 0,
    24: 25, 25: 500, 26: 250, 27: 1, 30: 1000, 31: 0, 32: 1, 100: 80, 101: 80, 102: 80, 110: 18000, 111: 18000,
    112: 500, 120: 2000, 121: 2000, 122: 10, 130: 600, 131: 400, 132: 50,
}  # fmt: skip
"""As `$$` shows them; those of the profile laser-600."""
PLANNED = 15
"""Blocks that GRBL plans: BLOCK_BUFFER_SIZE - 1."""
LONGEST_LINE = 79
CHORD_MM = 0.1
WELCOME = "Grbl 1.1h ['$' for help]"

_WORD = re.compile(r"([A-Z])([-+]?(?:\d+\.?\d*|\.\d+))")
_GROUPS = {
    "motion": {"G0", "G1", "G2", "G3", "G80"}, "plane": {"G17", "G18", "G19"}, "distance": {"G90", "G91"},
    "feed": {"G93", "G94"}, "units": {"G20", "G21"}, "coordinates": {"G54"}, "stopping": {"M0", "M1", "M2", "M30"},
    "beam": {"M3", "M4", "M5"}, "other": {"G4"},
}  # fmt: skip
_KNOWN = set().union(*_GROUPS.values()) | {"M7", "M8", "M9"}


@dataclass(frozen=True)
class Traced:
    """A move that was made, or as much of it as was: `power` is S, 0 with the beam off."""

    start: tuple[float, float]
    end: tuple[float, float]
    power: float
    dynamic: bool
    rapid: bool
    line: int

    @property
    def length_mm(self) -> float:
        return math.dist(self.start, self.end)


class _Error(Exception):
    """GRBL's `error:N`."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass
class _Modes:
    """What stays from line to line."""

    motion: str = "G0"
    relative: bool = False
    scale: float = 1.0
    beam: str = "M5"
    power: float = 0.0
    feed: float = 0.0
    air: bool = False
    coolants: list[str] = field(default_factory=list)


class Grbl:
    """One controller. `trace` is what its head did, `lines` what it was sent and answered.

    `line` carries out a line as far as GRBL reads ahead; where that needs room or a stand-still, time passes until it
    is there. So a file is streamed as fast as the controller takes it. Use `ready_for` and `run` to let time pass by
    the clock instead.
    """

    def __init__(
        self, settings: dict[int, float] | None = None, *, homed: bool = True, step_seconds: float = STEP_SECONDS
    ) -> None:
        self.settings: dict[int, float] = {**DEFAULTS, **(settings or {})}
        self.trace: list[Traced] = []
        self.lines: list[tuple[str, str]] = []
        self.alarm = 0 if homed else 1
        self.resets = 0
        self.stepper = Stepper(self.settings, PLANNED, self._done, step_seconds)
        self._reset_modes()
        self._at = self._shown = (0.0, 0.0)

    def _reset_modes(self) -> None:
        self.modes = _Modes()

    # what can be seen

    @property
    def state(self) -> str:
        """As the status report names it."""
        if self.alarm:
            return "Alarm"
        if self.stepper.holding:
            return "Hold:0" if self.stepper.speed == 0 else "Hold:1"
        return "Run" if self.stepper.blocks else "Idle"

    @property
    def beam(self) -> float:
        """The power at this moment as S: 0 when nothing burns."""
        if self.alarm or (self.modes.beam == "M5" and not self.stepper.blocks):
            return 0.0
        if self.stepper.blocks and not (self.stepper.holding and self.stepper.speed == 0):
            block = self.stepper.blocks[0]
            return block.power * (self.stepper.speed / block.speed if block.dynamic else 1.0)
        if self.stepper.holding or (self.modes.beam == "M4" and self.settings[32]):
            return 0.0  # dynamic power follows the speed, and a laser is switched off while it holds
        moving_mode = self.modes.motion != "G0" or not self.settings[32]
        return self.modes.power if self.modes.beam != "M5" and moving_mode else 0.0

    @property
    def place(self) -> tuple[float, float]:
        """Where the head is."""
        return self.stepper.place() or self._shown

    @property
    def seconds(self) -> float:
        """Time that has passed."""
        return self.stepper.seconds

    def report(self) -> str:
        """The answer to `?`."""
        x, y = self.place
        speed, free = self.stepper.speed * 60, PLANNED - len(self.stepper.blocks)
        return f"<{self.state}|MPos:{x:.3f},{y:.3f},0.000|Bf:{free},127|FS:{speed:.0f},{self.beam:.0f}>"

    # real-time commands

    def hold(self) -> None:
        """`!`: brake and stay; also where nothing moves, and then no line is carried out either."""
        if not self.alarm:
            self.stepper.holding = True

    def go_on(self) -> None:
        """`~`."""
        self.stepper.holding = False

    def reset(self) -> None:
        """Ctrl-X: everything stops at once; in the middle of a move the place is lost, which is an alarm."""
        if self.stepper.blocks and self.stepper.speed > 0:
            self.alarm = 3
        self.stepper.stop()
        self._at = self._shown
        self._reset_modes()
        self.resets += 1

    # lines

    def stream(self, lines: Iterator[str] | list[str]) -> None:
        """Send all lines one after the other and wait until nothing moves. Raises ValueError for the first error."""
        for number, line in enumerate(lines, 1):
            answer = self.line(line)
            if answer != "ok":
                raise ValueError(f"line {number}, {line!r}: {answer}")
        self.stepper.drain()

    def ready_for(self, text: str) -> bool:
        """Whether a line can be carried out now, without waiting for room or for a stand-still."""
        words = _WORD.findall(_plain(text))
        commands = {_named(*word) for word in words}
        if commands & {"G2", "G3"}:
            return not self.stepper.blocks
        if any(letter in "XY" for letter, _ in words):
            return not self.stepper.is_full and (not self._must_stop(commands, words) or not self.stepper.blocks)
        return not self._must_stop(commands, words) or not self.stepper.blocks

    def _must_stop(self, commands: set[str], words: list[tuple[str, str]]) -> bool:
        """Whether GRBL waits for a stand-still before it carries these out."""
        beam = commands & {"M3", "M4", "M5"}
        if beam and beam != {self.modes.beam}:
            return True
        powers = [float(value) for letter, value in words if letter == "S"]
        moves = any(letter in "XY" for letter, _ in words)
        changes = bool(powers) and powers[0] != self.modes.power and self.modes.beam != "M5"
        if changes and (not moves or not self.settings[32]):
            return True
        return bool(commands & {"G4", "M0", "M1", "M2", "M30", "M7", "M8", "M9"})

    def line(self, text: str) -> str:
        """Carry out one line; the answer is "ok" or "error:N", after what `$` commands print."""
        try:
            answer = self._carry_out(text)
        except _Error as error:
            answer = f"error:{error.number}"
        self.lines.append((text, answer))
        return answer

    def _carry_out(self, text: str) -> str:
        if len(text) > LONGEST_LINE:
            raise _Error(14)
        code = _plain(text)
        if not code:
            return "ok"
        if code.startswith("$"):
            return self._system(code)
        if self.alarm:
            raise _Error(9)
        self._block(code)
        return "ok"

    # settings and states

    def _system(self, code: str) -> str:
        if code == "$$":
            return "\n".join([*(f"${key}={value:g}" for key, value in sorted(self.settings.items())), "ok"])
        if code == "$I":
            return "[VER:1.1h.20190825:]\n[OPT:V,15,128]\nok"
        if code == "$G":
            modes = self.modes
            kind = "G91" if modes.relative else "G90"
            return f"[GC:{modes.motion} G54 G17 G21 {kind} G94 {modes.beam} M9 T0 F{modes.feed:g} S{modes.power:g}]\nok"
        if code == "$X":
            self.alarm = 0
            return "ok"
        if code == "$H":
            return self._home()
        if found := re.fullmatch(r"\$(\d+)=(-?\d+\.?\d*)", code):
            return self._set(int(found[1]), float(found[2]))
        raise _Error(3)

    def _home(self) -> str:
        if not self.settings[22]:
            raise _Error(5)
        if self.stepper.blocks:
            raise _Error(8)
        self.alarm = 0
        self._at = self._shown = (0.0, 0.0)
        return "ok"

    def _set(self, key: int, value: float) -> str:
        if self.stepper.blocks:
            raise _Error(8)
        if key not in self.settings:
            raise _Error(3)
        self.settings[key] = value
        return "ok"

    # a line of G-code

    def _block(self, code: str) -> None:
        if _WORD.sub("", code).strip():
            raise _Error(2 if re.search(r"[A-Z]", code) else 1)
        words = [(letter, value) for letter, value in _WORD.findall(code)]
        commands = [_named(letter, value) for letter, value in words if letter in "GM"]
        values = {letter: float(value) for letter, value in words if letter not in "GM"}
        self._validate(commands, values, [letter for letter, _ in words if letter not in "GM"])
        if self._must_stop(set(commands), words):
            self.stepper.drain()
        self._set_modes(commands, values)
        if "X" in values or "Y" in values:
            self._move(values)
        if set(commands) & {"M2", "M30"}:
            self.modes = _Modes(power=self.modes.power, feed=self.modes.feed)

    def _validate(self, commands: list[str], values: dict[str, float], letters: list[str]) -> None:
        for command in commands:
            if command not in _KNOWN:
                raise _Error(20)
        if any(len(group & set(commands)) > 1 or sum(commands.count(each) for each in group) > 1
               for group in _GROUPS.values()):  # fmt: skip
            raise _Error(21)
        if len(letters) != len(set(letters)):
            raise _Error(25)
        if set(values) - set("XYZIJFSPRNT"):
            raise _Error(20)
        if values.get("S", 0) < 0 or values.get("F", 0) < 0:
            raise _Error(4)
        if "G4" in commands and "P" not in values:
            raise _Error(28)

    def _set_modes(self, commands: list[str], values: dict[str, float]) -> None:
        modes = self.modes
        for command in commands:
            if command in _GROUPS["motion"]:
                modes.motion = command
            elif command in _GROUPS["beam"]:
                modes.beam = command
            elif command in {"G90", "G91"}:
                modes.relative = command == "G91"
            elif command in {"G20", "G21"}:
                modes.scale = 25.4 if command == "G20" else 1.0
            elif command in {"M7", "M8", "M9"}:
                modes.air = command != "M9"
            elif command == "G4":
                self.stepper.run(values["P"])
        modes.power = min(values.get("S", modes.power), self.settings[30])
        modes.feed = values["F"] * modes.scale if "F" in values else modes.feed

    def _move(self, values: dict[str, float]) -> None:
        target = self._target(values)
        rapid = self.modes.motion == "G0"
        if not rapid and self.modes.feed <= 0:
            raise _Error(22)
        places = [target] if self.modes.motion in {"G0", "G1"} else list(self._arc(target, values))
        for place in places:
            self._travel(place, rapid)

    def _target(self, values: dict[str, float]) -> tuple[float, float]:
        found = []
        for axis, at in zip("XY", self._at, strict=True):
            value = values.get(axis, 0.0) * self.modes.scale
            found.append(at if axis not in values else at + value if self.modes.relative else value)
        return found[0], found[1]

    def _arc(self, target: tuple[float, float], values: dict[str, float]) -> Iterator[tuple[float, float]]:
        """Chords of an arc around the centre that I and J name."""
        if not {"I", "J"} & set(values):
            raise _Error(35)
        across, up = values.get("I", 0.0) * self.modes.scale, values.get("J", 0.0) * self.modes.scale
        x, y = self._at[0] + across, self._at[1] + up
        radius, other = math.hypot(across, up), math.dist((x, y), target)
        if abs(radius - other) > max(0.005, 0.001 * radius):
            raise _Error(33)
        begin, end = math.atan2(-up, -across), math.atan2(target[1] - y, target[0] - x)
        turn = (end - begin) % (2 * math.pi) or 2 * math.pi
        if self.modes.motion == "G2":
            turn = turn - 2 * math.pi or -2 * math.pi
        count = max(2, math.ceil(abs(turn) * radius / CHORD_MM))
        for step in range(1, count):
            angle = begin + turn * step / count
            yield x + radius * math.cos(angle), y + radius * math.sin(angle)
        yield target

    def _travel(self, target: tuple[float, float], rapid: bool) -> None:
        if self.settings[20] and not (-1e-9 <= target[0] <= self.settings[130] + 1e-9
                                      and -1e-9 <= target[1] <= self.settings[131] + 1e-9):  # fmt: skip
            self.stepper.drain()
            self.alarm = 2
            self._reset_modes()
            raise _Error(9)
        far = math.dist(self._at, target)
        if far == 0:
            return
        while self.stepper.is_full:
            self.stepper.run(0.001)
        unit = ((target[0] - self._at[0]) / far, (target[1] - self._at[1]) / far)
        fastest = self.stepper.limit(unit, 110, 111, 1 / 60)
        modes = self.modes
        dark = modes.beam == "M5" or (rapid and bool(self.settings[32]))
        self.stepper.add(Block(
            start=self._at, end=target, speed=fastest if rapid else min(modes.feed / 60, fastest),
            acceleration=self.stepper.limit(unit, 120, 121), unit=unit, power=0.0 if dark else modes.power,
            dynamic=modes.beam == "M4" and bool(self.settings[32]), rapid=rapid, line=len(self.lines) + 1,
        ))  # fmt: skip
        self._at = target

    def _done(self, block: Block, end: tuple[float, float]) -> None:
        self._shown = end
        self.trace.append(Traced(block.start, end, block.power, block.dynamic, block.rapid, block.line))


def _plain(text: str) -> str:
    """Without comments and blanks, in capitals, as GRBL reads it."""
    return re.sub(r"\([^)]*\)|;.*|\s", "", text).upper()


def _named(letter: str, value: str) -> str:
    return f"{letter}{float(value):g}"
