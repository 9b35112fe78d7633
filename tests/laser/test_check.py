"""A file is checked before it reaches a laser, whoever made it."""

from pathlib import Path

import pytest

from printers.laser import Plan, Wishes, check, plan
from tests.laser.shapes import LASER, SETTINGS, circle, cut, engraved, score, square

GOOD = "G21\nG90\nM4 S0\nG0 X10 Y10 S0\nG1 X20 Y10 S500 F1200\nM5\nM9\nG0 X0 Y0 S0\nM2\n"


def codes(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "job.gcode"
    path.write_bytes(text.encode("latin-1"))
    return [problem.code for problem in check(path, LASER)]


def written(made: Plan, path: Path) -> Path:
    path.write_text("\n".join(made.lines()) + "\n")
    return path


def test_a_planned_file_is_well(tmp_path: Path) -> None:
    works = [cut(square(60), circle(10, 30, 30)), score(square(5, 50, 50)), engraved(circle(4, 10, 10))]
    for wishes in (Wishes(), Wishes(copies=8, bridges=3), Wishes(margin_mm=0), Wishes(sheet_mm=(80, 80))):
        assert check(written(plan(works, SETTINGS, LASER, wishes), tmp_path / "job.gcode"), LASER) == ()


def test_a_small_good_file_is_well(tmp_path: Path) -> None:
    assert codes(tmp_path, GOOD) == []
    assert codes(tmp_path, GOOD.replace("\n", "\r\n").replace("G1 ", "G01 (burn) ")) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("X20", "X600.01", "laser_outside_bed"),
        ("X20", "X-0.01", "laser_outside_bed"),
        ("Y10 S0", "Y400.1 S0", "laser_outside_bed"),
        ("S500", "S1001", "laser_power_too_high"),
        ("S500", "S-1", "laser_power_too_high"),
        ("G0 X10 Y10 S0", "G0 X10 Y10 S1", "laser_on_in_rapid"),
        ("M5\nM9\nG0 X0 Y0 S0", "G0 X0 Y0", "laser_on_in_rapid"),
        ("M5\nM9", "G0\nX5\nM5", "laser_on_in_rapid"),
        ("M5\n", "", "laser_on_at_end"),
        ("M2", "M4", "laser_on_at_end"),
        ("M2", "M30", "laser_m30"),
        ("M2", "M2\nG0 X1", "laser_goes_on_after_end"),
        ("M4", "M3", "laser_constant_power"),
        ("M4 S0", "M4 S100", "laser_burns_standing"),
        ("M5\n", "S700\nM5\n", "laser_burns_standing"),
        ("G21", "G20", "laser_inches"),
        ("G90", "G91", "laser_relative"),
        ("G21\n", "", "laser_modes_missing"),
        ("G90\n", "", "laser_modes_missing"),
        ("G0 X10", "X10", "laser_modes_missing"),
        (" F1200", "", "laser_feed_wrong"),
        ("F1200", "F0", "laser_feed_wrong"),
        ("F1200", "F18001", "laser_feed_wrong"),
        ("G0 X10", "G28\nG0 X10", "laser_unknown_command"),
        ("G0 X10", "G92 X5\nG0 X10", "laser_unknown_command"),
        ("G1 X20", "G2 X20", "laser_unknown_command"),
        ("G1 X20", "G1.5 X20", "laser_unknown_command"),
        ("X20 ", "X20 Z5 ", "laser_unknown_command"),
        ("X20 ", "X20 X30 ", "laser_line_unreadable"),
        ("M4", "N7 M4", "laser_unknown_command"),
        ("M4 S0", "M4 S0*92", "laser_line_unreadable"),
        ("M4", "$32=0\nM4", "laser_line_unreadable"),
        ("M4", "!\nM4", "laser_line_unreadable"),
        ("M4", "G1 Xnan\nM4", "laser_line_unreadable"),
        ("M4", "G1 X1e9\nM4", "laser_line_unreadable"),
        ("M4", "é\nM4", "laser_line_unreadable"),
        ("M4", "; " + "x" * 70 + "\nM4", "laser_line_too_long"),
        ("G1 X20 Y10 S500 F1200\n", "", "laser_nothing_burnt"),
    ],
)
def test_what_a_laser_must_not_be_sent_is_found(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert old in GOOD
    assert code in codes(tmp_path, GOOD.replace(old, new, 1))


def test_modal_moves_are_followed(tmp_path: Path) -> None:
    assert codes(tmp_path, GOOD.replace("M5\n", "X30\nY20 S300\nM5\n")) == []
    assert codes(tmp_path, GOOD.replace("M5\n", "X30\nY401\nM5\n")) == ["laser_outside_bed"]


def test_each_kind_of_problem_is_told_once_with_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "job.gcode"
    path.write_text(GOOD.replace("M5\n", "G1 X700\nG1 X800\nM5\n"))
    (problem,) = check(path, LASER)
    assert (problem.code, problem.values) == ("laser_outside_bed", {"line": 6})


@pytest.mark.parametrize("text", ["", "\n\n", "; nothing\n", "hello\n", "\x00" * 5000])
def test_what_is_no_file_for_a_laser_is_refused(tmp_path: Path, text: str) -> None:
    assert codes(tmp_path, text)


def test_a_file_beyond_all_size_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "job.gcode"
    with path.open("wb") as file:
        file.truncate((256 << 20) + 1)
    assert [problem.code for problem in check(path, LASER)] == ["laser_file_too_large"]
