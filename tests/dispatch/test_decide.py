"""The decision table, row by row."""

import pytest

from fabqueue.dispatch.decide import GIVE_UP_MISSES, START_WINDOW, Step, decide
from fabqueue.dispatch.facts import RunFacts, View, file_name
from fabqueue.models import RunState
from printers.driver import DriverError, FileState, Phase, Status

NAME, OLD, FOREIGN = file_name("r1", 2), file_name("r1", 1), "somebody.gcode"
S = RunState


def run(state: RunState, **more: object) -> RunFacts:
    facts = {"name": NAME, "sha1": "good", "sends": 2, "intent_age": 5.0} | more
    return RunFacts("r1", state, **facts)  # type: ignore[arg-type]


def status(
    phase: Phase, selected: str | None = NAME, completion: float | None = None, error: str | None = None
) -> Status:
    return Status(phase, selected, completion, error=error)


def file(sha1: str = "good", successes: int = 0, failures: int = 0) -> FileState:
    return FileState(NAME, sha1, 100, successes, failures)


IDLE, NOTHING = status(Phase.IDLE), status(Phase.IDLE, None)
PRINTING, FOREIGN_PRINT = status(Phase.PRINTING, completion=10.0), status(Phase.PRINTING, FOREIGN, 10.0)
DOWN = status(Phase.OFFLINE, None)
BROKEN = status(Phase.ERROR, None, error="Heating failed")

