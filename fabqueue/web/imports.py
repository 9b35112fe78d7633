"""Bringing in people, past jobs and slicer settings: a file is taken, what it would make is shown, then it is made."""

import csv
import io
from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf.file import FileField
from htmx_flask import request as htmx_request
from werkzeug.wrappers import Response

from fabqueue.db import WritingSession
from fabqueue.models import ImportBatch, ImportKind, ImportState
from fabqueue.permissions import Permission, fetch
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.imports import batches, undoing
from fabqueue.storage import TooLarge
from fabqueue.tasks.imports import forget_file
from fabqueue.web.access import permitted
from fabqueue.web.acting import Question, asked
from fabqueue.web.errors import flash_problem
from fabqueue.web.forms import Form
from fabqueue.web.importing import LABELS, TITLES, choices_form, presets_of
from fabqueue.web.live import Part
from fabqueue.web.site import context, current_person, me, reading, writing

blueprint = Blueprint("imports", __name__, url_prefix="/imports")

S = ImportState
OFFERED = list(ImportKind)


class Upload(Form):
    file = FileField(lazy_gettext("File"))


@blueprint.get("")
@permitted(Permission.IMPORT)
def index() -> Response:
    return make_response(render_template("imports/index.html", batches=batches.recent(reading()), titles=TITLES,
                                         offered=OFFERED))  # fmt: skip


@blueprint.route("/new/<kind>", methods=["GET", "POST"])
@permitted(Permission.IMPORT)
def create(kind: str) -> Response:
    if kind not in OFFERED:
        abort(404)
    form = Upload()
    if form.validate_on_submit():
        try:
            return redirect(url_for("imports.show", key=_taken(ImportKind(kind))), 303)
        except (Refused, Invalid) as problem:
            form.refuse(problem)
    body = render_template("imports/new.html", form=form, kind=kind, title=TITLES[ImportKind(kind)],
                           most=batches.MOST_BYTES)  # fmt: skip
    return make_response(body, 422 if form.is_submitted() else 200)


def _taken(kind: ImportKind) -> str:
    """Store the file that was sent and have it read; the id of its import. Raises Refused."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Refused("upload_missing", field="file")
    try:
        kept = context().storage.keep(file.stream, batches.MOST_BYTES)  # type: ignore[arg-type]  # an IO[bytes]
    except TooLarge:
        raise Refused("upload_too_large", {"most_bytes": batches.MOST_BYTES}, "file") from None
    with writing() as session:
        return batches.create(session, me(session), kind, file.filename, kept).id


def _batch(key: str) -> ImportBatch:
    return fetch(reading(), current_person(), ImportBatch, key, Permission.IMPORT)


@blueprint.get("/<key>")
@permitted(Permission.IMPORT)
def show(key: str) -> Response:
    return _page(_batch(key))


@blueprint.post("/<key>")
@permitted(Permission.IMPORT)
def find(key: str) -> Response:
    """The presets of a bundle that are called like that, and the ticked ones: the list for htmx, else the page."""
    batch = _batch(key)
    if batch.kind is not ImportKind.BUNDLE:
        abort(404)
    if not htmx_request.htmx or batch.state is not S.READ:
        return _page(batch)
    return make_response(render_template("imports/_presets.html", batch=batch, presets=presets_of(batch, request.form)))


@blueprint.get("/<key>/part")
@permitted(Permission.IMPORT)
def part(key: str) -> Response:
    """The waiting line; the whole page again once there is something to see."""
    batch = _batch(key)
    if not batch.is_at_work:
        answer = make_response("", 204)
        answer.headers["HX-Refresh"] = "true"
        return answer
    return _part(batch).response(**_work(batch))


def _part(batch: ImportBatch) -> Part:
    return Part("import-work", "imports/_work.html", url_for("imports.part", key=batch.id), 1, "panel pad flow-s")


def _work(batch: ImportBatch) -> dict[str, Any]:
    done = context().storage.volatile(f"import-{batch.id}")
    return {"batch": batch, "percent": int(done) if done and done.isdigit() else None}


def _page(batch: ImportBatch, status: int = 200, problem: Refused | Invalid | None = None) -> Response:
    form = choices_form(batch)
    if problem is not None:
        form.refuse(problem)
    whole = {name: text for name, text in LABELS.items() if name != "family_name"}  # it is shown as part of the name
    shown: dict[str, Any] = {"batch": batch, "form": form, "title": TITLES[batch.kind], "labels": whole,
                             "until": batches.kept_until(batch, context().config.retention)}  # fmt: skip
    if batch.is_at_work:
        shown["work"] = _part(batch).html(**_work(batch))
    if batch.state is S.READ:
        shown["earlier"] = batches.earlier(reading(), batch)
        shown["presets"] = presets_of(batch, request.form if request.method == "POST" else None)
    if batch.state is S.MADE:
        shown["ways"] = list(undoing.in_the_way(reading(), batch))
    shown["first"] = [_shown(each) for each in batch.found.get("first", [])]
    return make_response(render_template("imports/show.html", **shown), status)


_AS = {"mass": "mass_grams", "time": "time_seconds", "price": "price_minor", "made_on": "made_day"}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A first row by names that say the unit."""
    found = {_AS.get(name, name): value for name, value in row.items()}
    if found.get("mass_grams") is not None:
        found["mass_grams"] /= 1000
    return found


