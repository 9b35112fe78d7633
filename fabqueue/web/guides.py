"""Help: the guides as pages of the application, in the reader's language, without any network."""

from collections.abc import Mapping

from flask import Blueprint, Flask, abort, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from fabqueue import guides
from fabqueue.web import guide_text
from fabqueue.web.access import open_to_all
from fabqueue.web.text import chosen_language
from fabqueue.wording import LANGUAGES

blueprint = Blueprint("guides", __name__)

CHAPTERS: Mapping[str, str] = {
    "make": "makers/first-job", "designs": "makers/first-job", "jobs": "makers/follow", "projects": "makers/project",
    "account": "makers/account", "notices": "makers/account", "people": "makers/account",
    "desk": "technicians/review", "reviews": "technicians/review", "queues": "technicians/order",
    "floor": "technicians/machines",
    "tools": "technicians/machines", "rounds": "technicians/round",
    "machines": "operating/machines", "models": "operating/machines", "materials": "technicians/materials",
    "staff_people": "technicians/people", "policy": "operating/settings", "checks": "operating/settings",
    "imports": "operating/import",
    "setup": "first-hour", "finding": "operating/machines",
    "authors": "makers/project", "writing": "makers/project", "history": "makers/project", "photos": "makers/project",
}  # fmt: skip
"""The chapter that is about a page: name of its blueprint, or of its endpoint where one page of many differs."""


@blueprint.get("/help")
@open_to_all
def index() -> str:
    return show(guides.FIRST)


@blueprint.get("/help/<path:page>")
@open_to_all
def show(page: str) -> str:
    language = chosen_language()
    found = guides.page(page, language)
    if found is None:
        abort(404)
    parts = guides.parts(language)
    order = [each for part in parts for each in (part.page, *part.chapters)]
    place = next((number for number, each in enumerate(order) if each.name == page), -1)
    return render_template(
        "guides/show.html", page=found, parts=parts, text=guide_text.render(found, language), language=language,
        before=order[place - 1] if place > 0 else None,
        after=order[place + 1] if 0 <= place < len(order) - 1 else None,
    )  # fmt: skip


@blueprint.get("/help/pictures/<language>/<path:name>")
@open_to_all
def picture(language: str, name: str) -> Response:
    place = guides.picture(name, language) if language in LANGUAGES else None
    if place is None:
        abort(404)
    return send_file(place, max_age=3600)


def chapter_here() -> str:
    """The address of the help for the page that is being shown."""
    name = CHAPTERS.get(request.endpoint or "") or CHAPTERS.get(request.blueprint or "")
    return url_for("guides.show", page=name) if name else url_for("guides.index")


def init_app(app: Flask) -> None:
    app.add_template_global(chapter_here, "chapter_here")
