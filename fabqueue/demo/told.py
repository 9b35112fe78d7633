"""Being told to stop: by SIGINT, SIGTERM or SIGHUP, or by way of a `make` that keeps the signal to itself."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

LOOK_SECONDS = 0.5


class Told(BaseException):
    """Somebody wants the end; like KeyboardInterrupt it passes by everything that handles errors."""


@contextmanager
def signals() -> Iterator[None]:
    """Within, the first signal raises Told in the main thread; later ones do not disturb the stopping."""
    told = False

    def tell(_signal: int, _frame: FrameType | None) -> None:
        nonlocal told
        if not told:
            told = True
            raise Told

    before = {each: signal.signal(each, tell) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    if _catches_interrupt(os.getppid()):
        threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(parent: int) -> None:
    """GNU make that gets a SIGINT of its own waits for its children and does not tell them; it only stops catching.

    One that is killed outright tells nobody anything.
    """
    while os.getppid() == parent and _catches_interrupt(parent):
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGINT)


def _catches_interrupt(pid: int) -> bool:
    """Whether that process is a make that has a handler for SIGINT."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return False  # gone, or a system without /proc
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    caught = int(status.get("SigCgt", "0"), 16)
    return status.get("Name", "").endswith("make") and bool(caught >> (signal.SIGINT - 1) & 1)
