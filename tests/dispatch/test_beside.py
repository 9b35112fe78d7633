"""What takes long at one machine (a file on its way, a host that hangs) goes on beside, and holds up no other."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from sqlalchemy import update

from fabqueue.dispatch import lease, sweep
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import Drivers
from fabqueue.models import Machine, Run, RunState
from fabqueue.tasks import machines, work
from tests.dispatch.test_sweep import OPERATIONAL, add_machines, machine, octoprint_answers
from tests.support.factories import Lab
from tests.support.making import point_at, short_gcode, waiting_run
from tests.support.octoprint import eventually
from tests.support.web import WebServer, web_server


class SlowUpload:
    """A machine that answers, and whose network lets a file through only when the test says so."""

    def __init__(self) -> None:
        self.arriving, self.lets_through = threading.Event(), threading.Event()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.command == "POST" and "multipart" in handler.headers.get("Content-Type", ""):
            self.arriving.set()
            self.lets_through.wait(60)
            handler.send_error(507)
        elif handler.command == "POST":
            _answer(handler, 201, {})
        elif "/api/files" in handler.path:
            _answer(handler, 404, {})
        else:
            _answer(handler, 200, {"temperature": {}} if "/api/printer" in handler.path else OPERATIONAL)


def _answer(handler: BaseHTTPRequestHandler, status: int, answer: object) -> None:
    body = json.dumps(answer).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def slow() -> Iterator[SlowUpload]:
    made = SlowUpload()
    yield made
    made.lets_through.set()


@pytest.fixture
def sending(context: Context, lab: Lab, slow: SlowUpload, tmp_path: Path) -> Iterator[WebServer]:
    """The lab's machine, which something waits for, behind a slow network."""
    with web_server(slow) as server:
        point_at(context, lab.machine, server.url, "key")
        with context.db.writing() as session:
            waiting_run(session, context.storage, lab, short_gcode(tmp_path / "short.gcode"))
            session.commit()
        yield server
        slow.lets_through.set()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in ("PATIENCE", "AWAY_PATIENCE"):
        monkeypatch.setattr(f"fabqueue.dispatch.sweep.{each}", 0.3)


def everything_is_due(context: Context) -> None:
    with context.db.writing() as session:
        session.execute(update(Machine).values(look_at=None))
        session.commit()


def test_while_a_file_is_on_its_way_the_other_machines_are_looked_at_again_and_again(
    context: Context, lab: Lab, drivers: Drivers, slow: SlowUpload, sending: WebServer
) -> None:
    lane = sweep.Lane()
    with web_server(octoprint_answers) as server:
        (other,) = add_machines(context, lab, 1, server.url)
        sweep.look(context, drivers, lane)
        assert slow.arriving.wait(30)
        for _ in range(3):
            asked = len(server.requests)
            eventually(lambda: everything_is_due(context) or other in sweep.look(context, drivers, lane))
            eventually(lambda asked=asked: len(server.requests) > asked)
        eventually(lambda: not machine(context, other).lease_holder)
        assert machine(context, lab.machine.id).lease_holder
        slow.lets_through.set()
        eventually(lambda: not machine(context, lab.machine.id).lease_holder)
    assert machine(context, lab.machine.id).misses == 1
    eventually(lambda: not list((context.settings.folder / "leases").iterdir()))


def test_a_machine_is_kept_while_its_file_is_on_its_way(
    context: Context, lab: Lab, drivers: Drivers, slow: SlowUpload, sending: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fabqueue.dispatch.sweep.SECONDS", 0.3)
    sweep.look(context, drivers, sweep.Lane())
    assert slow.arriving.wait(30)
    began = machine(context, lab.machine.id).lease_until
    assert began is not None
    eventually(lambda: (machine(context, lab.machine.id).lease_until or began) > began)
    with lease.leased(context, [lab.machine.id]) as other:
        assert other.machines == frozenset()


def test_more_may_hang_than_there_are_threads_and_the_others_are_looked_at_all_the_same(
    context: Context, lab: Lab, drivers: Drivers, slow: SlowUpload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fabqueue.dispatch.drivers.THREADS", 2)
    monkeypatch.setattr("fabqueue.dispatch.drivers.READ_SECONDS", 60)

    def hangs(_handler: BaseHTTPRequestHandler) -> None:
        slow.lets_through.wait(60)

    with web_server(hangs) as silent, web_server(octoprint_answers) as server:
        point_at(context, lab.machine, silent.url, "key")
        hanging = {lab.machine.id, *add_machines(context, lab, 3, silent.url)}
        well = set(add_machines(context, lab, 5, server.url))
        assert sweep.look(context, drivers, sweep.Lane()) == hanging | well
        eventually(lambda: all(machine(context, each).seen_at is not None for each in well))
        assert all(machine(context, each).lease_holder for each in hanging)
        slow.lets_through.set()
        eventually(lambda: all(machine(context, each).misses == 1 for each in hanging))


def test_a_machine_that_is_back_and_gets_its_file_keeps_no_other_away(
    context: Context, lab: Lab, drivers: Drivers, slow: SlowUpload, sending: WebServer
) -> None:
    """Printers that are switched on in the morning all come from the lane of those that did not answer."""
    lane = sweep.Lane()
    with web_server(octoprint_answers) as server:
        (other,) = add_machines(context, lab, 1, server.url)
        _were_away(context, other, lab.machine.id)
        eventually(lambda: sweep.look(context, drivers, lane) or slow.arriving.is_set())
        _were_away(context, other)
        eventually(lambda: sweep.look(context, drivers, lane) or not machine(context, other).misses)
        assert machine(context, lab.machine.id).lease_holder


def _were_away(context: Context, *machine_ids: str) -> None:
    with context.db.writing() as session:
        session.execute(update(Machine).where(Machine.id.in_(machine_ids)).values(look_at=None, misses=1))
        session.commit()


def test_a_worker_that_is_woken_for_one_machine_is_free_again_while_its_file_is_on_its_way(
    context: Context, lab: Lab, drivers: Drivers, slow: SlowUpload, sending: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machines, "DRIVERS", drivers)
    work.find("advance")(context, lab.machine.id)
    assert slow.arriving.wait(30)
    with context.db.reading() as session:
        assert session.query(Run).one().state is RunState.SENDING
    assert machine(context, lab.machine.id).lease_holder
    slow.lets_through.set()
    drivers.close()  # waits for what is under way
    assert machine(context, lab.machine.id).lease_holder == ""


def test_what_breaks_in_time_is_told_to_whoever_asked(drivers: Drivers) -> None:
    def breaks() -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        sweep.aside(drivers, breaks)
