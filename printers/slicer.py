"""A model to G-code with an installed PrusaSlicer, under limits; the slicer is never trusted and its G-code is read.

Facts used (PrusaSlicer 2.5): a part larger than the bed makes it abort (exit -6), an asked arrangement of copies says
so in words instead; the height is not checked at all; a project 3MF carries settings, per-object settings and even
G-code of its own, which go before `--load`.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from math import asin, atan2, degrees, sqrt
from pathlib import Path

from printers.driver import Values
from printers.gcode import Point, Toolpath, checks, read
from printers.limits import Finished, Limits, run_limited

Quaternion = tuple[float, float, float, float]  # w, x, y, z

MEMORY = 4 << 30
SLICING = Limits(memory_bytes=MEMORY, cpu_seconds=600, wall_seconds=900, output_bytes=512 << 20)
ARRANGING = Limits(memory_bytes=MEMORY, cpu_seconds=60, wall_seconds=90, output_bytes=512 << 20)
PREPARING = Limits(memory_bytes=1 << 30, cpu_seconds=60, wall_seconds=90, output_bytes=512 << 20)
NAMES = ("prusa-slicer", "PrusaSlicer", "prusa-slicer-console")
MADE = "made.gcode"

# What the slicer says, and what it means. The first that is found counts.
_MEANINGS = (
    ("could not fit on the bed", "slicing_does_not_fit"),
    ("Loading of a model file failed", "slicing_model_unreadable"),
    ("No layers were detected", "slicing_nothing_to_print"),
    ("The print is empty", "slicing_nothing_to_print"),
    ("Nothing to print", "slicing_nothing_to_print"),
    ("outside of the print volume", "slicing_does_not_fit"),
    ("file is empty", "slicing_nothing_to_print"),
)
_LIMITS = {
    "wall": "slicing_took_too_long",
    "cpu": "slicing_took_too_long",
    "memory": "slicing_too_much_memory",
    "output": "slicing_output_too_large",
}
_FROM_GCODE = {
    "toolpath_too_tall": "slicing_too_tall",
    "toolpath_outside_bed": "slicing_outside_bed",
    "toolpath_no_extrusion": "slicing_nothing_to_print",
    "toolpath_no_moves": "slicing_nothing_to_print",
    "toolpath_empty": "slicing_nothing_to_print",
}


class SlicingError(Exception):
    """A model could not be sliced; code and values for people, `detail` the slicer's last words for the log."""

    def __init__(self, code: str, values: Values | None = None, detail: str = ""):
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.values: Values = values or {}
        self.detail = detail


class SlicerMissing(SlicingError):
    """No slicer is installed, or the configured one is not there."""


def find(configured: str | None = None) -> "Slicer":
    """The configured slicer, else the first that is on the PATH. Raises SlicerMissing."""
    names = (configured,) if configured else NAMES
    for name in names:
        if program := shutil.which(name):
            return Slicer(program)
    raise SlicerMissing("slicing_no_slicer", {"program": configured or NAMES[0]})


