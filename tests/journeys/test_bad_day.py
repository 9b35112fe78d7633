"""A bad day: power out, the queue's memory lost, the network cut, a spool run out, a part come loose.

Nothing is printed twice, nothing is lost, each job says what happened and what a person must do: the sentences that the
member and the technician read are those of this page.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from drill.network import Proxy, Weather
from tests.journeys.conftest import Running
from tests.journeys.lab import printed
from tests.journeys.test_by_api import order

pytestmark = pytest.mark.octoprint

TIME = r"[\w,: ]+"
SILENT = f"Marlin 250 has not answered since {TIME}; it may be going on there, and somebody of the lab looks."


def reads(running: Running, person: str, job_id: str, sentence: str) -> None:
    """Until somebody reads this of a job, in all its words; blanks that do not break are blanks."""
    pattern = re.compile(sentence)

    def look() -> bool:
        reason = running.lab.job(person, job_id)["waiting_reason"] or {}
        return bool(pattern.fullmatch(" ".join(str(reason.get("message")).split())))

    running.lab.wait(look, f"{person} reads: {sentence}")


def until_noticed(running: Running, person: str, *sentences: str) -> None:
    """Until the bell of somebody says all of this."""

    def look() -> bool:
        page = running.lab.page(person, "/notices")
        return all(each in page for each in sentences)

    running.lab.wait(look, f"{person} is told: {' '.join(sentences)}")


def order_two(running: Running) -> tuple[str, str]:
    """Two jobs for the printer, in order; their ids."""
    return order(running, "marlin-250")[1], order(running, "marlin-250")[1]


def test_nothing_is_made_twice_and_nothing_is_lost(running: Running) -> None:
    lab, server, printer = running.lab, running.server, running.printer
    full = lab.call("tara", "GET", f"/machines/{printer}")["slots"][0]["stock"]
    lab.call("tara", "POST", f"/machines/{printer}/load", json={"stock": lab.add_spool("The end of a spool", 0.01)})
    job_id, other_id = order_two(running)
    for each in (job_id, other_id):
        reads(running, "mia", each, "There is not enough PLA left on Marlin 250; it goes on with a fuller spool.")
        reads(running, "tara", each, r"It needs [\d.]+ m?g of PLA; [\d.]+ m?g are left on Marlin 250\. "
              r"Load a fuller spool, or correct what is left on this one\.")  # fmt: skip
    assert printed(server) == []
    lab.call("tara", "POST", f"/machines/{printer}/load", json={"stock": full})

    first = lab.until_run("mia", job_id, "running")
    lab.wait(lambda: lab.job("mia", job_id)["runs"][-1]["progress"] > 0, "the printer says how far it is")
    server.kill()
    lab.empty_valkey()
    reads(running, "mia", job_id, SILENT)
    reads(running, "tara", job_id,
          rf"Marlin 250 has not answered since {TIME}\. It may be going on there all the same\. "
          "Look at the machine and its network. To give the run up, stop it: "
          "you are then asked what happened.")  # fmt: skip
    server.start()
    lab.until_run("mia", job_id, "in_doubt")
    look = "Look at the bed, then say whether it printed, failed, or should be printed again."
    reads(running, "mia", job_id,
          "Nobody can know from here what happened on Marlin 250; somebody of the lab looks and decides.")  # fmt: skip
    reads(running, "tara", job_id,
          f"Nobody can know from here what happened on Marlin 250. Somebody has to look. {look}")  # fmt: skip
    reads(running, "mia", other_id,
          "Marlin 250 takes nothing before somebody of the lab has looked what became of its last work.")  # fmt: skip
    reads(running, "tara", other_id,
          f"Marlin 250 takes nothing before somebody has said what became of its last work. {look}")  # fmt: skip
    restarted = "The machine's software was restarted during the print and remembers nothing of it."
    until_noticed(running, "tara", "Marlin 250: what became of its work is in doubt", restarted)
    question = lab.page("tara", f"/runs/{first['id']}/resolve")
    assert restarted in question
    assert re.search(r"Last progress \d+ %, .+ ago", question), question
    assert [event for event, _path in printed(server)] == ["PrintStarted"], "nothing was started beside the doubt"
    lab.call("tara", "POST", f"/runs/{first['id']}/resolve", json={"outcome": "repeat", "reason": "The power failed."})
    lab.call("tara", "POST", f"/machines/{printer}/clear", json={})

    second = lab.until_run("mia", job_id, "done")
    assert second["id"] != first["id"]
    reads(running, "mia", job_id, "It is made; somebody of the lab takes it off Marlin 250.")
    reads(running, "tara", job_id, "It is made. Somebody has to take it off Marlin 250. "
          "Take it off, look at it, and say that the bed is clear.")  # fmt: skip
    reads(running, "mia", other_id, "The bed of Marlin 250 has to be cleared first; whoever runs the lab does that.")
    reads(running, "tara", other_id, "The bed of Marlin 250 has to be cleared first. "
          "Take off what lies there, look at it, and say that the bed is clear.")  # fmt: skip
    loose = {"outcome": "failed", "cause": "came_loose", "repeat": True}
    lab.call("tara", "POST", f"/machines/{printer}/clear", json=loose)
    third = lab.wait(lambda: _done_after(running, job_id, second["id"]), "it is made again")
    lab.call("tara", "POST", f"/machines/{printer}/clear", json={"place": "shelf 3"})
    fourth = lab.until_run("mia", other_id, "done")
    lab.call("tara", "POST", f"/machines/{printer}/clear", json={"place": "shelf 4"})

    job, other = lab.until("mia", job_id, "ready"), lab.until("mia", other_id, "ready")
    assert (job["good_copies"], other["good_copies"]) == (1, 1)
    assert [each["good_copies"] for each in job["runs"]] == [0, 0, 1]
    assert [each["good_copies"] for each in other["runs"]] == [1]
    said = [run["reason"]["message"] if run["reason"] else "" for run in job["runs"]]
    assert said[0].startswith("Somebody looked and has it made again: The power failed.")
    assert said[1].startswith("It ran to its end, but what came out is no good: ")
    assert "came loose" in said[1]
    events = printed(server)
    assert [event for event, _path in events if event != "PrintFailed"] == [
        "PrintStarted", "PrintStarted", "PrintDone", "PrintStarted", "PrintDone", "PrintStarted", "PrintDone",
    ]  # fmt: skip
    starts = [path for event, path in events if event == "PrintStarted"]
    made = (first, second, third, fourth)
    assert [run["id"] in path for run, path in zip(made, starts, strict=True)] == [True] * 4
    until_noticed(running, "mia", *(f"{each['code']}, box is ready to collect" for each in (job, other)))


def _done_after(running: Running, job_id: str, before: str) -> dict[str, str] | None:
    last: dict[str, str] = running.lab.job("mia", job_id)["runs"][-1]
    return last if last["id"] != before and last["state"] == "done" else None


@pytest.fixture
def wire(running: Running) -> Iterator[Proxy]:
    """The network between FabQueue and the printer's OctoPrint, to be cut."""
    proxy = Proxy(urlsplit(running.server.url).port or 0)
    _move(running, proxy.url)
    yield proxy
    _move(running, running.server.url)
    proxy.close()