ROWS = [
    # claimed: nothing was sent yet
    (run(S.CLAIMED, name=""), NOTHING, None, Step.SEND_ANEW, ""),
    (run(S.CLAIMED, name="", stop_asked=True), NOTHING, None, Step.CANCELLED, ""),
    (run(S.CLAIMED, name="", blocked="run_lab_held"), NOTHING, None, Step.GIVE_BACK, "run_lab_held"),
    (run(S.CLAIMED, name=""), FOREIGN_PRINT, None, Step.GIVE_BACK, "run_machine_taken"),
    (run(S.CLAIMED, name=""), DOWN, None, Step.GIVE_BACK, "run_machine_away"),
    (run(S.CLAIMED, name=""), BROKEN, None, Step.GIVE_BACK, "run_machine_away"),
    # sending: upload, verify, select, verify, intent
    (run(S.SENDING), NOTHING, None, Step.UPLOAD, ""),
    (run(S.SENDING), NOTHING, file("bad"), Step.SEND_ANEW, ""),
    (run(S.SENDING, sends=3), NOTHING, file("bad"), Step.FAIL, "run_upload_damaged"),
    (run(S.SENDING), NOTHING, file(), Step.SELECT, ""),
    (run(S.SENDING), status(Phase.IDLE, FOREIGN), file(), Step.SELECT, ""),
    (run(S.SENDING), IDLE, file(), Step.INTEND, ""),
    (run(S.SENDING), status(Phase.IDLE, completion=100.0), file(), Step.WAIT, ""),
    (run(S.SENDING, stop_asked=True), IDLE, file(), Step.DELETE, ""),
    (run(S.SENDING, stop_asked=True), NOTHING, None, Step.CANCELLED, ""),
    (run(S.SENDING, blocked="run_machine_maintenance"), IDLE, file(), Step.GIVE_BACK, "run_machine_maintenance"),
    (run(S.SENDING), FOREIGN_PRINT, file(), Step.GIVE_BACK, "run_machine_taken"),
    (run(S.SENDING), DOWN, file(), Step.GIVE_BACK, "run_machine_away"),
    # sending: somebody started our file at the machine
    (run(S.SENDING), PRINTING, None, Step.BEGAN, "run_started_at_machine"),
    (run(S.SENDING, stop_asked=True), PRINTING, None, Step.STOPPING, ""),
    (run(S.SENDING), status(Phase.PRINTING, OLD, 1.0), file(), Step.DOUBT, "run_old_file_running"),
    (run(S.SENDING), IDLE, file(successes=1), Step.DONE, ""),
    (run(S.SENDING), IDLE, file(failures=1), Step.FAIL, "run_cancelled_at_machine"),
    # starting: the intent stands
    (run(S.STARTING), IDLE, file(), Step.START, ""),
    (run(S.STARTING), PRINTING, None, Step.BEGAN, ""),
    (run(S.STARTING), status(Phase.PAUSED), None, Step.BEGAN, ""),
    (run(S.STARTING), IDLE, file(successes=1), Step.DONE, ""),
    (run(S.STARTING), status(Phase.IDLE, completion=100.0), file(), Step.DONE, ""),
    (run(S.STARTING), IDLE, file(failures=1), Step.FAIL, "run_cancelled_at_machine"),
    (run(S.STARTING), BROKEN, file(failures=1), Step.FAIL, "run_machine_error"),
    (run(S.STARTING), DOWN, file(failures=1), Step.FAIL, "run_connection_lost"),
    (run(S.STARTING), NOTHING, file(), Step.DOUBT, "run_selection_lost"),
    (run(S.STARTING), DOWN, file(), Step.DOUBT, "run_selection_lost"),
    (run(S.STARTING), FOREIGN_PRINT, file(), Step.DOUBT, "run_selection_lost"),
    (run(S.STARTING), NOTHING, None, Step.DOUBT, "run_file_vanished"),
    (run(S.STARTING), status(Phase.IDLE, completion=40.0), file(), Step.DOUBT, "run_state_unclear"),
    (run(S.STARTING, intent_age=START_WINDOW + 1), IDLE, file(), Step.DOUBT, "run_start_too_late"),
    (run(S.STARTING, intent_age=None), IDLE, file(), Step.DOUBT, "run_start_too_late"),
    (run(S.STARTING, blocked="run_lab_held"), IDLE, file(), Step.WAIT, ""),
    (run(S.STARTING, stop_asked=True), IDLE, file(), Step.STOPPING, ""),
    (run(S.STARTING, stop_asked=True), NOTHING, file(), Step.STOPPING, ""),
    (run(S.STARTING, stop_asked=True), PRINTING, None, Step.STOPPING, ""),
    (run(S.STARTING, stop_asked=True), IDLE, file(failures=1), Step.CANCELLED, ""),
    # running and paused
    (run(S.RUNNING), PRINTING, None, Step.WAIT, ""),
    (run(S.RUNNING), status(Phase.FINISHING, completion=100.0), None, Step.WAIT, ""),
    (run(S.RUNNING), status(Phase.CANCELLING), None, Step.WAIT, ""),
    (run(S.RUNNING), status(Phase.PAUSED), None, Step.SHOW_PAUSED, ""),
    (run(S.PAUSED), PRINTING, None, Step.SHOW_RUNNING, ""),
    (run(S.RUNNING, pause_asked=True), PRINTING, None, Step.PAUSE, ""),
    (run(S.PAUSED, pause_asked=True), status(Phase.PAUSED), None, Step.WISH_MET, ""),
    (run(S.PAUSED, pause_asked=False), status(Phase.PAUSED), None, Step.RESUME, ""),
    (run(S.RUNNING, pause_asked=False), PRINTING, None, Step.WISH_MET, ""),
    (run(S.RUNNING, stop_asked=True), PRINTING, None, Step.STOPPING, ""),
    (run(S.RUNNING, stop_asked=True), NOTHING, file(), Step.STOPPING, ""),
    (run(S.RUNNING, blocked="run_lab_held"), PRINTING, None, Step.WAIT, ""),
    (run(S.RUNNING), IDLE, file(successes=1), Step.DONE, ""),
    (run(S.RUNNING), NOTHING, file(successes=1), Step.DONE, ""),
    (run(S.RUNNING), FOREIGN_PRINT, file(successes=1), Step.DONE, ""),
    (run(S.RUNNING), IDLE, file(failures=1), Step.FAIL, "run_cancelled_at_machine"),
    (run(S.RUNNING, stop_asked=True), IDLE, file(failures=1), Step.CANCELLED, ""),
    (run(S.RUNNING), BROKEN, file(failures=1), Step.FAIL, "run_machine_error"),
    (run(S.PAUSED), DOWN, file(failures=1), Step.FAIL, "run_connection_lost"),
    (run(S.RUNNING), NOTHING, file(), Step.DOUBT, "run_interrupted"),
    (run(S.RUNNING), IDLE, file(), Step.DOUBT, "run_interrupted"),
    (run(S.RUNNING), FOREIGN_PRINT, file(), Step.DOUBT, "run_interrupted"),
    (run(S.RUNNING), NOTHING, None, Step.DOUBT, "run_file_vanished"),
    # cancelling
    (run(S.CANCELLING), PRINTING, None, Step.CANCEL, ""),
    (run(S.CANCELLING), status(Phase.PAUSED), None, Step.CANCEL, ""),
    (run(S.CANCELLING), status(Phase.CANCELLING), None, Step.WAIT, ""),
    (run(S.CANCELLING), IDLE, file(failures=1), Step.CANCELLED, ""),
    (run(S.CANCELLING), IDLE, file(), Step.DELETE, ""),
    (run(S.CANCELLING), NOTHING, None, Step.CANCELLED, ""),
    (run(S.CANCELLING), DOWN, file(), Step.CANCELLED, ""),
    (run(S.CANCELLING), FOREIGN_PRINT, file(), Step.CANCELLED, ""),
    (run(S.CANCELLING), IDLE, file(successes=1), Step.DONE, ""),
    # armed at a laser: dispatch never starts it
    (run(S.ARMED), IDLE, file(), Step.WAIT, ""),
    (run(S.ARMED), PRINTING, None, Step.BEGAN, ""),
    (run(S.ARMED, stop_asked=True), IDLE, file(), Step.DELETE, ""),
    (run(S.ARMED, stop_asked=True), NOTHING, None, Step.CANCELLED, ""),
    (run(S.ARMED, stop_asked=True), PRINTING, None, Step.STOPPING, ""),
    # in doubt: a person decides
    (run(S.IN_DOUBT), IDLE, file(), Step.WAIT, ""),
    (run(S.IN_DOUBT), PRINTING, None, Step.WAIT, ""),
    (run(S.IN_DOUBT, stop_asked=True), PRINTING, None, Step.STOPPING, ""),
]


