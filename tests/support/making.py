"""Approved jobs whose sliced file is written by hand, so that making them takes seconds."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from fabqueue.config import Config, MoneySettings
from fabqueue.db import WritingSession, now
from fabqueue.dispatch.context import Context
from fabqueue.models import (
    OCTOPRINT,
    Job,
    JobState,
    Machine,
    Person,
    Quote,
    Request,
    Revision,
    Run,
    Slicing,
    SlicingState,
    StoredFile,
)
from fabqueue.services import estimates, events, ledger, planning, sites
from fabqueue.storage import Storage
from printers.driver import sha1
from tests.support import factories
from tests.support.factories import Lab

_heights = itertools.count()  # one report belongs to one file


def short_gcode(path: Path, seconds: float = 0.5, steps: int = 4) -> Path:
    """G-code that keeps a virtual printer busy for about that long."""
    pause = f"G4 P{round(seconds * 1000 / steps)}"
    lines = [line for step in range(steps) for line in (pause, f"G1 X{step + 1} E{step + 1} F3000")]
    path.write_text("\n".join(["G21", "G90", *lines, ""]))
    return path


def sliced(session: Session, storage: Storage, lab: Lab, gcode: Path, copies: int = 1) -> Slicing:
    """A ready slicing of that file, made for nothing but tests."""
    kept = storage.keep_file(gcode)
    if session.get(StoredFile, kept.sha256) is None:
        session.add(StoredFile(sha256=kept.sha256, size=kept.size))
        session.flush()
    row = Slicing(
        model_sha256=kept.sha256, filename="box.stl", units="mm", profile_digest="hand", copies=copies,
        settings_digest=kept.sha256[:16], machine_model_id=lab.model.id, material_id=lab.pla.id, settings={},
        state=SlicingState.READY, gcode_sha256=kept.sha256, gcode_sha1=sha1(gcode), seconds=60, milligrams=5000,
        ready_at=now(),
    )  # fmt: skip
    found = session.query(Slicing).filter_by(settings_digest=row.settings_digest, copies=copies).one_or_none()
    if found is None:
        session.add(row)
        session.flush()
    return found or row


def approved_job(
    session: WritingSession, storage: Storage, lab: Lab, *, owner: Person | None = None, quantity: int = 1,
    priority: int = 0, colour: str = "", total_minor: int = 420,
) -> Job:  # fmt: skip
    """A job in the queue with its price held, without runs."""
    person = session.get_one(Person, (owner or lab.alice).id)
    revision = factories.analysed_box(session, storage, person, (20.0, 20.0, 20.0 + next(_heights) / 100))
    request = Request(site_id=lab.site.id, owner_id=person.id, filed_by_id=person.id)
    session.add(request)
    session.flush()
    number = sites.next_job_number(session, sites.the_site(session))
    job = Job(
        site_id=lab.site.id, number=number, code=f"J-{number}", request_id=request.id, revision_id=revision.id,
        machine_model_id=lab.model.id, material_id=lab.pla.id, colour=colour, quantity=quantity, priority=priority,
        payer_id=ledger.account_of(session, person).id, state=JobState.QUEUED, submitted_at=now(), approved_at=now(),
    )  # fmt: skip
    session.add(job)
    session.flush()
    _quote(session, job, lab, total_minor)
    return job


def _quote(session: WritingSession, job: Job, lab: Lab, total_minor: int) -> None:
    spans = {"low": 50 * job.quantity, "expected": 60 * job.quantity, "high": 80 * job.quantity}
    quote = Quote(
        job_id=job.id, machine_model_id=lab.model.id, material_id=lab.pla.id, quantity=job.quantity, currency="EUR",
        total_minor=total_minor, lines=[{"code": "price_setup", "values": {}, "minor": total_minor}], seconds=spans,
        milligrams={key: value * 100 for key, value in spans.items()}, source="geometry", accepted_at=now(),
    )  # fmt: skip
    session.add(quote)
    session.flush()
    job.quote_id = quote.id
    session.flush()
    session.refresh(job)
    ledger.hold(session, _no_rules(), job, None)


def estimated(
    session: Session, config: Config, revision: Revision, settings: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """An hour and ten grams for each copy, everywhere."""
    assert revision.report is not None
    span = {"seconds": {"low": 3000, "expected": 3600, "high": 4500}, "grams": {"low": 9, "expected": 10, "high": 12}}
    made = [
        {"key": each.key, "fits": True, "reasons": [], "source": "geometry", **span}
        for each in estimates.wanted(session, config, settings)
    ]
    estimates.keep(session, revision.report, made)


def _no_rules() -> MoneySettings:
    return MoneySettings()


def waiting_run(
    session: WritingSession, storage: Storage, lab: Lab, gcode: Path, *, job: Job | None = None, copies: int = 1
) -> Run:
    """A run that waits for a machine, of a job of its own unless one is given."""
    wanted = session.get_one(Job, job.id) if job else approved_job(session, storage, lab, quantity=copies)
    return planning.make(session, events.SYSTEM, wanted, copies, sliced(session, storage, lab, gcode, copies))


def point_at(context: Context, machine: Machine, url: str, key: str) -> None:
    """Let a machine's row lead to a real server."""
    with context.db.writing() as session:
        row = session.get_one(Machine, machine.id)
        row.driver, row.url, row.key = OCTOPRINT, url, key
        session.commit()
