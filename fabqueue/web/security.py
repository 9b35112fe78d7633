"""Headers and cookies: a strict content policy, and sign-in that works on a lab's plain local address."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, g, request
from flask.sessions import SecureCookieSessionInterface

from fabqueue.calls import is_for_machines
from fabqueue.dispatch.context import Context

_POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}
VIEWER_STYLE = "'sha256-PXtZZkJMMyc18o/DN1ZEFOJ2qEGq95IQbVaJFMOXOb0='"
"""The one inline style of the pinned 3D viewer."""
EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
"""The viewer also adds an empty one."""
_VIEWER_POLICY = _POLICY | {
    "script-src": "'self' 'wasm-unsafe-eval'",
    "style-src": f"'self' {VIEWER_STYLE} {EMPTY_STYLE}",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
}


def shows_viewer() -> None:
    """This page holds the 3D viewer, which needs a little more than other pages."""
    g.shows_viewer = True


class SessionCookies(SecureCookieSessionInterface):
    """Marks cookies Secure exactly when the page is served by https; they last as long as the lab says now."""

    def open_session(self, app: Flask, request: Request) -> Any:
        context: Context = app.extensions["fabqueue"]
        app.permanent_session_lifetime = timedelta(days=context.config.people.session_days)
        return super().open_session(app, request)

    def get_cookie_secure(self, app: Flask) -> bool:
        context: Context = app.extensions["fabqueue"]
        public = urlsplit(context.config.site.public_url)
        return request.is_secure or (public.scheme == "https" and public.netloc == request.host)


def _refuse_nul() -> None:
    """No browser sends NUL, and PostgreSQL takes it in no text. The API reads its bodies when it knows who calls."""
    given = [request.path, *request.args, *(value for values in request.args.listvalues() for value in values)]
    if not is_for_machines():
        given += [*request.form, *(value for values in request.form.listvalues() for value in values)]
    if any("\0" in each for each in given):
        abort(400)


def init_app(app: Flask) -> None:
    app.session_interface = SessionCookies()
    app.before_request(_refuse_nul)

    @app.after_request
    def _protect(response: Response) -> Response:
        policy = _VIEWER_POLICY if g.get("shows_viewer") else _POLICY
        header = "; ".join(f"{name} {value}" for name, value in policy.items())
        response.headers.setdefault("Content-Security-Policy", header)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "geolocation=(), microphone=(), payment=()")
        if request.endpoint != "static" and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store" if "person" in g and g.person else "no-cache"
        return response
