"""Error pages: what happened and what to do, as a page, or as a fragment where htmx asked."""

from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask, current_app, flash, g, jsonify, make_response, render_template, request
from flask_babel import get_locale, refresh
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from htmx_flask import request as htmx_request
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError, TimeoutError
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.wrappers import Response

from fabqueue.calls import PROBLEMS, REFUSED, context, is_for_machines
from fabqueue.permissions import Forbidden, NotFound
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.web.text import reader

log = structlog.get_logger(__name__)
_AWAY = (OperationalError, InterfaceError, TimeoutError)
"""Of SQLAlchemy: the database does not answer, or not in time."""


def said(problem: Refused | Conflict) -> str:
    """A refusal in the reader's words, with its advice."""
    return reader().tell(problem.code, problem.values)


def _all_said(problem: Invalid) -> str:
    return reader().together(*map(said, problem.refusals))


def flash_problem(problem: Refused | Conflict | Invalid) -> None:
    """Show a refusal on the next page."""
    for each in problem.refusals if isinstance(problem, Invalid) else [problem]:
        flash(said(each), "bad")


def _words(status: int) -> tuple[str, str]:
    titles: dict[int, tuple[str, str]] = {
        400: (_("That request could not be read"), _("Go back, reload the page and try again.")),
        403: (_("You may not do that"), _("Ask a technician if you think you should.")),
        404: (_("There is nothing here for you"), _("Check the address. If it is yours, sign in first.")),
        405: (_("That cannot be done here"), _("Go back and use the buttons of the page.")),
        409: (_("Somebody was faster"), _("Reload the page to see how things stand now.")),
        413: (_("That file is too large"), _("Make it smaller: fewer triangles are usually enough.")),
        422: (_("That does not work"), _("Read what is said below and change it.")),
        429: (_("Too many tries in a short time"), _("Wait a few minutes and try again. Nothing was lost.")),
        503: (_("FabQueue is busy"), _("Try again in a minute. Nothing was lost.")),
    }
    return titles.get(status) or (
        _("Something broke on our side"),
        _("It was written down. Try again; if it happens again, tell a technician."),
    )


def page(status: int, detail: str = "") -> Response:
    """The error page, or its fragment, for a status."""
    title, advice = _words(status)
    words = {"code": status, "title": title, "detail": detail, "advice": advice}
    if _is_script():
        return make_response(jsonify(detail=" ".join(filter(None, (f"{title}.", detail, advice)))), status)
    if not htmx_request.htmx:
        return make_response(render_template("errors/error.html", **words), status)
    answer = make_response(render_template("errors/_fragment.html", **words), status)
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#messages", "innerHTML"
    return answer


def _is_script() -> bool:
    """Whether the upload script asks, which shows the words beside the file."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def init_app(app: Flask) -> None:
    for status in default_exceptions:
        app.register_error_handler(status, _for_people(_http))
    app.register_error_handler(CSRFError, _for_people(_csrf))
    app.register_error_handler(NotFound, _for_people(lambda _error: page(404)))
    app.register_error_handler(Forbidden, _for_people(lambda _error: page(403)))
    app.register_error_handler(Refused, _for_people(lambda error: page(REFUSED.get(error.code, 422), said(error))))
    app.register_error_handler(Invalid, _for_people(lambda error: page(422, _all_said(error))))
    app.register_error_handler(Conflict, _for_people(lambda error: page(409, said(error))))
    app.register_error_handler(Exception, _for_people(_unexpected))


def _for_people(answer: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A page for browsers; calls to the API get the API's own answer (`calls.PROBLEMS`)."""

    def handle(error: Any) -> Any:
        if is_for_machines():
            return current_app.extensions[PROBLEMS](error)
        try:
            return answer(error)
        except _AWAY as away:  # a page that is not there, while the database is away as well
            return _without_database(away)

    return handle


def _http(error: HTTPException) -> Response | HTTPException:
    return error if error.response is not None else page(error.code or 500)


def _csrf(_error: CSRFError) -> Response:
    return page(400, _("The form was too old, or your browser did not send its cookie."))


def _unexpected(error: Exception) -> Any:
    if isinstance(error, _AWAY):  # asking it once more would only take longer
        return _without_database(error)
    log.exception("a request failed", path=request.path, error=type(error).__name__)
    try:
        return page(500)
    except SQLAlchemyError as away:  # the page around it needs the database
        return _without_database(away)


def _without_database(error: Exception) -> Response:
    """A page that stands by itself: who reads it, and in which language, is asked of the browser alone."""
    log.error("the database did not answer", path=request.path, error=str(error))
    g.person = g.sign_in = None
    refresh()
    words = {"site_name": context().config.site.name, "lang": str(get_locale()).replace("_", "-")}
    template = "errors/_database_fragment.html" if htmx_request.htmx else "errors/database.html"
    answer = make_response(current_app.jinja_env.get_template(template).render(words), 503)
    answer.headers["Retry-After"] = "30"
    if htmx_request.htmx:
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#messages", "innerHTML"
    return answer
