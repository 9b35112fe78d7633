"""What a plan says, and what its file holds."""

import numpy as np
import pytest

from printers.laser import PlanError, Setting, Wishes, Work, plan
from tests.laser.shapes import LASER, SETTINGS, circle, cut, engraved, score, square

PLAIN = Wishes(kerf=False)


def test_a_plan_engraves_then_scores_then_cuts() -> None:
    made = plan([cut(square(50)), score(square(10, 5, 5)), engraved(square(8, 30, 30))], SETTINGS, LASER, PLAIN)
    lines = list(made.lines())
    marks = [line for line in lines if line in {"; engrave", "; score", "; cut"}]
    assert marks == ["; engrave", "; score", "; cut"]
    assert made.lengths_mm == pytest.approx({"engrave": 0, "score": 40, "cut": 200})
    assert made.areas_mm2 == pytest.approx({"engrave": 64})


def test_the_file_starts_in_millimetres_and_ends_with_the_beam_off_at_home() -> None:
    lines = list(plan([cut(square(20))], SETTINGS, LASER, PLAIN).lines())
    assert lines[2:4] == ["G21", "G90"]
    assert lines[-4:] == ["M5", "M9", "G0 X0 Y0 S0", "M2"]
    assert not any(line.startswith("M30") for line in lines)
    assert max(map(len, lines)) <= 70


def test_what_is_on_top_in_the_drawing_is_far_from_the_person_at_the_laser() -> None:
    high, low = np.array([[0.0, 0.0], [10.0, 0.0]]), np.array([[0.0, 30.0], [5.0, 30.0]])
    made = plan([score(high, low)], SETTINGS, LASER, Wishes(margin_mm=2))
    burnt = made.moves.points[made.moves.burns]
    starts = made.moves.starts[made.moves.burns]
    heights = {float(round(abs(end[0] - start[0]))): end[1] for start, end in zip(starts, burnt, strict=True)}
    assert heights == {10.0: 32.0, 5.0: 2.0}


def test_a_row_of_an_engraving_is_burnt_at_full_speed_between_run_ups() -> None:
    made = plan([engraved(square(10))], SETTINGS, LASER, Wishes(margin_mm=50))
    burns = made.moves.burns
    assert burns.sum() == 100
    assert set(np.round(np.abs(made.moves.points - made.moves.starts)[burns][:, 0], 6)) == {10.0}
    before = made.moves.lengths_mm[np.flatnonzero(burns)[1:] - 1]
    assert before == pytest.approx(np.full(99, 1.1 * 200**2 / (2 * LASER.acceleration_mm_s2)))


def test_a_ring_is_engraved_between_its_outlines() -> None:
    made = plan([engraved(circle(10), circle(5), even_odd=True)], SETTINGS, LASER, PLAIN)
    assert made.areas_mm2["engrave"] == pytest.approx(75 * np.pi, rel=0.01)
    same_way = plan([engraved(circle(10), circle(5))], SETTINGS, LASER, PLAIN)
    assert same_way.areas_mm2["engrave"] == pytest.approx(100 * np.pi, rel=0.01)


def test_passes_go_over_each_line_again() -> None:
    settings = {**SETTINGS, "score": Setting(20, 100, passes=3)}
    made = plan([score(np.array([[0.0, 0.0], [10.0, 0.0]]))], settings, LASER, PLAIN)
    assert made.moves.lengths_mm[made.moves.burns].sum() == pytest.approx(30)
    assert made.lengths_mm["score"] == pytest.approx(10)


def test_air_is_blown_where_the_setting_says_so() -> None:
    made = plan([cut(square(20)), engraved(square(5, 5, 5))], SETTINGS, LASER, PLAIN)
    lines = list(made.lines())
    assert lines.index("M8") > lines.index("; engrave")
    assert lines[lines.index("; cut") + 1] == "M8"
    assert "M9" in lines[lines.index("M8") :]


def test_copies_lie_in_rows_within_the_margins() -> None:
    made = plan([cut(square(50))], SETTINGS, LASER, Wishes(copies=5, kerf=False, sheet_mm=(170, 170)))
    assert made.lengths_mm["cut"] == pytest.approx(1000)
    assert made.bounds_mm == ((3.0, 3.0), (157.0, 105.0))
    assert made.sheet_mm2 == pytest.approx(160 * 108)


def test_copies_are_turned_when_more_fit_that_way() -> None:
    line = np.array([[0.0, 0.0], [60.0, 0.0], [60.0, 40.0]])
    made = plan([score(line)], SETTINGS, LASER, Wishes(copies=2, margin_mm=0, gap_mm=0, sheet_mm=(80, 60)))
    assert made.bounds_mm == ((0.0, 0.0), (80.0, 60.0))


@pytest.mark.parametrize(
    ("wishes", "code", "fit"),
    [
        (Wishes(copies=10, sheet_mm=(160, 110)), "laser_copies_too_many", 6),
        (Wishes(sheet_mm=(50, 50)), "laser_sheet_too_small", 0),
        (Wishes(sheet_mm=(4, 4)), "laser_sheet_too_small", 0),
        (Wishes(copies=100_000), "laser_copies_too_many", 77),
    ],
)
def test_copies_that_do_not_fit_are_counted(wishes: Wishes, code: str, fit: int) -> None:
    with pytest.raises(PlanError) as refused:
        plan([score(square(50))], SETTINGS, LASER, wishes)
    assert (refused.value.code, refused.value.values["fit"]) == (code, fit)


@pytest.mark.parametrize(
    ("works", "settings", "code"),
    [
        ([], SETTINGS, "laser_nothing_to_burn"),
        ([Work("cut", "#ff0000")], SETTINGS, "laser_nothing_to_burn"),
        ([cut(np.zeros((3, 2)))], SETTINGS, "laser_nothing_to_burn"),
        ([cut(square(5))], {"score": SETTINGS["score"]}, "laser_setting_missing_cut"),
        ([cut(square(5))], {"cut": Setting(101, 10)}, "laser_power_out_of_range"),
        ([cut(square(5))], {"cut": Setting(50, 301)}, "laser_speed_out_of_range"),
        ([engraved(square(300))], {"engrave": Setting(50, 100, interval_mm=1e-5)}, "laser_engraving_too_fine"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_a_code(
    works: list[Work], settings: dict[str, Setting], code: str
) -> None:
    with pytest.raises(PlanError) as refused:
        plan(works, settings, LASER, PLAIN)
    assert refused.value.code == code


def test_the_frame_runs_around_what_is_burnt_with_the_beam_off() -> None:
    made = plan([cut(square(50))], SETTINGS, LASER, PLAIN)
    frame = made.frame()
    assert frame[:4] == ("G21", "G90", "M5", "G0 X3 Y3 S0")
    assert all("S0" in line for line in frame if line.startswith("G1"))
    assert [line.split()[1:3] for line in frame if line.startswith("G1")] == [
        ["X53", "Y3"], ["X53", "Y53"], ["X3", "Y53"], ["X3", "Y3"]]  # fmt: skip
    assert not any("M3" in line or "M4" in line for line in frame)


def test_the_estimate_is_a_range_around_what_is_expected() -> None:
    low, expected, high = plan([cut(circle(30))], SETTINGS, LASER, PLAIN).seconds
    assert 2 * np.pi * 30 / 20 < low <= expected <= high < 15
