"""Stored files: only through what they belong to, with fixed safe types."""

import hashlib
from pathlib import Path, PurePath
from urllib.parse import quote

from flask import Blueprint, Response, abort, request, send_file
from sqlalchemy import select

from fabqueue.analysis.findings import AnalysisError
from fabqueue.analysis.sheet_dxf import dxf
from fabqueue.models import Job, Person, Revision, Run, Slicing
from fabqueue.permissions import Permission, allowed, fetch, require
from fabqueue.services import runs, toolpaths
from fabqueue.services.errors import Refused
from fabqueue.tasks import burn
from fabqueue.web.access import open_to_all, signed_in
from fabqueue.web.site import admits_guests, context, current_person, reading
from printers.laser.pictures import near

blueprint = Blueprint("files", __name__, url_prefix="/files")

_DRAWING_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"


@blueprint.get("/revisions/<key>/picture.webp")
@admits_guests
@open_to_all
def picture(key: str) -> Response:
    revision = _pictured(key)
    return _stored(revision, revision.report.picture_sha256 if revision.report else None, "image/webp")


@blueprint.get("/revisions/<key>/preview.glb")
@admits_guests
@open_to_all
def model(key: str) -> Response:
    revision = _revision(key)
    report = revision.report
    is_mesh = report is not None and report.data["kind"] == "mesh"
    return _stored(revision, report.preview_sha256 if report and is_mesh else None, "model/gltf-binary")


@blueprint.get("/revisions/<key>/drawing.svg")
@admits_guests
@open_to_all
def drawing(key: str) -> Response:
    """The picture of a drawing, written by us: paths and our own small pictures, and sandboxed all the same."""
    revision = _pictured(key)
    report = revision.report
    is_drawing = report is not None and report.data["kind"] == "drawing"
    answer = _stored(revision, report.preview_sha256 if report and is_drawing else None, "image/svg+xml")
    answer.headers["Content-Security-Policy"] = _DRAWING_POLICY
    return answer


@blueprint.get("/revisions/<key>/sheet.<kind>")
@admits_guests
@open_to_all
def sheet(key: str, kind: str) -> Response:
    """What is to be burnt of a drawing and nothing else, for a laser's own program: SVG or DXF."""
    revision = _revision(key)
    report = revision.report
    if report is None or kind not in ("svg", "dxf"):
        abort(404)
    if kind == "dxf":
        written = dxf(_place(report.sheet_sha256).read_text("utf-8"))
        answer = _kept(revision, Response(written, mimetype="application/octet-stream"))
    else:
        answer = _stored(revision, report.sheet_sha256, "application/octet-stream")
    return _called(answer, f"{PurePath(revision.filename).stem}-laser.{kind}")


@blueprint.get("/revisions/<key>/download")
@admits_guests
@open_to_all
def download(key: str) -> Response:
    """The design as it was uploaded, never with an active type."""
    revision = _revision(key)
    answer = _stored(revision, revision.sha256, "application/octet-stream")
    return _called(answer, revision.filename)


def _called(answer: Response, name: str) -> Response:
    """An answer that is kept as a file called `name`."""
    plain = "".join(each if each.isascii() and each.isprintable() and each not in '"\\%' else "_" for each in name)
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return answer


def _revision(key: str) -> Revision:
    return fetch(reading(), current_person(), Revision, key, Permission.READ_DESIGN)


def _pictured(key: str) -> Revision:
    """One whose picture may be seen: by whoever may read the design, or a job that makes it."""
    person, revision = current_person(), reading().get(Revision, key)
    if revision is None or allowed(person, Permission.READ_DESIGN, revision) or not _is_made_for(person, key):
        return _revision(key)
    return revision


def _is_made_for(person: Person | None, key: str) -> bool:
    jobs = reading().scalars(select(Job).where(Job.revision_id == key)) if person else ()
    return any(allowed(person, Permission.READ_JOB, each) for each in jobs)


def _stored(revision: Revision, sha256: str | None, mimetype: str) -> Response:
    return _kept(revision, send_file(_place(sha256), mimetype=mimetype, etag=sha256 or "", last_modified=None))


