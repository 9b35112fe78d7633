"""The decision table, row by row."""

import pytest

from fabqueue.dispatch.decide import GIVE_UP_MISSES, START_SHOWS, START_WINDOW, Step, decide
from fabqueue.dispatch.facts import RunFacts, View, file_name
from fabqueue.models import RunState
from printers.driver import DriverError, FileState, Phase, Status

NAME, OLD, FOREIGN = file_name("r1", 2), file_name("r1", 1), "somebody.gcode"
S = RunState


def run(state: RunState, **more: object) -> RunFacts:
    facts = {"name": NAME, "sha1": "good", "sends": 2, "intent_age": 5.0} | more
    return RunFacts("r1", state, **facts)  # type: ignore[arg-type]


def laser(state: RunState, **more: object) -> RunFacts:
    return run(state, laser=True, **more)


def worked(seconds: int) -> Status:
    """Our file runs, for so long by the machine's own clock."""
    return Status(Phase.PRINTING, NAME, 10.0, elapsed_seconds=seconds)


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
    (run(S.STARTING, start_age=1.0), IDLE, file(), Step.WAIT, ""),
    (run(S.STARTING, start_age=START_SHOWS), IDLE, file(), Step.WITHDRAW, "run_start_unseen"),
    (run(S.STARTING, start_age=-3600.0), IDLE, file(), Step.WITHDRAW, "run_start_unseen"),  # sent by a wrong clock
    (run(S.STARTING, start_age=START_SHOWS), PRINTING, None, Step.BEGAN, ""),
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
    (run(S.STARTING, intent_age=START_WINDOW + 1), IDLE, file(), Step.WITHDRAW, "run_start_too_late"),
    (run(S.STARTING, intent_age=None), IDLE, file(), Step.WITHDRAW, "run_start_too_late"),
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
    (run(S.CANCELLING, stop_asked=True), PRINTING, None, Step.CANCEL, ""),
    (run(S.CANCELLING, stop_asked=True), status(Phase.PAUSED), None, Step.CANCEL, ""),
    (run(S.CANCELLING, stop_asked=True), status(Phase.CANCELLING), None, Step.WAIT, ""),
    (laser(S.CANCELLING, stop_asked=True), status(Phase.CANCELLING), None, Step.CANCEL, ""),
    (run(S.CANCELLING, stop_asked=True), IDLE, file(failures=1), Step.CANCELLED, ""),
    (run(S.CANCELLING, stop_asked=True), IDLE, file(), Step.DELETE, ""),
    (run(S.CANCELLING, stop_asked=True), NOTHING, None, Step.CANCELLED, ""),
    (run(S.CANCELLING, stop_asked=True), DOWN, file(), Step.CANCELLED, ""),
    (run(S.CANCELLING, stop_asked=True), FOREIGN_PRINT, file(), Step.CANCELLED, ""),
    (run(S.CANCELLING, stop_asked=True), IDLE, file(successes=1), Step.DONE, ""),
    # what another process sent, which may be frozen on its way to select it
    (run(S.SENDING, inherited=True), NOTHING, file(), Step.SEND_ANEW, ""),
    (run(S.SENDING, inherited=True), IDLE, file(), Step.SEND_ANEW, ""),
    (run(S.SENDING, inherited=True, stop_asked=True), IDLE, file(), Step.DELETE, ""),
    (run(S.SENDING, inherited=True), PRINTING, None, Step.BEGAN, "run_started_at_machine"),
    (laser(S.ARMED, arm_left=60.0, inherited=True), IDLE, file(), Step.DISARM, "run_taken_over"),
    (laser(S.STAGED, inherited=True), NOTHING, file(), Step.GIVE_BACK, "run_taken_over"),
    # cancelling what nobody asked to stop: its start was withdrawn
    (run(S.CANCELLING), IDLE, file(), Step.DELETE, ""),
    (run(S.CANCELLING), NOTHING, None, Step.GIVE_BACK, "run_start_too_late"),
    (run(S.CANCELLING, start_age=99.0), NOTHING, None, Step.GIVE_BACK, "run_start_unseen"),
    (run(S.CANCELLING), DOWN, file(), Step.WAIT, ""),
    (run(S.CANCELLING), PRINTING, None, Step.CANCEL, ""),
    (run(S.CANCELLING), IDLE, file(failures=1), Step.CANCELLED, ""),
    (run(S.CANCELLING), IDLE, file(successes=1), Step.DONE, ""),
    # a laser's file is sent and verified, and neither selected nor started
    (laser(S.SENDING), NOTHING, None, Step.UPLOAD, ""),
    (laser(S.SENDING), NOTHING, file("bad"), Step.SEND_ANEW, ""),
    (laser(S.SENDING), NOTHING, file(), Step.STAGE, ""),
    (laser(S.SENDING), IDLE, file(), Step.STAGE, ""),
    (laser(S.SENDING), PRINTING, None, Step.STOPPING, "run_started_unarmed"),
    (laser(S.SENDING), status(Phase.PRINTING, OLD, 1.0), file(), Step.STOPPING, "run_started_unarmed"),
    # staged: it waits, whatever the machine does
    (laser(S.STAGED), NOTHING, file(), Step.WAIT, ""),
    (laser(S.STAGED), IDLE, file(), Step.WAIT, ""),
    (laser(S.STAGED), DOWN, file(), Step.WAIT, ""),
    (laser(S.STAGED), FOREIGN_PRINT, file(), Step.WAIT, ""),
    (laser(S.STAGED, blocked="run_lab_held"), IDLE, file(), Step.WAIT, ""),
    (laser(S.STAGED), NOTHING, None, Step.GIVE_BACK, "run_file_gone"),
    (laser(S.STAGED), IDLE, file("bad"), Step.GIVE_BACK, "run_file_changed"),
    (laser(S.STAGED, back_asked=True), IDLE, file(), Step.GIVE_BACK, "run_sent_back"),
    (laser(S.STAGED, blocked="run_machine_maintenance"), IDLE, file(), Step.GIVE_BACK, "run_machine_maintenance"),
    (laser(S.STAGED), PRINTING, None, Step.STOPPING, "run_started_unarmed"),
    (laser(S.STAGED), IDLE, file(successes=1), Step.DONE, ""),
    (laser(S.STAGED), IDLE, file(failures=1), Step.FAIL, "run_cancelled_at_machine"),
    # armed: select, verify once more, intend, while the time lasts
    (laser(S.ARMED, arm_left=60.0), NOTHING, file(), Step.SELECT, ""),
    (laser(S.ARMED, arm_left=60.0), IDLE, file(), Step.INTEND, ""),
    (laser(S.ARMED, arm_left=60.0), IDLE, file("bad"), Step.DISARM, "run_file_changed"),
    (laser(S.ARMED, arm_left=60.0), NOTHING, None, Step.DISARM, "run_file_gone"),
    (laser(S.ARMED, arm_left=60.0), DOWN, file(), Step.DISARM, "run_machine_away"),
    (laser(S.ARMED, arm_left=60.0), FOREIGN_PRINT, file(), Step.DISARM, "run_machine_taken"),
    (laser(S.ARMED, arm_left=60.0, blocked="run_lab_held"), IDLE, file(), Step.DISARM, "run_lab_held"),
    (laser(S.ARMED, arm_left=-1.0), IDLE, file(), Step.DISARM, "run_arming_over"),
    (laser(S.ARMED), IDLE, file(), Step.DISARM, "run_arming_over"),
    (laser(S.ARMED, arm_left=60.0), PRINTING, None, Step.BEGAN, "run_started_at_machine"),
    (laser(S.ARMED, arm_left=-1.0), PRINTING, None, Step.STOPPING, "run_started_unarmed"),
    (laser(S.ARMED, stop_asked=True), IDLE, file(), Step.DELETE, ""),
    (laser(S.ARMED, stop_asked=True), NOTHING, None, Step.CANCELLED, ""),
    (laser(S.ARMED, stop_asked=True), PRINTING, None, Step.STOPPING, ""),
    (laser(S.ARMED, arm_left=60.0), IDLE, file(successes=1), Step.DONE, ""),
    # a laser's intent stands for as long as it is armed
    (laser(S.STARTING, arm_left=60.0), IDLE, file(), Step.START, ""),
    (laser(S.STARTING, arm_left=60.0), PRINTING, None, Step.BEGAN, ""),
    (laser(S.STARTING, arm_left=-1.0), PRINTING, None, Step.BEGAN, ""),
    (laser(S.STARTING, arm_left=-90.0), worked(95), None, Step.BEGAN, ""),
    (laser(S.STARTING, arm_left=-90.0), worked(3), None, Step.STOPPING, "run_started_late"),
    (laser(S.STARTING, arm_left=-90.0), PRINTING, None, Step.STOPPING, "run_started_late"),
    (laser(S.STARTING, arm_left=-1.0), IDLE, file(), Step.WITHDRAW, "run_arming_over"),
    (laser(S.STARTING, arm_left=60.0, blocked="run_lab_held"), IDLE, file(), Step.WITHDRAW, "run_lab_held"),
    (laser(S.STARTING, arm_left=60.0), NOTHING, file(), Step.DOUBT, "run_selection_lost"),
    (laser(S.STARTING, arm_left=-1.0), NOTHING, file(), Step.DOUBT, "run_selection_lost"),
    (laser(S.STARTING, arm_left=60.0), NOTHING, None, Step.DOUBT, "run_file_vanished"),
    # withdrawn: our file goes, and with it all that could start it
    (laser(S.CANCELLING), IDLE, file(), Step.DELETE, ""),
    (laser(S.CANCELLING), NOTHING, None, Step.GIVE_BACK, "run_arming_over"),
    (laser(S.CANCELLING), DOWN, file(), Step.WAIT, ""),
    (laser(S.CANCELLING), DOWN, None, Step.WAIT, ""),
    (laser(S.CANCELLING), PRINTING, None, Step.CANCEL, ""),
    (laser(S.CANCELLING), status(Phase.PRINTING, OLD, 1.0), None, Step.CANCEL, ""),
    (laser(S.CANCELLING), IDLE, file(failures=1), Step.CANCELLED, ""),
    (laser(S.CANCELLING, stop_asked=True), NOTHING, None, Step.CANCELLED, ""),
    (laser(S.CANCELLING, stop_asked=True), DOWN, file(), Step.CANCELLED, ""),
    # a laser at work: no pause and no going on from here, and never too long
    (laser(S.RUNNING, pause_asked=True), PRINTING, None, Step.WAIT, ""),
    (laser(S.PAUSED, pause_asked=False), status(Phase.PAUSED), None, Step.WAIT, ""),
    (laser(S.RUNNING, too_long=True), PRINTING, None, Step.STOPPING, "run_laser_too_long"),
    (laser(S.PAUSED, too_long=True), status(Phase.PAUSED), None, Step.STOPPING, "run_laser_too_long"),
    (laser(S.IN_DOUBT), IDLE, None, Step.WAIT, ""),
    (laser(S.IN_DOUBT), PRINTING, None, Step.STOPPING, "run_started_unarmed"),
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
    assert {row[0].state for row in ROWS} == {S.STAGED} | {state for state in RunState if state.is_active}


