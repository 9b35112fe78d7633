"""Every planned file is carried out by the simulated controller, which burns what was reported and no more."""

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fabqueue.analysis import drawing
from fabqueue.analysis.drawing import Operation, Reading
from printers.laser import Fill, Plan, Setting, Wishes, Work, check, plan
from printers.laser import gcode as files
from printers.laser.motion import seconds
from tests.laser.shapes import LASER, SETTINGS, chequered, circle, cut, engraved, image, pictured, score, square
from tests.support.grbl import Grbl

DESIGNS = Path(os.environ.get("FABQUEUE_DESIGNS", Path(__file__).parents[3] / "shared/data"))
DRAWINGS = [file for kind in ("svg", "dxf") for file in sorted((DESIGNS / "dev" / kind).glob(f"*.{kind}"))]
HUGE = replace(LASER, bed_mm=(6000.0, 6000.0))
EVERYTHING = Reading(colours={"#ff0000": Operation.CUT, "#0000ff": Operation.SCORE, "#000000": Operation.ENGRAVE})
LINES_ARE_CUT = replace(EVERYTHING, chosen={"#000000": Operation.CUT, "#00ff00": Operation.SCORE})


def carried_out(made: Plan, path: Path, step_seconds: float = 0.0005) -> Grbl:
    """The controller after it has carried out a plan's file, which the check had nothing against."""
    path.write_text("\n".join(made.lines()) + "\n")
    assert check(path, made.laser) == ()
    grbl = Grbl({130: made.laser.bed_mm[0], 131: made.laser.bed_mm[1]}, step_seconds=step_seconds)
    grbl.stream(path.read_text().splitlines())
    assert (grbl.beam, grbl.modes.beam, grbl.state, grbl.place) == (0, "M5", "Idle", (0.0, 0.0))
    return grbl


def burnt(grbl: Grbl, made: Plan) -> dict[str, float]:
    """mm burnt by operation, as the marks in the file name them."""
    found: dict[str, float] = defaultdict(float)
    operation, names = "", {}
    for number, line in enumerate(made.lines(), 1):
        operation = line[2:] if line in {"; cut", "; score", "; engrave"} else operation
        names[number] = operation
    for each in grbl.trace:
        if each.power > 0:
            assert not each.rapid
            found[names[each.line]] += each.length_mm
    return found


def _works(file: Path, reading: Reading) -> Iterator[tuple[Work, float, float]]:
    for each in drawing.works(file, file.name, reading=reading):
        if each.operation is not Operation.IGNORED:
            fills = [Fill(shape.contours, shape.even_odd) for shape in each.fills]
            yield Work(str(each.operation), each.colour, each.lines, fills), each.length_mm, each.area_mm2


@pytest.mark.parametrize("reading", [EVERYTHING, LINES_ARE_CUT], ids=["as they are", "black is cut"])
@pytest.mark.parametrize("file", DRAWINGS, ids=lambda each: each.name[-40:])
def test_a_real_drawing_is_burnt_as_reported(file: Path, reading: Reading, tmp_path: Path) -> None:
    works = list(_works(file, reading))
    if not any(work.lines or work.fills for work, _, _ in works):
        pytest.skip("nothing in it is for a laser")
    made = plan([work for work, _, _ in works], SETTINGS, HUGE, Wishes(kerf=False))
    found = burnt(carried_out(made, tmp_path / "job.gcode", step_seconds=0.02), made)
    for operation in ("cut", "score"):
        reported = sum(length for work, length, _ in works if work.operation == operation)
        assert found[operation] == pytest.approx(reported, rel=0.005, abs=0.01)
    area = sum(area for work, _, area in works if work.operation == "engrave")
    rows = found["engrave"] - made.lengths_mm.get("engrave", 0.0)
    assert rows * SETTINGS["engrave"].interval_mm == pytest.approx(area, rel=0.02, abs=0.1)
    assert made.areas_mm2.get("engrave", 0.0) == pytest.approx(
        rows * SETTINGS["engrave"].interval_mm, rel=1e-3, abs=0.01
    )


