"""Pictures made of pixels: burnt where they lie, as dark as they are, at a steady speed and never beyond the sheet."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from lxml import etree

from printers.laser import Image, Plan, PlanError, Setting, Wishes, check, plan, raster
from tests.laser.shapes import LASER, SETTINGS, chequered, cut, image, pictured, score, square
from tests.laser.test_simulated import burnt, carried_out
from tests.support.grbl import Grbl

ENGRAVED = SETTINGS["engrave"]
POWER = round(ENGRAVED.power_percent / 100 * LASER.most_power)
FRAME = 80.0
"""Side of the square that is scored around a picture, so that it is known where the picture lies."""
PLAIN = Wishes(kerf=False)
RAMP = np.tile(np.linspace(0, 255, 200).astype(np.uint8), (20, 1))
STEPS = np.repeat(np.arange(0, 256, 17, dtype=np.uint8), 10)[None, :].repeat(40, axis=0)
PHOTO = np.random.default_rng(1).integers(0, 256, (40, 60)).astype(np.uint8)


def framed(*images: Image, wishes: Wishes = PLAIN) -> Plan:
    return plan([pictured(*images), score(square(FRAME, -10, -10))], SETTINGS, LASER, wishes)


def burns(grbl: Grbl, made: Plan) -> np.ndarray:
    """What was engraved in the drawing's millimetres: (n, 5) with x and y of begin and end, and the power."""
    engraved = range(1, list(made.lines()).index("; score") + 1)
    found = [(*each.start, *each.end, each.power) for each in grbl.trace if each.power > 0 and each.line in engraved]
    margin = PLAIN.margin_mm
    moved = np.array(found) - (margin + 10, 0, margin + 10, 0, 0)
    moved[:, [1, 3]] = FRAME - 10 + margin - moved[:, [1, 3]]
    return moved


def asked(of: Image, places: np.ndarray) -> np.ndarray:
    """Grey of a picture at places (n, 2), white beside it."""
    side = (of.corners[1:] - of.corners[0]).T
    height, width = of.grey.shape
    column, row = np.floor(np.linalg.solve(side, (places - of.corners[0]).T).T * (width, height)).astype(int).T
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    return np.where(inside, of.grey[row.clip(0, height - 1), column.clip(0, width - 1)], 255)


NEAR_MM = 0.12
"""By so much an edge may lie elsewhere: a row covers what is half a row above and below it."""


PICTURES = {
    "a gradient": (image(RAMP, 40, 4), 40 * 4 * (1 - 2 / 200)),  # its palest two columns are white to a laser
    "a chequerboard": (image(chequered(10), 40, 40), 800),
    "a chequerboard finer than its rows": (image(chequered(10, 50), 40, 40), 800),
    "turned by a right angle": (image(chequered(10), 40, 40, 40, 0, degrees=90), 800),
    "turned a little": (image(chequered(10), 40, 40, 10, 0, degrees=10), 800),
    "turned": (image(chequered(10), 30, 30, 22, 0, degrees=45), 450),
    "mirrored": (Image(STEPS, np.array([[50.0, 5], [5, 5], [50, 20]])), 45 * 15 * 15 / 16),
    "skewed": (Image(STEPS, np.array([[5.0, 5], [45, 5], [15, 20]])), 40 * 15 * 15 / 16),
    "upside down": (Image(STEPS, np.array([[5.0, 25], [45, 25], [5, 5]])), 40 * 20 * 15 / 16),
}


@pytest.mark.parametrize(("of", "area"), PICTURES.values(), ids=PICTURES.keys())
def test_a_picture_is_burnt_where_it_lies_and_as_dark_as_it_is(of: Image, area: float, tmp_path: Path) -> None:
    made = framed(of)
    found = burns(carried_out(made, tmp_path / "job.gcode", step_seconds=0.02), made)
    lengths = np.hypot(*(found[:, 2:4] - found[:, :2]).T)
    assert lengths.sum() * ENGRAVED.interval_mm == pytest.approx(area, rel=0.02)
    assert made.areas_mm2["engrave"] == pytest.approx(area, rel=0.02)
    middles = (found[:, :2] + found[:, 2:4]) / 2
    shares = [(255 - asked(of, middles + near).astype(float)) / 255
              for near in product((-NEAR_MM, 0, NEAR_MM), repeat=2)]  # fmt: skip
    assert np.abs(found[:, 4] / POWER - shares).min(axis=0).max() <= 1.5 / raster.LEVELS


def test_each_grey_gets_its_share_of_the_power(tmp_path: Path) -> None:
    made = framed(image(STEPS, 40, 10))
    found = burns(carried_out(made, tmp_path / "job.gcode", step_seconds=0.02), made)
    step = np.floor((found[:, 0] + found[:, 2]) / 2 / 2.5).astype(int)
    length = np.abs(found[:, 2] - found[:, 0])
    for place, grey in enumerate(range(0, 255, 17)):
        mine = step == place
        mean = (found[mine, 4] * length[mine]).sum() / length[mine].sum()
        assert mean == pytest.approx(POWER * (255 - grey) / 255, abs=0.6)
    assert step.max() == 14  # white is not burnt


