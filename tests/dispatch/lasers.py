"""A laser behind a real OctoPrint, and what people do with it."""

from collections.abc import Collection

import requests
from sqlalchemy import update

from fabqueue.db import Clock
from fabqueue.models import (
    Machine,
    Run,
    RunState,
)
from fabqueue.services import arming, events
from fabqueue.services.arming import CHECKLIST
from tests.dispatch.stand import Stand

S = RunState
ALL = frozenset(map(str, CHECKLIST))


def arm(laser: Stand, run_id: str, ticked: Collection[str] = ALL) -> None:
    """Tara goes through the checklist."""
    with laser.context.db.writing() as session:
        machine, run = session.get_one(Machine, laser.lab.machine.id), session.get_one(Run, run_id)
        actor = events.actor_of(laser.lab.tara)
        arming.arm(session, laser.context.config.machines, actor, machine, run, ticked)
        session.commit()


def staged(laser: Stand, **more: object) -> str:
    run_id = laser.run(**more)  # type: ignore[arg-type]
    laser.until(run_id, S.STAGED)
    return run_id


def seconds_are_over(laser: Stand, run_id: str) -> None:
    """The time of the arming is over, as if it had gone by."""
    with laser.context.db.writing() as session:
        session.execute(update(Run).where(Run.id == run_id).values(armed_until=Clock(-60.0)))
        session.commit()


def has_file(laser: Stand, name: str) -> bool:
    address = f"{laser.server.url}/api/files/local/{name}"
    return requests.get(address, headers={"X-Api-Key": laser.server.key}, timeout=10).ok
