"""What the commands of a G-code file do: where it makes something, how much it extrudes, how hot it gets."""

import re
from collections import defaultdict

from printers.driver import Problem

Point = tuple[float, float, float]

_X, _Y, _Z, _E = b"XYZE"
_MOVES = (b"G1 ", b"G0 ", b"G2 ", b"G3 ")
_WORD = re.compile(rb"([A-Z])\s*([-+]?(?:\d+\.?\d*|\.\d+)?[^A-Z\s]*)")
_COMMAND = re.compile(rb"(?:N\d+\s*)?([GM]\d+|T\d+)(?![\d])")
_FARTHEST = 1e5  # mm, and any other number of a move: beyond it is an error, not a machine
_MOST_HEIGHTS = 100_000
_INCH = 25.4
# What a job may not do to a machine: change its firmware or its kept settings, its files, its steps and end stops.
_FORBIDDEN = {
    *("M28", "M29", "M30", "M92", "M112", "M211", "M301", "M302", "M303", "M304", "M500", "M502", "M504"),
    *("M851", "M928", "M997", "M999"),
}  # fmt: skip
_WAITING = {"M0", "M1", "M25", "M226", "M600", "M601"}


class Moves:
    """Follows a file line by line. Positions in millimetres of the machine, whatever unit and origin the file uses."""

    def __init__(self) -> None:
        self.extruded_mm = 0.0
        self.layers = 0
        self.highest: dict[str, float] = {"hotend": 0.0, "bed": 0.0}
        self._targets: dict[str, float] = defaultdict(float)
        self._at: Point = (0.0, 0.0, 0.0)
        self._shift: Point = (0.0, 0.0, 0.0)  # where the file's origin lies
        self._e = 0.0
        self._relative = self._e_relative = False
        self._scale = 1.0
        self._made = _Box()
        self._moved = _Box()
        self._heights: set[float] = set()
        self._marked = False
        self._odd: dict[str, Problem] = {}

    # what came out

    @property
    def bounds_mm(self) -> tuple[Point, Point] | None:
        """Corners of what is extruded; of all moves where nothing is (a laser, a mill)."""
        return self._made.corners() or self._moved.corners()

    @property
    def is_cold(self) -> bool:
        return not any(self._targets.values())

    def problems(self) -> tuple[Problem, ...]:
        return tuple(self._odd.values()) if self._moved.corners() else (Problem("toolpath_no_moves"),)

    # line by line

    def new_layer(self) -> None:
        """A slicer's mark. What was extruded before the first one was the purge, not the part."""
        if not self._marked:
            self._marked = True
            self._made = _Box()
            self.layers = 0
        self.layers += 1

    def read(self, line: bytes, number: int) -> None:
        """Follow one line that is no comment; `number` is for the problems."""
        if line.startswith(_MOVES):
            self._move(_words(line), number, rapid=line[1:2] == b"0")
        elif found := _COMMAND.match(line.lstrip().upper()):
            self._command(found[1].decode(), line.lstrip().upper()[found.end() :], number)

    def _command(self, name: str, rest: bytes, number: int) -> None:
        if name in {"G1", "G0", "G2", "G3", "G00", "G01", "G02", "G03"}:
            self._move(_words(b"_ " + rest), number, rapid=name in {"G0", "G00"})
        elif name[0] == "G":
            self._mode(name, rest)
        elif name in {"M82", "M83"}:
            self._e_relative = name == "M83"
        elif name in {"M104", "M109", "M140", "M190"}:
            self._heat("hotend" if name in {"M104", "M109"} else "bed", _words(b"_ " + rest))
        elif name in _FORBIDDEN:
            self._note(Problem("toolpath_forbidden_command", {"command": name, "line": number}))
        elif name in _WAITING:
            self._note(Problem("toolpath_waits_for_person", {"command": name, "line": number}))

    def _mode(self, name: str, rest: bytes) -> None:
        if name in {"G90", "G91"}:
            self._relative = self._e_relative = name == "G91"
        elif name in {"G20", "G21"}:
            self._scale = _INCH if name == "G20" else 1.0
        elif name == "G28":
            self._home(_words(b"_ " + rest, bare=True) or {})
        elif name == "G92":
            self._rename(_words(b"_ " + rest) or {})

    def _home(self, axes: dict[int, float]) -> None:
        kept = [axis in axes for axis in (_X, _Y, _Z)]
        homed = kept if any(kept) else [True, True, True]
        self._at = _where(homed, (0.0, 0.0, 0.0), self._at)
        self._shift = _where(homed, (0.0, 0.0, 0.0), self._shift)

    def _rename(self, words: dict[int, float]) -> None:
        x, y, z = (at - words.get(axis, 0.0) * self._scale for at, axis in zip(self._at, (_X, _Y, _Z), strict=True))
        self._shift = _where([axis in words for axis in (_X, _Y, _Z)], (x, y, z), self._shift)
        if _E in words or not words:
            self._e = words.get(_E, 0.0) * self._scale

    def _move(self, words: dict[int, float] | None, number: int, rapid: bool) -> None:
        """One move; of an arc only its ends count."""
        if words is None:
            self._note(Problem("toolpath_number_unreadable", {"line": number}))
            return
        start, end = self._at, self._target(words)
        self._at = end
        pushed = self._push(words[_E]) if _E in words else 0.0
        if rapid or (start[0] == end[0] and start[1] == end[1]):
            return  # only up, down, in or out: nothing is made
        self._moved.hold(end)
        if pushed > 0:
            self._made.hold(start)
            self._made.hold(end)
            if not self._marked:
                self._count_layer(end[2])

    def _target(self, words: dict[int, float]) -> Point:
        x, y, z = self._at
        from_x, from_y, from_z = self._at if self._relative else self._shift
        scale = self._scale
        return (
            from_x + words[_X] * scale if _X in words else x,
            from_y + words[_Y] * scale if _Y in words else y,
            from_z + words[_Z] * scale if _Z in words else z,
        )

    def _push(self, value: float) -> float:
        """Filament pushed by a move, negative when it is drawn back."""
        value *= self._scale
        pushed = value if self._e_relative else value - self._e
        self._e = self._e + value if self._e_relative else value
        self.extruded_mm += pushed
        return pushed

    def _count_layer(self, height: float) -> None:
        if height not in self._heights and len(self._heights) < _MOST_HEIGHTS:
            self._heights.add(height)
            self.layers = len(self._heights)

    def _heat(self, heater: str, words: dict[int, float] | None) -> None:
        words = words or {}
        target = words.get(ord("S"), words.get(ord("R")))
        if target is not None:
            self._targets[f"{heater}{words.get(ord('T'), 0):g}"] = target
            self.highest[heater] = max(self.highest[heater], target)

    def _note(self, problem: Problem) -> None:
        self._odd.setdefault(problem.code, problem)  # the first of each kind; a file may hold millions


