"""Pause and resume by the API, as the machine itself reports them: OctoPrint's own state is the truth."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fabqueue.db import now
from fabqueue.demo.octoprint import OctoPrintServer
from fabqueue.dispatch.advance import advance
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import Drivers
from fabqueue.models import Machine, Run, RunState
from fabqueue.services import events, runs
from tests.api.conftest import Caller, made
from tests.support.factories import Lab
from tests.support.making import point_at, short_gcode, waiting_run
from tests.support.octoprint import eventually

Asked = tuple[str, str | None, bool]


@pytest.fixture
def drivers() -> Iterator[Drivers]:
    made_here = Drivers()
    yield made_here
    made_here.close()


def at_work(context: Context, lab: Lab, folder: Path) -> str:
    """A run that waits for the lab's printer; its id."""
    with context.db.writing() as session:
        run = waiting_run(session, context.storage, lab, short_gcode(folder / "long.gcode", 20, steps=200))
        session.commit()
        return run.id


def asked(answer: dict[str, Any]) -> Asked:
    run = answer["run"]
    return run["state"], run["asked"], run["unconfirmed"]


@pytest.mark.octoprint
def test_what_was_asked_is_named_until_the_machines_own_report_shows_it(
    tara: Caller, context: Context, drivers: Drivers, lab: Lab, octoprint: OctoPrintServer, tmp_path: Path
) -> None:
    point_at(context, lab.machine, octoprint.url, octoprint.key)
    at_work(context, lab, tmp_path)
    path = f"/machines/{lab.machine.slug}"
    shown = lambda: made(tara.get(path), 200)  # noqa: E731

    def until(*wanted: str | bool | None) -> None:
        """Dispatch looks until the API shows it."""
        eventually(lambda: advance(context, drivers, lab.machine.id) or (shown()["run"] and asked(shown()) == wanted))

    until("running", None, False)
    assert asked(made(tara.post(f"{path}/pause"), 200)) == ("running", "pause", False)
    assert octoprint.state() == "Printing"
    assert asked(shown()) == ("running", "pause", False)
    until("paused", None, False)
    assert octoprint.state() == "Paused"
    assert asked(made(tara.post(f"{path}/resume"), 200)) == ("paused", "resume", False)
    until("running", None, False)
    eventually(lambda: octoprint.state() == "Printing")


@pytest.mark.parametrize("wanted", [None, True])
def test_a_pause_that_nobody_asked_for_is_told_from_one_that_was(
    tara: Caller, context: Context, lab: Lab, tmp_path: Path, wanted: bool | None
) -> None:
    run_id = at_work(context, lab, tmp_path)
    shown = lambda: made(tara.get(f"/machines/{lab.machine.slug}"), 200)["run"]  # noqa: E731
    with context.db.writing() as session:
        run, machine = session.get_one(Run, run_id), session.get_one(Machine, lab.machine.id)
        runs.claim(session, events.of_machine(machine), run, machine, None)
        runs.began(session, events.of_machine(machine), run)
        session.commit()
    assert (shown()["state"], shown()["paused_unasked"]) == ("running", False)
    with context.db.writing() as session:
        run, machine = session.get_one(Run, run_id), session.get_one(Machine, lab.machine.id)
        run.pause_asked = wanted
        runs.paused(session, events.of_machine(machine), run)
        session.commit()
    assert (shown()["state"], shown()["paused_unasked"]) == ("paused", wanted is None)


@pytest.mark.parametrize(
    ("command", "state"), [("pause", RunState.RUNNING), ("resume", RunState.PAUSED), ("cancel", RunState.RUNNING)]
)
def test_what_a_machine_does_not_confirm_in_time_is_said_so(
    tara: Caller, context: Context, drivers: Drivers, lab: Lab, tmp_path: Path, command: str, state: RunState
) -> None:
    """Nothing answers at its address."""
    run_id, path = at_work(context, lab, tmp_path), f"/machines/{lab.machine.slug}"
    with context.db.writing() as session:
        run, machine = session.get_one(Run, run_id), session.get_one(Machine, lab.machine.id)
        runs.claim(session, events.of_machine(machine), run, machine, None)
        runs.began(session, events.of_machine(machine), run)
        if state is RunState.PAUSED:
            runs.paused(session, events.of_machine(machine), run)
        session.commit()
    name = {"cancel": "stop"}.get(command, command)
    assert asked(made(tara.post(f"{path}/{command}"), 200)) == (state, name, False)
    with context.db.writing() as session:
        run = session.get_one(Run, run_id)
        late = now() - timedelta(seconds=runs.CONFIRM_SECONDS + 1)
        run.pause_asked_at, run.stop_asked_at = run.pause_asked_at and late, run.stop_asked_at and late
        session.commit()
    advance(context, drivers, lab.machine.id)
    assert asked(made(tara.get(path), 200)) == (state, name, True)
