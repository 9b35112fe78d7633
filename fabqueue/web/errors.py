"""Error pages: what happened and what to do, as a page, or as a fragment where htmx asked."""

from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask, current_app, flash, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from htmx_flask import request as htmx_request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.wrappers import Response

from fabqueue.calls import PROBLEMS, REFUSED, is_for_machines
from fabqueue.permissions import Forbidden, NotFound
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.web.text import reader

log = structlog.get_logger(__name__)


def said(problem: Refused | Conflict) -> str:
    """A refusal in the reader's words, with its advice."""
    advice = reader().advice(problem.code, problem.values)
    return f"{reader().say(problem.code, problem.values)} {advice}".strip()


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
    if not htmx_request.htmx:
        return make_response(render_template("errors/error.html", **words), status)
    answer = make_response(render_template("errors/_fragment.html", **words), status)
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#messages", "innerHTML"
    return answer


def init_app(app: Flask) -> None:
    for status in default_exceptions:
        app.register_error_handler(status, _for_people(_http))
    app.register_error_handler(CSRFError, _for_people(_csrf))
    app.register_error_handler(NotFound, _for_people(lambda _error: page(404)))
    app.register_error_handler(Forbidden, _for_people(lambda _error: page(403)))
    app.register_error_handler(Refused, _for_people(lambda error: page(REFUSED.get(error.code, 422), said(error))))
    app.register_error_handler(Invalid, _for_people(lambda error: page(422, " ".join(map(said, error.refusals)))))
    app.register_error_handler(Conflict, _for_people(lambda error: page(409, said(error))))
    app.register_error_handler(Exception, _for_people(_unexpected))


def _for_people(answer: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A page for browsers; calls to the API get the API's own answer (`calls.PROBLEMS`)."""

    def handle(error: Any) -> Any:
        return current_app.extensions[PROBLEMS](error) if is_for_machines() else answer(error)

    return handle


def _http(error: HTTPException) -> Response | HTTPException:
    return error if error.response is not None else page(error.code or 500)


def _csrf(_error: CSRFError) -> Response:
    return page(400, _("The form was too old, or your browser did not send its cookie."))


def _unexpected(error: Exception) -> Any:
    log.exception("a request failed", path=request.path, error=type(error).__name__)
    try:
        return page(500)
    except SQLAlchemyError:  # the page around it needs the database
        return make_response(_("The database does not answer. Try again in a minute; nothing was lost."), 503)
