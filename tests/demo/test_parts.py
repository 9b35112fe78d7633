"""The demonstration's designs are real parts, and its words are complete."""

import io
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import trimesh
from PIL import Image

from fabqueue.analysis.drawing import inspect
from fabqueue.demo import camera, catalogue, drawings, scenes
from fabqueue.services import licences
from printers import profiles

STL = [
    *((name, draw) for project in catalogue.PROJECTS for name, draw in project.parts if name.endswith(".stl")),
    *((each.file_name, each.draw) for each in scenes.BROUGHT),
]


@pytest.mark.parametrize(("name", "draw"), STL, ids=[name for name, _ in STL])
def test_a_part_is_one_closed_body_standing_on_the_bed_and_no_box(name: str, draw: Callable[[], bytes]) -> None:
    mesh = trimesh.load(io.BytesIO(draw()), file_type="stl")
    assert mesh.is_watertight
    assert mesh.body_count == 1
    assert mesh.bounds[0][2] == pytest.approx(0, abs=1e-4)
    assert 0 < mesh.volume < 0.9 * mesh.bounding_box.volume
    assert all(size < 180 for size in mesh.extents)


def test_the_sticker_is_read_in_millimetres_with_cut_lines_only(tmp_path: Path) -> None:
    path = tmp_path / "sticker.svg"
    path.write_bytes(drawings.sticker(60))
    report = inspect(path, "sticker.svg").report
    assert report["page_mm"] == pytest.approx([60, 60])
    assert [each["operation"] for each in report["operations"]] == ["cut"]


def test_projects_say_everything_that_publishing_asks() -> None:
    for project in catalogue.PROJECTS:
        assert licences.normal(project.licence) == project.licence
        assert "licence_none" not in {each.code for each in licences.plain(project.licence)}
        assert all((project.function, project.licensor, project.version, project.summary, project.documentation))
    assert len(catalogue.PROJECTS) >= 6
    assert {order.owner for each in catalogue.PROJECTS for order in each.orders} <= {
        each.user_name for each in catalogue.PEOPLE
    }


def test_machines_offer_what_their_profiles_know() -> None:
    known = profiles.builtin()
    for machine in catalogue.MACHINES:
        assert machine.offers.keys() <= catalogue.MATERIALS.keys() | catalogue.SHEETS.keys()
        if machine.profile:
            assert set(machine.offers.values()) <= set(known[machine.profile].materials)
            assert machine.bed_mm == tuple(known[machine.profile].bed_mm)


def test_the_camera_draws_a_picture_that_changes_with_the_print() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    idle, begun, late = (camera.draw("Left", done, at) for done in (None, 5.0, 90.0))
    assert len({idle, begun, late}) == 3
    assert Image.open(io.BytesIO(late)).size == camera.SIZE


def test_the_camera_answers_for_its_machines_only() -> None:
    asked = threading.Event()
    cameras = camera.Cameras({"left": ("Left printer", lambda: asked.set() or 12.0)})  # type: ignore[func-returns-value]
    try:
        answer = requests.get(cameras.url("left"), timeout=10)
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert asked.is_set()
        assert requests.get(cameras.url("right"), timeout=10).status_code == 404
    finally:
        cameras.close()
