"""A claimed run brought into each state, by the services that dispatch calls when it hears from a machine."""

from collections.abc import Callable
from datetime import timedelta

from fabqueue.db import WritingSession, now
from fabqueue.models import Machine, Run
from fabqueue.services import events, runs

Act = Callable[[WritingSession, Run], None]


def machine_of(run: Run) -> Machine:
    assert run.machine
    return run.machine


def _itself(run: Run) -> events.Actor:
    return events.of_machine(machine_of(run))


def claimed(session: WritingSession, run: Run) -> None:
    """Nothing was sent yet."""


def sent(session: WritingSession, run: Run) -> None:
    runs.send(session, _itself(run), run, "fabqueue/part.gcode", 1)


def told(session: WritingSession, run: Run) -> None:
    """Told to start, and no sign of it yet."""
    sent(session, run)
    runs.intend(session, _itself(run), run)


def staged(session: WritingSession, run: Run) -> None:
    """A laser's file waits at its machine."""
    sent(session, run)
    runs.stage(session, _itself(run), run)


def running(session: WritingSession, run: Run) -> None:
    told(session, run)
    runs.began(session, _itself(run), run)
    run.started_at = now() - timedelta(minutes=55)
    run.progress, run.progress_at, run.seconds_left, machine_of(run).picture_at = 62.0, now(), 2050, now()
    machine_of(run).temperatures = {
        "tool0": {"actual": 214.6, "target": 215.0}, "bed": {"actual": 60.1, "target": 60.0},
    }  # fmt: skip


def paused(session: WritingSession, run: Run) -> None:
    running(session, run)
    runs.ask_pause(session, _itself(run), run, True)
    runs.paused(session, _itself(run), run)


def paused_there(session: WritingSession, run: Run) -> None:
    """By its machine or somebody at it: nobody here asked for it."""
    running(session, run)
    runs.paused(session, _itself(run), run)


def asked_to_stop(why: str) -> Act:
    def end(session: WritingSession, run: Run) -> None:
        running(session, run)
        runs.stop(session, _itself(run), run, "run_stopped_by_staff_said", {"text": why})

    return end


def stopping(why: str) -> Act:
    def end(session: WritingSession, run: Run) -> None:
        asked_to_stop(why)(session, run)
        runs.stopping(session, _itself(run), run)

    return end


def doubtful(session: WritingSession, run: Run) -> None:
    running(session, run)
    runs.doubt(session, events.SYSTEM, run, "run_interrupted", {})


def printed(session: WritingSession, run: Run) -> None:
    running(session, run)
    runs.done(session, _itself(run), run, 5160)


def failed(error: str) -> Act:
    def end(session: WritingSession, run: Run) -> None:
        running(session, run)
        runs.fail(session, _itself(run), run, "run_machine_error", {"error": error})

    return end


def given_back(session: WritingSession, run: Run) -> None:
    machine = machine_of(run)
    runs.give_back(session, events.of_machine(machine), run, "run_machine_away", {"machine": machine.name})
