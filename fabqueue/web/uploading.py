"""Taking uploaded files: checked, kept, made into revisions; a second try of the same upload makes nothing twice."""

from collections.abc import Callable

from flask import request
from werkzeug.datastructures import FileStorage

from fabqueue.db import WritingSession
from fabqueue.models import Person, Revision
from fabqueue.services import repeats, uploads
from fabqueue.services.errors import Refused
from fabqueue.storage import Kept, TooLarge
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
    kept = _keep(file, units)
    key = request.headers.get("Idempotency-Key", "")
    with writing() as session:
        person = me(session)
        digest = repeats.digest(what, kept.sha256, file.filename or "", units)
        if answer := repeats.begin(session, person, key, digest):
            return str(answer.body["design"])
        design = make(session, person, kept).design_id
        repeats.finish(session, person, key, 201, {"design": design})
        return design


def _keep(file: FileStorage, units: str) -> Kept:
    """Refused before its bytes are stored, where that can be known."""
    rules, person = context().config.uploads, current_person()
    assert person is not None
    uploads.check(reading(), rules, person, Kept("", size_of(file)), file.filename or "", units)
    largest = rules.largest_mb * 1_000_000
    try:
        return context().storage.keep(file.stream, largest)  # type: ignore[arg-type]  # werkzeug's is an IO[bytes]
    except TooLarge:
        raise Refused("upload_too_large", {"most_bytes": largest}, "file") from None


def size_of(file: FileStorage) -> int:
    """Bytes."""
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    return size
