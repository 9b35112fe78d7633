"""A queue that waits at one machine, and what tests ask and change of it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.waiting import Outlook
from fabqueue.models import Job, Machine, MachineModel, Material, Run, RunState, Site
from fabqueue.services import events, runs
from tests.support import factories
from tests.support.factories import Lab


def outlook(context: Context, session: Session) -> Outlook:
    return Outlook(session, context.config)


def reason(context: Context, job_id: str) -> str | None:
    with context.db.reading() as session:
        found = outlook(context, session).reason(session.get_one(Job, job_id))
        return found.code if found else None


def change(context: Context, kind: type, key: str, **columns: object) -> None:
    with context.db.writing() as session:
        row = session.get_one(kind, key)
        for name, value in columns.items():
            setattr(row, name, value)
        session.commit()


def run_of(context: Context, job_id: str) -> str:
    with context.db.reading() as session:
        return runs.of_job(session, session.get_one(Job, job_id))[0].id


def at_work(context: Context, lab: Lab, job_id: str) -> Run:
    """The lab's machine runs the job."""
    with context.db.writing() as session:
        session.expire_on_commit = False
        run = session.get_one(Run, run_of(context, job_id))
        runs.claim(session, events.SYSTEM, run, session.get_one(Machine, lab.machine.id), None)
        runs.began(session, events.SYSTEM, run)
        session.commit()
        return run


def second_machine(context: Context, lab: Lab) -> str:
    """Another of the same model, with the same material; its id."""
    with context.db.writing() as session:
        spool = factories.stock(session, session.get_one(Site, lab.site.id), session.get_one(Material, lab.pla.id))
        model = session.get_one(MachineModel, lab.model.id)
        made = factories.machine(session, session.get_one(Site, lab.site.id), model, spool, slug="two", name="Two")
        session.commit()
        return made.id


def closed_for_hours(context: Context, lab: Lab) -> None:
    """Somebody comes tomorrow, whatever day it is, and nobody today."""
    tomorrow = str((now().astimezone(ZoneInfo(lab.site.time_zone)) + timedelta(days=1)).isoweekday())
    change(context, Site, lab.site.id, opening_hours={tomorrow: [["09:00", "21:00"]]})


def cleared(
    session: Session, lab: Lab, machine_id: str, minutes: float, ago: int, begun: timedelta = timedelta(),
) -> None:  # fmt: skip
    """A run of half an hour that ended some days ago and whose bed was cleared so many minutes later.

    begun: how long it could have been started before somebody did.
    """
    ended = now() - timedelta(days=ago, hours=5)
    started = ended - timedelta(minutes=30)
    session.add(
        Run(site_id=lab.site.id, machine_model_id=lab.model.id, material_id=lab.pla.id, machine_id=machine_id,
            state=RunState.DONE, created_at=started - begun, started_at=started, ended_at=ended, seconds=1800,
            cleared_at=ended + timedelta(minutes=minutes))
    )  # fmt: skip
