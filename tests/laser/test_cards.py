"""A test card burns every power at every speed, says which beside it, and stays on the bed."""

from dataclasses import replace

import numpy as np
import pytest

from printers.laser import PlanError, Setting
from printers.laser.cards import FIELD_MM, Card, test_card
from tests.laser.shapes import LASER

test_card.__test__ = False  # type: ignore[attr-defined]  # its name is the product's
LABEL = Setting(10, 100)
CUT = Card("cut", (40, 60, 80), (5, 10), Setting(50, 10, kerf_mm=0.2), LABEL)


def test_each_field_has_its_power_and_speed() -> None:
    moves = test_card(CUT, LASER).moves
    burnt = moves.burns & (moves.operation == 2)
    found = {(int(power), float(speed)) for power, speed in zip(moves.power[burnt], moves.speed[burnt], strict=True)}
    most = LASER.most_power
    assert found == {(round(power / 100 * most), speed) for power in CUT.powers for speed in CUT.speeds}


def test_fields_are_as_large_as_they_are_drawn_and_lie_apart() -> None:
    made = test_card(CUT, LASER)
    assert made.lengths_mm["cut"] == pytest.approx(6 * 4 * FIELD_MM)
    assert made.lengths_mm["score"] > 0
    (left, low), (right, high) = made.bounds_mm
    assert left >= 0
    assert low >= 0
    assert right <= LASER.bed_mm[0]
    assert high <= LASER.bed_mm[1]
    assert made.sheet_mm2 > (right - left) * (high - low)


def test_an_engraved_field_is_filled() -> None:
    made = test_card(replace(CUT, operation="engrave", speeds=(100, 150)), LASER)
    assert made.areas_mm2["engrave"] == pytest.approx(6 * FIELD_MM**2, rel=0.03)


def test_the_beam_is_off_between_fields_and_at_the_end() -> None:
    lines = list(test_card(CUT, LASER).lines())
    assert all(line.endswith("S0") for line in lines if line.startswith("G0"))
    assert lines[-4:] == ["M5", "M9", "G0 X0 Y0 S0", "M2"]


@pytest.mark.parametrize(
    ("change", "code"),
    [({"powers": ()}, "laser_card_steps"), ({"speeds": tuple(range(1, 12))}, "laser_card_steps"),
     ({"powers": (101,)}, "laser_power_out_of_range"), ({"speeds": (5000,)}, "laser_speed_out_of_range")],
)  # fmt: skip
def test_what_cannot_be_tried_is_refused(change: dict[str, object], code: str) -> None:
    with pytest.raises(PlanError) as error:
        test_card(replace(CUT, **change), LASER)  # type: ignore[arg-type]
    assert error.value.code == code


def test_a_card_that_is_larger_than_the_bed_is_refused() -> None:
    small = replace(LASER, bed_mm=(40.0, 40.0))
    with pytest.raises(PlanError) as error:
        test_card(CUT, small)
    assert error.value.code == "laser_sheet_too_small"


def test_the_card_is_the_same_each_time() -> None:
    one, two = (test_card(CUT, LASER).moves.points for _ in range(2))
    assert np.array_equal(one, two)
