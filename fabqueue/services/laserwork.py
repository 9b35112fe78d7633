"""What a laser is to do for a job: how its machine model burns the material, and what the member wishes."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fabqueue.models import Material, MaterialOffer
from fabqueue.services.errors import Refused
from printers.lasers import Laser, Setting, Size, Wishes
from printers.profiles import Profile

CARD = "card"
"""Among a job's settings: the test card that is burnt instead of the drawing, as `printers.laser.cards.Card` in JSON.

Only technicians ask for one (`services.jobs.create`), and it stays as it was asked for.
"""


def burning(profile: Profile, offer: MaterialOffer) -> dict[str, Setting]:
    """How machines of the model burn the material, by operation: the profile's preset under what the lab changed."""
    preset = profile.materials.get(offer.preset)
    found = dict(preset.laser) if preset else {}
    for operation, changed in (offer.burning or {}).items():
        found[operation] = Setting(**changed)
    return found


def wanted(
    profile: Profile, offer: MaterialOffer, chosen: Mapping[str, Any], reading: Mapping[str, Any]
) -> dict[str, Any]:
    """All that decides a toolpath besides the drawing and the copies, as JSON: what the sandbox plans by.

    chosen: the job's settings; a test card among them says everything itself. reading: what the drawing's colours
    stand for. Raises Refused where nobody said how the material is burnt.
    """
    assert profile.laser is not None
    if CARD in chosen:
        return {"laser": asdict(profile.laser), "card": dict(chosen[CARD])}
    settings = burning(profile, offer)
    if not settings:
        raise Refused("fit_material_unknown", {"material": offer.material.name}, "material")
    return {
        "laser": asdict(profile.laser),
        "settings": {name: asdict(each) for name, each in sorted(settings.items())},
        "wishes": asdict(wishes(chosen, sheet_on(profile.laser, offer.material))),
        "reading": dict(reading),
    }


def wishes(chosen: Mapping[str, Any], sheet_mm: Size | None) -> Wishes:
    """What a job's settings ask of its toolpath; one copy."""
    usual = Wishes()
    return Wishes(
        kerf=chosen.get("kerf", usual.kerf), bridges=chosen.get("bridges", usual.bridges),
        margin_mm=chosen.get("margin_mm", usual.margin_mm), sheet_mm=sheet_mm,
    )  # fmt: skip


def sheet_on(laser: Laser, material: Material) -> Size | None:
    """The material's usual sheet the way round that more of it lies on the bed; None where it has none."""
    sheet = material.sheet_mm
    if sheet is None:
        return None
    return max(sheet, sheet[::-1], key=lambda side: min(side[0], laser.bed_mm[0]) * min(side[1], laser.bed_mm[1]))
