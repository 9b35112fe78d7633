"""What the tests of the analysis share."""

from collections.abc import Iterator

import pytest

from tests.analysis.driver import Driver, driver


@pytest.fixture(scope="session")
def warm() -> Iterator[Driver]:
    """A warm process that forks a child for every file."""
    with driver() as running:
        yield running