@dataclass(frozen=True, slots=True)
class Part:
    """One of several models on a bed: so many copies, turned by `pose`, `scale` millimetres in one unit."""

    model: Path
    copies: int = 1
    pose: Quaternion | None = None
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Slicer:
    """An installed PrusaSlicer."""

    program: str

    def version(self) -> str:
        """As in "PrusaSlicer 2.5.0". Raises SlicerMissing when the program does not run."""
        return _version(self.program)

    def canonical(self, settings: Mapping[str, str], limits: Limits = ARRANGING) -> dict[str, str]:
        """The settings as this version writes them, without keys it does not know. Raises SlicingError."""
        with _workplace() as place:
            (place / "settings.ini").write_text("".join(f"{key} = {value}\n" for key, value in settings.items()))
            command = [self.program, "--datadir", "presets", "--load", "settings.ini", "--save", "saved.ini"]
            finished = run_limited(command, limits, place)
            if finished.returncode != 0 or not (place / "saved.ini").is_file():
                raise SlicingError("slicing_failed", {"exit": finished.returncode}, _last_words(finished))
            lines = (place / "saved.ini").read_text("utf-8", "replace").splitlines()
        pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
        saved = {key.strip(): value.strip() for key, _, value in pairs}
        return {key: saved[key] for key in settings if key in saved}

    def slice(
        self,
        model: Path,
        gcode: Path,
        settings: Mapping[str, str],
        copies: int = 1,
        bed_mm: Point = (250.0, 210.0, 210.0),
        pose: Quaternion | None = None,
        limits: Limits = SLICING,
        scale: float = 1.0,
    ) -> Toolpath:
        """Slice `copies` of a model (STL, OBJ, 3MF), arranged on one bed, into the file `gcode`.

        pose: how it lies, as a unit quaternion (w, x, y, z). scale: millimetres in one unit of the model. What comes
        out was read again: it extrudes, stays on the bed, keeps to `settings` and ends cold. Raises SlicingError.
        """
        if copies < 1:
            raise ValueError(f"{copies} copies")
        with _workplace() as place:
            plate = _Plate(settings, _shape(scale, pose), [[_plain(place, model)]], copies)
            self._arrange(place, plate, copies, lambda fewer: replace(plate, copies=fewer))
            return self._finished(place, plate, gcode, bed_mm, limits)

    def slice_together(
        self,
        parts: Sequence[Part],
        gcode: Path,
        settings: Mapping[str, str],
        bed_mm: Point = (250.0, 210.0, 210.0),
        limits: Limits = SLICING,
    ) -> Toolpath:
        """Slice different parts, each in its copies, merged and arranged on one bed, into the file `gcode`.

        Checked as by `slice`. Raises SlicingError; with the code slicing_too_many its value `fitting` tells how many
        of the parts, from the first on, find a place with all their copies.
        """
        with _workplace() as place:
            baked = [self._baked(place, number, part) for number, part in enumerate(parts)]
            plate = _Plate(settings, ["--merge"], baked)
            self._arrange(place, plate, len(parts), lambda fewer: replace(plate, parts=plate.parts[:fewer]))
            return self._finished(place, plate, gcode, bed_mm, limits)

    def _baked(self, place: Path, number: int, part: Part) -> list[str]:
        """A part as it will lie, in a file of its own, because the slicer turns all that it merges alike; its name for
        each copy."""
        name = f"part-{number}.stl"
        with _workplace() as corner:
            alone = _Plate({}, _shape(part.scale, part.pose), [[_plain(corner, part.model)]])
            self._run(corner, alone, ["--export-stl", "--output", str(place / name)], ARRANGING)
        return [name] * part.copies

    def _finished(self, place: Path, plate: "_Plate", gcode: Path, bed_mm: Point, limits: Limits) -> Toolpath:
        try:
            toolpath = self._make(place, plate, bed_mm, limits)
        except SlicingError as error:
            if error.code != "slicing_outside_bed" or plate.settings.get("skirts", "0") == "0":
                raise
            # parts are arranged without regard to the skirt around them; it is the part that must fit
            unskirted = replace(plate, settings={**plate.settings, "skirts": "0"})
            toolpath = self._make(place, unskirted, bed_mm, limits)
        shutil.move(place / MADE, gcode)
        return toolpath

    def _make(self, place: Path, plate: "_Plate", bed_mm: Point, limits: Limits) -> Toolpath:
        self._run(place, plate, ["--export-gcode", "--output", MADE], limits)
        return _accepted(place / MADE, plate.settings, bed_mm)

    def _arrange(self, place: Path, plate: "_Plate", wanted: int, fewer: Callable[[int], "_Plate"]) -> None:
        """Whether all that is wanted finds a place; `fewer`: the plate with only so much. Raises SlicingError."""
        if self._fits(place, plate):
            return
        fitting = self._count(place, wanted - 1, fewer)
        if fitting == 0:
            raise SlicingError("slicing_does_not_fit", plate.bed())
        raise SlicingError("slicing_too_many", {"copies": wanted, "fitting": fitting})

    def _count(self, place: Path, most: int, fewer: Callable[[int], "_Plate"]) -> int:
        """How much fits, up to `most`, by halving; every question costs about 0.1 s."""
        lowest, highest = 0, most
        while lowest < highest:
            middle = (lowest + highest + 1) // 2
            fits = self._fits(place, fewer(middle))
            lowest, highest = (middle, highest) if fits else (lowest, middle - 1)
        return lowest

    def _fits(self, place: Path, plate: "_Plate") -> bool:
        try:
            self._run(place, plate, ["--info"], ARRANGING)
        except SlicingError as error:
            if error.code == "slicing_does_not_fit":
                return False
            raise
        return True

    def _run(self, place: Path, plate: "_Plate", action: list[str], limits: Limits) -> None:
        (place / "settings.ini").write_text("".join(f"{key} = {value}\n" for key, value in plate.settings.items()))
        command = [self.program, "--datadir", "presets", "--load", "settings.ini", *plate.arguments(), *action]
        finished = run_limited([*command, *chain.from_iterable(plate.parts)], limits, place)
        if finished.killed:
            raise SlicingError(_LIMITS[finished.killed], detail=_last_words(finished))
        if finished.returncode != 0:
            raise _meaning(finished, plate)


