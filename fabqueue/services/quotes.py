"""Quotes: what a revision would cost and take on every machine model and material, cheapest fitting first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.models import (
    DesignKind,
    Estimate,
    Job,
    MachineModel,
    MaterialOffer,
    Person,
    Quote,
    Report,
    Revision,
    Site,
)
from fabqueue.models.people import MachineKind
from fabqueue.pricing import Line, Price, Rates, price
from fabqueue.services import estimates, profiles
from fabqueue.services.errors import Refused

Span = dict[str, int]
"""{"low", "expected", "high"}"""


@dataclass(frozen=True)
class Option:
    """One machine model and material for a revision: whether it fits, time and material of all copies, the price."""

    machine_model: MachineModel
    offer: MaterialOffer
    fits: bool
    reasons: list[dict[str, Any]]
    seconds: Span | None
    milligrams: Span | None
    price: Price | None
    source: str
    settings: dict[str, Any] = field(default_factory=dict)
    pending: bool = False
    """The estimate is not made yet."""

    @property
    def material(self) -> Any:
        return self.offer.material


def options(
    session: Session,
    config: Config,
    revision: Revision,
    person: Person | None = None,
    *,
    quantity: int = 1,
    chosen: Mapping[str, Any] | None = None,
    model_slug: str = "",
    material_slug: str = "",
) -> list[Option]:
    """Every option for a revision with a report, fitting ones first, cheapest first.

    Raises Refused while the revision has no report.
    """
    if revision.report is None:
        raise Refused("revision_not_ready", {"state": revision.state})
    found = []
    for model in _models(session, model_slug):
        for offer in model.offers:
            if offer.material.retired_at is None and material_slug in ("", offer.material.slug):
                found.append(_option(session, config, revision, person, model, offer, quantity, dict(chosen or {})))
    return sorted(found, key=_order)


def _models(session: Session, slug: str) -> Sequence[MachineModel]:
    in_service = select(MachineModel).where(MachineModel.retired_at.is_(None))
    if slug:
        in_service = in_service.where(MachineModel.slug == slug)
    return session.scalars(in_service.order_by(MachineModel.slug)).all()


def _order(option: Option) -> tuple[bool, bool, int, str, str]:
    total = option.price.total_minor if option.price else 0
    return (not option.fits, option.price is None, total, option.machine_model.slug, option.material.slug)


def _option(
    session: Session, config: Config, revision: Revision, person: Person | None, model: MachineModel,
    offer: MaterialOffer, quantity: int, chosen: dict[str, Any],
) -> Option:  # fmt: skip
    prediction = _predict(session, config, revision, model, offer, chosen)
    reasons = list(prediction.reasons)
    if not prediction.fits and not reasons:
        reasons.append({"code": "fit_unknown", "values": {}})
    if model.needs_certification and person and not person.certified_for(model.id, model.kind):
        reasons.append({"code": "fit_needs_certification", "values": {"machine": model.title}})
    seconds, milligrams = _times(prediction.seconds, quantity), _times(prediction.milligrams, quantity)
    priced = None
    if prediction.fits and not prediction.pending:
        priced = _price(config, model, offer, seconds, milligrams)
    return Option(model, offer, prediction.fits, reasons, seconds, milligrams, priced, prediction.source,
                  settings=chosen, pending=prediction.pending)  # fmt: skip


@dataclass(frozen=True)
class _Prediction:
    fits: bool
    source: str
    reasons: Sequence[dict[str, Any]] = ()
    seconds: Span | None = None
    milligrams: Span | None = None
    pending: bool = False


def _predict(
    session: Session, config: Config, revision: Revision, model: MachineModel, offer: MaterialOffer,
    chosen: dict[str, Any],
) -> _Prediction:  # fmt: skip
    assert revision.report is not None
    kind = revision.design.kind
    if not model.profile:
        return _by_hand(model, kind)
    if model.kind is not MachineKind.PRINTER or kind is DesignKind.DRAWING:
        code = "fit_wrong_kind_of_machine"
        return _Prediction(False, "geometry", [{"code": code, "values": {"machine": model.title}}])
    if kind is DesignKind.TOOLPATH:
        return _from_toolpath(config, revision.report, model)
    return _from_geometry(session, config, revision.report, model, offer, chosen)


def _by_hand(model: MachineModel, kind: DesignKind) -> _Prediction:
    """A tool without a profile: a person decides how to make it, but a printer's toolpath is for printers."""
    if kind is DesignKind.TOOLPATH or (model.drawings_only and kind is not DesignKind.DRAWING):
        return _Prediction(
            False, "geometry", [{"code": "fit_wrong_kind_of_machine", "values": {"machine": model.title}}]
        )
    return _Prediction(True, "geometry", [{"code": "fit_by_hand", "values": {}}])


