"""A bad day: spool out, power out, the queue's memory lost, a part come loose; one good part comes of it."""

import pytest

from tests.journeys.conftest import Running
from tests.journeys.lab import printed
from tests.journeys.test_by_api import order

pytestmark = pytest.mark.octoprint


def waits_for(running: Running, job_id: str, *codes: str) -> dict[str, str]:
    """Why the job waits, once it is one of these; words for whoever asks are there."""

    def look() -> dict[str, str] | None:
        reason: dict[str, str] = running.lab.job("mia", job_id)["waiting_reason"] or {}
        return reason if reason.get("code") in codes else None

    found: dict[str, str] = running.lab.wait(look, f"it waits because of {' or '.join(codes)}")
    assert found["message"]
    return found


def test_nothing_is_made_twice_and_nothing_is_lost(running: Running) -> None:
    lab, server, printer = running.lab, running.server, running.printer
    full = lab.call("tara", "GET", f"/machines/{printer}")["slots"][0]["stock"]
    lab.call("tara", "POST", f"/machines/{printer}/load", json={"stock": lab.add_spool("The end of a spool", 0.01)})
    _design, job_id, _slug = order(running, "marlin-250")
    assert "fuller spool" in waits_for(running, job_id, "wait_stock_short")["message"]
    assert printed(server) == []
    lab.call("tara", "POST", f"/machines/{printer}/load", json={"stock": full})

    first = lab.until_run("mia", job_id, "running")
    server.kill()
    lab.empty_valkey()
    assert "has not answered" in waits_for(running, job_id, "wait_silent")["message"]
    server.start()
    lab.until_run("mia", job_id, "in_doubt")
    waits_for(running, job_id, "wait_in_doubt")
    lab.call("tara", "POST", f"/runs/{first['id']}/resolve", json={"outcome": "repeat", "reason": "The power failed."})
    lab.call("tara", "POST", f"/machines/{printer}/clear", json={})

    second = lab.until_run("mia", job_id, "done")
    assert second["id"] != first["id"]
    loose = {"outcome": "failed", "cause": "came_loose", "repeat": True}
    lab.call("tara", "POST", f"/machines/{printer}/clear", json=loose)
    third = lab.wait(lambda: _done_after(running, job_id, second["id"]), "it is made again")
    lab.call("tara", "POST", f"/machines/{printer}/clear", json={"place": "shelf 3"})

    job = lab.until("mia", job_id, "ready")
    assert job["good_copies"] == 1
    assert [each["good_copies"] for each in job["runs"]] == [0, 0, 1]
    events = printed(server)
    assert [event for event, _path in events if event != "PrintFailed"] == [
        "PrintStarted", "PrintStarted", "PrintDone", "PrintStarted", "PrintDone",
    ]  # fmt: skip
    starts = [path for event, path in events if event == "PrintStarted"]
    assert [run["id"] in path for run, path in zip((first, second, third), starts, strict=True)] == [True] * 3
    assert "came loose" in str(job["events"])


def _done_after(running: Running, job_id: str, before: str) -> dict[str, str] | None:
    last: dict[str, str] = running.lab.job("mia", job_id)["runs"][-1]
    return last if last["id"] != before and last["state"] == "done" else None
