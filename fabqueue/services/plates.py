"""Plates: small runs of several jobs laid together on one bed, made in one go, and taken apart again.

A plate is a run of its own with an item for each job. The runs that it takes the place of are over; what each of them
would have taken alone stays with its item, so that time, material and fair share can be told apart. Whatever keeps a
plate from being made never harms its jobs: each gets a run of its own again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, selectinload

from fabqueue.config import Config, days, zone
from fabqueue.db import WritingSession, now
from fabqueue.models import (
    ACTIVE,
    Job,
    JobState,
    Machine,
    MachineModel,
    Run,
    RunItem,
    RunState,
    SlicingState,
    Slot,
    Stock,
)
from fabqueue.services import (
    beds,
    certifications,
    events,
    locks,
    opening,
    ordering,
    planning,
    profiles,
    progress,
    settings,
    sites,
    slicings,
)
from fabqueue.services.beds import Bed, Footprint
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import Actor
from fabqueue.services.ordering import Place

_WANTED = frozenset({JobState.QUEUED, JobState.IN_PRODUCTION, JobState.AWAITING_MEMBER})
CONSIDERED = 100
"""How far down a queue is looked for what may share a bed: pages ask every few seconds."""
SOON_SECONDS = 300
"""A machine that is free this soon is worth laying a plate for that is not full yet."""


@dataclass(frozen=True)
class Offer:
    """Runs that may share a bed, in the order of the queue."""

    runs: Sequence[Run]
    is_full: bool
    """Nothing more may lie with them."""

    @property
    def seconds(self) -> int:
        """What they take one after the other."""
        return sum(each.predicted_seconds or 0 for each in self.runs)

    @property
    def jobs(self) -> list[Job]:
        return [item.job for each in self.runs for item in each.items]


@dataclass(frozen=True, slots=True)
class _Spool:
    """What a machine prints from. left_mg: once the run that is at work there has had what it needs.

    is_fit: nobody has to mend the machine first, or find out why it does not answer.
    """

    stock: Stock
    machine_id: str
    left_mg: int
    is_fit: bool

    def serves(self, run: Run) -> bool:
        return self.stock.material_id == run.material_id and self.stock.is_called(run.colour)


@dataclass(frozen=True)
class _Rule:
    """What limits a bed that nobody asks for: `within` so many seconds, of no more than one of the spools holds.

    since: the moment from which the days count that jobs are needed by; None: they do not.
    """

    within: float = inf
    spools: Sequence[_Spool] = ()
    since: datetime | None = None
    time_zone: str = ""

    def keeps(self, run: Run) -> float:
        """Seconds in which it is made in time, with a reserve; no limit where it would be late alone as well."""
        day = run.items[0].job.request.needed_by
        if day is None or self.since is None:
            return inf
        left = (ordering.end_of(day, self.time_zone) - self.since).total_seconds() / ordering.LATE
        return left if left >= (run.predicted_seconds or 0) else inf


def offers(session: Session, config: Config, model: MachineModel) -> list[Offer]:
    """What may lie together among that which waits for a machine model, first come first."""
    return _offers(session, config, model, _Rule())


def _offers(session: Session, config: Config, model: MachineModel, rule: _Rule) -> list[Offer]:
    """The same, as far as a rule has it."""
    bed = _bed(config, model, rule)
    found = _candidates(session, config, model, RunState.WAITING) if bed else []
    laid = _laid(bed, filter(_is_ready, found), rule) if bed else ()
    return [each for each in laid if len(each.runs) > 1]


def foreseen(session: Session, config: Config, model: MachineModel) -> list[tuple[Offer, int]]:
    """What the rule will lay together, as far as is known: each bed, be it of one, with the seconds it takes full."""
    rule = _rule(session, config, model)
    bed = _bed(config, model, rule)
    found = _candidates(session, config, model, *ordering.STANDING) if bed else []
    laid = _laid(bed, found, rule) if bed else ()
    return [(each, _full_seconds(bed, each.runs, rule)) for each in laid] if bed else []


def _full_seconds(bed: Bed, runs: Sequence[Run], rule: _Rule) -> int:
    """What a bed takes that is filled with more of the same."""
    filling = [footprint_of(each, rule.keeps(each)) for each in runs] * bed.most_parts
    return sum(each.seconds for each in filling[: beds.most(bed, filling)] if each)


def _bed(config: Config, model: MachineModel, rule: _Rule) -> Bed | None:
    """What a bed of that model holds at most; None where nothing is sliced for it."""
    profile = profiles.of(config, model)
    if profile is None or not profile.sliced:
        return None
    seconds = min(rule.within, config.queue.plate_hours * 3600)
    return Bed(profile.bed_mm[0], profile.bed_mm[1], seconds, config.queue.plate_parts)


def _candidates(session: Session, config: Config, model: MachineModel, *states: RunState) -> list[Run]:
    """Models in these states, one for each job, in the order of the queue; nothing that failed before."""
    places = ordering.places(session, config, sites.the_site(session).id, model.id, *states)[:CONSIDERED]
    served = _served(session, config, model, places)
    order = {each.run_id: number for number, each in enumerate(places) if each.owner_id in served}
    found = session.scalars(select(Run).where(Run.id.in_(order)).options(selectinload(Run.items))).unique()
    runs = sorted(found, key=lambda each: order[each.id])
    failed = _failed_before(session, [each.id for each in runs])
    fitting = [each for each in runs if _may_share(each) and each.id not in failed]
    first = {each.items[0].job_id: each for each in reversed(fitting)}
    return [each for each in fitting if first[each.items[0].job_id] is each]


def _served(session: Session, config: Config, model: MachineModel, places: Sequence[Place]) -> set[str]:
    """Whose jobs these machines take: one of anybody else would keep all that it shares a bed with from being made."""
    owners = {each.owner_id for each in places}
    strict = config.queue.certified_only and model.needs_certification
    return certifications.held_for(session, model, owners) if strict else owners


def _may_share(run: Run) -> bool:
    slicing = run.slicing
    if run.is_of_laser or slicing is None or slicing.is_plate or slicings.is_toolpath(slicing) or len(run.items) != 1:
        return False
    return run.predicted_seconds is not None


def _is_ready(run: Run) -> bool:
    return _may_share(run) and run.slicing is not None and run.slicing.state is SlicingState.READY


def _failed_before(session: Session, keys: Sequence[str]) -> set[str]:
    """Those among the runs whose job lost copies before: they are repeated alone."""
    earlier, lost = aliased(RunItem), aliased(Run)
    query = select(RunItem.run_id).join(earlier, earlier.job_id == RunItem.job_id).join(lost, lost.id == earlier.run_id)
    query = query.where(RunItem.run_id.in_(keys), lost.started_at.is_not(None), lost.ended_at.is_not(None))
    return set(session.scalars(query.where(earlier.good_copies < earlier.copies)))


def _kind(run: Run) -> tuple[object, ...]:
    """What runs that share a bed have in common."""
    slicing = run.slicing
    assert slicing is not None
    digest = profiles.settings_digest(settings.for_slicer(slicing.settings))
    job = run.items[0].job
    asked = job.machine_id, job.machine_id and job.machine_required
    return run.site_id, run.machine_model_id, run.material_id, run.colour, slicing.profile_digest, digest, asked


def _laid(bed: Bed, runs: Iterable[Run], rule: _Rule) -> Iterable[Offer]:
    """`runs`, each with its like, on as few beds as a careful guess allows."""
    groups: dict[tuple[object, ...], list[Run]] = {}
    for run in runs:
        groups.setdefault((*_kind(run), run.items[0].job.priority), []).append(run)
    for found in groups.values():
        yield from _in_turn(_fed(bed, found[0], rule.spools), found, rule)


def _fed(bed: Bed, run: Run, spools: Sequence[_Spool]) -> Bed:
    """With no more on it than a loaded spool has of what the run needs; whoever has to load one loads enough.

    What is loaded at the machine that was asked for counts before any other, and at one that works before one that
    does not.
    """
    serving, asked = [each for each in spools if each.serves(run)], run.items[0].job.machine_id
    serving = [each for each in serving if each.machine_id == asked] or serving
    serving = [each for each in serving if each.is_fit] or serving
    return replace(bed, most_milligrams=max((each.left_mg for each in serving), default=inf))


def _loaded(session: Session, model: MachineModel) -> Sequence[_Spool]:
    """The spools that machines of this model print from."""
    query = select(Stock, Machine).join(Slot, Slot.stock_id == Stock.id).join(Machine, Machine.id == Slot.machine_id)
    query = query.where(Machine.machine_model_id == model.id, Machine.retired_at.is_(None), Slot.position == 0)
    found = session.execute(query).unique().all()
    taken = _still_taken(session, [stock.id for stock, _machine in found])
    return [
        _Spool(stock, machine.id, stock.left_mg - taken.get(stock.id, 0), _is_fit(machine)) for stock, machine in found
    ]


def _is_fit(machine: Machine) -> bool:
    return machine.maintenance_at is None and not machine.has_fault and not progress.is_silent(machine)


def _still_taken(session: Session, keys: Sequence[str]) -> dict[str, int]:
    """Milligrams, by the id of a spool, that runs at work need of it: they are counted off when a run ends."""
    rest = func.sum(Run.predicted_milligrams - Run.earlier_milligrams)
    query = select(Run.stock_id, rest).where(Run.stock_id.in_(keys), Run.state.in_(ACTIVE)).group_by(Run.stock_id)
    return {str(key): int(milligrams or 0) for key, milligrams in session.execute(query)}


def _in_turn(bed: Bed, left: list[Run], rule: _Rule) -> Iterable[Offer]:
    while left:
        count = beds.most(bed, [footprint_of(each, rule.keeps(each)) for each in left])
        if count:
            yield Offer(left[:count], count < len(left) or count >= bed.most_parts)
        left = left[max(1, count) :]


def footprint_of(run: Run, within: float = inf) -> Footprint | None:
    """The room that a run's one item takes, as it lies; None where its size is not known."""
    item, slicing = run.items[0], run.slicing
    assert slicing is not None
    report = item.job.revision.report
    extents = report.data.get("extents_mm") if report else None
    return beds.footprint(extents, slicing.settings.get("pose"), item.copies, run.predicted_seconds or 0,
                          run.predicted_milligrams or 0, within)  # fmt: skip


