"""The simulated controller behaves as GRBL 1.1 is documented, alone and at the end of a cable."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.grbl import Grbl, GrblPort
from tests.support.octoprint import eventually

START = ["G21", "G90", "M4 S0"]


def test_the_beam_follows_the_speed_and_is_off_in_rapid_moves() -> None:
    grbl = Grbl()
    for line in [*START, "G1 X100 F6000 S1000", "G0 X0"]:
        assert grbl.line(line) == "ok"
    grbl.stepper.run(0.01)
    assert 0 < grbl.beam < 1000
    grbl.stepper.run(0.5)
    assert grbl.beam == pytest.approx(1000)
    grbl.stepper.drain()
    assert grbl.beam == 0
    assert [(each.power, each.rapid) for each in grbl.trace] == [(1000, False), (0, True)]


def test_constant_power_burns_on_while_the_head_stands_still() -> None:
    grbl = Grbl()
    grbl.stream(["M3 S500", "G1 X10 F6000"])
    assert grbl.beam == 500
    assert grbl.line("M5") == "ok"
    assert grbl.beam == 0


def test_outside_laser_mode_rapid_moves_burn_too() -> None:
    grbl = Grbl({32: 0})
    grbl.stream(["M3 S500", "G0 X10"])
    assert [each.power for each in grbl.trace] == [500]


def test_a_hold_brakes_and_switches_the_beam_off_until_it_goes_on() -> None:
    grbl = Grbl()
    for line in [*START, "G1 X100 F6000 S1000"]:
        grbl.line(line)
    grbl.stepper.run(0.3)
    grbl.hold()
    grbl.stepper.run(1)
    held = grbl.place
    assert (grbl.state, grbl.beam) == ("Hold:0", 0)
    assert 25 < held[0] < 45
    grbl.go_on()
    grbl.stepper.drain()
    assert (grbl.place, grbl.state) == ((100.0, 0.0), "Idle")


def test_a_reset_in_a_move_stops_at_once_and_is_an_alarm() -> None:
    grbl = Grbl()
    for line in [*START, "G1 X100 F6000 S1000"]:
        grbl.line(line)
    grbl.stepper.run(0.3)
    grbl.reset()
    assert (grbl.state, grbl.alarm, grbl.beam, grbl.modes.beam) == ("Alarm", 3, 0, "M5")
    assert 0 < grbl.trace[-1].length_mm < 100
    assert grbl.line("G0 X0") == "error:9"
    assert grbl.line("$X") == "ok"
    assert grbl.line("G0 X0") == "ok"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("", "ok"),
        ("; words", "ok"),
        ("(words) G0 X1", "ok"),
        ("g1x5f100", "ok"),
        ("G1 X5", "error:22"),
        ("M105", "error:20"),
        ("G28.5", "error:20"),
        ("N5 G0 X1*12", "error:2"),
        ("G0 G1 X1", "error:21"),
        ("G0 X1 X2", "error:25"),
        ("S-5", "error:4"),
        ("G4", "error:28"),
        ("$Q", "error:3"),
        ("G0 X1" + " " * 80, "error:14"),
        ("G0 X700", "error:9"),
        ("G2 X10 Y0 F100", "error:35"),
    ],
)
def test_lines_are_answered_as_grbl_does(line: str, answer: str) -> None:
    assert Grbl().line(line) == answer


def test_leaving_the_bed_is_an_alarm() -> None:
    grbl = Grbl()
    grbl.line("G0 X601")
    assert (grbl.state, grbl.alarm) == ("Alarm", 2)
    assert grbl.line("$H") == "ok"
    assert grbl.state == "Idle"


def test_it_wakes_up_locked_where_it_must_be_homed() -> None:
    grbl = Grbl(homed=False)
    assert grbl.line("G0 X1") == "error:9"
    assert grbl.line("$H") == "ok"
    assert grbl.line("G0 X1") == "ok"


def test_arcs_end_where_they_should_and_have_their_length() -> None:
    grbl = Grbl()
    grbl.stream([*START, "G0 X10 Y10", "G2 X30 Y10 I10 J0 F3000 S100", "G3 X30 Y10 I10 J0"])
    burnt = sum(each.length_mm for each in grbl.trace if each.power)
    assert burnt == pytest.approx(30 * 3.14159, rel=1e-3)
    assert grbl.place == pytest.approx((30, 10))


def test_settings_are_shown_and_set() -> None:
    grbl = Grbl()
    assert "$30=1000" in grbl.line("$$").splitlines()
    assert grbl.line("$30=255") == "ok"
    grbl.stream(["M3 S900", "G1 X1 F600"])
    assert grbl.trace[0].power == 255


class Cable:
    """Whoever is at the other end."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.heard = ""

    def say(self, text: str) -> None:
        os.write(self.file, text.encode())

    def hears(self, *words: str) -> Callable[[], bool]:
        def heard() -> bool:
            with suppress(BlockingIOError):
                self.heard += os.read(self.file, 4096).decode()
            return all(word in self.heard for word in words)

        return heard

    def hang_up(self) -> None:
        os.close(self.file)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[GrblPort]:
    with GrblPort(tmp_path / "laser", speed=20, log=tmp_path / "log.jsonl") as running:
        yield running


def test_at_the_end_of_a_cable_it_greets_answers_and_reports(port: GrblPort) -> None:
    cable = Cable(port.path)
    eventually(cable.hears("Grbl 1.1h"))
    cable.say("N0 M110 N0*125\nM105\nG0 X10 Y5\n")
    eventually(cable.hears("ok T:0.00"))
    eventually(lambda: port.grbl.place == (10.0, 5.0))
    cable.say("?")
    eventually(cable.hears("<Idle|MPos:10.000,5.000"))
    assert port.received == ["G0 X10 Y5"]


def test_a_strict_one_refuses_what_grbl_does_not_know(tmp_path: Path) -> None:
    with GrblPort(tmp_path / "laser", lenient=False) as port:
        cable = Cable(port.path)
        cable.say("M105\n")
        eventually(cable.hears("error:20"))


def test_the_beam_is_seen_and_goes_off_when_the_other_end_hangs_up(port: GrblPort) -> None:
    cable = Cable(port.path)
    cable.say("G21\nG90\nM4 S0\nG1 X500 F600 S800\n")
    eventually(lambda: port.beam == pytest.approx(800))
    cable.hang_up()
    eventually(lambda: port.is_still)
    assert port.beam == 0
    assert port.burnt_mm == pytest.approx(500)
    again = Cable(port.path)
    again.say("M5\n")
    eventually(lambda: port.received[-1] == "M5")


def test_a_reset_through_the_cable_stops_in_the_middle(port: GrblPort) -> None:
    cable = Cable(port.path)
    cable.say("G21\nG90\nM4 S0\nG1 X500 F600 S800\n")
    eventually(lambda: port.beam > 0)
    cable.say("\x18")
    eventually(cable.hears("ALARM:3"))
    assert (port.beam, port.grbl.state) == (0, "Alarm")
    assert port.burnt_mm < 500
