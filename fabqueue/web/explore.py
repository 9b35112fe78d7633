"""Explore: the open projects of the lab, newest first, found by words."""

from flask import Blueprint, render_template, request, url_for

from fabqueue.models import Project, Revision
from fabqueue.services import projects
from fabqueue.web.access import open_to_all
from fabqueue.web.site import reading

blueprint = Blueprint("explore", __name__)

PER_PAGE = 24


@blueprint.get("/")
@open_to_all
def index() -> str:
    words, before = request.args.get("q", "").strip()[:200], request.args.get("before", "")
    found = projects.public(reading(), words, before, PER_PAGE + 1)
    page = found[:PER_PAGE]
    older = url_for("explore.index", q=words or None, before=page[-1].id) if len(found) > PER_PAGE else None
    newest = url_for("explore.index", q=words or None) if before else None
    shown = [(each, face(each)) for each in page]
    return render_template("explore/index.html", projects=shown, words=words, older=older, newest=newest)


def face(project: Project) -> Revision | None:
    """The revision whose picture stands for a project: of its first design that has one."""
    with_picture = (
        revision
        for design in project.designs
        if design.deleted_at is None
        for revision in reversed(design.revisions)
        if revision.report is not None and (revision.report.picture_sha256 or revision.report.preview_sha256)
    )
    return next(with_picture, None)
