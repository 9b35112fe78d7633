"""Being signed in without typing a password."""

from fabqueue.db import Database
from fabqueue.models import Person
from fabqueue.services import sign_ins


def key_of(database: Database, person: Person, agent: str = "") -> str:
    """The key that the cookie of a browser holds in which `person` has signed in."""
    with database.writing() as session:
        key = sign_ins.begin(session, session.get_one(Person, person.id), agent)
        session.commit()
    return key