def _place(sha256: str | None) -> Path:
    """Where a stored file lies; 404 where it does not."""
    try:
        return context().storage.path(sha256 or abort(404))
    except FileNotFoundError:
        abort(404)


def _kept(revision: Revision, answer: Response) -> Response:
    """Asked for anew each time, and kept between by whoever may read the revision's project."""
    is_public = revision.design.project.is_public
    answer.headers["Cache-Control"] = f"{'public' if is_public else 'private'}, no-cache"
    return answer


def burning(run: Run) -> Response:
    """What a laser's run burns: for whoever may arm it, who need not know its maker's other files."""
    revision = run.items[0].job.revision
    report = revision.report
    if run.slicing and run.slicing.picture_sha256:
        answer = _burnt(revision, run.slicing)
    elif report is not None and report.data["kind"] == "drawing":
        answer = _stored(revision, report.preview_sha256, "image/svg+xml")
    else:
        return _stored(revision, report.picture_sha256 if report else None, "image/webp")
    answer.headers["Content-Security-Policy"] = _DRAWING_POLICY
    return answer


def _burnt(revision: Revision, planned: Slicing) -> Response:
    if not _is_near() or not planned.plan:
        return _stored(revision, planned.picture_sha256, "image/svg+xml")
    drawn = near(_place(planned.picture_sha256).read_text("utf-8"), planned.plan["sheet_mm"])
    return _kept(revision, Response(drawn, mimetype="image/svg+xml"))


def _is_near() -> bool:
    """Whether a toolpath is shown without the part of the bed that it leaves alone."""
    return "near" in request.args


@blueprint.get("/jobs/<code>/toolpath.svg")
@admits_guests
@signed_in
def toolpath(code: str) -> Response:
    """What a laser does for a job, drawn by us: of its file once there is one, before that worked out now."""
    job = fetch(reading(), current_person(), Job, code, Permission.READ_JOB)
    shown = toolpaths.of_job(reading(), context().config, job) or abort(404)
    tag = hashlib.sha256(f"{shown.tag} {_is_near()}".encode()).hexdigest()[:32]
    if request.if_none_match.contains(tag):
        answer = Response(status=304)
    else:
        drawn = _drawn(job.id, shown)
        answer = Response(near(drawn, shown.plan["sheet_mm"]) if _is_near() else drawn, mimetype="image/svg+xml")
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Security-Policy"] = _DRAWING_POLICY
    return answer


@blueprint.get("/jobs/<code>/toolpath.gcode")
@signed_in
def gcode(code: str) -> Response:
    """The file of a laser's job for whoever runs the machines: a laser without a network gets it by hand."""
    job = fetch(reading(), current_person(), Job, code, Permission.READ_JOB)
    require(current_person(), Permission.RUN_MACHINES)
    shown = toolpaths.of_job(reading(), context().config, job)
    if shown is None or not shown.file:
        abort(404)
    answer = send_file(_place(shown.file), mimetype="application/octet-stream", etag=shown.file, last_modified=None)
    answer.headers["Content-Disposition"] = f'attachment; filename="{job.code}.gcode"'
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _drawn(job_id: str, shown: toolpaths.Toolpath) -> str:
    if shown.picture:
        return _place(shown.picture).read_text("utf-8")
    try:
        return burn.preview(context(), job_id)
    except Refused:
        abort(503)
    except AnalysisError:
        abort(404)


@blueprint.get("/jobs/<code>/camera")
@admits_guests
@signed_in
def camera(code: str) -> Response:
    """What the camera saw last of a job that is being made: for its owner and staff, only while it runs."""
    job = fetch(reading(), current_person(), Job, code, Permission.READ_JOB)
    at_work = [each for each in runs.of_job(reading(), job) if each.state.is_active and each.machine]
    return camera_picture(at_work[-1].machine_id if at_work else None)


def camera_picture(machine_id: str | None) -> Response:
    """What a machine's camera saw last; 404 when there is nothing, and for no machine."""
    content = context().storage.volatile(f"camera-{machine_id}") if machine_id else None
    if content is None:
        abort(404)
    is_png = content.startswith(b"\x89PNG")
    answer = Response(content, mimetype="image/png" if is_png else "image/jpeg")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
