"""Leases: one driver for each machine, on any host, and none of a process that died."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from fabqueue.db import Clock, WritingSession, now
from fabqueue.dispatch import lease as leasing
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.lease import LeaseLost, leased
from fabqueue.models import Machine, Run, RunState
from tests.support import factories
from tests.support.factories import Lab
from tests.support.octoprint import eventually

HOLDER = """
import sys, time
from fabqueue.config import build
from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.lease import leased
from fabqueue.storage import Storage
from pathlib import Path
base, url, machine = sys.argv[1:]
config = build({"data": {"database": url}}, {}, Path(base))
with leased(Context(config, Database(url), Storage(config.folder)), [machine]) as lease:
    print(len(lease.machines), flush=True)
    time.sleep(600)
"""


def row(context: Context, lab: Lab) -> Machine:
    with context.db.reading() as session:
        return session.get_one(Machine, lab.machine.id)


def change(context: Context, lab: Lab, **columns: object) -> None:
    with context.db.writing() as session:
        machine = session.get_one(Machine, lab.machine.id)
        for name, value in columns.items():
            setattr(machine, name, value)
        session.commit()


@pytest.mark.postgresql
def test_only_one_holds_a_machine_at_a_time(context: Context, lab: Lab) -> None:
    with leased(context, [lab.machine.id]) as first:
        assert first.machines == {lab.machine.id}
        with leased(context, [lab.machine.id]) as second:
            assert second.machines == frozenset()
    assert (row(context, lab).lease_holder, row(context, lab).lease_until) == ("", None)
    with leased(context, [lab.machine.id]) as third:
        assert third.machines == {lab.machine.id}


@pytest.mark.postgresql
def test_it_ends_by_the_clock_of_the_database(context: Context, lab: Lab) -> None:
    with context.db.reading() as session:
        began = session.scalar(select(Clock()))
    assert began is not None
    with leased(context, [lab.machine.id]):
        until = row(context, lab).lease_until
        assert until is not None
        with context.db.reading() as session:
            latest = session.scalar(select(Clock(leasing.SECONDS)))
        assert latest is not None
        assert began + timedelta(seconds=leasing.SECONDS) <= until <= latest


def test_a_lease_that_ran_out_is_taken(context: Context, lab: Lab) -> None:
    change(context, lab, lease_holder="another-host", lease_until=now() - timedelta(seconds=1))
    with leased(context, [lab.machine.id]) as lease:
        assert lease.machines == {lab.machine.id}


def test_a_lease_of_another_host_is_respected_until_it_runs_out(context: Context, lab: Lab) -> None:
    change(context, lab, lease_holder="another-host", lease_until=now() + timedelta(seconds=30))
    with leased(context, [lab.machine.id]) as lease:
        assert lease.machines == frozenset()


@pytest.mark.postgresql
def test_a_lease_of_a_dead_host_does_not_outlive_a_clock_that_was_wrong(context: Context, lab: Lab) -> None:
    """A computer without a battery for its clock begins anew in the past: the end of the lease is far ahead then."""
    with context.db.writing() as session:
        sent = _at(session, lab, RunState.SENDING)
        session.commit()
    change(context, lab, lease_holder="another-host", lease_until=now() + timedelta(hours=1))
    with leased(context, [lab.machine.id]) as lease, context.db.reading() as session:
        assert lease.machines == {lab.machine.id}
        assert session.get_one(Run, sent).inherited


@pytest.mark.postgresql
def test_nothing_is_written_by_who_lost_the_machine(context: Context, lab: Lab) -> None:
    with leased(context, [lab.machine.id]) as lease:
        change(context, lab, lease_holder="another", lease_until=now() + timedelta(seconds=30))
        with context.db.writing() as session, pytest.raises(LeaseLost):
            lease.fence(session, lab.machine.id)
    assert row(context, lab).lease_holder == "another"


@pytest.mark.postgresql
def test_nothing_is_written_by_who_was_away_until_the_lease_ran_out(context: Context, lab: Lab) -> None:
    """Nobody took the machine meanwhile, but what was seen of it is long ago."""
    with leased(context, [lab.machine.id]) as lease:
        change(context, lab, lease_until=now() - timedelta(seconds=1))
        with context.db.writing() as session, pytest.raises(LeaseLost):
            lease.fence(session, lab.machine.id)
    assert row(context, lab).lease_holder == ""


@pytest.mark.postgresql
def test_what_ran_out_is_not_brought_back_by_the_thread_that_renews_it(context: Context, lab: Lab) -> None:
    """All threads of a process that was frozen go on at once, and the one that renews may be the first."""
    with leased(context, [lab.machine.id]) as lease:
        change(context, lab, lease_until=now() - timedelta(seconds=1))
        lease.renew()
        with context.db.writing() as session, pytest.raises(LeaseLost):
            lease.fence(session, lab.machine.id)


def test_a_lease_is_kept_while_its_holder_works(context: Context, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leasing, "SECONDS", 0.3)
    with leased(context, [lab.machine.id]):
        began = row(context, lab).lease_until
        assert began is not None
        eventually(lambda: (row(context, lab).lease_until or began) > began + timedelta(seconds=0.3))


@pytest.fixture
def holder(context: Context, lab: Lab) -> Callable[[], "subprocess.Popen[str]"]:
    """Start another process that holds the machine's lease."""

    def start() -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", HOLDER, str(context.config.base), context.db.url, lab.machine.id]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "1"
        return process

    return start


