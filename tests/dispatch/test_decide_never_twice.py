"""Whatever happens in whatever order, a run is started once at most: the table against a simulated world.

The world is OctoPrint as far as the table sees it: a selection that does not survive a restart, a history that is
written when a print ends, a start that is lost, delayed or answered by silence. Only decisions are under test here;
acting on real servers is tested elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fabqueue.dispatch.decide import START_SHOWS, START_WINDOW, Decision, Step, decide
from fabqueue.dispatch.facts import RunFacts, View, file_name
from fabqueue.models import RunState
from printers.driver import DriverError, FileState, Phase, Status

S = RunState
_MOVES = {
    Step.BEGAN: S.RUNNING,
    Step.SHOW_PAUSED: S.PAUSED,
    Step.SHOW_RUNNING: S.RUNNING,
    Step.STOPPING: S.CANCELLING,
    Step.WITHDRAW: S.CANCELLING,
    Step.CANCELLED: S.CANCELLED,
    Step.DONE: S.DONE,
    Step.FAIL: S.FAILED,
    Step.DOUBT: S.IN_DOUBT,
    Step.GIVE_BACK: S.WAITING,
    Step.INTEND: S.STARTING,
}


@dataclass
class World:
    """One machine, one run, and everything that may go wrong between them."""

    run: RunFacts = field(default_factory=lambda: RunFacts("r1", S.CLAIMED, sha1="good"))
    phase: Phase = Phase.IDLE
    selected: str | None = None
    completion: float | None = None
    files: dict[str, FileState] = field(default_factory=dict)
    on_its_way: list[tuple[Step, str]] = field(default_factory=list)
    """Commands that were sent and have not arrived. Something between us and the machine may hold them for long."""
    left: set[str] = field(default_factory=set)
    """Files that dispatch takes away as soon as the machine can be asked and does not work."""
    reachable: bool = True
    starts: dict[str, int] = field(default_factory=dict)
    """The truth: how often the machine began to print a file."""
    frozen: tuple[Decision, str] | None = None
    """What a worker was about to do, and with which file, when it stood still and another one took over."""
    late: bool = False
    """Whether it began one of a run that was over."""

    # the machine

    def begin(self) -> None:
        if self.phase is Phase.IDLE and self.selected is not None and self.selected in self.files:
            self.phase, self.completion = Phase.PRINTING, 1.0
            self.starts[self.selected] = self.starts.get(self.selected, 0) + 1
            self.late |= self.run.state.is_over

    def end(self, well: bool) -> None:
        if self.phase not in {Phase.PRINTING, Phase.PAUSED} or self.selected is None:
            return
        old = self.files[self.selected]
        self.files[self.selected] = replace(old, successes=old.successes + well, failures=old.failures + (not well))
        self.phase, self.completion = Phase.IDLE, 100.0 if well else None

    def restart(self) -> None:
        """The machine's software dies and comes back: the print is gone, and so is every trace of it."""
        self.phase, self.selected, self.completion = Phase.IDLE, None, None

    def arrive(self) -> None:
        """A command comes with the name of its file, and finds it or not."""
        step, name = self.on_its_way.pop() if self.on_its_way else (Step.WAIT, "")
        if step is Step.UPLOAD:
            self.files.setdefault(name, FileState(name, "good", 1))
        if self.phase is Phase.IDLE and name in self.files and step in {Step.SELECT, Step.START}:
            self.selected, self.completion = name, None
            if step is Step.START:
                self.begin()

    def grow_old(self) -> None:
        ages = (None if age is None else age + START_WINDOW for age in (self.run.intent_age, self.run.start_age))
        self.run = replace(self.run, **dict(zip(("intent_age", "start_age"), ages, strict=True)))

    # the worker

    def look(self) -> View:
        if not self.reachable:
            return View(None, error=DriverError("machine_unreachable", ""), misses=1)
        status = Status(self.phase, self.selected, self.completion)
        return View(status, self.files.get(self.run.name))

    def work(self, crash: int) -> None:
        """Look, decide, act; `crash` 0: it all happens, 1: killed before the command, 2: killed after it."""
        self.sweep_up()
        decision = decide(self.run, self.look())
        if crash == 1:
            return
        self.obey(decision, delayed=crash == 2)

    def sweep_up(self) -> None:
        if self.reachable and self.phase is Phase.IDLE:
            for name in self.left:
                self.command(Decision(Step.DELETE), name, delayed=False)
            self.left.clear()

    def lose(self) -> None:
        """The way to the machine holds the command, and nobody has its answer."""
        decision = decide(self.run, self.look())
        if decision.step in {Step.UPLOAD, Step.SELECT} and self.reachable:
            self.on_its_way.append((decision.step, self.run.name))
            self.run = replace(self.run, inherited=True)

    def resolve(self) -> None:
        """A person decides about a doubt. While nothing can be asked of the machine that is theirs to judge alone."""
        if self.run.state is S.IN_DOUBT and self.reachable:
            self.left.add(self.run.name)
            self.sweep_up()
            self.run = replace(self.run, state=S.FAILED)

    def freeze(self) -> None:
        """A worker stands still just before its command; whoever takes over may not trust what it sent."""
        self.frozen = decide(self.run, self.look()), self.run.name
        if self.frozen[0].step is Step.START:
            self.run = replace(self.run, start_age=0.0)
        if self.run.state is S.SENDING:
            self.run = replace(self.run, inherited=True)

    def thaw(self) -> None:
        """It goes on with its command, if the machine is to get one; what it would write down is refused."""
        if self.frozen is None or not self.reachable:
            return
        decision, name = self.frozen
        self.frozen = None
        if decision.step in {Step.UPLOAD, Step.SELECT, Step.START, Step.CANCEL, Step.DELETE}:
            self.command(decision, name, delayed=False)

    def obey(self, decision: Decision, delayed: bool) -> None:
        name = self.run.name
        match decision.step:
            case Step.SEND_ANEW:
                sends = self.run.sends + 1
                name = file_name("r1", sends)
                self.run = replace(self.run, state=S.SENDING, sends=sends, name=name, inherited=False)
            case step if step in _MOVES:
                self.leave(_MOVES[step], name)
            case Step.START:
                self.run = replace(self.run, start_age=0.0)
                self.command(decision, name, delayed)
                if not delayed:  # it was answered, or nobody was there
                    self.run = replace(self.run, start_age=None)
            case _:
                self.command(decision, name, delayed)

    def command(self, decision: Decision, name: str, delayed: bool) -> None:
        """What reaches the machine."""
        match decision.step:
            case Step.UPLOAD if self.reachable:
                self.files[name] = FileState(name, "good", 1)
            case Step.SELECT if self.phase is Phase.IDLE and name in self.files:
                self.selected, self.completion = name, None
            case Step.START if self.reachable:
                self.on_its_way.append((Step.START, name))
                if not delayed:
                    self.arrive()
            case Step.CANCEL:
                self.end(well=False)
            case Step.DELETE if self.phase is Phase.IDLE:
                self.files.pop(name, None)
                self.selected = None if self.selected == name else self.selected

    def leave(self, state: RunState, name: str) -> None:
        ages = (1.0, None) if state is S.STARTING else (self.run.intent_age, self.run.start_age)
        if state is S.RUNNING:
            ages = (ages[0], None)
        if state is S.IN_DOUBT and ages[1] is not None:
            self.left.add(name)
        self.run = replace(self.run, state=state, intent_age=ages[0], start_age=ages[1])
        if state is S.WAITING and self.reachable:  # the file is taken away first
            self.files.pop(name, None)
            self.selected = None if self.selected == name else self.selected
        if state is S.WAITING:  # claimed again, here or elsewhere
            self.run = replace(self.run, state=S.CLAIMED, name="", intent_age=None, start_age=None)