def _move(running: Running, url: str) -> None:
    """Whoever moves a machine looks at its bed."""
    running.lab.move(running.printer, url)
    running.lab.call("tara", "POST", f"/machines/{running.printer}/clear", json={})


def test_a_print_goes_on_while_its_octoprint_is_off_the_network(running: Running, wire: Proxy) -> None:
    """It ends unseen: nothing is started beside it, and when it is there again, FabQueue knows what became of it."""
    lab, server, printer = running.lab, running.server, running.printer
    job_id, other_id = order_two(running)
    run = lab.until_run("mia", job_id, "running")
    wire.turn(Weather.REFUSE)
    reads(running, "mia", job_id, SILENT)
    reads(running, "mia", other_id,
          "Marlin 250 is switched off or out of reach; it goes on when it is there again.")  # fmt: skip
    reads(running, "tara", other_id,
          "Marlin 250 is out of reach. Check that it is switched on and on the network.")  # fmt: skip
    lab.wait(lambda: "PrintDone" in [event for event, _path in printed(server)], "OctoPrint ended it by itself")
    assert lab.job("mia", job_id)["runs"][-1]["state"] == "running", "nobody can know yet"
    wire.turn(Weather.CLEAR)
    assert lab.until_run("mia", job_id, "done")["id"] == run["id"]
    lab.call("tara", "POST", f"/machines/{printer}/clear", json={})
    lab.until_run("mia", other_id, "done")
    lab.call("tara", "POST", f"/machines/{printer}/clear", json={})
    assert [lab.until("mia", each, "ready")["good_copies"] for each in (job_id, other_id)] == [1, 1]
    assert [event for event, _path in printed(server)] == ["PrintStarted", "PrintDone"] * 2


