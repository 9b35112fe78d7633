"""What is known about one machine and its run at one moment, as plain values that decisions are made from."""

import time
from dataclasses import dataclass, field

from fabqueue.models import RunState
from printers.driver import FOLDER, DriverError, FileState, Phase, Status


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The run that holds a machine.

    name, sha1: of the file for this attempt to send; name is empty before the first. blocked: code of what forbids
    new starts (maintenance, the lab is held), or "". intent_age: seconds since the intent to start was committed.
    """

    id: str
    state: RunState
    name: str = ""
    sha1: str = ""
    sends: int = 0
    stop_asked: bool = False
    pause_asked: bool | None = None
    blocked: str = ""
    intent_age: float | None = None
    start_age: float | None = None
    """Seconds since a start was sent that may still be on its way; None: there is none."""
    overdue: str = ""
    """The command (stop, pause, resume) that the machine should have confirmed by now, before people were told."""
    laser: bool = False
    """It may only be started after a person armed it."""
    arm_left: float | None = None
    """Seconds left of the time in which it may be started, below zero when it is over; None: nobody armed it."""
    too_long: bool = False
    """It has been at work for longer than a laser of the lab may be."""
    inherited: bool = False
    """Another process sent its file, and may not be done with it."""
    back_asked: bool = False
    """Somebody wants its staged file taken from the machine."""
    frame_age: float | None = None
    """Seconds since somebody asked to trace its outline; None: nobody did."""
    is_alone: bool = False
    """Nobody answered whether somebody is still beside the laser, and technicians do not know it yet."""

    @property
    def is_armed(self) -> bool:
        """Whether a person released this very run, and not too long ago."""
        return self.arm_left is not None and self.arm_left > 0

    def owns(self, name: str | None) -> bool:
        """Whether a file on the machine is this run's, of this attempt or an earlier one."""
        return name is not None and name.startswith(f"{FOLDER}/{self.id}-")


def file_name(run_id: str, send: int) -> str:
    """The name of a run's file on the machine: never used twice."""
    return f"{FOLDER}/{run_id}-{send}.gcode"


@dataclass(frozen=True, slots=True)
class View:
    """One look at a machine: its status, and its file of our run where that matters. `error`: it could not be read.

    misses: how many turns in a row came to nothing, this one included if it could not even look. begun: when the look
    began, by the monotonic clock in seconds.
    """

    status: Status | None
    file: FileState | None = None
    error: DriverError | None = None
    misses: int = 0
    begun: float = field(default_factory=time.monotonic, compare=False)

    @property
    def busy(self) -> bool:
        return self.status is not None and self.status.busy

    @property
    def idle(self) -> bool:
        return self.status is not None and self.status.phase is Phase.IDLE

    @property
    def down(self) -> bool:
        """The machine's software answers, the machine behind it does not."""
        return self.status is not None and self.status.phase in {Phase.OFFLINE, Phase.ERROR}
