"""Estimates: predicted time and material per machine model and material, kept by report, profile and settings."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.analysis.sandbox import EstimateRequest
from fabqueue.config import Config
from fabqueue.models import Estimate, MachineModel, MaterialOffer, Report, Revision
from fabqueue.services import laserwork, profiles, readings, settings
from fabqueue.services.errors import Refused
from printers.profiles import Profile, SettingError


@dataclass(frozen=True)
class Wanted:
    """An estimate for one machine model and material under a job's settings."""

    model: MachineModel
    offer: MaterialOffer
    profile_digest: str
    settings_digest: str
    request: EstimateRequest

    @property
    def key(self) -> str:
        return self.request.key


def wanted(
    session: Session, config: Config, chosen: Mapping[str, Any], model_slug: str = "", material_slug: str = "",
    drawing: Revision | None = None, quantity: int = 1,
) -> list[Wanted]:  # fmt: skip
    """What a quote needs under the `chosen` settings: over every machine model in service with a profile for it and
    every material, unless they are named.

    For solids on printers, unless it is for a `drawing`: then for `quantity` copies together on lasers.
    """
    models = select(MachineModel).where(MachineModel.retired_at.is_(None), MachineModel.profile != "")
    if model_slug:
        models = models.where(MachineModel.slug == model_slug)
    found = []
    for model in session.scalars(models.order_by(MachineModel.slug)):
        for offer in model.offers:
            if offer.material.retired_at is None and material_slug in ("", offer.material.slug):
                with suppress(Refused):  # a quote says why this one cannot be had
                    found.append(want(config, model, offer, chosen, drawing, quantity))
    return found


def want(
    config: Config, model: MachineModel, offer: MaterialOffer, chosen: Mapping[str, Any],
    drawing: Revision | None = None, quantity: int = 1,
) -> Wanted:  # fmt: skip
    """The estimate wanted for one offer. Raises Refused where the profile knows no such material or setting."""
    profile = profiles.of(config, model)
    if (profile is not None and profile.laser is not None) != (drawing is not None):
        raise Refused("fit_wrong_kind_of_machine", {"machine": model.title}, "machine_model")
    if profile is not None and drawing is not None:
        return _want_burnt(config, profile, model, offer, chosen, drawing, quantity)
    if profile is None or offer.preset not in profile.materials:
        raise Refused("fit_material_unknown", {"material": offer.material.name}, "material")
    try:
        sliced = profile.settings(offer.preset, settings.for_slicer(chosen))
    except SettingError as error:
        raise Refused(error.code, error.values, "settings") from None
    digest = profiles.settings_digest({"slicer": sliced, "pose": chosen.get("pose")})
    request = EstimateRequest(f"{profile.digest}:{digest}", sliced, profile.bed_mm, settings.pose(chosen))
    return Wanted(model, offer, profile.digest, digest, request)


def _want_burnt(
    config: Config, profile: Profile, model: MachineModel, offer: MaterialOffer, chosen: Mapping[str, Any],
    drawing: Revision, quantity: int,
) -> Wanted:  # fmt: skip
    """By a laser: how it burns the material decides as well, and how many copies share a sheet."""
    job = laserwork.wanted(profile, offer, chosen, readings.asked(config, drawing, profile.colours) or {})
    digest = profiles.settings_digest({"laser": job, "copies": quantity})
    request = EstimateRequest(f"{profile.digest}:{digest}", {}, profile.bed_mm, laser=job, copies=quantity)
    return Wanted(model, offer, profile.digest, digest, request)


def known(session: Session, report: Report, wants: Sequence[Wanted]) -> dict[str, Estimate]:
    """The kept estimates among `wants`, by key."""
    digests = {each.settings_digest for each in wants}
    rows = session.scalars(
        select(Estimate).where(Estimate.report_id == report.id, Estimate.settings_digest.in_(digests))
    )
    return {f"{each.profile_digest}:{each.settings_digest}": each for each in rows}


def missing(session: Session, report: Report, wants: Sequence[Wanted]) -> list[EstimateRequest]:
    """What still has to be estimated, each once."""
    have = known(session, report, wants)
    return list({each.key: each.request for each in wants if each.key not in have}.values())


def keep(session: Session, report: Report, made: Sequence[Mapping[str, Any]]) -> None:
    """Keep estimates made by the analysis; one that another process kept meanwhile stays."""
    for each in made:
        profile_digest, _, digest = each["key"].partition(":")
        there = select(Estimate.id).where(
            Estimate.report_id == report.id,
            Estimate.profile_digest == profile_digest,
            Estimate.settings_digest == digest,
        )
        if session.scalar(there) is None:
            session.add(_row(report, profile_digest, digest, each))
    session.flush()


def quickest(made: Sequence[Mapping[str, Any]]) -> int | None:
    """Expected seconds of the estimate that takes least time, of those that fit; None where none does."""
    seconds = [round(each["seconds"]["expected"]) for each in made if each["fits"] and each["seconds"]]
    return min(seconds, default=None)


def _row(report: Report, profile_digest: str, digest: str, made: Mapping[str, Any]) -> Estimate:
    return Estimate(
        report_id=report.id,
        profile_digest=profile_digest,
        settings_digest=digest,
        fits=made["fits"],
        reasons=made["reasons"],
        seconds=_whole(made["seconds"], 1),
        milligrams=_whole(made["grams"], 1000),
        mm2=_whole(made.get("mm2"), 1),
        plan=made.get("plan"),
        source=made["source"],
    )


def _whole(span: Mapping[str, float] | None, factor: int) -> dict[str, int] | None:
    return {key: round(value * factor) for key, value in span.items()} if span else None