@pytest.mark.parametrize("state", [each for each in RunState if not each.is_active and each is not S.STAGED])
@pytest.mark.parametrize("seen", [IDLE, NOTHING, PRINTING, FOREIGN_PRINT, DOWN])
def test_nothing_is_done_for_a_run_that_holds_no_machine(state: RunState, seen: Status) -> None:
    assert decide(run(state, stop_asked=True), View(seen, file())).step is Step.WAIT


@pytest.mark.parametrize("state", list(RunState))
def test_a_silent_machine_is_only_left_by_runs_that_were_never_started(state: RunState) -> None:
    error = DriverError("machine_unreachable", "no route")
    step = decide(run(state, arm_left=60.0), View(None, error=error, misses=GIVE_UP_MISSES)).step
    assert step is (Step.GIVE_BACK if state in {S.CLAIMED, S.SENDING} else Step.WAIT)


def test_what_is_armed_waits_for_a_silent_machine_no_longer_than_its_time() -> None:
    silent = View(None, error=DriverError("machine_unreachable", "no route"), misses=1)
    assert decide(laser(S.ARMED, arm_left=5.0), silent).step is Step.WAIT
    assert decide(laser(S.ARMED, arm_left=0.0), silent).code == "run_arming_over"
    assert decide(laser(S.ARMED, arm_left=5.0, blocked="run_lab_held"), silent).code == "run_lab_held"


def test_a_staged_file_at_a_silent_laser_is_given_up_only_when_somebody_wants_it_away() -> None:
    silent = View(None, error=DriverError("machine_unreachable", "no route"), misses=GIVE_UP_MISSES)
    assert decide(laser(S.STAGED), silent).step is Step.WAIT
    assert decide(laser(S.STAGED, back_asked=True), silent).step is Step.GIVE_BACK
    assert decide(laser(S.STAGED, blocked="run_machine_maintenance"), silent).step is Step.GIVE_BACK


@pytest.mark.parametrize("state", [S.STARTING, S.RUNNING, S.PAUSED, S.CANCELLING])
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
