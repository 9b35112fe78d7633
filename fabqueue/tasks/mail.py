"""Sending mail: pending notices, and links for a new password that somebody asked for."""

import smtplib
import ssl
from datetime import datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import formataddr, make_msgid
from functools import lru_cache
from typing import Any

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session

from fabqueue import paths
from fabqueue.config import Config, MailSettings
from fabqueue.dispatch.context import Context
from fabqueue.models import Machine, Notice, Person, Run
from fabqueue.services import notices, password_mails, sites
from fabqueue.tasks.work import task
from fabqueue.wording import Reader, reader

SECONDS = 15.0
"""How long the mail server may take for each answer."""
_log = structlog.get_logger(__name__)


@task("mail")
def mail(context: Context, _key: str) -> None:
    """Send what is due; each notice by itself, so that one bad address stops no other."""
    if not context.config.mail.host:
        return
    with context.db.reading() as session:
        due = notices.mails_due(session)
    for notice_id in due:
        _send_notice(context, notice_id)


def _send_notice(context: Context, notice_id: str) -> None:
    with context.db.writing() as session:
        if notices.begin_mail(session, notice_id) is None:
            return
        session.commit()
    failure = _try(context, notice_id)
    with context.db.writing() as session:
        notices.end_mail(session, notice_id, sent=failure is None, permanent=failure is not None and failure.permanent)
        session.commit()


def _try(context: Context, notice_id: str) -> "Failure | None":
    """Write and send one mail; a name or address that no header can hold is as permanent as a refused one."""
    try:
        with context.db.reading() as session:
            message = _of_notice(session, context.config, session.get_one(Notice, notice_id))
        return send(context.config.mail, message) if message else Failure("nobody to write to", permanent=True)
    except (ValueError, MessageError) as error:
        _log.warning("mail_not_written", notice=notice_id, error=str(error))
        return Failure(str(error), permanent=True)


@task("password_mail")
def password_mail(context: Context, person_id: str) -> None:
    """Mail a one-time link for a new password to somebody who asked for it."""
    if not context.config.mail.host:
        return
    with context.db.writing() as session:
        made = password_mails.begin(session, context.config.people, person_id)
        session.commit()
    if made is None:
        return
    failure = _try_link(context, person_id, *made)
    with context.db.writing() as session:
        permanent = failure is not None and failure.permanent
        password_mails.end(session, person_id, sent=failure is None, permanent=permanent)
        session.commit()


def _try_link(context: Context, person_id: str, secret: str, expires: datetime) -> "Failure | None":
    """Write and send one link; what went wrong, or None."""
    address = f"{context.config.site.public_url.rstrip('/')}/new-password/{secret}"
    try:
        with context.db.reading() as session:
            person = session.get_one(Person, person_id)
            message = compose(session, context.config, person, "password", link=address, expires=expires)
        return send(context.config.mail, message)
    except (ValueError, MessageError) as error:
        _log.warning("mail_not_written", person=person_id, error=str(error))
        return Failure(str(error), permanent=True)


def _of_notice(session: Session, config: Config, notice: Notice) -> EmailMessage | None:
    person = session.get(Person, notice.person_id)
    if person is None or not person.email or person.left_at:
        return None
    about = _about(session, notice, person)
    link = f"{config.site.public_url.rstrip('/')}{about}" if about else ""
    return compose(session, config, person, "notice", code=notice.code, values=notice.values, link=link)


def _about(session: Session, notice: Notice, person: Person) -> str:
    """The page to open; a guest's job is nothing to them before they have typed their code."""
    if person.is_guest:
        return "/track"
    if notice.job_id:
        return f"/jobs/{notice.job_id}"
    if notice.project_id:
        return f"/projects/{notice.project_id}"
    about = notices.about(session, notice)
    if isinstance(about, Run):
        return f"/runs/{about.id}/resolve"
    return f"/m/{about.slug}" if isinstance(about, Machine) else ""


def compose(session: Session, config: Config, person: Person, name: str, **more: Any) -> EmailMessage:
    """The mail `templates/mail/<name>` for a person, in their language: plain text with HTML beside it."""
    site = sites.the_site(session)
    words = reader(person.language or config.site.language, site.time_zone, site.currency)
    values = {
        "site": site, "words": words, "greeting_name": person.display_name, "locale": words.language,
        "settings_url": f"{config.site.public_url.rstrip('/')}/account" if name == "notice" else "", **more,
    }  # fmt: skip
    environment = _environment(words)
    message = EmailMessage()
    subject = environment.get_template(f"mail/{name}.subject.txt").render(values)
    message["Subject"] = " ".join(subject.split())
    message["From"] = formataddr((site.name, config.mail.sender))
    message["To"] = formataddr((person.display_name, person.email or ""))
    message["Message-ID"] = make_msgid(domain=config.mail.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(environment.get_template(f"mail/{name}.txt").render(values))
    message.add_alternative(environment.get_template(f"mail/{name}.html").render(values), subtype="html")
    return message


@lru_cache(maxsize=8)
def _environment(words: Reader) -> Environment:
    made = Environment(
        loader=FileSystemLoader(paths.templates()), autoescape=select_autoescape(["html"]), undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"], trim_blocks=True,
    )  # fmt: skip
    made.install_gettext_translations(words.translations, newstyle=True)  # type: ignore[attr-defined]
    return made


class Failure(Exception):
    """A mail was not sent. permanent: trying again will not help."""

    def __init__(self, message: str, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


def send(settings: MailSettings, message: EmailMessage) -> Failure | None:
    """Hand one mail to the configured server; what went wrong, or None."""
    try:
        with _connect(settings) as server:
            if settings.user:
                server.login(settings.user, settings.password)
            server.send_message(message)
    except (smtplib.SMTPException, OSError) as error:
        failure = Failure(str(error), _is_permanent(error))
        _log.warning("mail_not_sent", to=message["To"], error=str(error), permanent=failure.permanent)
        return failure
    return None


def _connect(settings: MailSettings) -> smtplib.SMTP:
    if settings.security == "tls":
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(settings.host, settings.port, timeout=SECONDS)
    if settings.security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server


def _is_permanent(error: Exception) -> bool:
    """Whether this mail will never be taken: its address was refused for good. A wrong password may be set right."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and 500 <= error.smtp_code < 600
