"""Mail through a real SMTP conversation with a small server of the test's own."""

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.models import Event, Machine, MailState, Notice, PasswordLink, Person
from fabqueue.services import events, password_mails, runs
from fabqueue.services.keys import digest
from fabqueue.services.notices import MAIL_TRIES
from fabqueue.tasks import work
from fabqueue.tasks.ticker import due
from tests.support.factories import Lab
from tests.support.making import approved_job, short_gcode, waiting_run


@dataclass
class MailServer:
    """Takes mail, or refuses recipients with `refuse` (an SMTP code)."""

    refuse: int = 0
    port: int = 0
    received: list[EmailMessage] = field(default_factory=list)

    def answer(self, line: bytes) -> bytes | None:
        """The reply to one command; None: the message follows."""
        word = line.split(b" ")[0].strip().upper()
        if word == b"DATA":
            return None
        if word == b"RCPT" and self.refuse:
            return f"{self.refuse} no\r\n".encode()
        return b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n"


@pytest.fixture
def server() -> Iterator[MailServer]:
    state = MailServer()

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 test\r\n")
            while line := self.rfile.readline():
                reply = state.answer(line)
                self.wfile.write(reply or b"354 go on\r\n")
                if reply is None:
                    state.received.append(self._message())
                    self.wfile.write(b"250 taken\r\n")

        def _message(self) -> EmailMessage:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line)
            found = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(found, EmailMessage)
            return found

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as listening:
        listening.daemon_threads = True
        state.port = listening.server_address[1]
        threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True).start()
        yield state
        listening.shutdown()


@pytest.fixture
def mailing(context: Context, server: MailServer) -> Context:
    """The lab with the mail server configured."""
    settings = replace(
        context.config.mail, host="127.0.0.1", port=server.port, security="none", sender="lab@example.org"
    )
    site = replace(context.config.site, public_url="http://lab.example:8000")
    return replace(context, config=replace(context.config, mail=settings, site=site))


@pytest.fixture
def failed_job(context: Context, lab: Lab) -> str:
    """A job of Alice's that failed, so that a notice waits to be mailed to her."""
    with context.db.writing() as session:
        session.get_one(Person, lab.alice.id).email = "alice@example.org"
        job = approved_job(session, context.storage, lab)
        (run,) = runs.plan(session, context.config, events.SYSTEM, job)
        runs.fail(session, events.SYSTEM, run, "run_machine_error", {"error": "heater"})
        session.commit()
        return job.id


def notice(context: Context) -> Notice:
    with context.db.reading() as session:
        return session.query(Notice).one()


def mail(context: Context) -> None:
    work.find("mail")(context, "")


def test_a_notice_is_mailed_once_with_its_reason_and_address(
    mailing: Context, server: MailServer, failed_job: str
) -> None:
    mail(mailing)
    mail(mailing)
    (message,) = server.received
    text = message.get_body(("plain",))
    html = message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert message["To"] == "Alice <alice@example.org>"
    assert message["From"] == "Test Lab <lab@example.org>"
    assert "failed" in message["Subject"]
    for part in (text.get_content(), html.get_content()):
        assert "heater" in part
        assert f"http://lab.example:8000/jobs/{failed_job}" in part
    assert notice(mailing).mail is MailState.SENT


@pytest.mark.parametrize("kind", ["doubt", "fault"])
def test_an_alarm_is_mailed_with_its_reason_and_leads_to_the_question_or_the_machine(
    mailing: Context, lab: Lab, server: MailServer, kind: str, tmp_path: Path
) -> None:
    with mailing.db.writing() as session:
        session.get_one(Person, lab.tara.id).email = "tara@example.org"
        run = waiting_run(session, mailing.storage, lab, short_gcode(tmp_path / "short.gcode"))
        machine = session.get_one(Machine, lab.machine.id)
        if kind == "doubt":
            runs.claim(session, events.SYSTEM, run, machine, None)
            runs.began(session, events.SYSTEM, run)
            runs.doubt(session, events.SYSTEM, run, "run_interrupted", {})
        else:
            events.record(session, events.of_machine(machine), machine, "fault", new="machine_printer_error",
                          code="machine_printer_error", values={"error": "MAXTEMP"})  # fmt: skip
        session.commit()
        place = f"/runs/{run.id}/resolve" if kind == "doubt" else f"/m/{machine.slug}"
    mail(mailing)
    (message,) = server.received
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert message["To"] == "Tara <tara@example.org>"
    assert ("remembers nothing of it." if kind == "doubt" else "The printer reports an error: MAXTEMP") in text
    assert f"http://lab.example:8000{place}" in text


def test_a_guest_is_sent_where_the_tracking_code_is_typed(
    mailing: Context, lab: Lab, server: MailServer, failed_job: str
) -> None:
    with mailing.db.writing() as session:
        session.get_one(Person, lab.alice.id).is_guest = True
        session.commit()
    mail(mailing)
    text = server.received[0].get_body(("plain",))
    assert text is not None
    assert "http://lab.example:8000/track" in text.get_content()
    assert f"/jobs/{failed_job}" not in text.get_content()


def test_it_is_written_in_the_readers_language(mailing: Context, lab: Lab, server: MailServer, failed_job: str) -> None:
    with mailing.db.writing() as session:
        session.get_one(Person, lab.alice.id).language = "zh_Hans"
        session.commit()
    mail(mailing)
    html = server.received[0].get_body(("html",))
    assert html is not None
    assert 'lang="zh-Hans"' in html.get_content()


