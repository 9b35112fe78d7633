"""The web application: a readable list of what it is made of."""

import os
import secrets
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from fabqueue import api, config, paths, web
from fabqueue.config import Config
from fabqueue.dispatch.context import Context
from fabqueue.tasks.process import make_context


def create_app(settings: Config | None = None, context: Context | None = None) -> Flask:
    """The application for `settings` (read from file and environment when none are given)."""
    settings = settings or (context.settings if context else config.load())
    context = context or make_context(settings)
    app = Flask("fabqueue", static_folder=str(paths.static()), template_folder=str(paths.templates()))
    _configure(app, settings)
    app.extensions["fabqueue"] = context
    if settings.server.trusted_proxies:
        count = settings.server.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, count, count, count, count, count)  # type: ignore[method-assign]
    web.init_app(app)
    api.init_app(app)
    return app


def _configure(app: Flask, settings: Config) -> None:
    app.config.update(
        SECRET_KEY=settings.server.secret_key or _own_secret(settings.folder),
        MAX_CONTENT_LENGTH=(settings.uploads.largest_mb + 1) * 1_000_000,
        MAX_FORM_MEMORY_SIZE=1_000_000,
        SESSION_COOKIE_NAME="fabqueue",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        BABEL_TRANSLATION_DIRECTORIES=str(paths.translations()),
        BABEL_DEFAULT_LOCALE=settings.site.language,
        BABEL_DEFAULT_TIMEZONE=settings.site.time_zone,
    )


def _own_secret(folder: Path) -> str:
    """The signing key of this data folder, made on the first start and readable by its owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "secret-key"
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return place.read_text("ascii")
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32))
    return place.read_text("ascii")
