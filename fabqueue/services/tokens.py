"""Personal keys for the API and for slicers: shown once, kept as a digest, revocable."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import Person, Token
from fabqueue.services import events, keys
from fabqueue.services.errors import Refused

PREFIX = "fq_"
SEEN_EVERY = timedelta(minutes=5)


def create(session: Session, person: Person, name: str) -> tuple[Token, str]:
    """A new token and its secret, which nobody sees again. Raises Refused without a name."""
    if not name.strip():
        raise Refused("token_name_missing", field="name")
    secret = PREFIX + keys.new()
    token = Token(person_id=person.id, name=name.strip()[:80], digest=keys.digest(secret))
    session.add(token)
    session.flush()
    events.record(session, events.actor_of(person), person, "create_token", values={"name": token.name})
    return token, secret


def holder(session: Session, secret: str) -> Token | None:
    """The valid token with this secret whose person is still here."""
    token = session.scalar(select(Token).where(Token.digest == keys.digest(secret), Token.revoked_at.is_(None)))
    return token if token and token.person.left_at is None else None


def needs_touch(token: Token) -> bool:
    """Whether its last use should be written down again; not at each call."""
    return token.last_used_at is None or now() - token.last_used_at > SEEN_EVERY


def touch(session: Session, token_id: str) -> None:
    token = session.get(Token, token_id)
    if token:
        token.last_used_at = now()


def revoke(session: Session, token: Token, by: Person) -> None:
    """End a token; nothing happens when that was done already."""
    if token.revoked_at is None:
        token.revoked_at = now()
        events.record(session, events.actor_of(by), token.person, "revoke_token", values={"name": token.name})


def revoke_all(session: Session, person: Person, by: Person) -> int:
    """End every token of a person; how many that were."""
    found = of(session, person)
    for token in found:
        revoke(session, token, by)
    return len(found)


def of(session: Session, person: Person) -> list[Token]:
    """A person's tokens that work, newest first."""
    mine = select(Token).where(Token.person_id == person.id, Token.revoked_at.is_(None))
    return list(session.scalars(mine.order_by(Token.created_at.desc())))