def test_what_people_wrote_is_never_markup(mailing: Context, lab: Lab, server: MailServer, failed_job: str) -> None:
    with mailing.db.writing() as session:
        row = session.query(Notice).one()
        row.values = {**row.values, "title": "<b>box</b>\r\nBcc: everybody@example.org"}
        session.commit()
    mail(mailing)
    (message,) = server.received
    html = message.get_body(("html",))
    assert html is not None
    assert "<b>" not in html.get_content()
    assert message["Bcc"] is None


def test_a_server_that_is_away_is_tried_again_later(mailing: Context, failed_job: str) -> None:
    closed = replace(mailing, config=replace(mailing.config, mail=replace(mailing.config.mail, port=1)))
    mail(closed)
    row = notice(mailing)
    assert (row.mail, row.mail_attempts) == (MailState.PENDING, 1)
    assert row.mail_at is not None
    assert row.mail_at > now()


def test_an_address_that_is_refused_for_good_is_not_tried_again(
    mailing: Context, server: MailServer, failed_job: str
) -> None:
    server.refuse = 550
    mail(mailing)
    assert notice(mailing).mail is MailState.FAILED


def test_an_address_that_is_refused_for_now_is_tried_again(
    mailing: Context, server: MailServer, failed_job: str
) -> None:
    server.refuse = 450
    mail(mailing)
    assert notice(mailing).mail is MailState.PENDING


def test_without_a_mail_server_nothing_is_tried(context: Context, failed_job: str) -> None:
    mail(context)
    assert (notice(context).mail, notice(context).mail_attempts) == (MailState.PENDING, 0)


def ask(context: Context, person: Person, email: str | None = "alice@example.org") -> None:
    """Somebody asks for a link, and the call that wakes a worker is lost."""
    with context.db.writing() as session:
        found = session.get_one(Person, person.id)
        found.email = email
        password_mails.ask(session, found)
        session.commit()


def links_due(context: Context) -> list[str]:
    return [key for task, key in due(context) if task == "password_mail"]


def test_a_link_for_a_new_password_is_mailed_once_to_who_asked(mailing: Context, lab: Lab, server: MailServer) -> None:
    ask(mailing, lab.alice)
    work.find("password_mail")(mailing, lab.alice.id)
    work.find("password_mail")(mailing, lab.alice.id)
    assert len(server.received) == 1
    text = server.received[0].get_body(("plain",))
    assert text is not None
    secret = text.get_content().partition("/new-password/")[2].split()[0]
    with mailing.db.reading() as session:
        assert session.query(PasswordLink).one().digest == digest(secret)


def test_a_link_is_found_by_the_ticker_until_it_is_mailed(mailing: Context, lab: Lab, server: MailServer) -> None:
    assert links_due(mailing) == []
    ask(mailing, lab.alice)
    assert links_due(mailing) == [lab.alice.id]
    work.find("password_mail")(mailing, lab.alice.id)
    assert links_due(mailing) == []


def test_a_link_that_a_server_did_not_take_is_tried_again_later(mailing: Context, lab: Lab, server: MailServer) -> None:
    ask(mailing, lab.alice)
    server.refuse = 450
    work.find("password_mail")(mailing, lab.alice.id)
    assert links_due(mailing) == []
    server.refuse = 0
    with mailing.db.writing() as session:
        person = session.get_one(Person, lab.alice.id)
        assert person.link_mail_at is not None
        assert person.link_mail_at > now()
        person.link_mail_at = now()
        session.commit()
    assert links_due(mailing) == [lab.alice.id]
    work.find("password_mail")(mailing, lab.alice.id)
    assert len(server.received) == 1


@pytest.mark.parametrize("refuse", [550, 450])
def test_a_link_that_is_never_taken_is_given_up(mailing: Context, lab: Lab, server: MailServer, refuse: int) -> None:
    ask(mailing, lab.alice)
    server.refuse = refuse
    for _ in range(1 if refuse == 550 else MAIL_TRIES):
        with mailing.db.writing() as session:
            person = session.get_one(Person, lab.alice.id)
            person.link_mail_at = now()
            session.commit()
        work.find("password_mail")(mailing, lab.alice.id)
    with mailing.db.reading() as session:
        assert session.get_one(Person, lab.alice.id).link_mail_at is None


def test_an_address_that_no_header_holds_is_given_up(mailing: Context, lab: Lab, server: MailServer) -> None:
    ask(mailing, lab.alice, "a\nb@example.org")
    work.find("password_mail")(mailing, lab.alice.id)
    assert server.received == []
    with mailing.db.reading() as session:
        assert session.get_one(Person, lab.alice.id).link_mail_at is None


def test_nobody_without_an_address_is_mailed(mailing: Context, lab: Lab, server: MailServer) -> None:
    ask(mailing, lab.bob, None)
    work.find("password_mail")(mailing, lab.bob.id)
    work.find("password_mail")(mailing, lab.alice.id)
    work.find("password_mail")(mailing, "no-such-person")
    assert server.received == []
    with mailing.db.reading() as session:
        assert session.query(Event).filter_by(verb="issue_link").count() == 0
