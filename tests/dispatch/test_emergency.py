"""Emergency stops and commands that a machine does not confirm; OctoPrint's own state is the truth."""

import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import requests

from fabqueue.db import now
from fabqueue.dispatch import emergency
from fabqueue.dispatch.advance import advance
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import Drivers
from fabqueue.dispatch.emergency import Answer
from fabqueue.models import Event, JobState, Machine, Run, RunState
from fabqueue.services import emergencies, events, floor, runs
from tests.dispatch.stand import Stand, step_to
from tests.support.factories import Lab
from tests.support.making import point_at, short_gcode
from tests.support.octoprint import eventually
from tests.support.web import reply, web_server

S = RunState


def press(stand: Stand) -> Answer:
    return emergency.stop(stand.context, events.actor_of(stand.lab.tara), stand.lab.machine.id)


def verbs(context: Context, subject_id: str) -> list[str]:
    with context.db.reading() as session:
        return [each.verb for each in session.query(Event).filter_by(subject_id=subject_id).order_by(Event.seq)]


@pytest.mark.octoprint
@pytest.mark.postgresql
def test_it_stops_a_print_at_once_and_a_person_brings_the_machine_back(stand: Stand) -> None:
    """Nobody advances the machine: the stop goes out by itself. Nothing starts before somebody connects it again."""
    run_id, following = stand.run(seconds=20), stand.run()
    stand.until(run_id, S.RUNNING)
    assert press(stand) is Answer.CONFIRMED
    assert (stand.server.state() or "").startswith("Offline after error")
    assert stand.machine().fault_code == "machine_emergency_stopped"
    run = stand.until(run_id, S.CANCELLED)
    assert (run.reason_code, stand.job(run_id).state) == ("run_emergency_stopped", JobState.FAILED)
    # even when OctoPrint connects by itself
    stand.command("/api/connection", command="connect")
    eventually(lambda: stand.server.state() == "Operational")
    stand.write(floor.clear)
    stand.advance()
    assert stand.machine().fault_code == "machine_emergency_stopped"
    assert stand.read(following).state is S.WAITING
    stand.write(emergencies.connect_again)
    stand.until(following, S.DONE)
    assert (stand.machine().fault_code, stand.machine().emergency_at) == ("", None)
    assert {"emergency", "emergency_confirmed", "reconnect"} <= set(verbs(stand.context, stand.lab.machine.id))


@pytest.mark.octoprint
def test_connecting_again_brings_a_stopped_printer_back(stand: Stand) -> None:
    assert press(stand) is Answer.CONFIRMED
    stand.advance()
    stand.write(emergencies.connect_again)
    eventually(lambda: stand.advance() or stand.server.state() == "Operational")
    eventually(lambda: stand.advance() or stand.machine().fault_code == "")
    assert stand.machine().reconnect_asked_at is None


@pytest.mark.octoprint
def test_what_somebody_else_prints_is_stopped_too(stand: Stand) -> None:
    foreign = short_gcode(stand.folder / "foreign.gcode", 20, 100)
    with foreign.open("rb") as file:
        requests.post(f"{stand.server.url}/api/files/local", files={"file": file}, data={"print": "true"},
                      headers={"X-Api-Key": stand.server.key}, timeout=10).raise_for_status()  # fmt: skip
    eventually(lambda: stand.server.state() == "Printing")
    assert press(stand) is Answer.CONFIRMED


@pytest.mark.octoprint
def test_connecting_again_never_lets_go_of_a_printer_that_prints(stand: Stand) -> None:
    """OctoPrint would end the print: a machine that is up is left alone."""
    run_id = stand.run(seconds=20)
    stand.until(run_id, S.RUNNING)
    with stand.context.db.writing() as session:
        session.get_one(Machine, stand.lab.machine.id).reconnect_asked_at = now()
        session.commit()
    stand.advance()
    assert stand.machine().reconnect_asked_at is None
    assert stand.server.state() == "Printing"


@pytest.mark.octoprint
@pytest.mark.parametrize("state", [S.CLAIMED, S.SENDING, S.STARTING])
def test_a_run_that_is_on_its_way_is_never_started(
    stand: Stand, state: RunState, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = stand.run(seconds=20)
    step_to(stand, monkeypatch, run_id, state)
    assert press(stand) is Answer.CONFIRMED
    stand.until(run_id, S.CANCELLED)
    assert stand.seen("PrintStarted", run_id) == 0


def test_a_machine_that_nobody_reaches_says_so_and_is_told_again_once_it_answers(
    context: Context, drivers: Drivers, lab: Lab
) -> None:
    """Whoever drives the machine sends the stop that the page could not send."""
    actor = events.actor_of(lab.tara)
    assert emergency.stop(context, actor, lab.machine.id) is Answer.MISSED
    assert "emergency_missed" in verbs(context, lab.machine.id)
    sent: list[str] = []

    def prints(handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length).decode()
        stopped = any("M112" in each for each in sent)
        if "M112" in body:
            sent.append(body)
        state = "Offline after error" if stopped else "Printing"
        file = {"path": "x.gcode", "origin": "local"}
        answer = json.dumps({"state": state, "job": {"file": file}, "progress": {}})
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer.encode())

    with web_server(prints) as server:
        point_at(context, lab.machine, server.url, "key")
        advance(context, drivers, lab.machine.id)
        assert len(sent) == 1
        advance(context, drivers, lab.machine.id)
    with context.db.reading() as session:
        machine = session.get_one(Machine, lab.machine.id)
        assert (machine.fault_code, machine.emergency_confirmed_at is not None) == ("machine_emergency_stopped", True)


def test_a_machine_that_falls_silent_after_the_stop_is_not_said_to_be_missed(context: Context, lab: Lab) -> None:
    def takes_it(handler: BaseHTTPRequestHandler) -> None:
        reply(204 if handler.command == "POST" else 503)(handler)

    with web_server(takes_it) as server:
        point_at(context, lab.machine, server.url, "key")
        assert emergency.stop(context, events.actor_of(lab.tara), lab.machine.id) is Answer.UNCONFIRMED


@pytest.mark.parametrize(("command", "ask"), [("pause", floor.pause), ("resume", floor.resume), ("stop", floor.cancel)])
def test_a_command_that_the_machine_does_not_confirm_is_told_once(
    context: Context, drivers: Drivers, lab: Lab, command: str, ask: object, tmp_path: Path
) -> None:
    """The machine does not even answer: after its time people read so, and one event says it."""
    stand = Stand(context, drivers, lab, None, tmp_path)  # type: ignore[arg-type]
    run_id = stand.run()
    with context.db.writing() as session:
        run, machine = session.get_one(Run, run_id), session.get_one(Machine, lab.machine.id)
        itself = events.of_machine(machine)
        runs.claim(session, itself, run, machine, None)
        runs.send(session, itself, run, "fabqueue/x-1.gcode", 1)
        runs.intend(session, itself, run)
        runs.began(session, itself, run)
        if command == "resume":
            runs.paused(session, itself, run)
        session.commit()
    stand.write(ask)  # type: ignore[arg-type]
    stand.advance()
    assert stand.read(run_id).unanswered == ""
    with context.db.writing() as session:
        run = session.get_one(Run, run_id)
        long_ago = now() - timedelta(seconds=runs.CONFIRM_SECONDS + 1)
        run.pause_asked_at = run.pause_asked_at and long_ago
        run.stop_asked_at = run.stop_asked_at and long_ago
        session.commit()
    stand.advance()
    stand.advance()
    assert stand.read(run_id).unanswered == command
    assert verbs(context, run_id).count("unanswered") == 1
