"""`benchmarks/dispatch.py` still runs: its short form, whose figures say nothing and are not looked at."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.octoprint import octoprint_program  # noqa: F401  fixture

ROOT = Path(__file__).resolve().parents[2]


def figures(*arguments: str) -> dict[str, object]:
    """The last line of what it prints."""
    command = [sys.executable, "benchmarks/dispatch.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_dispatch_without_octoprint_and_postgresql() -> None:
    few = ["--servers", "40", "--rounds", "1", "--waiting", "12", "--forecasts", "12", "30", "--claims", "4"]
    found = figures(*few, "--claimers", "2", "--octoprints", "0", "--no-postgresql")
    assert set(found) == {"polls", "claim_ms", "forecast_ms", "claims"}
    assert {key: set(each) for key, each in found["forecast_ms"].items()} == {  # type: ignore[attr-defined]
        "12": {"whole", "play"}, "30": {"whole", "play"},
    }  # fmt: skip
    sqlite = found["claims"]["sqlite"]  # type: ignore[index]
    assert (sqlite["claimed"], sqlite["twice"]) == (4, 0)


@pytest.mark.octoprint
@pytest.mark.usefixtures("octoprint_program")
def test_dispatch_with_a_real_octoprint() -> None:
    found = figures("--servers", "0", "--rounds", "1", "--octoprints", "1", "--starts", "1", "--waiting", "0",
                    "--forecasts", "0", "--claims", "0")  # fmt: skip
    assert set(found["start"]) == {"median_s", "p95_s", "upload_ms"}  # type: ignore[call-overload]
