"""The life of an import: its file is read, what it would make is shown, then it is made whole, and perhaps undone."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, insert, or_, select
from sqlalchemy.orm import Session

from fabqueue.config import RetentionSettings
from fabqueue.db import WritingSession, new_id, now
from fabqueue.models import ImportBatch, ImportedThing, ImportKind, ImportState, Person
from fabqueue.services import analyses, claims, events, locks, sites
from fabqueue.services.errors import Conflict, Refused
from fabqueue.storage import Kept

MOST_ATTEMPTS = 3
MOST_BYTES = 20_000_000
READ_TASK, MAKE_TASK = "read_import", "make_import"
S = ImportState
WAITING = frozenset({S.READ, S.FAILED})
"""Somebody looks at the file, and nothing was made of it."""


@dataclass(frozen=True)
class Work:
    """What a worker needs to read or make one import."""

    batch_id: str
    attempt: int
    kind: ImportKind
    state: ImportState
    sha256: str
    choices: dict[str, Any]


def create(session: WritingSession, by: Person, kind: ImportKind, filename: str, kept: Kept) -> ImportBatch:
    """Take a stored file in; a worker reads it. Raises Refused."""
    if kept.size == 0:
        raise Refused("import_empty", field="file")
    analyses.keep_row(session, kept)
    batch = ImportBatch(kind=kind, filename=_plain(filename), sha256=kept.sha256, by_id=by.id, state=S.READING)
    session.add(batch)
    session.flush()
    session.wake(READ_TASK, batch.id)
    return batch


def _plain(filename: str) -> str:
    name = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(each if each.isprintable() else " " for each in name).strip()[:120] or "import"


def choose(session: WritingSession, batch: ImportBatch, choices: Mapping[str, Any]) -> None:
    """Read the file again with other choices. Raises Conflict once it is made or being made."""
    _hold(session, batch, WAITING)
    batch.choices, batch.found = dict(choices), {}
    _begin_again(batch, S.READING)
    session.wake(READ_TASK, batch.id)


def start(session: WritingSession, batch: ImportBatch, *, leave_out: bool = False, again: bool = False,
          chosen: Mapping[str, Any] | None = None) -> None:  # fmt: skip
    """Have everything made that was shown. leave_out: without the bad rows. again: although the file was made before.

    Raises Refused, Conflict.
    """
    _hold(session, batch, {S.READ})
    if batch.found.get("bad") and not leave_out:
        raise Refused("import_has_bad_rows", {"count": batch.found["bad"]}, "leave_out")
    if not batch.found.get("good"):
        raise Refused("import_makes_nothing")
    if batch.kind is ImportKind.BUNDLE and not (chosen and chosen["printers"] and chosen["filaments"]):
        raise Refused("import_bundle_choose")
    if not again and earlier(session, batch):
        raise Refused("import_made_before", field="again")
    batch.choices = {**batch.choices, **(chosen or {}), "leave_out": leave_out, "again": again}
    _begin_again(batch, S.MAKING)
    session.wake(MAKE_TASK, batch.id)


def discard(session: Session, batch: ImportBatch) -> None:
    """Forget a file of which nothing was made. Raises Conflict."""
    _hold(session, batch, WAITING)
    batch.state, batch.sha256, batch.found, batch.choices = S.DISCARDED, "", {}, {}
    session.flush()


def kept_until(batch: ImportBatch, rules: RetentionSettings) -> datetime | None:
    """When housekeeping forgets a file of which nothing was made; None for any other."""
    if batch.state not in WAITING or not (batch.sha256 or batch.found):
        return None
    return batch.created_at + timedelta(days=rules.draft_days)


def _hold(session: Session, batch: ImportBatch, allowed: Container[ImportState]) -> None:
    locks.lock(session, batch)
    if batch.state not in allowed:
        raise Conflict(batch.state)


def _begin_again(batch: ImportBatch, state: ImportState) -> None:
    batch.state, batch.attempts, batch.running_until = state, 0, None
    batch.problem_code, batch.problem_values = "", {}


def pending(session: Session, limit: int = 20) -> list[tuple[str, str]]:
    """Tasks and ids of imports that wait for a worker, also those whose worker was lost."""
    waiting = select(ImportBatch.id, ImportBatch.state).where(ImportBatch.state.in_([S.READING, S.MAKING]), _is_free())
    found = session.execute(waiting.order_by(ImportBatch.created_at).limit(limit))
    return [(READ_TASK if state is S.READING else MAKE_TASK, key) for key, state in found]


def _is_free() -> ColumnElement[bool]:
    return or_(ImportBatch.running_until.is_(None), claims.is_over(ImportBatch.running_until))


def begin(session: Session, batch_id: str, state: ImportState) -> Work | None:
    """Claim an import for one try; None when it is gone, done, or somebody else is at it."""
    batch = session.get(ImportBatch, batch_id)
    if batch is None:
        return None
    locks.lock(session, batch)
    is_free = session.scalar(select(ImportBatch.id).where(ImportBatch.id == batch_id, _is_free())) is not None
    if batch.state is not state or not is_free:
        return None
    if batch.attempts >= MOST_ATTEMPTS:
        _give_up(batch)
        return None
    batch.attempts, batch.running_until = batch.attempts + 1, claims.end()
    session.flush()
    return Work(batch.id, batch.attempts, batch.kind, batch.state, batch.sha256, dict(batch.choices))


def _give_up(batch: ImportBatch) -> None:
    _stop(batch, "import_gave_up", {"attempts": batch.attempts})


def _stop(batch: ImportBatch, code: str, values: Mapping[str, Any]) -> None:
    """Nothing was made; what was shown before is shown again."""
    batch.state = S.READ if batch.state is S.MAKING else S.FAILED
    if batch.kind is ImportKind.BUNDLE and batch.state is S.FAILED:
        batch.sha256 = ""  # it cannot be read otherwise, and may hold keys of printers
    batch.running_until, batch.problem_code, batch.problem_values = None, code, dict(values)


def mine(session: Session, work: Work) -> ImportBatch | None:
    """The import that `work` claimed, locked; None when another worker has it since."""
    batch = session.get(ImportBatch, work.batch_id)
    if batch is None:
        return None
    locks.lock(session, batch)
    return batch if batch.state is work.state and batch.attempts == work.attempt else None


def fail(session: Session, work: Work, code: str, values: Mapping[str, Any]) -> None:
    """It cannot be read, or could not be made; nothing happens when somebody else has it since."""
    batch = mine(session, work)
    if batch is not None:
        _stop(batch, code, values)


def show(batch: ImportBatch, found: Mapping[str, Any]) -> None:
    """Keep what the file holds and what would be made of it."""
    batch.state, batch.running_until, batch.found = S.READ, None, dict(found)


def finish(session: Session, batch: ImportBatch, made: Mapping[str, Sequence[str]], values: Mapping[str, Any]) -> None:
    """Everything is made: remember what, and record it."""
    things = [{"id": new_id(), "import_batch_id": batch.id, "kind": kind, "thing_id": key}
              for kind, ids in made.items() for key in ids]  # fmt: skip
    if things:
        session.execute(insert(ImportedThing), things)
    batch.state, batch.made_at, batch.running_until = S.MADE, now(), None
    by = session.get_one(Person, batch.by_id)
    events.record(session, events.actor_of(by), sites.the_site(session), f"import_{batch.kind}",
                  values={"import": batch.id, "file": batch.filename, **values})  # fmt: skip


def recent(session: Session, limit: int = 50) -> Sequence[ImportBatch]:
    """Imports, the newest first, without those that were thrown away."""
    found = select(ImportBatch).where(ImportBatch.state != S.DISCARDED)
    return session.scalars(found.order_by(ImportBatch.created_at.desc(), ImportBatch.id).limit(limit)).all()


def earlier(session: Session, batch: ImportBatch) -> ImportBatch | None:
    """An import of the same file that stands."""
    same = select(ImportBatch).where(
        ImportBatch.sha256 == batch.sha256, ImportBatch.kind == batch.kind, ImportBatch.state == S.MADE,
        ImportBatch.id != batch.id,
    )  # fmt: skip
    return session.scalar(same.order_by(ImportBatch.made_at.desc()).limit(1))
