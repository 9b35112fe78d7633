"""What technicians are told when nobody looks at the desk: doubts, faults, commands that no machine confirms; once."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from fabqueue.db import now
from fabqueue.dispatch import emergency
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.decide import GIVE_UP_MISSES
from fabqueue.dispatch.drivers import Drivers
from fabqueue.models import Event, Machine, MailState, Notice, Person, Run, RunState
from fabqueue.services import alarms, events, floor, notices, pauses, people, runs
from fabqueue.wording import reader
from tests.dispatch.stand import Stand
from tests.support.factories import Lab
from tests.support.making import point_at, short_gcode
from tests.support.octoprint import eventually

S = RunState


@pytest.fixture
def silent(context: Context, drivers: Drivers, lab: Lab, tmp_path: Path) -> Stand:
    """A machine at whose address nothing answers."""
    return Stand(context, drivers, lab, None, tmp_path)  # type: ignore[arg-type]


def told(stand: Stand) -> list[tuple[str, str]]:
    """Who was told what, in English."""
    with stand.context.db.reading() as session:
        rows = session.query(Notice).join(Event, Event.seq == Notice.event_seq).order_by(Notice.event_seq)
        words = reader("en")
        return [(session.get_one(Person, each.person_id).user_name, words.say(each.code, each.values)) for each in rows]


def reasons(stand: Stand) -> list[str]:
    with stand.context.db.reading() as session:
        rows = [each.values["reason"] for each in session.query(Notice).order_by(Notice.event_seq)]
        return [reader("en").say(each["code"], each["values"]) for each in rows]


def leads_to(stand: Stand) -> object:
    """What the only notice is about."""
    with stand.context.db.reading() as session:
        return notices.about(session, session.query(Notice).one())


def at_work(stand: Stand) -> str:
    """A run that has begun, as far as anybody knows."""
    run_id = stand.run()
    with stand.context.db.writing() as session:
        run, machine = session.get_one(Run, run_id), session.get_one(Machine, stand.lab.machine.id)
        itself = events.of_machine(machine)
        runs.claim(session, itself, run, machine, None)
        runs.send(session, itself, run, "fabqueue/x-1.gcode", 1)
        runs.intend(session, itself, run)
        runs.began(session, itself, run)
        session.commit()
    return run_id


def ask_long_ago(stand: Stand, run_id: str, seconds: float = runs.CONFIRM_SECONDS + 1) -> None:
    with stand.context.db.writing() as session:
        run = session.get_one(Run, run_id)
        long_ago = now() - timedelta(seconds=seconds)
        run.pause_asked_at, run.stop_asked_at = run.pause_asked_at and long_ago, run.stop_asked_at and long_ago
        session.commit()


@pytest.mark.postgresql
def test_a_doubt_is_told_once_with_its_reason_and_leads_to_its_question(silent: Stand) -> None:
    run_id = at_work(silent)
    silent.write(floor.cancel)
    for _ in range(GIVE_UP_MISSES + 3):
        silent.advance()
    assert silent.read(run_id).state is S.IN_DOUBT
    assert told(silent) == [("tara", f"{silent.lab.machine.name}: what became of its work is in doubt")]
    assert reasons(silent) == ["It was to be stopped, but the machine does not answer. It may still be at work."]
    found = leads_to(silent)
    assert isinstance(found, Run)
    assert found.id == run_id


def test_a_doubt_that_was_decided_leads_to_its_machine(silent: Stand) -> None:
    run_id = at_work(silent)
    with silent.context.db.writing() as session:
        run = session.get_one(Run, run_id)
        runs.doubt(session, events.SYSTEM, run, "run_interrupted", {})
        floor.resolve(session, events.actor_of(silent.lab.tara), run, floor.Resolution.DONE, "It lies there")
        session.commit()
    assert isinstance(leads_to(silent), Machine)


def test_where_there_is_no_technician_an_admin_is_told(silent: Stand) -> None:
    with silent.context.db.writing() as session:
        tara, adam = (session.get_one(Person, each.id) for each in (silent.lab.tara, silent.lab.adam))
        people.withdraw_role(session, tara, people.Role.TECHNICIAN, adam)
        session.commit()
    run_id = at_work(silent)
    with silent.context.db.writing() as session:
        runs.doubt(session, events.SYSTEM, session.get_one(Run, run_id), "run_interrupted", {})
        session.commit()
    assert [who for who, _what in told(silent)] == ["adam"]


@pytest.mark.parametrize(("command", "ask"), [("pause", floor.pause), ("resume", floor.resume), ("stop", floor.cancel)])
@pytest.mark.postgresql
def test_a_command_that_no_machine_confirms_is_told_once_for_each_time_it_is_asked(
    silent: Stand, command: str, ask: object
) -> None:
    run_id = at_work(silent)
    if command == "resume":
        with silent.context.db.writing() as session:
            runs.paused(session, events.SYSTEM, session.get_one(Run, run_id))
            session.commit()
    silent.write(ask)  # type: ignore[arg-type]
    silent.advance()
    assert told(silent) == []
    ask_long_ago(silent, run_id)
    silent.advance()
    silent.advance()
    assert told(silent) == [("tara", f"{silent.lab.machine.name} does not confirm what it was told")]
    asked = {"pause": "pause", "resume": "go on", "stop": "stop"}[command]
    assert reasons(silent) == [f"Asked to {asked}, and the machine does not say that it did."]
    assert isinstance(leads_to(silent), Machine)
    if command != "stop":
        silent.write(ask)  # type: ignore[arg-type]
        ask_long_ago(silent, run_id)
        silent.advance()
        assert len(told(silent)) == 2


def test_an_emergency_stop_that_no_machine_confirms_is_told_once_after_its_time(silent: Stand) -> None:
    emergency.stop(silent.context, events.actor_of(silent.lab.tara), silent.lab.machine.id)
    silent.advance()
    assert told(silent) == []
    for _ in range(2):
        with silent.context.db.writing() as session:
            machine = session.get_one(Machine, silent.lab.machine.id)
            machine.emergency_at = now() - timedelta(seconds=runs.CONFIRM_SECONDS + 1)
            session.commit()
        silent.advance()
        silent.advance()
        expected = ("tara", f"{silent.lab.machine.name} was stopped in an emergency and does not confirm it")
        assert told(silent)[-1] == expected
        emergency.stop(silent.context, events.actor_of(silent.lab.tara), silent.lab.machine.id)
    assert len(told(silent)) == 2


@pytest.mark.octoprint
def test_an_emergency_stop_that_is_confirmed_is_no_alarm(stand: Stand) -> None:
    emergency.stop(stand.context, events.actor_of(stand.lab.tara), stand.lab.machine.id)
    with stand.context.db.writing() as session:
        machine = session.get_one(Machine, stand.lab.machine.id)
        machine.emergency_at = now() - timedelta(seconds=runs.CONFIRM_SECONDS + 1)
        session.commit()
    stand.advance()
    assert told(stand) == []


@pytest.mark.octoprint
def test_a_fault_is_told_once_until_it_has_been_gone_for_a_while(stand: Stand) -> None:
    """The key is refused, taken, refused: the last is no news so soon after the first."""

    def look(key: str, code: str) -> None:
        point_at(stand.context, stand.lab.machine, stand.server.url, key)
        stand.advance()
        stand.advance()
        assert stand.machine().fault_code == code

    news = ("tara", f"{stand.lab.machine.name} has a fault")
    look("of-nobody", "machine_key_refused")
    assert told(stand) == [news]
    assert reasons(stand) == ["The machine does not accept the key."]
    assert isinstance(leads_to(stand), Machine)
    look(stand.server.key, "")
    look("of-nobody", "machine_key_refused")
    look(stand.server.key, "")
    assert told(stand) == [news]
    with stand.context.db.writing() as session:
        for each in session.query(Event).filter_by(verb="fault"):
            each.at -= alarms.CALM
        session.commit()
    look("of-nobody", "machine_key_refused")
    assert told(stand) == [news, news]


def unread(stand: Stand) -> list[tuple[str, MailState]]:
    """What Tara has not read yet, and what becomes of its mail."""
    with stand.context.db.reading() as session:
        hers = session.query(Notice).filter(Notice.person_id == stand.lab.tara.id, Notice.read_at.is_(None))
        return [(each.code, each.mail) for each in hers.order_by(Notice.event_seq)]


def by_mail(stand: Stand) -> None:
    with stand.context.db.writing() as session:
        tara = session.get_one(Person, stand.lab.tara.id)
        tara.email, tara.mail_notices = "tara@example.org", True
        session.commit()


@pytest.mark.octoprint
def test_a_printer_that_pauses_by_itself_is_told_once_each_time_until_it_goes_on(stand: Stand) -> None:
    by_mail(stand)
    run_id = stand.run(seconds=20)
    stand.until(run_id, S.RUNNING)
    for number in (1, 2):
        stand.command("/api/job", command="pause", action="pause")
        stand.until(run_id, S.PAUSED)
        stand.advance()
        assert told(stand) == [("tara", f"{stand.lab.machine.name} stands paused in the middle of its work")] * number
        assert unread(stand) == [("notice_paused", MailState.PENDING)]
        assert reasons(stand)[-1] == "It paused at the machine, and nobody asked for that from here."
        stand.command("/api/job", command="pause", action="resume")
        stand.until(run_id, S.RUNNING)
        assert unread(stand) == []
        with stand.context.db.reading() as session:
            assert notices.mails_due(session) == []


@pytest.mark.octoprint
def test_a_pause_that_somebody_asked_for_is_no_alarm(stand: Stand) -> None:
    run_id = stand.run(seconds=20)
    stand.until(run_id, S.RUNNING)
    stand.write(floor.pause)
    stand.until(run_id, S.PAUSED)
    eventually(lambda: stand.advance() or stand.read(run_id).pause_asked is None)
    assert told(stand) == []


@pytest.mark.parametrize("end", [runs.resumed, runs.done, runs.cancelled])
@pytest.mark.postgresql
def test_a_pause_is_over_with_whatever_ends_it(silent: Stand, end: Callable[..., None]) -> None:
    run_id = at_work(silent)
    with silent.context.db.writing() as session:
        run, machine = session.get_one(Run, run_id), session.get_one(Machine, silent.lab.machine.id)
        runs.paused(session, events.of_machine(machine), run)
        assert pauses.is_unasked(session, run)
        session.commit()
    assert [code for code, _mail in unread(silent)] == ["notice_paused"]
    with silent.context.db.writing() as session:
        run = session.get_one(Run, run_id)
        end(session, events.SYSTEM, run)
        assert not pauses.is_unasked(session, run)
        session.commit()
    assert unread(silent) == []


@pytest.mark.octoprint
def test_a_printer_that_reports_an_error_is_told_and_what_somebody_else_prints_is_not(stand: Stand) -> None:
    foreign = short_gcode(stand.folder / "foreign.gcode", 20, 100)
    with foreign.open("rb") as file:
        requests.post(f"{stand.server.url}/api/files/local", files={"file": file}, data={"print": "true"},
                      headers={"X-Api-Key": stand.server.key}, timeout=10).raise_for_status()  # fmt: skip
    eventually(lambda: stand.advance() or stand.machine().fault_code == "machine_foreign_print")
    assert told(stand) == []
    stand.command("/api/printer/command", command="M112")
    eventually(lambda: stand.advance() or stand.machine().fault_code == "machine_printer_error")
    assert told(stand) == [("tara", f"{stand.lab.machine.name} has a fault")]


def test_who_wants_no_such_notices_gets_none_and_a_bed_to_clear_is_none(silent: Stand) -> None:
    with silent.context.db.writing() as session:
        tara = session.get_one(Person, silent.lab.tara.id)
        wanted = [f"{kind}:{way}" for kind, way in notices.choices(tara) if kind != "doubt"]
        notices.choose(session, tara, wanted)
        session.commit()
    run_id = at_work(silent)
    with silent.context.db.writing() as session:
        run = session.get_one(Run, run_id)
        runs.doubt(session, events.SYSTEM, run, "run_interrupted", {})
        runs.done(session, events.SYSTEM, run)
        session.commit()
    assert told(silent) == []
