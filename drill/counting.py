"""What came of it, from outside: OctoPrint's own events and the API's answers. Imports nothing of FabQueue.

Cuts and restarts of a printer are intervals of the drill's own clock; so is when a run was seen at which state, because
the lab's clock is made to jump.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FINISHED = {"ready", "collected", "cancelled"}
FAILED = {"failed", "changes_requested", "rejected"}
NEVER_APPROVED = {"draft", "submitted"}
BEFORE_START = {"claimed", "sending"}
SLACK_SECONDS = 2.0
ARMED_SECONDS = 120.0
"""How long an arming lasts in a lab as it comes."""
LATE_SECONDS = 15.0
"""How long what was sent in time may lie in a network that is held up."""


def events_of(files: Iterable[Path]) -> list[tuple[float, str, str]]:
    """(seconds since 1970, event, run) of every event of a file of ours, in order of time."""
    found = []
    for file in files:
        for line in file.read_text().splitlines():
            words = line.split(maxsplit=2)
            if len(words) == 3 and words[2].startswith("fabqueue/"):
                found.append((float(words[0]), words[1], words[2].rpartition("/")[2].rpartition("-")[0]))
    return sorted(found)


def count(events: Iterable[tuple[float, str, str]], name: str) -> Counter[str]:
    """How often each run had this event."""
    return Counter(run for _at, event, run in events if event == name)


@dataclass
class Seen:
    """When a run was seen in which state, on the drill's clock."""

    machine: str = ""
    before_start: float | None = None
    doubts: list[float] = field(default_factory=list)
    last_state: str = ""


class Watch:
    """Remembers what the API said of runs at machines, and when a machine's OctoPrint was away."""

    def __init__(self) -> None:
        self.runs: dict[str, Seen] = defaultdict(Seen)
        self.away: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._looked: dict[str, float] = {}
        self.arms: dict[str, list[tuple[float, float]]] = defaultdict(list)
        """When somebody went through a whole checklist, by run: begin and end of the call."""

    @contextmanager
    def arming(self, run: str, whole: bool) -> Iterator[None]:
        """Somebody arms a run meanwhile."""
        begin = time.time()
        try:
            yield
        finally:
            if whole:
                self.arms[run].append((begin, time.time()))

    def was_armed(self, run: str, at: float) -> bool:
        """Whether somebody armed a run so shortly before `at` that it may start then."""
        return any(begin <= at <= end + ARMED_SECONDS + LATE_SECONDS for begin, end in self.arms[run])

    def saw(self, at: float, machine: str, run: str = "", state: str = "", *, asked: float | None = None) -> None:
        """A machine and the run that holds it, none if empty. Nobody may answer for a while: a run that was not there
        at the look before, whenever that was, has not started before that. asked: when the question was put, of which
        the answer is known since `at`; what had not begun in the answer had not begun then."""
        asked = at if asked is None else asked
        before, self._looked[machine] = self._looked.get(machine), asked
        if not run:
            return
        seen = self.runs[run]
        seen.machine = machine
        if state in BEFORE_START:
            seen.before_start = asked
        elif seen.before_start is None:
            seen.before_start = before or asked
        if state == "in_doubt" and seen.last_state != "in_doubt":
            seen.doubts.append(at)
        seen.last_state = state

    def was_away(self, machine: str, begin: float, end: float) -> None:
        self.away[machine].append((begin, end))

    def is_true(self, seen: Seen, doubt: float) -> bool:
        """Whether its OctoPrint was restarted or cut off between the last sight before the start and the doubt."""
        begin = (seen.before_start or doubt) - SLACK_SECONDS
        return any(start <= doubt and end >= begin for start, end in self.away[seen.machine])


@dataclass
class Result:
    """The figures, and a sentence for each thing that is wrong."""

    runs: int = 0
    faults: int = 0
    twice: int = 0
    lost: int = 0
    unarmed: int = 0
    in_doubt: int = 0
    true_doubts: int = 0
    wrong: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, int]:
        return {
            "runs": self.runs, "faults": self.faults, "twice": self.twice, "lost": self.lost,
            "unarmed": self.unarmed, "in_doubt": self.in_doubt, "true_doubts": self.true_doubts,
        }  # fmt: skip


def judge(
    events: Sequence[tuple[float, str, str]], jobs: Sequence[Mapping[str, Any]], watch: Watch, faults: int,
    burnt: Collection[str] = (),
) -> Result:  # fmt: skip
    """Compare what OctoPrint did with what FabQueue says. jobs: as `GET /jobs/{id}` answers at the end; burnt: the
    runs that lasers began."""
    started, done = count(events, "PrintStarted"), count(events, "PrintDone")
    runs = {run["id"]: run for job in jobs for run in job["runs"]}
    result = Result(runs=len(started), faults=faults)
    for run, times in started.items():
        if times > 1:
            result.twice += 1
            result.wrong.append(f"twice: run {run} was started {times} times")
    for what in [*_lost_jobs(jobs), *_lost_runs(runs, done), *_unknown(started, runs)]:
        result.lost += 1
        result.wrong.append(f"lost: {what}")
    for at, event, run in events:
        if event == "PrintStarted" and run in burnt and not watch.was_armed(run, at):
            result.unarmed += 1
            result.wrong.append(f"unarmed: a laser began run {run}, and nobody had armed it")
    for run, seen in watch.runs.items():
        for doubt in seen.doubts:
            result.in_doubt += 1
            if watch.is_true(seen, doubt):
                result.true_doubts += 1
            else:
                result.wrong.append(f"doubt that is none: run {run} on {seen.machine}")
    return result


def _lost_jobs(jobs: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    for job in jobs:
        doubtful = any(run["state"] == "in_doubt" for run in job["runs"])
        waits = job["state"] == "queued" and job["waiting_reason"]
        if job["state"] not in FINISHED | FAILED | NEVER_APPROVED and not waits and not doubtful:
            yield f"job {job['code']} is {job['state']}, its runs {[run['state'] for run in job['runs']]}"


def _lost_runs(runs: Mapping[str, Mapping[str, Any]], done: Mapping[str, int]) -> Iterable[str]:
    for key, run in runs.items():
        if run["state"] == "done" and not done[key]:
            yield f"run {key} is done without PrintDone"
        elif done[key] and run["state"] not in {"done", "in_doubt"}:
            yield f"run {key} had PrintDone and is {run['state']}: {(run['reason'] or {}).get('code')}"


def _unknown(started: Mapping[str, int], runs: Mapping[str, Any]) -> Iterable[str]:
    return (f"run {run} was started and no job knows it" for run in started if run not in runs)
