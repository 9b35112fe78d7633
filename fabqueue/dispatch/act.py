"""Carrying out decisions: each is one short fenced transaction, or one command to the machine, never both at once."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from fabqueue.db import WritingSession
from fabqueue.dispatch import faults, framing
from fabqueue.dispatch.case import Case
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.decide import Decision, Step
from fabqueue.dispatch.facts import RunFacts, View, file_name
from fabqueue.dispatch.lease import Lease
from fabqueue.models import Run, RunState, Site
from fabqueue.services import arming, events, lasers, runs
from fabqueue.services.errors import Conflict
from fabqueue.services.events import Actor
from printers.driver import Driver, DriverError

FRAME_SECONDS = 10.0
"""How long a controller may take to accept the commands that trace an outline."""
SETTLE_SECONDS = 0.3
"""What a machine may need to show that it took a command."""
_log = structlog.get_logger(__name__)

Change = Callable[[WritingSession, Actor, Run], None]


@dataclass
class Hand:
    """What acting on one machine takes. `sent` remembers the commands of this turn: one look, one start."""

    context: Context
    lease: Lease
    driver: Driver
    case: Case
    view: View
    sent: list[str] = field(default_factory=list)

    @property
    def run(self) -> RunFacts:
        assert self.case.run is not None
        return self.case.run

    def commit(self, change: Change) -> None:
        """Change the run in one transaction, if the machine is still ours and the run its. Raises LeaseLost, Conflict.

        Whoever changes a machine's address gives its run to any other, without our lease.
        """
        with self.lease.writing(self.case.machine_id) as (session, machine):
            run = session.get_one(Run, self.run.id)
            if (run.machine_id, run.file_name) != (machine.id, self.run.name):
                raise Conflict(run.state)
            change(session, events.of_machine(machine), run)


def act(hand: Hand, decision: Decision) -> bool:
    """Carry out one decision; whether to look again at once. Raises LeaseLost, Conflict, DriverError."""
    if decision.step is not Step.WAIT:
        _log.info("step", run=hand.run.id, machine=hand.case.bench.name, step=decision.step.value, code=decision.code)
    return _ACTIONS[decision.step](hand, decision)


def _wait(_hand: Hand, _decision: Decision) -> bool:
    return False


# sending


def _send_anew(hand: Hand, _decision: Decision) -> bool:
    for old in {hand.case.leftover, hand.run.name} - {""}:
        _delete(hand, old)
    number = hand.run.sends + 1
    hand.commit(lambda session, actor, run: runs.send(session, actor, run, file_name(run.id, number), number))
    return True


def _upload(hand: Hand, _decision: Decision) -> bool:
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
            hand.commit(runs.distrust)
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


def _select(hand: Hand, _decision: Decision) -> bool:
    """Only while nobody has gone further: what is selected later proves that the file was not started."""
    hand.commit(_still_selecting)
    _sent(hand, lambda: hand.driver.select(hand.run.name))
    faults.point("after_select")
    return True


def _still_selecting(session: WritingSession, _actor: Actor, run: Run) -> None:
    session.refresh(run)
    if run.state not in {RunState.SENDING, RunState.ARMED} or run.inherited:
        raise Conflict(run.state)


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
    took = hand.driver.send_lines(lines, FRAME_SECONDS)
    hand.commit(lasers.framed if took else lasers.frame_missed)
    return False


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
    hand.commit(intend_if_allowed)
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
    hand.commit(_start_sent)
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
    hand.commit(lambda session, actor, run: runs.fail(session, actor, run, decision.code, decision.values))
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
    if hand.run.name and (hand.view.status is None or not _delete(hand, hand.run.name)):
        hand.commit(runs.leave_file)
    return False


def _delete(hand: Hand, name: str) -> bool:
    try:
        hand.driver.delete(name)
    except DriverError as error:
        _log.info("file_left", machine=hand.case.bench.name, file=name, error=str(error))
        return False
    return True


_ACTIONS: Mapping[Step, Callable[[Hand, Decision], bool]] = {
    Step.WAIT: _wait,
    Step.SEND_ANEW: _send_anew,
    Step.UPLOAD: _upload,
    Step.SELECT: _select,
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
