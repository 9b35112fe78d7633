"""Whether each part is well, as codes with values: the command line and a page say them in words."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.dispatch import health
from fabqueue.migrations import runner
from fabqueue.models import Machine
from fabqueue.services import workshop
from fabqueue.tasks.heartbeat import BEATING, SILENT_SECONDS, ages
from printers import slicer

LEAST_FREE_BYTES = 1_000_000_000
OLDEST_VALKEY = 7


@dataclass(frozen=True)
class Finding:
    """One line of the check: whether that part is well, and the code of what to say about it."""

    well: bool
    code: str
    values: dict[str, Any] = field(default_factory=dict)


def check(config: Config) -> Iterator[Finding]:
    """Look at every part, one after the other; machines are asked all at once. Raises nothing for a part that fails."""
    is_known = True
    for name, look in PARTS.items():
        if is_known or name not in _IN_DATABASE:
            for finding in look(config):
                is_known &= finding.well or name != "database"
                yield finding


def _settings(config: Config) -> Iterator[Finding]:
    """That they were read without a fault is why anything runs at all; the files they name may be gone."""
    yield Finding(True, "check_settings_well")
    yield from _files(config)


def _files(config: Config) -> Iterator[Finding]:
    """What settings name beside the configuration and is not there."""
    for name in ("logo", "house_rules"):
        found = config.beside(getattr(config.site, name))
        if found is not None and not found.is_file():
            yield Finding(False, "check_site_file_missing", {"setting": name, "path": str(found)})


def _database(config: Config) -> Finding:
    kind = make_url(config.database_url).get_backend_name()
    try:
        due = runner.pending(config.database_url)
    except runner.UnknownRevision as error:
        return Finding(False, "check_database_newer", {"revision": error.revision})
    except (SQLAlchemyError, OSError) as error:
        return Finding(False, "check_database_unreachable", {"message": _first_line(error)})
    if due:
        return Finding(False, "check_database_outdated", {"count": len(due)})
    return Finding(True, "check_database_well", {"kind": {"sqlite": "SQLite"}.get(kind, "PostgreSQL")})


def _valkey(config: Config) -> Finding:
    try:
        with Redis.from_url(config.redis_url, socket_timeout=5, socket_connect_timeout=5) as connection:
            info: Any = connection.info("server")
    except (RedisError, OSError) as error:
        if not config.data.redis or "/valkey.sock" in config.data.redis:  # ours, wherever its socket had to go
            return Finding(False, "check_valkey_own_stopped")
        return Finding(False, "check_valkey_unreachable", {"message": _first_line(error)})
    version = str(info.get("valkey_version") or info["redis_version"])
    if int(version.split(".")[0]) < OLDEST_VALKEY:
        return Finding(False, "check_valkey_old", {"version": version})
    return Finding(True, "check_valkey_well", {"version": version})


def _workers(config: Config) -> Iterator[Finding]:
    database = Database(config.database_url)
    with database.reading() as session:
        known = ages(session)
    database.close()
    yield from (_beat(name, known.get(name)) for name in BEATING)


def _machines(config: Config) -> Iterator[Finding]:
    database = Database(config.database_url)
    with database.reading() as session:
        machines = list(workshop.machines(session))
    database.close()
    if not machines:
        yield Finding(True, "check_no_machines")
        return
    with ThreadPoolExecutor(max_workers=8) as pool:
        for findings in pool.map(_machine, machines):
            yield from findings


def _beat(name: str, age: float | None) -> Finding:
    if age is None:
        return Finding(False, f"check_{name}_never")
    well = age <= SILENT_SECONDS
    return Finding(well, f"check_{name}_{'well' if well else 'silent'}", {"age_seconds": round(age)})


def _machine(machine: Machine) -> list[Finding]:
    if machine.is_manual:
        return [Finding(True, "check_machine_by_hand", {"machine": machine.name})]
    found = health.of(machine)
    if not found.problems:
        return [Finding(True, "check_machine_well", {"machine": machine.name, "version": found.version})]
    return [
        Finding(False, "check_machine_problem", {"machine": machine.name, "problem": each}) for each in found.problems
    ]


def _slicer(config: Config) -> Finding:
    try:
        found = slicer.find(config.slicer.program or None)
        version = found.version()
    except (slicer.SlicingError, OSError):
        return Finding(False, "check_slicer_missing")
    return Finding(True, "check_slicer_well", {"version": version, "program": str(found.program)})


def _storage(config: Config) -> Finding:
    folder = config.folder
    probe_file = folder / f".check-{os.getpid()}"
    try:
        probe_file.write_bytes(b"x")
        probe_file.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding(False, "check_storage_unwritable", {"folder": str(folder), "message": error.strerror or ""})
    values = {"folder": str(folder), "free_bytes": free}
    if free < LEAST_FREE_BYTES:
        return Finding(False, "check_storage_full", values)
    return Finding(True, "check_storage_well", values)


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]


PARTS: dict[str, Callable[[Config], Iterable[Finding]]] = {
    "settings": _settings,
    "database": lambda config: [_database(config)],
    "valkey": lambda config: [_valkey(config)],
    "workers": _workers,
    "machines": _machines,
    "slicer": lambda config: [_slicer(config)],
    "storage": lambda config: [_storage(config)],
}
"""What is looked at, in this order."""
_IN_DATABASE = {"workers", "machines"}
"""Parts that cannot be asked without the database."""
