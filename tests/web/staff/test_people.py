"""People: found, given accounts and links, roles and certificates, money taken and given back."""

import re

from fabqueue.models import JobState, Person, Role
from fabqueue.services import ledger
from tests.support.pages import plain
from tests.web.staff.conftest import Browser, Floor, SignIn

LINK = re.compile(r"http://127\.0\.0\.1:8000(/new-password/[\w-]+)")


def balance(floor: Floor) -> ledger.Balance:
    with floor.database.reading() as session:
        return ledger.balance(session, ledger.account_of(session, session.get_one(Person, floor.lab.alice.id)))


def roles(floor: Floor) -> frozenset[Role]:
    with floor.database.reading() as session:
        return session.get_one(Person, floor.lab.alice.id).roles


def test_people_are_found_by_a_part_of_the_name(floor: Floor, tara: Browser) -> None:
    page = tara.read("/people?q=ALI")
    assert 'href="/people/alice"' in page
    assert 'href="/people/bob"' not in page
    assert "Nobody of that name" in tara.read("/people?q=zzz")


def test_a_new_account_comes_with_a_link_that_is_shown_once(floor: Floor, tara: Browser, visitor: Browser) -> None:
    answer = tara.post("/people/new", {"user_name": "Mina", "display_name": "Mina K", "email": ""})
    page = answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'class="qr"' in page
    link = LINK.search(page)
    assert link is not None
    assert LINK.search(tara.read("/people/mina")) is None
    chosen = visitor.post(link[1], {"password": "a long enough one"})
    assert chosen.status_code == 303
    assert visitor.post(link[1], {"password": "another long one"}).status_code == 404


def test_a_name_that_is_taken_is_said_beside_the_field(floor: Floor, tara: Browser) -> None:
    answer = tara.post("/people/new", {"user_name": "alice", "display_name": "Other", "email": ""})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    assert 'value="Other"' in answer.get_data(as_text=True)


def test_a_link_for_a_new_password_is_issued(floor: Floor, tara: Browser) -> None:
    assert LINK.search(tara.post("/people/alice/link").get_data(as_text=True)) is not None


def test_a_technician_makes_no_link_for_an_admin(floor: Floor, tara: Browser, adam: Browser) -> None:
    assert tara.post("/people/adam/link").status_code == 403
    assert "/people/adam/link" not in tara.read("/people/adam")
    assert LINK.search(adam.post("/people/adam/link").get_data(as_text=True)) is not None


def test_admins_grant_and_withdraw_roles_and_nobody_else_does(
    floor: Floor, adam: Browser, tara: Browser, ines: Browser
) -> None:
    for browser in (tara, ines):
        assert browser.post("/people/alice/roles", {"role": "admin", "on": "1"}).status_code == 404
    assert roles(floor) == {Role.MEMBER}
    adam.post("/people/alice/roles", {"role": "technician", "on": "1"})
    assert roles(floor) == {Role.MEMBER, Role.TECHNICIAN}
    adam.post("/people/alice/roles", {"role": "technician", "on": "0"})
    assert roles(floor) == {Role.MEMBER}
    assert adam.post("/people/alice/roles", {"role": "king", "on": "1"}).status_code == 404


def test_the_last_admin_keeps_the_role(floor: Floor, adam: Browser) -> None:
    answer = adam.post("/people/adam/roles", {"role": "admin", "on": "0"}, follow_redirects=True)
    assert 'class="flash bad"' in answer.get_data(as_text=True)
    assert Role.ADMIN in floor.now(floor.lab.adam).roles


def test_an_instructor_certifies_and_withdraws(floor: Floor, ines: Browser) -> None:
    fields = {"subject": "model:marlin-250", "expires_on": "2099-12-31"}
    assert ines.post("/people/alice/certifications", fields).status_code == 303
    alice = floor.now(floor.lab.alice)
    model = floor.lab.model
    assert alice.certified_for(model.id, model.kind)
    [certificate] = alice.certifications
    assert certificate.expires_at.isoformat() == "2099-12-31T23:00:00+00:00"
    page = plain(ines.get("/people/alice"))
    assert "until Dec 31, 2099" in page or "until Jan 1, 2100" in page
    ines.post(f"/people/alice/certifications/{certificate.id}/withdraw")
    assert not floor.now(floor.lab.alice).certified_for(model.id, model.kind)


def test_a_certificate_for_a_kind_has_no_end_unless_said(floor: Floor, tara: Browser) -> None:
    tara.post("/people/alice/certifications", {"subject": "kind:laser", "expires_on": ""})
    [certificate] = floor.now(floor.lab.alice).certifications
    assert (certificate.machine_kind, certificate.expires_at) == ("laser", None)


def test_a_certificate_is_withdrawn_only_where_it_belongs(floor: Floor, tara: Browser) -> None:
    floor.certify(floor.lab.alice, floor.lab.model)
    [certificate] = floor.now(floor.lab.alice).certifications
    assert tara.post(f"/people/bob/certifications/{certificate.id}/withdraw").status_code == 404


def test_an_instructor_sees_neither_money_nor_addresses(floor: Floor, ines: Browser, tara: Browser) -> None:
    floor.change(floor.lab.alice, email="alice@example.org", private_name="Alice Legal")
    for words in ("alice@example.org", "Alice Legal", "Balance"):
        assert words in tara.read("/people/alice")
        assert words not in ines.read("/people/alice")
    assert "alice@example.org" not in ines.read("/people")
    assert ines.post("/people/alice/payments", {"amount": "5"}).status_code == 404
    assert ines.post("/people/alice/link").status_code == 404


def test_money_is_recorded(floor: Floor, tara: Browser) -> None:
    assert tara.post("/people/alice/payments", {"amount": "12,50", "note": "cash"}).status_code == 303
    assert balance(floor).minor == 1250
    assert "€12.50" in tara.read("/people/alice")


def test_money_that_is_none_is_refused(floor: Floor, tara: Browser) -> None:
    for amount in ("0", "-5", "five", ""):
        assert tara.post("/people/alice/payments", {"amount": amount, "note": ""}).status_code == 422
    assert balance(floor).minor == 0


def test_what_a_job_cost_is_given_back_once_with_a_reason(floor: Floor, tara: Browser) -> None:
    job = floor.job(JobState.COLLECTED)
    with floor.database.writing() as session:
        ledger.charge(session, session.get_one(type(job), job.id), None)
        session.commit()
    path = f"/people/alice/refunds/{job.code}"
    assert path in tara.read("/people/alice")
    assert tara.post(path, {"note": ""}).status_code == 422
    assert tara.post(path, {"note": "Warped"}).status_code == 303
    assert balance(floor).minor == 0
    assert path not in tara.read("/people/alice")
    assert tara.post(path, {"note": "Again"}).status_code == 422
    assert tara.post(f"/people/bob/refunds/{job.code}", {"note": "His"}).status_code == 404


def test_somebody_who_left_is_not_there(floor: Floor, tara: Browser, sign_in: SignIn) -> None:
    floor.change(floor.lab.bob, left_at=floor.lab.machine.created_at)
    assert tara.get("/people/bob").status_code == 404
    assert sign_in(floor.lab.bob).get("/m/").status_code == 302
