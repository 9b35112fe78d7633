"""Killing any process of `fabqueue serve`, or emptying Valkey, at any step leaves the journey finishing correctly."""

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Running
from tests.journeys.lab import VICTIMS, Lab, printed

pytestmark = pytest.mark.octoprint


def strike(lab: Lab, victim: str) -> None:
    """The fault of this test, once."""
    if victim == "emptied":
        lab.empty_valkey()
        return
    before = lab.wait(lambda: lab.pids(victim), f"{victim} is there")
    lab.kill(victim)
    lab.wait(lambda: lab.pids(victim) - before, f"{victim} is back")


@pytest.mark.parametrize("victim", [*VICTIMS, "emptied"])
def test_a_print_finishes_once_although_something_dies_at_every_step(running: Running, victim: str) -> None:
    lab = running.lab

    def fire(step: Callable[[], object] | None = None) -> None:
        if step is not None:
            step()
        strike(lab, victim)

    design = lab.upload("mia")
    fire()  # while it is analysed
    revision = lab.analysed("mia", design)["revision"]
    assert revision["state"] == "ready", revision
    fire()  # before it is submitted
    wish = {"revision": revision["id"], "machine_model": "marlin-250", "material": "pla"}
    job_id = lab.call("mia", "POST", "/jobs", json=wish, status=201)["id"]
    fire()  # while it waits for review
    lab.call("tara", "POST", f"/jobs/{job_id}/approve", json={})
    fire()  # while it is sliced
    lab.until_run("mia", job_id, "waiting", "claimed", "sending", "starting", "running", "done")
    fire()  # while it is claimed and sent
    lab.until_run("mia", job_id, "running", "done")
    fire()  # while it runs
    lab.until_run("mia", job_id, "done")
    fire()  # before the bed is cleared
    lab.call("tara", "POST", f"/machines/{running.printer}/clear", json={})
    fire()  # after the bed was cleared
    lab.until("mia", job_id, "ready")
    lab.call("mia", "POST", f"/jobs/{job_id}/collect", json={})
    fire()  # after it was collected
    job = lab.until("mia", job_id, "collected")
    assert [event for event, _path in printed(running.server)] == ["PrintStarted", "PrintDone"]
    assert [each["state"] for each in job["runs"]] == ["done"]
    assert job["good_copies"] == 1
