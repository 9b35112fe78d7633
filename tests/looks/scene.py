"""The application over the pictured lab, and a browser that opens its pages as anybody in it."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import Forbidden, InternalServerError, TooManyRequests

from fabqueue.app import create_app
from fabqueue.config import Config, build
from fabqueue.db import Database, now
from fabqueue.dispatch.context import Context
from fabqueue.migrations import runner
from fabqueue.models import Heartbeat
from fabqueue.services import sites
from fabqueue.storage import Storage
from fabqueue.tasks.heartbeat import BEATING
from fabqueue.web.access import open_to_all
from fabqueue.web.extensions import limiter
from fabqueue.web.site import SIGN_IN_KEY
from tests.looks import lasers, octoprint
from tests.looks.acts import OCTOPRINT
from tests.looks.lab import Builder
from tests.looks.pages import AWAY, BROKEN, FORBIDDEN, HURRIED, Look, Place
from tests.looks.things import Things
from tests.support.chromium import serving

SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
LANGUAGES = {"en": "en", "zh": "zh_Hans"}
Theme = Literal["light", "dark"]
_NO_VIEWER = {"X-No-Viewer": "1"}
"""Sent by browsers that get no viewer of models. An interception in the browser would switch its cache off."""
_PROBLEMS = {
    FORBIDDEN: Forbidden(), HURRIED: TooManyRequests(), BROKEN: InternalServerError(),
    AWAY: OperationalError("SELECT 1", {}, OSError("no such host")),
}  # fmt: skip
_RULES = """## At the machines

- Switch the extraction on before the laser, and stay beside it.
- Leave a bed as you would like to find it.

## On the shelf

Parts wait here for **four weeks**.
"""


def prepare(folder: Path) -> Things:
    """A lab in `folder`, or the one that was made there before; beside it an installation that nobody has set up."""
    kept = folder / "look.json"
    if kept.exists():
        return Things(**json.loads(kept.read_text("utf-8")))
    config = _settings(folder)
    builder = Builder(_tables(config))
    made = builder.build()
    (folder / "house-rules.md").write_text(_RULES, "utf-8")
    lasers.later(builder.elsewhere(_context(_settings(lasers.copied(folder)))))
    made.setup_code = _begun(_bare(folder)).storage.setup_code()
    kept.write_text(json.dumps(asdict(made)), "utf-8")
    return made


def _tables(config: Config) -> Context:
    config.folder.mkdir(parents=True)
    runner.upgrade(config.database_url, config.folder / "backups")
    return _context(config)


def _begun(config: Config) -> Context:
    """What `fabqueue serve` leaves before anybody comes."""
    made = _tables(config)
    with made.db.writing() as session:
        sites.sync(session, config)
        session.commit()
    return made


def _context(config: Config) -> Context:
    return Context(config, Database(config.database_url), Storage(config.folder))


def _settings(folder: Path, **people: str) -> Config:
    site = {
        "name": "Riverside FabLab",
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
        "house_rules": "house-rules.md",
    }
    mail = {"host": "127.0.0.1", "port": 1, "sender": "lab@example.org"}
    return build({"site": site | {"house_rules": "house-rules.md"}, "mail": mail, "people": people}, {}, folder)


def _dead(folder: Path) -> Path:
    """A copy of the lab in which the ticker and the workers lived, and have been silent for an hour."""
    copy = folder / "stopped"
    if not copy.exists():
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("empty", "stopped", "lasers"))
        context = _context(_settings(copy))
        with context.db.writing() as session:
            session.add_all(Heartbeat(name=name, at=now() - timedelta(hours=1)) for name in BEATING)
            session.commit()
        context.db.close()
    return copy


def _bare(folder: Path) -> Config:
    return build({}, {}, folder / "empty")


@dataclass(frozen=True)
class Served:
    """A running application. `root` is its address."""

    app: Flask
    root: str


@dataclass(frozen=True)
class Scene:
    """The running application, also as it is elsewhere (`Look.place`). `root` is the lab's address."""

    app: Flask
    lab: Things
    root: str
    places: dict[Place, Served] = field(default_factory=dict)

    def at(self, place: Place) -> Served:
        return self.places.get(place) or Served(self.app, self.root)

    def cookie(self, who: str, language: str, place: Place = "lab") -> str:
        """Of a browser in which `who` is signed in and reads `language`."""
        app, held = self.at(place).app, {"language": language} | ({SIGN_IN_KEY: self.lab.people[who]} if who else {})
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return str(serializer.dumps(held))


