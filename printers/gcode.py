"""The only reader of G-code: what a file says about itself and what its moves do, in one pass and constant memory.

Understands PrusaSlicer and its relatives (SuperSlicer, OrcaSlicer, Bambu Studio), Cura and plain G-code. Nothing in a
file makes it fail: what cannot be used is a problem with a code.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from printers.driver import Problem
from printers.moves import Moves

Point = tuple[float, float, float]

MAX_BYTES = 1 << 30
MAX_LINE = 64 * 1024  # the longest real lines are a slicer's start and end scripts
_MAX_SETTINGS = 2000
# With these nothing can be made of a file; every other problem is a matter of judgement.
UNUSABLE = frozenset(
    {
        "toolpath_archive",
        "toolpath_bgcode",
        "toolpath_binary",
        "toolpath_empty",
        "toolpath_line_too_long",
        "toolpath_no_moves",
        "toolpath_number_unreadable",
        "toolpath_too_large",
    }
)


@dataclass(frozen=True, slots=True)
class Toolpath:
    """What a G-code file is about.

    seconds, filament_mm, grams: as the slicer says; the length is added up from the moves when it does not.
    bounds_mm: lowest and highest corner of what is made, without what is purged before the first layer.
    hotend_celsius, bed_celsius: the highest target; ends_cold: whether both are off at the end.
    settings: the slicer's own, where the file holds them.
    """

    slicer: str | None = None
    seconds: float | None = None
    filament_mm: float | None = None
    grams: float | None = None
    bounds_mm: tuple[Point, Point] | None = None
    layers: int = 0
    extrudes: bool = False
    hotend_celsius: float = 0
    bed_celsius: float = 0
    ends_cold: bool = True
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    problems: tuple[Problem, ...] = ()

    @property
    def usable(self) -> bool:
        return not any(problem.code in UNUSABLE for problem in self.problems)


def read(path: Path) -> Toolpath:
    """Read a G-code file. Raises OSError only."""
    with path.open("rb") as file:
        if problem := _unreadable(file, path.stat().st_size):
            return Toolpath(problems=(problem,))
        said, moves = _Said(), Moves()
        try:
            for number, line in enumerate(_lines(file), 1):
                if line.startswith(b";"):
                    said.read(line)
                    if line.startswith((b";LAYER_CHANGE", b";LAYER:")):
                        moves.new_layer()
                else:
                    moves.read(line, number)
        except _LineTooLongError as error:
            return Toolpath(problems=(Problem("toolpath_line_too_long", {"line": error.number}),))
    return _toolpath(said, moves)


def checks(toolpath: Toolpath, bed_mm: Point, tolerance_mm: float = 0.5) -> tuple[Problem, ...]:
    """What speaks against starting this on a printer with that bed, beyond what is wrong with the file itself."""
    found = [*toolpath.problems, *_outside(toolpath, bed_mm, tolerance_mm)]
    if toolpath.usable and not toolpath.extrudes:
        found.append(Problem("toolpath_no_extrusion"))
    if toolpath.usable and not toolpath.ends_cold:
        found.append(Problem("toolpath_ends_hot"))
    return tuple(found)


def _outside(toolpath: Toolpath, bed_mm: Point, tolerance_mm: float) -> Iterator[Problem]:
    if toolpath.bounds_mm is None:
        return
    low, high = toolpath.bounds_mm
    if high[2] > bed_mm[2] + tolerance_mm:
        yield Problem("toolpath_too_tall", {"height_mm": round(high[2], 1), "highest_mm": bed_mm[2]})
    if min(low) < -tolerance_mm or any(high[axis] > bed_mm[axis] + tolerance_mm for axis in (0, 1)):
        yield Problem("toolpath_outside_bed", {"width_mm": bed_mm[0], "depth_mm": bed_mm[1]})


def _unreadable(file: BinaryIO, size: int) -> Problem | None:
    head = file.read(MAX_LINE)
    file.seek(0)
    if not head.strip():
        return Problem("toolpath_empty")
    if head.startswith(b"GCDE"):
        return Problem("toolpath_bgcode")
    if head.startswith(b"PK\x03\x04"):
        return Problem("toolpath_archive")
    if b"\0" in head:
        return Problem("toolpath_binary")
    return Problem("toolpath_too_large", {"size_bytes": size, "most_bytes": MAX_BYTES}) if size > MAX_BYTES else None


class _LineTooLongError(Exception):
    def __init__(self, number: int):
        super().__init__(number)
        self.number = number


def _lines(file: BinaryIO) -> Iterator[bytes]:
    number = 0
    while line := file.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            raise _LineTooLongError(number)
        yield line


def _toolpath(said: "_Said", moves: Moves) -> Toolpath:
    extrudes = moves.extruded_mm > 0
    return Toolpath(
        slicer=said.slicer,
        seconds=said.seconds,
        filament_mm=said.filament_mm or (round(moves.extruded_mm, 2) if extrudes else None),
        grams=said.grams,
        bounds_mm=moves.bounds_mm,
        layers=moves.layers or said.layers,
        extrudes=extrudes,
        hotend_celsius=moves.highest["hotend"],
        bed_celsius=moves.highest["bed"],
        ends_cold=moves.is_cold,
        settings=said.settings,
        problems=moves.problems(),
    )


_NUMBER = rb"(\d+(?:\.\d*)?|\.\d+)"
_SLICER = re.compile(rb";\s*(?:generated|sliced) (?:by|with) ([!-~]+(?: (?!on |at )[!-~]+)?)", re.IGNORECASE)
_BAMBU = re.compile(rb"; (BambuStudio|OrcaSlicer) ([\d.]+)")
_SETTING = re.compile(rb"; ([a-z][a-z0-9_]{0,80}) = ?(.*)")
_TIME = re.compile(
    rb";\s*(?:estimated printing time(?: \(normal mode\))? ?=|.*total estimated time:)\s*([0-9dhms ]{1,40})"
)
_CURA_TIME = re.compile(rb";TIME:" + _NUMBER)
_LENGTH = re.compile(rb"; (?:filament used \[mm\] =|total filament length \[mm\] :) ([\d., ]{1,200})")
_CURA_LENGTH = re.compile(rb";Filament used: ([\d.m, ]{1,200})")
_GRAMS = re.compile(rb"; (?:total )?filament (?:used \[g\] =|weight \[g\] :) ([\d., ]{1,200})")
_LAYERS = re.compile(rb"; ?(?:LAYER_COUNT|total layers? (?:count|number))\s*[:=]\s*(\d{1,7})")
_TOO_MUCH = 1e9
_PER_UNIT = {"d": 86400, "h": 3600, "m": 60, "s": 1}


class _Said:
    """What the comments of a file say."""

    def __init__(self) -> None:
        self.slicer: str | None = None
        self.seconds: float | None = None
        self.filament_mm: float | None = None
        self.grams: float | None = None
        self.layers = 0
        self.settings: dict[str, str] = {}

    def read(self, line: bytes) -> None:
        if line[1:2].isupper() and not line.startswith((b";TIME:", b";Fil", b";Gen", b";LAYER_COUNT", b";Slic")):
            return  # a mark of the layer or the kind of line, most comments by far
        line = line.rstrip(b"\r\n")
        if (setting := _SETTING.fullmatch(line)) and len(self.settings) < _MAX_SETTINGS:
            self.settings[setting[1].decode()] = setting[2].decode("utf-8", "replace")
        elif len(line) < 500:  # nothing else worth reading is long
            self._note(line)

    def _note(self, line: bytes) -> None:
        if self.slicer is None and (found := _SLICER.match(line) or _BAMBU.fullmatch(line)):
            self.slicer = b" ".join(found.groups()).decode("ascii", "replace")[:80]
        elif found := _TIME.match(line):
            self.seconds = _seconds(found[1].decode())
        elif found := _CURA_TIME.match(line):
            self.seconds = _sane(float(found[1]))
        elif found := _LENGTH.match(line):
            self.filament_mm = _sum(found[1])
        elif found := _CURA_LENGTH.match(line):
            self.filament_mm = _sum(found[1].replace(b"m", b""), 1000)
        elif found := _GRAMS.match(line):
            self.grams = _sum(found[1])
        elif found := _LAYERS.match(line):
            self.layers = int(found[1])


def _sum(numbers: bytes, unit: float = 1) -> float | None:
    """The sum of a list, one number for each tool."""
    return _sane(round(sum(float(number) for number in re.findall(_NUMBER, numbers)) * unit, 3))


def _seconds(text: str) -> float | None:
    """Seconds of "1d 2h 3m 4s"."""
    parts = re.findall(r"(\d{1,9})([dhms])", text)
    return _sane(float(sum(int(count) * _PER_UNIT[unit] for count, unit in parts))) if parts else None


def _sane(figure: float) -> float | None:
    """The figure unless nothing real is that large (30 years, 100,000 km)."""
    return figure if figure < _TOO_MUCH else None
