"""Makers' pages as people use them: the real application on a real database, each person in a browser of their own."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page
from sqlalchemy import select

from fabqueue.dispatch.context import Context
from fabqueue.models import Design, Job, JobState, Person, Project, Revision, Run, RunState
from fabqueue.models.base import Base
from fabqueue.services import events, floor, jobs, policy, projects, reviews, runs
from fabqueue.services.jobs import Wish
from fabqueue.tasks.analyse import analyse
from tests.support import factories
from tests.support.chromium import serving
from tests.support.factories import Lab
from tests.support.making import estimated
from tests.support.pages import (
    Browser,
    SignIn,
    adam,
    alice,
    app,
    bob,
    context,
    ines,
    plain,
    quiet,
    signing_in,
    tara,
    visitor,
    wakes,
)

__all__ = [
    "Browser", "SignIn", "adam", "alice", "app", "bob", "context", "ines", "plain", "quiet", "tara", "visitor", "wakes",
]  # fmt: skip

SIDES = (20.0, 20.0, 20.0)


@pytest.fixture
def sign_in(app: Flask, lab: Lab) -> SignIn:
    return signing_in(app, Browser)


class Workshop:
    """Makes the rows that tests of pages begin with, by the services that make them in life."""

    def __init__(self, context: Context, lab: Lab) -> None:
        self.context, self.lab = context, lab
        self._designs = 0

    def design(self, owner: Person | None = None, **report: Any) -> Revision:
        """A box of Alice's (or `owner`'s) that was read and estimated; `report` changes what the report says."""
        self._designs += 1  # each of another size: a report belongs to one file
        with self.writing() as session:
            person = session.get_one(Person, (owner or self.lab.alice).id)
            size = (SIDES[0], SIDES[1], SIDES[2] + self._designs)
            revision = factories.analysed_box(session, self.context.storage, person, size)
            assert revision.report is not None
            revision.report.data = revision.report.data | report
            estimated(session, self.context.config, revision)
            session.commit()
        return revision

    def writing(self) -> Any:
        session = self.context.db.writing()
        session.expire_on_commit = False
        return session

    def job(self, state: JobState = JobState.SUBMITTED, owner: Person | None = None, **wish: Any) -> Job:
        """A job for grey PLA on the lab's printer, brought into `state` by its owner and Tara."""
        revision = self.design(owner)
        with self.writing() as session:
            person, tara = (session.get_one(Person, each.id) for each in (owner or self.lab.alice, self.lab.tara))
            config, given = self.context.config, {"machine_model": "marlin-250", "material": "pla"} | wish
            found = session.get_one(Revision, revision.id)
            estimated(session, config, found, given.get("settings", {}))
            job = jobs.create(session, config, person, found, Wish(**given), filed_by=person)
            if state is not JobState.DRAFT:
                jobs.submit(session, config, job, person)
                self._bring(session, job, person, tara, state)
            session.commit()
            session.refresh(job)
        return job

    def _bring(self, session: Any, job: Job, person: Person, tara: Person, state: JobState) -> None:
        if state is JobState.CHANGES_REQUESTED:
            reviews.request_changes(session, job, tara, "Which side is up?")
        elif state is JobState.REJECTED:
            reviews.reject(session, job, tara, "Too thin to hold.")
        elif state is JobState.CANCELLED:
            jobs.cancel(session, job, person)
        elif state is JobState.AWAITING_MEMBER:
            reviews.change(session, self.context.config, job, tara, quantity=3)
        elif state is not JobState.SUBMITTED:
            reviews.approve(session, self.context.config, job, tara)
            if state is not JobState.QUEUED:
                self._make(session, job, person, tara, state)

    def _make(self, session: Any, job: Job, person: Person, tara: Person, state: JobState) -> None:
        run = runs.of_job(session, job)[0]
        run.state = RunState.WAITING  # its slicing is not what these pages are about
        session.flush()
        machine = session.get_one(type(self.lab.machine), self.lab.machine.id)
        by = events.of_machine(machine)
        machine.bed_cleared_at = machine.bed_cleared_at or run.created_at
        runs.claim(session, by, run, machine, machine.slots[0].stock)
        runs.send(session, by, run, "fabqueue/one.gcode", 1)
        runs.intend(session, by, run)
        runs.began(session, by, run)
        if state is JobState.FAILED:
            runs.fail(session, by, run, "run_came_out_bad")
        elif state in {JobState.READY, JobState.COLLECTED}:
            runs.done(session, by, run, 3700)
            floor.clear(session, events.actor_of(tara), machine, place="shelf 3")
            session.refresh(job)
            if state is JobState.COLLECTED:
                jobs.collect(session, job, person)

    def run(self, job: Job) -> Run:
        with self.context.db.reading() as session:
            return runs.of_job(session, session.get_one(Job, job.id))[-1]

    def change(self, row: Base, **columns: Any) -> None:
        """Set columns of a row, where no service would."""
        with self.writing() as session:
            found = session.get_one(type(row), row.id)  # type: ignore[attr-defined]
            for name, value in columns.items():
                setattr(found, name, value)
            session.commit()

    def fresh(self, row: Any) -> Any:
        """The row as the database has it now."""
        with self.context.db.reading() as session:
            session.expire_on_commit = False
            found = session.get_one(type(row), row.id)
            session.refresh(found)
            return found

    def project(self, revision: Revision) -> Project:
        with self.context.db.reading() as session:
            return session.get_one(Revision, revision.id).design.project

    def publish(self, revision: Revision, **fields: str) -> Project:
        """Fill in what a public project needs, and publish it."""
        with self.writing() as session:
            project = session.get_one(Revision, revision.id).design.project
            needed = {"licence": "CERN-OHL-W-2.0", "licensor": "Alice", "function": "Holds things."}
            projects.change(session, project, project.owner, needed | fields)
            projects.publish(session, project, project.owner)
            session.commit()
            session.refresh(project)
        return project

    def latest(self, place: str) -> Revision:
        """The latest revision of the design whose page is at `place`."""
        with self.context.db.reading() as session:
            return session.get_one(Design, place.rpartition("/")[2]).latest

    def decide(self, wanted: dict[str, str]) -> None:
        """Change settings of the lab."""
        with self.writing() as session:
            policy.change(session, self.context.settings, events.SYSTEM, wanted)
            session.commit()
        self.context.policy_changed()

    def read_all(self) -> None:
        """Analyse every revision that waits for it, in the real sandbox."""
        with self.context.db.reading() as session:
            waiting = list(session.scalars(select(Revision.id).where(Revision.state == "pending")))
        for key in waiting:
            analyse(self.context, key)


@pytest.fixture
def workshop(context: Context, lab: Lab) -> Workshop:
    return Workshop(context, lab)


@pytest.fixture
def address(app: Flask, context: Context, lab: Lab) -> Iterator[str]:
    """The application served, with a thread in the place of the analysis worker."""
    threads: list[threading.Thread] = []

    def wake(task: str, key: str) -> None:
        if task == "analyse":
            threads.append(threading.Thread(target=analyse, args=(context, key)))
            threads[-1].start()

    context.db.waker = wake
    with serving(app) as url:
        yield url
    for each in threads:
        each.join()


@pytest.fixture
def page(browser: Chromium, address: str) -> Iterator[Page]:
    """A window of somebody with scripts, at the running lab."""
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    yield opened
    context.close()