RAMP = np.tile(np.linspace(0, 255, 60).astype(np.uint8), (30, 1))
RINGS = [square(60), circle(12, 30, 30), circle(4, 30, 30), circle(5, 10, 10)]
CASES = {
    "rings": ([cut(*RINGS)], SETTINGS, Wishes()),
    "copies with bridges": ([cut(*RINGS), score(square(5, 3, 40))], SETTINGS, Wishes(copies=6, bridges=3)),
    "passes": ([cut(*RINGS)], {"cut": Setting(80, 12, passes=3, kerf_mm=0.2)}, Wishes(bridges=2)),
    "everything": (
        [cut(square(50)), score(circle(9, 20, 20)), engraved(circle(8, 30, 30), circle(4, 30, 30))], SETTINGS,
        Wishes(copies=3),
    ),
    "areas over one another": ([engraved(square(10)), engraved(square(10, 5, 5))], SETTINGS, Wishes()),
    "a picture": ([pictured(image(RAMP, 15, 10, 5, 5, degrees=12)), cut(square(30))], SETTINGS, Wishes(copies=2)),
    "a picture among areas, twice over": (
        [pictured(image(chequered(9), 18, 18)), engraved(square(5, 20, 20)), score(circle(9, 9, 9))],
        {**SETTINGS, "engrave": Setting(25, 200, passes=2, interval_mm=0.2)}, Wishes(),
    ),
    "at the edge": ([engraved(square(30))], SETTINGS, Wishes(margin_mm=0)),
    "turned copies": ([cut(np.array([[0.0, 0.0], [90.0, 0.0], [90.0, 30.0], [0.0, 0.0]]))], SETTINGS,
                      Wishes(copies=8, sheet_mm=(200, 150))),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_is_burnt_is_what_was_planned(case: tuple[list[Work], dict[str, Setting], Wishes], tmp_path: Path) -> None:
    works, settings, wishes = case
    made = plan(works, settings, LASER, wishes)
    grbl = carried_out(made, tmp_path / "job.gcode")
    found = burnt(grbl, made)
    for operation, setting in settings.items():
        rows = made.areas_mm2.get(operation, 0.0) / setting.interval_mm
        planned = setting.passes * (made.lengths_mm.get(operation, 0.0) + rows)
        assert found[operation] == pytest.approx(planned, rel=1e-3, abs=0.02)
    width, height = wishes.sheet_mm or LASER.bed_mm
    for each in grbl.trace:
        if each.power > 0:
            assert all(-1e-6 <= x <= width + 1e-6 and -1e-6 <= y <= height + 1e-6 for x, y in (each.start, each.end))
    assert sum(each.length_mm for each in grbl.trace if each.power == 0) == pytest.approx(made.travel_mm, rel=1e-3)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_time_is_what_the_controller_takes(
    case: tuple[list[Work], dict[str, Setting], Wishes], tmp_path: Path
) -> None:
    works, settings, wishes = case
    made = plan(works, settings, replace(LASER, line_seconds=1e-9), wishes)
    took = carried_out(made, tmp_path / "job.gcode").seconds
    low, expected, _high = made.seconds
    assert expected == pytest.approx(took, rel=0.01, abs=0.05)
    assert low <= took * 1.01


def test_short_moves_are_slowed_by_how_far_grbl_sees() -> None:
    made = plan([score(circle(20, points=3000))], {"score": Setting(20, 300)}, LASER, Wishes())
    near = seconds(made.moves, replace(LASER, planner_blocks=15, line_seconds=1e-9))[1]
    far = seconds(made.moves, replace(LASER, planner_blocks=10_000, line_seconds=1e-9))[1]
    assert far < near
    assert files.stops(made.moves) == [0]
