"""Every real design that lies beside the checkout gets a report, or an error that is no surprise."""

import os
from pathlib import Path

import pytest
from PIL import Image

from fabqueue.analysis.kinds import Kind, kind_of
from fabqueue.wording import reader
from tests.analysis.driver import ROOT, Driver

FOLDER = Path(os.environ.get("FABQUEUE_DESIGNS", ROOT.parent / "shared" / "data"))
DESIGNS = sorted(each for each in (FOLDER / "dev").rglob("*") if each.is_file() and kind_of(each.name))
EMPTY = {"mikedh_trimesh__empty.stl"}

needs_designs = pytest.mark.skipif(not DESIGNS, reason="no folder of real designs")


@needs_designs
@pytest.mark.parametrize("path", DESIGNS or [Path("none")], ids=lambda path: path.name)
def test_a_real_design_gets_a_report(warm: Driver, tmp_path: Path, path: Path) -> None:
    found = warm.run(path, tmp_path)
    if path.name in EMPTY:
        assert found["error"]["code"] == "mesh_nothing_inside"
        return
    report = found["report"]
    assert report["kind"] == kind_of(path.name)
    assert report["findings"] or report["kind"] == Kind.DRAWING
    for each in report["findings"]:
        assert reader().say(each["code"], each["values"])
        assert not each["code"].startswith("analysis_")
    if report["kind"] == Kind.MESH:
        _check_mesh(found)


def _check_mesh(found: dict) -> None:  # type: ignore[type-arg]
    report, (estimate,) = found["report"], found["estimates"]
    assert all(length > 0 for length in report["extents_mm"])
    assert set(found["files"]) == {"picture", "preview"}
    with Image.open(found["files"]["picture"]) as picture:
        assert picture.getchannel("A").getextrema() == (0, 255)
    gone = {"estimate_encloses_nothing", "estimate_too_many_layers"} & {each["code"] for each in estimate["reasons"]}
    assert (estimate["seconds"] is None) == bool(gone)
    if not report["estimable"]:
        assert gone
