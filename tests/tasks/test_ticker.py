"""The ticker finds what is due in the database alone, and does it itself when nobody else can."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count, islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.models import Heartbeat, Machine, Person, Revision, RevisionState, Run, RunState
from fabqueue.services import events, policy, runs
from fabqueue.services.errors import Conflict
from fabqueue.tasks.heartbeat import Heart
from fabqueue.tasks.queue import ANALYSIS, MACHINES, SLICING, Waker, connect, queue
from fabqueue.tasks.ticker import Ticker, _tick, due
from tests.support.factories import Lab
from tests.support.making import approved_job, short_gcode, waiting_run
from tests.support.octoprint import eventually
from tests.support.valkey import ValkeyServer


@pytest.fixture
def ticker(context: Context, waker: Waker) -> Iterator[Ticker]:
    made = Ticker(context, waker, Heart(context.db, "ticker"))
    yield made
    made.close()


@pytest.fixture
def alone(context: Context) -> Iterator[Ticker]:
    """A ticker whose queue is away."""
    waker = Waker("unix:///nowhere/valkey.sock?db=0")
    made = Ticker(context, waker, Heart(context.db, "ticker"))
    yield made
    made.slow_lane.shutdown(wait=True)
    waker.close()


def woken(server: ValkeyServer, name: str) -> set[str]:
    """The tasks that wait in a queue."""
    with connect(server.url) as connection:
        return {str(job.args[0]) for job in queue(name, connection).jobs}


def test_it_wakes_for_every_kind_of_pending_work(
    context: Context, lab: Lab, ticker: Ticker, revision_id: str, valkey_server: ValkeyServer
) -> None:
    with context.db.writing() as session:
        job = approved_job(session, context.storage, lab)
        runs.plan(session, context.config, events.SYSTEM, job)
        session.commit()
    ticker.tick()
    assert woken(valkey_server, ANALYSIS) == {"analyse"}
    assert woken(valkey_server, SLICING) == {"slice", "tidy"}
    assert woken(valkey_server, MACHINES) == {"dispatch"}


def test_after_the_queue_was_emptied_everything_is_found_again(
    ticker: Ticker, revision_id: str, valkey_server: ValkeyServer
) -> None:
    ticker.tick()
    valkey_server.empty()
    ticker.tick()
    assert "analyse" in woken(valkey_server, ANALYSIS)


def test_mail_is_due_only_where_a_server_is_configured(context: Context, lab: Lab) -> None:
    with context.db.writing() as session:
        session.get_one(Person, lab.alice.id).email = "alice@example.org"
        job = approved_job(session, context.storage, lab)
        (run,) = runs.plan(session, context.config, events.SYSTEM, job)
        runs.fail(session, events.SYSTEM, run, "run_machine_error", {"error": "heater"})
        session.commit()
    assert ("mail", "") not in due(context)
    mail = replace(context.config.mail, host="127.0.0.1", sender="lab@example.org")
    assert ("mail", "") in due(replace(context, config=replace(context.config, mail=mail)))


def test_without_a_queue_designs_are_analysed_in_the_slow_lane(
    context: Context, alone: Ticker, revision_id: str
) -> None:
    def analysed() -> bool:
        alone.tick()
        with context.db.reading() as session:
            return session.get_one(Revision, revision_id).state is RevisionState.READY

    eventually(analysed, 60)


def looked_at(context: Context, lab: Lab) -> Callable[[], bool]:
    """Whether the lab's machine, at whose address nothing answers, was looked at."""

    def answer() -> bool:
        with context.db.reading() as session:
            return session.get_one(Machine, lab.machine.id).misses > 0

    return answer


def test_without_a_queue_machines_are_looked_at_from_here(context: Context, lab: Lab, alone: Ticker) -> None:
    alone.tick()
    assert looked_at(context, lab)()


def test_with_a_queue_machines_are_left_to_their_worker(context: Context, lab: Lab, ticker: Ticker) -> None:
    ticker.tick()
    assert not looked_at(context, lab)()


def test_a_machine_worker_that_fell_silent_is_stood_in_for(context: Context, lab: Lab, ticker: Ticker) -> None:
    with context.db.writing() as session:
        session.add(Heartbeat(name=MACHINES, at=now() - timedelta(minutes=5)))
        session.commit()
    ticker.tick()
    assert looked_at(context, lab)()


