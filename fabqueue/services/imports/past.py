"""Rows of a table as past jobs: who had what made, of what, where, how heavy, how long, how it ended."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from fabqueue.db import new_id
from fabqueue.models import Machine, MachineModel, Material, PastJob, Person
from fabqueue.models.people import folded
from fabqueue.services import sites
from fabqueue.services.imports import values
from fabqueue.services.imports.columns import PAST_JOBS, unit_of
from fabqueue.services.imports.plan import Fault, Plan, Row, Table
from fabqueue.services.imports.values import Misread

Parse = Callable[[str], Any]


@dataclass(frozen=True)
class Past:
    """A past job as its row has it, and what of it is known here."""

    line: int
    person: str
    person_id: str | None
    filename: str
    material: str
    material_id: str | None
    machine: str
    machine_model_id: str | None
    mass: int | None
    time: int | None
    made_on: date | None
    price: int | None
    outcome: bool | None


class _Known:
    """Names of people, materials, machines and models, folded, to ids. A name that two have is nobody's."""

    def __init__(self, session: Session) -> None:
        persons = session.execute(select(Person.id, Person.user_name, Person.email, Person.private_name,
                                         Person.display_name).where(Person.left_at.is_(None))).all()  # fmt: skip
        self.people = _clear(
            (name, key) for key, *names in persons for name in {folded(each) for each in names if each}
        )
        materials = session.execute(select(Material.id, Material.slug, Material.name)).all()
        self.materials = _clear((folded(name), key) for key, *names in materials for name in {*names})
        models = session.execute(select(MachineModel.id, MachineModel.slug, MachineModel.title)).all()
        machines = session.execute(select(Machine.machine_model_id, Machine.slug, Machine.name)).all()
        self.models = _clear((folded(name), key) for key, *names in [*models, *machines] for name in {*names})


def _clear(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    doubtful = set()
    for name, key in named:
        if found.setdefault(name, key) != key:
            doubtful.add(name)
    return {name: key for name, key in found.items() if name not in doubtful}


def plan(session: Session, table: Table) -> Plan:
    """What a table of past jobs would make."""
    made, known, parsers = Plan(), _Known(session), _parsers(session, table)
    for row in table.rows:
        faults = list(_long(table, row))
        read: dict[str, Any] = {}
        for column, parse in parsers.items():
            try:
                read[column] = parse(text) if (text := table.cell(row, column)) else None
            except Misread as misread:
                faults.append(Fault(row[0], table.heading(column), misread.code, misread.values))
        if not faults and not any(value is not None for value in read.values()) and not table.cell(row, "filename"):
            faults.append(Fault(row[0], "", "import_nothing_said", {}))
        made.faults += faults
        if not faults:
            made.good.append(_past(table, row, known, read))
    made.notes += _unknown(table, made.good)
    return made


def _parsers(session: Session, table: Table) -> dict[str, Parse]:
    """How the cells of each column are read, from what the whole table shows or a person chose."""
    figures = [cell for column in ("mass", "time", "price") for cell in table.cells(column)]
    sign = str(table.choices.get("decimal") or values.decimal_sign(figures))
    order = str(table.choices.get("order") or values.day_order(table.cells("made_on")))
    mass_unit = str(table.choices.get("mass_unit") or unit_of(table.heading("mass"), ("g", "kg")))
    time_unit = str(table.choices.get("time_unit") or unit_of(table.heading("time"), ("h", "min", "s")))
    currency = sites.the_site(session).currency
    return {
        "made_on": partial(values.day, order=order), "mass": partial(values.milligrams, sign=sign, unit=mass_unit),
        "time": partial(values.seconds, sign=sign, unit=time_unit),
        "price": partial(values.minor, currency=currency, sign=sign), "outcome": values.outcome,
    }  # fmt: skip


def _long(table: Table, row: Row) -> Iterable[Fault]:
    for column in PAST_JOBS:
        if len(table.cell(row, column.name)) > column.most:
            yield Fault(row[0], table.heading(column.name), "import_cell_too_long", {"most": column.most})


def _past(table: Table, row: Row, known: _Known, read: dict[str, Any]) -> Past:
    person, material, machine = (table.cell(row, name) for name in ("person", "material", "machine"))
    return Past(
        line=row[0], person=person, person_id=known.people.get(folded(person)), filename=table.cell(row, "filename"),
        material=material, material_id=known.materials.get(folded(material)), machine=machine,
        machine_model_id=known.models.get(folded(machine)), **read,
    )  # fmt: skip


def _unknown(table: Table, good: Sequence[Past]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Names that nothing here goes by: they are kept as words."""
    for what in ("person", "material", "machine"):
        key = "machine_model_id" if what == "machine" else f"{what}_id"
        names = sorted({getattr(each, what) for each in good if getattr(each, what) and getattr(each, key) is None})
        if names:
            yield f"import_unknown_{what}", {"count": len(names), "names": names[:10]}


def make(session: Session, batch_id: str, pasts: Sequence[Past]) -> dict[str, list[str]]:
    """The rows of past jobs: table name to their ids."""
    rows = [_row(batch_id, each) for each in pasts]
    if rows:
        session.execute(insert(PastJob), rows)
    return {"past_job": [each["id"] for each in rows]}


def _row(batch_id: str, past: Past) -> dict[str, Any]:
    return {
        "id": new_id(), "import_batch_id": batch_id, "line": past.line, "person_id": past.person_id,
        "person_name": past.person, "filename": past.filename, "material_id": past.material_id,
        "material_name": past.material, "machine_model_id": past.machine_model_id, "machine_name": past.machine,
        "milligrams": past.mass, "seconds": past.time, "made_on": past.made_on, "price_minor": past.price,
        "good": past.outcome,
    }  # fmt: skip
