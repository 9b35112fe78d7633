"""An empty lab: its database and its row, and nobody in it."""

from pathlib import Path

import pytest
from flask import Flask

from fabqueue.config import Config, build
from fabqueue.db import Database
from fabqueue.services import sites
from tests.support.pages import Browser, SignIn, app, context, signing_in, wakes

__all__ = ["SignIn", "app", "context", "wakes"]


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Config:
    """Nothing is decided in the file."""
    return build({"data": {"database": database_url}}, {}, tmp_path)


@pytest.fixture
def empty(database: Database, config: Config) -> None:
    with database.writing() as session:
        sites.sync(session, config)
        session.commit()


@pytest.fixture
def stranger(app: Flask, empty: None) -> Browser:
    """Somebody who reaches the lab and does not know the code."""
    return signing_in(app, Browser)(None)
