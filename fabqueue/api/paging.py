"""Pages of a list: `{"items", "next"}`, stable while things are added; cursors mean nothing to the caller."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request
from marshmallow import fields
from werkzeug.datastructures import MultiDict

from fabqueue.api.base import Schema
from fabqueue.services.errors import Refused

MOST = 200
USUAL = 50
Row = TypeVar("Row")


class PageQuery(Schema):
    """What every list takes."""

    limit = fields.Integer(load_default=USUAL, metadata={"minimum": 1, "maximum": MOST})
    cursor = fields.String(load_default="", metadata={"description": "From the `next` of the page before."})


def limit_of(query: dict[str, Any]) -> int:
    """How many are wanted. Raises Refused outside 1 to MOST."""
    limit = int(query["limit"])
    if not 1 <= limit <= MOST:
        raise Refused("limit_out_of_bounds", {"least": 1, "most": MOST}, "limit")
    return limit


def position(query: dict[str, Any]) -> Any:
    """What the cursor holds; None at the beginning. Raises Refused for one we did not make."""
    if not query["cursor"]:
        return None
    try:
        return json.loads(urlsafe_b64decode(query["cursor"].encode() + b"=="))
    except (ValueError, NotBase64, RecursionError):
        raise Refused("cursor_unreadable", field="cursor") from None


def page(rows: Sequence[Row], limit: int, mark: Callable[[Row], Any], show: Callable[[Row], Any]) -> dict[str, Any]:
    """A page of `rows`, of which one more than `limit` was fetched to see whether there is another."""
    shown = rows[:limit]
    more = len(rows) > limit
    return {"items": [show(each) for each in shown], "next": _next(mark(shown[-1])) if more else None}


def slice_of(rows: Sequence[Row], query: dict[str, Any], mark: Callable[[Row], Any], show: Callable[[Row], Any]) -> Any:
    """A page of a list that is small enough to be read whole, which `mark` sorts."""
    after, limit = position(query), limit_of(query)
    ordered = sorted(rows, key=mark)
    try:
        rest = [each for each in ordered if after is None or mark(each) > type(mark(each))(after)]
    except TypeError:
        raise Refused("cursor_unreadable", field="cursor") from None
    return page(rest[: limit + 1], limit, mark, show)


def _next(mark: Any) -> str:
    cursor = urlsafe_b64encode(json.dumps(mark).encode()).rstrip(b"=").decode()
    query = MultiDict(request.args)
    query["cursor"] = cursor
    return f"{request.base_url}?{urlencode(list(query.items(multi=True)))}"
