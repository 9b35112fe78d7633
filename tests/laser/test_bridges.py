"""Bridges keep what is cut out in its sheet."""

import numpy as np
import pytest

from printers.laser import Setting, Wishes, plan
from printers.laser.bridges import bridged
from printers.laser.contours import Contour
from printers.laser.plan import Plan
from tests.laser.shapes import LASER, SETTINGS, circle, cut, square


def planned(count: int, *lines: np.ndarray, kerf: bool = True) -> Plan:
    return plan([cut(*lines)], SETTINGS, LASER, Wishes(bridges=count, bridge_mm=0.5, kerf=kerf))


def test_each_bridge_leaves_its_width_of_material_beside_what_the_beam_takes() -> None:
    plain, made = planned(0, square(40)), planned(3, square(40))
    assert plain.lengths_mm["cut"] - made.lengths_mm["cut"] == pytest.approx(3 * (0.5 + 0.2))
    gaps = made.moves.lengths_mm[~made.moves.burns][1:]
    assert gaps == pytest.approx(np.full(3, 0.7), abs=0.002)


def test_holes_get_none() -> None:
    assert planned(2, square(40), circle(8, 20, 20)).lengths_mm["cut"] == pytest.approx(
        planned(0, square(40), circle(8, 20, 20)).lengths_mm["cut"] - 2 * 0.7
    )


def test_bridges_stay_away_from_corners() -> None:
    ring = bridged(Contour(square(40), closed=True), 4, 0.7)
    assert ring.gaps is not None
    middles = ((ring.points[:-1] + ring.points[1:]) / 2)[ring.gaps]
    assert len(middles) == 4
    corners = square(40)[:4]
    assert min(np.hypot(*(middle - corner)) for middle in middles for corner in corners) > 15


def test_a_small_part_gets_fewer_and_a_tiny_one_none_which_is_said() -> None:
    made = planned(4, square(2), square(0.3, 10, 10))
    gaps = made.moves.lengths_mm[~made.moves.burns]
    assert (gaps < 0.71).sum() == 3
    assert [(note.code, note.values) for note in made.notes] == [
        ("laser_bridges_too_long", {"count": 1}), ("laser_bridges_fewer", {"count": 1}),
    ]  # fmt: skip
    assert planned(4, square(40)).notes == ()


def test_bridges_stay_where_they_are_in_every_pass() -> None:
    settings = {"cut": Setting(60, 20, passes=2)}
    made = plan([cut(square(40))], settings, LASER, Wishes(bridges=2, bridge_mm=0.5))
    starts, ends = made.moves.starts[~made.moves.burns], made.moves.points[~made.moves.burns]
    middles = np.round((starts + ends)[1:] / 2, 2).tolist()
    assert middles[:2] == middles[2:]
