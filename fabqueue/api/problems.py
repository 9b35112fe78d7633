"""Errors as RFC 9457 problem details: what calls to the API get where a browser would get a page."""

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, Response, current_app, jsonify, request
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

from fabqueue.analysis.findings import AnalysisError
from fabqueue.api import words
from fabqueue.calls import PROBLEMS, REFUSED
from fabqueue.permissions import Forbidden, NotFound
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.storage import TooLarge

log = structlog.get_logger(__name__)

STATUS_CODES = {
    400: "call_unreadable",
    401: "token_missing",
    403: "call_forbidden",
    404: "call_not_found",
    405: "call_method",
    406: "call_unreadable",
    413: "upload_too_large",
    415: "call_unreadable",
    429: "call_too_often",
    503: "call_busy",
}
"""What is said about a status when nothing more is known."""


class Problem(Exception):
    """An answer that is not what was asked for. `errors` names inputs at fault, `extra` adds members."""

    def __init__(
        self, status: int, code: str, values: Mapping[str, Any] | None = None, *, errors: list[Refused] | None = None,
        extra: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(code)
        self.status, self.code, self.values = status, code, dict(values or {})
        self.errors, self.extra, self.headers = errors or [], dict(extra or {}), dict(headers or {})

    def answer(self) -> Response:
        """The response, in the caller's language."""
        body = {
            "type": f"urn:fabqueue:problem:{self.code}",
            "title": words.text(f"status_{self.status}"),
            "status": self.status,
            "detail": words.text(self.code, self.values),
            "code": self.code,
            "values": self.values,
            "instance": request.path,
        }
        if self.errors:
            body["errors"] = [_fault(each) for each in self.errors]
        response = jsonify(body | self.extra)
        response.status_code, response.mimetype = self.status, "application/problem+json"
        response.headers.extend(self.headers)
        return response


def _fault(refused: Refused) -> dict[str, Any]:
    return {"field": refused.field} | (words.said(refused.code, refused.values) or {})


def answer(error: Exception) -> Response | HTTPException:
    """The answer to any error of a call to the API."""
    if isinstance(error, RoutingException) or getattr(error, "response", None) is not None:
        assert isinstance(error, HTTPException)
        return error
    return problem_of(error).answer()


def problem_of(error: Exception) -> Problem:
    """The problem that an error of the services, of Flask or of ours amounts to."""
    match error:
        case Problem():
            return error
        case Refused():
            return _refused(error)
        case Invalid():
            return Problem(422, "call_invalid", {"count": len(error.refusals)}, errors=error.refusals)
        case Conflict():
            return Problem(409, error.code, error.values, extra={"state": str(error.state)})
        case NotFound() | Forbidden():
            status = 404 if isinstance(error, NotFound) else 403
            return Problem(status, STATUS_CODES[status])
        case AnalysisError():
            return Problem(422, error.code, error.values)
        case TooLarge():
            return _too_large()
        case HTTPException():
            return _http(error)
    return _unexpected(error)


def _unexpected(error: Exception) -> Problem:
    if isinstance(error, OperationalError):
        log.error("the database did not answer", path=request.path, error=str(error.orig))
        return Problem(503, "call_busy", headers={"Retry-After": "5"})
    if isinstance(error, DataError):  # such as a NUL in an address
        return Problem(400, "call_unreadable")
    log.error("a call failed", path=request.path, exc_info=error)
    return Problem(500, "call_failed")


def _refused(error: Refused) -> Problem:
    """Those of a file's format are 415; without a status of their own all others are 422."""
    wrong_format = error.field == "file" and error.code.startswith("file_")
    status = 415 if wrong_format else REFUSED.get(error.code, 422)
    return Problem(status, error.code, error.values, errors=[error] if error.field else [])


def _too_large() -> Problem:
    largest = current_app.extensions["fabqueue"].config.uploads.largest_mb
    return Problem(413, "upload_too_large", {"most_bytes": largest * 1_000_000})


def _http(error: HTTPException) -> Problem:
    status = error.code or 500
    if status == 413:
        return _too_large()
    kept = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After", "WWW-Authenticate"}}
    return Problem(status, STATUS_CODES.get(status, "call_failed"), headers=kept)


def init_app(app: Flask) -> None:
    app.extensions[PROBLEMS] = answer
    app.register_error_handler(Problem, lambda problem: problem.answer())
