"""What people call themselves cannot stop the lab's mail."""

import pytest

from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.models import MailState, Notice, Person
from fabqueue.services import events, people, runs
from fabqueue.services.errors import Invalid
from fabqueue.tasks import work
from tests.attack.conftest import SignIn
from tests.support.factories import Lab
from tests.support.making import approved_job
from tests.tasks.test_mail import MailServer, mailing, server  # noqa: F401  fixtures


def _failed_job(context: Context, lab: Lab, owner: Person, **columns: str) -> None:
    """A job that failed, so that a notice waits to be mailed."""
    with context.db.writing() as session:
        person = session.get_one(Person, owner.id)
        for name, value in columns.items():
            setattr(person, name, value)
        job = approved_job(session, context.storage, lab, owner=person)
        (run,) = runs.plan(session, context.config, events.SYSTEM, job)
        runs.fail(session, events.SYSTEM, run, "run_machine_error", {"error": "heater"})
        session.commit()


@pytest.mark.parametrize(
    "columns",
    [
        {"email": "mallory@example.org", "display_name": "Mal\r\nBcc: everybody@example.org"},
        {"email": "mällory@example.org"},
        {"email": "mallory@\x00example.org"},
    ],
)
def test_one_name_that_cannot_be_written_keeps_no_other_mail_back(
    mailing: Context,  # noqa: F811
    server: MailServer,  # noqa: F811
    lab: Lab,
    columns: dict[str, str],
) -> None:
    _failed_job(mailing, lab, lab.bob, **columns)
    _failed_job(mailing, lab, lab.alice, email="alice@example.org")
    work.find("mail")(mailing, "")
    assert "alice@example.org" in [str(each["To"].addresses[0].addr_spec) for each in server.received]
    assert not any(each["Bcc"] for each in server.received)
    with mailing.db.reading() as session:
        assert {each.mail for each in session.query(Notice).filter_by(person_id=lab.alice.id)} == {MailState.SENT}


def test_names_are_one_printable_line(sign_in: SignIn, lab: Lab, database: Database) -> None:
    fields = {"display_name": "Mal\r\nBcc: x\x07\u202eyrol", "email": "", "language": ""}
    assert sign_in(lab.bob).post("/account/profile", fields).status_code == 303
    with database.reading() as session:
        assert session.get_one(Person, lab.bob.id).display_name == "Mal Bcc: x yrol"


@pytest.mark.parametrize("email", ["ä@example.org", "a\x00b@example.org", "a@exa\x7fmple.org"])
def test_an_address_that_no_mail_can_carry_is_refused(email: str, database: Database, lab: Lab) -> None:
    with database.writing() as session, pytest.raises(Invalid, match="email_shape"):
        people.update_profile(
            session,
            session.get_one(Person, lab.bob.id),
            display_name="Bob",
            email=email,
            language="",
            mail_notices=True,
            named_on_builds=False,
        )
