"""The decision table: from a run and one look at its machine to the one thing to do next. Pure.

Every start follows from two rules. `INTEND` is decided only for a verified, selected file that this machine has
never started. `START` is decided only while the intent stands and the machine itself proves that our file was not
started: it is idle, has our file selected, shows no progress and remembers no print of it. The selection is the proof
that it is still the same life of the machine's software; where that proof is gone a person decides (`DOUBT`).
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
START_WINDOW = 600.0
"""Seconds after which an intent that was never carried out is no longer: somebody may be at the machine by now."""


class Step(StrEnum):
    WAIT = "wait"
    SEND_ANEW = "send_anew"  # a new file name, then upload
    UPLOAD = "upload"
    SELECT = "select"
    INTEND = "intend"  # commit the intent to start
    START = "start"
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
    if run.state not in {RunState.CLAIMED, RunState.SENDING}:
        return _unstopped(run) if gone else WAIT
    if run.stop_asked:
        return Decision(Step.CANCELLED)
    return Decision(Step.GIVE_BACK, "run_machine_away") if gone else WAIT


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
    return _hindrance(run, view) or _load(run, view)


def _started_by_hand(run: RunFacts, view: View) -> Decision:
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
    if not view.status.holds(run.name):
        return Decision(Step.SELECT)
    return Decision(Step.INTEND) if view.status.completion is None else WAIT


def _starting(run: RunFacts, view: View) -> Decision:
    if view.busy and _ours(run, view):
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
    """The machine proves that our file was not started: send the start, again if need be."""
    assert view.status is not None
    if view.status.completion is not None:
        return Decision(Step.DOUBT, "run_state_unclear")
    if run.blocked:
        return WAIT
    if run.intent_age is None or run.intent_age > START_WINDOW:
        return Decision(Step.DOUBT, "run_start_too_late")
    return Decision(Step.START)


def _running(run: RunFacts, view: View) -> Decision:
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
    if run.pause_asked is None:
        return WAIT
    if run.pause_asked == paused:
        return Decision(Step.WISH_MET)
    return Decision(Step.PAUSE if run.pause_asked else Step.RESUME)


def _cancelling(run: RunFacts, view: View) -> Decision:
    """Until the machine shows that nothing of ours runs, and that nothing of ours can start any more."""
    assert view.status is not None
    if view.busy and _ours(run, view):
        return WAIT if view.status.phase is Phase.CANCELLING else Decision(Step.CANCEL)
    if view.file is not None and view.file.successes:
        return Decision(Step.DONE)
    if view.idle and view.file is not None and view.file.untouched:
        return Decision(Step.DELETE)
    return Decision(Step.CANCELLED)


def _armed(run: RunFacts, view: View) -> Decision:
    """Released by a person at the machine; its start is not dispatch's."""
    if view.busy and _ours(run, view):
        return Decision(Step.STOPPING) if run.stop_asked else Decision(Step.BEGAN)
    if not run.stop_asked:
        return WAIT
    return Decision(Step.DELETE if view.file else Step.CANCELLED)


def _in_doubt(run: RunFacts, _view: View) -> Decision:
    return Decision(Step.STOPPING) if run.stop_asked else WAIT


_TABLE: dict[RunState, Callable[[RunFacts, View], Decision]] = {
    RunState.CLAIMED: _claimed,
    RunState.SENDING: _sending,
    RunState.ARMED: _armed,
    RunState.STARTING: _starting,
    RunState.RUNNING: _running,
    RunState.PAUSED: _running,
    RunState.CANCELLING: _cancelling,
    RunState.IN_DOUBT: _in_doubt,
}
"""States that hold a machine. In every other state there is nothing to do at one, a staged laser's file included."""


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
    if view.status is None or run.state in {RunState.CLAIMED, RunState.IN_DOUBT, RunState.STAGED} or not run.name:
        return False
    return not (view.busy and _ours(run, view))
