"""What happened is written where it happens: every change of state is a compare-and-set with its event beside it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from fabqueue.models import (
    ActorKind,
    Design,
    Event,
    Job,
    Machine,
    Person,
    Project,
    Revision,
    Run,
    RunItem,
    Showcase,
    Site,
    Stock,
    SubjectKind,
)
from fabqueue.models.base import Base
from fabqueue.services import locks, notices
from fabqueue.services.errors import Conflict

_SUBJECTS: dict[type[Base], SubjectKind] = {
    Job: SubjectKind.JOB,
    Run: SubjectKind.RUN,
    Machine: SubjectKind.MACHINE,
    Design: SubjectKind.DESIGN,
    Revision: SubjectKind.DESIGN,
    Project: SubjectKind.PROJECT,
    Person: SubjectKind.PERSON,
    Site: SubjectKind.SITE,
    Stock: SubjectKind.STOCK,
    Showcase: SubjectKind.SHOWCASE,
}


@dataclass(frozen=True)
class Actor:
    """Who did it: a person, a machine, or FabQueue itself."""

    kind: ActorKind
    id: str | None = None


SYSTEM = Actor(ActorKind.SYSTEM)


def actor_of(person: Person) -> Actor:
    return Actor(ActorKind.PERSON, person.id)


def of_machine(machine: Machine) -> Actor:
    return Actor(ActorKind.MACHINE, machine.id)


def record(
    session: Session,
    actor: Actor,
    subject: Base,
    verb: str,
    *,
    old: str = "",
    new: str = "",
    code: str = "",
    values: Mapping[str, Any] | None = None,
) -> Event:
    """Append one event about `subject` and the notices it calls for."""
    event = Event(
        actor_kind=actor.kind,
        actor_id=actor.id,
        subject_kind=_SUBJECTS[type(subject)],
        subject_id=subject.design_id if isinstance(subject, Revision) else subject.id,  # type: ignore[attr-defined]
        verb=verb,
        old=old,
        new=new,
        code=code,
        values=dict(values or {}),
    )
    session.add(event)
    session.flush()
    notices.announce(session, event, subject)
    return event


def move(
    session: Session,
    actor: Actor,
    row: Any,
    allowed: StrEnum | Collection[StrEnum],
    new: StrEnum,
    verb: str,
    *,
    code: str = "",
    values: Mapping[str, Any] | None = None,
    **columns: Any,
) -> Event:
    """Change the state of `row` if it is one of `allowed`, set `columns` with it, and record the event.

    Raises Conflict with the current state when the row is in another one: somebody was faster.
    """
    states = {allowed} if isinstance(allowed, StrEnum) else set(allowed)
    session.flush()
    kind: Any = type(row)
    old = session.scalar(select(kind.state).where(kind.id == row.id))
    changed = update(kind).where(kind.id == row.id, kind.state == old).values(state=new, **columns)
    if old not in states or _count(session, changed) != 1:
        session.refresh(row)
        raise Conflict(str(row.state))
    locks.reread(session, row)
    return record(session, actor, row, verb, old=str(old), new=str(new), code=code, values=values)


def _count(session: Session, statement: Any) -> int:
    result = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


def history(session: Session, job: Job) -> list[Event]:
    """Everything that happened to a job and its runs, oldest first."""
    runs = select(RunItem.run_id).where(RunItem.job_id == job.id)
    of_job = (Event.subject_kind == SubjectKind.JOB) & (Event.subject_id == job.id)
    of_runs = (Event.subject_kind == SubjectKind.RUN) & Event.subject_id.in_(runs)
    return list(session.scalars(select(Event).where(of_job | of_runs).order_by(Event.seq)))


def elsewhere(happened: Iterable[Event]) -> dict[str, Event]:
    """By run, the event that says why its machine is not the one that was asked for."""
    claims = (each for each in happened if each.subject_kind is SubjectKind.RUN and each.verb in {"claim", "give_back"})
    last = {each.subject_id: each for each in claims}
    return {key: each for key, each in last.items() if each.verb == "claim" and each.code}


def of_run(session: Session, run: Run) -> list[Event]:
    """Everything that happened to a run, oldest first."""
    about = select(Event).where(Event.subject_kind == SubjectKind.RUN, Event.subject_id == run.id)
    return list(session.scalars(about.order_by(Event.seq)))


def actor_names(session: Session, events: Collection[Event]) -> dict[str, str]:
    """Ids of the people and machines that acted, with the names to show to signed-in readers."""
    ids = {each.actor_id for each in events if each.actor_id}
    people = session.execute(select(Person.id, Person.display_name).where(Person.id.in_(ids)))
    machines = session.execute(select(Machine.id, Machine.name).where(Machine.id.in_(ids)))
    return {key: name for key, name in [*people, *machines]}  # noqa: C416  dict() loses the types