def _label(row: tuple[RunFacts, Status, FileState | None, Step, str]) -> str:
    facts, seen, held, step, code = row
    history = "no-file" if held is None else f"{held.successes}-{held.failures}"
    wishes = "stop-" if facts.stop_asked else ""
    return f"{facts.state}-{wishes}{seen.phase}-{seen.selected and seen.selected[-8:-6]}-{history}-{step}-{code}"


@pytest.mark.parametrize("row", ROWS, ids=_label)
def test_each_row_of_the_table(row: tuple[RunFacts, Status, FileState | None, Step, str]) -> None:
    facts, seen, held, step, code = row
    decision = decide(facts, View(seen, held))
    assert (decision.step, decision.code) == (step, code)


def test_every_state_that_holds_a_machine_has_its_rows() -> None:
    assert {row[0].state for row in ROWS} == {state for state in RunState if state.is_active}


@pytest.mark.parametrize("state", [state for state in RunState if not state.is_active])
@pytest.mark.parametrize("seen", [IDLE, NOTHING, PRINTING, FOREIGN_PRINT, DOWN])
def test_nothing_is_done_for_a_run_that_holds_no_machine(state: RunState, seen: Status) -> None:
    assert decide(run(state, stop_asked=True), View(seen, file())).step is Step.WAIT


@pytest.mark.parametrize("state", list(RunState))
def test_a_silent_machine_is_only_left_by_runs_that_were_never_started(state: RunState) -> None:
    error = DriverError("machine_unreachable", "no route")
    step = decide(run(state), View(None, error=error, misses=GIVE_UP_MISSES)).step
    assert step is (Step.GIVE_BACK if state in {S.CLAIMED, S.SENDING} else Step.WAIT)


@pytest.mark.parametrize("state", [S.ARMED, S.STARTING, S.RUNNING, S.PAUSED, S.CANCELLING])
def test_a_stop_that_no_machine_answers_goes_to_a_person_when_it_was_waited_for(state: RunState) -> None:
    error = DriverError("machine_unreachable", "no route")
    at_first = decide(run(state, stop_asked=True), View(None, error=error, misses=GIVE_UP_MISSES - 1))
    later = decide(run(state, stop_asked=True), View(None, error=error, misses=GIVE_UP_MISSES))
    assert at_first.step is Step.WAIT
    assert (later.step, later.code) == (Step.DOUBT, "run_stop_unanswered")


def test_a_stop_is_not_waited_for_at_a_machine_that_refuses_our_key() -> None:
    error = DriverError("machine_key_refused", "403", permanent=True)
    assert decide(run(S.RUNNING, stop_asked=True), View(None, error=error, misses=1)).step is Step.DOUBT


def test_a_doubt_at_a_silent_machine_stays_one() -> None:
    error = DriverError("machine_unreachable", "no route")
    assert decide(run(S.IN_DOUBT, stop_asked=True), View(None, error=error, misses=9)).step is Step.WAIT


@pytest.mark.parametrize("state", [S.CLAIMED, S.SENDING])
def test_a_machine_that_is_silent_for_a_moment_is_waited_for(state: RunState) -> None:
    error = DriverError("machine_unreachable", "no route")
    assert decide(run(state), View(None, error=error, misses=1)).step is Step.WAIT


def test_a_machine_that_refuses_our_key_gives_the_run_back_at_once() -> None:
    error = DriverError("machine_key_refused", "403", permanent=True)
    assert decide(run(S.SENDING), View(None, error=error, misses=1)).step is Step.GIVE_BACK


def test_a_run_that_was_not_started_is_cancelled_though_its_machine_is_silent() -> None:
    error = DriverError("machine_unreachable", "no route")
    assert decide(run(S.SENDING, stop_asked=True), View(None, error=error, misses=1)).step is Step.CANCELLED


def test_a_machine_that_answers_but_takes_no_file_gives_the_run_back() -> None:
    assert decide(run(S.SENDING), View(NOTHING, None, misses=GIVE_UP_MISSES)).code == "run_machine_refuses"
