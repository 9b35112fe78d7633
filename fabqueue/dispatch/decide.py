"""The decision table: from a run and one look at its machine to the one thing to do next. Pure.

Every start follows from two rules. `INTEND` is decided only for a verified, selected file that this machine has
never started. `START` is decided only while the intent stands and the machine itself proves that our file was not
started: it is idle, has our file selected, shows no progress and remembers no print of it. The selection is the proof
that it is still the same life of the machine's software; where that proof is gone a person decides (`DOUBT`). It would
prove nothing if a worker that was frozen on its way could select the file later: what such a one sent is `inherited`,
and sent anew under a name that it does not know. Such a worker may have been on its way to start, too, and go on when
the print is over: therefore a start names its file, and no second one goes out while the first may be on its way. Where
nothing began by that one in its time, the file is taken away and sent anew.

A laser has one rule more: its `INTEND` is decided only for a run that a person armed, and its `START` only while the
time for which it was armed lasts. One that is at work all the same is stopped.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fabqueue.dispatch.facts import RunFacts, View
from fabqueue.models import RunState
from printers.driver import Phase

MOST_SENDS = 3
GIVE_UP_MISSES = 5
"""Turns that may come to nothing in a row before a run that was not started is given to other machines, and before a
stop that cannot be carried out goes to a person."""
START_SHOWS = 30.0
"""Seconds in which a start whose answer was lost shows at the machine, or is given up."""
START_WINDOW = 600.0
"""Seconds after which an intent that was never carried out is withdrawn: somebody may be at the machine by now."""


class Step(StrEnum):
    WAIT = "wait"
    SEND_ANEW = "send_anew"  # a new file name, then upload
    UPLOAD = "upload"
    SELECT = "select"
    STAGE = "stage"  # a laser's file is there and verified: it waits for somebody to arm it
    FRAME = "frame"  # trace the outline of a staged run with the beam off
    FRAME_MISSED = "frame_missed"
    DISARM = "disarm"  # back to staged: nothing was sent
    INTEND = "intend"  # commit the intent to start
    START = "start"
    WITHDRAW = "withdraw"  # commit that the start is off: our file goes, so that a start under way finds nothing
    BEGAN = "began"  # it runs
    SHOW_PAUSED = "show_paused"  # paused at the machine
    SHOW_RUNNING = "show_running"  # resumed at the machine
    PAUSE = "pause"
    RESUME = "resume"
    WISH_MET = "wish_met"  # what was asked for is so
    STOPPING = "stopping"  # commit the intent to cancel
    CANCEL = "cancel"
    DELETE = "delete"  # take our file away, so that nothing can start it any more
    CANCELLED = "cancelled"
    DONE = "done"
    FAIL = "fail"
    DOUBT = "doubt"
    GIVE_BACK = "give_back"  # nothing was started: any machine may take it


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, with the reason for people where there is one."""

    step: Step
    code: str = ""
    values: dict[str, Any] = field(default_factory=dict)


WAIT = Decision(Step.WAIT)
UNARMED = Decision(Step.STOPPING, "run_started_unarmed")
FRAME_WINDOW = 30.0
"""Seconds after which nobody expects the machine to trace an outline any more."""
LATE_SLACK = 10.0
"""Seconds that a start may take to show, before it counts as one that came after its time."""


def decide(run: RunFacts, view: View) -> Decision:
    """The next step for the run that holds a machine, after one look at it."""
    if view.status is None:
        return _unseen(run, view)
    return _TABLE.get(run.state, _nothing)(run, view)


def _nothing(_run: RunFacts, _view: View) -> Decision:
    return WAIT


def _unseen(run: RunFacts, view: View) -> Decision:
    """The machine did not answer: only what was certainly not started may move; what runs may go on without us."""
    gone = view.misses >= GIVE_UP_MISSES or (view.error is not None and view.error.permanent)
    if run.state in {RunState.STAGED, RunState.ARMED}:
        return _unseen_laser(run, gone)
    if run.state not in {RunState.CLAIMED, RunState.SENDING} or (run.stop_asked and _may_burn(run)):
        return _unstopped(run) if gone else WAIT
    if run.stop_asked:
        return Decision(Step.CANCELLED)
    return Decision(Step.GIVE_BACK, "run_machine_away") if gone else WAIT


