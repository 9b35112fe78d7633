"""One design: its report as it comes, what it would cost, and asking for it."""

from typing import Any

from flask import Blueprint, abort, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from htmx_flask import request as htmx_request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from fabqueue.analysis import kinds
from fabqueue.analysis.findings import AnalysisError
from fabqueue.calls import have_estimated
from fabqueue.db import WritingSession
from fabqueue.models import Design, Person, Revision, RevisionState
from fabqueue.permissions import Permission, allowed, fetch
from fabqueue.services import jobs, uploads
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.storage import Kept
from fabqueue.web import uploading
from fabqueue.web.access import open_to_all, signed_in
from fabqueue.web.errors import flash_problem, said
from fabqueue.web.make import is_script
from fabqueue.web.quoting import QuoteForm, offer, sensible_settings
from fabqueue.web.security import shows_viewer
from fabqueue.web.site import context, current_person, me, reading, writing
from fabqueue.web.text import reader

blueprint = Blueprint("designs", __name__, url_prefix="/make/designs")

READING = {RevisionState.PENDING, RevisionState.RUNNING}


@blueprint.get("/<key>")
@open_to_all
def show(key: str) -> Response:
    return _page(_revision(key), QuoteForm())


def _revision(key: str, permission: Permission = Permission.READ_DESIGN) -> Revision:
    """The revision that the address or the form names, else the latest one."""
    design = fetch(reading(), current_person(), Design, key, permission)
    return _numbered(design, request.values.get("revision", ""))


def _numbered(design: Design, number: str) -> Revision:
    if not number:
        return design.latest
    found = [each for each in design.revisions if str(each.number) == number]
    return found[0] if found else abort(404)


def _page(revision: Revision, form: QuoteForm, status: int = 200) -> Response:
    shows_viewer()
    return make_response(render_template("designs/show.html", **_shown(revision, form)), status)


def _shown(revision: Revision, form: QuoteForm) -> dict[str, Any]:
    person = current_person()
    may_order = allowed(person, Permission.ORDER_DESIGN, revision.design)
    has_offer = may_order and revision.state is RevisionState.READY
    return {
        "design": revision.design, "revision": revision, "form": form, "may_order": may_order,
        "is_reading": revision.state in READING, "accept": ",".join(kinds.EXTENSIONS), "units": uploads.UNITS[1:],
        "suggested": _suggested_unit(revision),
        "largest": context().config.uploads.largest_mb * 1_000_000, "findings": _findings(revision),
        "offer": offer(reading(), revision, person, form) if has_offer else None,
    }  # fmt: skip


_UNIT_HINTS = {"mesh_unit_maybe_inches": "in", "mesh_unit_maybe_metres": "m"}


def _suggested_unit(revision: Revision) -> str:
    """The unit that the findings think the file was drawn in."""
    codes = [each["code"] for each in revision.report.data["findings"]] if revision.report else []
    return next((_UNIT_HINTS[each] for each in codes if each in _UNIT_HINTS), "")


def _findings(revision: Revision) -> list[dict[str, Any]]:
    """The findings in the reader's words."""
    found = revision.report.data["findings"] if revision.report else []
    words = reader()
    told = [(each, words.say(each["code"], each["values"])) for each in found]
    return [each | {"message": text, "advice": words.advice(each["code"], each["values"])} for each, text in told]


@blueprint.get("/<key>/live")
@open_to_all
def live(key: str) -> Response:
    """How far the reading is; the whole page is fetched anew when it has ended."""
    revision = _revision(key)
    answer = make_response(render_template("designs/_reading.html", design=revision.design, revision=revision))
    if revision.state not in READING:
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post("/<key>/quote")
@signed_in
def quote(key: str) -> Response:
    """The price for other wishes: the changed parts for htmx, else the page."""
    form = QuoteForm()
    form.validate()
    revision = _revision(key, Permission.ORDER_DESIGN)
    _estimate(revision, form)
    if not htmx_request.htmx:
        return _page(revision, form)
    return make_response(render_template("designs/_quote.html", **_shown(revision, form)))


def _estimate(revision: Revision, form: QuoteForm, *, chosen_only: bool = False) -> None:
    """Have the estimates for these settings made, if nobody asked for them before. Raises Refused."""
    model, _slash, material = (form.option.data or "").partition("/") if chosen_only else ("", "", "")
    try:
        have_estimated(current_person(), revision.id, sensible_settings(form), model, material)
    except AnalysisError as error:
        form.refuse(Refused(error.code, error.values))


@blueprint.post("/<key>/ask")
@signed_in
def ask(key: str) -> Response:
    """Ask the workshop to make it."""
    form = QuoteForm()
    if form.validate():
        revision = _revision(key, Permission.ORDER_DESIGN)
        try:
            _estimate(revision, form, chosen_only=True)
        except Refused as refused:
            form.refuse(refused)
        code = None if form.errors else _submitted(revision.id, form)
        if code:
            flash(_("The workshop was asked. You hear from us when a technician has looked at it."), "ok")
            return redirect(url_for("jobs.show", code=code), 303)
    return _page(_revision(key, Permission.ORDER_DESIGN), form, 422)


def _submitted(revision_id: str, form: QuoteForm) -> str | None:
    """The code of the new job; None when a service refused, which the form says then."""
    try:
        with writing() as session:
            person = me(session)
            revision = fetch(session, person, Revision, revision_id, Permission.ORDER_DESIGN)
            job = jobs.create(session, context().config, person, revision, form.wish(), filed_by=person)
            jobs.submit(session, context().config, job, person, override=form.override.data or "")
            return job.code
    except (Refused, Invalid) as problem:
        form.refuse(problem)
    return None


@blueprint.post("/<key>/revisions")
@signed_in
def revise(key: str) -> Response:
    """The next revision: a better file."""
    try:
        file = uploading.sent_files()[0]
        place = url_for("designs.show", key=_take_revision(key, file))
    except (Refused, Conflict) as problem:
        return _not_taken(key, problem)
    if is_script():
        size = reader().bytes(uploading.size_of(file))
        return make_response(jsonify(location=place, note=_("%(size)s, being read", size=size)), 201)
    return redirect(place, 303)


def _take_revision(key: str, file: FileStorage) -> str:
    def make(session: WritingSession, person: Person, kept: Kept) -> Revision:
        design = fetch(session, person, Design, key, Permission.WRITE_PROJECT)
        return uploads.add_revision(session, context().config.uploads, person, design, kept, file.filename or "")

    return uploading.take(file, f"revision of {key}", "", make)


def _not_taken(key: str, problem: Refused | Conflict) -> Response:
    status = 409 if isinstance(problem, Conflict) else 422
    if is_script():
        return make_response(jsonify(detail=said(problem), code=problem.code), status)
    flash_problem(problem)
    return _page(_revision(key), QuoteForm(formdata=None), status)


@blueprint.post("/<key>/units")
@signed_in
def reread(key: str) -> Response:
    """Read the same file in another unit: a new revision, because the old one stays what it was."""
    try:
        with writing() as session:
            person = me(session)
            design = fetch(session, person, Design, key, Permission.WRITE_PROJECT)
            shown = _numbered(design, request.form.get("revision", ""))
            kept = Kept(shown.sha256, shown.file.size)
            uploads.add_revision(session, context().config.uploads, person, design, kept, shown.filename,
                                 request.form.get("units", ""))  # fmt: skip
    except Refused as refused:
        return _not_taken(key, refused)
    return redirect(url_for("designs.show", key=key), 303)
