"""One pass over many machines: real OctoPrint where it prints, a small server where it only answers."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update

from fabqueue.db import now
from fabqueue.demo.octoprint import OctoPrintServer
from fabqueue.dispatch.advance import drive
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import Drivers
from fabqueue.dispatch.lease import picked
from fabqueue.dispatch.sighting import Sighting, keep
from fabqueue.dispatch.sweep import SHARD, Lane, look, shard, shards_due, sweep, which
from fabqueue.models import Connection, Machine, Run, RunState
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import point_at, short_gcode, waiting_run
from tests.support.octoprint import eventually
from tests.support.web import WebServer, web_server

OPERATIONAL = {
    "state": "Operational",
    "job": {"file": {"path": None, "origin": None}},
    "progress": {"completion": None, "printTime": None, "printTimeLeft": None},
}
JPEG = b"\xff\xd8\xff\xe0 a small picture \xff\xd9"


def octoprint_answers(handler: BaseHTTPRequestHandler) -> None:
    body = json.dumps({"temperature": {}} if "/api/printer" in handler.path else OPERATIONAL).encode()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def add_machines(context: Context, lab: Lab, count: int, url: str) -> list[str]:
    with context.db.writing() as session:
        here, model = session.merge(lab.site, load=False), session.merge(lab.model, load=False)
        made = [factories.machine(session, here, model, url=url) for _ in range(count)]
        session.commit()
        return [each.id for each in made]


def machine(context: Context, machine_id: str) -> Machine:
    with context.db.reading() as session:
        return session.get_one(Machine, machine_id)


def is_due(context: Context, machine_id: str, soon: float = 0) -> bool:
    at = machine(context, machine_id).look_at
    return at is None or at <= now() + timedelta(seconds=soon)


@pytest.mark.postgresql
def test_all_that_are_due_are_looked_at_and_written_down_together(context: Context, lab: Lab, drivers: Drivers) -> None:
    with web_server(octoprint_answers) as server:
        ids = [*add_machines(context, lab, 12, server.url), lab.machine.id]
        point_at(context, lab.machine, server.url, "key")
        commits = count_commits(context)
        assert sweep(context, drivers) == 13
    assert all(machine(context, each).seen_at is not None for each in ids)
    assert all(machine(context, each).lease_holder == "" for each in ids)
    rows = [machine(context, each) for each in ids]
    assert all(each.look_at and each.seen_at and each.look_at > each.seen_at for each in rows)
    # the lease, then what was seen and the lease's end: not one transaction for each machine
    assert len(commits) == 2


def test_an_idle_machine_costs_its_poll_and_no_question_to_the_database(
    context: Context, lab: Lab, drivers: Drivers
) -> None:
    """Six machines more, and no statement for each of them."""
    with web_server(octoprint_answers) as server:
        point_at(context, lab.machine, server.url, "key")
        counted = []
        for _ in range(2):
            ids = add_machines(context, lab, 6, server.url)
            sweep(context, drivers)
            statements = count_statements(context)
            everything_is_due(context)
            statements.clear()
            assert len(shard(context, drivers)) == len(ids) + 1 + 6 * len(counted)
            counted.append(len(statements))
    assert counted[1] - counted[0] < 6  # the lab's settings are looked up once a second, whoever is there


def test_two_idle_machines_are_looked_at_with_five_statements(context: Context, lab: Lab, drivers: Drivers) -> None:
    """A small lab pays for each of them: what is due, the lease (two), what is known, what was seen."""
    with web_server(octoprint_answers) as server:
        point_at(context, lab.machine, server.url, "key")
        ids = {*add_machines(context, lab, 1, server.url), lab.machine.id}
        sweep(context, drivers)
        everything_is_due(context)
        statements = count_statements(context)
        assert look(context, drivers, Lane()) == ids
    assert len([each for each in statements if "machine" in each]) == 5


def test_who_was_away_is_looked_at_beside_and_what_a_dead_process_held_is_free(
    context: Context, lab: Lab, drivers: Drivers
) -> None:
    with web_server(octoprint_answers) as server:
        (well,) = add_machines(context, lab, 1, server.url)
        sweep(context, drivers)
        everything_is_due(context)
        dead = leave_lease(context, lab.machine.id)
        lane = Lane()
        assert look(context, drivers, lane) == {well}
        lane.join()
        assert machine(context, lab.machine.id).misses == 2
        assert not dead.exists()
        asked = len(server.requests)
        assert look(context, drivers, lane) == frozenset()
    assert len(server.requests) == asked


def leave_lease(context: Context, machine_id: str) -> Path:
    """As a process that was killed leaves it: its sign of life, locked by nobody."""
    sign = context.settings.folder / "leases" / "dead"
    sign.touch()
    with context.db.writing() as session:
        row = session.get_one(Machine, machine_id)
        row.lease_holder, row.lease_until = sign.name, now() + timedelta(seconds=40)
        session.commit()
    return sign


@pytest.mark.postgresql
def test_of_a_machine_that_somebody_else_took_nothing_is_written(context: Context, lab: Lab) -> None:
    """Who drives it now has seen it later than we have."""
    ours, theirs = add_machines(context, lab, 2, "http://127.0.0.1:1")
    before, heat = machine(context, theirs), {"bed": {"actual": 60.0, "target": 60.0}}
    with picked(context, which(), 9) as lease:
        with context.db.writing() as session:
            session.get_one(Machine, theirs).lease_holder = "somebody"
            session.commit()
        keep(context, lease, [Sighting(each, True, temperatures=heat) for each in (ours, theirs)])
    assert (machine(context, ours).temperatures, machine(context, ours).lease_holder) == (heat, "")
    other = machine(context, theirs)
    assert (other.temperatures, other.seen_at, other.lease_holder) == ({}, before.seen_at, "somebody")
    assert machine(context, lab.machine.id).lease_holder == ""  # not seen, and let go all the same


def everything_is_due(context: Context) -> None:
    with context.db.writing() as session:
        session.execute(update(Machine).values(look_at=None))
        session.commit()


def count_statements(context: Context) -> list[str]:
    """Every statement from now on, however many rows it is about."""
    statements: list[str] = []
    for engine in {context.db.engine, context.db._relaxed}:
        event.listen(engine, "after_cursor_execute", lambda _c, _cursor, text, *_rest: statements.append(text))
    return statements


def test_who_did_not_answer_last_time_is_left_to_its_own_lane(context: Context, lab: Lab, drivers: Drivers) -> None:
    with web_server(octoprint_answers) as server:
        (well,) = add_machines(context, lab, 1, server.url)
        sweep(context, drivers)
        for each in (well, lab.machine.id):
            make_due(context, each)
        assert shard(context, drivers, away=False) == {well}
        assert machine(context, lab.machine.id).misses == 1
        assert shard(context, drivers, away=True) == {lab.machine.id}
    assert machine(context, lab.machine.id).misses == 2


@pytest.mark.postgresql
def test_two_that_sweep_at_once_share_the_machines(context: Context, lab: Lab) -> None:
    """Whoever comes second passes over what the first has picked."""
    ids = {*add_machines(context, lab, 3, "http://127.0.0.1:1"), lab.machine.id}
    with picked(context, which(), 2) as first, picked(context, which(), 9) as second:
        assert len(first.machines) == 2
        assert first.machines | second.machines == ids
        assert not first.machines & second.machines


def count_commits(context: Context) -> list[object]:
    """Every commit of a transaction that wrote, from now on."""
    commits: list[object] = []

    def written(connection: Any, _cursor: Any, statement: str, *_rest: object) -> None:
        connection.info["wrote"] = connection.info.get("wrote") or statement.lstrip().startswith(("UPDATE", "INSERT"))

    def committed(connection: Any) -> None:
        if connection.info.pop("wrote", False):
            commits.append(connection)

    for engine in {context.db.engine, context.db._relaxed}:
        event.listen(engine, "after_cursor_execute", written)
        event.listen(engine, "commit", committed)
    return commits


def test_a_machine_out_of_reach_is_asked_ever_less_and_called_offline(
    context: Context, lab: Lab, drivers: Drivers
) -> None:
    waits = []
    for _ in range(4):
        sweep(context, drivers)
        row = machine(context, lab.machine.id)
        assert row.look_at is not None
        waits.append((row.look_at - now()).total_seconds())
        make_due(context, lab.machine.id)
    assert waits == sorted(waits)
    assert waits[-1] > 4 * waits[0]
    row = machine(context, lab.machine.id)
    assert (row.connection, row.fault_code) == (Connection.OFFLINE, "")


def make_due(context: Context, machine_id: str) -> None:
    with context.db.writing() as session:
        session.get_one(Machine, machine_id).look_at = None
        session.commit()


def test_a_machine_that_answers_again_is_online_at_once(context: Context, lab: Lab, drivers: Drivers) -> None:
    for _ in range(2):
        sweep(context, drivers)
        make_due(context, lab.machine.id)
    assert machine(context, lab.machine.id).connection is Connection.OFFLINE
    with web_server(octoprint_answers) as server:
        point_at(context, lab.machine, server.url, "key")
        sweep(context, drivers)
    row = machine(context, lab.machine.id)
    assert (row.connection, row.misses) == (Connection.ONLINE, 0)


def test_a_refused_key_is_a_fault_that_goes_when_it_is_set_right(context: Context, lab: Lab, drivers: Drivers) -> None:
    def refuses(handler: BaseHTTPRequestHandler) -> None:
        handler.send_error(403)

    with web_server(refuses) as server:
        point_at(context, lab.machine, server.url, "wrong")
        sweep(context, drivers)
        row = machine(context, lab.machine.id)
        assert (row.fault_code, row.connection) == ("machine_key_refused", Connection.OFFLINE)
    make_due(context, lab.machine.id)
    with web_server(octoprint_answers) as server:
        point_at(context, lab.machine, server.url, "right")
        sweep(context, drivers)
        assert machine(context, lab.machine.id).fault_code == ""


def test_an_address_that_cannot_be_one_is_a_fault(context: Context, lab: Lab, drivers: Drivers) -> None:
    point_at(context, lab.machine, "not an address", "key")
    sweep(context, drivers)
    assert machine(context, lab.machine.id).fault_code == "machine_address_wrong"


def test_a_driver_whose_file_is_gone_is_a_fault(context: Context, lab: Lab, drivers: Drivers) -> None:
    point_at(context, lab.machine, "http://127.0.0.1:1", "key")
    with context.db.writing() as session:
        session.get_one(Machine, lab.machine.id).driver = "teleporter"
        session.commit()
    sweep(context, drivers)
    row = machine(context, lab.machine.id)
    assert (row.fault_code, row.fault_values) == ("machine_driver_unknown", {"driver": "teleporter"})


def test_one_machine_that_hangs_does_not_hold_up_the_others(context: Context, lab: Lab, drivers: Drivers) -> None:
    release = threading.Event()

    def hangs(handler: BaseHTTPRequestHandler) -> None:
        release.wait(30)

    with web_server(hangs) as silent, web_server(octoprint_answers) as server:
        point_at(context, lab.machine, silent.url, "key")
        (other,) = add_machines(context, lab, 1, server.url)
        assert answered_while(silent, server, context, drivers, release)
    assert machine(context, other).seen_at is not None
    assert machine(context, lab.machine.id).misses == 1


def test_machines_are_kept_while_one_of_them_hangs(
    context: Context, lab: Lab, drivers: Drivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fabqueue.dispatch.sweep.SECONDS", 0.3)
    release = threading.Event()
    with web_server(lambda _handler: release.wait(30)) as silent, ThreadPoolExecutor(1) as beside:
        point_at(context, lab.machine, silent.url, "key")
        looking = beside.submit(shard, context, drivers)
        began = eventually(lambda: machine(context, lab.machine.id).lease_until)
        assert began is not None
        eventually(lambda: (machine(context, lab.machine.id).lease_until or began) > began + timedelta(seconds=0.3))
        release.set()
        assert looking.result() == {lab.machine.id}
    assert machine(context, lab.machine.id).lease_until is None


def test_whatever_breaks_at_one_machine_keeps_no_other_from_being_looked_at(
    context: Context, lab: Lab, drivers: Drivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the disk has no room for its picture."""

    def breaks(*given: Any) -> Sighting | None:
        if given[3] == lab.machine.id:
            raise OSError(28, "No space left on device")
        return drive(*given)

    with web_server(octoprint_answers) as server:
        ids = {*add_machines(context, lab, 3, server.url), lab.machine.id}
        monkeypatch.setattr("fabqueue.dispatch.sweep.drive", breaks)
        everything_is_due(context)
        assert shard(context, drivers) == ids
    rows = [machine(context, each) for each in ids]
    assert {each.id for each in rows if each.look_at is None} == {lab.machine.id}
    assert {each.lease_holder for each in rows} == {""}


