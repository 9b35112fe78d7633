"""The preview is a plain GLB in metres with Y up, small enough for a phone and still the same part."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from fabqueue.analysis import preview, solid
from tests.support.hostile import box

PARTS = {
    "box": box(20, 30, 40, at=(100, 200, 300)),
    "dense ball": trimesh.creation.icosphere(7, 30).triangles,
    "balls": np.concatenate([trimesh.creation.icosphere(5, 5).triangles + np.array([12 * k, 0, 0]) for k in range(12)]),
}


@pytest.fixture(params=PARTS)
def part(request: pytest.FixtureRequest) -> solid.Solid:
    return solid.measure(PARTS[request.param])


def loaded(part: solid.Solid, folder: Path) -> trimesh.Trimesh:
    assert list(preview.files(part, folder)) == [{"file": "picture"}, {"file": "preview"}]
    scene = trimesh.load_scene(folder / "preview.glb")
    return scene.to_mesh()


def header(path: Path) -> dict[str, Any]:
    """The JSON chunk of a GLB."""
    data = path.read_bytes()
    magic, version, length, size, kind = struct.unpack("<4sIII4s", data[:20])
    assert (magic, version, length, kind) == (b"glTF", 2, len(data), b"JSON")
    found: dict[str, Any] = json.loads(data[20 : 20 + size])
    return found


def test_it_is_in_metres_with_y_up_and_stands_on_the_ground(part: solid.Solid, tmp_path: Path) -> None:
    mesh = loaded(part, tmp_path)
    width, depth, height = part.extents / 1000
    assert mesh.extents == pytest.approx([width, height, depth], rel=2e-3)
    assert mesh.bounds[0][1] == pytest.approx(0, abs=1e-5)
    assert (mesh.bounds[0] + mesh.bounds[1])[[0, 2]] / 2 == pytest.approx([0, 0], abs=1e-4)


def test_it_keeps_the_volume_and_its_sign(part: solid.Solid, tmp_path: Path) -> None:
    assert loaded(part, tmp_path).volume == pytest.approx(part.volume / 1e9, rel=0.011)


def test_it_is_light(part: solid.Solid, tmp_path: Path) -> None:
    assert len(loaded(part, tmp_path).faces) <= 50_000 + 1_000


def test_it_needs_no_decoder_and_no_other_file(part: solid.Solid, tmp_path: Path) -> None:
    loaded(part, tmp_path)
    found = header(tmp_path / "preview.glb")
    assert not found.get("extensionsRequired")
    assert all("uri" not in each for each in found["buffers"])
    assert "images" not in found


def test_it_has_the_colour_of_the_picture(tmp_path: Path) -> None:
    loaded(solid.measure(PARTS["box"]), tmp_path)
    colour = header(tmp_path / "preview.glb")["materials"][0]["pbrMetallicRoughness"]["baseColorFactor"]
    assert colour[0] > colour[1] > colour[2]


def test_more_triangles_are_kept_where_fewer_would_change_the_volume() -> None:
    many = np.concatenate(
        [
            trimesh.creation.icosphere(3, 5).triangles + np.array([12 * k, 12 * j, 0])
            for k in range(12)
            for j in range(12)
        ]
    )
    light = preview.lightened(solid.measure(many))
    assert 50_000 < len(light.faces) <= len(many)
    assert light.volume == pytest.approx(solid.measure(many).volume, rel=0.01)


def test_a_tangle_is_not_simplified() -> None:
    soup = solid.measure(np.random.default_rng(0).random((60_000, 3, 3)) * 100)
    assert len(preview.lightened(soup).faces) == 60_000
