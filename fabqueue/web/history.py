"""The versions of a project's words: who wrote them when, what changed, and bringing one back."""

from flask import Blueprint, abort, make_response, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from fabqueue.models import PageVersion, Project
from fabqueue.permissions import Permission, allowed, fetch
from fabqueue.services import projects, texts
from fabqueue.web import projectviews
from fabqueue.web.access import signed_in
from fabqueue.web.acting import Question, asked
from fabqueue.web.forms import Form
from fabqueue.web.markdown import render
from fabqueue.web.site import current_person, me, reading

blueprint = Blueprint("history", __name__, url_prefix="/projects/<slug>/history")

PER_PAGE = 50
PARTS = {
    "title": _("Title"), "summary": _("In one or two sentences"), "function": _("What it is for"),
    "documentation": _("Documentation"),
}  # fmt: skip


@blueprint.get("")
@signed_in
def index(slug: str) -> str:
    project, before = _project(slug), _number(request.args.get("before", ""))
    found = texts.versions(reading(), project, before, PER_PAGE + 1)
    older = found[PER_PAGE - 1].number if len(found) > PER_PAGE else None
    return render_template(
        "projects/history.html", project=project, versions=found[:PER_PAGE], older=older, before=before,
        may_write=_may_write(project),
    )  # fmt: skip


@blueprint.get("/<int:number>")
@signed_in
def show(slug: str, number: int) -> str:
    """One version as it stood on the page, and what it changed."""
    project = _project(slug)
    version = _version(project, number)
    return render_template(
        "projects/version.html", project=project, version=version,
        documentation=render(version.documentation, projectviews.photos_by_key(project)),
        may_write=_may_write(project), changes=_changes(_before(project, version), version),
        last=texts.last_number(reading(), project),
    )  # fmt: skip


@blueprint.get("/compare")
@signed_in
def compare(slug: str) -> str:
    """What changed between two versions, the earlier one first."""
    project = _project(slug)
    numbers = [_number(request.args.get(name, "")) for name in ("old", "new")]
    if None in numbers:
        abort(404)
    old, new = (_version(project, each) for each in sorted(each for each in numbers if each is not None))
    return render_template("projects/compare.html", project=project, old=old, new=new, changes=_changes(old, new))


@blueprint.route("/<int:number>/restore", methods=["GET", "POST"])
@signed_in
def restore(slug: str, number: int) -> Response:
    project = fetch(reading(), current_person(), Project, slug, Permission.WRITE_PROJECT)
    _version(project, number)
    question = Question(
        gettext("Bring version %(number)s back?", number=number),
        gettext("Its words stand on the page again. What stands there now stays in the history."),
        gettext("Bring it back"), gettext("The words of version %(number)s are back.", number=number),
        url_for("projects.show", slug=slug), nav="explore",
    )  # fmt: skip
    return make_response(asked(question, Form(), lambda session: projects.bring_back(
        session, fetch(session, me(session), Project, slug, Permission.WRITE_PROJECT), me(session), number
    )))  # fmt: skip


def _project(slug: str) -> Project:
    return fetch(reading(), current_person(), Project, slug, Permission.READ_HISTORY)


def _may_write(project: Project) -> bool:
    return allowed(current_person(), Permission.WRITE_PROJECT, project)


def _version(project: Project, number: int) -> PageVersion:
    found = texts.version(reading(), project, number) if number < 10**9 else None
    return found or abort(404)


def _before(project: Project, version: PageVersion) -> PageVersion | None:
    return texts.version(reading(), project, version.number - 1)


def _changes(old: PageVersion | None, new: PageVersion) -> list[tuple[str, list[texts.Line]]]:
    """The name of each part that changed, with its lines."""
    found = [(name, texts.differences(getattr(old, name) if old else "", getattr(new, name))) for name in texts.WORDS]
    return [(str(PARTS[name]), lines) for name, lines in found if lines]


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else None
