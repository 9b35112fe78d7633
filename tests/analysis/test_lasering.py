"""Planning a drawing for a laser, inside the child: what it reads, what several sheets come to, what stops it."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fabqueue.analysis import drawing, lasering, sandbox
from fabqueue.analysis.findings import AnalysisError
from fabqueue.analysis.sandbox import EstimateRequest, Limits
from printers import profiles
from printers.lasers import OPERATIONS, PlanError, Setting, Wishes
from tests.support.factories import SIGN

PROFILE = profiles.builtin()["laser-600"]


def wanted(reading: drawing.Reading | None = None, **wishes: Any) -> dict[str, Any]:
    """The built-in laser on poplar of 3 mm, as `services.laserwork.wanted` has it."""
    assert PROFILE.laser is not None
    settings = PROFILE.materials["poplar-3"].laser
    return {
        "laser": asdict(PROFILE.laser), "settings": {name: asdict(each) for name, each in settings.items()},
        "wishes": asdict(Wishes(**wishes)), "reading": (reading or drawing.USUAL).as_dict(),
    }  # fmt: skip


@pytest.fixture
def sign(tmp_path: Path) -> Path:
    path = tmp_path / "sign.svg"
    path.write_text(SIGN)
    return path


def drawn(path: Path, job: dict[str, Any]) -> list[lasering.Work]:
    return lasering.works(path, path.name, None, job["reading"])


def test_what_is_ignored_is_no_work_and_what_was_chosen_counts(sign: Path) -> None:
    chosen = {"#ff0000": drawing.Operation.IGNORED, "#0000ff": drawing.Operation.CUT}
    job = wanted(drawing.Reading(chosen=chosen))
    assert {(each.operation, each.colour) for each in drawn(sign, job)} == {("cut", "#0000ff"), ("engrave", "#000000")}


def test_more_copies_than_a_sheet_holds_come_to_full_sheets_and_one_for_the_rest(sign: Path) -> None:
    given = wanted(sheet_mm=(220, 200))
    job, works = lasering.Job.of(given), drawn(sign, given)
    with pytest.raises(PlanError) as error:
        job.plan(works, 9)
    fit = int(str(error.value.values["fit"]))
    full, rest = lasering.foreseen(works, job, fit), lasering.foreseen(works, job, 9 - fit)
    both = lasering.foreseen(works, job, 9)
    assert both["runs"] == 2
    assert both["sheet_mm2"] == full["sheet_mm2"] + rest["sheet_mm2"]
    assert both["seconds"]["expected"] == pytest.approx(full["seconds"]["expected"] + rest["seconds"]["expected"])
    assert both["sheet_mm"] == full["sheet_mm"]


def test_very_many_moves_are_reckoned_from_one_copy(sign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = lasering.Job.of(wanted())
    works = drawn(sign, wanted())
    monkeypatch.setattr(lasering, "MOST_MOVES", 10)
    one, ten = lasering.foreseen(works, job, 1), lasering.foreseen(works, job, 10)
    assert ten["seconds"]["expected"] == pytest.approx(10 * one["seconds"]["expected"])
    assert ten["operations"][0]["area_mm2"] == pytest.approx(10 * one["operations"][0]["area_mm2"], abs=0.5)


def test_an_estimate_says_why_there_is_none(sign: Path) -> None:
    small = EstimateRequest("small", {}, PROFILE.bed_mm, laser=wanted(sheet_mm=(50, 50)))
    (line,) = lasering.estimates(sign, sign.name, None, [small])
    assert (line["estimate"]["fits"], line["estimate"]["reasons"][0]["code"]) == (False, "laser_sheet_too_small")


def test_an_operation_nobody_said_the_power_of_is_refused(sign: Path) -> None:
    job = lasering.Job.of(wanted())
    works = drawn(sign, wanted())
    silent = {name: each for name, each in job.settings.items() if name != "score"}
    for settings, code in (
        (silent, "laser_setting_missing_score"),
        ({**job.settings, "cut": replace(job.settings["cut"], power_percent=0)}, "laser_power_out_of_range"),
    ):
        with pytest.raises(PlanError) as error:
            replace(job, settings=settings).plan(works, 1)
        assert error.value.code == code


def test_the_sandbox_stops_planning_that_takes_too_long_and_refuses_what_is_no_drawing(
    sign: Path, tmp_path: Path
) -> None:
    arguments = {"path": str(sign), "filename": sign.name, "units": None, "job": wanted(), "copies": 1}
    outcome = sandbox.call("fabqueue.analysis.lasering:steps", arguments, tmp_path, Limits(wall_seconds=0.05))
    assert outcome.stopped == "analysis_too_long"
    bad = tmp_path / "bad.svg"
    bad.write_text("<svg")
    with pytest.raises(AnalysisError):
        sandbox.call("fabqueue.analysis.lasering:steps", {**arguments, "path": str(bad)}, tmp_path)


CARD = {
    "operation": "cut", "powers": [20.0, 50.0, 80.0], "speeds": [5.0, 30.0],
    "setting": asdict(Setting(50, 10, passes=2, kerf_mm=0.2)), "label": asdict(Setting(10, 100)),
}  # fmt: skip
COLOURS = {"cut": "#ff0000", "score": "#0000ff", "engrave": "#000000"}


def carded(**change: Any) -> dict[str, Any]:
    """What a laser is to do for a test card, as `services.laserwork.wanted` has it."""
    assert PROFILE.laser is not None
    return {"laser": asdict(PROFILE.laser), "card": {**CARD, **change}}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_drawing_of_a_card_shows_what_it_burns(tmp_path: Path, operation: str) -> None:
    given = carded(operation=operation)
    (told,) = lasering.card(tmp_path, given["laser"], given["card"], COLOURS)
    report = drawing.inspect(tmp_path / lasering.DRAWING, lasering.DRAWING).report
    assert {(each["operation"], each["colour"]) for each in report["operations"]} == {
        ("score", COLOURS["score"]), (operation, COLOURS[operation])
    }  # fmt: skip
    assert report["page_mm"] == told["sheet_mm"]
    assert not [each for each in report["findings"] if each["severity"] != "ok"]
    plan = lasering.told(lasering.Job.of(given).plan([], 1), lasering.Job.of(given))
    (left, bottom), (right, top) = plan["bounds_mm"]
    assert report["size_mm"] == pytest.approx([right - left, top - bottom], abs=0.2)


def test_the_drawing_of_a_card_has_each_line_where_it_is_burnt(tmp_path: Path) -> None:
    given = carded(powers=[14.0, 47.0])  # figures that stand on their heads would be others
    (told,) = lasering.card(tmp_path, given["laser"], given["card"], COLOURS)
    height = told["sheet_mm"][1]
    read = lasering.works(tmp_path / lasering.DRAWING, lasering.DRAWING, None, drawing.USUAL.as_dict())
    drawn = {(round(x, 2), round(height - y, 2)) for work in read for line in work.lines for x, y in line.tolist()}
    moves = lasering.Job.of(given).plan([], 1).moves
    ends = np.concatenate([moves.points[moves.burns], moves.starts[moves.burns]])
    assert drawn == {(round(x, 2), round(y, 2)) for x, y in ends.tolist()}


def test_a_job_that_is_a_card_burns_it_and_nothing_of_the_drawing(sign: Path, tmp_path: Path) -> None:
    given = carded()
    alone, asked = tmp_path / "alone", tmp_path / "asked"
    alone.mkdir()
    asked.mkdir()
    list(lasering.card(alone, given["laser"], given["card"]))
    (line,) = lasering.steps(asked, str(sign), sign.name, None, given, 1)
    for name in (lasering.GCODE, lasering.PICTURE):
        assert (asked / name).read_bytes() == (alone / name).read_bytes()
    plan = line["plan"]
    assert [(each["operation"], each["passes"]) for each in plan["operations"]] == [("score", 1), ("cut", 2)]
    assert plan["sheet_mm2"] == round(plan["sheet_mm"][0] * plan["sheet_mm"][1])
    (estimate,) = lasering.estimates(sign, sign.name, None, [EstimateRequest("card", {}, PROFILE.bed_mm, laser=given)])
    assert {**estimate["estimate"]["plan"], "frame": plan["frame"]} == plan


def test_a_card_that_cannot_be_burnt_says_why_in_its_estimate(sign: Path) -> None:
    fast = EstimateRequest("fast", {}, PROFILE.bed_mm, laser=carded(speeds=[5.0, 9000.0]))
    (line,) = lasering.estimates(sign, sign.name, None, [fast])
    assert (line["estimate"]["fits"], line["estimate"]["reasons"][0]["code"]) == (False, "laser_speed_out_of_range")
