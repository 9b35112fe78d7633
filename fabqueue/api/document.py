"""The OpenAPI document, made from the code of the calls."""

from functools import cache
from typing import Any

from flask import Flask, Response, jsonify

from fabqueue import __version__
from fabqueue.api.access import open_to_all
from fabqueue.api.base import Api, v1

_OPTIONS = {"API_TITLE": "FabQueue", "API_VERSION": "v1", "OPENAPI_VERSION": "3.1.0"}
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
    return jsonify(described())


def init_app(app: Flask) -> None:
    """Attach the calls of v1."""
    app.config.update(_OPTIONS)
    Api(app)
    app.register_blueprint(v1)


@cache
def described() -> dict[str, Any]:
    """The document, made when it is first asked for: it says what the code says, in every lab the same."""
    app = Flask(__name__)  # one of its own, because one that serves takes no more calls
    app.config.update(_OPTIONS)
    api = Api(app, spec_kwargs={"info": {"description": _DESCRIPTION, "x-release": __version__}})
    _describe(api)
    api.register_blueprint(v1)
    made: dict[str, Any] = api.spec.to_dict()
    made["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    return made


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
