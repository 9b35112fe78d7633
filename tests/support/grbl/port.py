"""The simulator behind a pseudo-terminal, as a controller at the end of a USB cable."""

import json
import os
import pty
import re
import select
import threading
import time
import tty
from pathlib import Path
from types import TracebackType

from tests.support.grbl.machine import WELCOME, Grbl

_TICK_SECONDS = 0.002
_PRINTERS_WORDS = re.compile(r"(?:N\d+\s*)?(M(?:20|21|27|82|84|104|105|106|107|108|110|115|117|140|155|400)\b.*)")


class GrblPort:
    """A running controller; `path` is the link that OctoPrint opens.

    speed: how much faster than real time it moves. lenient: whether it answers `ok` to what OctoPrint asks of every
    printer (M105, M110, M115, line numbers with a checksum), as a controller behind a plug-in or a bridge does; a
    strict one answers `error:20` as GRBL does. log: a file of JSON lines, one for each line received, with the beam
    after it.

    Hold `lock` to look at `grbl` (its trace, state and beam), or use the methods here. When OctoPrint hangs up GRBL
    carries out what it has planned and stops; with M4 the beam is then off.
    """

    def __init__(
        self, link: Path, *, speed: float = 1.0, lenient: bool = True, settings: dict[int, float] | None = None,
        log: Path | None = None,
    ) -> None:  # fmt: skip
        self.path, self.speed, self.lenient = link, speed, lenient
        self.grbl = Grbl(settings)
        self.lock = threading.RLock()
        self._log = log
        self._waiting: list[str] = []
        self._typed = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="grbl", daemon=True)

    def __enter__(self) -> "GrblPort":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)  # it stays open here, so that the terminal outlives every visitor
        os.set_blocking(self._master, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._slave))
        self._say(WELCOME)
        self._thread.start()

    def stop(self) -> None:
        """Unplug it."""
        self._ended.set()
        self._thread.join(10)
        self.path.unlink(missing_ok=True)
        os.close(self._master)
        os.close(self._slave)

    # what tests ask

    @property
    def beam(self) -> float:
        """The power at this moment, as S."""
        with self.lock:
            return self.grbl.beam

    @property
    def is_still(self) -> bool:
        """Whether nothing moves and nothing waits to."""
        with self.lock:
            return self.grbl.stepper.is_still and not self._waiting

    @property
    def received(self) -> list[str]:
        """Every line that was carried out or refused, without line numbers."""
        with self.lock:
            return [line for line, _ in self.grbl.lines]

    @property
    def burnt_mm(self) -> float:
        """Length of what was burnt so far."""
        with self.lock:
            return sum(each.length_mm for each in self.grbl.trace if each.power > 0)

    # the controller

    def _serve(self) -> None:
        before = time.monotonic()
        while not self._ended.is_set():
            readable, _, _ = select.select([self._master], [], [], _TICK_SECONDS)
            with self.lock:
                if readable:
                    self._read()
                now = time.monotonic()
                self.grbl.stepper.run((now - before) * self.speed)
                before = now
                self._carry_out()

    def _read(self) -> None:
        try:
            data = os.read(self._master, 4096)
        except (BlockingIOError, OSError):  # nobody is at the other end
            return
        for byte in data.decode("latin-1"):
            self._typing(byte)

    def _typing(self, byte: str) -> None:
        if byte == "?":
            self._say(self.grbl.report())
        elif byte == "!":
            self.grbl.hold()
        elif byte == "~":
            self.grbl.go_on()
        elif byte == "\x18":
            self._reset()
        elif byte in "\r\n":
            if self._typed or byte == "\n":
                self._waiting.append(self._typed)
            self._typed = ""
        elif byte.isprintable():
            self._typed += byte

    def _reset(self) -> None:
        self.grbl.reset()
        self._waiting.clear()
        self._typed = ""
        self._note("Ctrl-X", "")
        if self.grbl.alarm:
            self._say("ALARM:3")
        self._say(WELCOME)

    def _carry_out(self) -> None:
        """What waits, as long as GRBL has room for it and is not held."""
        while self._waiting and not self.grbl.stepper.holding:
            line = self._waiting[0]
            if self.lenient:
                if found := _PRINTERS_WORDS.match(line):
                    self._waiting.pop(0)
                    self._say(_printers_answer(found[1]))
                    continue
                line = re.sub(r"^N\d+\s*|\*\d+\s*$", "", line)
            if not self.grbl.ready_for(line):
                return
            self._waiting.pop(0)
            before = self.grbl.alarm
            answer = self.grbl.line(line)
            self._note(line, answer)
            if self.grbl.alarm != before and self.grbl.alarm:
                self._say(f"ALARM:{self.grbl.alarm}")
            self._say(answer)

    def _note(self, line: str, answer: str) -> None:
        if self._log is not None:
            seen = {"line": line, "answer": answer, "beam": self.grbl.beam, "mode": self.grbl.modes.beam}
            with self._log.open("a") as file:
                file.write(json.dumps(seen) + "\n")

    def _say(self, text: str) -> None:
        try:
            os.write(self._master, (text.replace("\n", "\r\n") + "\r\n").encode())
        except BlockingIOError:  # nobody reads, and the terminal is full
            return


def _printers_answer(line: str) -> str:
    if line.startswith("M105"):
        return "ok T:0.00 /0.00 B:0.00 /0.00"
    return "FIRMWARE_NAME:Grbl 1.1h\nok" if line.startswith("M115") else "ok"
