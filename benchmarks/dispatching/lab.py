"""A lab to measure: its database, its machines."""

from dataclasses import dataclass
from pathlib import Path

from fabqueue.config import build
from fabqueue.db import Database, now
from fabqueue.dispatch.context import Context
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.database import make_tables

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Address:
    url: str
    key: str = "key"
    alive: bool = True


def of_machines(folder: Path, addresses: list[Address]) -> tuple[Context, list[str]]:
    """A lab on SQLite with a machine at each address."""
    context = context_in(folder, f"sqlite:///{folder / 'data' / 'fabqueue.sqlite3'}")
    with context.db.writing() as session:
        made = factories.lab(session)
        made.machine.retired_at = now()
        machines = [
            factories.machine(session, made.site, made.model, url=each.url, key=each.key, slug=f"m{number}")
            for number, each in enumerate(addresses)
        ]
        session.commit()
        return context, [each.id for each in machines]


def context_in(folder: Path, url: str, poll_seconds: float = 60) -> Context:
    (folder / "data").mkdir(exist_ok=True)
    make_tables(url)
    config = build({"data": {"database": url}, "machines": {"poll_seconds": poll_seconds}}, {}, folder)
    return Context(config, Database(url), Storage(config.folder))
