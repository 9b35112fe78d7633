"""Every kind of mail, read in a browser: subject, plain text and HTML are in the reader's language."""

from email.message import EmailMessage

from playwright.sync_api import Page

from fabqueue.db import now
from fabqueue.models import Notice, Person
from fabqueue.services.notices import JOB_NOTICES
from fabqueue.tasks.mail import compose
from tests.languages.conftest import Scene
from tests.languages.reading import Leak, leaks, texts, told


def _mails(scene: Scene) -> list[EmailMessage]:
    """The mail of every notice in the lab, and the one with a link for a new password."""
    context, link = scene.context, f"{scene.context.config.site.public_url}/1"
    with context.db.reading() as session:
        notices = session.query(Notice).all()
        assert {each.code for each in notices} >= set(JOB_NOTICES.values())
        made = [
            compose(session, context.config, session.get_one(Person, each.person_id), "notice", code=each.code,
                    values=each.values, link=link) for each in notices
        ]  # fmt: skip
        person = session.get_one(Person, scene.lab.people["member"].id)
        made.append(compose(session, context.config, person, "password", link=link, expires=now()))
    return made


def test_every_mail_speaks_the_readers_language(scene: Scene, page: Page) -> None:
    found: list[tuple[str, Leak]] = []
    for mail in _mails(scene):
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert plain is not None
        assert html is not None
        page.set_content(html.get_content())
        said = [("subject", str(mail["Subject"])), ("plain", plain.get_content()), *texts(page)]
        found += [(str(mail["Subject"]), leak) for leak in leaks(said, scene.language)]
    assert not found, told(found)