def waiting(session: Session, jobs: Sequence[Job]) -> dict[str, Run]:
    """The plates that wait or are prepared, by the ids of those of the jobs that lie on them."""
    mine = select(RunItem.run_id).where(RunItem.job_id.in_([each.id for each in jobs]))
    shared = select(RunItem.run_id).where(RunItem.run_id.in_(mine)).group_by(RunItem.run_id)
    several = shared.having(func.count() > 1)
    found = session.scalars(select(Run).where(Run.id.in_(several), Run.state.in_(ordering.STANDING))).unique()
    return {item.job_id: run for run in found for item in run.items}


# laying together, taking apart


def put_together(session: WritingSession, actor: Actor, runs: Sequence[Run]) -> Run:
    """Lay waiting runs on one bed: they are over, and one run has all their items. Raises Conflict, Refused."""
    for run in sorted(runs, key=lambda each: each.id):
        locks.lock(session, run)
    _check(session, runs)
    plate = _plate(session, runs)
    for run in runs:
        _lay(session, actor, run, plate)
    session.flush()
    session.refresh(plate)
    copies = sum(each.copies for each in plate.items)
    events.record(session, actor, plate, "plan", new=plate.state, values={"copies": copies})
    session.wake("dispatch")
    return plate


def _check(session: Session, runs: Sequence[Run]) -> None:
    if len(runs) < 2:
        raise Refused("plate_of_one")
    for run in runs:
        if run.state is not RunState.WAITING:
            raise Conflict(run.state)
    if not all(_is_ready(each) for each in runs) or len({_kind(each) for each in runs}) > 1:
        raise Refused("plate_unlike")
    jobs = {each.items[0].job_id: each.items[0].job for each in runs}
    if len(jobs) < len(runs) or any(each.state not in ordering.WANTED for each in jobs.values()):
        raise Refused("plate_unlike")
    if _failed_before(session, [each.id for each in runs]):
        raise Refused("plate_unlike")


