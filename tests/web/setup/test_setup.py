"""An empty lab is set up by whoever knows the code, and by nobody else; afterwards there is no set-up."""

import re
import stat
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from fabqueue.app import create_app
from fabqueue.config import Config, build
from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.models import Event, Person, Role
from fabqueue.services import people, policy, setup, sites
from fabqueue.serving.serve import say_how_to_begin
from fabqueue.storage import Storage
from tests.support.pages import Browser, plain, signing_in, words

LAB = {"kind": "library", "site__name": "Stadtbibliothek", "site__public_url": "http://192.168.1.5:8000",
       "site__language": "zh_Hans", "site__time_zone": "Europe/Berlin", "site__currency": "CHF"}  # fmt: skip
RULES = {"people__sign_up": "closed", "pays": "first"}
ADMIN = {"user_name": "vera", "password": "three easy words", "display_name": "Vera", "email": ""}


def code(context: Context) -> str:
    return context.storage.setup_code()


def token(browser: Browser, path: str) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(path, follow_redirects=True).text)
    assert found is not None
    return {"csrf_token": found[1]}


def post(browser: Browser, path: str, fields: dict[str, str]) -> TestResponse:
    return browser.client.post(path, data=token(browser, path) | fields)


def prove(browser: Browser, context: Context) -> None:
    assert str(browser.get(f"/setup?code={code(context)}").location).startswith("/setup/")


def play(browser: Browser, context: Context, until: str = "account") -> None:
    """Every step up to and with `until`."""
    prove(browser, context)
    steps = {"lab": LAB, "rules": RULES, "review": {}, "account": ADMIN}
    for name, fields in steps.items():
        answer = post(browser, f"/setup/{name}", fields)
        assert answer.status_code == 303, answer.text
        if name == until:
            return


# who may


def test_the_code_is_kept_for_our_user_alone(context: Context, stranger: Browser, config: Config) -> None:
    kept = config.folder / "setup-code"
    assert code(context) == kept.read_text().strip() == code(context)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(code(context).replace("-", "")) == 16


