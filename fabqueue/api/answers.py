"""How a call that changes something is carried out: one transaction, its answer kept for a repeated key."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from fabqueue.api.access import caller_in
from fabqueue.calls import writing
from fabqueue.db import WritingSession
from fabqueue.models import Person
from fabqueue.services import repeats

Answer = tuple[dict[str, Any], int] | tuple[dict[str, Any], int, dict[str, str]]
Work = Callable[[WritingSession, Person], Any]
Show = Callable[[WritingSession, Person, Any], Mapping[str, Any]]


def change(work: Work, show: Show, *, status: int = 200, carries: str | None = None) -> Answer:
    """Do `work` for the caller and answer what `show` makes of its result, in the same transaction.

    With an Idempotency-Key the answer is kept beside the work: a repeated call gets it again and does nothing. A call
    that was refused left nothing behind and may be tried again. carries: what the call brought where that is not its
    plain body, such as the digest of an uploaded file.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    with writing() as session:
        person = caller_in(session)
        first = repeats.begin(session, person, key, _digest(key, carries))
        if first is not None:
            return dict(first.body), first.status, {"Idempotency-Replayed": "true"}
        result = work(session, person)
        session.flush()
        session.expire_all()
        body = dict(show(session, person, result))
        repeats.finish(session, person, key, status, body)
    return body, status


def _digest(key: str, carries: str | None) -> str:
    if not key:
        return ""
    sent = carries if carries is not None else request.get_data(cache=True).hex()
    return repeats.digest(request.method, request.full_path, sent)
