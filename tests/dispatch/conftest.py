from collections.abc import Iterator

import pytest

from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import Drivers
from fabqueue.storage import Storage
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
