"""One's own account: profile, money, keys for programs, certificates."""

import re

from sqlalchemy import select

from fabqueue.models import JobState, MachineKind, Person, Token
from fabqueue.services import certifications, ledger, tokens
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, Workshop, plain

PROFILE = {"display_name": "Alice A.", "email": "alice@example.org", "language": "en", "mail_notices": "y"}


def test_the_profile_is_changed(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    assert alice.post("/account/profile", PROFILE | {"named_on_builds": "y"}).status_code == 303
    person: Person = workshop.fresh(lab.alice)
    assert (person.display_name, person.email, person.language) == ("Alice A.", "alice@example.org", "en")
    assert (person.mail_notices, person.named_on_builds) == (True, True)


def test_boxes_that_are_not_ticked_are_off(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    alice.post("/account/profile", {"display_name": "Alice", "email": "", "language": ""})
    person: Person = workshop.fresh(lab.alice)
    assert (person.mail_notices, person.named_on_builds, person.email) == (False, False, None)


def test_faults_of_the_profile_come_back_with_what_was_typed(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    answer = alice.post("/account/profile", PROFILE | {"email": "nowhere"})
    assert answer.status_code == 422
    assert "This is no e-mail address." in plain(answer)
    assert 'value="nowhere"' in answer.text
    assert workshop.fresh(lab.alice).display_name == "Alice"


def test_money_held_and_paid_is_listed_with_its_job(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    held, paid = workshop.job(JobState.QUEUED), workshop.job(JobState.READY)
    with workshop.writing() as session:
        account = ledger.account_of(session, lab.alice)
        ledger.payment(session, account, 1000, session.get_one(Person, lab.tara.id), "Cash at the desk")
        session.commit()
    page = alice.read("/account")
    assert "Balance €8.05 " in page
    assert "€1.95 is held for approved jobs, €6.10 is free." in page
    assert f"Held for {held.code} (€1.95)" in page
    assert f"Paid for {paid.code} -€1.95" in page
    assert "Paid in Cash at the desk €10.00" in page


def test_a_key_is_shown_once_and_works(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    answer = alice.post("/account/tokens", {"name": "PrusaSlicer at home"})
    found = re.search(r"<code>(fq_[\w-]+)</code>", answer.text)
    assert found is not None
    assert answer.headers["Cache-Control"] == "no-store"
    with workshop.context.db.reading() as session:
        holder = tokens.holder(session, found[1])
        assert holder is not None
        assert holder.person_id == lab.alice.id
    page = alice.get("/account").text
    assert found[1] not in page
    assert "PrusaSlicer at home" in page


def test_a_key_needs_a_name(alice: Browser, workshop: Workshop) -> None:
    assert alice.post("/account/tokens", {"name": " "}).status_code == 422
    with workshop.context.db.reading() as session:
        assert session.scalars(select(Token)).all() == []


def test_ending_a_key_asks_first_and_is_its_owners(alice: Browser, bob: Browser, workshop: Workshop, lab: Lab) -> None:
    with workshop.writing() as session:
        token, secret = tokens.create(session, session.get_one(Person, lab.alice.id), "Old laptop")
        session.commit()
    address = f"/account/tokens/{token.id}/revoke"
    assert "Programs that use “Old laptop”" in alice.read(address)
    assert bob.get(address).status_code == 404
    assert bob.post(address).status_code == 404
    with workshop.context.db.reading() as session:
        assert tokens.holder(session, secret) is not None
    assert alice.post(address).status_code == 303
    with workshop.context.db.reading() as session:
        assert tokens.holder(session, secret) is None


def test_certificates_that_hold_are_listed(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    assert "No certificate yet" in alice.read("/account")
    with workshop.writing() as session:
        person, ines = session.get_one(Person, lab.alice.id), session.get_one(Person, lab.ines.id)
        certifications.grant(session, person, ines, kind=MachineKind.LASER)
        session.commit()
    assert "Laser cutters no end date" in alice.read("/account")


def test_a_visitor_has_no_account_page(visitor: Browser) -> None:
    assert visitor.get("/account").location == "/sign-in?next=/account"
    assert "/sign-in" in visitor.post("/account/tokens", {"name": "x"}).location
