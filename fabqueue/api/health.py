"""`GET /health`: whether the parts of a running lab are alive, for whoever watches over it."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from fabqueue.calls import context, guarded
from fabqueue.models import Site
from fabqueue.tasks.heartbeat import BEATING, SILENT_SECONDS, ages
from fabqueue.tasks.queue import PATIENCE_SECONDS, connect

watch = Blueprint("watch", __name__)
open_to_watchers: Callable[[Any], Any] = guarded(lambda: None)


@watch.route("/health")
@open_to_watchers
def health() -> Response:
    """200 when every part is well, else 503; which part is not stands in the answer."""
    parts = {"database": _database(), "redis": _redis(), **_beats()}
    well = all(each["well"] for each in parts.values())
    response = jsonify({"status": "well" if well else "unwell", "parts": parts})
    response.status_code = 200 if well else 503
    response.headers["Cache-Control"] = "no-store"
    return response


def _database() -> dict[str, Any]:
    try:
        with context().db.reading() as session:
            session.scalar(select(Site.id).limit(1))
    except SQLAlchemyError as error:
        return {"well": False, "error": type(error).__name__}
    return {"well": True}


def _redis() -> dict[str, Any]:
    connection = connect(context().config.redis_url, PATIENCE_SECONDS)
    try:
        connection.ping()
    except (RedisError, OSError) as error:
        return {"well": False, "error": type(error).__name__}
    finally:
        connection.close()
    return {"well": True}


def _beats() -> dict[str, dict[str, Any]]:
    """The ticker and the workers by the age of their last sign of life, in seconds."""
    try:
        with context().db.reading() as session:
            known = ages(session)
    except SQLAlchemyError:
        known = {}
    return {name: _beat(known.get(name)) for name in BEATING}


def _beat(age: float | None) -> dict[str, Any]:
    is_well = age is not None and age <= SILENT_SECONDS
    return {"well": is_well, "age_seconds": None if age is None else round(age, 1)}
