"""Machine models: a folder each, with `machine.toml`, slicer settings and one preset per material.

A folder NAME holds `machine.toml` (what the machine is), and, when its work is sliced, `settings.ini` (PrusaSlicer
keys of machine and print) and `MATERIAL.ini` for each material that `machine.toml` names. The merged settings serve
the slicer and the estimate alike. What `machine.toml` says of a laser is read by `printers.profiles.lasers`.
"""

import hashlib
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from printers.lasers import Laser, Setting
from printers.profiles import lasers
from printers.profiles.tables import ProfileError, is_positive, positive, table_of, title_of

__all__ = ["HERE", "Kind", "MaterialPreset", "Profile", "ProfileError", "SettingError", "available", "builtin", "load",
           "read_settings"]  # fmt: skip

HERE = Path(__file__).parent

Overrides = Mapping[str, object]
Range = tuple[float, float]


class Kind(StrEnum):
    PRINTER = "printer"
    LASER = "laser"
    OTHER = "other"  # driven by hand


class SettingError(Exception):
    """A wish that this machine cannot fulfil, as a code with values."""

    def __init__(self, code: str, values: Mapping[str, str | float]):
        super().__init__(f"{code}: {dict(values)}")
        self.code = code
        self.values = dict(values)


@dataclass(frozen=True, slots=True)
class MaterialPreset:
    """A material on this machine model: density in g/cm3, its slicer keys, and how a laser burns it, by operation."""

    slug: str
    title: str
    density: float
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    thickness_mm: float | None = None
    laser: Mapping[str, Setting] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Profile:
    """One machine model. Lengths in millimetres; `digest` (SHA-256) changes with any file of the folder.

    `colours` are those of drawings that this laser takes for an operation ("cut", "score", "engrave", "ignored"),
    "#rrggbb"; they lie over the lab's.
    """

    slug: str
    title: str
    kind: Kind
    bed_mm: tuple[float, float, float]
    nozzle_mm: float | None
    materials: Mapping[str, MaterialPreset]
    digest: str
    layer_height_mm: Range = (0.05, 0.4)
    walls: Range = (1, 10)
    base: Mapping[str, str] = field(default_factory=dict, repr=False)
    laser: Laser | None = None
    colours: Mapping[str, str] = field(default_factory=dict)

    @property
    def sliced(self) -> bool:
        """Whether work for this machine goes through a slicer."""
        return bool(self.base)

    def settings(self, material: str, overrides: Overrides | None = None) -> dict[str, str]:
        """PrusaSlicer keys for that material with the member's wishes laid over them.

        Wishes: `layer_height_mm`, `infill_percent` (0 to 100), `walls`, `supports` (true or false). Raises KeyError
        for a material the profile does not have, SettingError for a wish it cannot fulfil.
        """
        wishes: dict[str, str] = {}
        for name, value in (overrides or {}).items():
            if value is not None:
                wishes |= self._wish(name, value)
        return {**self.base, **self.materials[material].settings, **wishes}

    def _wish(self, name: str, value: object) -> dict[str, str]:
        if name == "supports":
            return {"support_material": str(int(_truth(name, value)))}
        if name == "layer_height_mm":
            return {"layer_height": f"{_within(name, value, self.layer_height_mm):g}"}
        if name == "walls":
            return {"perimeters": f"{_whole(name, _within(name, value, self.walls))}"}
        if name == "infill_percent":
            return _infill(_within(name, value, (0, 100)))
        raise SettingError("slicing_setting_unknown", {"setting": name})


def _infill(percent: float) -> dict[str, str]:
    density = {"fill_density": f"{percent:g}%"}
    # the slicer refuses most patterns, gyroid among them, when nothing is left open
    return {**density, "fill_pattern": "rectilinear"} if percent >= 100 else density


