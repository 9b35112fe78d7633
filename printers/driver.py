"""What every way of controlling a machine offers: read it, hand it a file, tell it what to do.

A driver never decides and never repeats: each method is one exchange with the machine, and whatever it reports is
read again before the next step. The caller alone decides when something starts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from printers.digest import sha1 as sha1  # beside `Driver.file`, whose answer it is compared with

Scalar = str | int | float | bool
Values = Mapping[str, Scalar | Sequence[Scalar]]

FOLDER = "fabqueue"  # the folder on the machine that holds our files and nobody else's


class Command(StrEnum):
    """What a machine may be able to carry out when it is told."""

    SEND = "send"  # upload, select, delete
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    LINES = "lines"  # a few commands for the controller itself
    EMERGENCY_STOP = "emergency_stop"


class Chore(StrEnum):
    """What a controller is told to do while nothing runs."""

    HOME = "home"
    UNLOCK = "unlock"  # after an alarm, wherever the head is
    RESET = "reset"


class Phase(StrEnum):
    """What a machine is doing, whatever its software calls it."""

    OFFLINE = "offline"  # its software answers, the machine behind it does not
    IDLE = "idle"
    PRINTING = "printing"  # from the start until it stands still
    PAUSED = "paused"  # until it moves again
    CANCELLING = "cancelling"
    FINISHING = "finishing"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Temperature:
    """Degrees Celsius; None where the machine does not say."""

    actual: float | None
    target: float | None


@dataclass(frozen=True, slots=True)
class Status:
    """One look at a machine.

    `selected` is the name of the selected file as `Driver.upload` knows it. With phase idle and our file selected,
    `completion` tells the two cases apart that matter most: None is "not started in this life of the machine's
    software, or cancelled", 100 is "ran to its end". Seconds are the machine's own figures.
    """

    phase: Phase
    selected: str | None = None
    completion: float | None = None
    elapsed_seconds: int | None = None
    left_seconds: int | None = None
    temperatures: Mapping[str, Temperature] = field(default_factory=dict)
    error: str | None = None

    def holds(self, name: str) -> bool:
        """Whether the file of that name is the selected one."""
        return self.selected == name

    @property
    def busy(self) -> bool:
        """Whether anything runs, ours or not."""
        return self.phase in {Phase.PRINTING, Phase.PAUSED, Phase.CANCELLING, Phase.FINISHING}


@dataclass(frozen=True, slots=True)
class FileState:
    """A file on the machine and what the machine remembers of its prints; `size` in bytes."""

    name: str
    sha1: str
    size: int
    successes: int = 0
    failures: int = 0
    last_seconds: float | None = None

    @property
    def untouched(self) -> bool:
        """Whether the machine remembers neither a finished nor a failed print of it."""
        return self.successes == 0 and self.failures == 0


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person must set right at a machine, as a code with values."""

    code: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Probe:
    """The answer to "does this machine work for us?": its software's version, its state and what is wrong."""

    version: str | None
    phase: Phase | None
    problems: tuple[Problem, ...] = ()

    @property
    def well(self) -> bool:
        return not self.problems


class DriverError(Exception):
    """A machine could not be asked or refused.

    `code` and `values` are for people, `message` is what the machine or the network said, for the log. `permanent`
    tells that trying again will not help before a person has changed something.
    """

    def __init__(self, code: str, message: str, permanent: bool = False, values: Values | None = None):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.permanent = permanent
        self.values: Values = values or {}

    @property
    def is_settled(self) -> bool:
        """Whether the machine refused or was never reached: nothing of the command is still on its way to it."""
        return self.code in _SETTLED


_SETTLED = frozenset({
    "machine_unreachable", "machine_key_refused", "machine_busy", "machine_printer_offline",
    "machine_file_missing", "machine_file_refused",
})  # fmt: skip


class Driver(Protocol):
    """One machine. Every method may raise DriverError; none repeats a command by itself.

    `name` is `FOLDER/something.gcode`, unique for each attempt to make something. `can` says what it carries out; any
    other command is refused with a permanent DriverError, and nothing reaches the machine.
    """

    can: frozenset[Command]

    def status(self) -> Status: ...

    def file(self, name: str) -> FileState | None:
        """The file and its history, None if the machine does not have it."""

    def upload(self, name: str, path: Path, userdata: dict[str, object]) -> None:
        """Send a file; it is neither selected nor started. Compare `file(name).sha1` with `sha1(path)` afterwards."""

    def select(self, name: str) -> None:
        """Load the file without starting it."""

    def start(self, name: str) -> None:
        """Start this file and no other, whatever is selected by now: a start that comes late finds its file gone.

        A machine may accept this and do nothing, so read `status` afterwards.
        """

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def cancel(self) -> None:
        """Stop what runs and send the connection's `after_cancel` commands, even if nothing was running."""

    def send_lines(self, lines: Sequence[str], seconds: float = 3.0) -> bool:
        """Hand a few commands to the controller; whether it acknowledged the last of them within the time.

        Only while nothing runs. False says that nothing is known: it may have carried them out all the same.
        """

    def carry_out(self, chore: Chore) -> bool:
        """Have the controller of a laser do it; whether it said that it did. As `lines`, only while nothing runs.

        Nothing burns by it. Homing takes up to a minute.
        """

    def emergency_stop(self) -> bool:
        """Stop at once, whatever the machine is doing, heaters and all. It must be connected again afterwards.

        True: the controller acknowledged `after_cancel` before. Raises DriverError when the stop may not have arrived.
        Look at `status`: phase error is the confirmation.
        """

    def delete(self, name: str) -> None:
        """Remove the file; a file that is not there is no error."""

    def picture(self) -> bytes | None:
        """A JPEG or PNG of the machine now, None if there is no camera or it does not answer."""

    def probe(self) -> Probe:
        """Look for everything that would keep us from working with this machine; raises nothing."""

    def missing(self) -> tuple[Problem, ...]:
        """What the machine's software lacks to carry out `after_cancel` by itself, whatever breaks off its work.

        Raises DriverError where nothing is known.
        """

    def set_up(self) -> bool:
        """Write what is `missing` into the machine's software; True: something was, so look at the machine again.

        What stands there is kept. Raises DriverError where that is not allowed, or must wait for work to end.
        """

    def reconnect(self) -> None:
        """Ask the machine's software to connect to the machine again."""

    def close(self) -> None:
        """Let go of open connections."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach one machine.

    `connect_seconds` and `read_seconds` bound each exchange, `upload_seconds` the wait for the answer once a file is
    sent. `after_cancel` are commands a cancel must end with (a laser's M5).
    is_grbl: the controller takes GRBL's characters for hold and reset, with which a cancel stops it at once.
    """

    driver: str
    url: str = ""
    key: str = field(default="", repr=False)
    camera_url: str | None = None
    connect_seconds: float = 3.0
    read_seconds: float = 10.0
    upload_seconds: float = 30.0
    after_cancel: tuple[str, ...] = ()
    is_grbl: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """What a driver says of itself, as `KIND` at the end of its file.

    `title` are the words to choose it by, English, given through `N_`. `make` is its class. `needs` are the fields of
    the Connection that it cannot do without: "url", "key".
    """

    title: str
    make: Callable[[Connection], Driver]
    needs: frozenset[str] = frozenset()


def N_(text: str) -> str:  # noqa: N802  # what gettext calls it
    """`text` as it is: marks a title that the catalogues shall hold."""
    return text
