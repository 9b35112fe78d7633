"""Adding photos to a project."""

import hashlib
from typing import Any, BinaryIO, cast

from flask import request
from marshmallow import fields
from sqlalchemy.orm import Session

from fabqueue.api import present_photos
from fabqueue.api.access import caller, with_token
from fabqueue.api.answers import Answer, change
from fabqueue.api.base import Schema, load, v1
from fabqueue.api.present_photos import PhotoView
from fabqueue.api.problems import Problem
from fabqueue.calls import context, look_again, reading
from fabqueue.db import WritingSession
from fabqueue.models import Person, Photo, Project
from fabqueue.permissions import Permission, fetch
from fabqueue.services import photos, repeats
from fabqueue.services.errors import Invalid, Refused
from fabqueue.tasks import photos as taking

_FORM = "multipart/form-data"
_FILE = {"type": "string", "contentMediaType": "application/octet-stream", "description": "JPEG, PNG, WebP or HEIC."}
_TEXT = {"type": "string", "description": "What it shows, for people who do not see it."}


class PhotoForm(Schema):
    """What comes beside the file of a photo."""

    alternative_text = fields.String(load_default="")


@v1.route("/projects/<slug>/photos", methods=["POST"], tags=["projects"])
@v1.doc(requestBody={"required": True, "content": {_FORM: {"schema": {
    "type": "object", "required": ["file"], "properties": {"file": _FILE, "alternative_text": _TEXT},
}}}})  # fmt: skip
@v1.response(201, PhotoView)
@with_token
def post_photo(slug: str) -> Answer:
    """Add a photo to a project

    It is made smaller, and everything but the picture is removed, where it was taken included.
    """
    if request.mimetype != _FORM:
        raise Problem(415, "call_media_type", {"wanted": _FORM})
    given, person = load(PhotoForm(), request.form), caller()
    assert person is not None
    project = fetch(reading(), person, Project, slug, Permission.WRITE_PROJECT)
    photos.check(reading(), context().config.uploads, person, project, 0)
    carries = _carried(given["alternative_text"])
    look_again()
    pictures = taking.take(context(), _stream())

    def work(session: WritingSession, person: Person) -> Photo:
        found = fetch(session, person, Project, slug, Permission.WRITE_PROJECT)
        rules = context().config.uploads
        return photos.keep(session, rules, person, found, pictures, alternative_text=given["alternative_text"])

    return change(work, _show, status=201, carries=carries)


def _stream() -> BinaryIO:
    """Raises Invalid without a file."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid([Refused("photo_missing", field="file")])
    file.stream.seek(0)
    return cast(BinaryIO, file.stream)


def _carried(text: str) -> str:
    """What makes this call another one: the bytes and what was said of them."""
    return repeats.digest(hashlib.file_digest(_stream(), "sha256").hexdigest(), text)  # type: ignore[arg-type]


def _show(session: Session, _person: Person, photo: Photo) -> dict[str, Any]:
    return present_photos.photo(session.get_one(Photo, photo.id))
