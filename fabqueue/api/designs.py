"""Uploading designs and reading what the analysis found."""

from typing import Any, BinaryIO, cast

from flask import request
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from fabqueue.analysis.readings import Operation
from fabqueue.api import present
from fabqueue.api.access import caller, caller_in, open_to_all, with_token
from fabqueue.api.answers import Answer, change
from fabqueue.api.base import Schema, load, v1
from fabqueue.api.problems import Problem
from fabqueue.api.schemas import Design as DesignSchema
from fabqueue.calls import context, reading
from fabqueue.db import WritingSession
from fabqueue.models import Design, Person, Project, Revision
from fabqueue.permissions import NotFound, Permission, fetch, require
from fabqueue.services import reassigning, repeats, uploads
from fabqueue.services.errors import Invalid, Refused
from fabqueue.storage import Kept

_FORM = "multipart/form-data"
_UNITS = "Unit of a file that names none; 72dpi, 90dpi and 96dpi say how large a pixel of a drawing is."


class DesignForm(Schema):
    """What comes beside the file of a new design."""

    project = fields.String(load_default="")
    name = fields.String(load_default="")
    units = fields.String(load_default="")


class RevisionForm(Schema):
    """What comes beside the file of a new revision."""

    units = fields.String(load_default="")


_MEANT = {
    "additionalProperties": {"type": "string", "enum": [str(each) for each in Operation]},
    "description": "By colours as in the report's `operations`; those left out mean what the lab means.",
}


class ReadingWish(Schema):
    """What is said of a drawing."""

    operations = fields.Dict(metadata=_MEANT)
    without_doubles = fields.Boolean()


def _form(**others: dict[str, Any]) -> dict[str, Any]:
    """The request body of an upload for the document."""
    file = {"type": "string", "contentMediaType": "application/octet-stream", "description": "STL, 3MF, OBJ, SVG ..."}
    units = {"type": "string", "enum": list(uploads.DRAWING_UNITS[1:]), "description": _UNITS}
    schema = {"type": "object", "required": ["file"], "properties": {"file": file, **others, "units": units}}
    return {"required": True, "content": {_FORM: {"schema": schema}}}


@v1.route("/designs", methods=["POST"], tags=["designs"])
@v1.doc(requestBody=_form(project={"type": "string", "description": "Id or slug."}, name={"type": "string"}))
@v1.response(202, DesignSchema)
@with_token
def post_design() -> Answer:
    """Upload a design

    Without `project` a private project is made from the file's name. The report is there a few seconds later.
    """
    require(caller(), Permission.UPLOAD)
    given = _form_of(DesignForm)
    if given["project"]:
        fetch(reading(), caller(), Project, given["project"], Permission.WRITE_PROJECT)
    file, kept = _receive(given["units"])

    def work(session: WritingSession, person: Person) -> Revision:
        project = None
        if given["project"]:
            project = fetch(session, person, Project, given["project"], Permission.WRITE_PROJECT)
        rules = context().config.uploads
        return uploads.add_design(session, rules, person, kept, file.filename or "", project=project,
                                  name=given["name"], units=given["units"])  # fmt: skip

    return change(work, _show, status=202, carries=_carried(kept, file))


@v1.route("/designs/<design_id>/revisions", methods=["POST"], tags=["designs"])
@v1.doc(requestBody=_form())
@v1.response(202, DesignSchema)
@with_token
def post_revision(design_id: str) -> Answer:
    """Upload the next revision of a design"""
    _fetch(reading(), caller(), design_id, Permission.WRITE_PROJECT)
    given = _form_of(RevisionForm)
    file, kept = _receive(given["units"])

    def work(session: WritingSession, person: Person) -> Revision:
        design = _fetch(session, person, design_id, Permission.WRITE_PROJECT)
        rules = context().config.uploads
        return uploads.add_revision(session, rules, person, design, kept, file.filename or "", given["units"])

    return change(work, _show, status=202, carries=_carried(kept, file))


@v1.route("/designs/<design_id>/reading", methods=["POST"], tags=["designs"])
@v1.arguments(ReadingWish)
@v1.response(202, DesignSchema)
@with_token
def post_reading(wish: dict[str, Any], design_id: str) -> Answer:
    """Say how a drawing is to be read

    What its colours mean, and whether lines that lie on others are left out; what is not sent stays as it is. The
    latest revision is read anew; when a job depends on it, the same file becomes the next revision.
    """
    _fetch(reading(), caller(), design_id, Permission.READ_ANEW)

    def work(session: WritingSession, person: Person) -> Revision:
        design = _fetch(session, person, design_id, Permission.READ_ANEW)
        return reassigning.change(session, context().config, person, design.latest, wish.get("operations"),
                                  wish.get("without_doubles"))  # fmt: skip

    return change(work, _show, status=202)


@v1.route("/designs/<design_id>", tags=["designs"])
@v1.response(200, DesignSchema)
@open_to_all
def get_design(design_id: str) -> dict[str, Any]:
    """A design and the report of its latest revision"""
    return present.design(_fetch(reading(), caller(), design_id, Permission.READ_DESIGN))


def _show(session: Session, _person: Person, revision: Revision) -> dict[str, Any]:
    return present.uploaded(session.get_one(Revision, revision.id))


def _fetch(session: Session, person: Person | None, key: str, permission: Permission) -> Design:
    design = fetch(session, person, Design, key, permission)
    if design.deleted_at:
        raise NotFound
    return design


def _form_of(schema: type[Schema]) -> dict[str, Any]:
    """What came beside the file. Raises Problem 415 for another kind of body, Invalid."""
    if request.mimetype != _FORM:
        raise Problem(415, "call_media_type", {"wanted": _FORM})
    return load(schema(), request.form)


def _receive(units: str) -> tuple[FileStorage, Kept]:
    """The uploaded file, kept unless it is refused anyway: bytes that no row names would lie there for good.

    Raises Invalid without a file, Refused, TooLarge.
    """
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid([Refused("upload_missing", field="file")])
    rules, size = context().config.uploads, file.stream.seek(0, 2)
    file.stream.seek(0)
    uploads.check(reading(), rules, caller_in(reading()), Kept("", size), file.filename, units)
    return file, context().storage.keep(cast(BinaryIO, file.stream), rules.largest_mb * 1_000_000)


def _carried(kept: Kept, file: FileStorage) -> str:
    """What makes this upload another one: the bytes, their name, what came beside them."""
    beside = [f"{name}={value}" for name, value in sorted(request.form.items(multi=True))]
    return repeats.digest(kept.sha256, file.filename or "", *beside)
