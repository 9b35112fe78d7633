"""Rows of a table as people: their names and addresses checked against everybody here and against each other."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from fabqueue.db import new_id, now
from fabqueue.models import Account, AccountKind, Person, RetiredName, Role, RoleGrant
from fabqueue.models.people import folded
from fabqueue.services import keys, people
from fabqueue.services.imports.columns import PEOPLE
from fabqueue.services.imports.plan import Fault, Plan, Row, Table

_LONGEST_USER_NAME, _LONGEST_NAME = 32, 80
_CHINESE = re.compile(r"[\u3400-\u9fff·]+")


@dataclass(frozen=True)
class Member:
    """Somebody who would get an account without a password."""

    line: int
    user_name: str
    display_name: str
    private_name: str
    email: str


class _Known:
    """Who is here already: addresses, user names and full names, each with the user name."""

    def __init__(self, session: Session) -> None:
        rows = session.execute(select(Person.user_name, Person.email, Person.private_name, Person.display_name)).all()
        self.names = {name for name, *_ in rows}
        self.emails = {email.lower(): name for name, email, *_ in rows if email}
        self.full = {folded(each): name for name, _, *full in rows for each in full if each and each != name}
        self.retired = set(session.scalars(select(RetiredName.digest)))
        self.lines_of_emails: dict[str, int] = {}
        self.lines_of_names: dict[str, int] = {}
        self.lines_of_full: dict[str, int] = {}

    def is_free(self, name: str) -> bool:
        return name not in self.names and name not in self.lines_of_names and keys.digest(name) not in self.retired


def plan(session: Session, table: Table) -> Plan:
    """What a table of people would make."""
    made, known = Plan(), _Known(session)
    for row in table.rows:
        faults = [*_long(table, row), *_email_faults(table, row, known), *_name_faults(table, row, known)]
        if faults:
            made.faults += faults
            continue
        member = _member(table, row, known)
        made.doubles += _doubles(table, member, known)
        _remember(known, member)
        made.good.append(member)
    return made


def _long(table: Table, row: Row) -> Iterable[Fault]:
    for column in PEOPLE:
        if len(table.cell(row, column.name)) > column.most:
            yield Fault(row[0], table.heading(column.name), "import_cell_too_long", {"most": column.most})
            return
    if len(_full_name(table, row)) > _LONGEST_NAME:
        yield Fault(row[0], table.heading("family_name"), "import_cell_too_long", {"most": _LONGEST_NAME})


def _email_faults(table: Table, row: Row, known: _Known) -> Iterable[Fault]:
    email = table.cell(row, "email")
    heading = table.heading("email")
    if not email:
        return
    if not people.is_email(email):
        yield Fault(row[0], heading, "import_email_shape", {"text": email[:80]})
    elif name := known.emails.get(email.lower()):
        yield Fault(row[0], heading, "import_email_taken", {"email": email, "name": name})
    elif line := known.lines_of_emails.get(email.lower()):
        yield Fault(row[0], heading, "import_email_twice", {"email": email, "line": line})


def _name_faults(table: Table, row: Row, known: _Known) -> Iterable[Fault]:
    name, heading = table.cell(row, "user_name").lower(), table.heading("user_name")
    if not name:
        if not any(table.cell(row, column.name) for column in PEOPLE):
            yield Fault(row[0], "", "import_nobody", {})
        return
    if not people.is_user_name(name):
        yield Fault(row[0], heading, "import_user_name_shape", {"text": name})
    elif line := known.lines_of_names.get(name):
        yield Fault(row[0], heading, "import_user_name_twice", {"name": name, "line": line})
    elif not known.is_free(name):
        yield Fault(row[0], heading, "import_user_name_taken", {"name": name})


def _member(table: Table, row: Row, known: _Known) -> Member:
    email, full = table.cell(row, "email"), _full_name(table, row)
    shown = people.clean_name(table.cell(row, "display_name"))
    user_name = table.cell(row, "user_name").lower() or _made_up(known, shown, email, full)
    return Member(row[0], user_name, shown or user_name, full, email)


def _full_name(table: Table, row: Row) -> str:
    """The whole name, also from two columns: the family's name first and without a blank in Chinese."""
    given, family = (people.clean_name(table.cell(row, name)) for name in ("private_name", "family_name"))
    if family and given and _CHINESE.fullmatch(family + given):
        return family + given
    return f"{given} {family}".strip()


def _made_up(known: _Known, shown: str, email: str, full: str) -> str:
    """A free user name from what is known; a number where that is taken or leaves no letters."""
    beginning = next((each for each in (_plain(email.partition("@")[0]), _plain(shown), _plain(full)) if len(each) > 1),
                     "member")  # fmt: skip
    name, number = beginning, 2
    while not known.is_free(name):
        name, number = f"{beginning[: _LONGEST_USER_NAME - 6]}-{number}", number + 1
    return name


def _plain(text: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", ".", ascii_only).strip(".")[:_LONGEST_USER_NAME].strip(".")


def _doubles(table: Table, member: Member, known: _Known) -> Iterable[Fault]:
    name = folded(member.private_name)
    heading = table.heading("private_name")
    if name and name in known.full:
        yield Fault(member.line, heading, "import_maybe_known", {"text": member.private_name, "name": known.full[name]})
    elif name and name in known.lines_of_full:
        values = {"text": member.private_name, "line": known.lines_of_full[name]}
        yield Fault(member.line, heading, "import_maybe_twice", values)


def _remember(known: _Known, member: Member) -> None:
    known.lines_of_names[member.user_name] = member.line
    if member.email:
        known.lines_of_emails[member.email.lower()] = member.line
    if member.private_name:
        known.lines_of_full.setdefault(folded(member.private_name), member.line)


def make(session: Session, by: Person, members: Sequence[Member]) -> dict[str, list[str]]:
    """Accounts without a password, members all of them: table name to ids of the rows made."""
    persons = [_person(each) for each in members]
    ids = [str(each["id"]) for each in persons]
    grants = [{"id": new_id(), "person_id": key, "role": Role.MEMBER, "granted_by_id": by.id, "granted_at": now()}
              for key in ids]  # fmt: skip
    accounts = [{"id": new_id(), "kind": AccountKind.PERSON, "name": each["display_name"], "person_id": each["id"]}
                for each in persons]  # fmt: skip
    for kind, rows in ((Person, persons), (RoleGrant, grants), (Account, accounts)):
        if rows:
            session.execute(insert(kind), rows)
    return {"person": ids}


def _person(member: Member) -> dict[str, str | None]:
    names = (member.user_name, member.display_name, member.private_name, member.email)
    found_by = "\n".join(folded(each) for each in names if each)
    return {
        "id": new_id(), "user_name": member.user_name, "display_name": member.display_name,
        "private_name": member.private_name, "email": member.email or None, "found_by": found_by,
    }  # fmt: skip
