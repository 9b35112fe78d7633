from pathlib import Path

import pytest


@pytest.fixture
def empty_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if database_kind == "postgresql":
        return str(request.getfixturevalue("postgresql").empty())
    return f"sqlite:///{tmp_path / 'fabqueue.sqlite3'}"
