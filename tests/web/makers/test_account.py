"""One's own account: profile, money, keys for programs, certificates."""

import re
from datetime import timedelta

from sqlalchemy import select

from fabqueue.db import now
from fabqueue.models import JobState, MachineKind, MailState, Notice, Person, Token
from fabqueue.models import SignIn as SignInRow
from fabqueue.services import certifications, ledger, tokens
from fabqueue.web.browsers import known_as
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, SignIn, Workshop, plain

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


def test_an_alias_moves_into_the_licence_and_anonymous_takes_it_out(
    alice: Browser, workshop: Workshop, lab: Lab
) -> None:
    project = workshop.project(workshop.design())
    workshop.change(project, licensor="Alice")
    shown = PROFILE | {"display_name": "Moth", "named_on_projects": "y", "private_name": "Alice Ångström"}
    assert alice.post("/account/profile", shown).status_code == 303
    assert workshop.fresh(project).licensor == "Moth"
    person = workshop.fresh(lab.alice)
    assert (person.author_name, person.public_name, person.private_name) == ("Moth", None, "Alice Ångström")
    del shown["named_on_projects"]
    assert alice.post("/account/profile", shown).status_code == 303
    assert workshop.fresh(project).licensor == "Test Lab"
    assert workshop.fresh(lab.alice).author_name is None


def test_notices_come_the_chosen_ways(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    workshop.change(lab.alice, email="alice@example.org")
    assert alice.post("/account/notices", {"ways": ["ready:bell", "failed:mail", "filed:bell"]}).status_code == 303
    workshop.job(JobState.READY)
    workshop.job(JobState.FAILED)
    workshop.job(JobState.REJECTED)
    workshop.job(JobState.CHANGES_REQUESTED)
    with workshop.writing() as session:
        made = {each.code: (each.read_at is None, each.mail) for each in session.scalars(select(Notice))}
    assert made == {
        "notice_ready": (True, MailState.NONE),
        "notice_failed": (False, MailState.PENDING),
        "notice_question": (True, MailState.NONE),
    }


def test_each_browser_is_listed_and_signed_out_by_itself(sign_in: SignIn, lab: Lab) -> None:
    here, phone = sign_in(lab.alice), sign_in(lab.alice)
    page = here.source("/account")
    [other] = set(re.findall(r"/account/sign-ins/(\w+)/end", page)) - {_own(page)}
    assert here.post(f"/account/sign-ins/{other}/end").status_code == 303
    assert phone.get("/account").status_code == 302
    assert here.get("/account").status_code == 200


def _own(page: str) -> str:
    row = next(each for each in page.split("<tr>") if "this browser" in each)
    return re.findall(r"/account/sign-ins/(\w+)/end", row)[0]


def test_all_other_browsers_are_signed_out_at_once(sign_in: SignIn, lab: Lab) -> None:
    here, phone, tablet, bob = (sign_in(each) for each in (lab.alice, lab.alice, lab.alice, lab.bob))
    assert here.post("/account/sign-ins/end").status_code == 303
    assert [each.get("/account").status_code for each in (here, phone, tablet, bob)] == [200, 302, 302, 200]


def test_nobody_signs_somebody_else_out(sign_in: SignIn, lab: Lab) -> None:
    alice, bob = sign_in(lab.alice), sign_in(lab.bob)
    assert bob.post(f"/account/sign-ins/{_own(alice.source('/account'))}/end").status_code == 404
    assert alice.get("/account").status_code == 200


def test_being_here_is_written_down_once_an_hour(sign_in: SignIn, lab: Lab, workshop: Workshop) -> None:
    alice = sign_in(lab.alice)

    def seen() -> SignInRow:
        with workshop.writing() as session:
            return session.scalars(select(SignInRow)).one()

    first = seen().seen_at
    alice.get("/account")
    assert seen().seen_at == first
    workshop.change(seen(), seen_at=now() - timedelta(hours=2))
    alice.get("/account")
    assert now() - seen().seen_at < timedelta(minutes=1)
    workshop.change(seen(), seen_at=now() - timedelta(days=32))
    assert alice.get("/account").status_code == 302


def test_signing_out_ends_a_copy_of_the_cookie_too(sign_in: SignIn, lab: Lab) -> None:
    alice, copied = sign_in(lab.alice), sign_in(None)
    cookie = alice.client.get_cookie("fabqueue")
    assert cookie is not None
    copied.client.set_cookie("fabqueue", cookie.value)
    assert copied.get("/account").status_code == 200
    alice.post("/sign-out")
    copied.client.set_cookie("fabqueue", cookie.value)
    assert copied.get("/account").status_code == 302


def test_browsers_are_named_as_people_know_them() -> None:
    phone = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
    mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"
    assert known_as(phone) == "Chrome, Android"
    assert known_as(mac) == "Safari, macOS"
    assert known_as("curl/8") == ""
