"""Reports on real drawings agree with what Chromium draws (length within 1 %, size within 0.5 % + 0.1 mm)."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from fabqueue.analysis import drawing
from tests.analysis.driver import ROOT

FOLDER = Path(os.environ.get("FABQUEUE_DESIGNS", ROOT.parent / "shared" / "data"))
TRUTH = FOLDER / "svg_truth.json"


def drawings() -> list[Any]:
    if not TRUTH.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason="the folder of real designs is not here"))]
    known = json.loads(TRUTH.read_text(encoding="utf-8"))
    return [pytest.param(each, id=Path(each["file"]).stem) for each in known if "bbox" in each and "err" not in each]


@pytest.mark.parametrize("truth", drawings())
def test_length_and_size_are_those_that_chromium_draws(truth: dict[str, Any]) -> None:
    found = drawing.inspect(FOLDER / truth["file"], truth["file"]).report
    assert sum(work["length_mm"] for work in found["operations"]) == pytest.approx(truth["len"], rel=0.01)
    left, top, right, bottom = truth["bbox"]
    assert found["size_mm"] == pytest.approx([right - left, bottom - top], rel=0.005, abs=0.1)


def test_every_real_dxf_gives_a_report() -> None:
    files = sorted((FOLDER / "dev" / "dxf").glob("*.dxf"))
    if not files:
        pytest.skip("the folder of real designs is not here")
    for file in files:
        found = drawing.inspect(file, file.name).report
        assert found["operations"] or "drawing_nothing_visible" in {each["code"] for each in found["findings"]}
