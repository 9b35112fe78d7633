"""The check of a laser's file before it reaches a machine, written as if nobody trusted whoever planned it.

It follows every line and knows few commands; what it does not know it refuses. A file that passes stays on the bed,
never burns with more than full power, faster than the laser moves, in a rapid move or standing still, and ends with
the beam off.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from printers.driver import Problem
from printers.lasers import Laser

MAX_BYTES = 256 << 20
MAX_LINE = 70
"""Characters; GRBL takes no more than 80, and OctoPrint may add a line number and a checksum."""
SLACK = 1e-6
_WORD = re.compile(r"([A-Z])([-+]?(?:\d+\.?\d*|\.\d+))")
_LINE = re.compile(r"(?:[A-Z][-+]?(?:\d+\.?\d*|\.\d+)\s*)+")
_COMMENT = re.compile(r"\([^()]*\)|;.*")


def check(path: Path, laser: Laser) -> tuple[Problem, ...]:
    """What speaks against sending this file to that laser, the first of each kind. Raises OSError only."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        return (Problem("laser_file_too_large", {"size_bytes": size, "most_bytes": MAX_BYTES}),)
    follower = _Follower(laser)
    with path.open("rb") as file:
        for number, line in enumerate(_lines(file.readline), 1):
            follower.read(line, number)
            if follower.is_hopeless:
                break
    return follower.problems()


def _lines(readline: Callable[[int], bytes]) -> Iterator[bytes]:
    while line := readline(4 * MAX_LINE):
        yield line


class _Follower:
    """Follows a file line by line, as GRBL would carry it out."""

    def __init__(self, laser: Laser) -> None:
        self._laser = laser
        self._found: dict[str, Problem] = {}
        self._modes: set[str] = set()
        self._at = {"X": 0.0, "Y": 0.0}
        self._motion = ""
        self._power = self._feed = 0.0
        self._fires = self._burnt = self._ended = False
        self._number = 0

    @property
    def is_hopeless(self) -> bool:
        """Whether reading on would say nothing: this is no G-code."""
        return "laser_line_too_long" in self._found

    def problems(self) -> tuple[Problem, ...]:
        if not self._found and not self._burnt:
            self._note("laser_nothing_burnt")
        if self._fires:
            self._note("laser_on_at_end")
        return tuple(self._found.values())

    def read(self, line: bytes, number: int) -> None:
        self._number = number
        if len(line.rstrip(b"\r\n")) > MAX_LINE:
            return self._note("laser_line_too_long", line=number)
        text = line.decode("ascii", "replace").strip()
        code = _COMMENT.sub("", text).strip()
        if not code:
            return None
        if not _LINE.fullmatch(code):
            return self._note("laser_line_unreadable", line=number)
        if self._ended:
            self._note("laser_goes_on_after_end", line=number)
        return self._carry_out([(letter, value) for letter, value in _WORD.findall(code)])

    def _carry_out(self, words: list[tuple[str, str]]) -> None:
        commands = [_named(letter, value) for letter, value in words if letter in "GM"]
        values = {letter: float(value) for letter, value in words if letter not in "GM"}
        for command in commands:
            self._command(command)
        self._values(values, [letter for letter, _ in words])
        if "X" in values or "Y" in values:
            self._move(values)
        elif self._fires and self._power > 0 and ("S" in values or "M4" in commands):
            self._note("laser_burns_standing", line=self._number)

    def _command(self, command: str) -> None:
        if command in _REFUSED:
            self._note(_REFUSED[command], line=self._number)
        elif command not in self._KNOWN:
            self._note("laser_unknown_command", command=command, line=self._number)
        elif command in {"G0", "G1"}:
            self._motion = command
        elif command in {"M4", "M5"}:
            self._fires = command == "M4"
        elif command == "M2":
            self._ended = True
        else:
            self._modes.add(command)

    _KNOWN: ClassVar = frozenset({"G0", "G1", "G17", "G21", "G90", "G94", "M2", "M4", "M5", "M7", "M8", "M9"})

    def _values(self, values: Mapping[str, float], letters: list[str]) -> None:
        if strange := sorted(set(values) - set("XYSF")):
            self._note("laser_unknown_command", command=strange[0], line=self._number)
        if any(letters.count(letter) > 1 for letter in "XYSF"):
            self._note("laser_line_unreadable", line=self._number)
        self._power, self._feed = values.get("S", self._power), values.get("F", self._feed)
        if not 0 <= self._power <= self._laser.most_power:
            self._note("laser_power_too_high", power=self._power, highest=self._laser.most_power, line=self._number)

    def _move(self, values: Mapping[str, float]) -> None:
        self._at = {axis: values.get(axis, self._at[axis]) for axis in "XY"}
        if not {"G21", "G90"} <= self._modes or not self._motion:
            self._note("laser_modes_missing", line=self._number)
        for axis, side in zip("XY", self._laser.bed_mm, strict=True):
            if not -SLACK <= self._at[axis] <= side + SLACK:
                self._note("laser_outside_bed", line=self._number)
        if not self._fires or self._power <= 0:
            return
        if self._motion == "G0":
            self._note("laser_on_in_rapid", line=self._number)
        self._burnt = True
        if not 0 < self._feed <= 60 * self._laser.speed_most_mm_s * (1 + SLACK):
            self._note("laser_feed_wrong", line=self._number)

    def _note(self, code: str, **values: str | float) -> None:
        self._found.setdefault(code, Problem(code, values))  # the first of each kind; a file may hold millions


_REFUSED = {
    "G20": "laser_inches",
    "G91": "laser_relative",
    "M3": "laser_constant_power",
    "M30": "laser_m30",
}


def _named(letter: str, value: str) -> str:
    """G01 is G1."""
    number = float(value)
    return f"{letter}{number:g}"
