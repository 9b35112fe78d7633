"""Worker processes: they wait for their queue, survive its going, end when told, and lose nothing when killed."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, select

from fabqueue.dispatch.context import Context
from fabqueue.models import Event, Heartbeat, Machine, Person, Revision, RevisionState, Slicing, SlicingState
from fabqueue.services import events, runs
from fabqueue.tasks.queue import WORKERS, SafeJob, Waker, connect, queue
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import approved_job
from tests.support.octoprint import eventually
from tests.support.processes import descendants
from tests.support.valkey import ValkeyServer
from tests.support.worker import Part, parts


def upload(context: Context, lab: Lab, height: float = 20.0) -> str:
    with context.db.writing() as session:
        alice = session.get_one(Person, lab.alice.id)
        made = factories.uploaded_box(session, context.storage, alice, (20.0, 20.0, height))
        session.commit()
        return made.id


def is_ready(context: Context, revision_id: str) -> Callable[[], bool]:
    def answer() -> bool:
        with context.db.reading() as session:
            return session.get_one(Revision, revision_id).state is RevisionState.READY

    return answer


def beats(context: Context, name: str) -> Callable[[], bool]:
    def answer() -> bool:
        with context.db.reading() as session:
            return session.get(Heartbeat, name) is not None

    return answer


def test_a_worker_that_was_there_before_its_queue_begins_when_it_comes(
    queued: Context, lab: Lab, valkey_server: ValkeyServer, waker: Waker
) -> None:
    valkey_server.kill()
    revision_id = upload(queued, lab)
    with parts(Part("analysis", queued.config, valkey_server.url)):
        eventually(beats(queued, "analysis"), 60)
        valkey_server.start()
        eventually(lambda: waker.wake("analyse", revision_id) and is_ready(queued, revision_id)(), 60)


def test_a_worker_goes_on_after_its_queue_was_killed(
    queued: Context, lab: Lab, valkey_server: ValkeyServer, waker: Waker
) -> None:
    with parts(worker := Part("analysis", queued.config, valkey_server.url)):
        first, second = upload(queued, lab), upload(queued, lab, 21.0)
        eventually(lambda: waker.wake("analyse", first) and is_ready(queued, first)(), 60)
        valkey_server.kill()
        valkey_server.start()
        eventually(lambda: waker.wake("analyse", second) and is_ready(queued, second)(), 90)
        assert worker.process is not None
        assert worker.process.poll() is None


@pytest.mark.parametrize("name", ["analysis", "slicing", "machines", "ticker"])
def test_a_process_ends_cleanly_when_told(queued: Context, lab: Lab, valkey_server: ValkeyServer, name: str) -> None:
    part = Part(name, queued.config, valkey_server.url)
    with parts(part):
        eventually(beats(queued, name), 60)
        assert part.stop() == 0
    assert "Traceback" not in part.log.read_text()


def test_a_report_does_not_wait_for_a_long_slicing(
    queued: Context, lab: Lab, valkey_server: ValkeyServer, tmp_path: Path
) -> None:
    endless = tmp_path / "endless-slicer"
    endless.write_text("#!/bin/sh\nexec sleep 600\n")
    endless.chmod(0o755)
    with queued.db.writing() as session:
        job = approved_job(session, queued.storage, lab)
        (run,) = runs.plan(session, queued.config, events.SYSTEM, job)
        slicing_id = run.slicing_id or ""
        session.commit()

    def slicing() -> SlicingState:
        with queued.db.reading() as session:
            return session.get_one(Slicing, slicing_id).state

    slicer = Part("slicing", queued.config, valkey_server.url, FABQUEUE_SLICER__PROGRAM=str(endless))
    with parts(
        slicer, Part("analysis", queued.config, valkey_server.url), Part("ticker", queued.config, valkey_server.url)
    ):
        try:
            eventually(lambda: slicing() is SlicingState.RUNNING, 60)
            revision_id = upload(queued, lab)
            eventually(is_ready(queued, revision_id), 60)
            assert slicing() is SlicingState.RUNNING
        finally:
            kill_with_children(slicer)


def test_mail_goes_before_the_next_slicing(waker: Waker, valkey_server: ValkeyServer) -> None:
    for task in ("slice", "mail"):
        assert waker.wake(task, "x")
    connection = connect(valkey_server.url)
    order = Queue.dequeue_any(
        [queue(each, connection) for each in WORKERS["slicing"]], None, connection, SafeJob, JSONSerializer
    )
    assert order is not None
    assert order[0].args == ["mail", "x"]


def test_a_machine_is_looked_at_by_ticker_and_worker_together(
    queued: Context, lab: Lab, valkey_server: ValkeyServer
) -> None:
    def looked_at() -> bool:
        with queued.db.reading() as session:
            return session.get_one(Machine, lab.machine.id).misses > 0

    with parts(Part("machines", queued.config, valkey_server.url), Part("ticker", queued.config, valkey_server.url)):
        eventually(looked_at, 60)


def test_an_analysis_whose_worker_was_killed_is_done_again(
    queued: Context, lab: Lab, valkey_server: ValkeyServer
) -> None:
    """Killed while it works; its time runs out, and the ticker finds it in the database."""
    revision_id = upload(queued, lab)
    worker = Part("analysis", queued.config, valkey_server.url)

    def begun() -> int:
        with queued.db.reading() as session:
            tries = select(func.count()).where(Event.verb == "analyse")
            return session.scalar(tries) or 0

    with parts(worker, Part("ticker", queued.config, valkey_server.url)):
        eventually(begun, 60)
        kill_with_children(worker)
        if not is_ready(queued, revision_id)():
            let_time_run_out(queued, revision_id)
        valkey_server.empty()
        eventually(lambda: worker.keep_alive() or is_ready(queued, revision_id)(), 90)


def kill_with_children(worker: Part) -> None:
    """The power goes: worker, horse and sandbox at once."""
    assert worker.process is not None
    for pid in [*descendants(worker.process.pid), worker.process.pid]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    worker.process.wait()


def let_time_run_out(context: Context, revision_id: str) -> None:
    with context.db.writing() as session:
        revision = session.get_one(Revision, revision_id)
        if revision.state is RevisionState.RUNNING:
            revision.running_until = revision.created_at
        session.commit()
