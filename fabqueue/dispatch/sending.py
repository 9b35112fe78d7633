"""Bringing a run's file to its machine: named anew, uploaded, selected; nothing of it starts anything."""

from collections.abc import Callable

from fabqueue.db import WritingSession
from fabqueue.dispatch import faults
from fabqueue.dispatch.decide import Decision
from fabqueue.dispatch.facts import file_name
from fabqueue.dispatch.hand import Hand
from fabqueue.models import Run, RunState
from fabqueue.services import runs
from fabqueue.services.errors import Conflict
from fabqueue.services.events import Actor
from printers.driver import DriverError


def send_anew(hand: Hand, _decision: Decision) -> bool:
    for old in {hand.case.leftover, hand.run.name} - {""}:
        hand.delete(old)
    number = hand.run.sends + 1
    hand.commit(lambda session, actor, run: runs.send(session, actor, run, file_name(run.id, number), number))
    return True


def upload(hand: Hand, _decision: Decision) -> bool:
    faults.point("before_upload")
    try:
        path = hand.context.storage.path(hand.case.gcode or "0" * 64)
    except FileNotFoundError:
        hand.commit(_forget_gcode)
        return False
    try:
        _sent(hand, lambda: hand.driver.upload(hand.run.name, path, {"run": hand.run.id, "send": hand.run.sends}))
    except DriverError as error:
        return _refused(hand, error)
    faults.point("after_upload")
    return True


def _sent(hand: Hand, send: Callable[[], None]) -> None:
    """What got no answer may arrive yet, and select or bring back this file long after it was started: then it is
    not trusted, and goes out anew under another name. Raises DriverError, LeaseLost, Conflict."""
    try:
        send()
    except DriverError as error:
        if not error.is_settled and error.code not in _REFUSED:
            hand.distrust()
        raise


_REFUSED = frozenset({"machine_file_too_large", "machine_file_refused"})
"""A file that the machine will never take."""


def _refused(hand: Hand, error: DriverError) -> bool:
    """A file that the machine will never take fails the run; anything else is tried again later."""
    if error.code not in _REFUSED:
        raise error
    hand.commit(lambda session, actor, run: runs.fail(session, actor, run, error.code, dict(error.values)))
    return False


def _forget_gcode(session: WritingSession, actor: Actor, run: Run) -> None:
    """The sliced file is not in storage any more: trying again slices anew."""
    if run.slicing is not None:
        run.slicing.gcode_sha256 = None
    runs.fail(session, actor, run, "run_gcode_missing")


def select(hand: Hand, _decision: Decision) -> bool:
    """Only while nobody has gone further: what is selected later proves that the file was not started."""
    hand.commit(_still_selecting)
    _sent(hand, lambda: hand.driver.select(hand.run.name))
    faults.point("after_select")
    return True


def _still_selecting(session: WritingSession, _actor: Actor, run: Run) -> None:
    session.refresh(run)
    if run.state not in {RunState.SENDING, RunState.ARMED} or run.inherited:
        raise Conflict(run.state)