@contextmanager
def opened(folder: Path) -> Iterator[Scene]:
    """Serve the lab in `folder`, made there when it is not."""
    lab = prepare(folder)
    was_limited, limiter.enabled = limiter.enabled, False  # the same page is opened in every size
    try:
        with (
            serving(octoprint.create()) as laser_pi,
            _served(_settings(folder), laser_pi) as here,
            _served(_settings(folder, sign_up="closed", guests="off")) as closed,
            _served(_bare(folder)) as empty,
            _served(_settings(_dead(folder))) as stopped,
            _served(_settings(folder / "lasers")) as burning,
        ):
            places: dict[Place, Served] = {"closed": closed, "empty": empty, "stopped": stopped, "lasers": burning}
            yield Scene(here.app, lab, here.root, places)
    finally:
        limiter.enabled = was_limited


@contextmanager
def _served(config: Config, octoprint_at: str = "") -> Iterator[Served]:
    context = _context(config)
    app = create_app(context=context)
    app.add_url_rule(OCTOPRINT, OCTOPRINT, open_to_all(lambda: octoprint_at))
    for path, problem in _PROBLEMS.items():
        app.add_url_rule(path, path, open_to_all(_answering(problem)))
    app.wsgi_app = _sparing(app.wsgi_app)  # type: ignore[method-assign]
    try:
        with serving(app) as root:
            yield Served(app, root)
    finally:
        context.db.close()


def _sparing(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Answers with an empty script to who wants no viewer."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if "HTTP_X_NO_VIEWER" in environ and environ["PATH_INFO"].endswith("/model-viewer.min.js"):
            start("200 OK", [("Content-Type", "text/javascript")])
            return [b""]
        return application(environ, start)

    return answer


def _answering(problem: Exception) -> Any:
    def view() -> str:
        raise problem

    return view


class Visit:
    """Pages in one size, theme and language."""

    def __init__(
        self, scene: Scene, browser: Browser, size: str, theme: Theme, language: str, *, script: bool = True,
        turning: bool = False,
    ) -> None:  # fmt: skip
        """`turning`: models in 3D replace their pictures, which takes seconds each without a graphics card."""
        self.scene, self.language = scene, LANGUAGES[language]
        self.context: BrowserContext = browser.new_context(
            viewport=SIZES[size], color_scheme=theme, java_script_enabled=script,  # type: ignore[arg-type]
            reduced_motion="reduce", extra_http_headers={} if turning else _NO_VIEWER,
        )  # fmt: skip
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self._statuses: list[int] = []
        self.page.on("response", lambda each: self._statuses.append(each.status) if _is_page(each) else None)

    def open(self, look: Look) -> Page:
        """The page as `look` says, when everything it needs has arrived. Raises AssertionError at another status."""
        root = self.scene.at(look.place).root
        value = self.scene.cookie(look.who, self.language, look.place)
        cookie = {"name": "fabqueue", "value": value, "url": root}
        self.page.goto("about:blank")  # a part of the page before that renews itself would ask without a cookie
        self.context.clear_cookies()
        self.context.add_cookies([cookie])  # type: ignore[list-item]
        self.page.unroute_all()
        self._statuses.clear()
        self.page.goto(root + look.path, wait_until="load")
        if look.act:
            look.act(self.page)
        self.page.wait_for_load_state("load")
        assert self._statuses[-1] == look.status, f"{look.name} answered {self._statuses}"
        assert self.page.url.endswith(look.ends), f"{look.name} ended at {self.page.url}"
        return self.page

    def close(self) -> None:
        self.context.close()


def _is_page(response: Any) -> bool:
    return bool(response.request.is_navigation_request())
