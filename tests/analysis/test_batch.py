"""Many files give a line each, whatever happens to any of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fabqueue.analysis.batch import analyse_files
from fabqueue.wording import reader
from printers import profiles
from tests.support.hostile import CASES, box, stl


def render(code: str, values: Mapping[str, Any]) -> tuple[str, str]:
    return reader().say(code, values), reader().advice(code, values)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "box.stl").write_bytes(stl(box(20, 20, 20)))
    (tmp_path / "bad.3mf").write_bytes(CASES["component_bomb.3mf"]())
    (tmp_path / "part.gcode").write_text("; estimated printing time (normal mode) = 1h 2m\nG28\nG1 X10 Y10 Z0.2 E5\n")
    (tmp_path / "folder.stl").mkdir()
    return tmp_path


def test_every_file_gets_its_line_in_order(folder: Path) -> None:
    names = ["box.stl", "./bad.3mf", "missing.stl", "folder.stl", "part.step", str(folder / "box.stl"), "part.gcode"]
    lines = list(analyse_files(names, None, render))
    assert [line["file"] for line in lines] == names
    assert [line.get("error", {}).get("code") for line in lines] == [
        None, "file_component_bomb", "file_missing", "file_unreadable", "file_needs_mesh", None, None,
    ]  # fmt: skip


def test_a_line_has_the_documented_form(folder: Path) -> None:
    (line,) = analyse_files(["box.stl"], None, render)
    assert set(line) == {"file", "report", "estimate"}
    assert set(line["estimate"]) == {"seconds", "grams", "source"}
    for figure in ("seconds", "grams"):
        assert (
            0
            < line["estimate"][figure]["low"]
            < line["estimate"][figure]["expected"]
            < line["estimate"][figure]["high"]
        )
    assert line["estimate"]["source"] == "geometry"
    assert {"code", "severity", "message", "advice", "values"} <= set(line["report"]["findings"][0])


def test_an_error_says_what_happened_and_what_to_do(folder: Path) -> None:
    (line,) = analyse_files(["part.step"], None, render)
    (folder / "part.step").write_text("ISO-10303-21;")
    assert set(line["error"]) == {"code", "message"}
    assert "STEP" in line["error"]["message"]
    assert "STL" in line["error"]["message"]


def test_a_toolpath_carries_its_slicers_figure(folder: Path) -> None:
    (line,) = analyse_files(["part.gcode"], None, render)
    assert line["report"]["kind"] == "toolpath"
    assert line["estimate"]["source"] == "slicer"
    assert line["estimate"]["seconds"]["expected"] == 3720


def test_a_drawing_has_no_estimate(folder: Path) -> None:
    (folder / "sign.svg").write_bytes(CASES["script.svg"]())
    (line,) = analyse_files(["sign.svg"], None, render)
    assert line["report"]["kind"] == "drawing"
    assert line["estimate"] is None


def test_a_profile_changes_the_estimate(folder: Path) -> None:
    settings = {**profiles.builtin()["marlin-250"].settings("pla"), "layer_height": "0.1", "first_layer_height": "0.1"}
    (folder / "fine.ini").write_text("".join(f"{key} = {value}\n" for key, value in settings.items()))
    (plain,) = analyse_files(["box.stl"], None, render)
    (fine,) = analyse_files(["box.stl"], folder / "fine.ini", render)
    assert fine["estimate"]["seconds"]["expected"] > 1.3 * plain["estimate"]["seconds"]["expected"]


def test_an_unreadable_profile_is_told_before_any_file(folder: Path) -> None:
    with pytest.raises(profiles.ProfileError):
        next(analyse_files(["box.stl"], folder / "none.ini", render))
