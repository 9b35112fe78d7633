"""Staff pages as people use them: the real application on a real database, each person signed in with a real cookie."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import Database, now
from fabqueue.models import (
    Job,
    JobState,
    Machine,
    MachineModel,
    Material,
    Person,
    Request,
    Revision,
    Run,
    RunItem,
    RunState,
    Site,
)
from fabqueue.models.base import Base
from fabqueue.services import certifications, ledger, quotes, sites
from fabqueue.storage import Storage
from tests.support import factories, pages
from tests.support.factories import Lab
from tests.support.pages import SignIn, adam, alice, app, context, ines, signing_in, tara, visitor, wakes

__all__ = ["SignIn", "adam", "alice", "app", "context", "ines", "tara", "visitor", "wakes"]


class Browser(pages.Browser):
    """Staff's tests look at the page's source."""

    def read(self, path: str) -> str:
        return self.source(path)


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    return signing_in(app, Browser)


class Floor:
    """Makes rows that tests of pages begin with, and reads what became of them."""

    def __init__(self, database: Database, storage: Storage, config: Config, lab: Lab) -> None:
        self.database, self.storage, self.config, self.lab = database, storage, config, lab
        self._jobs = 0

    def job(self, state: JobState = JobState.SUBMITTED, owner: Person | None = None, **columns: Any) -> Job:
        """A job of Alice's (or `owner`'s) box for the lab's tool, quoted, in `state`."""
        with self.database.writing() as session:
            session.expire_on_commit = False
            person = session.get_one(Person, (owner or self.lab.alice).id)
            model = columns.pop("model", None) or self.tool(session).machine_model
            self._jobs += 1  # each a box of another size: a report belongs to one file
            size = (20.0, 20.0, 20.0 + self._jobs)
            revision = factories.analysed_box(session, self.storage, person, size)
            made = self._job(session, revision, person, session.get_one(MachineModel, model.id), state, columns)
            session.commit()
        return made

    def _job(
        self, session: Session, revision: Revision, owner: Person, model: Any, state: JobState, columns: dict[str, Any]
    ) -> Job:
        site = sites.the_site(session)
        request = Request(site_id=site.id, owner_id=owner.id, filed_by_id=owner.id, note=columns.pop("note", ""))
        session.add(request)
        session.flush()
        number = sites.next_job_number(session, site)
        moments = {"submitted_at": now()} if state is not JobState.DRAFT else {}
        if state in {JobState.QUEUED, JobState.IN_PRODUCTION}:
            moments["approved_at"] = now()
        job = Job(
            site_id=site.id, number=number, code=f"J-{number}", request_id=request.id, revision_id=revision.id,
            machine_model_id=model.id, material_id=self.lab.pla.id, payer_id=ledger.account_of(session, owner).id,
            state=state, **(moments | columns),
        )  # fmt: skip
        session.add(job)
        session.flush()
        session.refresh(job)
        if not model.profile:
            quote = quotes.freeze(session, self.config, site, job)
            quote.accepted_at, job.quote_id = now(), quote.id
            session.flush()
            session.refresh(job)
        return job

    def tool(self, session: Session | None = None) -> Machine:
        """The lab's foam cutter: driven by hand, PLA loaded, bed clear. Made when first asked for."""
        if session is None:
            with self.database.writing() as own:
                own.expire_on_commit = False
                found = self.tool(own)
                own.commit()
                return found
        there = session.scalar(select(Machine).where(Machine.slug == "bench"))
        if there is not None:
            return there
        model = factories.manual_model(session, "foam-cutter", setup_minor=200)
        site, pla = session.get_one(Site, self.lab.site.id), session.get_one(Material, self.lab.pla.id)
        factories.offer(session, model, pla)
        spool = factories.stock(session, site, pla, "white")
        return factories.manual_machine(session, site, model, slug="bench", loaded=spool)

    def run(self, job: Job, machine: Machine, state: RunState, copies: int = 1, **columns: Any) -> Run:
        """A run of `job` on `machine` in `state`; one that started has taken the bed."""
        with self.database.writing() as session:
            session.expire_on_commit = False
            made = Run(
                site_id=job.site_id, machine_model_id=job.machine_model_id, material_id=job.material_id,
                state=state, machine_id=machine.id, claimed_at=now(), started_at=now(), **columns,
            )  # fmt: skip
            session.add(made)
            session.flush()
            session.add(RunItem(run_id=made.id, job_id=job.id, copies=copies))
            if state.may_have_started or state.is_over:
                session.get_one(Machine, machine.id).bed_cleared_at = None
            session.commit()
            session.refresh(made)
        return made

    def change(self, row: Base, **columns: Any) -> None:
        with self.database.writing() as session:
            found = session.get_one(type(row), row.id)  # type: ignore[attr-defined]
            for name, value in columns.items():
                setattr(found, name, value)
            session.commit()

    def take(self, job: Job) -> None:
        """The tool has the job's run."""
        with self.database.reading() as session:
            (run,) = session.query(Run).join(RunItem).filter(RunItem.job_id == job.id)
        self.change(run, state=RunState.CLAIMED, machine_id=self.tool().id)
        self.change(job, state=JobState.IN_PRODUCTION)

    def now(self, row: Any) -> Any:
        """The row as it stands now, usable after its session."""
        with self.database.reading() as session:
            found = session.get_one(type(row), row.id, populate_existing=True)
            session.expunge_all()
        return found

    def certify(self, person: Person, model: Any) -> None:
        with self.database.writing() as session:
            by, holder = (session.get_one(Person, each.id) for each in (self.lab.ines, person))
            certifications.grant(session, holder, by, model=session.get_one(MachineModel, model.id))
            session.commit()


@pytest.fixture
def floor(database: Database, storage: Storage, config: Config, lab: Lab) -> Floor:
    return Floor(database, storage, config, lab)
