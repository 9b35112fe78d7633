"""Whoever drives a machine is killed at every step of the protocol and the queue emptied: each run is printed once.

Real processes, a real Valkey and a real OctoPrint, whose own event hooks are the truth. Mostly it is the machine worker
that drives; where Valkey answers slowly the ticker does it, rightly, so that both carry the fault and one of them dies.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from fabqueue.config import Config
from fabqueue.demo.octoprint import OctoPrintServer
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.faults import POINTS
from fabqueue.models import Job, Machine, Outcome, Run, RunState
from fabqueue.services import events, floor, runs
from tests.support.factories import Lab
from tests.support.making import point_at, short_gcode, waiting_run
from tests.support.octoprint import eventually
from tests.support.valkey import ValkeyServer, valkey_server  # noqa: F401  fixture
from tests.support.worker import Part, parts

pytestmark = pytest.mark.octoprint
STOPPING = {"after_stopping", "after_cancel"}
UNHEARD = "before_start"
PATIENCE_SECONDS = 180
"""Processes start and prints end sooner or later; a busy computer needs longer, and nothing else."""


@pytest.fixture
def quick(config: Config) -> Config:
    return replace(config, machines=replace(config.machines, poll_seconds=0.5))


def make_run(context: Context, lab: Lab, gcode: Path) -> str:
    with context.db.writing() as session:
        run = waiting_run(session, context.storage, lab, gcode)
        session.commit()
        return run.id


def state_of(context: Context, run_id: str) -> RunState:
    with context.db.reading() as session:
        return session.get_one(Run, run_id).state


def was_taken_back(context: Context, run_id: str) -> bool:
    with context.db.reading() as session:
        run = session.get_one(Run, run_id)
        return (run.state, run.reason_code) == (RunState.WAITING, "run_start_unseen")


def counts(server: OctoPrintServer, run_id: str) -> tuple[int, int]:
    """How often OctoPrint itself began and finished a run."""
    began, done = (sum(run_id in path for _, _, path in server.events(name)) for name in ("PrintStarted", "PrintDone"))
    return began, done


def drivers(config: Config, redis_url: str, once: Path) -> tuple[Part, Part]:
    """Worker and ticker, of which the first to reach the point that `once` is named after dies there."""
    once.parent.mkdir()
    once.touch()
    faults = {"FABQUEUE_FAULTS": str(once.parent)}
    return Part("machines", config, redis_url, **faults), Part("ticker", config, redis_url, **faults)


def deaths(*parts: Part) -> int:
    return sum(each.deaths for each in parts)


@pytest.mark.parametrize("point", [each for each in POINTS if each not in {*STOPPING, UNHEARD}])
def test_a_worker_killed_there_prints_its_run_once(
    point: str, context: Context, quick: Config, lab: Lab, octoprint: OctoPrintServer,
    valkey_server: ValkeyServer, tmp_path: Path,  # noqa: F811
) -> None:  # fmt: skip
    point_at(context, lab.machine, octoprint.url, octoprint.key)
    run_id = make_run(context, lab, short_gcode(tmp_path / "short.gcode", 1.0))
    once = tmp_path / "faults" / point
    worker, ticker = drivers(quick, valkey_server.url, once)
    with parts(worker, ticker):
        eventually(lambda: revive(worker, ticker) or deaths(worker, ticker), PATIENCE_SECONDS)
        valkey_server.empty()
        eventually(lambda: revive(worker, ticker) or state_of(context, run_id) is RunState.DONE, PATIENCE_SECONDS)
    assert (deaths(worker, ticker), once.exists()) == (1, False)
    eventually(lambda: counts(octoprint, run_id)[1], PATIENCE_SECONDS)  # hooks write a moment after the event
    assert counts(octoprint, run_id) == (1, 1)


def test_a_worker_killed_just_before_its_start_leaves_a_bed_to_look_at_and_prints_once(
    context: Context, quick: Config, lab: Lab, octoprint: OctoPrintServer, valkey_server: ValkeyServer,  # noqa: F811
    tmp_path: Path,
) -> None:  # fmt: skip
    """Nobody knows of a start that was not answered: another may go out only after the first can find nothing."""
    point_at(context, lab.machine, octoprint.url, octoprint.key)
    run_id = make_run(context, lab, short_gcode(tmp_path / "short.gcode", 1.0))
    once = tmp_path / "faults" / UNHEARD
    worker, ticker = drivers(quick, valkey_server.url, once)
    with parts(worker, ticker):
        eventually(lambda: revive(worker, ticker) or was_taken_back(context, run_id), PATIENCE_SECONDS)
        with context.db.writing() as session:
            machine = session.get_one(Machine, lab.machine.id)
            assert machine.bed_cleared_at is None
            floor.clear(session, events.actor_of(lab.tara), machine)
            session.commit()
        eventually(lambda: revive(worker, ticker) or state_of(context, run_id) is RunState.DONE, PATIENCE_SECONDS)
    assert counts(octoprint, run_id)[0] == 1


@pytest.mark.parametrize("point", sorted(STOPPING))
def test_a_worker_killed_while_cancelling_cancels_all_the_same(
    point: str, context: Context, quick: Config, lab: Lab, octoprint: OctoPrintServer,
    valkey_server: ValkeyServer, tmp_path: Path,  # noqa: F811
) -> None:  # fmt: skip
    point_at(context, lab.machine, octoprint.url, octoprint.key)
    run_id = make_run(context, lab, short_gcode(tmp_path / "long.gcode", 60.0, 300))
    once = tmp_path / "faults" / point
    worker, ticker = drivers(quick, valkey_server.url, once)
    with parts(worker, ticker):
        eventually(lambda: state_of(context, run_id) is RunState.RUNNING, PATIENCE_SECONDS)
        with context.db.writing() as session:
            runs.stop(session, events.SYSTEM, session.get_one(Run, run_id))
            session.commit()
        eventually(lambda: revive(worker, ticker) or state_of(context, run_id) is RunState.CANCELLED, PATIENCE_SECONDS)
    assert (deaths(worker, ticker), once.exists()) == (1, False)
    assert counts(octoprint, run_id) == (1, 0)


def test_machines_are_driven_while_the_queue_is_away(
    context: Context, quick: Config, lab: Lab, octoprint: OctoPrintServer, tmp_path: Path
) -> None:
    """No Valkey and no worker at all: the ticker does it."""
    point_at(context, lab.machine, octoprint.url, octoprint.key)
    run_id = make_run(context, lab, short_gcode(tmp_path / "short.gcode", 1.0))
    with parts(Part("ticker", quick, f"unix://{tmp_path}/nothing.sock?db=0")):
        eventually(lambda: state_of(context, run_id) is RunState.DONE, 60)
    assert counts(octoprint, run_id) == (1, 1)


def test_several_runs_under_kills_and_a_vanishing_queue_are_each_printed_once(
    context: Context, quick: Config, lab: Lab, octoprint: OctoPrintServer, valkey_server: ValkeyServer,  # noqa: F811
    tmp_path: Path,
) -> None:  # fmt: skip
    """A small drill: workers and ticker are killed and Valkey is killed or emptied at changing moments."""
    point_at(context, lab.machine, octoprint.url, octoprint.key)
    gcode = short_gcode(tmp_path / "short.gcode", 1.0)
    run_ids = [make_run(context, lab, gcode) for _ in range(4)]
    worker, ticker = Part("machines", quick, valkey_server.url), Part("ticker", quick, valkey_server.url)
    with parts(worker, ticker):
        for number, run_id in enumerate(run_ids):
            for state in (RunState.SENDING, RunState.RUNNING)[: 1 + number % 2]:
                eventually(lambda: passed(context, run_id, state), 60)  # noqa: B023  answered within the loop
                disturb(number, worker, ticker, valkey_server)
            eventually(lambda: revive(worker, ticker) or state_of(context, run_id) is RunState.DONE, 60)  # noqa: B023
            clear(context, lab)
    assert [counts(octoprint, run_id) for run_id in run_ids] == [(1, 1)] * 4
    with context.db.reading() as session:
        assert {each.state for each in session.query(Job)} == {"ready"}


def passed(context: Context, run_id: str, state: RunState) -> bool:
    later = {RunState.STARTING, RunState.RUNNING, RunState.DONE}
    return state_of(context, run_id) in ({state} | later if state is RunState.SENDING else {state, RunState.DONE})


def disturb(number: int, worker: Part, ticker: Part, server: ValkeyServer) -> None:
    if number % 2:
        worker.kill()
        server.empty()
    else:
        server.kill()
        ticker.kill()
        server.start()
    revive(worker, ticker)


def revive(*parts: Part) -> None:
    for each in parts:
        each.keep_alive()


def clear(context: Context, lab: Lab) -> None:
    with context.db.writing() as session:
        floor.clear(session, events.actor_of(lab.tara), session.get_one(Machine, lab.machine.id), Outcome.GOOD)
        session.commit()