@blueprint.post("/<key>/choices")
@permitted(Permission.IMPORT)
def choose(key: str) -> Response:
    batch = _batch(key)
    if batch.kind is ImportKind.BUNDLE:
        abort(404)
    form = choices_form(batch)
    if not form.validate():
        return _page(batch, 422)
    try:
        with writing() as session:
            batches.choose(session, _mine(session, key), form.chosen())
    except Conflict as conflict:
        flash_problem(conflict)
    return redirect(url_for("imports.show", key=key), 303)


@blueprint.post("/<key>/make")
@permitted(Permission.IMPORT)
def make(key: str) -> Response:
    try:
        with writing() as session:
            batches.start(session, _mine(session, key), leave_out="leave_out" in request.form,
                          again="again" in request.form, chosen=_chosen_presets())  # fmt: skip
    except (Refused, Invalid) as problem:
        return _page(_batch(key), 422, problem)
    except Conflict as conflict:
        flash_problem(conflict)
    return redirect(url_for("imports.show", key=key), 303)


def _chosen_presets() -> dict[str, Any]:
    """What was ticked of a bundle: printers with their print settings, filaments. Empty for tables."""
    printers = {name: request.form.get(f"print-{name}", "") for name in request.form.getlist("printer")}
    filaments = request.form.getlist("filament")
    return {"printers": printers, "filaments": filaments} if printers or filaments else {}


def _mine(session: WritingSession, key: str) -> ImportBatch:
    return fetch(session, me(session), ImportBatch, key, Permission.IMPORT)


@blueprint.route("/<key>/undo", methods=["GET", "POST"])
@permitted(Permission.IMPORT)
def undo(key: str) -> Response:
    batch = _batch(key)
    question = Question(
        title=_("Undo the import of %(file)s?", file=batch.filename), yes=_("Undo it"), css="danger solid",
        text=_("Everything it made is taken away again, all of it or nothing."),
        done=_("Undone. Nothing of it is left."), back=url_for("imports.show", key=key), nav="people",
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        undoing.undo(session, me(session), _mine(session, key))

    return asked(question, Form(), work)


@blueprint.route("/<key>/discard", methods=["GET", "POST"])
@permitted(Permission.IMPORT)
def discard(key: str) -> Response:
    batch = _batch(key)
    question = Question(
        title=_("Throw %(file)s away?", file=batch.filename), yes=_("Throw it away"), css="danger solid",
        text=_("Nothing was made of it. You can upload it again."), done=_("Thrown away."),
        back=url_for("imports.index") if request.method == "POST" else url_for("imports.show", key=key), nav="people",
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        batches.discard(session, _mine(session, key))

    digest = batch.sha256
    answer = asked(question, Form(), work)
    if request.method == "POST" and digest:
        forget_file(context(), digest)  # stays where it was not thrown away, and where another import names it
    return answer


@blueprint.get("/<key>/bad.csv")
@permitted(Permission.IMPORT)
def bad_rows(key: str) -> Response:
    """The rows that cannot be taken, to be mended and uploaded alone; no cell of it is a formula to a spreadsheet."""
    found = _batch(key).found
    if not found.get("bad_rows"):
        abort(404)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow([_harmless(each) for each in found["headings"]])
    rows.writerows([_harmless(cell) for cell in cells] for _line, cells in found["bad_rows"])
    answer = make_response(text.getvalue().encode("utf-8-sig"))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="bad-rows.csv"'
    return answer


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would calculate gets an apostrophe before it."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
