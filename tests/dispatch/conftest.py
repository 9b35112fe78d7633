from collections.abc import Iterator
from pathlib import Path

import pytest

from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.demo.octoprint import OctoPrintServer
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import Drivers
from fabqueue.models import MachineKind, MachineModel, Material
from fabqueue.storage import Storage
from tests.dispatch.candidates import Candidates
from tests.dispatch.stand import Stand
from tests.support.factories import Lab
from tests.support.making import point_at, short_gcode, waiting_run
from tests.support.octoprint import (  # noqa: F401  fixtures
    octoprint,
    octoprint_program,
    shared_octoprint,
    start_octoprint,
)


@pytest.fixture
def context(config: Config, database: Database, storage: Storage) -> Context:
    return Context(config, database, storage)


@pytest.fixture
def drivers() -> Iterator[Drivers]:
    made = Drivers()
    yield made
    made.close()


@pytest.fixture
def stand(
    context: Context, drivers: Drivers, lab: Lab, octoprint: OctoPrintServer, tmp_path: Path,  # noqa: F811
) -> Stand:  # fmt: skip
    """A printer behind a real OctoPrint."""
    point_at(context, lab.machine, octoprint.url, octoprint.key)
    return Stand(context, drivers, lab, octoprint, tmp_path)


@pytest.fixture
def laser(
    context: Context, drivers: Drivers, lab: Lab, octoprint: OctoPrintServer, tmp_path: Path,  # noqa: F811
) -> Stand:  # fmt: skip
    """A laser behind a real OctoPrint."""
    point_at(context, lab.machine, octoprint.url, octoprint.key)
    with context.db.writing() as session:
        session.get_one(MachineModel, lab.model.id).kind = MachineKind.LASER
        session.get_one(Material, lab.pla.id).beam_reason = "a test burns anything"
        session.commit()
    return Stand(context, drivers, lab, octoprint, tmp_path)


@pytest.fixture
def queue(context: Context, lab: Lab, tmp_path: Path) -> list[str]:
    """Ids of three jobs that wait, in order."""
    gcode = short_gcode(tmp_path / "short.gcode")
    ids = []
    for _ in range(3):
        with context.db.writing() as session:
            ids.append(waiting_run(session, context.storage, lab, gcode).items[0].job_id)
            session.commit()
    return ids


@pytest.fixture
def candidate(context: Context, lab: Lab) -> Candidates:
    return Candidates(context, lab)
