from fabqueue.models import Machine
from tests.api.conftest import Caller, made
from tests.support.factories import Lab


def test_it_shows_who_the_token_belongs_to(alice: Caller, lab: Lab) -> None:
    me = made(alice.get("/me"), 200)
    assert (me["id"], me["user_name"], me["roles"]) == (lab.alice.id, "alice", ["member"])
    assert me["certifications"] == []


def test_it_shows_the_account_with_its_balance_as_decimal_text(alice: Caller) -> None:
    [account] = made(alice.get("/me"), 200)["accounts"]
    assert account["balance"] == {"amount": "0.00", "currency": "EUR"}


def test_what_is_held_for_approved_jobs_is_not_available(
    alice: Caller, tara: Caller, job: dict, bench: Machine
) -> None:
    made(tara.post(f"/jobs/{job['id']}/approve"), 200)
    [account] = made(alice.get("/me"), 200)["accounts"]
    price = job["quote"]["total"]["amount"]
    assert account["held"]["amount"] == price
    assert account["available"]["amount"] == f"-{price}"


def test_roles_of_staff_are_listed(tara: Caller) -> None:
    assert made(tara.get("/me"), 200)["roles"] == ["member", "technician"]
