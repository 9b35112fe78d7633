"""Whoever adds a page shows it: every address that a browser can open is among the pages that are looked at."""

from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from tests.looks.pages import looks
from tests.looks.scene import Scene

NO_PAGE = {
    "a file": {
        "files.camera", "files.download", "files.drawing", "files.model", "files.gcode", "files.picture",
        "files.sheet", "files.toolpath",
        "guides.picture", "imports.bad_rows", "jobs.statement_file", "kiosk.burns", "lab.logo", "lasers.burns",
        "leaving.export", "leaving.export_other", "photos.large", "photos.small", "projects.archive",
        "rounds.picture", "static",
    },
    "a part of a page that is looked at, fetched by htmx": {
        "checks.part", "curating.find", "designs.live", "desk.calls", "desk.failed", "desk.inbox", "desk.queue",
        "desk.shelf", "desk.stock", "desk.stopped", "desk.timeline", "desk.wall", "explore.now", "finding.part",
        "imports.part", "jobs.part", "jobs.table", "make.recent", "reviews.price", "rounds.stop", "tools.list_part",
        "tools.part", "wallboard.part", "wallboard.screen_part",
    },
    "leads on to a page that is looked at": {"tickets.scan"},
    "for programs": {"watch.health", "watch.metrics"},
}  # fmt: skip
"""Why an address is no page, to the endpoints of which that is true."""
API = "/api/"


def pages(app: Flask) -> set[str]:
    """Endpoints that answer to a browser with a page."""
    left_out = set[str]().union(*NO_PAGE.values())
    rules = [each for each in app.url_map.iter_rules() if "GET" in (each.methods or ())]
    return {each.endpoint for each in rules if not each.rule.startswith((API, "/look/"))} - left_out


def test_every_page_is_looked_at(shown: Scene) -> None:
    shown_at = shown.app.url_map.bind("lab")
    seen = set[str]()
    for look in looks(shown.lab):
        try:
            seen.add(shown_at.match((look.ends or look.path).partition("?")[0], "GET")[0])
        except (NotFound, MethodNotAllowed, RequestRedirect):
            assert look.status == 404, f"{look.name} is at no address of the application"
    assert pages(shown.app) - seen == set(), "give these a look in tests/looks/pages.py"


def test_what_is_said_to_be_no_page_is_there(shown: Scene) -> None:
    known = {each.endpoint for each in shown.app.url_map.iter_rules()}
    assert set[str]().union(*NO_PAGE.values()) <= known
