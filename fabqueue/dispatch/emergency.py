"""Emergency stops go out at once, from the process that was asked, past every queue and every lease.

That is safe beside whoever drives the machine: nothing here ever starts or resumes anything, and the stop is written
down while it is under way, so that no start is sent afterwards. Whoever holds the lease sends it once more while the
machine does not show it (`pursue`), for a page may run where machines cannot be reached.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from enum import StrEnum

import structlog

from fabqueue.dispatch.act import SETTLE_SECONDS
from fabqueue.dispatch.case import Case
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import connection_of
from fabqueue.dispatch.facts import View
from fabqueue.dispatch.lease import Lease
from fabqueue.models import Beam, Machine
from fabqueue.services import emergencies, lasers
from fabqueue.services.events import Actor
from printers import Connection, connect
from printers.driver import Driver, DriverError, Phase

CONNECT_SECONDS, READ_SECONDS = 2.0, 3.0
LOOKS = 6
_log = structlog.get_logger(__name__)


class Answer(StrEnum):
    """What is known right after an emergency stop was sent."""

    CONFIRMED = "confirmed"  # the machine's own report says that it stands still
    UNCONFIRMED = "unconfirmed"  # it was sent, and the machine does not say so
    MISSED = "missed"  # it could not be sent: somebody must switch the machine off by hand


def stop(context: Context, actor: Actor, machine_id: str) -> Answer:
    """Stop a machine now and say what came of it. Raises Refused for one that nothing can stop."""
    with context.db.reading() as session:
        machine = session.get_one(Machine, machine_id)
        emergencies.check(machine)
        connection = connection_of(machine)
    with ThreadPoolExecutor(1, "emergency") as pool:  # neither the machine nor the database waits for the other
        sending = pool.submit(_send, connection)
        _ask(context, actor, machine_id)
        answer, code, is_dark = sending.result()
    _note(context, machine_id, answer, code, is_dark)
    return answer


def _ask(context: Context, actor: Actor, machine_id: str) -> None:
    with context.db.writing() as session:
        emergencies.ask(session, actor, session.get_one(Machine, machine_id))
        session.commit()


def _note(context: Context, machine_id: str, answer: Answer, code: str, is_dark: bool) -> None:
    with context.db.writing() as session:
        machine = session.get_one(Machine, machine_id)
        if machine.is_armed_by_people:
            lasers.beam_is(session, machine, Beam.OFF if is_dark else Beam.UNCONFIRMED)
        if answer is Answer.CONFIRMED:
            emergencies.confirm(session, machine)
        else:
            emergencies.missed(session, machine, code)
        session.commit()


def _send(connection: Connection) -> tuple[Answer, str, bool]:
    """Send it over a connection of its own and look a few times.

    With the code of what went wrong, and whether a laser acknowledged that its beam is off.
    """
    quick = replace(connection, connect_seconds=CONNECT_SECONDS, read_seconds=READ_SECONDS)
    try:
        with closing(connect(quick)) as driver:
            is_dark = driver.emergency_stop()
            stands = any(_stands(driver) for _ in range(LOOKS))
    except DriverError as error:
        _log.warning("emergency_stop_missed", address=connection.url, error=str(error))
        return Answer.MISSED, error.code, False
    if not stands:
        return Answer.UNCONFIRMED, "machine_emergency_not_shown", is_dark
    return Answer.CONFIRMED, "", is_dark


def _stands(driver: Driver) -> bool:
    time.sleep(SETTLE_SECONDS)
    try:
        return driver.status().phase is Phase.ERROR
    except DriverError as error:  # it was sent; that it is not heard from now is no reason to say that it was not
        _log.info("emergency_not_shown", error=str(error))
        return False


def pursue(lease: Lease, driver: Driver, case: Case, view: View) -> None:
    """Beside each look at a machine: send a stop again that it does not show, confirm one it shows, connect again."""
    if case.emergency is not None and not case.emergency.confirmed and view.status is not None:
        if view.status.phase is Phase.ERROR:
            _confirm(lease, case)
        elif case.emergency.fresh and view.status.phase is not Phase.OFFLINE:
            _send_again(driver, case)
    if case.emergency is None and case.reconnect and view.status is not None:
        _reconnect(lease, driver, case, view)


def _send_again(driver: Driver, case: Case) -> None:
    try:
        driver.emergency_stop()
    except DriverError as error:  # what runs is cancelled in the ordinary way all the same
        _log.warning("emergency_stop_missed", machine=case.bench.name, error=str(error))


def _confirm(lease: Lease, case: Case) -> None:
    with lease.writing(case.machine_id) as (session, machine):
        emergencies.confirm(session, machine)


def _reconnect(lease: Lease, driver: Driver, case: Case, view: View) -> None:
    """Only a machine that is down is connected again: OctoPrint would let go of one that prints."""
    code = ""
    if view.down:
        try:
            driver.reconnect()
        except DriverError as error:
            code = error.code
    with lease.writing(case.machine_id) as (session, machine):
        emergencies.reconnected(session, machine, code)
