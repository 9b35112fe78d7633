"""Setting up an empty lab: what each kind of lab usually decides, and its first admin.

Set-up is open until somebody has an account, and no longer.
"""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.config import PeopleSettings
from fabqueue.models import Person, Role
from fabqueue.services import locks, people, sites
from fabqueue.services.errors import Conflict


class LabKind(StrEnum):
    SCHOOL = "school"
    LIBRARY = "library"
    COMPANY = "company"
    CLUB = "club"


class Pays(StrEnum):
    """Who pays for what is made."""

    NOBODY = "nobody"
    SOME_FREE = "some_free"
    LATER = "later"
    FIRST = "first"


FREE_GRAMS = "50"
SIGN_UP = {LabKind.SCHOOL: "closed", LabKind.LIBRARY: "open", LabKind.COMPANY: "closed", LabKind.CLUB: "open"}
PAYS = {LabKind.SCHOOL: Pays.NOBODY, LabKind.LIBRARY: Pays.SOME_FREE, LabKind.COMPANY: Pays.NOBODY,
        LabKind.CLUB: Pays.LATER}  # fmt: skip
_KINDS: dict[LabKind, dict[str, str]] = {
    # shared computers, short sign-ins; drafts live for a school year; pictures of a room with pupils go soon
    LabKind.SCHOOL: {"people.session_days": "1", "people.shortest_password": "8", "uploads.kept_mb": "1000",
                     "retention.draft_days": "300", "retention.picture_days": "7"},
    # many people who come once
    LabKind.LIBRARY: {"people.session_days": "1", "people.reset_hours": "48", "uploads.kept_mb": "500",
                      "retention.draft_days": "60", "retention.picture_days": "7"},
    # few people, much work, long memory
    LabKind.COMPANY: {"people.session_days": "30", "people.shortest_password": "12", "uploads.kept_mb": "20000",
                      "retention.draft_days": "365", "retention.gcode_days": "365",
                      "money.price_tolerance_percent": "25"},
    LabKind.CLUB: {"people.session_days": "60"},
}  # fmt: skip
_PAYS: dict[Pays, dict[str, str]] = {
    Pays.NOBODY: {},
    Pays.SOME_FREE: {"money.free_grams": FREE_GRAMS},
    Pays.LATER: {},
    Pays.FIRST: {"money.minimum_balance": "0.00"},
}


def is_open(session: Session) -> bool:
    """Whether nobody has an account yet."""
    return session.scalar(select(func.count(Person.id))) == 0


def policy_of(kind: LabKind, sign_up: str, pays: Pays) -> dict[str, str]:
    """What such a lab usually decides: names of settings and values as text."""
    return {"people.sign_up": sign_up, **_KINDS[kind], **_PAYS[pays]}


def make_admin(session: Session, rules: PeopleSettings, given: Mapping[str, str], language: str) -> Person:
    """The account of whoever sets the lab up. Raises Invalid, and Conflict when somebody was faster."""
    locks.lock(session, sites.the_site(session))
    if not is_open(session):
        raise Conflict("set_up", "setup_is_over")
    return people.sign_up(
        session, rules, given["user_name"], given["password"], display_name=given["display_name"],
        email=given["email"], language=language, role=Role.ADMIN,
    )  # fmt: skip