TROUBLE = ("die_before", "die_after", "arrive", "finish", "fail", "restart", "cut", "mend", "stop", "pause", "resume",
           "hold", "release", "wait", "freeze", "thaw", "lose", "resolve")  # fmt: skip
_EVENT = st.sampled_from(("work",) * 6 + TROUBLE)
# most trouble is in the few steps around the start, so that many stories begin just before it
EVENTS = st.builds(lambda steps, more: ["work"] * steps + more, st.integers(0, 6), st.lists(_EVENT, max_size=40))


def happen(world: World, event: str) -> None:
    wishes: dict[str, dict[str, object]] = {
        "stop": {"stop_asked": True},
        "pause": {"pause_asked": True},
        "resume": {"pause_asked": False},
        "hold": {"blocked": "run_lab_held"},
        "release": {"blocked": ""},
    }
    happenings: dict[str, Callable[[], None]] = {
        "work": lambda: world.work(0),
        "die_before": lambda: world.work(1),
        "die_after": lambda: world.work(2),
        "arrive": world.arrive,
        "finish": lambda: world.end(well=True),
        "fail": lambda: world.end(well=False),
        "restart": world.restart,
        "cut": lambda: setattr(world, "reachable", False),
        "mend": lambda: setattr(world, "reachable", True),
        "wait": world.grow_old,
        "freeze": world.freeze,
        "thaw": world.thaw,
        "lose": world.lose,
        "resolve": world.resolve,
    }
    if event in wishes:
        world.run = replace(world.run, **wishes[event])  # type: ignore[arg-type]
    else:
        happenings[event]()


