"""Fault injection for drills: die at a named point of the protocol, as if the power had gone.

Only for tests. `FABQUEUE_FAULTS` names a folder: a process that reaches a point whose name is a file there takes the
file away, so that its successor lives, and kills itself (SIGKILL).
"""

import os
import signal
from pathlib import Path

POINTS = (
    "after_claim", "before_upload", "after_upload", "after_select", "after_intent", "before_start", "after_start",
    "after_began", "before_done", "after_stopping", "after_cancel",
)  # fmt: skip


def point(name: str) -> None:
    """Die here if this is a point that was asked for."""
    assert name in POINTS
    folder = os.environ.get("FABQUEUE_FAULTS")
    if not folder:
        return
    try:
        (Path(folder) / name).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
