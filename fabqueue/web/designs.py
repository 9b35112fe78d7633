"""One design: its report as it comes, what it would cost, and asking for it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from htmx_flask import request as htmx_request
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.wrappers import Response

from fabqueue.analysis import kinds
from fabqueue.analysis.findings import AnalysisError
from fabqueue.calls import have_estimated
from fabqueue.db import WritingSession
from fabqueue.models import Design, Person, Revision, RevisionState
from fabqueue.permissions import Permission, allowed, fetch, require
from fabqueue.services import jobs, people, reassigning, requests, uploads
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.storage import Kept
from fabqueue.web import stops, uploading
from fabqueue.web.access import open_to_all, signed_in
from fabqueue.web.drawn import drawn, mark_ring, marked, unjudged
from fabqueue.web.errors import flash_problem
from fabqueue.web.promising import divided, promised
from fabqueue.web.quoting import QuoteForm, offer, sensible_quantity, sensible_settings
from fabqueue.web.security import shows_viewer
from fabqueue.web.site import admits_guests, context, current_person, me, reading, writing
from fabqueue.web.text import reader
from fabqueue.web.uploading import is_script

blueprint = Blueprint("designs", __name__, url_prefix="/make/designs")
blueprint.add_app_template_global(promised, "promised")
blueprint.add_app_template_global(divided, "divided")
blueprint.add_app_template_global(mark_ring, "mark_ring")

READING = {RevisionState.PENDING, RevisionState.RUNNING}


@blueprint.get("/<key>")
@admits_guests
@open_to_all
def show(key: str) -> Response:
    """With the fields of the form in the address: filled in like that, to ask for the same again."""
    revision = _revision(key)
    given = MultiDict(request.args) if "option" in request.args else None
    return _page(revision, QuoteForm(formdata=given) if given else QuoteForm(data=_beginning(revision)))


def _beginning(revision: Revision) -> dict[str, str]:
    """What the form says before anybody has written in it: a guest's wish, and whom staff ask for."""
    person, project = current_person(), revision.design.project
    if person is None or allowed(person, Permission.WRITE_PROJECT, project):
        return {"note": project.documentation[:2000]} if person and person.is_guest else {}
    if project.is_public or not allowed(person, Permission.FILE_FOR_OTHERS):
        return {}
    note = project.documentation[:2000] if project.owner.is_guest else ""
    return {"owner": project.owner.user_name, "note": note}


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
    offered = offer(reading(), revision, person, form) if has_offer else None
    plan = offered.chosen.plan if offered and offered.chosen else None
    return {
        "design": revision.design, "revision": revision, "form": form, "may_order": may_order,
        "may_file": allowed(person, Permission.FILE_FOR_OTHERS),
        "is_reading": revision.state in READING, "accept": ",".join(kinds.EXTENSIONS), "units": uploads.UNITS[1:],
        "suggested": _suggested_unit(revision), "stop": _stop(revision),
        "largest": context().config.uploads.largest_mb * 1_000_000, "findings": _findings(revision, plan),
        "drawn": drawn(revision, person),
        "offer": offered,
    }  # fmt: skip


def _stop(revision: Revision) -> str:
    """Why the reading of it does not go on, if a part of FabQueue is away."""
    return stops.of_reading() if revision.state in READING else ""


_UNIT_HINTS = {"mesh_unit_maybe_inches": "in", "mesh_unit_maybe_metres": "m"}


def _suggested_unit(revision: Revision) -> str:
    """The unit that the findings think the file was drawn in."""
    codes = [each["code"] for each in revision.report.data["findings"]] if revision.report else []
    return next((_UNIT_HINTS[each] for each in codes if each in _UNIT_HINTS), "")


