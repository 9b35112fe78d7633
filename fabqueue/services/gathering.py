"""Laying jobs together by rule: on the days and within the limits that the lab says, and when it is worth it."""

from collections.abc import Sequence
from math import inf

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.config import Config, days, zone
from fabqueue.db import WritingSession, now
from fabqueue.models import ACTIVE, Machine, MachineModel, Run, RunItem, RunState, Slot, Stock
from fabqueue.services import beds, events, opening, ordering, plates, progress, sharing, sites
from fabqueue.services.beds import Bed
from fabqueue.services.sharing import Offer, Rule, Spool

SOON_SECONDS = 300
"""A machine that is free this soon is worth laying a plate for that is not full yet."""


def by_rule(config: Config) -> bool:
    """Whether small jobs are laid together today without anybody asking."""
    today = now().astimezone(zone(config)).date()
    return config.queue.plates or days.include(config.queue.plate_days, today)


def gather(session: WritingSession, config: Config) -> int:
    """Lay together what may lie together, where a bed is full or a machine will soon be free; how many plates."""
    return sum(_gather(session, config, each) for each in models(session))


def models(session: Session) -> Sequence[MachineModel]:
    """Those that more than one run waits for."""
    waiting = select(func.count()).where(Run.machine_model_id == MachineModel.id, Run.state == RunState.WAITING)
    query = select(MachineModel).where(MachineModel.retired_at.is_(None), waiting.scalar_subquery() > 1)
    return session.scalars(query.order_by(MachineModel.slug)).all()


def _gather(session: WritingSession, config: Config, model: MachineModel) -> int:
    """What is full, and as much else as machines will soon be free for: what waits on may still get company."""
    found = sharing.offers(session, config, model, _rule(session, config, model))
    if not found:
        return 0
    others = [each for each in found if not each.is_full]
    chosen = [each for each in found if each.is_full]
    chosen += others[: max(0, _soon_free(session, model) - len(chosen) - _standing(session, model))]
    for offer in chosen:
        plates.put_together(session, events.SYSTEM, offer.runs)
    return len(chosen)


def _rule(session: Session, config: Config, model: MachineModel) -> Rule:
    since = now() if config.queue.due_hours else None
    return Rule(_until_closing(session), _loaded(session, model), since, config.site.time_zone)


def _until_closing(session: Session) -> float:
    """Seconds until nobody is there, with a reserve: one by one, jobs may be made in what is left of a day."""
    moment = now()
    hours, at = opening.hours(sites.the_site(session), moment), moment.timestamp()
    return (hours.closes(at) - at) / ordering.LATE if hours.kept and hours.is_open(at) else inf


def _soon_free(session: Session, model: MachineModel) -> int:
    """How many machines could take a run soon, as far as anybody can tell."""
    rows = select(Machine).where(
        Machine.machine_model_id == model.id, Machine.retired_at.is_(None), Machine.maintenance_at.is_(None),
        Machine.fault_code == "",
    )  # fmt: skip
    machines = [each for each in session.scalars(rows).unique() if not progress.is_silent(each)]
    at_work = select(Run).where(Run.machine_id.in_([each.id for each in machines]), Run.state.in_(ACTIVE))
    held = {each.machine_id: each for each in session.scalars(at_work).unique()}
    return sum(_is_soon(held.get(each.id)) for each in machines)


def _standing(session: Session, model: MachineModel) -> int:
    """How many plates no machine has yet."""
    waiting = select(Run.id).where(Run.machine_model_id == model.id, Run.state.in_(ordering.STANDING))
    items = select(RunItem.run_id).where(RunItem.run_id.in_(waiting)).group_by(RunItem.run_id)
    return session.scalar(select(func.count()).select_from(items.having(func.count() > 1).subquery())) or 0


def _is_soon(run: Run | None) -> bool:
    """Whether nothing runs on a machine, or what runs is at its end soon; what nobody can tell is not."""
    left = 0.0 if run is None else progress.seconds_left(run)
    return left is not None and left <= SOON_SECONDS


def foreseen(session: Session, config: Config, model: MachineModel) -> list[tuple[Offer, int]]:
    """What the rule will lay together, as far as is known: each bed, be it of one, with the seconds it takes full."""
    rule = _rule(session, config, model)
    bed = sharing.bed_of(config, model, rule)
    found = sharing.candidates(session, config, model, *ordering.STANDING) if bed else []
    laid = sharing.laid(bed, found, rule) if bed else ()
    return [(each, _full_seconds(bed, each.runs, rule)) for each in laid] if bed else []


def _full_seconds(bed: Bed, runs: Sequence[Run], rule: Rule) -> int:
    """What a bed takes that is filled with more of the same."""
    filling = [sharing.footprint_of(each, rule.keeps(each)) for each in runs] * bed.most_parts
    return sum(each.seconds for each in filling[: beds.most(bed, filling)] if each)


def _loaded(session: Session, model: MachineModel) -> Sequence[Spool]:
    """The spools that machines of this model print from."""
    query = select(Stock, Machine).join(Slot, Slot.stock_id == Stock.id).join(Machine, Machine.id == Slot.machine_id)
    query = query.where(Machine.machine_model_id == model.id, Machine.retired_at.is_(None), Slot.position == 0)
    found = session.execute(query).unique().all()
    taken = _still_taken(session, [stock.id for stock, _machine in found])
    return [
        Spool(stock, machine.id, stock.left_mg - taken.get(stock.id, 0), _is_fit(machine)) for stock, machine in found
    ]


def _is_fit(machine: Machine) -> bool:
    return machine.maintenance_at is None and not machine.has_fault and not progress.is_silent(machine)


def _still_taken(session: Session, keys: Sequence[str]) -> dict[str, int]:
    """Milligrams, by the id of a spool, that runs at work need of it: they are counted off when a run ends."""
    rest = func.sum(Run.predicted_milligrams - Run.earlier_milligrams)
    query = select(Run.stock_id, rest).where(Run.stock_id.in_(keys), Run.state.in_(ACTIVE)).group_by(Run.stock_id)
    return {str(key): int(milligrams or 0) for key, milligrams in session.execute(query)}
