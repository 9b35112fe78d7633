"""How a laser burns a material: the profile's settings, what the lab changes in them, and the files that follow."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from fabqueue.config import Config
from fabqueue.db import WritingSession, now
from fabqueue.models import MachineModel, MaterialOffer, Person, Run, RunState, SlicingState
from fabqueue.services import events, laserwork, locks, planning, profiles, runs, sites, slicings
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.events import Actor
from printers.lasers import OPERATIONS, Laser, Setting
from printers.profiles import Profile

S = RunState
MOST_PASSES = 50
BOUNDS: Mapping[str, tuple[float, float]] = {
    "power_percent": (0, 100), "passes": (1, MOST_PASSES), "interval_mm": (0.01, 5), "kerf_mm": (0, 2),
}  # fmt: skip
"""The speed has those of the machine."""


def change(
    session: WritingSession, config: Config, by: Person, offer: MaterialOffer, wanted: Mapping[str, Mapping[str, Any]]
) -> None:
    """Burn the material like that from now on, by operation; one that is left out is as the profile says.

    A power of 0 says that nobody knows: jobs that need the operation are then refused. Runs that wait are planned
    anew. Raises Invalid with fields such as `cut_power_percent`, Refused for a model that is no laser.
    """
    profile = profile_of(config, offer)
    assert profile.laser is not None
    checked = _checked(profile.laser, wanted)
    preset = profile.materials.get(offer.preset)
    own = {name: asdict(each) for name, each in checked.items() if preset is None or preset.laser.get(name) != each}
    _keep(session, config, by, offer, own or None, "change_burning")


def reset(session: WritingSession, config: Config, by: Person, offer: MaterialOffer) -> None:
    """Burn the material as the profile says again. Raises Conflict where it is so."""
    if offer.burning is None:
        raise Conflict("as_profile", "burning_as_profile", {"material": offer.material.name})
    _keep(session, config, by, offer, None, "reset_burning")


def profile_of(config: Config, offer: MaterialOffer) -> Profile:
    """The laser's profile of an offer. Raises Refused where its machine model has none."""
    profile = profiles.of(config, offer.machine_model)
    if profile is None or profile.laser is None:
        raise Refused("model_no_laser", {"machine": offer.machine_model.title})
    return profile


def check_card(laser: Laser, tried: Mapping[str, tuple[str, float]]) -> None:
    """Let a test card try only what the laser does: by field, which setting it is of and the value.

    The figures on a card are whole, so the least is 1. Raises Invalid.
    """
    bounds = {key: (max(1.0, least), most) for key, (least, most) in _bounds(laser).items()}
    faults = [
        _beyond(bounds[key], field)
        for field, (key, value) in tried.items()
        if not bounds[key][0] <= value <= bounds[key][1]
    ]
    if faults:
        raise Invalid(faults)


def _checked(laser: Laser, wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, Setting]:
    bounds = _bounds(laser)
    faults = [
        _beyond(bounds[key], f"{operation}_{key}")
        for operation, values in wanted.items()
        for key, value in values.items()
        if key in bounds and (value is None or not bounds[key][0] <= value <= bounds[key][1])
    ]
    if unknown := set(wanted) - set(OPERATIONS):
        faults.append(Refused("burning_operation_unknown", {"operation": sorted(unknown)[0]}))
    if faults:
        raise Invalid(faults)
    return {operation: Setting(**values) for operation, values in wanted.items()}


def _bounds(laser: Laser) -> dict[str, tuple[float, float]]:
    return {**BOUNDS, "speed_mm_s": (0.1, laser.speed_most_mm_s)}


def _beyond(bounds: tuple[float, float], field: str) -> Refused:
    return Refused("burning_out_of_bounds", {"least": bounds[0], "most": bounds[1]}, field)


def _keep(
    session: WritingSession, config: Config, by: Person, offer: MaterialOffer, own: dict[str, Any] | None, verb: str
) -> None:
    locks.lock(session, offer.machine_model)
    session.refresh(offer)
    if offer.burning == own:
        return
    offer.burning, offer.burning_at, offer.burning_by_id = own, now(), by.id
    session.flush()
    values = {"name": offer.machine_model.title, "material": offer.material.name, "burning": own or {}}
    events.record(session, events.actor_of(by), sites.the_site(session), verb, values=values)
    renew(session, config, events.actor_of(by), offer)


def renew(session: WritingSession, config: Config, actor: Actor, offer: MaterialOffer) -> None:
    """Have every run that nobody began planned anew by what holds now; a file for how it was burnt before is not used.

    What is staged at a laser comes back from it. A test card keeps its own powers and speeds.
    """
    model, material = offer.machine_model_id, offer.material_id
    open_runs = select(Run).where(Run.machine_model_id == model, Run.material_id == material)
    waiting = open_runs.where(Run.state.in_({S.PREPARING, S.WAITING, S.STAGED}), Run.slicing_id.is_not(None))
    found = session.scalars(waiting.order_by(Run.created_at)).unique().all()
    for run in (each for each in found if laserwork.CARD not in each.items[0].job.settings):
        if run.state is S.STAGED:
            runs.give_back(session, actor, run, "run_burning_changed", {})
        _plan_anew(session, config, actor, run)


def _plan_anew(session: WritingSession, config: Config, actor: Actor, run: Run) -> None:
    try:
        slicing = slicings.for_job(session, config, run.items[0].job, run.items[0].copies)
    except Refused as refused:
        runs.fail(session, actor, run, refused.code, refused.values)
        return
    if slicing.id == run.slicing_id:
        return
    ready = slicing.state is SlicingState.READY
    foreseen = planning.predicted(slicing) if ready else {}
    events.move(session, actor, run, {S.PREPARING, S.WAITING}, S.WAITING if ready else S.PREPARING, "replan",
                changed_at=now(), slicing_id=slicing.id, **foreseen)  # fmt: skip
    session.refresh(run)
    session.wake("dispatch")


def settings_of(config: Config, offer: MaterialOffer) -> dict[str, Setting]:
    """How the material is burnt now, by operation. Raises Refused where the model is no laser."""
    return laserwork.burning(profile_of(config, offer), offer)


def shown(config: Config, model: MachineModel, offer: MaterialOffer) -> dict[str, dict[str, Any]]:
    """How the material is burnt now, by operation, each with `own`: whether the lab changed it; {} for no laser."""
    profile = profiles.of(config, model)
    if profile is None or profile.laser is None:
        return {}
    now_so = laserwork.burning(profile, offer)
    own = offer.burning or {}
    return {name: {**asdict(now_so[name]), "own": name in own} for name in OPERATIONS if name in now_so}