def answered_while(
    silent: WebServer, server: WebServer, context: Context, drivers: Drivers, release: threading.Event
) -> bool:
    """Whether the other machine is asked while the silent one keeps its thread waiting."""
    passing = threading.Thread(target=sweep, args=(context, drivers))
    passing.start()
    eventually(lambda: silent.requests)
    asked = eventually(lambda: server.requests)
    passing.join()
    release.set()
    return bool(asked)


def due(context: Context) -> list[str]:
    with context.db.reading() as session:
        return list(session.scalars(which()))


@pytest.mark.postgresql
def test_a_worker_is_woken_for_each_shard_that_is_due(context: Context, lab: Lab) -> None:
    assert shards_due(context, 9) == 1
    with context.db.writing() as session:
        here, model = session.merge(lab.site, load=False), session.merge(lab.model, load=False)
        for number in range(SHARD):
            factories.machine(session, here, model, slug=f"another-{number}")
        session.commit()
    assert (shards_due(context, 9), shards_due(context, 1)) == (2, 1)
    with context.db.writing() as session:
        session.execute(update(Machine).values(look_at=now() + timedelta(seconds=50)))
        session.commit()
    assert shards_due(context, 9) == 0


def test_machines_driven_by_hand_or_retired_are_not_asked(context: Context, lab: Lab) -> None:
    with context.db.writing() as session:
        here, model = session.merge(lab.site, load=False), session.merge(lab.model, load=False)
        factories.manual_machine(session, here, model)
        factories.machine(session, here, model, retired_at=now())
        session.commit()
    assert due(context) == [lab.machine.id]


