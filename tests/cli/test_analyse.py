"""`fabqueue analyse`: a line for every file, whatever it holds; no server, database or settings."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Shell
from tests.support import factories


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "box.stl").write_bytes(factories.box_stl())
    (tmp_path / "broken.stl").write_bytes(b"solid nothing\nfacet")
    (tmp_path / "part.step").write_bytes(b"ISO-10303-21;")
    (tmp_path / "sign.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="40mm" height="20mm" viewBox="0 0 40 20">'
        '<rect x="1" y="1" width="38" height="18" fill="none" stroke="#f00"/></svg>'
    )
    return ["box.stl", "broken.stl", "./part.step", "sign.svg", "missing.stl"]


def analyse(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-m", "fabqueue.cli", "analyse", *arguments], cwd=folder, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_every_file_gets_one_line_of_json_in_order(tmp_path: Path, files: list[str]) -> None:
    result = analyse(tmp_path, "--json", *files)
    assert result.returncode == 0, result.stderr
    said: list[dict[str, Any]] = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["file"] for each in said] == files
    box, broken, step, sign, missing = said
    assert box["report"]["extents_mm"] == pytest.approx([20, 20, 20])
    assert (
        box["estimate"]["seconds"]["low"] < box["estimate"]["seconds"]["expected"] < box["estimate"]["seconds"]["high"]
    )
    assert sign["report"]["operations"][0]["length_mm"] == pytest.approx(112)
    assert sign["estimate"] is None
    for failed in (broken, step, missing):
        assert failed["error"]["code"]
        assert failed["error"]["message"]


def test_it_leaves_nothing_in_the_folder(tmp_path: Path, files: list[str]) -> None:
    before = sorted(each.name for each in tmp_path.iterdir())
    analyse(tmp_path, "box.stl")
    assert sorted(each.name for each in tmp_path.iterdir()) == before


def test_a_slicer_profile_changes_the_prediction(tmp_path: Path, files: list[str]) -> None:
    (tmp_path / "coarse.ini").write_text("layer_height = 0.3\nfill_density = 5%\nperimeters = 1\n")
    fine = json.loads(analyse(tmp_path, "--json", "box.stl").stdout)
    coarse = json.loads(analyse(tmp_path, "--json", "--profile", "coarse.ini", "box.stl").stdout)
    assert coarse["estimate"]["grams"]["expected"] < fine["estimate"]["grams"]["expected"]


def test_people_get_sentences(shell: Shell, files: list[str]) -> None:
    result = shell("analyse", "box.stl", "part.step")
    assert result.exit_code == 0
    assert "20 mm x 20 mm x 20 mm".replace(" mm", "\u00a0mm") in result.output
    assert "STEP" in result.output


def test_words_follow_the_terminals_language(shell: Shell, files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    chinese = shell("analyse", "part.step").output
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert "STEP files cannot be read here" in shell("analyse", "part.step").output
    assert "part.step" in chinese
