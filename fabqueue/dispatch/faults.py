"""Fault injection for drills: die at a named point of the protocol, as if the power had gone.

Only for tests. `FABQUEUE_FAULT` names the point, `FABQUEUE_FAULT_ONCE` a file: the process kills itself (SIGKILL) when
it reaches the point and the file is there, and takes the file away first, so that its successor lives.
"""

import os
import signal
from pathlib import Path

POINTS = (
    "after_claim", "before_upload", "after_upload", "after_select", "after_intent", "after_start", "after_began",
    "before_done", "after_stopping", "after_cancel",
)  # fmt: skip


def point(name: str) -> None:
    """Die here if this is the point that was asked for."""
    assert name in POINTS
    if os.environ.get("FABQUEUE_FAULT") != name:
        return
    try:
        Path(os.environ["FABQUEUE_FAULT_ONCE"]).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
