"""The settings a member may choose for a job: read, checked and put in one order."""

from collections.abc import Callable, Mapping
from math import hypot
from typing import Any

from fabqueue.models import DesignKind
from fabqueue.services.errors import Invalid, Refused

Reader = Callable[[str, Any], Any]
SPREAD = "spread"
"""Among the settings: up to how many machines make the copies at the same time."""

_BOUNDS: dict[str, tuple[float, float]] = {
    "layer_height_mm": (0.05, 0.6),
    "infill_percent": (0, 100),
    "walls": (1, 10),
    "bridges": (0, 12),
    "margin_mm": (0, 50),
    SPREAD: (1, 50),
}


def read(given: Mapping[str, Any] | None, kind: DesignKind = DesignKind.MESH) -> dict[str, Any]:
    """Checked settings with the keys that were given: `layer_height_mm, infill_percent, walls, supports, pose`, or for
    a drawing `kerf, bridges, margin_mm`; of both `spread`.

    Raises Invalid naming every key that is unknown or out of bounds.
    """
    readers = _BURNING if kind is DesignKind.DRAWING else _READERS
    faults: list[Refused] = []
    settings: dict[str, Any] = {}
    for key, value in sorted((given or {}).items()):
        try:
            settings[key] = _reader(readers, key)(key, value)
        except Refused as refused:
            refused.field = f"settings.{key}"
            faults.append(refused)
    if faults:
        raise Invalid(faults)
    return settings


def _reader(readers: Mapping[str, Reader], key: str) -> Reader:
    if key not in readers:
        raise Refused("settings_unknown", {"key": key, "known": sorted(readers)})
    return readers[key]


def for_slicer(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the settings that a profile turns into slicer settings."""
    return {key: value for key, value in of_file(settings).items() if key != "pose"}


def of_file(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the settings that decides how a file for a machine looks."""
    return {key: value for key, value in settings.items() if key != SPREAD}


def pose(settings: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """The rotation asked for as a unit quaternion (w, x, y, z), or None."""
    chosen = settings.get("pose")
    return (chosen[0], chosen[1], chosen[2], chosen[3]) if chosen else None


def _number(key: str, value: Any) -> float:
    least, most = _BOUNDS[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Refused("settings_out_of_bounds", {"key": key, "least": least, "most": most})
    return round(float(value), 3)


def _whole(key: str, value: Any) -> int:
    number = _number(key, value)
    if number != int(number):
        raise Refused("settings_out_of_bounds", {"key": key, "least": _BOUNDS[key][0], "most": _BOUNDS[key][1]})
    return int(number)


def _switch(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Refused("settings_not_a_switch", {"key": key})
    return value


def _quaternion(_key: str, value: Any) -> list[float]:
    if not isinstance(value, list) or len(value) != 4 or not all(_is_part(each) for each in value):
        raise Refused("settings_not_a_rotation")
    length = hypot(*value)
    if length < 1e-6:
        raise Refused("settings_not_a_rotation")
    return [round(float(each) / length, 6) for each in value]


def _is_part(value: Any) -> bool:
    """A component of a quaternion: any number of a size that a rotation may have."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e6 <= value <= 1e6


_READERS: dict[str, Reader] = {
    "layer_height_mm": _number,
    "infill_percent": _whole,
    "walls": _whole,
    "supports": _switch,
    "pose": _quaternion,
    SPREAD: _whole,
}
_BURNING: dict[str, Reader] = {"kerf": _switch, "bridges": _whole, "margin_mm": _number, SPREAD: _whole}