@dataclass(frozen=True, slots=True)
class _Plate:
    """What lies on the bed: for each part the names of its files, all of them turned by these arguments, so often."""

    settings: Mapping[str, str]
    turns: list[str]
    parts: list[list[str]]
    copies: int = 1

    def arguments(self) -> list[str]:
        # Carried out in this order: copies are laid out as large and as turned as they will be made. From a corner of
        # the bed, because PrusaSlicer 2.5 finds no place for many a small part that was drawn far from the origin.
        # Merged parts are laid out without regard to the bed; asking for one copy of them all is what minds it.
        return [*self.turns, "--align-xy", "0,0", "--duplicate", str(self.copies)]

    def bed(self) -> Values:
        """Size of the bed in the settings, for people."""
        corners = re.findall(r"(-?[\d.]+)x(-?[\d.]+)", self.settings["bed_shape"])
        sides = zip(*((float(x), float(y)) for x, y in corners), strict=True)
        width, depth = (max(side) - min(side) for side in sides)
        return {"width_mm": width, "depth_mm": depth}


@contextmanager
def _workplace() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="slicing-") as folder:
        yield Path(folder)


def _plain(place: Path, model: Path) -> str:
    """The model's name in the workplace; a 3MF arrives there without the settings of whoever made it."""
    suffix = model.suffix.lower()
    if suffix != ".3mf":
        (place / f"model{suffix}").symlink_to(model.absolute())
        return f"model{suffix}"
    command: list[str | Path] = [sys.executable, "-m", "printers.plain3mf", model.absolute(), place / "model.3mf"]
    here = str(Path(__file__).resolve().parent.parent)
    finished = run_limited(command, PREPARING, place, {"PYTHONPATH": here})
    if finished.returncode != 0:
        raise SlicingError("slicing_model_unreadable", detail=_last_words(finished))
    return "model.3mf"


def _shape(scale: float, pose: Quaternion | None) -> list[str]:
    return [*_sized(scale), *_turned(pose)]


def _sized(scale: float) -> list[str]:
    return [] if scale == 1.0 else ["--scale", f"{scale:.9g}"]


def _turned(pose: Quaternion | None) -> list[str]:
    """The pose as turns about the fixed axes x, then y, then z, in degrees."""
    if pose is None:
        return []
    length = sqrt(sum(part * part for part in pose))
    if not 0.5 < length < 2:  # not a direction at all, NaN included
        raise SlicingError("slicing_pose_unclear")
    w, x, y, z = (part / length for part in pose)
    about_x = atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
    about_y = asin(max(-1.0, min(1.0, 2 * (w * y - z * x))))
    about_z = atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    turns = (("--rotate-x", about_x), ("--rotate-y", about_y), ("--rotate", about_z))
    return [word for name, angle in turns if abs(angle) > 1e-9 for word in (name, f"{degrees(angle):.6f}")]


def _meaning(finished: Finished, plate: _Plate) -> SlicingError:
    for words, code in _MEANINGS:
        if words in finished.output:
            return SlicingError(code, plate.bed() if code == "slicing_does_not_fit" else {}, _last_words(finished))
    return SlicingError("slicing_failed", {"exit": finished.returncode}, _last_words(finished))


def _last_words(finished: Finished) -> str:
    lines = [line.strip() for line in finished.output.splitlines() if line.strip() and "[trace]" not in line]
    return " / ".join(lines[-3:])[-500:]


def _accepted(gcode: Path, settings: Mapping[str, str], bed_mm: Point) -> Toolpath:
    """The toolpath of a file that may go to a machine. Raises SlicingError for any other."""
    if not gcode.is_file():
        raise SlicingError("slicing_failed", {"exit": 0}, "no G-code came out")
    toolpath = read(gcode)
    for problem in checks(toolpath, bed_mm):
        raise SlicingError(_FROM_GCODE.get(problem.code, problem.code), problem.values)
    for key, value in settings.items():
        if toolpath.settings.get(key, value) != value:
            raise SlicingError("slicing_settings_not_kept", {"setting": key}, f"{toolpath.settings[key]!r}")
    return toolpath


@cache
def _version(program: str) -> str:
    with _workplace() as place:
        try:
            finished = run_limited([program, "--datadir", "presets", "--help"], ARRANGING, place)
        except OSError as error:
            raise SlicerMissing("slicing_no_slicer", {"program": program}, str(error)) from error
    for line in finished.output.splitlines():
        if line.startswith("PrusaSlicer-"):
            return line.split()[0].split("+")[0].replace("-", " ", 1)
    raise SlicerMissing("slicing_no_slicer", {"program": program}, _last_words(finished))
