"""Files that wait at a laser: whether each is still there as it was verified, and taking away what nobody wants."""

from dataclasses import replace

import structlog
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from fabqueue.dispatch.act import act
from fabqueue.dispatch.case import Case
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.decide import Step, decide, needs_file
from fabqueue.dispatch.facts import RunFacts, View
from fabqueue.dispatch.hand import Hand
from fabqueue.dispatch.lease import Lease
from fabqueue.models import LeftFile, Run, RunState
from fabqueue.services import lasers
from fabqueue.services.errors import Conflict
from printers.driver import FOLDER, Driver, DriverError

_log = structlog.get_logger(__name__)


def at_work(case: Case, view: View) -> RunFacts | None:
    """The staged run whose file the machine works on, which nobody armed."""
    selected = view.status.selected if view.status else None
    return next((each.run for each in case.staged if view.busy and each.run.owns(selected)), None)


def tend(context: Context, lease: Lease, driver: Driver, case: Case, view: View) -> bool:
    """One look at each staged file while no run holds the machine, and what follows; whether to look again at once.

    Raises LeaseLost, DriverError.
    """
    for each in case.staged:
        seen = replace(view, file=driver.file(each.run.name)) if needs_file(each.run, view) else view
        decision = decide(each.run, seen)
        if decision.step is Step.WAIT:
            continue
        hand = Hand(context, lease, driver, replace(case, run=each.run, gcode=each.gcode, outline=each.outline), seen)
        try:
            act(hand, decision)
        except (Conflict, IntegrityError) as error:  # a person changed something meanwhile: read anew
            _log.info("staged_changed", run=each.run.id, error=str(error))
        return True
    return False


def sweep_up(lease: Lease, driver: Driver, case: Case, view: View) -> None:
    """Take away what runs left behind that went elsewhere while the machine could not be asked. Raises LeaseLost."""
    if view.status is None or view.busy:
        return
    for row, name in case.strays:
        if not _is_deleted(driver, case, name):
            continue
        with lease.writing(case.machine_id) as (session, _machine):
            session.execute(delete(LeftFile).where(LeftFile.id == row))


def stop_stray(lease: Lease, driver: Driver, case: Case, view: View) -> None:
    """Stop a laser at work on a file that was ours and is of no run there: nobody armed that. Raises LeaseLost,
    DriverError.

    Its file may have been left behind, and a start may have been on its way for long.
    """
    selected = (view.status.selected if view.status else None) or ""
    is_laser = bool(case.connection.after_cancel)
    if not (is_laser and view.busy and selected.startswith(f"{FOLDER}/")):
        return
    if at_work(case, view) or (case.run is not None and case.run.owns(selected)):
        return
    with lease.writing(case.machine_id) as (session, machine):
        lasers.stray(session, machine)
    driver.cancel()


def tidy(lease: Lease, driver: Driver, case: Case, view: View) -> None:
    """Take staged files away whose jobs were cancelled: whoever looks at the machine shall not start them by hand."""
    if view.status is None:
        return
    for run_id, name in case.left:
        if not _is_deleted(driver, case, name):
            continue
        with lease.writing(case.machine_id) as (session, _machine):
            run = session.get_one(Run, run_id)
            if run.state is RunState.CANCELLED:
                run.file_name = ""


def _is_deleted(driver: Driver, case: Case, name: str) -> bool:
    """Whether a file was taken from the machine; where not, it is tried again with the next look."""
    try:
        driver.delete(name)
    except DriverError as error:
        _log.info("file_left", machine=case.bench.name, file=name, error=str(error))
        return False
    return True
