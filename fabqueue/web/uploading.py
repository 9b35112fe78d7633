"""Taking uploaded files: checked, kept, made into revisions; a second try of the same upload makes nothing twice."""

from collections.abc import Callable

from flask import jsonify, make_response, redirect, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from fabqueue.db import WritingSession
from fabqueue.models import Person, Revision
from fabqueue.services import repeats, uploads
from fabqueue.services.errors import Conflict, Refused
from fabqueue.storage import Kept, TooLarge
from fabqueue.web.errors import said
from fabqueue.web.site import context, current_person, me, reading, writing

Make = Callable[[WritingSession, Person, Kept], Revision]


def sent_files() -> list[FileStorage]:
    """The files of this request that have a name. Raises Refused without any."""
    files = [each for each in request.files.getlist("file") if each.filename]
    if not files:
        raise Refused("upload_missing", field="file")
    return files


def take(file: FileStorage, what: str, units: str, make: Make) -> str:
    """Keep a file and have `make` turn it into a revision; returns the id of its design.

    `what` says what the upload is for, so that an Idempotency-Key cannot mean two things. Raises Refused, Conflict.
    """
    kept = _checked(file, units)
    key = request.headers.get("Idempotency-Key", "")
    with writing() as session:
        person = me(session)
        digest = repeats.digest(what, kept.sha256, file.filename or "", units)
        if answer := repeats.begin(session, person, key, digest):
            return str(answer.body["design"])
        design = make(session, person, kept).design_id
        repeats.finish(session, person, key, 201, {"design": design})
        return design


def _checked(file: FileStorage, units: str) -> Kept:
    """Refused before its bytes are stored, where that can be known."""
    rules, person = context().config.uploads, current_person()
    assert person is not None
    uploads.check(reading(), rules, person, Kept("", size_of(file)), file.filename or "", units)
    return keep(file)


def keep(file: FileStorage) -> Kept:
    """Store the bytes. Raises Refused when there are too many."""
    rules = context().config.uploads
    largest = rules.largest_mb * 1_000_000
    try:
        return context().storage.keep(file.stream, largest)  # type: ignore[arg-type]  # werkzeug's is an IO[bytes]
    except TooLarge:
        raise Refused("upload_too_large", {"most_bytes": largest}, "file") from None


def refused(problem: Refused | Conflict) -> Response:
    """Why nothing was taken, for the upload script."""
    status = 409 if isinstance(problem, Conflict) else 429 if uploads.WAIT in problem.values else 422
    answer = make_response(jsonify(detail=said(problem), code=problem.code), status)
    if status == 429:
        answer.headers["Retry-After"] = str(problem.values[uploads.WAIT])
    return answer


def taken(place: str) -> Response:
    """Where to go on, for the script or the browser."""
    return make_response(jsonify(location=place), 201) if is_script() else redirect(place, 303)


def is_script() -> bool:
    """Whether the upload script asks, which understands JSON and HTML."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def size_of(file: FileStorage) -> int:
    """Bytes."""
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    return size
