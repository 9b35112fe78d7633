"""The faults: what they are, how often each comes, and how each is undone. Called by one thread, never waiting."""

import heapq
import os
import random
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import requests

from drill.counting import Watch
from drill.lab import Host, Lab, Printer
from drill.network import Weather
from fabqueue.dispatch.faults import POINTS

WEIGHTS = {
    "kill machines": 14, "kill ticker": 8, "kill web": 4, "kill analysis": 2, "kill slicing": 2, "kill valkey": 6,
    "empty valkey": 10, "die at a point": 20, "freeze": 4, "network drop": 4, "network hold": 4, "network delay": 6,
    "network reset": 8, "network lose answers": 5, "network refuse": 4, "octoprint kill": 3, "octoprint stop": 1,
    "disk full": 3, "clock jump": 4,
}  # fmt: skip
LONGEST_GAP_SECONDS = 15
AHEAD = 2
JUMPS = (-86400, -3600, -60, 20, 60, 600, 3600, 86400)
_CUTS = {
    "network drop": Weather.DROP, "network hold": Weather.HOLD, "network delay": Weather.DELAY,
    "network lose answers": Weather.LOSE_ANSWERS, "network refuse": Weather.REFUSE,
}  # fmt: skip


class Striker:
    """Strikes at random moments, about `every` seconds apart; the same seed strikes the same.

    Not much oftener than `per_run` times for each run that was begun: a lab that is never up proves nothing.
    """

    def __init__(self, lab: Lab, watch: Watch, seed: int, every: float, per_run: float) -> None:
        self._lab, self._watch, self._every, self._per_run = lab, watch, every, per_run
        self._random = random.Random(f"faults {seed}")
        self._undos: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0
        self._next = 0.0
        self._armed: set[str] = set()
        self._down: dict[str, float] = {}
        self._full = False
        self._frozen: set[str] = set()
        self.faults: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self.log: list[tuple[float, str]] = []

    @property
    def total(self) -> int:
        return self.faults.total()

    def strike(self, runs: int) -> None:
        """What is due now: faults, and the end of earlier ones. runs: how many were begun so far."""
        self.mend()
        due = time.monotonic() - self._next
        if due >= LONGEST_GAP_SECONDS or (due >= 0 and self.total < self._per_run * (runs + AHEAD)):
            self._next = time.monotonic() + self._random.expovariate(1 / self._every)
            kind = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            self._strike(kind)

    def mend(self, everything: bool = False) -> None:
        """Undo what is due, or all; count the points that somebody died at."""
        while self._undos and (everything or self._undos[0][0] <= time.monotonic()):
            heapq.heappop(self._undos)[2]()
        for point in list(self._armed):
            if not (self._lab.faults_folder / point).exists():
                self._armed.discard(point)
                self._count("die at a point", point)
            elif everything:
                (self._lab.faults_folder / point).unlink(missing_ok=True)
                self._armed.discard(point)
        self._note_printers()

    def _count(self, kind: str, what: str = "") -> None:
        self.faults[kind] += 1
        self.log.append((time.time(), f"{kind} {what}".strip()))

    def _later(self, seconds: float, undo: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._undos, (time.monotonic() + seconds, self._number, undo))

    def _strike(self, kind: str) -> None:
        verb, _, what = kind.partition(" ")
        if kind in _CUTS:
            self._cut(kind)
        elif kind == "network reset":
            self._reset()
        elif kind == "die at a point":
            self._arm()
        elif kind == "empty valkey":
            self._lab.empty_valkey()
            self._count(kind)
        elif verb == "kill":
            self._kill(kind, what)
        else:
            {"freeze": self._freeze, "octoprint kill": self._kill_octoprint, "octoprint stop": self._stop_octoprint,
             "disk full": self._fill, "clock jump": self._jump}[kind]()  # fmt: skip

    # processes

    def _kill(self, kind: str, what: str) -> None:
        program = self._random.choice([each for each in self._lab.programs if each.name.startswith(what)])
        if program.pid is not None and program.name not in self._frozen:
            program.kill()
            self._count(kind, program.name)

    def _arm(self) -> None:
        point = self._random.choice(POINTS)
        if len(self._armed) < 3:
            self._armed.add(point)
            (self._lab.faults_folder / point).touch()

    def _freeze(self) -> None:
        """A process that stands still, as in a virtual machine that is moved, and then goes on where it was."""
        names = ("machines", "ticker")
        program = self._random.choice([each for each in self._lab.programs if each.name.startswith(names)])
        seconds = 60.0 if self._random.random() < 0.1 else self._random.uniform(1, 8)
        if program.pid is None or program.name in self._frozen:
            return
        self._frozen.add(program.name)
        program.signal(signal.SIGSTOP)

        def thaw() -> None:
            program.signal(signal.SIGCONT)
            self._frozen.discard(program.name)

        self._later(seconds, thaw)
        self._count("freeze", f"{program.name} {seconds:.0f} s")

    # network

    def _printer(self) -> Printer:
        return self._random.choice(self._lab.printers)

    def _cut(self, kind: str) -> None:
        printer, seconds = self._printer(), self._random.uniform(1, 9)
        if printer.proxy.weather is not Weather.CLEAR:
            return
        printer.proxy.delay_seconds = self._random.uniform(0.5, 7)
        printer.proxy.turn(_CUTS[kind])
        began = time.time()

        def clear() -> None:
            printer.proxy.turn(Weather.CLEAR)
            self._watch.was_away(printer.slug, began, time.time())

        self._later(seconds, clear)
        self._watch.was_away(printer.slug, began, began + seconds)
        self._count(kind, f"{printer.slug} {seconds:.0f} s")

    def _reset(self) -> None:
        printer = self._printer()
        printer.proxy.reset()
        self._watch.was_away(printer.slug, time.time(), time.time())
        self._count("network reset", printer.slug)

    # OctoPrint

    def _kill_octoprint(self) -> None:
        self._end_octoprint("octoprint kill", signal.SIGKILL)

    def _stop_octoprint(self) -> None:
        self._end_octoprint("octoprint stop", signal.SIGTERM)

    def _end_octoprint(self, kind: str, number: signal.Signals) -> None:
        printer = self._printer()
        pid = printer.server.pid
        if pid is None or printer.slug in self._down:
            return
        self._down[printer.slug] = time.time()
        os.kill(pid, number)
        self._later(self._random.uniform(0.5, 4), lambda: self._start_octoprint(printer))
        self._count(kind, printer.slug)

    def _start_octoprint(self, printer: Printer) -> None:
        if printer.server.pid is not None:  # it takes its time to stop
            self._later(0.5, lambda: self._start_octoprint(printer))
            return
        printer.server.start(wait_seconds=None)

    def _note_printers(self) -> None:
        for printer in self._lab.printers:
            if printer.slug in self._down and printer.server.pid is not None and state_of(printer) == "Operational":
                self._watch.was_away(printer.slug, self._down.pop(printer.slug), time.time())

    # disk and clock

    def _fill(self) -> None:
        """No room in the data folders for a while: a small file system is filled, or else writing is forbidden."""
        if self._full:
            return
        self._full = True
        if self._lab.disk == "tmpfs":
            filler = self._lab.disk_folder / "filler"
            fill(filler)
            self._later(self._random.uniform(1, 4), lambda: self._empty(filler.unlink))
        else:
            self._limit(0)
            self._later(self._random.uniform(1, 4), lambda: self._empty(lambda: self._limit(resource.RLIM_INFINITY)))
        self._count("disk full", self._lab.disk)

    def _empty(self, undo: Callable[[], None]) -> None:
        undo()
        self._full = False

    def _limit(self, size: int) -> None:
        """RLIMIT_FSIZE of the running processes: every write to a file fails."""
        for program in self._lab.programs[1:]:
            if program.pid is not None:
                with suppress(ProcessLookupError):
                    resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def _jump(self) -> None:
        if self._lab.faketime is None:
            self.skipped["clock jump"] += 1
            return
        host, jump = self._random.choice(self._lab.hosts), self._random.choice(JUMPS)
        host.clock.write_text(f"{jump:+d}\n")
        self._later(self._random.uniform(2, 8), lambda: set_clock(host))
        self._count("clock jump", f"{host.name} {jump:+d} s")


def set_clock(host: Host) -> None:
    """Right again, which is another jump."""
    host.clock.write_text("+0\n")


def state_of(printer: Printer) -> str | None:
    """What OctoPrint itself says, past the proxy and without patience."""
    try:
        answer = requests.get(f"{printer.server.url}/api/job", headers={"X-Api-Key": printer.server.key}, timeout=1)
        return str(answer.json()["state"])
    except (requests.RequestException, ValueError, KeyError):
        return None


def fill(path: Path) -> None:
    """Take all room that is left on the file system of `path`."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 65536)
