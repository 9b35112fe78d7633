"""Undoing an import as a whole, unless something that came later stands on what it made."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select
from sqlalchemy.orm import Session

from fabqueue.models import (
    Account,
    ImportBatch,
    ImportedProfile,
    ImportedThing,
    ImportState,
    MachineModel,
    MaterialOffer,
    Person,
    RoleGrant,
)
from fabqueue.models.base import Base
from fabqueue.services import events, locks, sites
from fabqueue.services.errors import Conflict, Invalid, Refused

_ORDER = ("past_job", "machine_model", "material", "imported_profile", "person")
"""Tables that an import fills, those that stand on others first."""
_OWN = {"person": {"account", "role_grant"}, "machine_model": {"material_offer"}, "material": {"material_offer"}}
"""What is made with a row and goes with it."""


def undo(session: Session, by: Person, batch: ImportBatch) -> None:
    """Take back everything an import made. Raises Invalid naming what stands in the way, Conflict."""
    locks.lock(session, batch)
    if batch.state is not ImportState.MADE:
        raise Conflict(batch.state)
    if ways := list(in_the_way(session, batch)):
        raise Invalid([Refused(code, values) for code, values in ways])
    for name in _ORDER:
        ids = _made(batch, name)
        for own in sorted(_OWN.get(name, ())):
            _delete(session, Base.metadata.tables[own], ids, name)
        _remove(session, Base.metadata.tables[name].c.id.in_(ids), name)
    session.execute(delete(ImportedThing).where(ImportedThing.import_batch_id == batch.id))
    batch.state = ImportState.UNDONE
    events.record(session, events.actor_of(by), sites.the_site(session), "undo_import",
                  values={"import": batch.id, "file": batch.filename})  # fmt: skip


def _delete(session: Session, table: Any, ids: Select[Any], name: str) -> None:
    session.execute(delete(table).where(table.c[f"{name}_id"].in_(ids)))


def _remove(session: Session, these: ColumnElement[bool], name: str) -> None:
    session.execute(delete(Base.metadata.tables[name]).where(these))
    session.expire_all()


def _made(batch: ImportBatch, name: str) -> Select[Any]:
    return select(ImportedThing.thing_id).where(ImportedThing.import_batch_id == batch.id, ImportedThing.kind == name)


def in_the_way(session: Session, batch: ImportBatch) -> Iterator[tuple[str, dict[str, Any]]]:
    """Sentences about what came later: rows of any table that refer to what the import made."""
    for name in _ORDER:
        if session.scalar(_made(batch, name).limit(1)) is None:
            continue
        for table in Base.metadata.sorted_tables:
            count = _count(session, table, name, batch)
            if count:
                known = table.name in KNOWN
                yield f"import_way_{table.name if known else 'other'}", {"count": count, "table": table.name}
    yield from _used_accounts(session, batch)
    yield from _used_profiles(session, batch)


KNOWN = {"certification", "job", "machine", "material_offer", "past_job", "project_author", "request", "run", "stock"}
"""Tables with a sentence of their own: `import_way_TABLE`."""


def _count(session: Session, table: Any, name: str, batch: ImportBatch) -> int:
    """Rows of `table` that refer to what was made and were not made with it."""
    columns = [each.parent for each in table.foreign_keys if each.column.table.name == name]
    if not columns or (table.name in _OWN.get(name, ()) and table.name != "material_offer"):
        return 0
    if table.name == "import_batch":
        columns = [each for each in columns if each.name != "by_id"] or columns
    found = select(func.count()).select_from(table).where(or_(*(each.in_(_made(batch, name)) for each in columns)))
    if table.name == "material_offer":  # those between a model and a material of this import go with them
        if name == "machine_model":
            return 0
        found = found.where(MaterialOffer.machine_model_id.not_in(_made(batch, "machine_model")))
    if table.name in _MAKES:
        found = found.where(table.c.import_batch_id != batch.id)
    return session.scalar(found) or 0


_MAKES = {"past_job", "imported_profile"}


def _used_accounts(session: Session, batch: ImportBatch) -> Iterator[tuple[str, dict[str, Any]]]:
    ids = _made(batch, "person")
    grants = select(RoleGrant.person_id).where(RoleGrant.person_id.in_(ids)).group_by(RoleGrant.person_id)
    several = grants.having(func.count() > 1)
    used = (
        select(func.count())
        .select_from(Person)
        .where(Person.id.in_(ids), or_(Person.password_hash != "", Person.id.in_(several)))
    )
    if count := session.scalar(used):
        yield "import_way_account", {"count": count}
    accounts = select(Account.id).where(Account.person_id.in_(ids))
    for table in Base.metadata.sorted_tables:
        columns = [each.parent for each in table.foreign_keys if each.column.table.name == "account"]
        if columns:
            found = select(func.count()).select_from(table).where(or_(*(each.in_(accounts) for each in columns)))
            if count := session.scalar(found):
                yield "import_way_money", {"count": count}


def _used_profiles(session: Session, batch: ImportBatch) -> Iterator[tuple[str, dict[str, Any]]]:
    """Machine models of others that were given an imported profile since."""
    slugs = select(ImportedProfile.slug).where(ImportedProfile.import_batch_id == batch.id)
    others = select(func.count()).select_from(MachineModel).where(
        MachineModel.profile.in_(slugs), MachineModel.id.not_in(_made(batch, "machine_model"))
    )  # fmt: skip
    if count := session.scalar(others):
        yield "import_way_profile", {"count": count}