def test_a_spool_runs_out_in_the_middle_of_a_print(running: Running) -> None:
    """The printer pauses itself, as its sensor has it, and the scales say that nothing is left for the next."""
    lab, server, printer = running.lab, running.server, running.printer
    full = lab.call("tara", "GET", f"/machines/{printer}")["slots"][0]["stock"]
    spool = lab.add_spool("Nearly empty", 900)
    lab.call("tara", "POST", f"/machines/{printer}/load", json={"stock": spool})
    job_id, other_id = order_two(running)
    run = lab.until_run("mia", job_id, "running")
    lab.wait(lambda: _pauses(running), "the printer pauses itself")
    lab.until_run("mia", job_id, "paused")
    go_on = "See to what it was paused for, then let it go on."
    reads(running, "mia", job_id, "Marlin 250 is paused; it goes on when somebody of the lab has seen to it.")
    reads(running, "tara", job_id, f"Marlin 250 is paused. {go_on}")
    reads(running, "mia", other_id, "Marlin 250 is paused in the middle of something else; it goes on when somebody of "
          "the lab has seen to it.")  # fmt: skip
    reads(running, "tara", other_id, f"Marlin 250 is paused in the middle of something else. {go_on}")
    lab.weigh(spool, 0)
    until_noticed(running, "tara", "Nearly empty runs low: 0 g left")
    lab.call("tara", "POST", f"/machines/{printer}/resume", json={})
    assert lab.until_run("mia", job_id, "done")["id"] == run["id"]
    lab.call("tara", "POST", f"/machines/{printer}/clear", json={})
    reads(running, "mia", other_id, "There is not enough PLA left on Marlin 250; it goes on with a fuller spool.")
    assert [event for event, _path in printed(server)] == ["PrintStarted", "PrintDone"]
    lab.call("tara", "POST", f"/machines/{printer}/load", json={"stock": full})
    lab.until_run("mia", other_id, "done")
    lab.call("tara", "POST", f"/machines/{printer}/clear", json={})
    assert [lab.until("mia", each, "ready")["good_copies"] for each in (job_id, other_id)] == [1, 1]


def _pauses(running: Running) -> bool:
    """Have OctoPrint pause in the middle; a pause before the first line is forgotten there. Whether it does."""
    url, headers = f"{running.server.url}/api/job", {"X-Api-Key": running.server.key}
    if not requests.get(url, headers=headers, timeout=10).json()["progress"]["completion"]:
        return False
    requests.post(url, json={"command": "pause", "action": "pause"}, headers=headers, timeout=10)
    return (running.server.state() or "").startswith("Paus")
