"""Stored files: only through what they belong to, with fixed safe types."""

from urllib.parse import quote

from flask import Blueprint, Response, abort, send_file

from fabqueue.models import Job, Revision
from fabqueue.permissions import Permission, fetch
from fabqueue.services import runs
from fabqueue.web.access import open_to_all, signed_in
from fabqueue.web.site import admits_guests, context, current_person, reading

blueprint = Blueprint("files", __name__, url_prefix="/files")

_DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@blueprint.get("/revisions/<key>/picture.webp")
@admits_guests
@open_to_all
def picture(key: str) -> Response:
    revision = _revision(key)
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
    """The picture of a drawing, written by us: paths and nothing else, and sandboxed all the same."""
    revision = _revision(key)
    report = revision.report
    is_drawing = report is not None and report.data["kind"] == "drawing"
    answer = _stored(revision, report.preview_sha256 if report and is_drawing else None, "image/svg+xml")
    answer.headers["Content-Security-Policy"] = _DRAWING_POLICY
    return answer


@blueprint.get("/revisions/<key>/download")
@admits_guests
@open_to_all
def download(key: str) -> Response:
    """The design as it was uploaded, never with an active type."""
    revision = _revision(key)
    answer = _stored(revision, revision.sha256, "application/octet-stream")
    name = revision.filename
    plain = "".join(each if each.isascii() and each.isprintable() and each not in '"\\%' else "_" for each in name)
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return answer


def _revision(key: str) -> Revision:
    return fetch(reading(), current_person(), Revision, key, Permission.READ_DESIGN)


def _stored(revision: Revision, sha256: str | None, mimetype: str) -> Response:
    if not sha256:
        abort(404)
    try:
        place = context().storage.path(sha256)
    except FileNotFoundError:
        abort(404)
    answer = send_file(place, mimetype=mimetype, etag=sha256, last_modified=None)
    is_public = revision.design.project.is_public
    answer.headers["Cache-Control"] = f"{'public' if is_public else 'private'}, no-cache"
    return answer


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
