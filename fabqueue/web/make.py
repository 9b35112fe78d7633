"""Make: drop designs and go to their reports."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from fabqueue.analysis import kinds
from fabqueue.db import WritingSession
from fabqueue.models import Design, Person, Project, ProjectAuthor, Revision, RevisionState
from fabqueue.permissions import Permission, fetch
from fabqueue.services import uploads
from fabqueue.services.errors import Conflict, Refused
from fabqueue.storage import Kept
from fabqueue.web import stops, uploading
from fabqueue.web.access import open_to_all, signed_in
from fabqueue.web.errors import flash_problem
from fabqueue.web.site import context, current_person, reading
from fabqueue.web.text import reader
from fabqueue.web.uploading import is_script

blueprint = Blueprint("make", __name__)

SHOWN = 8


@blueprint.get("/make")
@open_to_all
def index() -> Response:
    return _page(200)


def _page(status: int) -> Response:
    person, largest = current_person(), context().config.uploads.largest_mb * 1_000_000
    project = _project(request.values.get("project", "")) if person else None
    body = render_template(
        "make/index.html", accept=",".join(kinds.EXTENSIONS), largest=largest, project=project, **_recent(person)
    )
    return make_response(body, status)


def _project(slug: str) -> Project | None:
    """The project that new designs go into, when one is named."""
    return fetch(reading(), current_person(), Project, slug, Permission.WRITE_PROJECT) if slug else None


def _recent(person: Person | None) -> dict[str, Any]:
    designs = _latest(reading(), person) if person else []
    waiting = {RevisionState.PENDING, RevisionState.RUNNING}
    is_reading = any(each.latest.state in waiting for each in designs)
    return {"designs": designs, "is_reading": is_reading, "stop": stops.of_reading() if person else ""}


def _latest(session: Session, person: Person) -> Sequence[Design]:
    """The designs a person touched last."""
    mine = select(Design).join(Project).join(ProjectAuthor).join(Revision, Revision.design_id == Design.id)
    mine = mine.where(ProjectAuthor.person_id == person.id, Design.deleted_at.is_(None), Project.deleted_at.is_(None))
    newest = mine.with_only_columns(Design.id).group_by(Design.id).order_by(func.max(Revision.created_at).desc())
    return [session.get_one(Design, key) for key in session.scalars(newest.limit(SHOWN))]


@blueprint.get("/make/recent")
@signed_in
def recent() -> str:
    """The list of one's latest designs alone, asked for while it changes."""
    return render_template("make/_recent.html", **_recent(current_person()))


@blueprint.post("/make")
@open_to_all
def upload() -> Response:
    """One file with an answer in JSON for the script, or several from the plain form."""
    if current_person() is None:
        return _signed_out()
    try:
        files = uploading.sent_files()
        made = [_take(file) for file in files]
    except (Refused, Conflict) as problem:
        return _refused(problem)
    place = url_for("designs.show", key=made[0]) if len(made) == 1 else url_for("make.index")
    if is_script():
        size = reader().bytes(uploading.size_of(files[0]))
        return make_response(jsonify(location=place, note=_("%(size)s, being read", size=size)), 201)
    return redirect(place, 303)


def _signed_out() -> Response:
    if is_script():
        return make_response(jsonify(detail=_("You are signed out. Sign in in another window, then go on here.")), 401)
    return redirect(url_for("people.sign_in", next=url_for("make.index")), 303)


def _take(file: FileStorage) -> str:
    slug, units, name = request.form.get("project", ""), request.form.get("units", ""), file.filename or ""

    def make(session: WritingSession, person: Person, kept: Kept) -> Revision:
        project = fetch(session, person, Project, slug, Permission.WRITE_PROJECT) if slug else None
        return uploads.add_design(session, context().config.uploads, person, kept, name, project=project, units=units)

    return uploading.take(file, f"design in {slug}", units, make)


def _refused(problem: Refused | Conflict) -> Response:
    if is_script():
        return uploading.refused(problem)
    flash_problem(problem)
    return _page(409 if isinstance(problem, Conflict) else 422)