def _plate(session: WritingSession, runs: Sequence[Run]) -> Run:
    """The run for all of them, without its items."""
    slicing = slicings.for_plate(session, [each.slicing for each in runs if each.slicing])
    ready, first = slicing.state is SlicingState.READY, runs[0]
    plate = Run(
        site_id=first.site_id, machine_model_id=first.machine_model_id, material_id=first.material_id,
        colour=first.colour, slicing_id=slicing.id, state=RunState.WAITING if ready else RunState.PREPARING,
        predicted_seconds=slicing.seconds if ready else sum(each.predicted_seconds or 0 for each in runs),
        predicted_milligrams=slicing.milligrams if ready else sum(each.predicted_milligrams or 0 for each in runs),
    )  # fmt: skip
    session.add(plate)
    session.flush()
    return plate


def _lay(session: WritingSession, actor: Actor, run: Run, plate: Run) -> None:
    """The items of a run go to the plate; it is over itself."""
    for item in run.items:
        session.add(
            RunItem(run_id=plate.id, job_id=item.job_id, copies=item.copies, alone_seconds=run.predicted_seconds,
                    alone_milligrams=run.predicted_milligrams)
        )  # fmt: skip
    _end(session, actor, run, "lay", "run_on_plate")


def _end(session: WritingSession, actor: Actor, run: Run, verb: str, code: str) -> None:
    moment = now()
    events.move(session, actor, run, ordering.STANDING, RunState.CANCELLED, verb, code=code, ended_at=moment,
                changed_at=moment, reason_code=code, reason_values={})  # fmt: skip


