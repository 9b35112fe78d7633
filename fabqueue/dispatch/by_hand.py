"""Machines without a network: a person says which run starts there, or takes the next one."""

from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.dispatch import claim, match, seeing
from fabqueue.models import Machine, Run, RunState, Site
from fabqueue.services import ordering, runs
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import Actor


def startable(session: Session, config: Config, machine: Machine) -> list[Run]:
    """The runs that may start at this machine now, first come first."""
    bench = seeing.bench(config, machine, runs.active_on(session, machine) is not None)
    return list(claim.suitable(session, config, machine, bench, lock=False))


def start(session: WritingSession, config: Config, actor: Actor, machine: Machine, run: Run | None = None) -> Run:
    """A person starts `run`, or the next that matches, at a manual machine: it runs from now on.

    Raises Refused with the reason, Conflict when somebody was faster.
    """
    if not machine.is_manual:
        raise Refused("machine_starts_itself", {"machine": machine.name})
    site = session.get_one(Site, machine.site_id)
    if site.is_held:
        raise Refused("wait_lab_held", {"reason": site.held_reason})
    bench = seeing.bench(config, machine, runs.active_on(session, machine) is not None)
    if shut := match.closed(bench):
        raise Refused(shut.code, shut.values)
    chosen = run or next(claim.suitable(session, config, machine, bench, lock=True), None)
    if chosen is None:
        raise Refused("nothing_to_start", {"machine": machine.name})
    _check(session, config, chosen, machine, bench)
    claim.take(session, config, actor, chosen, machine, bench)
    runs.began(session, actor, chosen)
    return chosen


def _check(session: WritingSession, config: Config, run: Run, machine: Machine, bench: match.Bench) -> None:
    if run.state is not RunState.WAITING:
        raise Conflict(run.state)
    room = seeing.room(session, config, session.get_one(Site, machine.site_id))
    if reason := match.refusal(seeing.wish(session, config, run), bench, room):
        raise Refused(reason.code, reason.values)
    places = ordering.places(session, config, machine.site_id, machine.machine_model_id, run.state)
    if run.id not in {each.run_id for each in places}:
        raise Conflict("unwanted")
