"""The application in another language, over a lab that has one of everything."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from fabqueue import paths
from fabqueue.app import create_app
from fabqueue.config import Config, build
from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.models import Person
from fabqueue.storage import Storage
from fabqueue.web.site import SIGN_IN_KEY
from fabqueue.wording import LANGUAGES
from fabqueue.wording import reader as reader_for
from tests.languages import pseudo
from tests.languages.everything import Everything
from tests.languages.lab import Builder

ROLES = ("visitor", "member", "technician", "admin")


def settings(folder: Path) -> Config:
    """A lab in `folder` that would send mail."""
    site = {"name": "Мастерская", "time_zone": "Europe/Berlin", "currency": "EUR", "public_url": "http://lab.example"}
    mail = {"host": "127.0.0.1", "port": 1, "sender": "1@2.3"}
    lasers = {"approved": "Фанера"}
    return build({"site": site, "mail": mail, "metrics": {"token": "1"}, "lasers": lasers}, {}, folder)


@pytest.fixture(scope="session")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented language and Chinese, compiled from what the sources say now."""
    return pseudo.write(tmp_path_factory.mktemp("translations"))


@pytest.fixture(scope="session")
def prepared_lab(tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path) -> tuple[Path, Everything]:
    """The folder of a lab that has one of everything, and what it has."""
    folder = tmp_path_factory.mktemp("lab")
    config = settings(folder)
    config.folder.mkdir()
    shutil.copy(prepared_sqlite, config.folder / "fabqueue.sqlite3")
    database = Database(config.database_url)
    made = Builder(Context(config, database, Storage(config.folder))).build()
    database.close()
    return folder, made


@pytest.fixture(params=[pseudo.LANGUAGE, "zh_Hans"], ids=["invented", "chinese"])
def language(request: pytest.FixtureRequest, catalogues: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The language everybody reads in one test; FabQueue has the invented one for that time only."""
    monkeypatch.setattr(paths, "translations", lambda: catalogues)
    monkeypatch.setitem(LANGUAGES, pseudo.LANGUAGE, pseudo.OWN_NAME)
    reader_for.cache_clear()
    yield request.param
    reader_for.cache_clear()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh browser. Pictures, models and the 3D viewer are left out: they hold no words."""
    context = browser.new_context(service_workers="block")
    context.route(re.compile(r"/files/|/model-viewer/|favicon"), lambda route: route.abort())
    yield context.new_page()
    context.close()


@dataclass
class Scene:
    """The application over a copy of the lab, everybody reading `language`."""

    app: Flask
    context: Context
    lab: Everything
    language: str

    def cookie(self, role: str) -> str:
        """The cookie of a browser that `role` has signed in with."""
        held = {"language": self.language}
        if role != "visitor":
            held[SIGN_IN_KEY] = self.lab.keys[role]
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        return str(serializer.dumps(held))


@pytest.fixture
def scene(language: str, prepared_lab: tuple[Path, Everything], tmp_path: Path) -> Iterator[Scene]:
    folder, lab = prepared_lab
    copy = tmp_path / "lab"
    shutil.copytree(folder, copy)
    config = settings(copy)
    context = Context(config, Database(config.database_url), Storage(config.folder))
    with context.db.writing() as session:
        for person in session.query(Person):
            person.language = language
        session.commit()
    yield Scene(create_app(context=context), context, lab, language)
    context.db.close()
