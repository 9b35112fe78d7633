"""A short drill: real processes and OctoPrints under real faults, and how it counts."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from drill.counting import Watch, judge
from tests.support.processes import parents

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.octoprint
@pytest.mark.slicer
def test_nothing_is_printed_twice_or_lost_under_fire(tmp_path: Path) -> None:
    folder = tmp_path / "drill"
    words = f"--lasers 1 --seconds 0 --runs 4 --faults 12 --at-most 600 --every 1 --seed 4 --folder {folder}"
    done = subprocess.run(
        [sys.executable, "-m", "drill", *shlex.split(words)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert (said["twice"], said["lost"], said["unarmed"]) == (0, 0, 0)
    assert said["in_doubt"] == said["true_doubts"], done.stdout
    assert said["runs"]
    assert said["faults"] >= 12
    assert left_over(folder) == []


def left_over(folder: Path) -> list[int]:
    """Processes that still work in the folder."""
    found = []
    for pid in parents():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
        except OSError:
            continue  # it ended while we looked
        if f"{folder}/" in words:
            found.append(pid)
    return found


# how it counts


def job(state: str, *runs: tuple[str, str], reason: Any = None) -> dict[str, Any]:
    shown = [{"id": key, "state": run, "reason": None} for key, run in runs]
    return {"code": "J-1", "state": state, "waiting_reason": reason, "runs": shown}


def events(*names: str) -> list[tuple[float, str, str]]:
    return [(float(number), *name.split()) for number, name in enumerate(names)]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("happened", "said", "twice", "lost"),
    [
        (["PrintStarted a", "PrintDone a"], job("ready", ("a", "done")), 0, 0),
        (["PrintStarted a", "PrintStarted a", "PrintDone a"], job("ready", ("a", "done")), 1, 0),
        (["PrintStarted a"], job("ready", ("a", "done")), 0, 1),
        (["PrintStarted a", "PrintDone a"], job("failed", ("a", "failed")), 0, 1),
        (["PrintStarted a", "PrintFailed a"], job("failed", ("a", "failed")), 0, 0),
        ([], job("queued", ("a", "waiting"), reason={"code": "wait_lab_held"}), 0, 0),
        ([], job("queued", ("a", "waiting")), 0, 1),
        (["PrintStarted a"], job("in_production", ("a", "running")), 0, 1),
        (["PrintStarted a"], job("in_production", ("a", "in_doubt")), 0, 0),
        (["PrintStarted b", "PrintDone b"], job("ready"), 0, 1),
    ],
)
def test_what_octoprint_says_is_compared_with_what_fabqueue_says(
    happened: list[str], said: dict[str, Any], twice: int, lost: int
) -> None:
    result = judge(events(*happened), [said], Watch(), 0)
    assert (result.twice, result.lost) == (twice, lost)


@pytest.mark.parametrize(("began", "unarmed"), [(99.0, 1), (100.5, 0), (200.0, 0), (300.0, 1)])
def test_a_laser_begins_only_what_somebody_armed_shortly_before(
    monkeypatch: pytest.MonkeyPatch, began: float, unarmed: int
) -> None:
    watch, moments = Watch(), iter((100.0, 101.0, 290.0, 291.0))
    monkeypatch.setattr("drill.counting.time.time", lambda: next(moments))
    with watch.arming("a", whole=True):
        pass
    with watch.arming("a", whole=False):
        pass
    said = [job("failed", ("a", "failed"))]
    assert judge([(began, "PrintStarted", "a")], said, watch, 0, {"a"}).unarmed == unarmed
    assert judge([(began, "PrintStarted", "a")], said, watch, 0).unarmed == 0


@pytest.mark.parametrize(("away", "true"), [((95, 97), 0), ((101, 102), 1), ((104, 109), 1), ((111, 112), 0)])
def test_a_doubt_is_true_when_octoprint_was_away_between_the_start_and_it(away: tuple[float, float], true: int) -> None:
    watch = Watch()
    for at, state in (
        (90.0, "sending"),
        (100.0, "sending"),
        (103.0, "running"),
        (110.0, "in_doubt"),
        (111.0, "in_doubt"),
    ):
        watch.saw(at, "mill", "a", state)
    watch.was_away("mill", *away)
    result = judge(events("PrintStarted a"), [job("in_production", ("a", "in_doubt"))], watch, 0)
    assert (result.in_doubt, result.true_doubts) == (1, true)


@pytest.mark.parametrize(("away", "true"), [((95, 97), 0), ((101, 102), 1)])
def test_a_run_that_nobody_could_see_began_after_the_look_before(away: tuple[float, float], true: int) -> None:
    watch = Watch()
    for at, run, state in ((99.0, "", ""), (100.0, "b", "running"), (107.0, "a", "starting"), (110.0, "a", "in_doubt")):
        watch.saw(at, "mill", run, state)
    watch.was_away("mill", *away)
    result = judge(events("PrintStarted a"), [job("in_production", ("a", "in_doubt"))], watch, 0)
    assert (result.in_doubt, result.true_doubts) == (1, true)


@pytest.mark.parametrize(("away", "true"), [((95, 97), 0), ((101, 102), 1)])
def test_an_answer_that_was_long_on_its_way_tells_of_when_it_was_asked(away: tuple[float, float], true: int) -> None:
    watch = Watch()
    watch.saw(109.0, "mill", "a", "sending", asked=100.0)
    watch.saw(110.0, "mill", "a", "in_doubt", asked=109.5)
    watch.was_away("mill", *away)
    result = judge(events("PrintStarted a"), [job("in_production", ("a", "in_doubt"))], watch, 0)
    assert (result.in_doubt, result.true_doubts) == (1, true)