def test_it_gives_a_sign_of_life(context: Context, ticker: Ticker) -> None:
    ticker.tick()
    with context.db.reading() as session:
        assert (now() - session.get_one(Heartbeat, "ticker").at).total_seconds() < 60


def test_two_tickers_do_no_harm(
    context: Context, ticker: Ticker, waker: Waker, revision_id: str, valkey_server: ValkeyServer
) -> None:
    other = Ticker(context, waker, Heart(context.db, "ticker"))
    ticker.tick()
    other.tick()
    other.close()
    with connect(valkey_server.url) as connection:
        assert [job.args[0] for job in queue(ANALYSIS, connection).jobs].count("analyse") <= 2


def laid(context: Context) -> list[int]:
    """How many jobs lie on each plate that waits or is prepared."""
    with context.db.reading() as session:
        standing = select(Run).where(Run.state.in_((RunState.WAITING, RunState.PREPARING)))
        return [len(each.items) for each in session.scalars(standing).unique() if each.is_plate]


def decide(context: Context, **wanted: str) -> None:
    """The lab decides on its page when small jobs share a bed by themselves."""
    with context.db.writing() as session:
        policy.change(session, context.settings, events.SYSTEM, {f"queue.{key}": text for key, text in wanted.items()})
        session.commit()
    context.policy_changed()


@pytest.fixture
def wait(context: Context, lab: Lab, tmp_path: Path) -> Callable[[int], None]:
    """So many more small jobs wait."""
    files = (short_gcode(tmp_path / f"{number}.gcode", 1 + number / 100) for number in count())

    def more(jobs: int) -> None:
        with context.db.writing() as session:
            for gcode in islice(files, jobs):
                waiting_run(session, context.storage, lab, gcode)
            session.commit()

    return more


def ticked(ticker: Ticker) -> list[int]:
    """What lies together once the ticker has thought of it again."""
    before = ticker.laid
    eventually(lambda: ticker.tick() or ticker.laid > before, 30)
    return laid(ticker.context)


def test_small_jobs_are_laid_together_as_long_as_the_lab_has_it_so(
    context: Context, ticker: Ticker, wait: Callable[[int], None], valkey_server: ValkeyServer
) -> None:
    wait(3)
    assert ticked(ticker) == []
    decide(context, plates="true")
    assert ticked(ticker) == [3]
    assert "slice" in woken(valkey_server, SLICING)
    decide(context, plates="false")
    wait(2)
    assert ticked(ticker) == [3]


def test_on_the_days_of_a_workshop_small_jobs_are_laid_together(
    context: Context, lab: Lab, ticker: Ticker, wait: Callable[[int], None]
) -> None:
    today = now().astimezone(ZoneInfo(context.config.site.time_zone)).date()
    wait(3)
    decide(context, plate_days=f"{today - timedelta(days=9)} to {today - timedelta(days=2)}")
    assert ticked(ticker) == []
    decide(context, plate_days=f"{today - timedelta(days=9)}, {today} to {today + timedelta(days=1)}")
    assert ticked(ticker) == [3]


def test_a_slicing_that_breaks_something_keeps_no_machine_waiting(
    context: Context, lab: Lab, alone: Ticker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody cancels the job meanwhile, or there is something with it that nobody thought of."""
    with context.db.writing() as session:
        run = waiting_run(session, context.storage, lab, short_gcode(tmp_path / "short.gcode"))
        run.state = RunState.PREPARING
        session.get_one(Machine, lab.machine.id).url = "http://127.0.0.1:9"
        session.commit()

    def breaks(*_: object) -> None:
        raise Conflict("cancelled")

    monkeypatch.setattr("fabqueue.services.preparation.slicing_ended", breaks)
    _tick(alone)
    with context.db.reading() as session:
        assert session.get_one(Machine, lab.machine.id).misses == 1


def test_a_round_that_fails_ends_no_ticker(context: Context, lab: Lab, alone: Ticker) -> None:
    """A folder that takes no more files, for one: while the queue is away, leases are taken here."""
    (context.settings.folder / "leases").write_text("in the way")
    _tick(alone)
    (context.settings.folder / "leases").unlink()
    _tick(alone)
    with context.db.reading() as session:
        assert session.get_one(Machine, lab.machine.id).look_at is not None
