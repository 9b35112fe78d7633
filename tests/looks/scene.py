"""The application over the pictured lab, and a browser that opens its pages as anybody in it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from flask import Flask, abort
from playwright.sync_api import Browser, BrowserContext, Page, Route

from fabqueue.app import create_app
from fabqueue.config import Config, build
from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.storage import Storage
from fabqueue.web.access import open_to_all
from fabqueue.web.extensions import limiter
from fabqueue.web.site import SIGN_IN_KEY
from tests.looks.lab import Builder, Lab
from tests.looks.pages import BROKEN, FORBIDDEN, HURRIED, Look
from tests.support.chromium import serving
from tests.support.database import make_tables

SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
LANGUAGES = {"en": "en", "zh": "zh_Hans"}
Theme = Literal["light", "dark"]


def prepare(folder: Path) -> Lab:
    """A lab in `folder`, or the one that was made there before."""
    kept = folder / "look.json"
    if kept.exists():
        return Lab(**json.loads(kept.read_text("utf-8")))
    config = _settings(folder)
    config.folder.mkdir(parents=True)
    make_tables(config.database_url)
    database = Database(config.database_url)
    made = Builder(Context(config, database, Storage(config.folder))).build()
    database.close()
    kept.write_text(json.dumps(asdict(made)), "utf-8")
    return made


def _settings(folder: Path) -> Config:
    site = {"name": "Riverside FabLab", "time_zone": "Europe/Berlin", "currency": "EUR"}
    mail = {"host": "127.0.0.1", "port": 1, "sender": "lab@example.org"}
    return build({"site": site, "mail": mail}, {}, folder)


@dataclass(frozen=True)
class Scene:
    """The running application. `root` is its address."""

    app: Flask
    lab: Lab
    root: str

    def cookie(self, who: str, language: str) -> str:
        """Of a browser in which `who` is signed in and reads `language`."""
        held = {"language": language} | ({SIGN_IN_KEY: self.lab.people[who]} if who else {})
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        return str(serializer.dumps(held))


@contextmanager
def opened(folder: Path) -> Iterator[Scene]:
    """Serve the lab in `folder`, made there when it is not."""
    lab = prepare(folder)
    config = _settings(folder)
    context = Context(config, Database(config.database_url), Storage(config.folder))
    app = create_app(context=context)
    was_limited, limiter.enabled = limiter.enabled, False  # the same page is opened in every size
    for path, status in ((FORBIDDEN, 403), (HURRIED, 429), (BROKEN, 500)):
        app.add_url_rule(path, path, open_to_all(_answering(status)))
    try:
        with serving(app) as root:
            yield Scene(app, lab, root)
    finally:
        limiter.enabled = was_limited
        context.db.close()


def _answering(status: int) -> Any:
    def view() -> str:
        abort(status)

    return view


class Visit:
    """Pages in one size, theme and language."""

    def __init__(
        self, scene: Scene, browser: Browser, size: str, theme: Theme, language: str, *, script: bool = True,
        turning: bool = False,
    ) -> None:  # fmt: skip
        """`turning`: models in 3D replace their pictures, which takes seconds each without a graphics card."""
        self.scene, self.language, self._turning = scene, LANGUAGES[language], turning
        self.context: BrowserContext = browser.new_context(
            viewport=SIZES[size], color_scheme=theme, java_script_enabled=script,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )  # fmt: skip
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self._statuses: list[int] = []
        self.page.on("response", lambda each: self._statuses.append(each.status) if _is_page(each) else None)

    def open(self, look: Look) -> Page:
        """The page as `look` says, when everything it needs has arrived. Raises AssertionError at another status."""
        cookie = {"name": "fabqueue", "value": self.scene.cookie(look.who, self.language), "url": self.scene.root}
        self.context.clear_cookies()
        self.context.add_cookies([cookie])  # type: ignore[list-item]
        self.page.unroute_all()
        if not self._turning:
            self.page.route("**/model-viewer.min.js", _no_viewer)
        self._statuses.clear()
        self.page.goto(self.scene.root + look.path, wait_until="load")
        if look.act:
            look.act(self.page)
        self.page.wait_for_load_state("load")
        assert self._statuses[-1] == look.status, f"{look.name} answered {self._statuses}"
        return self.page

    def close(self) -> None:
        self.context.close()


def _no_viewer(route: Route) -> None:
    route.fulfill(content_type="text/javascript", body="")


def _is_page(response: Any) -> bool:
    return bool(response.request.is_navigation_request())