def _findings(revision: Revision, plan: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The findings in the reader's words, beside what is said of the plan for what is chosen."""
    found = unjudged(revision.report.data["findings"], plan) if revision.report else []
    words = reader()
    told = [(each, words.say(each["code"], each["values"])) for each in found]
    made = [{**each, "message": text, "advice": words.advice(each["code"], each["values"])} for each, text in told]
    view = revision.report.data.get("view_mm") if revision.report else None
    return marked(made, view) if view else made


@blueprint.get("/<key>/live")
@admits_guests
@open_to_all
def live(key: str) -> Response:
    """How far the reading is; the whole page is fetched anew when it has ended."""
    revision = _revision(key)
    answer = make_response(
        render_template("designs/_reading.html", design=revision.design, revision=revision, stop=_stop(revision))
    )
    if revision.state not in READING:
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post("/<key>/quote")
@admits_guests
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
        have_estimated(current_person(), revision.id, sensible_settings(form, revision), model, material,
                       sensible_quantity(form))  # fmt: skip
    except AnalysisError as error:
        form.refuse(Refused(error.code, error.values))


@blueprint.post("/<key>/put")
@signed_in
def put(key: str) -> Response:
    """Put it into the request that its maker sends later."""
    form = QuoteForm()
    if form.validate():
        revision = _revision(key, Permission.ORDER_DESIGN)
        found = _put(revision.id, form)
        if found:
            flash(_("It is in your request. Put in more, or send it."), "ok")
            return redirect(url_for("requests.show", key=found), 303)
    return _page(_revision(key, Permission.ORDER_DESIGN), form, 422)


def _put(revision_id: str, form: QuoteForm) -> str | None:
    """The request's id; None when a service refused, which the form says then."""
    try:
        with writing() as session:
            person = me(session)
            revision = fetch(session, person, Revision, revision_id, Permission.ORDER_DESIGN)
            return requests.put(session, context().config, person, revision, form.wish(revision.design.kind)).request_id
    except (Refused, Invalid) as problem:
        form.refuse(problem)
    return None


@blueprint.post("/<key>/ask")
@admits_guests
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
            owner = _owner(session, person, form)
            job = jobs.create(
                session, context().config, owner, revision, form.wish(revision.design.kind), filed_by=person
            )
            jobs.submit(session, context().config, job, person, override=form.override.data or "")
            return job.code
    except (Refused, Invalid) as problem:
        form.refuse(problem)
    return None


def _owner(session: Session, person: Person, form: QuoteForm) -> Person:
    """Whose job it becomes: one's own, unless staff name somebody else. Raises Refused."""
    name = form.owner.data or ""
    if name in ("", person.user_name):
        return person
    require(person, Permission.FILE_FOR_OTHERS)
    return people.named(session, name, "owner")


@blueprint.post("/<key>/revisions")
@admits_guests
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
    if is_script():
        return uploading.refused(problem)
    flash_problem(problem)
    return _page(_revision(key), QuoteForm(formdata=None), 409 if isinstance(problem, Conflict) else 422)


@blueprint.post("/<key>/units")
@admits_guests
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


_OPERATION = "operation:"


@blueprint.post("/<key>/reading")
@admits_guests
@signed_in
def read_as(key: str) -> Response:
    """Say what the colours of a drawing mean ("reset": what the lab means), and whether doubles are left out."""
    try:
        with writing() as session:
            person = me(session)
            design = fetch(session, person, Design, key, Permission.READ_ANEW)
            shown = _numbered(design, request.form.get("revision", ""))
            found = reassigning.change(session, context().config, person, shown, _operations(), _doubles())
            number = "" if found.id == design.latest.id else str(found.number)
            is_read_here = found.id == shown.id and found.state in READING
    except (Refused, Conflict) as problem:
        return _not_taken(key, problem)
    place = url_for("designs.show", key=key, revision=number or None)
    if not htmx_request.htmx:
        return redirect(place, 303)
    if not is_read_here:
        return make_response("", 204, {"HX-Redirect": place})
    return make_response(render_template("designs/_checked.html", **_shown(_revision(key), QuoteForm(formdata=None))))


def _operations() -> dict[str, str] | None:
    """What the form says of each colour; None where it says nothing."""
    if "reset" in request.form:
        return {}
    named = [(name.removeprefix(_OPERATION), name) for name in request.form if name.startswith(_OPERATION)]
    return {colour: request.form[name] for colour, name in named} or None


def _doubles() -> bool | None:
    """Whether the form says to leave out lines that lie on others; None where it says nothing."""
    return {"remove": True, "keep": False}.get(request.form.get("doubles", ""))
