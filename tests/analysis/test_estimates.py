"""Estimates for several machines and poses of one part."""

from pathlib import Path

import pytest

from fabqueue.analysis.analyse import analyse
from fabqueue.analysis.results import EstimateRequest
from printers import profiles
from tests.support.hostile import box, stl

LARGE, SMALL = profiles.builtin()["marlin-250"], profiles.builtin()["mini-180"]
ON_ITS_SIDE = (0.5**0.5, 0.5**0.5, 0.0, 0.0)


@pytest.fixture
def tower(tmp_path: Path) -> Path:
    path = tmp_path / "tower.stl"
    path.write_bytes(stl(box(30, 30, 195)))
    return path


def wanted(profile: profiles.Profile, pose: tuple[float, ...] | None = None, **settings: str) -> EstimateRequest:
    return EstimateRequest(f"{profile.slug} {pose}", {**profile.settings("pla"), **settings}, profile.bed_mm, pose)


def test_every_request_is_answered_in_order(tower: Path) -> None:
    requests = [wanted(LARGE), wanted(SMALL)]
    found = analyse(tower, tower.name, profiles=requests).estimates
    assert [each["key"] for each in found] == [each.key for each in requests]
    assert [each["fits"] for each in found] == [True, False]
    assert found[1]["reasons"][0]["code"] == "fit_too_tall"


def test_a_part_that_does_not_fit_is_estimated_all_the_same(tower: Path) -> None:
    (found,) = analyse(tower, tower.name, profiles=[wanted(SMALL)]).estimates
    assert found["seconds"]["expected"] > 0


def test_a_pose_is_measured_as_it_lies(tower: Path) -> None:
    standing, lying = analyse(tower, tower.name, profiles=[wanted(LARGE), wanted(LARGE, ON_ITS_SIDE)]).estimates
    assert lying["seconds"]["expected"] < 0.95 * standing["seconds"]["expected"]


def test_a_pose_may_make_it_fit(tmp_path: Path) -> None:
    path = tmp_path / "plank.stl"
    path.write_bytes(stl(box(30, 200, 170)))
    standing, lying = analyse(path, path.name, profiles=[wanted(SMALL), wanted(LARGE, ON_ITS_SIDE)]).estimates
    assert (standing["fits"], lying["fits"]) == (False, True)


def test_a_pose_that_is_no_rotation_is_a_reason(tower: Path) -> None:
    (found,) = analyse(tower, tower.name, profiles=[wanted(LARGE, (0.0, 0.0, 0.0, 0.0))]).estimates
    assert (found["seconds"], found["reasons"][0]["code"]) == (None, "estimate_pose_unusable")


def test_settings_that_are_no_numbers_are_a_reason(tower: Path) -> None:
    (found,) = analyse(tower, tower.name, profiles=[wanted(LARGE, layer_height="thick")]).estimates
    assert (found["seconds"], found["reasons"][0]["code"]) == (None, "estimate_bad_settings")


def test_a_part_without_inside_says_so(tmp_path: Path) -> None:
    path = tmp_path / "sheet.stl"
    path.write_bytes(stl(box(20, 20, 0)))
    (found,) = analyse(path, path.name, profiles=[wanted(LARGE)]).estimates
    assert (found["seconds"], found["reasons"][0]["code"]) == (None, "estimate_encloses_nothing")
