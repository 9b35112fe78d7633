"""Carrying out decisions: each is one short fenced transaction, or one command to the machine, never both at once."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import structlog

from fabqueue.db import WritingSession
from fabqueue.dispatch import faults, framing, sending
from fabqueue.dispatch.decide import Decision, Step
from fabqueue.dispatch.facts import View
from fabqueue.dispatch.hand import Hand
from fabqueue.models import Run, Site
from fabqueue.services import arming, lasers, runs
from fabqueue.services.errors import Conflict
from fabqueue.services.events import Actor
from printers.driver import DriverError

FRAME_SECONDS = 10.0
"""How long a controller may take to accept the commands that trace an outline."""
SETTLE_SECONDS = 0.3
"""What a machine may need to show that it took a command."""
_log = structlog.get_logger(__name__)


def act(hand: Hand, decision: Decision) -> bool:
    """Carry out one decision; whether to look again at once. Raises LeaseLost, Conflict, DriverError."""
    if decision.step is not Step.WAIT:
        _log.info("step", run=hand.run.id, machine=hand.case.bench.name, step=decision.step.value, code=decision.code)
    return _ACTIONS[decision.step](hand, decision)


def _wait(_hand: Hand, _decision: Decision) -> bool:
    return False


# lasers: between sending and starting


def _stage(hand: Hand, _decision: Decision) -> bool:
    hand.commit(runs.stage)
    return True


def _frame(hand: Hand, _decision: Decision) -> bool:
    """Trace it now. It is asked for anew, never repeated: somebody stands there and looks."""
    try:
        lines = framing.lines(hand.context.storage.path(hand.case.gcode or "0" * 64), hand.case.outline)
    except FileNotFoundError:
        lines = ()
    if not lines:
        hand.commit(lambda session, actor, run: lasers.frame_missed(session, actor, run, "frame_no_outline"))
        return False
    hand.commit(_still_to_frame)
    took = hand.driver.send_lines(lines, FRAME_SECONDS)
    hand.commit(lasers.framed if took else lasers.frame_missed)
    return False


def _still_to_frame(_session: WritingSession, _actor: Actor, run: Run) -> None:
    """An emergency stop takes it back."""
    if run.frame_asked_at is None:
        raise Conflict(run.state)


def _frame_missed(hand: Hand, _decision: Decision) -> bool:
    hand.commit(lasers.frame_missed)
    return False


def _disarm(hand: Hand, decision: Decision) -> bool:
    hand.commit(lambda session, actor, run: arming.disarm(session, actor, run, decision.code))
    return True


# starting


def _intend(hand: Hand, _decision: Decision) -> bool:
    if hand.run.laser and not _is_set_up(hand):
        return True
    hand.commit_as_seen(intend_if_allowed)
    faults.point("after_intent")
    return True


def _is_set_up(hand: Hand) -> bool:
    """Whether a laser turns its beam off by itself when its work is broken off.

    What is missing is put back. Either way it goes back to staged then: where OctoPrint connected again for it,
    GRBL may have forgotten where it is, and somebody looks once more.
    """
    code = "run_laser_set_up"
    try:
        if not hand.driver.set_up():
            return True
    except DriverError as error:
        if not error.permanent:
            raise
        _log.warning("not_set_up", machine=hand.case.bench.name, error=str(error))
        code = "run_laser_not_set_up"
    hand.commit(lambda session, actor, run: arming.disarm(session, actor, run, code))
    return False


def intend_if_allowed(session: WritingSession, actor: Actor, run: Run) -> None:
    """The bed gate and the switches once more, in the transaction that commits the intent."""
    _check_allowed(session, run)
    assert run.machine is not None
    if run.machine.bed_cleared_at is None:
        raise Conflict("needs_clearing")
    if run.is_of_laser:
        arming.check_time(session, run)
    runs.intend(session, actor, run)


def _check_allowed(session: WritingSession, run: Run) -> None:
    assert run.machine is not None
    stopped = run.stop_asked_at or run.machine.emergency_at
    if stopped or run.machine.maintenance_at or session.get_one(Site, run.site_id).is_held:
        raise Conflict(run.state)


def _start(hand: Hand, _decision: Decision) -> bool:
    """Send the start of this file, then look: what the machine answers proves nothing but that the start arrived.

    No other is sent before that answer is written down, by nobody: this one may come late.
    """
    if hand.sent:
        return False
    if hand.run.laser and hand.driver.missing():  # since the intent
        return _withdraw(hand, Decision(Step.WITHDRAW, "run_laser_not_set_up"))
    hand.commit_as_seen(_start_sent)
    faults.point("before_start")
    hand.sent.append(hand.run.name)
    try:
        hand.driver.start(hand.run.name)
    except DriverError as error:
        if error.is_settled:
            hand.commit(runs.start_answered)
        raise
    finally:
        faults.point("after_start")
    hand.commit(runs.start_answered)
    time.sleep(SETTLE_SECONDS)
    return True


def _start_sent(session: WritingSession, _actor: Actor, run: Run) -> None:
    runs.start_sent(session, run)
    _check_allowed(session, run)
    if run.is_of_laser:
        arming.check_time(session, run)


def _withdraw(hand: Hand, decision: Decision) -> bool:
    hand.commit(lambda session, actor, run: runs.withdraw(session, actor, run, decision.code))
    return True


# running


def _began(hand: Hand, decision: Decision) -> bool:
    hand.commit(lambda session, actor, run: runs.began(session, actor, run, decision.code))
    faults.point("after_began")
    return True


def _show_paused(hand: Hand, _decision: Decision) -> bool:
    hand.commit(runs.paused)
    return True


def _show_running(hand: Hand, _decision: Decision) -> bool:
    hand.commit(runs.resumed)
    return True


def _pause(hand: Hand, _decision: Decision) -> bool:
    hand.driver.pause()
    time.sleep(SETTLE_SECONDS)
    return not _repeated(hand, "pause")


def _resume(hand: Hand, _decision: Decision) -> bool:
    hand.driver.resume()
    time.sleep(SETTLE_SECONDS)
    return not _repeated(hand, "resume")


def _wish_met(hand: Hand, _decision: Decision) -> bool:
    hand.commit(lambda session, actor, run: runs.wish_met(session, actor, run, bool(hand.run.pause_asked)))
    return False


# ending


def _stopping(hand: Hand, decision: Decision) -> bool:
    hand.commit(lambda session, actor, run: runs.stopping(session, actor, run, decision.code))
    faults.point("after_stopping")
    return True


def _cancel(hand: Hand, _decision: Decision) -> bool:
    with suppress(DriverError):  # it may be over by now: the next look tells
        hand.driver.cancel()
    faults.point("after_cancel")
    time.sleep(SETTLE_SECONDS)
    return not _repeated(hand, "cancel")


def _repeated(hand: Hand, command: str) -> bool:
    """Whether a command went out before in this turn: the machine takes its time, the next turn looks again."""
    before = command in hand.sent
    hand.sent.append(command)
    return before


def _take_away(hand: Hand, _decision: Decision) -> bool:
    hand.driver.delete(hand.run.name)
    return True


def _cancelled(hand: Hand, _decision: Decision) -> bool:
    hand.commit(runs.cancelled)
    return _tidy(hand)


def _done(hand: Hand, decision: Decision) -> bool:
    faults.point("before_done")
    took = _seconds(hand.view)
    hand.commit(lambda session, actor, run: runs.done(session, actor, run, took, decision.code))
    return _tidy(hand)


def _seconds(view: View) -> int | None:
    """What the print took by the machine's own clock: from the file's history, else from its last progress."""
    if view.file is not None and view.file.last_seconds is not None:
        return round(view.file.last_seconds)
    return view.status.elapsed_seconds if view.status else None


def _fail(hand: Hand, decision: Decision) -> bool:
    """What its file's history knows of was at work, even where somebody at the machine started it, unseen from here."""
    has_begun = hand.view.file is not None and not hand.view.file.untouched

    def fail(session: WritingSession, actor: Actor, run: Run) -> None:
        runs.fail(session, actor, run, decision.code, decision.values, has_begun=has_begun)

    hand.commit(fail)
    return _tidy(hand)


