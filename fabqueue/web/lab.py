"""The lab's own face, from its configuration: logo, words of welcome, house rules."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, render_template, send_file

from fabqueue.config import LOGO_TYPES
from fabqueue.web.access import open_to_all
from fabqueue.web.markdown import render
from fabqueue.web.site import context

blueprint = Blueprint("lab", __name__)

_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@dataclass(frozen=True)
class Face:
    """What every page may show of the lab."""

    welcome_title: str
    welcome: str
    has_logo: bool
    has_rules: bool


@blueprint.app_context_processor
def _everywhere() -> dict[str, Any]:
    site = context().config.site
    return {"lab": Face(site.welcome_title, site.welcome, _file("logo") is not None, _file("house_rules") is not None)}


def _file(setting: str) -> Path | None:
    """The file that a setting names, where there is one."""
    found = context().config.beside(getattr(context().config.site, setting))
    return found if found is not None and found.is_file() else None


@blueprint.get("/lab/logo")
@open_to_all
def logo() -> Response:
    """The picture beside the lab's name; a drawing is sandboxed when it is opened by itself."""
    found = _file("logo")
    if found is None:
        abort(404)
    answer = send_file(found, mimetype=LOGO_TYPES[found.suffix.lower()], max_age=3600)
    answer.headers["Content-Security-Policy"] = _PICTURE_POLICY
    return answer


@blueprint.get("/house-rules")
@open_to_all
def house_rules() -> str:
    found = _file("house_rules")
    if found is None:
        abort(404)
    return render_template("lab/house_rules.html", rules=render(found.read_text("utf-8", errors="replace")))