def test_noise_keeps_its_mean_power() -> None:
    made = framed(image(PHOTO, 30, 20))
    moves, chosen = made.moves, made.moves.burns & (made.moves.operation == 0)
    dose = (moves.power * moves.lengths_mm)[chosen].sum() * ENGRAVED.interval_mm
    assert dose == pytest.approx(POWER * (255 - PHOTO.astype(float)).mean() / 255 * 600, rel=0.01)


def test_rows_run_to_and_fro_and_every_one_is_entered_at_full_speed() -> None:
    made = framed(image(np.zeros((5, 5), np.uint8), 20, 20, 30, 30))
    moves, chosen = made.moves, np.flatnonzero(made.moves.burns & (made.moves.operation == 0))
    assert len(chosen) == 200  # one move for each row: its pixels are equal
    ways = np.sign((moves.points - moves.starts)[chosen, 0])
    assert (ways[1:] == -ways[:-1]).all()
    before = moves.lengths_mm[chosen - 1]
    needed = ENGRAVED.speed_mm_s**2 / (2 * LASER.acceleration_mm_s2)
    assert before[1:].min() >= needed


def test_a_run_up_ends_where_the_bed_does(tmp_path: Path) -> None:
    made = plan([pictured(image(PHOTO, 590, 20))], SETTINGS, LASER, Wishes(margin_mm=5))
    assert made.moves.points[:, 0].min() == 0
    assert made.moves.points[:, 0].max() == LASER.bed_mm[0]
    path = tmp_path / "job.gcode"
    path.write_text("\n".join(made.lines()) + "\n")
    assert check(path, LASER) == ()


def test_a_picture_that_is_larger_than_the_sheet_is_refused() -> None:
    with pytest.raises(PlanError) as refused:
        plan([pictured(image(PHOTO, 300, 200))], SETTINGS, LASER, Wishes(sheet_mm=(250, 250)))
    assert refused.value.code == "laser_sheet_too_small"


def test_white_is_passed_over_with_the_beam_off() -> None:
    grey = np.full((10, 30), 255, np.uint8)
    grey[:, :5] = grey[:, -5:] = 0
    made = framed(image(grey, 30, 1))
    moves = made.moves
    gaps = ~moves.burns & (np.abs(moves.lengths_mm - 20) < 1e-6)
    assert gaps.sum() == 10
    assert (moves.power[gaps] == 0).all()


def test_white_around_a_picture_needs_no_sheet_and_a_white_one_nothing_at_all() -> None:
    grey = np.full((100, 100), 255, np.uint8)
    grey[40:60, 40:60] = 9
    made = plan([pictured(image(grey, 1000, 1000))], SETTINGS, LASER, PLAIN)
    assert made.bounds_mm == ((3, pytest.approx(3, abs=0.1)), (203, pytest.approx(203, abs=0.1)))
    speck = np.full((2000, 2000), 255, np.uint8)
    speck[0, 0] = speck[-1, -1] = 200  # too small for rows of a tenth of a millimetre
    pale = [np.full((9, 9), grey, np.uint8) for grey in (255, 253)]
    nothings = [
        image(speck, 20, 20),
        *(image(each, 10, 10) for each in pale),
        image(PHOTO, 0, 10),
        image(PHOTO, 10, 1e-9),
    ]
    for nothing in nothings:
        with pytest.raises(PlanError) as refused:
            plan([pictured(nothing)], SETTINGS, LASER, PLAIN)
        assert refused.value.code == "laser_nothing_to_burn"


def test_a_picture_of_a_material_nobody_said_how_to_engrave_is_refused() -> None:
    with pytest.raises(PlanError) as refused:
        plan([pictured(image(PHOTO, 10, 10))], {"cut": SETTINGS["cut"]}, LASER, PLAIN)
    assert refused.value.code == "laser_setting_missing_engrave"


def test_pictures_come_before_lines_and_every_copy_has_its_own() -> None:
    works = [cut(square(40, -5, -5)), score(square(2)), pictured(image(chequered(6), 30, 30))]
    made = plan(works, SETTINGS, LASER, Wishes(copies=3))
    assert [line for line in made.lines() if line in {"; engrave", "; score", "; cut"}] == [
        "; engrave", "; score", "; cut"]  # fmt: skip
    assert made.areas_mm2["engrave"] == pytest.approx(3 * 450, rel=0.01)


def test_turned_copies_take_their_pictures_along(tmp_path: Path) -> None:
    works = [pictured(image(chequered(6), 60, 24)), cut(square(0.5), np.array([[0.0, 0], [90, 0], [90, 30]]))]
    wishes = Wishes(copies=8, sheet_mm=(200, 150))
    made = plan(works, SETTINGS, LASER, wishes)
    grbl = carried_out(made, tmp_path / "job.gcode", step_seconds=0.02)
    assert burnt(grbl, made)["engrave"] * ENGRAVED.interval_mm == pytest.approx(8 * 720, rel=0.02)
    for each in grbl.trace:
        if each.power > 0:
            assert all(0 <= x <= 200 and 0 <= y <= 150 for x, y in (each.start, each.end))