def test_serve_says_the_link_while_nobody_has_an_account(
    config: Config, context: Context, empty: None, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    say_how_to_begin(config)
    assert f"http://127.0.0.1:8000/setup?code={code(context)}" in capsys.readouterr().out
    with database.writing() as session:
        people.sign_up(session, config.people, "vera", "three easy words", role=Role.ADMIN)
        session.commit()
    say_how_to_begin(config)
    assert "setup" not in capsys.readouterr().out
    assert not (config.folder / "setup-code").exists()


def test_without_the_code_nobody_takes_the_lab_over(stranger: Browser, database: Database) -> None:
    for path in ("/setup/lab", "/setup/rules", "/setup/review", "/setup/account"):
        assert stranger.get(path).location == "/setup"
        assert post(stranger, path, ADMIN).location == "/setup"
    assert stranger.get("/first-steps").status_code == 404
    for path in ("/", "/sign-up", "/sign-in", "/make"):
        assert stranger.get(path).location == "/setup"
    assert stranger.client.post("/sign-up", data=token(stranger, "/setup") | ADMIN).status_code == 404
    with database.reading() as session:
        assert session.query(Person).count() == 0


def test_whoever_watches_over_the_lab_is_not_sent_to_its_set_up(stranger: Browser) -> None:
    assert {"database", "redis"} <= stranger.get("/health").get_json()["parts"].keys()


def test_a_forged_or_older_proof_is_none(stranger: Browser, context: Context) -> None:
    prove(stranger, context)
    context.storage.forget_setup_code()  # a new one is made
    assert stranger.get("/setup/account").location == "/setup"


def test_wrong_codes_are_limited(stranger: Browser, context: Context) -> None:
    for _ in range(10):
        answer = post(stranger, "/setup", {"code": "aaaa-bbbb-cccc-dddd"})
        assert answer.status_code == 422
    assert "That is not the code." in plain(answer)
    assert stranger.get(f"/setup?code={code(context)}").status_code == 429
    assert stranger.get("/setup?code=aaaa").status_code == 429


def test_the_code_may_be_typed_as_people_type(stranger: Browser, context: Context) -> None:
    typed = code(context).upper().replace("-", " ")
    assert post(stranger, "/setup", {"code": f" {typed} "}).location == "/setup/lab"


# the way


def test_the_whole_set_up(stranger: Browser, context: Context, database: Database) -> None:
    play(stranger, context, "rules")
    said = words(stranger.source("/setup/review"))
    assert "Lowest balance 0.00" in said
    assert "A sign-in lasts without use 1 day" in said
    assert "Who may make an account Only technicians and admins" in said
    with database.reading() as session:
        assert policy.decided(session) == {}  # shown before it is applied
    assert post(stranger, "/setup/review", {}).location == "/setup/account"
    assert post(stranger, "/setup/account", ADMIN).location == "/first-steps"
    assert "起步" in words(stranger.source("/first-steps"))  # in the language of the lab

    holds = context.config
    assert (holds.site.name, holds.site.currency, holds.site.language) == ("Stadtbibliothek", "CHF", "zh_Hans")
    assert (holds.people.sign_up, holds.people.session_days, holds.money.minimum_balance) == ("closed", 1, "0.00")
    with database.reading() as session:
        assert sites.the_site(session).time_zone == "Europe/Berlin"
        (vera,) = session.query(Person).all()
        assert vera.roles == {Role.ADMIN}
        assert session.query(Event).filter_by(verb="change_policy").count() >= 8
    foreign = stranger.client.get("/help", headers={"Accept-Language": "de, fr;q=0.5"})
    assert '<html lang="zh-Hans"' in foreign.text  # a language nobody offers: the lab's own
    for path in ("/setup", "/setup/lab", "/setup/account", f"/setup?code={code(context)}"):
        assert stranger.get(path).status_code == 404


def test_two_who_finish_at_once_make_one_admin(app: Flask, context: Context, empty: None, database: Database) -> None:
    first, second = (signing_in(app, Browser)(None) for _ in range(2))
    play(first, context, "review")
    play(second, context, "review")
    late = token(second, "/setup/account")
    assert post(first, "/setup/account", ADMIN).location == "/first-steps"
    answer = second.client.post("/setup/account", data=late | ADMIN | {"user_name": "other"})
    assert answer.status_code == 404
    with database.writing() as session, pytest.raises(Exception, match="setup_is_over"):
        setup.make_admin(session, context.config.people, ADMIN | {"user_name": "other"}, "en")
    with database.reading() as session:
        assert [each.user_name for each in session.query(Person)] == ["vera"]


def test_an_interrupted_set_up_goes_on_where_it_was(stranger: Browser, context: Context) -> None:
    play(stranger, context, "lab")
    assert stranger.get("/setup").location == "/setup/rules"
    assert 'value="Stadtbibliothek"' in stranger.source("/setup/lab")
    play(stranger, context, "review")
    assert stranger.get("/setup").location == "/setup/account"


def test_in_another_browser_what_was_applied_is_what_it_begins_with(
    app: Flask, stranger: Browser, context: Context
) -> None:
    play(stranger, context, "review")
    other = signing_in(app, Browser)(None)
    prove(other, context)
    assert 'value="Stadtbibliothek"' in other.source("/setup/lab")


def test_faults_are_named_and_nothing_typed_is_lost(stranger: Browser, context: Context) -> None:
    prove(stranger, context)
    answer = post(stranger, "/setup/lab", LAB | {"site__public_url": "ftp://x", "kind": "shop"})
    assert answer.status_code == 422
    assert "Choose one of the list." in plain(answer)
    answer = post(stranger, "/setup/lab", LAB | {"site__public_url": "ftp://x"})
    assert "The address must begin with http://" in plain(answer)
    assert 'value="Stadtbibliothek"' in answer.text
    play(stranger, context, "review")
    answer = post(stranger, "/setup/account", ADMIN | {"password": "short"})
    assert answer.status_code == 422
    assert 'value="vera"' in answer.text


def test_what_the_file_says_is_not_asked(context: Context, empty: None, config: Config) -> None:
    fixed = build({"site": {"name": "Ours", "currency": "USD"}, "data": {"database": config.data.database}},
                  {}, config.base)  # fmt: skip
    browser = signing_in(create_app(context=replace(context, config=fixed)), Browser)(None)
    prove(browser, context)
    page = browser.source("/setup/lab")
    assert 'name="site__name"' not in page
    assert 'name="site__time_zone"' in page
    sent = {name: value for name, value in LAB.items() if name not in {"site__name", "site__currency"}}
    assert post(browser, "/setup/lab", sent).location == "/setup/rules"
    assert post(browser, "/setup/rules", RULES).location == "/setup/review"
    assert "Name of the lab Ours set in config.toml" in words(browser.source("/setup/review"))


@pytest.mark.parametrize("kind", list(setup.LabKind))
@pytest.mark.parametrize("pays", list(setup.Pays))
def test_what_each_kind_usually_decides_can_be_decided(
    database: Database, empty: None, config: Config, kind: setup.LabKind, pays: setup.Pays
) -> None:
    wanted = setup.policy_of(kind, setup.SIGN_UP[kind], pays)
    with database.reading() as session:
        policy.check(session, config, wanted)


def test_a_lab_with_people_has_no_set_up_and_no_code(
    app: Flask, database: Database, config: Config, empty: None, storage: Storage
) -> None:
    with database.writing() as session:
        people.sign_up(session, config.people, "mia", "three easy words")
        session.commit()
    browser = signing_in(app, Browser)(None)
    assert browser.get("/setup").status_code == 404
    assert browser.get("/").status_code == 200
