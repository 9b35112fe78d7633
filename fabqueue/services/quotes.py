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
    Material,
    MaterialOffer,
    Person,
    Quote,
    Report,
    Revision,
    Site,
)
from fabqueue.models.people import MachineKind
from fabqueue.pricing import Line, Price, Rates, price
from fabqueue.services import beams, estimates, profiles
from fabqueue.services.errors import Refused
from fabqueue.services.laserwork import CARD

Span = dict[str, int]
"""{"low", "expected", "high"}"""
OWN_WORK = Price((Line("price_own_work", 0),))
"""Of a test card: it is burnt for the lab, whoever asked for it."""


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
    mm2: Span | None = None
    """Sheet area of all copies, on a laser."""
    plan: dict[str, Any] | None = None
    """What a laser does for all copies: `Estimate.plan`."""

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
    if refused := beams.refusal(config, model, offer.material):
        reason = {"code": refused.code, "values": refused.values}
        return Option(model, offer, False, [reason], None, None, None, "geometry", settings=chosen)
    prediction = _predict(session, config, revision, model, offer, chosen, quantity)
    reasons = list(prediction.reasons)
    if not prediction.fits and not reasons:
        reasons.append({"code": "fit_unknown", "values": {}})
    if model.needs_certification and person and not person.certified_for(model.id, model.kind):
        reasons.append({"code": "fit_needs_certification", "values": {"machine": model.title}})
    times = 1 if prediction.plan else quantity  # a laser's is planned with all copies
    seconds, milligrams = _times(prediction.seconds, times), _times(prediction.milligrams, times)
    priced = None
    if prediction.fits and not prediction.pending:
        figures = (seconds, milligrams, prediction.mm2)
        priced = OWN_WORK if CARD in chosen else _price(config, model, offer, *figures)
    return Option(model, offer, prediction.fits, reasons, seconds, milligrams, priced, prediction.source,
                  settings=chosen, pending=prediction.pending, mm2=prediction.mm2, plan=prediction.plan)  # fmt: skip


@dataclass(frozen=True)
class _Prediction:
    fits: bool
    source: str
    reasons: Sequence[dict[str, Any]] = ()
    seconds: Span | None = None
    milligrams: Span | None = None
    pending: bool = False
    mm2: Span | None = None
    plan: dict[str, Any] | None = None


def _predict(
    session: Session, config: Config, revision: Revision, model: MachineModel, offer: MaterialOffer,
    chosen: dict[str, Any], quantity: int,
) -> _Prediction:  # fmt: skip
    assert revision.report is not None
    kind = revision.design.kind
    if not model.profile and CARD not in chosen:
        return _by_hand(model, kind)
    if not _is_for(config, model, kind):
        code = "fit_wrong_kind_of_machine"
        return _Prediction(False, "geometry", [{"code": code, "values": {"machine": model.title}}])
    if kind is DesignKind.TOOLPATH:
        return _from_toolpath(config, revision.report, model)
    drawing = revision if kind is DesignKind.DRAWING else None
    return _from_geometry(session, config, revision.report, model, offer, chosen, drawing, quantity)


def _is_for(config: Config, model: MachineModel, kind: DesignKind) -> bool:
    """Drawings are for what has a laser's profile and is one, or a tool for drawings; all else is for printers."""
    profile = profiles.of(config, model)
    if profile is not None and profile.laser is not None:
        return kind is DesignKind.DRAWING and (model.kind is MachineKind.LASER or model.drawings_only)
    return kind is not DesignKind.DRAWING and model.kind is MachineKind.PRINTER


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
    session: Session, config: Config, report: Report, model: MachineModel, offer: MaterialOffer,
    chosen: dict[str, Any], drawing: Revision | None, quantity: int,
) -> _Prediction:  # fmt: skip
    try:
        wanted = estimates.want(config, model, offer, chosen, drawing, quantity)
    except Refused as refused:
        return _Prediction(False, "geometry", [{"code": refused.code, "values": refused.values}])
    row: Estimate | None = estimates.known(session, report, [wanted]).get(wanted.key)
    if row is None:
        return _Prediction(True, "geometry", pending=True)
    fits = row.fits and row.seconds is not None
    return _Prediction(fits, row.source, row.reasons, row.seconds, row.milligrams, mm2=row.mm2, plan=row.plan)


def _exactly(value: float, factor: int) -> Span:
    return dict.fromkeys(("low", "expected", "high"), round(value * factor))


def _times(span: Span | None, quantity: int) -> Span | None:
    return {key: value * quantity for key, value in span.items()} if span else None


def _price(
    config: Config, model: MachineModel, offer: MaterialOffer, seconds: Span | None, milligrams: Span | None,
    mm2: Span | None,
) -> Price:  # fmt: skip
    grams = milligrams["expected"] / 1000 if milligrams else 0
    time, area = seconds["expected"] if seconds else 0, mm2["expected"] if mm2 else 0
    return price(_rates(config, model, offer.material), time, grams, area)


def _rates(config: Config, model: MachineModel, material: Material) -> Rates:
    return Rates(model.per_hour_minor, model.setup_minor, material.per_kg_minor, config.money.free_grams,
                 material.per_m2_minor)  # fmt: skip


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
    return write(session, site, job, option.price, option.seconds, option.milligrams, option.source, option.mm2)


def write(
    session: Session, site: Site, job: Job, priced: Price, seconds: Span | None, milligrams: Span | None, source: str,
    mm2: Span | None = None,
) -> Quote:  # fmt: skip
    """A new quote row for a job; earlier ones stay as they were."""
    quote = Quote(
        job_id=job.id, machine_model_id=job.machine_model_id, material_id=job.material_id, quantity=job.quantity,
        settings=job.settings, currency=site.currency, total_minor=priced.total_minor,
        lines=[each.as_json() for each in priced.lines], seconds=seconds, milligrams=milligrams, mm2=mm2,
        source=source,
    )  # fmt: skip
    session.add(quote)
    session.flush()
    return quote


def from_slicer(config: Config, job: Job, seconds: int, milligrams: int, mm2: int = 0) -> Price:
    """The price of a job by what its files take for all its copies: seconds, milligrams, sheet area."""
    if CARD in job.settings:
        return OWN_WORK
    return price(_rates(config, job.machine_model, job.material), seconds, milligrams / 1000, mm2)


def as_price(quote: Quote) -> Price:
    return Price(tuple(Line(each["code"], each["minor"], each["values"]) for each in quote.lines))


__all__ = ["Option", "as_price", "freeze", "from_slicer", "options", "write"]
