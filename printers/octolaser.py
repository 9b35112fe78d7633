"""What OctoPrint must be told where a laser's GRBL is behind it, so that the beam goes off whatever breaks off work.

OctoPrint runs scripts of its own when a job ends otherwise than by its end, and before them it asks what a printer
understands. GRBL answers those questions with an error, at which OctoPrint hangs up before it comes to the script.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from printers.driver import DriverError, Phase, Problem
from printers.http import MachineSession, check, part

BEAM_SCRIPTS = ("afterPrintCancelled", "afterPrintPaused", "beforePrinterDisconnected")
"""OctoPrint runs them when a job ends otherwise than by its end; none of them turns a beam off by itself."""
QUESTIONS: Mapping[str, str] = {
    "logPositionOnPause": "Log position on pause",  # M400 and M114
    "logPositionOnCancel": "Log position on cancel",
    "abortHeatupOnCancel": "M108 on cancel",
}
"""Settings of the serial connection under which OctoPrint asks what GRBL refuses, as OctoPrint's pages call them.

They hold from the next time on that OctoPrint connects."""


class LaserSettings:
    """The settings of one OctoPrint. `beam_off`: the commands that turn the beam off; empty: it is no laser.

    `get` asks one of its addresses for an object of JSON, or raises DriverError.
    """

    def __init__(
        self, session: MachineSession, get: Callable[[str], Mapping[str, Any]], beam_off: Sequence[str]
    ) -> None:
        self._session, self._get, self._beam_off = session, get, beam_off

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with them. Raises DriverError."""
        scripts, questions = self._wrong()
        found = []
        if scripts:
            found.append(Problem("machine_beam_scripts", {"scripts": sorted(scripts)}))
        if questions:
            found.append(Problem("machine_serial_asks", {"settings": [QUESTIONS[each] for each in questions]}))
        return tuple(found)

    def put_right(self, phase: Callable[[], Phase]) -> bool:
        """Write what is missing, and keep what stands there; True: something was.

        `phase` looks at the machine: questions are switched off only where nothing runs, since OctoPrint must connect
        again for that. Raises DriverError, `machine_busy` where that has to wait.
        """
        scripts, questions = self._wrong()
        if scripts:
            self._write({"scripts": {"gcode": {name: self._with_lines(text) for name, text in scripts.items()}}})
        if questions:
            self._switch_off(questions, phase())
        return bool(scripts or questions)

    def _wrong(self) -> tuple[dict[str, str], list[str]]:
        """OctoPrint's own scripts that lack the commands that turn the beam off, and the questions that are on."""
        if not self._beam_off:
            return {}, []
        settings = self._get("/api/settings")
        scripts = part(part(settings, "scripts"), "gcode")
        texts = {name: str(scripts.get(name) or "") for name in BEAM_SCRIPTS}
        serial = part(settings, "serial")
        return (
            {name: text for name, text in texts.items() if not self._has_lines(text)},
            [each for each in QUESTIONS if serial.get(each)],
        )

    def _switch_off(self, questions: Sequence[str], phase: Phase) -> None:
        """Disconnected first: what breaks off in between is seen by everybody, and not by nobody."""
        if phase not in {Phase.IDLE, Phase.OFFLINE, Phase.ERROR}:
            raise DriverError("machine_busy", "OctoPrint must connect again, and is at work")
        settings = {"serial": dict.fromkeys(questions, False)}
        if phase is not Phase.IDLE:
            self._write(settings)
            return
        now = part(self._get("/api/connection"), "current")
        again = {name: now[name] for name in ("port", "baudrate", "printerProfile") if now.get(name)}
        self._connection("disconnect")
        try:
            self._write(settings)
        finally:
            self._connection("connect", **again)

    def _write(self, settings: Mapping[str, Any]) -> None:
        check(self._session.post(f"{self._session.origin}/api/settings", json=settings))

    def _connection(self, command: str, **more: Any) -> None:
        check(self._session.post(f"{self._session.origin}/api/connection", json={"command": command, **more}))

    def _has_lines(self, text: str) -> bool:
        lines = [each.partition(";")[0].strip() for each in text.splitlines()]
        return all(each in lines for each in self._beam_off)

    def _with_lines(self, text: str) -> str:
        """First of all: what follows may be Marlin's, and refused by a laser."""
        return "\n".join([*self._beam_off, text]).rstrip("\n") + "\n"
