"""Whatever happens in whatever order, no laser is started that nobody armed: the table against a simulated world.

The world is that of `test_decide_never_twice`, with a person who arms, time that goes by, and somebody who presses
start in OctoPrint's own page.
"""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fabqueue.dispatch.decide import GIVE_UP_MISSES, Decision, Step, decide
from fabqueue.dispatch.facts import RunFacts, View, file_name
from fabqueue.models import RunState
from printers.driver import DriverError, FileState, Phase, Status
from tests.dispatch.test_decide_never_twice import TROUBLE, World, happen

S = RunState
NAME = file_name("r1", 1)

# any facts, any view

PHASES = st.sampled_from(Phase)
NAMES = st.sampled_from([NAME, file_name("r1", 2), "somebody.gcode", None])
FILES = st.none() | st.builds(
    FileState, st.just(NAME), st.sampled_from(["good", "bad"]), st.just(1), st.integers(0, 1), st.integers(0, 1)
)
STATUSES = st.builds(Status, PHASES, NAMES, st.sampled_from([None, 0.0, 40.0, 100.0]), st.sampled_from([None, 1, 500]))
VIEWS = st.builds(View, STATUSES, FILES, misses=st.integers(0, 6)) | st.builds(
    View, st.none(), st.none(), st.just(DriverError("machine_silent", "")), st.integers(1, 6)
)
FACTS = st.builds(
    RunFacts, st.just("r1"), st.sampled_from(RunState), st.just(NAME), st.just("good"), st.integers(1, 3),
    st.booleans(), st.sampled_from([None, True, False]),
    st.sampled_from(["", "run_lab_held", "run_machine_maintenance"]), st.sampled_from([None, 1.0, 9e9]),
    laser=st.just(True), arm_left=st.sampled_from([None, -300.0, -1.0, 0.0, 1.0, 120.0]), too_long=st.booleans(),
    back_asked=st.booleans(), frame_age=st.sampled_from([None, 1.0, 60.0]),
)  # fmt: skip


@settings(max_examples=5000, deadline=None)
@given(FACTS, VIEWS)
def test_a_start_is_decided_only_from_the_intent_and_within_the_time(run: RunFacts, view: View) -> None:
    if decide(run, view).step is Step.START:
        assert run.state is S.STARTING
        assert run.is_armed
        assert not run.blocked
        assert not run.stop_asked
        assert view.idle


@settings(max_examples=5000, deadline=None)
@given(FACTS, VIEWS)
def test_the_intent_is_decided_only_for_what_is_armed_and_verified(run: RunFacts, view: View) -> None:
    if decide(run, view).step is Step.INTEND:
        assert run.state is S.ARMED
        assert run.is_armed
        assert not run.blocked
        assert not run.stop_asked
        assert view.file is not None
        assert (view.file.sha1, view.file.untouched) == ("good", True)
        assert view.status is not None
        assert (view.status.selected, view.status.completion, view.idle) == (NAME, None, True)


@settings(max_examples=3000, deadline=None)
@given(FACTS, VIEWS)
def test_a_laser_is_never_paused_nor_let_go_on(run: RunFacts, view: View) -> None:
    assert decide(run, view).step not in {Step.PAUSE, Step.RESUME}


@settings(max_examples=3000, deadline=None)
@given(FACTS, VIEWS)
def test_the_outline_is_traced_only_of_what_is_staged_at_an_idle_machine(run: RunFacts, view: View) -> None:
    if decide(run, view).step is Step.FRAME:
        assert run.state is S.STAGED
        assert view.idle


WORKING = st.builds(
    View, st.builds(Status, st.sampled_from([Phase.PRINTING, Phase.PAUSED, Phase.FINISHING]), st.just(NAME)), st.none()
)  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(FACTS, st.sampled_from([S.SENDING, S.STAGED, S.IN_DOUBT, S.ARMED]), WORKING)
def test_what_works_without_having_been_armed_is_stopped_wherever_it_is_seen(
    facts: RunFacts, state: RunState, view: View
) -> None:
    run = replace(facts, state=state, stop_asked=False, arm_left=-1.0 if state is S.ARMED else facts.arm_left)
    assert decide(run, view) == Decision(Step.STOPPING, "run_started_unarmed")


# any story


