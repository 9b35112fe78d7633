"""Requests that are repeated: the first answer to an Idempotency-Key is kept and given again.

`begin`, the work and `finish` belong into one transaction: either the work and its answer are there, or neither is.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fabqueue.models import Person, RepeatedAnswer
from fabqueue.services.errors import Conflict, Refused

LONGEST_KEY = 200
WORKING = 0


@dataclass(frozen=True)
class Answer:
    """What the first request was answered: HTTP status and JSON body."""

    status: int
    body: Mapping[str, Any]


def digest(*parts: str) -> str:
    """A short name for what a request asks: its route and everything it carries."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def begin(session: Session, person: Person, key: str, request_digest: str) -> Answer | None:
    """The answer this key got before; None: do the work, then call `finish`. Without a key always None.

    Raises Refused when the key is too long or was used for another request, Conflict while the first is at work.
    """
    if not key:
        return None
    if len(key) > LONGEST_KEY:
        raise Refused("repeat_key_too_long", {"most": LONGEST_KEY})
    row = _claim(session, person, key, request_digest)
    if row is None:
        return None
    if row.request_digest != request_digest:
        raise Refused("repeat_key_for_other_request")
    if row.status == WORKING:
        raise Conflict("working", "repeat_still_working")
    return Answer(row.status, row.body)


def _claim(session: Session, person: Person, key: str, request_digest: str) -> RepeatedAnswer | None:
    """The row of an earlier request; None when the key is new and now ours."""
    if found := _row(session, person, key):
        return found
    try:
        with session.begin_nested():
            session.add(RepeatedAnswer(person_id=person.id, key=key, request_digest=request_digest, status=WORKING))
    except IntegrityError:  # another process was faster and has committed
        return _row(session, person, key)
    return None


def _row(session: Session, person: Person, key: str) -> RepeatedAnswer | None:
    mine = select(RepeatedAnswer).where(RepeatedAnswer.person_id == person.id, RepeatedAnswer.key == key)
    return session.scalar(mine)


def finish(session: Session, person: Person, key: str, status: int, body: Mapping[str, Any]) -> None:
    """Keep the answer to a key that `begin` let through; nothing happens without a key."""
    if key and (row := _row(session, person, key)):
        row.status, row.body = status, dict(body)