def _doubt(hand: Hand, decision: Decision) -> bool:
    hand.commit(lambda session, actor, run: runs.doubt(session, actor, run, decision.code, decision.values))
    return False


def _give_back(hand: Hand, decision: Decision) -> bool:
    """Take our file away first: once the run is another machine's, nobody shall start it here."""
    is_seen = hand.view.status is not None
    if hand.run.name and is_seen:
        hand.driver.delete(hand.run.name)
    name = {"machine": hand.case.bench.name}
    hand.commit(lambda session, actor, run: runs.give_back(session, actor, run, decision.code, name, is_gone=is_seen))
    return False


def _tidy(hand: Hand) -> bool:
    """Remove the file of an ended run: with it goes the selection, so a start that is still under way finds nothing."""
    if hand.run.name and (hand.view.status is None or not hand.delete(hand.run.name)):
        hand.commit(runs.leave_file)
    return False


_ACTIONS: Mapping[Step, Callable[[Hand, Decision], bool]] = {
    Step.WAIT: _wait,
    Step.SEND_ANEW: sending.send_anew,
    Step.UPLOAD: sending.upload,
    Step.SELECT: sending.select,
    Step.STAGE: _stage,
    Step.FRAME: _frame,
    Step.FRAME_MISSED: _frame_missed,
    Step.DISARM: _disarm,
    Step.WITHDRAW: _withdraw,
    Step.INTEND: _intend,
    Step.START: _start,
    Step.BEGAN: _began,
    Step.SHOW_PAUSED: _show_paused,
    Step.SHOW_RUNNING: _show_running,
    Step.PAUSE: _pause,
    Step.RESUME: _resume,
    Step.WISH_MET: _wish_met,
    Step.STOPPING: _stopping,
    Step.CANCEL: _cancel,
    Step.DELETE: _take_away,
    Step.CANCELLED: _cancelled,
    Step.DONE: _done,
    Step.FAIL: _fail,
    Step.DOUBT: _doubt,
    Step.GIVE_BACK: _give_back,
}
