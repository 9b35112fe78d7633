"""Looking at a machine: what it says of itself and of our file, and what that means for the machine's own row."""

import time
from dataclasses import dataclass, field, replace
from typing import Any

from fabqueue.dispatch.decide import needs_file
from fabqueue.dispatch.facts import RunFacts, View
from fabqueue.models import FOREIGN_WORK
from printers.driver import Driver, DriverError, Phase


def observe(driver: Driver, run: RunFacts | None, misses: int = 0) -> View:
    """One look; never raises. `misses`: turns in a row that came to nothing before this one."""
    begun = time.monotonic()
    try:
        view = View(driver.status(), misses=misses, begun=begun)
        if run is not None and needs_file(run, view):
            view = replace(view, file=driver.file(run.name))
    except DriverError as error:
        return View(None, error=error, misses=misses + 1)
    return view


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a look says about the machine itself. `answers`: its software is reachable and accepts us."""

    answers: bool
    fault_code: str = ""
    fault_values: dict[str, Any] = field(default_factory=dict)


def judge(run: RunFacts | None, view: View) -> Judgement:
    """Pure. What runs and is not ours stands where a fault does: never touched, and nothing starts beside it."""
    if view.status is None:
        assert view.error is not None
        return _unanswered(view.error)
    status = view.status
    if status.busy and not (run is not None and status.holds(run.name)):
        return Judgement(True, FOREIGN_WORK, {"file": status.selected or ""})
    if status.phase is Phase.ERROR:
        return Judgement(True, "machine_printer_error", {"error": (status.error or "")[:200]})
    if status.phase is Phase.OFFLINE:
        return Judgement(True, "machine_printer_offline")
    return Judgement(True)


def _unanswered(error: DriverError) -> Judgement:
    """Out of reach is no fault, the network comes back; what a person must set right is one."""
    return Judgement(False, error.code, dict(error.values)) if error.permanent else Judgement(False)
