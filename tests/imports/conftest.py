"""Files as labs have them, taken in, read and made by the real tasks."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.models import ImportBatch, ImportKind, Person
from fabqueue.services.imports import batches, undoing
from fabqueue.storage import Storage
from fabqueue.tasks import work
from tests.support.factories import Lab


@dataclass
class Importer:
    """What a technician does on the pages, and the workers behind them."""

    context: Context
    lab: Lab
    woken: list[tuple[str, str]] = field(default_factory=list)

    def read(self, kind: ImportKind, content: bytes, filename: str = "list.csv", **choices: object) -> ImportBatch:
        """The import of a file, read."""
        kept = self.context.storage.keep(io.BytesIO(content), batches.MOST_BYTES)
        with self.context.db.writing() as session:
            tara = session.get_one(Person, self.lab.tara.id)
            key = batches.create(session, tara, kind, filename, kept).id
            session.commit()
        work.find("read_import")(self.context, key)
        return self.chosen(self.now(key), **choices) if choices else self.now(key)

    def chosen(self, batch: ImportBatch, **choices: object) -> ImportBatch:
        """Read again with these choices."""
        with self.context.db.writing() as session:
            batches.choose(session, session.get_one(ImportBatch, batch.id), choices)
            session.commit()
        work.find("read_import")(self.context, batch.id)
        return self.now(batch.id)

    def start(self, batch: ImportBatch, **how: object) -> None:
        with self.context.db.writing() as session:
            batches.start(session, session.get_one(ImportBatch, batch.id), **how)  # type: ignore[arg-type]
            session.commit()

    def make(self, batch: ImportBatch, **how: object) -> ImportBatch:
        self.start(batch, **how)
        work.find("make_import")(self.context, batch.id)
        return self.now(batch.id)

    def undo(self, batch: ImportBatch) -> ImportBatch:
        with self.context.db.writing() as session:
            undoing.undo(session, session.get_one(Person, self.lab.tara.id), session.get_one(ImportBatch, batch.id))
            session.commit()
        return self.now(batch.id)

    def now(self, key: str) -> ImportBatch:
        with self.context.db.reading() as session:
            found = session.get_one(ImportBatch, key)
            session.expunge(found)
            return found

    def count(self, kind: type) -> int:
        with self.context.db.reading() as session:
            return session.query(kind).count()


@pytest.fixture
def importer(config: Config, database: Database, storage: Storage, lab: Lab) -> Importer:
    return Importer(Context(config, database, storage), lab)


Codes = Callable[[ImportBatch], list[tuple[int, str]]]


@pytest.fixture
def codes() -> Codes:
    """Line and code of every fault."""
    return lambda batch: [(each["line"], each["code"]) for each in batch.found["faults"]]
