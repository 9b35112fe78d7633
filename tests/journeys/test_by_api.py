"""The first journey by the API alone, on a real OctoPrint and on a manual tool."""

import pytest

from tests.journeys.conftest import Running
from tests.journeys.lab import OPEN, printed

pytestmark = pytest.mark.octoprint


def order(running: Running, machine_model: str, quantity: int = 1) -> tuple[dict[str, object], str, str]:
    """Upload, look at the quote, submit, approve: the design, the job's id, and the project's slug."""
    lab = running.lab
    design = lab.analysed("mia", lab.upload("mia"))
    revision = design["revision"]
    assert revision["state"] == "ready", revision
    options = lab.call("mia", "POST", "/quotes", json={"revision": revision["id"], "quantity": quantity})["options"]
    chosen = next(each for each in options if each["machine_model"] == machine_model)
    assert chosen["fits"], chosen
    wish = {"revision": revision["id"], "machine_model": machine_model, "material": chosen["material"],
            "quantity": quantity}  # fmt: skip
    job = lab.call("mia", "POST", "/jobs", json=wish, status=201)
    assert (job["state"], job["quote"]["total"]) == ("submitted", chosen["price"]["total"])
    lab.call("tara", "POST", f"/jobs/{job['id']}/approve", json={})
    return design, job["id"], design["project"]["slug"]


def finish(running: Running, job_id: str, slug: str) -> dict[str, object]:
    """Collect, publish, and look as a visitor: the public project."""
    lab = running.lab
    lab.call("mia", "POST", f"/jobs/{job_id}/collect", json={})
    lab.call("mia", "PATCH", f"/projects/{slug}", json=OPEN)
    lab.call("mia", "POST", f"/projects/{slug}/publish", json={})
    seen = lab.visit("GET", f"/projects/{slug}")
    assert len(seen["builds"]) == 1, seen
    found: dict[str, object] = seen
    return found


def test_a_print_from_upload_to_an_open_build(running: Running) -> None:
    lab = running.lab
    _design, job_id, slug = order(running, "marlin-250", quantity=2)
    lab.until_run("mia", job_id, "done")
    assert [event for event, _path in printed(running.server)] == ["PrintStarted", "PrintDone"]
    (run,) = lab.job("mia", job_id)["runs"]
    assert run["id"] in printed(running.server)[0][1], "the file of this run was printed, and no other"
    assert lab.job("mia", job_id)["state"] == "in_production", "not ready before somebody cleared the bed"
    machine = lab.call("tara", "POST", f"/machines/{running.printer}/clear", json={"place": "shelf 3"})
    assert machine["condition"] == "available"
    job = lab.until("mia", job_id, "ready")
    assert job["good_copies"] == 2
    account = lab.call("mia", "GET", "/me")["accounts"][0]
    assert account["balance"]["amount"].startswith("-"), "charged when ready"
    finish(running, job_id, slug)


def test_the_same_on_a_tool_without_a_network(running: Running) -> None:
    lab = running.lab
    _design, job_id, slug = order(running, "sewing-machine")
    lab.until("mia", job_id, "queued")
    lab.call("tara", "POST", f"/machines/{running.tool}/start", json={})
    assert lab.until("mia", job_id, "in_production")["runs"][0]["state"] == "running"
    lab.call("tara", "POST", f"/machines/{running.tool}/finish", json={})
    lab.call("tara", "POST", f"/machines/{running.tool}/clear", json={})
    lab.until("mia", job_id, "ready")
    finish(running, job_id, slug)
    assert printed(running.server) == []


def test_a_run_is_cancelled_at_the_machine_and_tried_again(running: Running) -> None:
    lab = running.lab
    _design, job_id, _slug = order(running, "marlin-250")
    lab.until_run("mia", job_id, "running")
    lab.call("tara", "POST", f"/machines/{running.printer}/cancel", json={"reason": "came loose"})
    failed = lab.until("mia", job_id, "failed")
    assert failed["runs"][0]["state"] == "cancelled"
    assert lab.call("mia", "GET", "/me")["accounts"][0]["held"]["amount"] == "0.00"
    lab.call("tara", "POST", f"/machines/{running.printer}/clear", json={"outcome": "failed"})
    lab.call("tara", "POST", f"/jobs/{job_id}/requeue", json={})
    lab.until_run("mia", job_id, "done")
    events = [event for event, _path in printed(running.server)]
    assert (events.count("PrintStarted"), events.count("PrintDone")) == (2, 1)
    lab.call("tara", "POST", f"/machines/{running.printer}/clear", json={})
    lab.until("mia", job_id, "ready")


def test_the_hold_switch_stops_the_next_start(running: Running) -> None:
    lab = running.lab
    lab.call("tara", "POST", "/queue/hold", json={"reason": "smoke in the room"})
    _design, job_id, _slug = order(running, "marlin-250")
    waiting = lab.wait(
        lambda: (lab.job("mia", job_id)["waiting_reason"] or {}).get("code") == "wait_lab_held",
        "it says that it is held",
    )
    assert waiting
    assert printed(running.server) == []
    lab.call("tara", "POST", "/queue/release", json={})
    lab.until_run("mia", job_id, "done")
    lab.call("tara", "POST", f"/machines/{running.printer}/clear", json={})
    lab.until("mia", job_id, "ready")
