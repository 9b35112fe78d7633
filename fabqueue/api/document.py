"""The OpenAPI document, made from the code of the calls."""

from typing import Any

from flask import Flask, Response, current_app, jsonify

from fabqueue import __version__
from fabqueue.api.access import open_to_all
from fabqueue.api.base import Api, v1

TAGS = {
    "people": "Who calls.",
    "designs": "Uploading files and reading what the analysis found.",
    "jobs": "Asking what something costs, asking for it, and following it.",
    "review": "The technician's decisions.",
    "machines": "Machines, stock, runs in doubt, the lab-wide switch.",
    "projects": "Public pages and one's own.",
    "document": "This document.",
}
_DESCRIPTION = """\
Ids are opaque. Times are RFC 3339 in UTC, lengths millimetres, masses grams, durations seconds, money decimal text.
Texts follow Accept-Language and come with their code and values. Errors are RFC 9457 problem details. Lists give
`items` and the address of the `next` page. A POST with an `Idempotency-Key` that is repeated gets its first answer."""


@v1.route("/openapi.json", tags=["document"])
@v1.response(200, {"type": "object"}, description="OpenAPI 3.1")
@open_to_all
def openapi() -> Response:
    """This document"""
    made: dict[str, Any] = current_app.extensions["fabqueue_openapi"]
    return jsonify(made)


def init_app(app: Flask) -> None:
    """Attach the calls of v1 and describe them."""
    app.config.update(API_TITLE="FabQueue", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    api = Api(app, spec_kwargs={"info": {"description": _DESCRIPTION, "x-release": __version__}})
    _describe(api)
    api.register_blueprint(v1)
    made = api.spec.to_dict()
    made["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    app.extensions["fabqueue_openapi"] = made


def _describe(api: Api) -> None:
    """What calls refer to: ways to bring a token, and headers that many take."""
    components = api.spec.components
    components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    components.security_scheme("key", {"type": "apiKey", "in": "header", "name": "X-Api-Key"})
    api.spec.options["security"] = [{"bearer": []}, {"key": []}]
    components.parameter("AcceptLanguage", "header", {
        "name": "Accept-Language", "schema": {"type": "string"}, "description": "Language of texts: en, zh-Hans.",
    })  # fmt: skip
    components.parameter("IdempotencyKey", "header", {
        "name": "Idempotency-Key", "schema": {"type": "string", "maxLength": 200},
        "description": "The same key gets the first answer again.",
    })  # fmt: skip