def take_apart(
    session: WritingSession, actor: Actor, plate: Run, code: str = "plate_taken_apart", *, without: Job | None = None
) -> list[Run]:
    """Give each job of a plate that waits, but not `without`, a run of its own. Raises Conflict: a machine has it."""
    _end(session, actor, plate, "take_apart", code)
    wanted = [each for each in plate.items if each.job is not without and each.job.state in _WANTED]
    return [planning.make_alone(session, actor, each.job, each.copies) for each in wanted]


def did_not_fit(session: WritingSession, actor: Actor, plate: Run) -> None:
    """The slicer made no plate of it: what it found room for is tried again, the rest has runs of its own."""
    slicing = plate.slicing
    assert slicing is not None
    fitting = int(slicing.problem_values.get("fitting", 0)) if slicing.problem_code == "slicing_too_many" else 0
    alone = take_apart(session, actor, plate, "plate_did_not_fit")
    together = _first(alone, slicing.parts[:fitting])
    failed = _failed_before(session, [each.id for each in together])
    still = [each for each in together if each.id not in failed and each.items[0].job.state in ordering.WANTED]
    if len(still) > 1 and all(each.state is RunState.WAITING for each in still):
        put_together(session, actor, still)


def _first(runs: Sequence[Run], parts: Iterable[dict[str, Any]]) -> list[Run]:
    """The runs that make these parts; of equal ones it does not matter which."""
    left, found = list(runs), []
    for part in parts:
        run = next((each for each in left if each.slicing and slicings.part_of(each.slicing) == part), None)
        if run is not None:
            left.remove(run)
            found.append(run)
    return found


# by rule


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
    found = _offers(session, config, model, _rule(session, config, model))
    if not found:
        return 0
    others = [each for each in found if not each.is_full]
    chosen = [each for each in found if each.is_full]
    chosen += others[: max(0, _soon_free(session, model) - len(chosen) - _standing(session, model))]
    for offer in chosen:
        put_together(session, events.SYSTEM, offer.runs)
    return len(chosen)


def _rule(session: Session, config: Config, model: MachineModel) -> _Rule:
    days = now() if config.queue.due_hours else None
    return _Rule(_until_closing(session), _loaded(session, model), days, config.site.time_zone)


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