@dataclass
class Laser(World):
    """A laser, whoever stands there, and the time."""

    run: RunFacts = field(default_factory=lambda: RunFacts("r1", S.CLAIMED, sha1="good", laser=True))
    sent_unarmed: bool = False
    """The truth: whether dispatch ever sent a start for which nobody had armed the run, or too late."""
    began_unarmed: bool = False
    """Whether what runs now began without having been armed, by hand or because a start lay about."""

    def begin(self) -> None:
        before = sum(self.starts.values())
        super().begin()
        if sum(self.starts.values()) > before:
            self.began_unarmed = not self.run.is_armed

    def obey(self, decision: Decision, delayed: bool) -> None:
        match decision.step:
            case Step.STAGE:
                self.run = replace(self.run, state=S.STAGED, arm_left=None)
            case Step.DISARM:
                self.run = replace(self.run, state=S.STAGED, arm_left=None)
            case Step.START:
                self.sent_unarmed |= not self.run.is_armed
                super().obey(decision, delayed)
            case Step.STOPPING if decision.code:
                super().obey(decision, delayed)
                self.run = replace(self.run, stop_asked=True)
            case _:
                super().obey(decision, delayed)

    def leave(self, state: RunState, name: str) -> None:
        super().leave(state, name)
        if state is S.WAITING:
            self.run = replace(self.run, arm_left=None)

    # people and time

    def arm(self) -> None:
        if self.run.state is S.STAGED:
            self.run = replace(self.run, state=S.ARMED, arm_left=120.0)

    def disarm(self) -> None:
        if self.run.state is S.ARMED:
            self.run = replace(self.run, state=S.STAGED, arm_left=None)

    def press_start(self) -> None:
        """Somebody selects and starts our file in OctoPrint's own page."""
        if self.phase is Phase.IDLE and self.run.name in self.files and not self.run.state.is_over:
            self.selected = self.run.name
            self.begin()

    def wait(self) -> None:
        left = self.run.arm_left
        self.run = replace(self.run, arm_left=None if left is None else left - 200.0)


PEOPLE = ("arm", "arm", "disarm", "press_start", "wait")
_EVENT = st.sampled_from(("work",) * 8 + PEOPLE + tuple(each for each in TROUBLE if each != "wait"))
STORIES = st.builds(lambda steps, more: ["work"] * steps + more, st.integers(0, 5), st.lists(_EVENT, max_size=40))


def play(story: list[str]) -> Laser:
    world = Laser()
    for event in story:
        if event in PEOPLE:
            getattr(world, event)()
        else:
            happen(world, event)
    return world


def settle(world: Laser) -> None:
    world.reachable = True
    for _ in range(12):
        world.work(0)


@settings(max_examples=4000, deadline=None)
@given(STORIES)
def test_no_story_has_dispatch_start_a_laser_that_nobody_armed(story: list[str]) -> None:
    assert not play(story).sent_unarmed


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.sampled_from(["work", "die_before", "die_after", "restart", "cut", "mend", "wait", "hold", "release",
                                 "arrive", "finish", "fail", "pause", "resume"]), max_size=40))  # fmt: skip
def test_a_laser_whose_runs_nobody_arms_never_begins(story: list[str]) -> None:
    assert not play(story).starts


@settings(max_examples=2000, deadline=None)
@given(STORIES)
def test_what_began_unarmed_does_not_go_on(story: list[str]) -> None:
    world = play(story)
    settle(world)
    if world.phase is Phase.PRINTING and world.selected == world.run.name:
        assert not (world.began_unarmed and world.run.state not in {S.RUNNING, S.PAUSED})


@settings(max_examples=2000, deadline=None)
@given(STORIES)
def test_no_story_begins_one_sent_file_twice(story: list[str]) -> None:
    world = play([each for each in story if each != "press_start"])
    assert all(times <= 1 for times in world.starts.values())


@settings(max_examples=1000, deadline=None)
@given(STORIES)
def test_every_story_comes_to_rest(story: list[str]) -> None:
    """Nothing is lost: once the trouble ends it is staged, or over, or a person is asked."""
    world = play(story)
    world.reachable, world.on_its_way = True, []
    world.run = replace(world.run, blocked="", pause_asked=None)
    world.wait()
    for _ in range(30):
        world.work(0)
        if world.phase is Phase.PRINTING:
            world.end(well=True)
    assert world.run.state in {S.STAGED, S.DONE, S.FAILED, S.CANCELLED, S.IN_DOUBT}


@pytest.mark.parametrize("state", [S.SENDING, S.ARMED])
def test_what_may_burn_by_hand_is_not_called_off_unseen(state: RunState) -> None:
    """Somebody may have started it there while the network was cut: it is stopped once seen, or a person looks."""
    run = RunFacts("r1", state, NAME, "good", 1, stop_asked=True, laser=True, arm_left=60.0)
    unseen = View(None, None, DriverError("machine_silent", ""), misses=1)
    assert decide(run, unseen).step is Step.WAIT
    assert decide(run, replace(unseen, misses=GIVE_UP_MISSES)) == Decision(Step.DOUBT, "run_stop_unanswered")
