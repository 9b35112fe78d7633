"""The picture shows the part where pages expect it, differs from part to part, and needs embree only to be fast."""

import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from fabqueue.analysis import casting, picture
from fabqueue.analysis.camera import HEIGHT, WIDTH, look_at
from tests.support.hostile import box

TORUS = trimesh.creation.torus(30, 10).triangles
BOX = box(80, 60, 40)


@pytest.fixture(params=["embree", "numpy"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both casters: the second is what remains when the package is not installed."""
    if request.param == "numpy":
        hide_embree(monkeypatch)
    else:
        pytest.importorskip("embreex")
    return str(request.param)


def hide_embree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing it fails, as where it is not installed."""
    monkeypatch.setitem(sys.modules, "embreex", None)


def drawn(triangles: np.ndarray, folder: Path) -> np.ndarray:
    """The picture as RGBA (height, width, 4)."""
    picture.draw(triangles, folder / "picture.webp")
    with Image.open(folder / "picture.webp") as image:
        return np.asarray(image.convert("RGBA")).astype(int)


def test_the_part_stands_where_the_pages_draw_its_dimensions(way: str, tmp_path: Path) -> None:
    """Framed by the projected corners of its box, which for a box are its own."""
    solid = drawn(BOX, tmp_path)[..., 3] > 200
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    corners = look_at(BOX).project(BOX.reshape(-1, 3))
    assert (WIDTH, HEIGHT) == (880, 660)
    assert [columns[0], columns[-1]] == pytest.approx([corners[:, 0].min(), corners[:, 0].max()], abs=2)
    assert [rows[0], rows[-1]] == pytest.approx([corners[:, 1].min(), corners[:, 1].max()], abs=2)
    assert max(np.ptp(corners[:, 0]) / WIDTH, np.ptp(corners[:, 1]) / HEIGHT) == pytest.approx(picture.view()["fill"])


def test_the_view_it_tells_is_the_view_it_draws() -> None:
    told = picture.view()
    for name, axis, sign in (("right", 0, 1), ("up", 1, -1)):
        direction = np.array(told[name])
        camera = look_at(BOX)
        moved = camera.project(camera.centre + direction) - camera.project(camera.centre)
        assert moved[axis] * sign == pytest.approx(camera.scale, rel=1e-3)


def test_the_background_is_clear_and_the_part_is_not(way: str, tmp_path: Path) -> None:
    alpha = drawn(BOX, tmp_path)[..., 3]
    assert alpha[:20].max() == 0
    assert alpha[HEIGHT // 2, WIDTH // 2] == 255


def test_a_soft_shadow_lies_beside_the_part(way: str, tmp_path: Path) -> None:
    alpha = drawn(BOX, tmp_path)[..., 3]
    assert ((alpha > 20) & (alpha < 140)).mean() > 0.01


def test_the_faces_of_a_box_are_told_apart_by_their_light(way: str, tmp_path: Path) -> None:
    camera = look_at(BOX)
    seen = drawn(BOX, tmp_path)
    middles = np.array([(40, 30, 40), (40, 0, 20), (80, 30, 20)], float)  # top, front, right side
    x, y, _ = camera.project(middles).round().astype(int).T
    light = seen[y, x, :3].sum(axis=1)
    assert len({int(each) // 20 for each in light}) == 3
    assert light[0] == light.max()


def test_a_hole_shows_what_is_behind(way: str, tmp_path: Path) -> None:
    """The middle of a ring lying flat: the bed, or the ring's shadow on it, and no orange."""
    red, _, blue, alpha = drawn(TORUS, tmp_path)[HEIGHT // 2, WIDTH // 2]
    assert alpha < 200 or red - blue < 60


def test_different_parts_have_different_pictures(way: str, tmp_path: Path) -> None:
    assert np.abs(drawn(BOX, tmp_path) - drawn(TORUS, tmp_path)).mean() > 5


def test_both_ways_draw_the_same_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("embreex")
    fast = drawn(TORUS, tmp_path)
    hide_embree(monkeypatch)
    assert isinstance(casting.caster(TORUS), casting._Raster)
    plain = drawn(TORUS, tmp_path)
    assert np.abs(fast - plain).mean() < 0.5


def test_the_same_part_gives_the_same_picture(way: str, tmp_path: Path) -> None:
    assert np.array_equal(drawn(TORUS, tmp_path), drawn(TORUS, tmp_path))


@pytest.mark.parametrize("size", [1e-6, 1e9])
def test_size_makes_no_difference(way: str, tmp_path: Path, size: float) -> None:
    assert np.abs(drawn(BOX * size, tmp_path) - drawn(BOX, tmp_path)).mean() < 1


def test_a_part_off_the_origin_looks_the_same(way: str, tmp_path: Path) -> None:
    assert np.abs(drawn(TORUS + np.array([5000, -3000, 800]), tmp_path) - drawn(TORUS, tmp_path)).mean() < 1


def test_a_tangle_is_left_to_the_way_that_can_bear_it() -> None:
    soup = np.random.default_rng(0).random((3000, 3, 3)) * 100
    assert isinstance(casting.caster(soup), casting._Raster)
