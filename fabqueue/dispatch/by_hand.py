"""Machines without a network: a person says which run starts there, or takes the next one."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.dispatch import claim, match, seeing
from fabqueue.dispatch.match import Bench, Wish
from fabqueue.dispatch.suiting import Suiting
from fabqueue.models import Machine, Run, RunState, Site
from fabqueue.services import locks, ordering, runs
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import Actor


def startable(session: Session, config: Config, machine: Machine) -> list[Run]:
    """The runs that may start at this machine now, first come first."""
    bench = seeing.bench(config, machine, runs.is_busy(session, machine.id))
    suiting = Suiting(session, config, session.get_one(Site, machine.site_id), bench)
    order = {each.run_id: number for number, each in enumerate(suiting.in_order())}
    found = session.scalars(select(Run).where(Run.id.in_(order))).unique()
    return sorted(found, key=lambda each: order[each.id])


def start(session: WritingSession, config: Config, actor: Actor, machine: Machine, run: Run | None = None) -> Run:
    """A person starts `run`, or the next that matches, at a manual machine: it runs from now on.

    Raises Refused with the reason, Conflict when somebody was faster.
    """
    if not machine.is_manual:
        raise Refused("machine_starts_itself", {"machine": machine.name})
    site = session.get_one(Site, machine.site_id)
    if site.is_held:
        raise Refused("wait_lab_held", {"reason": site.held_reason})
    locks.lock(session, machine)  # somebody else may be starting another there
    bench = seeing.bench(config, machine, runs.is_busy(session, machine.id))
    if shut := match.closed(bench):
        raise Refused(shut.code, shut.values)
    chosen = run or _next(session, config, site, bench)
    wish = _checked(session, config, chosen, site, bench)
    claim.take(session, config, actor, chosen, machine, bench, wish)
    runs.began(session, actor, chosen)
    return chosen


def _next(session: WritingSession, config: Config, site: Site, bench: Bench) -> Run:
    first = next(Suiting(session, config, site, bench).locked(), None)
    if first is None:
        raise Refused("nothing_to_start", {"machine": bench.name})
    return first[0]


def _checked(session: WritingSession, config: Config, run: Run, site: Site, bench: Bench) -> Wish:
    """What a run needs that this machine may take."""
    if run.state is not RunState.WAITING:
        raise Conflict(run.state)
    wish = seeing.wish(session, config, run)
    if reason := match.refusal(wish, bench, seeing.room(session, config, site)):
        raise Refused(reason.code, reason.values)
    places = ordering.places(session, config, site.id, bench.model_id, run.state)
    if run.id not in {each.run_id for each in places}:
        raise Conflict("unwanted")
    return wish
