"""Path data to cubic curves: drawings traced from pictures have hundreds of thousands of them.

svgelements reads the whole language and knows how to stop at mistakes, at some 40 microseconds a segment. What is well
formed and has no arcs is read here in a fraction of that.
"""

import re
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Curve = tuple[complex, complex, complex, complex]
Curves = NDArray[np.complex128]
"""Control points (n, 4) of the curves of one subpath; straight lines are curves too."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(rf"[MmLlHhVvZzCcSsQqTt]|{_NUMBER}")
_LONELY_COMMA = re.compile(r",\s*(?:[,A-DF-Za-df-z]|$)|[A-DF-Za-df-z]\s*,")
_NEEDS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "Z": 0}


def curves_of(data: str) -> list[Curves] | None:
    """The subpaths of path data, or None for what has arcs or is wrong anywhere."""
    if data.lstrip()[:1] not in {"M", "m"} or _LONELY_COMMA.search(data) or _TOKEN.sub("", data).strip(" ,\t\r\n\f"):
        return None
    pen = _Pen()
    for command, numbers in _commands(data):
        needs = _NEEDS[command.upper()]
        if bool(numbers) is not bool(needs) or (needs and len(numbers) % needs):
            return None
        pen.draw(command.upper(), numbers, is_relative=command.islower())
    return pen.subpaths()


def _commands(data: str) -> Iterator[tuple[str, list[float]]]:
    """Each command with all its numbers."""
    command, numbers = "", list[float]()
    for token in _TOKEN.findall(data):
        if token.upper() not in _NEEDS:
            numbers.append(float(token))
            continue
        if command:
            yield command, numbers
        command, numbers = token, []
    yield command, numbers


class _Pen:
    """Where drawing has come to, and what it left behind."""

    def __init__(self) -> None:
        self.at = self.start = 0j
        self.last, self.control = "", 0j
        """The last command, and the last control point, which a smooth curve mirrors."""
        self.done: list[list[Curve]] = [[]]

    def subpaths(self) -> list[Curves]:
        return [np.array(curves, dtype=np.complex128) for curves in self.done if curves]

    def draw(self, command: str, numbers: list[float], *, is_relative: bool) -> None:
        """Follow one command with all its repetitions."""
        if command == "Z":
            self._close()
        elif command in "HV":
            for each in numbers:
                self._along(command, each, is_relative=is_relative)
        else:
            steps = iter(map(complex, numbers[::2], numbers[1::2]))
            ways: dict[str, Callable[..., None]] = {
                "M": self._move, "L": self._line, "C": self._cubic, "S": self._smooth, "Q": self._bent, "T": self._bent,
            }  # fmt: skip
            follow = ways[command]
            for points in zip(*[steps] * (_NEEDS[command] // 2), strict=True):
                follow(*([each + self.at for each in points] if is_relative else points))
                follow = self._line if command == "M" else follow
        self.last = command

    def _close(self) -> None:
        self._line(self.start)
        self.done.append([])

    def _along(self, command: str, to: float, *, is_relative: bool) -> None:
        x, y = self.at.real, self.at.imag
        if command == "H":
            self._line(complex(to + x if is_relative else to, y))
        else:
            self._line(complex(x, to + y if is_relative else to))

    def _move(self, to: complex) -> None:
        self.at = self.start = to
        self.done.append([])

    def _line(self, end: complex) -> None:
        self.done[-1].append((self.at, self.at, end, end))
        self.at = end

    def _cubic(self, first: complex, second: complex, end: complex) -> None:
        self.done[-1].append((self.at, first, second, end))
        self.at, self.control, self.last = end, second, "C"

    def _smooth(self, second: complex, end: complex) -> None:
        self._cubic(2 * self.at - self.control if self.last in {"C", "S"} else self.at, second, end)

    def _bent(self, *points: complex) -> None:
        """A curve of the second degree; one without a control point mirrors that of the one before it."""
        mirrored = 2 * self.at - self.control if self.last in {"Q", "T"} else self.at
        middle, end = (points[0] if len(points) == 2 else mirrored), points[-1]
        self.done[-1].append((self.at, self.at + (middle - self.at) * 2 / 3, end + (middle - end) * 2 / 3, end))
        self.at, self.control, self.last = end, middle, "Q"