def _may_burn(run: RunFacts) -> bool:
    """Whether a laser may have a file of this run, which somebody there may have started by hand."""
    return run.laser and run.state is not RunState.CLAIMED


def _unseen_laser(run: RunFacts, gone: bool) -> Decision:
    """Nothing was sent that starts it. What was armed waits for its machine no longer than it was armed for."""
    if run.state is RunState.ARMED:
        if run.stop_asked:
            return _unstopped(run) if gone else WAIT
        over = run.blocked if run.is_armed else "run_arming_over"
        return Decision(Step.DISARM, over) if over else WAIT
    back = _unstaged(run)
    return Decision(Step.GIVE_BACK, back) if gone and back else WAIT


def _unstopped(run: RunFacts) -> Decision:
    """A stop that no machine is there to carry out: somebody must go and look, and the run holds its machine no more
    than any other doubt does."""
    if run.stop_asked and run.state.is_active and run.state is not RunState.IN_DOUBT:
        return Decision(Step.DOUBT, "run_stop_unanswered")
    return WAIT


def _claimed(run: RunFacts, view: View) -> Decision:
    if run.stop_asked:
        return Decision(Step.CANCELLED)
    return _hindrance(run, view) or Decision(Step.SEND_ANEW)


def _hindrance(run: RunFacts, view: View) -> Decision | None:
    """Why a run that was not started must leave this machine."""
    if run.blocked:
        return Decision(Step.GIVE_BACK, run.blocked)
    if view.down:
        return Decision(Step.GIVE_BACK, "run_machine_away")
    return Decision(Step.GIVE_BACK, "run_machine_taken") if view.busy else None


def _sending(run: RunFacts, view: View) -> Decision:
    """No start was sent by us; what runs or ran all the same was started by somebody at the machine."""
    if run.owns(_selected(view)) and view.busy:
        return _started_by_hand(run, view)
    if (over := _history(view)) is not None:
        return over
    if run.stop_asked:
        return Decision(Step.DELETE if view.file else Step.CANCELLED)
    if view.misses >= GIVE_UP_MISSES:  # it answers, and takes no file
        return Decision(Step.GIVE_BACK, "run_machine_refuses")
    return _hindrance(run, view) or (Decision(Step.SEND_ANEW) if run.inherited else _load(run, view))


def _started_by_hand(run: RunFacts, view: View) -> Decision:
    if run.laser:
        return UNARMED
    if _selected(view) != run.name:
        return Decision(Step.DOUBT, "run_old_file_running")
    return Decision(Step.STOPPING) if run.stop_asked else Decision(Step.BEGAN, "run_started_at_machine")


def _load(run: RunFacts, view: View) -> Decision:
    """Upload, verify, select, verify; then the intent."""
    assert view.status is not None
    if view.file is None:
        return Decision(Step.UPLOAD)
    if view.file.sha1 != run.sha1:
        return Decision(Step.SEND_ANEW) if run.sends < MOST_SENDS else Decision(Step.FAIL, "run_upload_damaged")
    return Decision(Step.STAGE) if run.laser else _prepare(run, view)


def _prepare(run: RunFacts, view: View) -> Decision:
    """Select what was verified; then the intent."""
    assert view.status is not None
    if not view.status.holds(run.name):
        return Decision(Step.SELECT)
    return Decision(Step.INTEND) if view.status.completion is None else WAIT


def _staged(run: RunFacts, view: View) -> Decision:
    """A laser's file waits at its machine, as it was verified."""
    if view.busy and run.owns(_selected(view)):
        return UNARMED
    if (over := _history(view)) is not None:
        return over
    if back := _unstaged(run) or _spoilt(run, view):
        return Decision(Step.GIVE_BACK, back)
    if run.frame_age is None:
        return WAIT
    if run.frame_age > FRAME_WINDOW or run.blocked:  # nobody waits for it any more
        return Decision(Step.FRAME_MISSED)
    return Decision(Step.FRAME) if view.idle else WAIT


