"""Imports of tables: what a reading found is turned into what people look at, and into rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import ActorKind, Event, ImportBatch, ImportKind, Person, SubjectKind
from fabqueue.services.imports import batches, columns, members, past
from fabqueue.services.imports.batches import Work
from fabqueue.services.imports.plan import Fault, Plan, Table

_PLANS = {ImportKind.PEOPLE: members.plan, ImportKind.PAST_JOBS: past.plan}
MOST_SHOWN, MOST_FIRST, MOST_BAD_ROWS = 300, 8, 5000
MOST_TITLES = 5
"""So many lines of title may stand before the headings."""


def table_of(kind: ImportKind, lines: Sequence[Mapping[str, Any]], choices: Mapping[str, Any]) -> Table:
    """The table that the sandbox read, with its columns as chosen or proposed."""
    rows = [(int(line), cells) for each in lines[1:] for line, cells in each["rows"]]
    first = [lines[0]["headings"], *(cells for _line, cells in rows[:MOST_TITLES])]
    place = columns.headings_at(kind, first)
    headings = first[place]
    return Table(headings, rows[place:], columns.chosen(kind, headings, choices), choices)


def show(session: Session, work: Work, lines: Sequence[Mapping[str, Any]]) -> None:
    """Keep what a reading found; nothing happens when another worker has it since."""
    batch = batches.mine(session, work)
    if batch is not None:
        table = table_of(work.kind, lines, work.choices)
        batches.show(batch, _found(table, lines[0], _PLANS[work.kind](session, table)))


def make(session: Session, work: Work, lines: Sequence[Mapping[str, Any]]) -> None:
    """Everything that was shown, in this one transaction; when more rows are bad than then, nothing."""
    batch = batches.mine(session, work)
    if batch is None:
        return
    table = table_of(work.kind, lines, work.choices)
    plan = _PLANS[work.kind](session, table)
    bad = len(plan.bad_lines())
    if bad > (int(batch.found["bad"]) if work.choices.get("leave_out") else 0):
        batches.show(batch, _found(table, lines[0], plan))
        batch.problem_code = "import_changed_meanwhile"
        return
    made = _make(session, batch, plan)
    batches.finish(session, batch, made, {"count": len(plan.good), "left_out": bad})
    batch.found = {**batch.found, "made": len(plan.good)}


def _make(session: Session, batch: ImportBatch, plan: Plan) -> dict[str, list[str]]:
    if batch.kind is ImportKind.PAST_JOBS:
        return past.make(session, batch.id, plan.good)
    by = session.get_one(Person, batch.by_id)
    made = members.make(session, by, plan.good)
    _tell_of_people(session, by, batch, made["person"])
    return made


def _tell_of_people(session: Session, by: Person, batch: ImportBatch, ids: Sequence[str]) -> None:
    """One event for each person, written at once."""
    rows = [{"at": now(), "actor_kind": ActorKind.PERSON, "actor_id": by.id, "subject_kind": SubjectKind.PERSON,
             "subject_id": key, "verb": "import", "values": {"import": batch.id}} for key in ids]  # fmt: skip
    if rows:
        session.execute(insert(Event), rows)


def _found(table: Table, head: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    bad = plan.bad_lines()
    return {
        "encoding": head["encoding"], "delimiter": head["delimiter"], "headings": list(table.headings),
        "columns": dict(table.columns), "sample": [list(cells) for _, cells in table.rows[:3]],
        "total": len(table.rows), "good": len(plan.good), "bad": len(bad),
        "faults": [_told(each) for each in plan.faults[:MOST_SHOWN]], "faults_count": len(plan.faults),
        "bad_rows": [[line, list(cells)] for line, cells in table.rows if line in bad][:MOST_BAD_ROWS],
        "doubles": [_told(each) for each in plan.doubles[:MOST_SHOWN]], "doubles_count": len(plan.doubles),
        "notes": [*_no_columns(table), *([code, values] for code, values in plan.notes)],
        "first": [_plain(each) for each in plan.good[:MOST_FIRST]],
    }  # fmt: skip


def _no_columns(table: Table) -> list[list[Any]]:
    return [] if table.columns else [["import_no_columns", {"headings": [each[:40] for each in table.headings[:5]]}]]


def _told(fault: Fault) -> dict[str, Any]:
    return asdict(fault)


def _plain(row: Any) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(row).items()}
