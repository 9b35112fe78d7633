"""The pictured lab, made once for all tests of looks."""

from collections.abc import Iterator

import pytest

from tests.looks import scene
from tests.looks.scene import Scene


@pytest.fixture(scope="package")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Served as long as the tests of this room run, and made before a browser is there: forks want one thread."""
    with scene.opened(tmp_path_factory.mktemp("look")) as opened:
        yield opened