def _unstaged(run: RunFacts) -> str:
    """Why a staged run must leave its machine; a lab that is held only starts nothing."""
    if run.back_asked:
        return "run_sent_back"
    if run.inherited:
        return "run_taken_over"
    return run.blocked if run.blocked == "run_machine_maintenance" else ""


def _spoilt(run: RunFacts, view: View) -> str:
    """What became of the file since it was verified."""
    if view.file is None:
        return "run_file_gone"
    return "" if view.file.sha1 == run.sha1 else "run_file_changed"


def _armed(run: RunFacts, view: View) -> Decision:
    """Released by a person at the machine: select, verify once more, then the intent, while the time lasts."""
    if view.busy and run.owns(_selected(view)):
        return _armed_at_work(run, view)
    if (over := _history(view)) is not None:
        return over
    if run.stop_asked:
        return Decision(Step.DELETE if view.file else Step.CANCELLED)
    if why := _disarming(run, view) or _spoilt(run, view):
        return Decision(Step.DISARM, why)
    return _prepare(run, view)


def _armed_at_work(run: RunFacts, view: View) -> Decision:
    """Whoever armed it pressed start at the machine as well; or somebody did so too late."""
    if run.stop_asked:
        return Decision(Step.STOPPING)
    return Decision(Step.BEGAN, "run_started_at_machine") if run.is_armed and _ours(run, view) else UNARMED


def _disarming(run: RunFacts, view: View) -> str:
    """Why what was armed goes back to staged."""
    if not run.is_armed:
        return "run_arming_over"
    if run.blocked:
        return run.blocked
    if run.inherited:
        return "run_taken_over"
    if view.down:
        return "run_machine_away"
    return "run_machine_taken" if view.busy else ""


def _starting(run: RunFacts, view: View) -> Decision:
    if view.busy and _ours(run, view):
        if _is_late(run, view):
            return Decision(Step.STOPPING, "run_started_late")
        return Decision(Step.STOPPING) if run.stop_asked else Decision(Step.BEGAN)
    if (over := _over(run, view)) is not None:
        return over
    if run.stop_asked:
        return Decision(Step.STOPPING)
    if view.file is None:
        return Decision(Step.DOUBT, "run_file_vanished")
    if not _untouched_and_selected(run, view):
        return Decision(Step.DOUBT, "run_selection_lost")
    return _carry_out(run, view)


def _carry_out(run: RunFacts, view: View) -> Decision:
    """The machine proves that our file was not started: send the start, unless one is on its way."""
    assert view.status is not None
    if view.status.completion is not None:
        return Decision(Step.DOUBT, "run_state_unclear")
    if run.laser and (run.blocked or not run.is_armed):
        return Decision(Step.WITHDRAW, run.blocked or "run_arming_over")
    if run.start_age is not None:
        # it went out an hour from now where a clock was wrong; giving it up early is safe, waiting so long is not
        return WAIT if abs(run.start_age) < START_SHOWS else Decision(Step.WITHDRAW, "run_start_unseen")
    if run.blocked:
        return WAIT
    if run.intent_age is None or abs(run.intent_age) > START_WINDOW:
        return Decision(Step.WITHDRAW, "run_start_too_late")
    return Decision(Step.START)


def _is_late(run: RunFacts, view: View) -> bool:
    """A laser's start that its machine carried out after its time was over: a request may lie about for long."""
    if not run.laser or run.is_armed:
        return False
    over = -run.arm_left if run.arm_left is not None else float("inf")
    worked = view.status.elapsed_seconds if view.status else None
    return over > LATE_SLACK and (worked or 0) < over - LATE_SLACK


def _running(run: RunFacts, view: View) -> Decision:
    if view.busy and _ours(run, view) and run.too_long and not run.stop_asked:
        return Decision(Step.STOPPING, "run_laser_too_long")
    if view.busy and _ours(run, view):
        return Decision(Step.STOPPING) if run.stop_asked else _mirror(run, view)
    if (over := _over(run, view)) is not None:
        return over
    if run.stop_asked:
        return Decision(Step.STOPPING)
    return Decision(Step.DOUBT, "run_file_vanished" if view.file is None else "run_interrupted")


