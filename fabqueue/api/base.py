"""The blueprint all calls hang on, how their input is read, and the OpenAPI document made from both."""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from json import JSONDecodeError
from typing import Any, NoReturn

import flask_smorest
import marshmallow as ma
from flask import Request
from flask_smorest.utils import prepare_response
from marshmallow import ValidationError, fields
from webargs import missing
from webargs.flaskparser import FlaskParser

from fabqueue.api.problems import Problem
from fabqueue.services.errors import Invalid, Refused

PROBLEM_TYPE = "application/problem+json"
_KINDS: tuple[tuple[type[ma.fields.Field[Any]], str], ...] = (
    (fields.Integer, "field_not_whole"),
    (fields.Number, "field_not_number"),
    (fields.Boolean, "field_not_switch"),
    (fields.Date, "field_not_date"),
    (fields.Dict, "field_not_object"),
    (fields.Nested, "field_not_object"),
    (fields.List, "field_not_list"),
)


class Schema(ma.Schema):
    """Input or output of a call. What is wrong with an input is told by our codes instead of marshmallow's words."""

    error_messages = {"unknown": "field_unknown", "type": "call_body_no_object"}  # noqa: RUF012  marshmallow's own

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        usual = next((code for kind, code in _KINDS if isinstance(field_obj, kind)), "field_not_text")
        field_obj.error_messages = dict.fromkeys(field_obj.error_messages, usual)
        field_obj.error_messages |= {"required": "field_missing", "null": "field_missing"}
        if isinstance(field_obj, fields.Enum):
            field_obj.error_messages["unknown"] = "field_no_choice|{choices}"
            field_obj.field.error_messages = dict.fromkeys(field_obj.field.error_messages, usual)
        for each in _inside(field_obj):
            self.on_bind_field(field_name, each)


def _inside(field: Any) -> list[Any]:
    """The fields that a list or an object is made of: marshmallow binds them without asking the schema."""
    if isinstance(field, fields.List):
        return [field.inner]
    held = [field.key_field, field.value_field] if isinstance(field, fields.Dict) else []
    return [each for each in held if each is not None]


class Parser(FlaskParser):
    """Reads input; everything wrong with it is raised as our own errors."""

    def _raw_load_json(self, req: Request) -> Any:
        if req.get_data(cache=True) in (b"", None):
            return missing
        if not req.is_json:
            raise Problem(415, "call_media_type", {"wanted": "application/json"})
        try:
            parsed = super()._raw_load_json(req)
            _refuse_what_no_column_holds(parsed)
        except JSONDecodeError:
            raise
        except (RecursionError, ValueError):  # too deep, or a number of thousands of digits
            raise Problem(400, "call_unreadable") from None
        return parsed

    def _handle_invalid_json_error(self, error: Exception, req: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise Problem(400, "call_body_no_json")

    def handle_error(self, error: ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        assert isinstance(error.messages, dict)
        raise Invalid([fault for each in error.messages.values() for fault in faults(each)])


def _refuse_what_no_column_holds(parsed: Any) -> None:
    """Half characters and NUL are valid JSON and no text of a database. Raises Problem 400."""
    text = json.dumps(parsed, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Problem(400, "call_unreadable") from None
    if "\\u0000" in text:
        raise Problem(400, "call_unreadable")


def load(schema: ma.Schema, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check `given` (a form) against a schema. Raises Invalid."""
    try:
        loaded: dict[str, Any] = schema.load(given)
    except ValidationError as error:
        raise Invalid(list(faults(error.messages))) from None
    return loaded


def faults(messages: Any, path: str = "") -> Iterator[Refused]:
    """marshmallow's nested messages as refusals with dotted field names."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            at = path if name == "_schema" else f"{path}.{name}".lstrip(".")
            yield from faults(inner, at)
        return
    for message in messages if isinstance(messages, list) else [messages]:
        code, _, values = str(message).partition("|")
        yield Refused(code, _values(code, values), path)


def _values(code: str, given: str) -> dict[str, Any]:
    if code == "field_no_choice":
        return {"known": [each.strip() for each in given.split(",")]}
    return {"most": int(given)} if given else {}


class Blueprint(flask_smorest.Blueprint):
    """Adds to the document what every call has in common."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(_say_what_all_share)


def _say_what_all_share(doc: dict[str, Any], _info: Any, *, method: str, **_others: Any) -> dict[str, Any]:
    """Language and repetition headers; the problems that any call may answer."""
    shared = ["AcceptLanguage", "IdempotencyKey"] if method == "post" else ["AcceptLanguage"]
    doc["parameters"] = [*doc.get("parameters", []), *shared]
    doc.get("responses", {}).pop("422", None)  # webargs' own; every problem is the default response
    doc.get("responses", {}).pop(422, None)
    return doc


class ProblemError(Schema):
    """One input at fault."""

    field = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)
    values = fields.Dict()


class ProblemDetails(Schema):
    """RFC 9457, extended by `code`, `values`, `errors`, and `state` where a state does not allow the call."""

    type = fields.String(required=True, metadata={"format": "uri"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    values = fields.Dict()
    instance = fields.String(metadata={"format": "uri-reference"})
    errors = fields.List(fields.Nested(ProblemError))
    state = fields.String()


class Api(flask_smorest.Api):
    """flask-smorest with our errors: problem details everywhere, answered by `problems`."""

    ERROR_SCHEMA = ProblemDetails

    def _register_error_handlers(self) -> None:
        """None: `fabqueue.api.problems` answers every error of a call."""

    def _register_responses(self) -> None:
        for status in HTTPStatus:
            self._register_response(status.name, status.phrase)
        self._register_response("DEFAULT_ERROR", "What went wrong, as problem details")

    def _register_response(self, name: str, description: str) -> None:
        response = {"description": description, "schema": self.ERROR_SCHEMA}
        prepare_response(response, self.spec, PROBLEM_TYPE)
        self.spec.components.response(name, response, lazy=True)


v1 = Blueprint("api", __name__, url_prefix="/api/v1")