@settings(max_examples=2000, deadline=None)
@given(EVENTS)
def test_no_sequence_of_events_starts_a_run_twice(events: list[str]) -> None:
    world = World()
    for event in events:
        happen(world, event)
    assert sum(world.starts.values()) <= 1
    assert not world.late


def test_no_story_of_five_events_around_the_start_begins_a_run_twice_or_late() -> None:
    """Every one of them, from the moment the intent stands."""
    around = ("work", "die_after", "arrive", "finish", "restart", "stop", "cut", "mend")
    for story in product(around, repeat=5):
        world = World()
        for event in ("work",) * 4 + story:
            happen(world, event)
        assert sum(world.starts.values()) <= 1, story
        assert not world.late, story


def test_a_worker_that_was_frozen_before_any_command_and_goes_on_later_starts_nothing_twice() -> None:
    """The machine's software restarts meanwhile: what was selected is forgotten, unless somebody selects it again."""
    for before, between, after in product(range(6), range(7), range(5)):
        world = World()
        story = ["work"] * before + ["freeze"] + ["work"] * between + ["restart", "thaw"] + ["work"] * after
        for event in story:
            happen(world, event)
        assert sum(world.starts.values()) <= 1, story


@pytest.mark.parametrize(
    "story",
    [
        ["freeze", "work", "finish", "thaw"],
        ["freeze", "wait", *["work"] * 9, "finish", "thaw"],
        ["die_after", "freeze", "arrive", "work", "finish", "thaw"],
    ],
    ids=["taken over", "taken back and made anew", "sent before"],
)
def test_a_worker_that_wakes_as_the_print_is_over_starts_it_no_second_time(story: list[str]) -> None:
    """It stood still just before its start, for as long as another one had the print made."""
    world = World()
    for event in ["work"] * 4 + story:
        happen(world, event)
    assert sum(world.starts.values()) <= 1


@settings(max_examples=1000, deadline=None)
@given(EVENTS)
def test_a_run_is_done_only_if_the_machine_began_it(events: list[str]) -> None:
    world = World()
    for event in events:
        happen(world, event)
    if world.run.state is S.DONE:
        assert sum(world.starts.values()) == 1


@settings(max_examples=1000, deadline=None)
@given(EVENTS)
def test_nothing_is_doubted_while_the_machine_keeps_its_memory(events: list[str]) -> None:
    """Only a restart of the machine's software needs a person; a start that nobody carried out is withdrawn."""
    world = World()
    for event in events:
        if event != "restart":
            happen(world, event)
    assert world.run.state is not S.IN_DOUBT


@settings(max_examples=500, deadline=None)
@given(EVENTS)
def test_every_run_comes_to_rest_when_the_trouble_ends(events: list[str]) -> None:
    """Never lost: once nothing more goes wrong, the run ends or a person is asked."""
    world = World()
    for event in events:
        happen(world, event)
    world.reachable, world.on_its_way = True, []
    world.run = replace(world.run, blocked="", pause_asked=None)
    for _ in range(30):
        world.work(0)
        if world.run.start_age is not None:
            world.run = replace(world.run, start_age=world.run.start_age + START_SHOWS)
        if world.phase is Phase.PRINTING:
            world.end(well=True)
    assert world.run.state in {S.DONE, S.FAILED, S.CANCELLED, S.IN_DOUBT}