def _truth(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise SettingError("slicing_setting_unclear", {"setting": name})
    return value


def _within(name: str, value: object, bounds: Range) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise SettingError("slicing_setting_unclear", {"setting": name})
    lowest, highest = bounds
    if not lowest <= value <= highest:
        raise SettingError("slicing_setting_out_of_range", {"setting": name, "lowest": lowest, "highest": highest})
    return float(value)


def _whole(name: str, value: float) -> int:
    if not value.is_integer():
        raise SettingError("slicing_setting_unclear", {"setting": name})
    return int(value)


@cache
def builtin() -> dict[str, Profile]:
    """The profiles that come with the program, by slug."""
    return _folders(HERE)


def available(extra: Iterable[Path] = ()) -> dict[str, Profile]:
    """The built-in profiles and those in the lab's own folders, which win where the names are the same."""
    profiles = dict(builtin())
    for folder in extra:
        profiles |= _folders(folder)
    return profiles


def _folders(folder: Path) -> dict[str, Profile]:
    return {found.parent.name: load(found.parent) for found in sorted(folder.glob("*/machine.toml"))}


def load(folder: Path) -> Profile:
    """The profile in that folder; its name is the slug. Raises ProfileError."""
    path = folder / "machine.toml"
    try:
        machine = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{path}: {error}") from error
    base = read_settings(folder / "settings.ini") if (folder / "settings.ini").is_file() else {}
    limits = table_of(path, machine, "limits")
    bed = _bed(path, machine)
    laser = lasers.laser_of(path, machine, bed)
    return Profile(
        slug=folder.name,
        title=title_of(path, machine),
        kind=_kind(path, machine),
        bed_mm=bed,
        nozzle_mm=positive(path, machine, "nozzle_mm") if "nozzle_mm" in machine else None,
        materials=_materials(folder, machine, laser, sliced=bool(base)),
        digest=_digest(folder),
        layer_height_mm=_range(path, limits, "layer_height_mm", (0.05, 0.4)),
        walls=_range(path, limits, "walls", (1, 10)),
        base=base,
        laser=laser,
        colours=lasers.colours_of(path, machine),
    )


def read_settings(path: Path) -> dict[str, str]:
    """The `key = value` lines of a slicer's settings file; comments and sections are skipped. Raises ProfileError."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: {error}") from error
    pairs = (line.partition("=") for line in lines if line.strip() and line.lstrip()[0] not in "#;[")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _materials(
    folder: Path, machine: Mapping[str, Any], laser: Laser | None, sliced: bool
) -> dict[str, MaterialPreset]:
    path = folder / "machine.toml"
    presets = {}
    for slug, entry in table_of(path, machine, "materials").items():
        if not isinstance(entry, dict):
            raise ProfileError(f"{path}: materials.{slug} is not a table")
        presets[slug] = MaterialPreset(
            slug,
            title_of(path, entry),
            positive(path, entry, "density_g_cm3"),
            read_settings(folder / f"{slug}.ini") if sliced else {},
            lasers.thickness_of(path, entry, laser),
            lasers.settings_of(path, slug, entry, laser),
        )
    if not presets:
        raise ProfileError(f"{path}: materials: name at least one")
    return presets


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in {".toml", ".ini"}:
            content = path.read_bytes()
            digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _kind(path: Path, machine: Mapping[str, Any]) -> Kind:
    try:
        return Kind(machine.get("kind", ""))
    except ValueError as error:
        raise ProfileError(f"{path}: kind must be one of {', '.join(Kind)}") from error


def _bed(path: Path, machine: Mapping[str, Any]) -> tuple[float, float, float]:
    bed = machine.get("bed_mm")
    if not isinstance(bed, list) or len(bed) != 3 or not all(is_positive(side) for side in bed):
        raise ProfileError(f"{path}: bed_mm must be three positive lengths")
    width, depth, height = map(float, bed)
    return width, depth, height


def _range(path: Path, table: Mapping[str, Any], key: str, default: Range) -> Range:
    bounds = table.get(key, list(default))
    if not isinstance(bounds, list) or not all(is_positive(bound) for bound in bounds) or bounds != sorted(bounds)[:2]:
        raise ProfileError(f"{path}: limits.{key} must be the lowest and the highest value")
    return float(bounds[0]), float(bounds[1])
