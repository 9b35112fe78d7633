"""A lab whose rows belong to the test's own session."""

from pathlib import Path

import pytest

from fabqueue.db import WritingSession
from fabqueue.models import Run
from fabqueue.storage import Storage
from tests.services.waiting import Wait
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import approved_job, short_gcode, waiting_run


@pytest.fixture
def here(session: WritingSession) -> Lab:
    """Alice, Bob, Tara, Ines, Adam and a printer, in the session of the test."""
    made = factories.lab(session)
    session.flush()
    return made


@pytest.fixture
def wait(session: WritingSession, storage: Storage, here: Lab, tmp_path: Path) -> Wait:
    """Another run that waits for the printer: of a job of its own, sliced into a file of its own."""
    made = 0

    def another(copies: int = 1, settings: dict[str, object] | None = None, **job: object) -> Run:
        nonlocal made
        made += 1
        gcode = short_gcode(tmp_path / f"{made}.gcode", seconds=0.5 + made / 100)
        wanted = approved_job(session, storage, here, quantity=copies, **job)  # type: ignore[arg-type]
        run = waiting_run(session, storage, here, gcode, job=wanted, copies=copies)
        assert run.slicing is not None
        run.slicing.settings = settings or {}
        session.flush()
        return run

    return another