def test_a_picture_of_too_many_moves_is_made_coarser_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    fine = image(np.random.default_rng(2).integers(0, 250, (400, 400)).astype(np.uint8), 40, 40)
    free = plan([pictured(fine)], SETTINGS, LASER, PLAIN)
    assert free.notes == ()
    monkeypatch.setattr(raster, "MOST_RUNS", 20_000)
    made = plan([pictured(fine)], SETTINGS, LASER, PLAIN)
    assert made.moves.burns.sum() <= 20_000 < free.moves.burns.sum()
    (note,) = made.notes
    assert (note.code, note.values["count"]) == ("laser_image_coarser", 1)
    assert float(str(note.values["pixel_mm"])) > ENGRAVED.interval_mm
    assert made.areas_mm2["engrave"] == pytest.approx(1600, rel=0.01)


@pytest.mark.parametrize(("interval_mm", "needed_dpi"), [(0.05, 508), (0.1, 254), (0.3, 85), (0.4, None)])
def test_pixels_are_judged_by_the_rows_of_the_material(interval_mm: float, needed_dpi: int | None) -> None:
    coarse = image(PHOTO[:30, :30], 20, 20)  # two thirds of a millimetre each
    rows = {"engrave": replace(ENGRAVED, interval_mm=interval_mm)}
    said = {note.code: note.values for note in plan([pictured(coarse)], rows, LASER, PLAIN).notes}
    told = {"count": 1, "dpi": 38, "interval_mm": interval_mm, "needed_dpi": needed_dpi}
    assert said == ({"laser_image_squares": told} if needed_dpi else {})


def test_what_no_moves_suffice_for_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "MOST_RUNS", 10)
    assert plan([pictured(image(PHOTO, 30, 20))], SETTINGS, LASER, PLAIN).areas_mm2["engrave"] == pytest.approx(600)


def test_rows_too_close_to_be_looked_at_are_refused() -> None:
    fine = {"engrave": Setting(50, 100, interval_mm=1e-3)}
    with pytest.raises(PlanError) as refused:
        plan([pictured(image(PHOTO, 300, 300, degrees=1))], fine, LASER, PLAIN)
    assert refused.value.code == "laser_engraving_too_fine"


def test_the_picture_of_the_toolpath_shows_how_dark_it_gets() -> None:
    text = framed(image(STEPS, 40, 10)).picture()
    (shown,) = (each for each in etree.fromstring(text) if each.tag.endswith("image"))
    assert str(shown.get("href")).startswith("data:image/png;base64,")
    left, top, width, height = (float(str(shown.get(name))) for name in ("x", "y", "width", "height"))
    assert (left, left + width) == (pytest.approx(13, abs=0.3), pytest.approx(50.5, abs=0.5))
    assert (top, top + height) == (pytest.approx(400 - 73, abs=0.5), pytest.approx(400 - 63, abs=0.5))
    assert len(text) < 200_000


@settings(max_examples=40, deadline=None)
@given(
    grey=arrays.arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.integers(0, 255)),
    width=st.floats(0.5, 12), height=st.floats(0.5, 12), degrees=st.floats(0, 360), copies=st.integers(1, 3),
    interval=st.sampled_from([0.1, 0.15, 0.4]), margin=st.sampled_from([0.0, 3.0]),
)  # fmt: skip
def test_any_small_picture_stays_on_the_sheet_with_the_power_asked_for(
    tmp_path_factory: pytest.TempPathFactory, grey: np.ndarray, width: float, height: float, degrees: float,
    copies: int, interval: float, margin: float,
) -> None:  # fmt: skip
    of = image(grey, width, height, degrees=degrees)
    wanted = {"engrave": replace(ENGRAVED, interval_mm=interval)}
    wishes = Wishes(copies=copies, margin_mm=margin, sheet_mm=(150, 120))
    assume(raster.fitted(of, interval)[0] is not None)  # all white
    made = plan([pictured(of)], wanted, LASER, wishes)
    grbl = carried_out(made, tmp_path_factory.mktemp("any") / "job.gcode", step_seconds=0.05)
    burning = [each for each in grbl.trace if each.power > 0]
    for each in burning:
        assert all(-1e-6 <= x <= 150 + 1e-6 and -1e-6 <= y <= 120 + 1e-6 for x, y in (each.start, each.end))
        assert 1 <= each.power <= POWER
    area = sum(each.length_mm for each in burning) * interval / copies
    edges = interval * (sum(grey.shape) + 2) * (width + height)  # each edge may move by part of a row
    assert area == pytest.approx(raster.area_mm2(of), rel=0.02, abs=edges)
