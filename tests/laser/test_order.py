"""The order of paths: inside before outside, and little travel."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printers.laser import Setting, Wishes, plan
from printers.laser.contours import Contour
from printers.laser.motion import stop_mm
from printers.laser.nesting import nesting
from printers.laser.ordering import ordered, stop_of
from printers.laser.search import improve, shake
from printers.laser.stops import Stops, neighbours, opened, ringed, spread
from printers.laser.tours import Tour, inner_first, toured
from printers.laser.way import Way
from tests.laser.shapes import LASER, SETTINGS, circle, cut, score, square


def length(stops: Stops, tour: Tour, home: complex | None) -> float:
    """Of the way from 0, in mm, and what its entries cost."""
    at, whole = 0j, 0.0
    order, chosen = tour
    for stop in order:
        each, entry = stops.each[stop], chosen[stop]
        whole += abs(each.entries[entry] - at) + each.costs[entry]
        at = each.exits[entry]
    return whole + (abs(at - home) if home is not None else 0.0)


def scattered(seed: int, count: int, waiting: float) -> Stops:
    """Open paths and triangles anywhere, some of which must come before others."""
    chance = np.random.default_rng(seed)
    begin = chance.uniform(0, 300, count) + 1j * chance.uniform(0, 300, count)
    step = chance.uniform(-20, 20, (count, 2)) @ (1, 1j)
    each = [
        opened(at, at + by)
        if chance.random() < 0.5
        else ringed(np.array([at, at + by, at + by * 1j]), chance.uniform(0, 5, 3))
        for at, by in zip(begin, step, strict=True)
    ]
    later = [int(chance.integers(place + 1, count)) if place + 1 < count else -1 for place in range(count)]
    before = np.where(chance.random(count) < waiting, later, -1)
    return Stops(each, before.astype(np.int64))


def holds(stops: Stops, order: list[int]) -> bool:
    """Whether each comes once, and before what it must come before."""
    place = {stop: at for at, stop in enumerate(order)}
    waits = all(place[stop] < place[outer] for stop, outer in enumerate(stops.before.tolist()) if outer >= 0)
    return waits and sorted(order) == list(range(len(stops)))


scattered_ways = given(
    seed=st.integers(0, 10**6), count=st.integers(1, 60), waiting=st.sampled_from([0.0, 0.3, 0.9]), home=st.booleans()
)


@settings(max_examples=40, deadline=None)
@scattered_ways
def test_every_path_comes_once_after_those_it_waits_for_and_nothing_gets_longer(
    seed: int, count: int, waiting: float, home: bool
) -> None:
    stops = scattered(seed, count, waiting)
    back = 0j if home else None
    first = inner_first(stops, neighbours(stops, 8), 0j, back)
    tour = toured(stops, 0j, back)
    assert holds(stops, first[0])
    assert holds(stops, tour[0])
    assert length(stops, tour, back) <= length(stops, first, back) + 1e-6


@settings(max_examples=40, deadline=None)
@scattered_ways
def test_a_way_knows_its_length_and_never_gets_longer(seed: int, count: int, waiting: float, home: bool) -> None:
    stops = scattered(seed, count, waiting)
    back = 0j if home else None
    order = list(range(count))  # each waits only for those before it
    way = Way(stops, neighbours(stops, 8), 0j, back, order, [0] * count)
    lengths = [way.length()]
    for step in (lambda: improve(way, 10), lambda: improve(way, 10_000), lambda: shake(way, 200, 2_000)):
        step()
        lengths.append(way.length())
        assert lengths[-1] == pytest.approx(length(stops, (way.stops, way.chosen), back))
        assert holds(stops, way.stops)
    assert all(after <= before + 1e-6 for before, after in itertools.pairwise(lengths))


def test_what_was_done_to_a_way_can_be_taken_back() -> None:
    stops = scattered(5, 30, 0.0)
    way = Way(stops, neighbours(stops, 8), 0j, 0j, list(range(30)), [0] * 30)
    as_it_was = way.stops, list(way.chosen), list(way.place), list(way.enter), list(way.leave)
    way.turn(3, 9)
    way.swap(5, 8, 20)
    way.choose(12, 1)
    way.swap(1, 1, 30)
    way.take_back()
    assert (way.stops, way.chosen, way.place, way.enter, way.leave) == as_it_was


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("waiting", "most"), [(0.0, 1.02), (0.5, 1.1)])
def test_few_paths_are_put_into_nearly_the_best_order(seed: int, waiting: float, most: float) -> None:
    stops = scattered(seed, 5, waiting)
    entries = [range(len(each.entries)) for each in stops.each]
    best = min(
        length(stops, (list(order), list(chosen)), 0j)
        for order in itertools.permutations(range(5))
        if holds(stops, list(order))
        for chosen in itertools.product(*entries)
    )
    assert length(stops, toured(stops, 0j, 0j), 0j) <= most * best


def test_the_same_paths_give_the_same_way() -> None:
    one, other = (toured(scattered(7, 200, 0.2), 0j, 0j) for _ in range(2))
    assert one == other


def test_a_ring_is_thinned_to_entries_along_it_that_cost_least() -> None:
    ring = square(100)[:-1] @ (1, 1j)
    along = np.concatenate([corner + (after - corner) * np.arange(25) / 25
                            for corner, after in zip(ring, np.roll(ring, -1), strict=True)])  # fmt: skip
    costs = np.where(np.isin(along, ring), 0.0, 3.0)
    kept = spread(ringed(along, costs), 8)
    assert len(kept) == 8
    assert set(ring) <= set(along[kept])
    assert spread(ringed(along, costs), 8, apart_mm=1000).tolist() == kept[::2].tolist()


def test_a_ring_is_begun_where_the_laser_comes_by() -> None:
    rings = [Contour(circle(10, x, 0), closed=True) for x in (0, 30, 60)]
    way = ordered(rings, [-1] * 3, -20 + 0j)
    travelled = np.diff([-20.0, *(each.points[0][0] for each in way)])
    assert np.abs(travelled).sum() == pytest.approx(70)  # three gaps, and through two rings at most
    assert all((each.points[0] == each.points[-1]).all() for each in way)


def test_standing_still_costs_least_in_a_sharp_corner() -> None:
    corner, straight, round_ = 0, 1, 5
    ring = np.array([[0.0, 0], [50, 0], [100, 0], [100, 50], [60, 60], [55, 61], [0, 50], [0, 0]])
    (costs,) = stop_mm([ring], 100, LASER)
    assert costs[corner] < costs[round_] < costs[straight]
    assert costs[straight] == pytest.approx(LASER.rapid_mm_s * 100 / LASER.acceleration_mm_s2)


def test_a_ring_is_begun_in_a_corner_where_that_costs_no_way() -> None:
    rounded = np.concatenate([circle(20, 0, 0, points=60)[:31], [[20.0, -30.0], [20.0, 0.0]]])
    ring = stop_of(Contour(rounded, closed=True), stop_mm([rounded], 100, LASER)[0])
    way = ordered([Contour(rounded, closed=True)], [-1], 300 + 0j, 300 + 0j, lambda _ring: ring)
    assert way[0].points[0].tolist() == [20.0, -30.0]


def test_outlines_know_what_lies_in_them() -> None:
    shapes = [square(100), square(40, 10, 10), circle(5, 20, 20), square(30, 60, 60), square(10, 200, 0)]
    lines = [Contour(each, closed=True) for each in shapes]
    lines.append(Contour(np.array([[62.0, 62.0], [70.0, 70.0]]), closed=False))
    found = nesting(lines)
    assert found.outer.tolist() == [-1, 0, 1, 0, -1, 3]
    assert found.depth.tolist() == [0, 1, 2, 1, 0, 2]


def test_outlines_that_are_the_same_do_not_lie_in_one_another() -> None:
    found = nesting([Contour(square(10), closed=True)] * 2)
    assert found.outer.tolist() == [-1, -1]


def test_what_lies_inside_is_cut_first() -> None:
    made = plan([cut(square(80), circle(10, 40, 40), circle(3, 40, 40))], SETTINGS, LASER, Wishes(copies=4))
    cuts = np.split(made.moves.points, np.flatnonzero(~made.moves.burns)[1:])
    sizes = [round(float(np.ptp(each[:, 0]))) for each in cuts]
    assert sorted(sizes) == [6] * 4 + [20] * 4 + [80] * 4
    copies = [(each.min(axis=0) // 82.2).tolist() for each in cuts]
    for copy in copies:
        assert [size for size, place in zip(sizes, copies, strict=True) if place == copy] == [6, 20, 80]


def test_dashes_in_a_line_are_burnt_without_turning_around() -> None:
    dashes = [np.array([[x, y], [x + 10.0, y]]) for y in (0.0, 3.0) for x in np.arange(0.0, 120.0, 14.0)]
    chance = np.random.default_rng(3)
    chance.shuffle(dashes)
    made = plan([score(*dashes)], {"score": Setting(20, 200)}, LASER, Wishes())
    ways = np.sign((made.moves.points - made.moves.starts)[made.moves.burns][:, 0])
    assert np.count_nonzero(np.diff(ways)) == 1
    assert made.moves.lengths_mm[made.moves.burns].sum() == pytest.approx(180)
