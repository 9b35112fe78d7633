"""A machine without a network: a person starts and finishes the work, so there is nothing to read or to command."""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from printers.camera import snapshot
from printers.driver import N_, Chore, Command, Connection, DriverError, FileState, Kind, Phase, Probe, Problem, Status


class Manual:
    """Driven by hand. It is always idle for us; every command is refused, because nobody would carry it out."""

    can: frozenset[Command] = frozenset()

    def __init__(self, connection: Connection):
        self._connection = connection

    def status(self) -> Status:
        return Status(Phase.IDLE)

    def file(self, name: str) -> FileState | None:
        return None

    def upload(self, name: str, path: Path, userdata: dict[str, object]) -> None:
        self._refuse("upload")

    def select(self, name: str) -> None:
        self._refuse("select")

    def start(self, name: str) -> None:
        self._refuse("start")

    def pause(self) -> None:
        self._refuse("pause")

    def resume(self) -> None:
        self._refuse("resume")

    def cancel(self) -> None:
        self._refuse("cancel")

    def send_lines(self, lines: Sequence[str], seconds: float = 3.0) -> bool:
        self._refuse("lines")

    def carry_out(self, chore: Chore) -> bool:
        self._refuse(chore)

    def emergency_stop(self) -> bool:
        self._refuse("emergency stop")

    def missing(self) -> tuple[Problem, ...]:
        """Nothing breaks off work but the person who does it."""
        return ()

    def set_up(self) -> bool:
        """There is no software in which anything could be written."""
        return False

    def delete(self, name: str) -> None:
        """Nothing was ever sent, so nothing is left to remove."""

    def picture(self) -> bytes | None:
        return snapshot(self._connection.camera_url) if self._connection.camera_url else None

    def probe(self) -> Probe:
        return Probe(version=None, phase=Phase.IDLE)

    def reconnect(self) -> None:
        """There is no connection that could be lost."""

    def close(self) -> None:
        """Nothing is open."""

    def _refuse(self, command: str) -> NoReturn:
        raise DriverError("machine_by_hand", f"{command} on a machine without a network", permanent=True)


KIND = Kind(N_("By hand: a person starts and finishes each run"), Manual)
