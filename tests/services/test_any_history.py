"""Whatever people and machines do, in whatever order: states, stock, ledger and events stay true.

A longer search, of other histories each time: `FABQUEUE_HISTORIES=500 pytest tests/services/test_any_history.py`.
"""

import os
import shutil

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from fabqueue.models import JobState, RunState
from tests.services.histories.lab import Lab, prepared
from tests.services.histories.lasers import LaserHistory
from tests.services.histories.printers import PrinterHistory

J, R = JobState, RunState
ATTEMPTS = 20
"""Where a few histories come to differs with the keys of their rows, which are random."""
WORTH_TELLING = {
    PrinterHistory: {J.FAILED, J.CANCELLED, J.READY, "plate done"},
    LaserHistory: {R.STAGED, R.ARMED, R.STARTING, R.DONE, J.CANCELLED},
}  # fmt: skip


@pytest.mark.parametrize("kind", WORTH_TELLING)
def test_any_history_leaves_everything_true(kind: type[Lab]) -> None:
    longer = int(os.environ.get("FABQUEUE_HISTORIES", "0"))
    try:
        for attempt in range(ATTEMPTS):
            chosen = settings(
                max_examples=longer or 5, stateful_step_count=30, derandomize=not longer and not attempt,
                database=None, deadline=None, suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            run_state_machine_as_test(kind, settings=chosen)
            if WORTH_TELLING[kind] <= kind.REACHED:
                return
    finally:
        shutil.rmtree(prepared(kind))
        prepared.cache_clear()
    pytest.fail(f"the search is too shallow to say anything: {WORTH_TELLING[kind] - kind.REACHED} not reached")
