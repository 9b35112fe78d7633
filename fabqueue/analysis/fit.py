"""Whether a part fits a bed as it lies, turned about the vertical if need be; and by how much it does not."""

from collections.abc import Sequence
from typing import Any

_TOLERANCE_MM = 0.01


def reasons(extents_mm: Sequence[float] | None, bed_mm: Sequence[float]) -> list[dict[str, Any]]:
    """Why a part of size `extents_mm` (x, y, z) cannot be made on `bed_mm`: `[{code, values}]`, empty when it fits.

    A quarter turn on the bed is free; laying a part on its side is the member's choice and not counted as fitting.
    """
    if extents_mm is None:
        return []
    footprint, bed = sorted(extents_mm[:2]), sorted(bed_mm[:2])
    over = max(footprint[0] - bed[0], footprint[1] - bed[1])
    tall = extents_mm[2] - bed_mm[2]
    found = []
    if over > _TOLERANCE_MM:
        values = {"over_mm": over, "width_mm": footprint[1], "depth_mm": footprint[0], "bed_mm": list(bed_mm[:2])}
        found.append({"code": "fit_too_wide", "values": values})
    if tall > _TOLERANCE_MM:
        values = {"over_mm": tall, "height_mm": extents_mm[2], "limit_mm": bed_mm[2]}
        found.append({"code": "fit_too_tall", "values": values})
    return found


def hinders(found: Sequence[dict[str, Any]]) -> bool:
    """Whether these reasons speak against making it there, rather than only against estimating it."""
    return any(str(reason["code"]).startswith("fit_") for reason in found)
