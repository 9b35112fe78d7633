"""What may share a bed: which runs that wait are alike, and how much of them one bed holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, selectinload

from fabqueue.config import Config
from fabqueue.models import Job, MachineModel, Run, RunItem, RunState, SlicingState, Stock
from fabqueue.services import beds, certifications, ordering, profiles, settings, sites, slicings
from fabqueue.services.beds import Bed, Footprint
from fabqueue.services.ordering import Place

CONSIDERED = 100
"""How far down a queue is looked for what may share a bed: pages ask every few seconds."""


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
class Spool:
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
class Rule:
    """What limits a bed that nobody asks for: `within` so many seconds, of no more than one of the spools holds.

    since: the moment from which the days count that jobs are needed by; None: they do not.
    """

    within: float = inf
    spools: Sequence[Spool] = ()
    since: datetime | None = None
    time_zone: str = ""

    def keeps(self, run: Run) -> float:
        """Seconds in which it is made in time, with a reserve; no limit where it would be late alone as well."""
        day = run.items[0].job.request.needed_by
        if day is None or self.since is None:
            return inf
        left = (ordering.end_of(day, self.time_zone) - self.since).total_seconds() / ordering.LATE
        return left if left >= (run.predicted_seconds or 0) else inf


ANYTHING = Rule()
"""What a technician may lay together."""


def offers(session: Session, config: Config, model: MachineModel, rule: Rule = ANYTHING) -> list[Offer]:
    """What may lie together among that which waits for a machine model, first come first."""
    bed = bed_of(config, model, rule)
    found = candidates(session, config, model, RunState.WAITING) if bed else []
    beds_of_them = laid(bed, filter(is_ready, found), rule) if bed else ()
    return [each for each in beds_of_them if len(each.runs) > 1]


def bed_of(config: Config, model: MachineModel, rule: Rule) -> Bed | None:
    """What a bed of that model holds at most; None where nothing is sliced for it."""
    profile = profiles.of(config, model)
    if profile is None or not profile.sliced:
        return None
    seconds = min(rule.within, config.queue.plate_hours * 3600)
    return Bed(profile.bed_mm[0], profile.bed_mm[1], seconds, config.queue.plate_parts)


def candidates(session: Session, config: Config, model: MachineModel, *states: RunState) -> list[Run]:
    """Models in these states, one for each job, in the order of the queue; nothing that failed before."""
    places = ordering.places(session, config, sites.the_site(session).id, model.id, *states)[:CONSIDERED]
    served = _served(session, config, model, places)
    order = {each.run_id: number for number, each in enumerate(places) if each.owner_id in served}
    found = session.scalars(select(Run).where(Run.id.in_(order)).options(selectinload(Run.items))).unique()
    runs = sorted(found, key=lambda each: order[each.id])
    failed = failed_before(session, [each.id for each in runs])
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


def is_ready(run: Run) -> bool:
    return _may_share(run) and run.slicing is not None and run.slicing.state is SlicingState.READY


def failed_before(session: Session, keys: Sequence[str]) -> set[str]:
    """Those among the runs whose job lost copies before: they are repeated alone."""
    earlier, lost = aliased(RunItem), aliased(Run)
    query = select(RunItem.run_id).join(earlier, earlier.job_id == RunItem.job_id).join(lost, lost.id == earlier.run_id)
    query = query.where(RunItem.run_id.in_(keys), lost.started_at.is_not(None), lost.ended_at.is_not(None))
    return set(session.scalars(query.where(earlier.good_copies < earlier.copies)))


def kind(run: Run) -> tuple[object, ...]:
    """What runs that share a bed have in common."""
    slicing = run.slicing
    assert slicing is not None
    digest = profiles.settings_digest(settings.for_slicer(slicing.settings))
    job = run.items[0].job
    asked = job.machine_id, job.machine_id and job.machine_required
    return run.site_id, run.machine_model_id, run.material_id, run.colour, slicing.profile_digest, digest, asked


def laid(bed: Bed, runs: Iterable[Run], rule: Rule) -> Iterable[Offer]:
    """`runs`, each with its like, on as few beds as a careful guess allows."""
    groups: dict[tuple[object, ...], list[Run]] = {}
    for run in runs:
        groups.setdefault((*kind(run), run.items[0].job.priority), []).append(run)
    for found in groups.values():
        yield from _in_turn(_fed(bed, found[0], rule.spools), found, rule)


def _fed(bed: Bed, run: Run, spools: Sequence[Spool]) -> Bed:
    """With no more on it than a loaded spool has of what the run needs; whoever has to load one loads enough.

    What is loaded at the machine that was asked for counts before any other, and at one that works before one that
    does not.
    """
    serving, asked = [each for each in spools if each.serves(run)], run.items[0].job.machine_id
    serving = [each for each in serving if each.machine_id == asked] or serving
    serving = [each for each in serving if each.is_fit] or serving
    return replace(bed, most_milligrams=max((each.left_mg for each in serving), default=inf))


def _in_turn(bed: Bed, left: list[Run], rule: Rule) -> Iterable[Offer]:
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
