"""Texts of answers in the caller's language: Accept-Language decides, else the lab's own."""

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, Response, g, request

from fabqueue.calls import context, is_for_machines
from fabqueue.wording import Reader, best_language
from fabqueue.wording import reader as reader_for

log = structlog.get_logger(__name__)


def reader() -> Reader:
    """The reader of this call."""
    if "api_reader" not in g:
        site = context().config.site
        wanted = [value for value, _quality in request.accept_languages]
        g.api_reader = reader_for(best_language(wanted, site.language), site.time_zone, site.currency)
    found: Reader = g.api_reader
    return found


def init_app(app: Flask) -> None:
    """Say in which language an answer is, and that another caller may get another one."""

    @app.after_request
    def _language(response: Response) -> Response:
        if is_for_machines():
            response.vary.update(["Accept-Language", "Authorization", "X-Api-Key"])
            if "api_reader" in g:
                response.content_language.add(reader().language.replace("_", "-"))
        return response


def text(code: str, values: Mapping[str, Any] | None = None) -> str:
    """The sentence of `code` with its advice. A code without a sentence is answered as it is, and logged."""
    try:
        return f"{reader().say(code, values)} {reader().advice(code, values)}".strip()
    except KeyError as missing:
        log.exception("a code has no sentence for its values", code=code, missing=str(missing))
        return code


def said(code: str, values: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """`{"code", "message", "values"}`; None without a code."""
    return {"code": code, "message": text(code, values), "values": dict(values or {})} if code else None


def waiting(code: str, values: Mapping[str, Any], staff: bool) -> dict[str, Any]:
    """Why something waits and what would free it, as `said`: for those who can do it, or for a member."""
    return {"code": code, "message": reader().waits(code, values, staff), "values": dict(values)}


def said_in_public(code: str, values: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """The same without anything that somebody typed or a machine sent; the code alone where nothing else is in it."""
    return {"code": code, "message": reader().say_in_public(code, values) or code, "values": {}} if code else None


def finding(found: Mapping[str, Any]) -> dict[str, Any]:
    """A stored finding with its words: `{"code", "severity", "message", "advice", "values"}`."""
    code, values = found["code"], found["values"]
    try:
        message, advice = reader().say(code, values), reader().advice(code, values)
    except KeyError as missing:
        log.exception("a code has no sentence for its values", code=code, missing=str(missing))
        message, advice = code, ""
    return {"code": code, "severity": found["severity"], "message": message, "advice": advice, "values": values}