def test_the_lease_of_a_killed_process_is_free_at_once(
    context: Context, lab: Lab, holder: Callable[[], "subprocess.Popen[str]"]
) -> None:
    with holder() as process:
        with leased(context, [lab.machine.id]) as lease:
            assert lease.machines == frozenset()
        process.kill()
    began = time.monotonic()
    with leased(context, [lab.machine.id]) as lease:
        assert lease.machines == {lab.machine.id}
    assert (row(context, lab).lease_until, time.monotonic() - began < leasing.SECONDS / 2) == (None, True)


def test_whoever_notices_first_that_a_process_died_frees_all_its_machines(
    context: Context, lab: Lab, holder: Callable[[], "subprocess.Popen[str]"]
) -> None:
    with context.db.writing() as session:
        other = factories.machine(session, session.merge(lab.site), session.merge(lab.model)).id
        session.commit()
    with holder() as process:
        process.kill()
    with leased(context, [other]) as lease:
        assert lease.machines == {other}
        assert (row(context, lab).lease_holder, row(context, lab).lease_until) == ("", None)
    assert list((context.settings.folder / "leases").iterdir()) == []


@pytest.mark.postgresql
@pytest.mark.parametrize("left", [True, False])
def test_what_comes_from_whoever_did_not_let_go_is_not_trusted(context: Context, lab: Lab, left: bool) -> None:
    """A frozen process may select or start what it sent, once it goes on."""
    if left:
        change(context, lab, lease_holder="frozen", lease_until=now() - timedelta(seconds=1))
    with context.db.writing() as session:
        sent = _at(session, lab, RunState.SENDING)
        session.commit()
    with leased(context, [lab.machine.id]), context.db.reading() as session:
        assert session.get_one(Run, sent).inherited is left


def _at(session: WritingSession, lab: Lab, state: RunState) -> str:
    run = Run(site_id=lab.site.id, machine_model_id=lab.model.id, material_id=lab.pla.id, state=state,
              machine_id=lab.machine.id)  # fmt: skip
    session.add(run)
    session.flush()
    return run.id


def test_whoever_breaks_off_is_taken_for_dead_and_what_it_sent_is_not_trusted(context: Context, lab: Lab) -> None:
    """A thread of theirs may go on driving."""
    with context.db.writing() as session:
        sent = _at(session, lab, RunState.SENDING)
        session.commit()
    with pytest.raises(RuntimeError, match="time is over"), leased(context, [lab.machine.id]):
        raise RuntimeError("time is over")
    assert row(context, lab).lease_holder
    with leased(context, [lab.machine.id]) as lease, context.db.reading() as session:
        assert lease.machines == {lab.machine.id}
        assert session.get_one(Run, sent).inherited
    assert list((context.settings.folder / "leases").iterdir()) == []


def test_whoever_breaks_off_with_no_machine_leaves_nothing(context: Context) -> None:
    with pytest.raises(RuntimeError), leased(context, []):
        raise RuntimeError
    assert list((context.settings.folder / "leases").iterdir()) == []


def test_a_lease_that_could_not_be_let_go_is_free_at_once(context: Context, lab: Lab) -> None:
    refuse = "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    trigger = "CREATE TRIGGER full BEFORE UPDATE OF lease_holder ON machine WHEN NEW.lease_holder = '' "
    with leased(context, [lab.machine.id]):
        run(context, trigger + refuse)
    run(context, "DROP TRIGGER full")
    assert row(context, lab).lease_holder
    with leased(context, [lab.machine.id]) as lease:
        assert lease.machines == {lab.machine.id}
    assert row(context, lab).lease_holder == ""
    assert list((context.settings.folder / "leases").iterdir()) == []


def run(context: Context, statement: str) -> None:
    with context.db.writing() as session:
        session.execute(text(statement))
        session.commit()
