"""Advancing one machine: look, decide, act, a few times; safe to be killed at any point and to be called by anybody."""

import time
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from fabqueue.db import now
from fabqueue.dispatch import beam, chores, emergency, faults, staging
from fabqueue.dispatch.act import act
from fabqueue.dispatch.case import Case, read
from fabqueue.dispatch.claim import claim, suits
from fabqueue.dispatch.confirm import tell_alone, tell_overdue, tell_unstopped
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.decide import Decision, Step, decide
from fabqueue.dispatch.drivers import Drivers
from fabqueue.dispatch.facts import View
from fabqueue.dispatch.hand import Hand
from fabqueue.dispatch.lease import Lease, LeaseLost, leased
from fabqueue.dispatch.match import closed, pulls
from fabqueue.dispatch.observe import judge, observe
from fabqueue.dispatch.sighting import Sighting, keep, look_back, note, sighting_of
from fabqueue.models import RunState
from fabqueue.services.errors import Conflict
from printers.driver import Driver, DriverError

MOST_STEPS = 12
SECOND_LOOK_SECONDS = 1.0
"""A doubt is looked at twice: a machine may be about to write down how a print ended."""
_WORKING = {RunState.RUNNING, RunState.PAUSED}
_log = structlog.get_logger(__name__)


def advance(context: Context, drivers: Drivers, machine_id: str) -> None:
    """Drive one machine now, unless somebody else does."""
    with leased(context, [machine_id]) as lease:
        seen = [each for each in (drive(context, drivers, lease, every) for every in lease.machines) if each]
        if seen:
            keep(context, lease, seen)


def drive(
    context: Context, drivers: Drivers, lease: Lease, machine_id: str, first: Case | None = None
) -> Sighting | None:
    """A few steps with a leased machine; what was seen last, or None when there is nothing to drive.

    `first`: the machine's case if it was read already.
    """
    sent: list[str] = []
    seen: Sighting | None = None
    for _ in range(MOST_STEPS):
        case, first = first or read(context, machine_id), None
        if case is None:
            return seen
        try:
            driver = drivers.of(machine_id, case.connection)
        except DriverError as error:
            view = View(None, error=error, misses=case.misses + 1)
            note(lease, case, view, judge(case.run, view))
            return sighting_of(case, view)
        seen, again = _turn(context, lease, driver, case, sent)
        if not again:
            return _with_picture(context, driver, case, seen)
    return seen


def _turn(context: Context, lease: Lease, driver: Driver, case: Case, sent: list[str]) -> tuple[Sighting, bool]:
    """One look and what follows from it; whether to go on at once."""
    view = observe(driver, case.run, case.misses)
    again = False
    try:
        if not case.online and _set_up(driver, case, view):
            view = observe(driver, case.run, case.misses)
        note(lease, case, view, judge(case.run or staging.at_work(case, view), view))
        look_back(lease, case, view)
        emergency.pursue(lease, driver, case, view)
        tell_unstopped(lease, case)
        beam.pursue(lease, driver, case, view)
        chores.pursue(lease, driver, case, view)
        staging.stop_stray(lease, driver, case, view)
        staging.tidy(lease, driver, case, view)
        staging.sweep_up(lease, driver, case, view)
        if case.run is not None:
            again = _step(Hand(context, lease, driver, case, view, sent))
        else:
            again = staging.tend(context, lease, driver, case, view)
            if not again and case.takes_runs and view.idle:
                again = _claim(context, lease, driver, case, view)
    except Conflict:  # a person changed something meanwhile: read anew
        again = True
    except LeaseLost:
        _log.warning("lease_lost", machine=case.bench.name)
    except DriverError as error:  # the command did not arrive, or was refused: look again later
        _log.info("command_failed", machine=case.bench.name, error=str(error))
        view = View(None, error=error, misses=case.misses + 1)
    return sighting_of(case, view), again


def _set_up(driver: Driver, case: Case, view: View) -> bool:
    """See to it that a laser turns its beam off by itself when its work is broken off; whether to look at it again.

    When it is met, before it takes a file and, in `act`, before it starts: what was taken out there since is put back.
    """
    if view.status is None or not case.connection.after_cancel:
        return False
    try:
        changed = driver.set_up()
    except DriverError as error:  # looking at the connection says so to people, and nothing starts there
        _log.warning("not_set_up", machine=case.bench.name, error=str(error))
        return False
    if changed:
        _log.info("set_up", machine=case.bench.name)
    return changed


def _claim(context: Context, lease: Lease, driver: Driver, case: Case, view: View) -> bool:
    fresh = replace(case.bench, online=True, fault=False, foreign=False)  # just looked: it answers and is idle
    if closed(fresh) or not pulls(fresh) or not suits(context, case.machine_id):
        return False
    if _set_up(driver, case, view):
        return True
    claimed = claim(context, lease, case.machine_id)
    faults.point("after_claim")
    return claimed is not None


def _step(hand: Hand) -> bool:
    tell_overdue(hand)
    tell_alone(hand)
    decision = decide(hand.run, hand.view)
    if decision.step is Step.DOUBT and _second_look(hand) != decision:
        return False
    return act(hand, decision)


def _second_look(hand: Hand) -> Decision:
    time.sleep(SECOND_LOOK_SECONDS)
    hand.view = observe(hand.driver, hand.run, hand.case.misses)
    return decide(hand.run, hand.view)


def _with_picture(context: Context, driver: Driver, case: Case, seen: Sighting) -> Sighting:
    """While a run works, fetch a camera picture every now and then."""
    working = case.run is not None and case.run.state in _WORKING
    if not working or not seen.answered or not _is_old(case.picture_at, context.config.machines.picture_seconds):
        return seen
    try:
        picture = driver.picture()
    except DriverError as error:
        _log.info("no_picture", machine=case.bench.name, error=str(error))
        return seen
    if picture is None:
        return seen
    context.storage.put_volatile(f"camera-{case.machine_id}", picture)
    return replace(seen, picture_at=now())


def _is_old(at: datetime | None, seconds: int) -> bool:
    return at is None or at < now() - timedelta(seconds=seconds)
