"""When will it be finished? The queue of a machine model played through, by the rules that dispatch follows.

Pure: plain data in, plain data out, seconds since 1970. It is played three times, with every figure at its lowest, as
expected, and at its highest; between two runs on a machine somebody clears the bed, while the lab is open. A laser and
a tool driven by hand wait besides for somebody who starts the next run; they are counted on where no machine would take
it by itself. What nobody can know is left out: a machine of which nobody knows when it is free, and what a run of
unknown length keeps waiting.
What is loaded counts as it is now: an emptied spool is changed for another of its kind. So does what each member used
lately: a member's own runs that pass one another would shift the fair share a little.
"""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from fabqueue.dispatch import match
from fabqueue.dispatch.match import Bench, Room, Wish
from fabqueue.models import MachineKind
from fabqueue.services.hours import NEVER
from fabqueue.services.ordering import LATE, Key, Ranked

LOW, HIGH = 0.9, 1.25
"""How far a slicer's figure may be off."""
FARTHEST = 400 * 86400.0
"""Nothing is said about what would be later than that."""
_SHORTEST = 60.0
"""A machine that found nothing asks no sooner than that."""
_AT_ONCE = (0.0, -1)
"""The patience for a run that prefers no machine."""


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds: low, expected, high."""

    low: float
    expected: float
    high: float

    def __add__(self, other: "Span") -> "Span":
        return Span(self.low + other.low, self.expected + other.expected, self.high + other.high)

    @classmethod
    def predicted(cls, seconds: float) -> "Span":
        return cls(seconds * LOW, seconds, seconds * HIGH)


ZERO = Span(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Task:
    """A waiting run. span: what it takes, None unknown. away: from when on a machine may have it, by its name."""

    ranked: Ranked
    wish: Wish
    span: Span | None
    away: tuple[str, float] = ("", 0.0)

    @property
    def key(self) -> str:
        return self.ranked.place.run_id


@dataclass(frozen=True, slots=True)
class Tool:
    """A machine. busy: what is left of its run; None: nobody knows. ZERO: nothing runs.

    cleared: whether its bed is clear, or has to be cleared before anything (else) starts. clearing: how long that takes
    here. starting: how long until somebody starts what may start here; ZERO where no person is needed.
    """

    bench: Bench
    busy: Span | None = ZERO
    cleared: bool = True
    clearing: Span = ZERO
    starting: Span = ZERO


@dataclass(frozen=True, slots=True)
class Made:
    """Where a run is expected to be made: moments in seconds since 1970. `start` and `machine_id` as expected.

    by_person: somebody has to start it.
    """

    machine_id: str
    start: float
    finish: Span
    by_person: bool = False


def play(tasks: Sequence[Task], tools: Sequence[Tool], room: Room) -> dict[str, Made]:
    """When each run is finished; those of which that cannot be said are missing."""
    stage = _Stage(tasks, tools, room)
    low, expected, high = (_Pass(stage, name).play() for name in ("low", "expected", "high"))
    return {
        tasks[index].key: _made(tools, low[index], expected[index], high[index])
        for index in expected
        if index in low and index in high
    }


_Told = tuple[int, float, float]
"""Number of the machine, start, end."""


def _made(tools: Sequence[Tool], low: _Told, expected: _Told, high: _Told) -> Made:
    """Shorter runs may change who gets which machine, so that a job ends later by it: the range holds all three."""
    ends = (low[2], expected[2], high[2])
    bench = tools[expected[0]].bench
    return Made(bench.id, expected[1], Span(min(ends), expected[2], max(ends)), match.by_person(bench))


@dataclass(slots=True)
class _Lane:
    """Runs that the same machines may take, in order. shortest: what the shortest of them needs, with some to spare."""

    material_id: str
    queue: list[tuple[Key, int]] = field(default_factory=list)
    shortest: float = NEVER


class _Stage:
    """What the three passes share."""

    def __init__(self, tasks: Sequence[Task], tools: Sequence[Tool], room: Room) -> None:
        self.tasks, self.tools, self.room = tasks, tools, room
        self.hours = room.hours if room.hours is not None and room.hours.kept else None
        self.needs = [_needs(each.wish) for each in tasks]
        self.lanes: list[_Lane] = []
        self.lane_of: dict[int, int] = {}
        self.lanes_of: list[list[int]] = [[] for _ in tools]
        self.patience: dict[int, tuple[float, int]] = {}
        self.away: dict[tuple[int, int], float] = {}
        self._serving: dict[Wish, tuple[int, ...]] = {}
        self._widest: dict[tuple[int, str], float] = {}
        self._narrowest: dict[tuple[tuple[int, ...], str], float] = {}
        self._sort()
        self.urgent = sorted(
            (each.ranked.urgent_from, index) for index, each in enumerate(tasks)
            if room.at < each.ranked.urgent_from < NEVER and index in self.lane_of
        )  # fmt: skip

    def _sort(self) -> None:
        """Every run into its lane."""
        known: dict[tuple[tuple[int, ...], str], int] = {}
        for index, task in enumerate(self.tasks):
            serving = self._taking(index, task.wish)
            if not serving:
                continue
            number = known.setdefault((serving, task.wish.material_id), len(self.lanes))
            if number == len(self.lanes):
                self._open(serving, task.wish.material_id)
            self.lane_of[index] = number
            lane = self.lanes[number]
            lane.queue.append((task.ranked.key(self.room.at), index))
            lane.shortest = min(lane.shortest, self.needs[index])
            self._be_patient(index, task.wish)
            self._be_away(index, task.away, serving)
        for lane in self.lanes:
            lane.queue.sort()

    def _open(self, serving: tuple[int, ...], material_id: str) -> None:
        for each in serving:
            self.lanes_of[each].append(len(self.lanes))
        self.lanes.append(_Lane(material_id))

    def _taking(self, index: int, wish: Wish) -> tuple[int, ...]:
        """Numbers of the machines on which a run is over before closing; else of those whose people know better."""
        serving, needs = self._serve(wish), self.needs[index]
        if needs <= self._least(serving, wish):
            return serving
        if within := tuple(each for each in serving if needs <= self._most(each, wish)):
            return within
        if by_hand := tuple(each for each in serving if _is_watched(self.tools[each].bench)):
            self.needs[index] = 0.0
        return by_hand

    def _serve(self, wish: Wish) -> tuple[int, ...]:
        """Numbers of the machines that take such a run sooner or later; of alike ones that is asked once."""
        alike = Wish(
            wish.model_id, wish.material_id, "", wish.colour, wish.milligrams, None,
            wish.machine_id if wish.required else "", wish.required, 0.0, wish.certified, wish.mm2, wish.sheet_mm,
        )  # fmt: skip
        if alike not in self._serving:
            fitting = [number for number, tool in enumerate(self.tools) if match.fits(alike, tool.bench, self.room)]
            alone = [each for each in fitting if match.dispatched(self.tools[each].bench)]
            by_person = [each for each in fitting if match.by_person(self.tools[each].bench)]
            self._serving[alike] = tuple(alone or by_person)
        return self._serving[alike]

    def _be_patient(self, index: int, wish: Wish) -> None:
        """The others leave it for a while to the machine that it prefers, even one on which it would take too long."""
        if wish.machine_id and not wish.required:
            asked = next((each for each in self._serve(wish) if self.tools[each].bench.id == wish.machine_id), None)
            if asked is not None and not self.tools[asked].bench.foreign:
                self.patience[index] = wish.patient_until, asked

    def _be_away(self, index: int, away: tuple[str, float], serving: tuple[int, ...]) -> None:
        """A laser that a technician sent it back from does not take it for a while."""
        name, until = away
        if name:
            self.away |= {(index, each): until for each in serving if self.tools[each].bench.name == name}

    def _least(self, serving: tuple[int, ...], wish: Wish) -> float:
        """How long a run may be that all of these machines take."""
        if (serving, wish.material_id) not in self._narrowest:
            self._narrowest[serving, wish.material_id] = min((self._most(each, wish) for each in serving), default=0.0)
        return self._narrowest[serving, wish.material_id]

    def _most(self, tool: int, wish: Wish) -> float:
        """The longest a run of this material can ever be on a machine, by the hours of the weeks to come."""
        if self.hours is None:
            return NEVER
        if (tool, wish.material_id) not in self._widest:
            alone = self.tools[tool].bench.alone.seconds_with(wish.material_id)
            self._widest[tool, wish.material_id] = self.hours.widest(self.room.at, alone)
        return self._widest[tool, wish.material_id]


def _is_watched(bench: Bench) -> bool:
    """Whether whoever starts a run decides how long it may go on; of a laser nobody does."""
    return bench.manual and bench.kind is not MachineKind.LASER


def _needs(wish: Wish) -> float:
    return NEVER if wish.seconds is None else wish.seconds * LATE


class _Pass:
    """The queue played once."""

    def __init__(self, stage: _Stage, name: str) -> None:
        self._stage, self._room, self._hours = stage, stage.room, stage.hours
        self._clearing: list[float] = [getattr(each.clearing, name) for each in stage.tools]
        self._starting: list[float] = [getattr(each.starting, name) for each in stage.tools]
        self._by_person = [match.by_person(each.bench) for each in stage.tools]
        self._lengths = [getattr(each.span, name) if each.span else NEVER for each in stage.tasks]
        self._queues = [list(lane.queue) for lane in stage.lanes]
        self._free = [(self._first(number, name), number) for number, tool in enumerate(stage.tools) if tool.busy]
        self._left = len(stage.lane_of)
        self._urgent = 0
        self._known: dict[float, tuple[float, float, float]] = {}

    def _first(self, number: int, name: str) -> float:
        tool = self._stage.tools[number]
        assert tool.busy is not None
        at: float = self._room.at + getattr(tool.busy, name)
        return self._ready(at, number, tool.cleared)

    def _ready(self, at: float, number: int, cleared: bool = False) -> float:
        """When the next run begins: its bed was cleared, and where that takes a person, somebody is there to start."""
        if cleared and not self._by_person[number]:
            return at
        took = self._starting[number] + (0.0 if cleared else self._clearing[number])
        return self._hours.worked(at, took) if self._hours else at + took

    def _begins(self, at: float, index: int, number: int) -> float:
        """In the morning people take their time as well, but begin so that it is over by closing.

        So they do when it comes back to a machine that it was sent away from.
        """
        took, back = self._starting[number], self._stage.away.get((index, number))
        if back is not None:
            at = max(at, self._ready(back, number, cleared=True))
        if self._hours is None or not took or self._hours.opens(at - 1) != at:
            return at
        task = self._stage.tasks[index]
        alone = self._stage.tools[number].bench.alone.seconds_with(task.wish.material_id)
        latest = self._hours.latest_end(at, alone) - self._stage.needs[index]
        return min(self._hours.worked(at, took), max(at, latest))

    def play(self) -> dict[int, _Told]:
        """Machine after machine, as each gets free, takes the first run it may take."""
        made: dict[int, _Told] = {}
        heapify(self._free)
        while self._free and self._left:
            at, tool = heappop(self._free)
            if at > self._room.at + FARTHEST:
                break
            self._hurry(at)
            taken, wake = self._take(at, tool)
            if taken is None:
                if wake < NEVER:
                    heappush(self._free, (max(wake, at + _SHORTEST), tool))
                continue
            start = self._begins(at, taken, tool)
            end = start + self._lengths[taken]
            if end < NEVER:
                made[taken] = (tool, start, end)
                heappush(self._free, (self._ready(end, tool), tool))
        return made

    def _hurry(self, at: float) -> None:
        """What would miss its day moves to the front of its priority."""
        urgent = self._stage.urgent
        while self._urgent < len(urgent) and urgent[self._urgent][0] <= at:
            index = urgent[self._urgent][1]
            self._urgent += 1
            queue, ranked = self._queues[self._stage.lane_of[index]], self._stage.tasks[index].ranked
            if (ranked.plain, index) in queue:
                queue.remove((ranked.plain, index))
                insort(queue, (ranked.urgent, index))

    def _take(self, at: float, tool: int) -> tuple[int | None, float]:
        """The run that the machine takes; or None, and when to ask again."""
        best: tuple[Key, int] | None = None
        chosen, wake = -1, NEVER
        for number in self._stage.lanes_of[tool]:
            found, again = self._first_of(number, at, tool)
            wake = min(wake, again)
            if found is not None and (best is None or found < best):
                best, chosen = found, number
        if best is None:
            return None, wake
        self._queues[chosen].remove(best)
        self._left -= 1
        return best[1], NEVER

    def _first_of(self, number: int, at: float, tool: int) -> tuple[tuple[Key, int] | None, float]:
        queue, lane = self._queues[number], self._stage.lanes[number]
        if not queue:
            return None, NEVER
        most, again = self._window(at, tool, lane.material_id)
        if lane.shortest > most:
            return None, again
        return self._first_short(queue, at, tool, most, again)

    def _first_short(
        self, queue: Sequence[tuple[Key, int]], at: float, tool: int, most: float, again: float
    ) -> tuple[tuple[Key, int] | None, float]:
        """The first that takes no longer than `most` and that is not left to another machine: the innermost loop."""
        needs, patience, away = self._stage.needs, self._stage.patience, self._stage.away
        wake, is_any_long = NEVER, False
        for entry in queue:
            if needs[entry[1]] > most:
                is_any_long = True
                continue
            until, asked = patience.get(entry[1], _AT_ONCE)
            if asked == tool:
                until = 0.0
            if away:
                until = max(until, away.get((entry[1], tool), 0.0))
            if at >= until:
                return entry, NEVER
            wake = min(wake, until)
        return None, min(wake, again) if is_any_long else wake

    def _window(self, at: float, tool: int, material_id: str) -> tuple[float, float]:
        """How long a run may be that begins now, and when there will be more time. Time only goes on in a pass."""
        if self._hours is None:
            return NEVER, NEVER
        alone = self._stage.tools[tool].bench.alone.seconds_with(material_id)
        until, end, again = self._known.get(alone, (0.0, 0.0, 0.0))
        if at >= until:
            closing = self._hours.closes(at)
            end, again = self._hours.latest_end(at, alone), self._hours.again(at, alone)
            self._known[alone] = (closing, end, again)  # the same until closing, then different at every moment
        return end - at, again