def _from_toolpath(config: Config, report: Report, model: MachineModel) -> _Prediction:
    profile = profiles.of(config, model)
    bounds = report.data.get("bounds_mm")
    assert profile is not None
    reasons = _outside_bed(bounds, profile.bed_mm) if bounds else []
    seconds, grams = report.data.get("seconds"), report.data.get("grams")
    return _Prediction(
        not reasons, "slicer", reasons,
        _exactly(seconds, 1) if seconds else None,
        _exactly(grams, 1000) if grams else None,
    )  # fmt: skip


def _outside_bed(bounds: Sequence[Sequence[float]], bed: Sequence[float]) -> list[dict[str, Any]]:
    """Whether a toolpath leaves the bed; a few millimetres outside are purge lines and cleaning."""
    margin = 5.0
    low, high = bounds
    over = [max(low_ * -1, high_ - size) for low_, high_, size in zip(low, high, bed, strict=True)]
    if max(over) <= margin:
        return []
    return [{"code": "fit_toolpath_outside_bed", "values": {"over_mm": round(max(over), 1)}}]


def _from_geometry(
    session: Session, config: Config, report: Report, model: MachineModel, offer: MaterialOffer, chosen: dict[str, Any]
) -> _Prediction:
    try:
        wanted = estimates.want(config, model, offer, chosen)
    except Refused as refused:
        return _Prediction(False, "geometry", [{"code": refused.code, "values": refused.values}])
    row: Estimate | None = estimates.known(session, report, [wanted]).get(wanted.key)
    if row is None:
        return _Prediction(True, "geometry", pending=True)
    fits = row.fits and row.seconds is not None
    return _Prediction(fits, row.source, row.reasons, row.seconds, row.milligrams)


def _exactly(value: float, factor: int) -> Span:
    return dict.fromkeys(("low", "expected", "high"), round(value * factor))


def _times(span: Span | None, quantity: int) -> Span | None:
    return {key: value * quantity for key, value in span.items()} if span else None


def _price(
    config: Config, model: MachineModel, offer: MaterialOffer, seconds: Span | None, milligrams: Span | None
) -> Price:
    rates = Rates(model.per_hour_minor, model.setup_minor, offer.material.per_kg_minor, config.money.free_grams)
    return price(rates, seconds["expected"] if seconds else 0, milligrams["expected"] / 1000 if milligrams else 0)


def freeze(session: Session, config: Config, site: Site, job: Job) -> Quote:
    """Write down what `job` is offered at now. Raises Refused when it does not fit or has no estimate yet."""
    found = options(
        session, config, job.revision, job.owner, quantity=job.quantity, chosen=job.settings,
        model_slug=job.machine_model.slug, material_slug=job.material.slug,
    )  # fmt: skip
    if not found:
        raise Refused("option_unknown", {"machine": job.machine_model.title, "material": job.material.name})
    option = found[0]
    if not option.fits:
        first = option.reasons[0]
        raise Refused(first["code"], first["values"], "machine_model")
    if option.price is None:
        raise Refused("estimate_pending")
    return write(session, site, job, option.price, option.seconds, option.milligrams, option.source)


def write(
    session: Session, site: Site, job: Job, priced: Price, seconds: Span | None, milligrams: Span | None, source: str
) -> Quote:
    """A new quote row for a job; earlier ones stay as they were."""
    quote = Quote(
        job_id=job.id, machine_model_id=job.machine_model_id, material_id=job.material_id, quantity=job.quantity,
        settings=job.settings, currency=site.currency, total_minor=priced.total_minor,
        lines=[each.as_json() for each in priced.lines], seconds=seconds, milligrams=milligrams, source=source,
    )  # fmt: skip
    session.add(quote)
    session.flush()
    return quote


def from_slicer(config: Config, job: Job, seconds: int, milligrams: int) -> Price:
    """The price of a job by what the slicer found for all its copies: seconds, milligrams."""
    rates = Rates(job.machine_model.per_hour_minor, job.machine_model.setup_minor, job.material.per_kg_minor,
                  config.money.free_grams)  # fmt: skip
    return price(rates, seconds, milligrams / 1000)


def as_price(quote: Quote) -> Price:
    return Price(tuple(Line(each["code"], each["minor"], each["values"]) for each in quote.lines))


__all__ = ["Option", "as_price", "freeze", "from_slicer", "options", "write"]
