"""The sandbox holds what it runs to its limits, by fork and in a fresh interpreter, and leaves nothing behind."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fabqueue.analysis import sandbox
from fabqueue.analysis.sandbox import AnalysisError, Limits
from tests.analysis.driver import Driver, driver

TIGHT = {"memory_bytes": 1_500_000_000, "cpu_seconds": 2, "wall_seconds": 4.0, "output_bytes": 5_000_000}

Call = Callable[..., dict[str, Any]]


@pytest.fixture(params=["forked", "fresh"])
def call(request: pytest.FixtureRequest, tmp_path: Path) -> Call:
    """Runs a misbehaving function in a tight sandbox, each way: {"lines", "stopped"} or {"error"}."""
    if request.param == "forked":
        warm: Driver = request.getfixturevalue("warm")
        return lambda entry, **limits: warm.call(entry, tmp_path, **{**TIGHT, **limits})

    def fresh(entry: str, **limits: Any) -> dict[str, Any]:
        try:
            name = f"tests.analysis.misbehaving:{entry}"
            outcome = _beside_a_thread(lambda: sandbox.call(name, {}, tmp_path, Limits(**{**TIGHT, **limits})))
        except AnalysisError as error:
            return {"error": {"code": error.code, "values": error.values}}
        return {"lines": outcome.lines, "stopped": outcome.stopped}

    return fresh


def _beside_a_thread(work: Callable[[], sandbox.Outcome]) -> sandbox.Outcome:
    """Work while a second thread lives, as in a web process: the sandbox must not fork then."""
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        return work()
    finally:
        done.set()
        other.join()


def gone(pid: int) -> bool:
    """Whether no process `pid` is left, waiting a while for the kernel to take it away."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_it_brings_back_what_the_child_says(call: Call, tmp_path: Path) -> None:
    found = call("behave")
    assert found["stopped"] is None
    assert found["lines"][0]["word"] == "done"
    assert found["lines"][1]["folder"] == str(tmp_path)


def test_a_warm_single_threaded_process_forks(warm: Driver, tmp_path: Path) -> None:
    assert warm.forks
    assert warm.call("behave", tmp_path, **TIGHT)["lines"][0]["warm"]


def test_a_process_with_threads_starts_a_fresh_interpreter(tmp_path: Path) -> None:
    sandbox.preload()
    entry = "tests.analysis.misbehaving:behave"
    outcome = _beside_a_thread(lambda: sandbox.call(entry, {}, tmp_path, Limits(**TIGHT)))
    assert not outcome.lines[0]["warm"]


def test_a_fresh_child_knows_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FABQUEUE_SECRETS__KEY", "hush")
    entry = "tests.analysis.misbehaving:behave"
    outcome = _beside_a_thread(lambda: sandbox.call(entry, {}, tmp_path, Limits(**TIGHT)))
    assert "FABQUEUE_SECRETS__KEY" not in outcome.lines[1]["environment"]


def test_a_forked_child_keeps_no_descriptor_of_its_parent(warm: Driver, tmp_path: Path) -> None:
    """Standard streams, the pipe, and the folder that lists them."""
    assert len(warm.call("behave", tmp_path, **TIGHT)["lines"][1]["descriptors"]) <= 5


def test_it_passes_on_a_refusal(call: Call) -> None:
    assert call("refuse")["error"] == {"code": "file_empty", "values": {"why": "a test"}}


@pytest.mark.parametrize(
    ("entry", "limits", "code"),
    [
        ("fail", {}, "analysis_failed"),
        ("eat_memory", {"wall_seconds": 30.0, "cpu_seconds": 20}, "analysis_too_much_memory"),
        ("spin", {"wall_seconds": 30.0}, "analysis_too_long"),
        ("sleep", {"wall_seconds": 1.5}, "analysis_too_long"),
        ("flood_a_file", {}, "analysis_too_much_output"),
        ("flood_many_files", {}, "analysis_too_much_output"),
        ("flood_the_pipe", {}, "analysis_too_much_output"),
        ("crash", {}, "analysis_crashed"),
        ("abort", {}, "analysis_crashed"),
        ("say_nonsense", {}, "analysis_failed"),
    ],
)
def test_it_says_what_stopped_a_child(call: Call, entry: str, limits: dict[str, Any], code: str) -> None:
    found = call(entry, **limits)
    assert (found.get("stopped") or found["error"]["code"]) == code


@pytest.mark.parametrize("entry", ["fail", "spin", "crash"])
def test_what_a_child_said_before_its_end_is_kept(call: Call, entry: str) -> None:
    assert call(entry, wall_seconds=30.0)["lines"] == [{"report": "half"}]


def test_nothing_that_a_child_started_is_left_running(call: Call) -> None:
    assert gone(call("leave_a_child")["lines"][0]["left"])


def test_a_sleeping_child_is_gone_after_its_wall_time(call: Call) -> None:
    assert gone(call("sleep", wall_seconds=1.5)["lines"][0]["pid"])


@pytest.fixture
def own_driver() -> Iterator[Driver]:
    with driver() as running:
        yield running


def test_a_child_ends_with_its_killed_parent(own_driver: Driver, tmp_path: Path) -> None:
    asking = threading.Thread(target=_ask_in_vain, args=(own_driver, tmp_path))
    asking.start()
    pid = int(_content(tmp_path / "pid"))
    os.kill(own_driver.process.pid, signal.SIGKILL)
    asking.join()
    assert gone(pid)


def _ask_in_vain(asked: Driver, folder: Path) -> None:
    with pytest.raises(AssertionError, match="the driver died"):
        asked.call("sleep", folder, **{**TIGHT, "wall_seconds": 60.0})


def _content(path: Path) -> str:
    for _ in range(400):
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.05)
    raise AssertionError(f"{path} was never written")
