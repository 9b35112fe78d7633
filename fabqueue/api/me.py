"""`GET /me`."""

from typing import Any

from fabqueue.api import present
from fabqueue.api.access import caller_in, with_token
from fabqueue.api.base import v1
from fabqueue.api.schemas import Me
from fabqueue.calls import reading


@v1.route("/me", tags=["people"])
@v1.response(200, Me)
@with_token
def me() -> dict[str, Any]:
    """The person whose token it is"""
    return present.person(reading(), caller_in(reading()))