class _Box:
    """The smallest box around some points."""

    __slots__ = ("_empty", "_x0", "_x1", "_y0", "_y1", "_z0", "_z1")

    def __init__(self) -> None:
        self._empty = True
        self._x0 = self._y0 = self._z0 = self._x1 = self._y1 = self._z1 = 0.0

    def hold(self, point: Point) -> None:
        """Written out: it runs for every move of files with millions of them."""
        x, y, z = point
        if self._empty:
            self._empty = False
            self._x0, self._y0, self._z0 = self._x1, self._y1, self._z1 = point
            return
        if x < self._x0:
            self._x0 = x
        elif x > self._x1:
            self._x1 = x
        if y < self._y0:
            self._y0 = y
        elif y > self._y1:
            self._y1 = y
        if z < self._z0:
            self._z0 = z
        elif z > self._z1:
            self._z1 = z

    def corners(self) -> tuple[Point, Point] | None:
        if self._empty:
            return None
        low = (round(self._x0, 3), round(self._y0, 3), round(self._z0, 3))
        return low, (round(self._x1, 3), round(self._y1, 3), round(self._z1, 3))


def _where(chosen: list[bool], new: Point, old: Point) -> Point:
    x, y, z = (here if take else there for take, here, there in zip(chosen, new, old, strict=True))
    return x, y, z


def _words(line: bytes, bare: bool = False) -> dict[int, float] | None:
    """The letters (as byte values) of a command with their numbers, None if one is no sensible number.

    `bare` takes letters without a number as zero, as in "G28 X Y".
    """
    try:
        words = {word[0]: float(word[1:]) for word in line.partition(b";")[0].split()[1:]}
    except ValueError:
        return _loose_words(line, bare)
    return words if _sensible(words) else None


def _sensible(words: dict[int, float]) -> bool:
    for value in words.values():  # noqa: SIM110  a generator takes a third longer, millions of times
        if not -_FARTHEST < value < _FARTHEST:
            return False
    return True


def _loose_words(line: bytes, bare: bool) -> dict[int, float] | None:
    """As `_words` for lines without spaces, with checksums, comments in brackets or lower case; far slower."""
    text = re.sub(rb"\([^)]*\)|[;*].*", b"", line, flags=re.DOTALL).upper()
    words = {}
    for letter, number in _WORD.findall(text):
        if letter in b"GNM":
            continue
        try:
            words[letter[0]] = float(number) if number or not bare else 0.0
        except ValueError:
            return None
    return words if _sensible(words) else None
