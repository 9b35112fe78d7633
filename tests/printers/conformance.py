"""What dispatch relies on, whatever the machine: every driver passes these tests by giving a stand.

    class TestMyPrinter(DriverConformance):
        @pytest.fixture
        def stand(self, tmp_path: Path) -> Iterator[Stand]:
            driver = connect(Connection("myprinter", url=...))
            yield Stand(driver, short=..., long=...)
            driver.close()

`docs/drivers.md` says what each of them is for. A command that is not in `Driver.can` must be refused for good.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from printers.driver import FOLDER, Command, Driver, DriverError, Phase, sha1
from tests.support.octoprint import eventually

_numbers = itertools.count(1)


@dataclass
class Stand:
    """A driver whose machine is idle, and files for it: one that takes about a second, one that takes a minute."""

    driver: Driver
    short: Path
    long: Path

    def can(self, *commands: Command) -> bool:
        return set(commands) <= self.driver.can

    def loaded(self, path: Path) -> str:
        """A file of a new name, sent and selected."""
        name = new_name()
        self.driver.upload(name, path, {"run": "R1", "send": 1})
        self.driver.select(name)
        return name

    def printing(self) -> str:
        name = self.loaded(self.long)
        self.driver.start(name)
        self.until(Phase.PRINTING)
        return name

    def until(self, *phases: Phase) -> None:
        eventually(lambda: self.driver.status().phase in phases)

    def obeys(self, command: Callable[[], None], phase: Phase) -> None:
        """Told again where nothing shows, as dispatch does: a machine that only begins may forget a pause."""
        eventually(lambda: self.driver.status().phase is phase or command(), every=2)


def new_name() -> str:
    return f"{FOLDER}/conform{next(_numbers)}-1.gcode"


def refused(stand: Stand, command: Callable[[], object]) -> None:
    """For good, with words for people, and without a change of what the machine does."""
    with pytest.raises(DriverError) as error:
        command()
    assert error.value.permanent
    assert error.value.code
    assert stand.driver.status().phase is Phase.IDLE


class DriverConformance:
    """Subclass it and give the fixture `stand`."""

    def test_an_idle_machine_says_so_and_holds_nothing(self, stand: Stand) -> None:
        status = stand.driver.status()
        assert status.phase is Phase.IDLE
        assert not status.busy
        assert status.error is None

    def test_a_file_that_was_never_sent_is_not_there_and_may_be_deleted(self, stand: Stand) -> None:
        name = new_name()
        assert stand.driver.file(name) is None
        stand.driver.delete(name)
        assert not stand.driver.status().holds(name)

    def test_looking_for_what_is_wrong_finds_nothing_and_raises_nothing(self, stand: Stand) -> None:
        found = stand.driver.probe()
        assert found.well
        assert found.phase is Phase.IDLE

    def test_connecting_what_is_connected_leaves_it_idle(self, stand: Stand) -> None:
        stand.driver.reconnect()
        stand.until(Phase.IDLE)

    def test_a_file_arrives_whole_and_neither_selected_nor_started(self, stand: Stand) -> None:
        name = new_name()
        if not stand.can(Command.SEND):
            refused(stand, lambda: stand.driver.upload(name, stand.short, {}))
            refused(stand, lambda: stand.driver.select(name))
            return
        stand.driver.upload(name, stand.short, {"run": "R1"})
        found = stand.driver.file(name)
        assert found is not None
        assert (found.name, found.sha1) == (name, sha1(stand.short))
        assert found.untouched
        status = stand.driver.status()
        assert (status.phase, status.holds(name)) == (Phase.IDLE, False)
        stand.driver.delete(name)
        assert stand.driver.file(name) is None

    def test_a_selected_file_waits(self, stand: Stand) -> None:
        """Idle, ours and without progress: the only picture in which a start is ever sent."""
        if not stand.can(Command.SEND):
            return  # that it takes no files is shown above
        name = stand.loaded(stand.short)
        status = stand.driver.status()
        assert (status.phase, status.holds(name), status.completion) == (Phase.IDLE, True, None)
        stand.driver.delete(name)
        assert not stand.driver.status().holds(name)

    def test_a_start_whose_file_is_gone_starts_nothing_else(self, stand: Stand) -> None:
        """One that was held up anywhere may come when another file waits there, or has just been made."""
        if not stand.can(Command.SEND, Command.START):
            return
        gone = stand.loaded(stand.short)
        stand.driver.delete(gone)
        other = stand.loaded(stand.short)
        with pytest.raises(DriverError):
            stand.driver.start(gone)
        status, file = stand.driver.status(), stand.driver.file(other)
        assert (status.phase, status.holds(other)) == (Phase.IDLE, True)
        assert file is not None
        assert file.untouched

    def test_a_start_runs_once_to_its_end_and_is_remembered(self, stand: Stand) -> None:
        if not stand.can(Command.SEND, Command.START):
            refused(stand, lambda: stand.driver.start(new_name()))
            return
        name = stand.loaded(stand.short)
        stand.driver.start(name)

        def is_over() -> bool:
            found = stand.driver.file(name)
            return found is not None and not found.untouched

        eventually(is_over)
        found = stand.driver.file(name)
        assert found is not None
        assert (found.successes, found.failures) == (1, 0)
        stand.until(Phase.IDLE)
        status = stand.driver.status()
        assert (status.holds(name), status.completion) == (True, 100)

    def test_nothing_is_selected_beside_what_runs(self, stand: Stand) -> None:
        if not stand.can(Command.SEND, Command.START, Command.CANCEL):
            return  # that it starts nothing is shown above
        name, other = stand.printing(), new_name()
        stand.driver.upload(other, stand.short, {})
        with pytest.raises(DriverError):
            stand.driver.select(other)
        assert stand.driver.status().holds(name)
        assert stand.driver.status().busy

    def test_a_pause_and_going_on_show_in_its_report(self, stand: Stand) -> None:
        if not stand.can(Command.START, Command.PAUSE, Command.RESUME):
            refused(stand, stand.driver.pause)
            refused(stand, stand.driver.resume)
            return
        name = stand.printing()
        stand.obeys(stand.driver.pause, Phase.PAUSED)
        assert stand.driver.status().busy
        stand.obeys(stand.driver.resume, Phase.PRINTING)
        assert stand.driver.status().holds(name)

    def test_a_cancel_shows_in_its_report_and_counts_as_no_success(self, stand: Stand) -> None:
        if not stand.can(Command.START, Command.CANCEL):
            refused(stand, stand.driver.cancel)
            return
        name = stand.printing()
        stand.driver.cancel()
        stand.until(Phase.IDLE)
        found = stand.driver.file(name)
        assert found is None or found.successes == 0
        assert stand.driver.status().completion != 100

    def test_a_few_lines_reach_the_controller_and_leave_the_machine_idle(self, stand: Stand) -> None:
        if not stand.can(Command.LINES):
            refused(stand, lambda: stand.driver.send_lines(("M5",)))
            return
        assert stand.driver.send_lines(("G21", "G90", "M5"), 10)
        assert stand.driver.status().phase is Phase.IDLE

    def test_an_emergency_stop_shows_as_an_error_until_it_is_connected_again(self, stand: Stand) -> None:
        if not stand.can(Command.START, Command.EMERGENCY_STOP):
            refused(stand, stand.driver.emergency_stop)
            return
        name = stand.printing()
        stand.driver.emergency_stop()
        stand.until(Phase.ERROR)
        assert not stand.driver.status().busy
        stand.driver.reconnect()
        stand.until(Phase.IDLE)
        found = stand.driver.file(name)
        assert found is None or found.successes == 0
