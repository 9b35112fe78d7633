"""The laser's part of `machine.toml`: how it moves, its colours, and how it burns each material.

A mistyped key would burn with a default that nobody chose, so unknown ones are refused.
"""

import re
from pathlib import Path
from typing import Any

from printers.lasers import OPERATIONS, Laser, Setting
from printers.profiles.tables import ProfileError, Table, is_number, is_positive, positive, table_of

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_WHOLE = ("most_power", "planner_blocks", "passes")
_MEANINGS = (*OPERATIONS, "ignored")
_MOST_PASSES = 50
_WIDEST_MM = {"interval_mm": 5, "kerf_mm": 2}


def laser_of(path: Path, machine: Table, bed_mm: tuple[float, float, float]) -> Laser | None:
    """The laser that the table `laser` describes; None where there is none. Raises ProfileError."""
    if "laser" not in machine:
        return None
    if machine.get("kind") != "laser":
        raise ProfileError(f'{path}: laser: only a machine of kind "laser" has one')
    keys = ("most_power", "speed_most_mm_s", "rapid_mm_s", "acceleration_mm_s2", "junction_mm",
            "planner_blocks", "line_seconds")  # fmt: skip
    table = table_of(path, machine, "laser")
    _only(path, "laser", table, (*keys, "colours"))
    numbers = {key: _positive(path, f"laser.{key}", table[key]) for key in keys if key in table}
    return Laser(bed_mm=bed_mm[:2], **numbers)


def colours_of(path: Path, machine: Table) -> dict[str, str]:
    """What this machine takes colours for: operations, or "ignored", by "#rrggbb". Raises ProfileError."""
    colours = table_of(path, table_of(path, machine, "laser"), "colours")
    for colour, meaning in colours.items():
        if not _COLOUR.fullmatch(colour):
            raise ProfileError(f'{path}: laser.colours: {colour} must be written as "#rrggbb" in small letters')
        if meaning not in _MEANINGS:
            raise ProfileError(f"{path}: laser.colours.{colour} must be one of {', '.join(_MEANINGS)}")
    return dict(colours)


def thickness_of(path: Path, material: Table, laser: Laser | None) -> float | None:
    """Millimetres of a material, which a laser's must name. Raises ProfileError."""
    if laser is None and "thickness_mm" not in material:
        return None
    return positive(path, material, "thickness_mm")


def settings_of(path: Path, slug: str, material: Table, laser: Laser | None) -> dict[str, Setting]:
    """How the laser burns a material, by operation. Raises ProfileError."""
    if laser is None:
        return {}
    _only(path, f"materials.{slug}", material, ("title", "thickness_mm", "density_g_cm3", *OPERATIONS))
    found = {each: _setting(path, f"materials.{slug}.{each}", material[each], laser)
             for each in OPERATIONS if each in material}  # fmt: skip
    if not found:
        raise ProfileError(f"{path}: materials.{slug}: say how to {' or '.join(OPERATIONS)} it")
    return found


def _setting(path: Path, where: str, table: object, laser: Laser) -> Setting:
    if not isinstance(table, dict):
        raise ProfileError(f"{path}: {where} is not a table")
    _only(path, where, table, Setting.__dataclass_fields__)
    for key in ("power_percent", "speed_mm_s"):
        if key not in table:
            raise ProfileError(f"{path}: {where}.{key} is missing")
    values = {key: _value(path, f"{where}.{key}", key, value) for key, value in table.items()}
    setting = Setting(**values)
    _bounded(path, where, setting, laser)
    return setting


def _value(path: Path, where: str, key: str, value: object) -> Any:
    if key == "air":
        if not isinstance(value, bool):
            raise ProfileError(f"{path}: {where} must be true or false")
        return value
    if key == "kerf_mm" and is_number(value) and value == 0:
        return 0.0
    return _positive(path, where, value)


def _bounded(path: Path, where: str, setting: Setting, laser: Laser) -> None:
    most = {"power_percent": 100, "speed_mm_s": laser.speed_most_mm_s, "passes": _MOST_PASSES, **_WIDEST_MM}
    for key, highest in most.items():
        if getattr(setting, key) > highest:
            raise ProfileError(f"{path}: {where}.{key} must be at most {highest:g}")
    if setting.interval_mm < 0.01:
        raise ProfileError(f"{path}: {where}.interval_mm must be at least 0.01")


def _positive(path: Path, where: str, value: object) -> Any:
    if not is_positive(value):
        raise ProfileError(f"{path}: {where} must be a positive number")
    if where.endswith(_WHOLE):
        if not isinstance(value, int):
            raise ProfileError(f"{path}: {where} must be a whole number")
        return value
    return float(value)  # type: ignore[arg-type]  # just shown to be a number


def _only(path: Path, where: str, table: Table, known: Any) -> None:
    if strange := sorted(set(table) - set(known)):
        raise ProfileError(f"{path}: {where}: {strange[0]} is not known here; there are {', '.join(known)}")
