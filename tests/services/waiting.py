"""Runs that wait for a printer, and one that it takes."""

from collections.abc import Callable

from fabqueue.db import WritingSession
from fabqueue.models import Run
from fabqueue.services import runs
from fabqueue.services.events import SYSTEM
from tests.support.factories import Lab

Wait = Callable[..., Run]
"""Makes another run that waits."""


def start(session: WritingSession, here: Lab, run: Run) -> None:
    runs.claim(session, SYSTEM, run, here.machine, here.grey)
    go(session, run)


def go(session: WritingSession, run: Run) -> None:
    runs.send(session, SYSTEM, run, f"fabqueue/{run.id}-1.gcode", 1)
    runs.intend(session, SYSTEM, run)
    runs.began(session, SYSTEM, run)