def _mirror(run: RunFacts, view: View) -> Decision:
    """Show what the machine does, then carry out what was asked for."""
    assert view.status is not None
    phase, shown_paused = view.status.phase, run.state is RunState.PAUSED
    if phase not in {Phase.PRINTING, Phase.PAUSED}:
        return WAIT
    paused = phase is Phase.PAUSED
    if paused != shown_paused:
        return Decision(Step.SHOW_PAUSED if paused else Step.SHOW_RUNNING)
    if run.pause_asked is None or run.laser:
        return WAIT
    if run.pause_asked == paused:
        return Decision(Step.WISH_MET)
    return Decision(Step.PAUSE if run.pause_asked else Step.RESUME)


def _cancelling(run: RunFacts, view: View) -> Decision:
    """Until the machine shows that nothing of ours runs, and that nothing of ours can start any more."""
    assert view.status is not None
    if view.busy and (_ours(run, view) or (run.laser and run.owns(_selected(view)))):
        # a laser's cancel is more than OctoPrint's: whoever sent it may not have come to its end
        return WAIT if view.status.phase is Phase.CANCELLING and not run.laser else Decision(Step.CANCEL)
    if view.file is not None and view.file.successes:
        return Decision(Step.DONE)
    if view.idle and view.file is not None and view.file.untouched:
        return Decision(Step.DELETE)
    if not run.stop_asked and (view.file is None or view.file.untouched):
        return _withdrawn(run, view)
    return Decision(Step.CANCELLED)


def _withdrawn(run: RunFacts, view: View) -> Decision:
    """Its start is off. Without our file nothing can start it any more, and any machine may take it."""
    usual = "run_start_unseen" if run.start_age is not None else "run_start_too_late"
    why = run.blocked or ("run_arming_over" if run.laser else usual)
    return Decision(Step.GIVE_BACK, why) if view.idle else WAIT


def _in_doubt(run: RunFacts, view: View) -> Decision:
    if run.laser and view.busy and run.owns(_selected(view)) and not run.stop_asked:
        return UNARMED
    if run.stop_asked:
        return Decision(Step.STOPPING)
    if run.start_age is not None and view.busy and _ours(run, view):  # the start whose answer nobody had
        return Decision(Step.BEGAN, "run_began_late")
    return WAIT


_TABLE: dict[RunState, Callable[[RunFacts, View], Decision]] = {
    RunState.CLAIMED: _claimed,
    RunState.SENDING: _sending,
    RunState.STAGED: _staged,
    RunState.ARMED: _armed,
    RunState.STARTING: _starting,
    RunState.RUNNING: _running,
    RunState.PAUSED: _running,
    RunState.CANCELLING: _cancelling,
    RunState.IN_DOUBT: _in_doubt,
}
"""States that hold a machine, and a laser's file that waits at one. In every other state nothing is done there."""


def _selected(view: View) -> str | None:
    return view.status.selected if view.status else None


def _ours(run: RunFacts, view: View) -> bool:
    return view.status is not None and view.status.holds(run.name)


def _untouched_and_selected(run: RunFacts, view: View) -> bool:
    return view.idle and _ours(run, view) and view.file is not None and view.file.untouched


def _over(run: RunFacts, view: View) -> Decision | None:
    """How a started run ended: by the file's history, else by a completion that the selection vouches for."""
    assert view.status is not None
    if (over := _history(view)) is not None:
        return Decision(Step.CANCELLED) if over.step is Step.FAIL and run.stop_asked else over
    complete = view.status.completion is not None and view.status.completion >= 100
    return Decision(Step.DONE) if view.idle and _ours(run, view) and complete else None


def _history(view: View) -> Decision | None:
    if view.file is None:
        return None
    if view.file.successes:
        return Decision(Step.DONE)
    if not view.file.failures:
        return None
    error = view.status.error if view.status else None
    if error:
        return Decision(Step.FAIL, "run_machine_error", {"error": error[:200]})
    return Decision(Step.FAIL, "run_connection_lost" if view.down else "run_cancelled_at_machine")


def needs_file(run: RunFacts, view: View) -> bool:
    """Whether the file's history matters for the decision: not while our file is being worked on."""
    if view.status is None or run.state in {RunState.CLAIMED, RunState.IN_DOUBT} or not run.name:
        return False
    return not (view.busy and _ours(run, view))
