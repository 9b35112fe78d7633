"""REST API v1, and what is there for whoever watches over the lab (`/health`, `/metrics`)."""

from flask import Flask

from fabqueue.api import (
    access,
    designs,
    document,
    handovers,
    jobs,
    lasers,
    machines,
    me,
    metrics,
    photos,
    plates,
    problems,
    projects,
    queue,
    quotes,
    requests,
    reviews,
    servicing,
    words,
)
from fabqueue.api.health import watch

__all__ = [
    "designs",
    "handovers",
    "init_app",
    "jobs",
    "lasers",
    "machines",
    "me",
    "metrics",
    "photos",
    "plates",
    "projects",
    "queue",
    "quotes",
    "requests",
    "reviews",
    "servicing",
]


def init_app(app: Flask) -> None:
    """Attach the API; the pages' error handlers and guards are there already."""
    problems.init_app(app)
    words.init_app(app)
    document.init_app(app)
    access.init_app(app)
    app.register_blueprint(watch)
