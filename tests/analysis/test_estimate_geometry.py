"""Sections, columns, layers and supports of parts whose figures are known."""

import math

import numpy as np
import pytest

from fabqueue.analysis.estimate import columns as columns_module
from fabqueue.analysis.estimate import sections as sections_module
from fabqueue.analysis.estimate.columns import Grid, columns
from fabqueue.analysis.estimate.layers import heights
from fabqueue.analysis.estimate.model import Features, measure
from fabqueue.analysis.estimate.motion import corner_seconds, hop_seconds, move_seconds
from fabqueue.analysis.estimate.parameters import Parameters
from fabqueue.analysis.estimate.poses import posed
from fabqueue.analysis.estimate.sections import Floats, sections
from fabqueue.analysis.findings import AnalysisError
from tests.analysis.parts import SETTINGS, ball, box, table


def volume(triangles: Floats) -> float:
    """Volume in mm³ of the solid as its columns see it."""
    grid = Grid.over(triangles)
    found = columns(triangles, grid)
    return float((found.top - found.bottom).sum()) * grid.cell_area


def measured(triangles: Floats, **settings: str) -> Features:
    return measure(triangles, Parameters.read({**SETTINGS, **settings}))


def test_sections_of_a_box_have_its_outline_and_area() -> None:
    length, area = sections(box(20, 30, 10), np.array([0.1, 5.0, 9.9, 11.0]))
    assert length == pytest.approx([100, 100, 100, 0])
    assert area == pytest.approx([600, 600, 600, 0])


def test_sections_of_an_open_box_lack_only_the_open_side() -> None:
    solid = box(20, 20, 20)
    on_the_left = (solid[:, :, 0] < 1e-9).all(axis=1)
    length, _ = sections(solid[~on_the_left], np.array([10.0]))
    assert length == pytest.approx([60])


def test_too_many_crossings_are_thinned_out(monkeypatch: pytest.MonkeyPatch) -> None:
    cut = np.linspace(0.01, 19.9, 1000)
    exact = sections(ball() + 10, cut)
    monkeypatch.setattr(sections_module, "MOST_CROSSINGS", 20_000)
    thinned = sections(ball() + 10, cut)
    assert not np.array_equal(thinned[1], exact[1])
    assert thinned[1].sum() == pytest.approx(exact[1].sum(), rel=0.01)


def test_columns_add_up_to_the_volume_of_a_ball() -> None:
    assert volume(ball(10) + 10) == pytest.approx(4 / 3 * math.pi * 1000, rel=0.01)


def test_overlapping_bodies_count_once() -> None:
    both = np.concatenate([box(20, 20, 20), box(20, 20, 20, (10, 0, 0))])
    assert volume(both) == pytest.approx(12_000, rel=0.01)


def test_a_hollow_stays_hollow() -> None:
    inner = box(10, 10, 10, (5, 5, 5))[:, ::-1]
    assert volume(np.concatenate([box(), inner])) == pytest.approx(7_000, rel=0.01)


def test_broken_columns_are_paired_by_counting() -> None:
    turned = box()
    upwards = (turned[:, :, 2] > 19.9).all(axis=1)
    turned[upwards] = turned[upwards][:, ::-1]
    grid = Grid.over(turned)
    found = columns(turned, grid)
    assert found.broken == 1
    assert float((found.top - found.bottom).sum()) * grid.cell_area == pytest.approx(8_000, rel=0.01)


def test_a_soup_with_too_many_hits_is_looked_at_more_coarsely(monkeypatch: pytest.MonkeyPatch) -> None:
    soup = np.random.default_rng(0).random((2000, 3, 3)) * 100
    usual = Grid.over(soup).cell
    monkeypatch.setattr(columns_module, "MOST_HITS", 50_000)
    coarse = Grid.over(soup)
    assert coarse.cell > 3 * usual
    hits = columns_module._hits(soup, coarse)
    assert len(hits.cell) < 100_000


def test_layers_begin_with_the_first_height() -> None:
    geometry = Parameters.read({"layer_height": "0.2", "first_layer_height": "0.3"}).geometry
    assert heights(geometry, 1.1) == pytest.approx([0.15, 0.4, 0.6, 0.8, 1.0])
    assert len(heights(geometry, 0.1)) == 0


