"""Dispatch and people who change the same machine at the same moment, on PostgreSQL: neither breaks the other off."""

from collections.abc import Callable

import pytest

from fabqueue.db import WritingSession, now
from fabqueue.dispatch import lease as leasing
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.lease import leased
from fabqueue.models import Machine, Person, Run, RunState
from fabqueue.services import emergencies, events, floor, jobs, locks, runs
from fabqueue.services.events import Actor
from tests.dispatch.queue import at_work, change
from tests.support.factories import Lab
from tests.support.racing import race

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
S = RunState

Deed = Callable[[WritingSession, Actor, Machine], object]


def cancel_job(session: WritingSession, actor: Actor, machine: Machine) -> None:
    run = runs.active_on(session, machine)
    assert run is not None
    jobs.cancel(session, run.items[0].job, session.get_one(Person, actor.id))


@pytest.mark.parametrize("deed", [floor.cancel, floor.pause, cancel_job, emergencies.ask])
def test_what_people_ask_of_a_run_and_what_dispatch_writes_about_it_wait_for_each_other(
    context: Context, lab: Lab, queue: list[str], deed: Deed
) -> None:
    run_id = at_work(context, lab, queue[0]).id
    change(context, Machine, lab.machine.id, look_at=now())
    with leased(context, [lab.machine.id]) as lease:

        def looks(session: WritingSession) -> None:
            lease.fence(session, lab.machine.id)

        def asks(session: WritingSession) -> None:
            deed(session, events.actor_of(lab.tara), session.get_one(Machine, lab.machine.id))

        def writes(session: WritingSession) -> None:
            session.get_one(Run, run_id).unanswered = "resume"
            session.flush()

        assert race(context.db, looks, asks, writes) is None


def test_an_emergency_stop_and_the_burial_of_a_dead_worker_wait_for_each_other(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    run_id = at_work(context, lab, queue[0]).id
    change(context, Run, run_id, state=S.SENDING)
    change(context, Machine, lab.machine.id, lease_holder="dead")
    (context.settings.folder / "leases").mkdir(parents=True, exist_ok=True)
    (context.settings.folder / "leases" / "dead").touch()

    def begins(session: WritingSession) -> None:
        locks.lock_id(session, Machine, lab.machine.id)

    def stops(session: WritingSession) -> None:
        emergencies.ask(session, events.actor_of(lab.tara), session.get_one(Machine, lab.machine.id))

    assert race(context.db, begins, lambda _session: leasing.bury(context, ["dead"]), stops) is None
    with context.db.reading() as session:
        assert session.get_one(Run, run_id).stop_asked_at is not None
        assert session.get_one(Run, run_id).inherited
