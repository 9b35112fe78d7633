from collections.abc import Iterator

import pytest

from fabqueue.demo.octoprint import OctoPrintServer
from printers import connect
from printers.driver import Driver
from tests.support.octoprint import (  # noqa: F401  fixtures
    connection,
    octoprint,
    octoprint_program,
    shared_octoprint,
    start_octoprint,
)


@pytest.fixture
def driver(octoprint: OctoPrintServer) -> Iterator[Driver]:  # noqa: F811
    driver = connect(connection(octoprint))
    yield driver
    driver.close()