def test_a_box_is_made_of_solid_ends_and_a_sparse_middle() -> None:
    layers = measured(box()).layers
    assert sum(layer.count for layer in layers) == 100
    inside = 20 - 4 * (0.45 - 0.2 * (1 - math.pi / 4))
    first, middle, last = layers[0], max(layers, key=lambda layer: layer.count), layers[-1]
    for layer in layers:
        assert layer.area == pytest.approx(400, rel=0.001)
        assert layer.outline == pytest.approx(80, rel=0.001)
        assert layer.in_walls == pytest.approx(inside**2, rel=0.02)
        assert (layer.islands, layer.holes) == (1, 0)
    assert (first.sparse, last.sparse, middle.solid) == (0, 0, 0)
    assert first.solid == pytest.approx(middle.sparse, rel=0.001)
    assert last.top == pytest.approx(last.solid)
    # the lowest layer of the top shell lies on sparse infill
    assert [layer.index for layer in layers if layer.bridge > 0] == [95]
    assert middle.sparse_chord == pytest.approx(inside, abs=0.5)


def test_islands_and_holes_are_counted() -> None:
    ring = np.concatenate([box(30, 30, 5), box(10, 10, 5, (10, 10, 0))[:, ::-1], box(10, 10, 5, (40, 0, 0))])
    middle = measured(ring).layers[2]
    assert (middle.islands, middle.holes) == (2, 1)


def test_only_overhangs_get_supports_down_to_what_is_below() -> None:
    assert measured(box(), support_material="1").overhangs is None
    hanging = measured(table(), support_material="1").overhangs
    assert hanging is not None
    # all of the slab but its leg, and a margin around it, over 75 layers
    assert 1500 * 75 < hanging.area < 2200 * 75
    assert hanging.layers == pytest.approx(75, abs=2)
    on_a_step = np.concatenate([table(), box(40, 40, 5)])
    above = measured(on_a_step, support_material="1").overhangs
    assert above is not None
    assert above.area < 0.8 * hanging.area


def test_supports_beside_the_part_reach_the_bed() -> None:
    shelf = np.concatenate([box(20, 20, 40), box(1, 20, 2, (20, 0, 30))])
    found = measured(shelf, support_material="1").overhangs
    assert found is not None
    assert found.layers > 145


def test_nothing_inside_is_refused() -> None:
    for nothing in (np.zeros((0, 3, 3)), np.zeros((5, 3, 3)), box(20, 20, 0.01)):
        with pytest.raises(AnalysisError, match="estimate_encloses_nothing"):
            measured(nothing)


@pytest.mark.parametrize("part", [box(height=5000), box() * 1e30, box() * 1e4, box() * np.nan])
def test_what_is_larger_than_anything_printable_is_refused(part: Floats) -> None:
    with pytest.raises(AnalysisError, match="estimate_out_of_reach"):
        measured(part)


def test_a_pose_turns_the_part() -> None:
    quarter = (math.sqrt(0.5), math.sqrt(0.5), 0, 0)
    assert np.ptp(posed(box(10, 20, 30), quarter).reshape(-1, 3), axis=0) == pytest.approx([10, 30, 20])
    assert np.ptp(posed(box(10, 20, 30), (2, 0, 0, 2)).reshape(-1, 3), axis=0) == pytest.approx([20, 10, 30])
    unturned = box()
    assert posed(unturned, None) is unturned
    up = posed(np.array([[[0.0, 0, 0], [0, 1, 0], [0, 0, 1]]]), quarter)
    assert up[0, 1] == pytest.approx([0, 0, 1])


@pytest.mark.parametrize("quaternion", [(0, 0, 0, 0), (1, 0, 0), (math.nan, 0, 0, 1), (math.inf, 0, 0, 0)])
def test_an_impossible_pose_is_refused(quaternion: tuple[float, ...]) -> None:
    with pytest.raises(AnalysisError, match="estimate_pose_unusable"):
        posed(box(), quaternion)


def test_moves_take_the_time_of_a_trapezoid() -> None:
    # 0 to 100 mm/s at 1000 mm/s² takes 0.1 s and 5 mm, twice; between them 90 mm at 100 mm/s
    assert move_seconds(np.array(100.0), np.array(100.0), 1000, 0) == pytest.approx(1.1)
    # 10 mm never reach it: half the way up, half the way down
    assert move_seconds(np.array(4.0), np.array(100.0), 1000, 0) == pytest.approx(2 * math.sqrt(4 / 1000))
    assert move_seconds(np.array(100.0), np.array(5.0), 1000, 8) == pytest.approx(20)
    assert corner_seconds(np.array([5.0, 28.0]), 1000, 8) == pytest.approx([0, 20**2 / 28_000])
    assert hop_seconds(0, 12, 200) == 0
    assert hop_seconds(0.6, 12, 200) == pytest.approx(4 * math.sqrt(0.6 / 200))
    assert hop_seconds(6, 12, 200) == pytest.approx(2 * (0.5 + 0.06))