@pytest.mark.postgresql
def test_a_look_put_off_while_the_clock_was_a_day_ahead_is_not_waited_for(context: Context, lab: Lab) -> None:
    """A small computer without a battery for its clock starts in the wrong year, and is set right by the network."""
    for ahead, expected in ((timedelta(days=1), [lab.machine.id]), (timedelta(seconds=50), [])):
        with context.db.writing() as session:
            session.get_one(Machine, lab.machine.id).look_at = now() + ahead
            session.commit()
        assert due(context) == expected


@pytest.mark.octoprint
def test_a_camera_picture_is_kept_while_a_machine_works(
    context: Context, lab: Lab, drivers: Drivers, octoprint: OctoPrintServer, tmp_path: Path
) -> None:
    def camera(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(JPEG)))
        handler.end_headers()
        handler.wfile.write(JPEG)

    name = f"camera-{lab.machine.id}"
    with web_server(camera) as server:
        point_at(context, lab.machine, octoprint.url, octoprint.key)
        with context.db.writing() as session:
            session.get_one(Machine, lab.machine.id).camera_url = server.url
            session.commit()
        sweep(context, drivers)
        assert context.storage.volatile(name) is None
        with context.db.writing() as session:
            run = waiting_run(session, context.storage, lab, short_gcode(tmp_path / "long.gcode", 20, 100))
            session.commit()
            run_id = run.id
        eventually(lambda: swept(context, drivers, lab) and context.storage.volatile(name))
    assert context.storage.volatile(name) == JPEG
    assert machine(context, lab.machine.id).picture_at is not None
    with context.db.reading() as session:
        assert session.get_one(Run, run_id).state is RunState.RUNNING


def swept(context: Context, drivers: Drivers, lab: Lab) -> bool:
    make_due(context, lab.machine.id)
    return sweep(context, drivers) == 1
