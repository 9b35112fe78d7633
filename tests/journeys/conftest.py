"""One running lab with a real OctoPrint and a manual tool for all journeys of a run."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from fabqueue.demo.octoprint import OctoPrintServer, Pace
from tests.journeys.lab import Lab
from tests.support.octoprint import StartOctoPrint, octoprint_program, settle, start_octoprint

__all__ = ["octoprint_program", "start_octoprint"]

# hot from the start, and long enough to do something to a print while it runs
LONG_ENOUGH = Pace(feed_percent=1000, minimum_seconds=5, ambient_celsius=260)


@dataclass
class Running:
    """The lab, its OctoPrint, and the slugs of its printer and of its tool."""

    lab: Lab
    server: OctoPrintServer
    printer: str
    tool: str


@pytest.fixture(scope="session")
def whole_lab(start_octoprint: StartOctoPrint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    server = start_octoprint(pace=LONG_ENOUGH)
    lab = Lab(tmp_path_factory.mktemp("lab"))
    try:
        lab.start()
        lab.populate()
        yield Running(lab, server, lab.add_printer(server), lab.add_tool())
    finally:
        left = lab.stop()
    assert left == set(), "processes were left over"


@pytest.fixture
def running(whole_lab: Running) -> Running:
    """The lab with its printer idle, its bed clear and nothing waiting for it."""
    settle(whole_lab.server)
    whole_lab.server.events_file.write_text("")
    return whole_lab
