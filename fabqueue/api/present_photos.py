"""Photos in answers."""

from typing import Any

from flask import request
from marshmallow import fields
from sqlalchemy.orm import Session

from fabqueue.api.access import caller
from fabqueue.api.base import Schema
from fabqueue.api.figures import moment
from fabqueue.models import Photo, Project
from fabqueue.permissions import Permission, allowed
from fabqueue.services import photos


class PhotoView(Schema):
    """A photo without metadata; `build` is the number of the build it shows, if it shows one."""

    id = fields.String(required=True)
    url = fields.String(required=True, metadata={"format": "uri"})
    small_url = fields.String(required=True, metadata={"format": "uri"})
    width = fields.Integer(required=True, metadata={"description": "Of the large one, in pixels."})
    height = fields.Integer(required=True)
    alternative_text = fields.String(required=True)
    build = fields.Integer(allow_none=True)
    created_at = fields.String(metadata={"format": "date-time"})


def photo(shown: Photo) -> dict[str, Any]:
    address = f"{request.url_root}photos/{shown.id}"
    return {
        "id": shown.id,
        "url": address,
        "small_url": f"{address}/small",
        "width": shown.width,
        "height": shown.height,
        "alternative_text": shown.alternative_text,
        "build": shown.build.number if shown.build else None,
        "created_at": moment(shown.created_at),
    }


def of_project(session: Session, shown: Project) -> list[dict[str, Any]]:
    """The photos of a project that the caller may see, in order."""
    every = photos.of_project(session, shown)
    return [photo(each) for each in every if allowed(caller(), Permission.READ_PHOTO, each)]
