"""What is found out for all paths together comes to the same as for each; no order is searched for in vain."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printers.laser import Floats, Setting, Wishes, motion, plan, planning
from printers.laser.contours import Contour, thinned
from printers.laser.nesting import nesting
from printers.laser.ordering import ordered
from printers.laser.stops import neighbours
from printers.laser.toolpath import joined
from tests.laser.shapes import LASER, SETTINGS, circle, cut, score, square
from tests.laser.test_order import scattered


def paths(seed: int, count: int) -> list[Contour]:
    """Rings and open lines of any number of points, some of them in others."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        points = chance.uniform(0, 100, 2) + chance.uniform(-30, 30, (int(chance.integers(2, 8)), 2))
        closed = len(points) > 2 and chance.random() < 0.7
        found.append(Contour(np.concatenate([points, points[:1]]) if closed else points, closed))
    return found


many = given(seed=st.integers(0, 10**6), count=st.integers(1, 25))


@settings(max_examples=40, deadline=None)
@many
def test_what_stopping_costs_is_the_same_for_many_rings_and_for_each(seed: int, count: int) -> None:
    rings = [path.points for path in paths(seed, count) if path.closed]
    found = motion.stop_mm(rings, 50, LASER)
    assert len(found) == len(rings)
    for ring, costs in zip(rings, found, strict=True):
        assert costs == pytest.approx(motion.stop_mm([ring], 50, LASER)[0])
        assert len(costs) == len(ring) - 1


@settings(max_examples=40, deadline=None)
@many
def test_many_paths_are_thinned_as_each_is(seed: int, count: int) -> None:
    rough = [Contour(np.repeat(path.points, 2, axis=0), path.closed) for path in paths(seed, count)]
    found = thinned(rough)
    for path, one in zip(rough, found, strict=True):
        assert one.points.tolist() == thinned([path])[0].points.tolist()
        assert one.closed is path.closed
        assert len(one.points) < len(path.points)
    assert thinned([]) == []


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.floats(12, 60), turn=st.floats(0, 3))
def test_a_ring_lies_in_the_smallest_one_around_it(seed: int, size: float, turn: float) -> None:
    chance = np.random.default_rng(seed)
    order = chance.permutation(3)
    rings = [circle(size * share, *chance.uniform(-1, 1, 2)) for share in (0.3, 0.6, 1.0)]
    rings = [rings[place] @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]] for place in order]
    found = nesting([Contour(ring, closed=True) for ring in rings])
    place = {int(which): at for at, which in enumerate(order)}
    assert [found.outer[place[which]] for which in range(3)] == [place[1], place[2], -1]
    assert [found.depth[place[which]] for which in range(3)] == [2, 1, 0]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(0, 25))
def test_neighbours_are_the_nearest_others_by_where_they_come_nearest(seed: int, count: int) -> None:
    stops = scattered(seed, count, 0.0)
    found = neighbours(stops, 8)
    assert len(found) == count
    for stop, beside in enumerate(found):
        far = {other: np.abs(stops.each[stop].entries[:, None] - each.entries).min()
               for other, each in enumerate(stops.each) if other != stop}  # fmt: skip
        # so many entries as are asked for may belong to fewer stops
        assert len(beside) >= min(8, len(far)) - 2
        assert beside == sorted(far, key=lambda other: (far[other], other))[: len(beside)]


def test_the_expected_time_alone_is_that_of_all_three() -> None:
    made = plan([cut(square(80), circle(10, 40, 40))], SETTINGS, LASER, Wishes())
    assert motion.expected(made.moves, LASER) == motion.seconds(made.moves, LASER)[1] > 0
    assert motion.expected(joined([]), LASER) == 0


def dashes(count: int) -> list[Floats]:
    return [np.array([[x, 250.0], [x + 10.0, 250.0]]) for x in np.arange(0.0, 10.5 * count, 10.5)]


@pytest.mark.parametrize(
    ("rings", "passes", "searches"),
    [(0, 1, 2), (60, 1, 1), (60, 2, 2)],
    ids=["few lines", "many more lines", "to and fro"],
)
def test_a_second_order_is_searched_for_only_where_it_can_save_a_share_of_the_time(
    monkeypatch: pytest.MonkeyPatch, rings: int, passes: int, searches: int
) -> None:
    asked = []

    def counted(*given: object) -> list[Contour]:
        asked.append(given)
        return ordered(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(planning, "ordered", counted)
    circles = [circle(8, 20 + 20 * (place % 12), 20 + 20 * (place // 12)) for place in range(rings)]
    made = plan([score(*circles, *dashes(2))], {"score": Setting(20, 20, passes=passes)}, LASER, Wishes())
    assert len(asked) == searches
    assert made.moves.lengths_mm[made.moves.burns].sum() == pytest.approx(
        passes * (20 + sum(float(np.hypot(*np.diff(each, axis=0).T).sum()) for each in circles)), rel=1e-3
    )


def test_what_is_not_searched_for_would_hardly_have_been_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    circles = [circle(8, 20 + 20 * (place % 12), 20 + 20 * (place // 12)) for place in range(60)]
    work = [score(*dashes(2), *circles)]
    laser = replace(LASER, acceleration_mm_s2=2_000)
    quick = plan(work, {"score": Setting(20, 20)}, laser, Wishes()).seconds[1]
    monkeypatch.setattr(planning, "LEAST_SAVED", 0.0)
    assert quick <= plan(work, {"score": Setting(20, 20)}, laser, Wishes()).seconds[1] * 1.002
