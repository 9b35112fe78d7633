"""Real designs with what PrusaSlicer said of them, for the benchmarks of the estimate.

A folder holds `truth.tsv` (file, profile, rc, time_s, filament_g, embedded_3mf_config), `profiles/*.ini` and the
designs. Left out: failures, results under 180 s or 0.2 g, and 3MF projects that brought their own settings.
"""

import csv
import os
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from fabqueue.analysis import kinds, mesh, solid
from fabqueue.analysis.estimate.model import Part
from fabqueue.analysis.estimate.parameters import Parameters
from printers.profiles import read_settings

ROOT = Path(__file__).parents[1]
LEAST_SECONDS, LEAST_GRAMS = 180, 0.2


@dataclass(frozen=True)
class Truth:
    """One slicing: `seconds` and `grams` of the slicer for `file` under `profile` (an .ini)."""

    file: Path
    profile: Path
    seconds: float
    grams: float


def folder(argument: str | None = None) -> Path:
    """The folder given, or FABQUEUE_DESIGNS, or ../shared/data beside the checkout."""
    return Path(argument or os.environ.get("FABQUEUE_DESIGNS", ROOT / "../shared/data"))


def truths(where: Path, designs: Path | None = None) -> list[Truth]:
    """What is scored of `where`; the designs themselves lie in `designs` when they are not there too."""
    with (where / "truth.tsv").open(encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table, delimiter="\t") if _is_scored(row)]
    return [
        Truth((designs or where) / row["file"], _profile(where, row), float(row["time_s"]), float(row["filament_g"]))
        for row in rows
    ]


def _profile(where: Path, row: dict[str, str]) -> Path:
    return where / "profiles" / f"{row['profile']}.ini"


def _is_scored(row: dict[str, str]) -> bool:
    if row.get("rc", "0") != "0" or row.get("embedded_3mf_config", "0") not in ("", "0"):
        return False
    return float(row["time_s"]) >= LEAST_SECONDS and float(row["filament_g"]) >= LEAST_GRAMS


@cache
def parameters(profile: Path) -> Parameters:
    """The parameters of an .ini."""
    return Parameters.read(read_settings(profile))


@lru_cache(maxsize=4)
def triangles(file: Path) -> tuple[solid.Floats, bool]:
    """Triangles (n, 3, 3) mm as an analysis sees them, and whether they are watertight."""
    loaded = mesh.load(file, kinds.extension(file.name))
    part = solid.turned_out(solid.measure(loaded.triangles))
    return part.triangles, part.topology.watertight


@lru_cache(maxsize=4)
def part(file: Path) -> Part:
    """A design as the estimate measures it."""
    return Part(triangles(file)[0])
