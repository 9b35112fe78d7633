"""Stopping GRBL at once through OctoPrint: hold, cancel, begin anew. A cancel alone lets it burn what it has planned.

GRBL takes `!` and Ctrl-X out of whatever arrives, before all lines. OctoPrint sends such a character as a line like any
other, which waits for the "ok" of the line before: the "ok" that a full planner withholds. `fake_ack` is OctoPrint's
own command for that, and lets one thing go.

Held first, GRBL keeps its place: one that is reset while it moves forgets where it is, and refuses everything until
somebody homes or unlocks it. The job is cancelled in between, so that nothing of it follows the reset.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from printers.driver import DriverError, Phase
from printers.http import MachineSession, check
from printers.octopush import Push

HOLD, RESET, STATUS = "!", "\x18", "?"
HOLD_SECONDS = 1.5
"""How long it may take to brake before it is reset all the same."""
RESET_SECONDS = 1.5
"""How long its greeting may take."""
SETTLE_SECONDS = 3.0
"""How long OctoPrint may take to find out that its job is over."""
STANDS = ("<Hold:0", "<Hold|", "<Hold,", "<Idle", "<Alarm")
GREETING = "Grbl"
_EACH = 0.1
_RELEASES = 2  # what waits already, and ours


class Halt:
    """One stop. `cancel` cancels OctoPrint's job, `phase` looks at OctoPrint; both may raise DriverError."""

    def __init__(self, session: MachineSession, cancel: Callable[[], object], phase: Callable[[], Phase]) -> None:
        self._session, self._cancel, self._phase = session, cancel, phase
        self._push = Push(session)
        self.refused: DriverError | None = None

    def carry_out(self, hold_seconds: float = HOLD_SECONDS, reset_seconds: float = RESET_SECONDS) -> bool:
        """Whether GRBL said that it began anew, with which its beam is off.

        Raises DriverError. Where the cancel may not have arrived it stays held, with the beam off in laser mode: a
        reset would have it go on with the rest of the job. One that was refused is kept in `refused`: nothing was
        running, so nothing of it can follow.
        """
        with suppress(DriverError):
            self._at_once(HOLD)
        try:
            self._cancel()
        except DriverError as error:
            if error.code not in {"machine_busy", "machine_printer_offline"}:
                raise
            self.refused = error
        is_dark = self._begin_anew(hold_seconds, reset_seconds)
        self._let_octoprint_end()
        return is_dark

    def _begin_anew(self, hold_seconds: float, reset_seconds: float) -> bool:
        try:
            self._push.open(hold_seconds + _EACH)
            self._brake(hold_seconds)
        except DriverError:  # unheard: then it is reset unheard
            pass
        self._at_once(RESET)
        return self._hears(reset_seconds, GREETING)

    def _brake(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._at_once(STATUS)
            if self._push.hears(STANDS, _EACH):
                return

    def _hears(self, seconds: float, *words: str) -> bool:
        """Whether a line that begins so comes in time; what OctoPrint has not sent yet is let go meanwhile."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with suppress(DriverError):
                if self._push.hears(words, _EACH):
                    return True
            self._release()
        return False

    def _let_octoprint_end(self) -> None:
        """GRBL forgot lines that OctoPrint waits to hear of."""
        until = time.monotonic() + SETTLE_SECONDS
        while self._phase() is Phase.CANCELLING and time.monotonic() < until:
            self._release()
            time.sleep(_EACH)

    def _at_once(self, character: str) -> None:
        self._post("/api/printer/command", commands=[character])
        for _ in range(_RELEASES):
            self._release()

    def _release(self) -> None:
        self._post("/api/connection", command="fake_ack")

    def _post(self, path: str, **body: Any) -> None:
        check(self._session.post(f"{self._session.origin}{path}", json=body))
