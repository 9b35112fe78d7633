"""What the lab decides lies over the defaults and under the file; every process sees it; each change is an event."""

import time
from collections.abc import Callable

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from fabqueue import config as configuration
from fabqueue.config import Config, build
from fabqueue.db import Database, now
from fabqueue.dispatch import context as contexts
from fabqueue.dispatch.context import Context
from fabqueue.models import Account, AccountKind, Event, Job, JobState, Policy, Request, Site
from fabqueue.services import events, opening, policy, sites
from fabqueue.services.errors import Invalid
from fabqueue.storage import Storage
from fabqueue.wording import all_sentences
from tests.support import factories
from tests.support.factories import Lab

pytestmark = pytest.mark.postgresql


def decide(database: Database, settings: Config, **wanted: str) -> Config:
    """Change settings, named with two underscores for the dot."""
    with database.writing() as session:
        named = {name.replace("__", "."): value for name, value in wanted.items()}
        made = policy.change(session, settings, events.SYSTEM, named)
        session.commit()
    return made


def test_the_file_wins_over_the_page_and_the_page_over_the_default(
    config: Config, database: Database, lab: Lab
) -> None:
    assert decide(database, config, people__session_days="7").people.session_days == 7
    later = build({"people": {"session_days": 3}}, {}, config.base)
    with database.reading() as session:
        assert policy.effective(session, config).people.session_days == 7
        assert policy.effective(session, later).people.session_days == 3
        assert policy.effective(session, config).people.reset_hours == Config().people.reset_hours


def test_what_the_file_or_the_environment_says_cannot_be_changed(database: Database, lab: Lab, config: Config) -> None:
    fixed = build({"site": {"name": "Ours"}}, {"FABQUEUE_PEOPLE__SIGN_UP": "closed"}, config.base)
    with database.writing() as session, pytest.raises(Invalid) as caught:
        policy.change(session, fixed, events.SYSTEM, {"site.name": "Mine", "people.sign_up": "open"})
    assert {(each.code, each.values["place"], each.field) for each in caught.value.refusals} == {
        ("setting_locked", "config.toml", "site__name"),
        ("setting_locked", "FABQUEUE_PEOPLE__SIGN_UP", "people__sign_up"),
    }


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("people__session_days", "0", "setting_least"), ("people__session_days", "99999", "setting_most"),
        ("people__session_days", "many", "setting_int"), ("people__sign_up", "sometimes", "setting_choice"),
        ("site__time_zone", "Mars/Olympus", "setting_time_zone"), ("site__currency", "EURO", "setting_currency"),
        ("site__public_url", "ftp://x", "setting_address"), ("site__public_url", "http://", "setting_address"),
        ("site__name", " ", "setting_empty"), ("site__name", "x" * 121, "setting_longest"),
        ("site__name", "a\nb", "setting_one_line"), ("money__minimum_balance", "nan", "setting_amount"),
        ("server__port", "80", "setting_unknown"), ("mail__password", "x", "setting_unknown"),
    ],
)  # fmt: skip
def test_a_value_is_checked_by_the_rules_of_the_file(
    database: Database, lab: Lab, name: str, text: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        decide(database, Config(), **{name: text})
    assert [each.code for each in caught.value.refusals] == [code]
    assert code in all_sentences()
    with database.reading() as session:
        assert policy.decided(session) == {}


def test_each_change_is_an_event_and_staying_the_same_is_none(config: Config, database: Database, lab: Lab) -> None:
    decide(database, config, people__session_days="7", money__free_grams="20", people__reset_hours="24")
    decide(database, config, people__session_days="7")
    with database.reading() as session:
        found = session.query(Event).filter_by(verb="change_policy").order_by(Event.seq).all()
        said = {(each.values["setting"]["code"], each.old, each.new) for each in found}
        assert said == {("policy_people_session_days", "30", "7"), ("policy_money_free_grams", "0", "20")}
        assert len(found) == 2
        assert policy.version(session) == 1


def test_the_default_is_not_kept_so_that_it_is_a_default_again(config: Config, database: Database, lab: Lab) -> None:
    decide(database, config, people__session_days="7")
    decide(database, config, people__session_days="30")
    with database.reading() as session:
        assert session.query(Policy).count() == 0


def test_the_site_follows(database: Database, lab: Lab) -> None:
    decide(database, Config(), site__name="Werkstatt", site__currency="CHF", site__time_zone="Asia/Shanghai")
    with database.reading() as session:
        site = sites.the_site(session)
        assert (site.name, site.currency, site.time_zone) == ("Werkstatt", "CHF", "Asia/Shanghai")


def test_the_currency_stays_once_there_are_prices(database: Database, lab: Lab, storage: Storage) -> None:
    settings = Config()
    with database.writing() as session:
        _job(session, storage, lab)
        session.commit()
    with pytest.raises(Invalid) as caught:
        decide(database, settings, site__currency="CHF")
    assert [(each.code, each.field) for each in caught.value.refusals] == [("site_currency_in_use", "site__currency")]
    with database.reading() as session:
        assert (policy.decided(session), sites.the_site(session).currency) == ({}, "EUR")


def _job(session: Session, storage: Storage, lab: Lab) -> None:
    revision = factories.analysed_box(session, storage, session.merge(lab.alice), (9.0, 9.0, 9.0))
    request = Request(site_id=lab.site.id, owner_id=lab.alice.id, filed_by_id=lab.alice.id)
    session.add(request)
    payer = Account(kind=AccountKind.GRANT, name="grant")
    session.add(payer)
    session.flush()
    session.add(Job(
        site_id=lab.site.id, number=1, code="J-1", request_id=request.id, revision_id=revision.id,
        machine_model_id=lab.model.id, material_id=lab.pla.id, quantity=1, state=JobState.DRAFT,
        payer_id=payer.id,
    ))  # fmt: skip
    session.flush()


def test_a_value_that_a_later_version_refuses_leaves_the_default(config: Config, database: Database, lab: Lab) -> None:
    with database.writing() as session:
        session.add_all([Policy(name="people.session_days", value="-4"), Policy(name="gone.away", value="1"),
                         Policy(name="people.reset_hours", value="5")])  # fmt: skip
        session.commit()
    with database.reading() as session:
        people = policy.effective(session, config).people
    assert (people.session_days, people.reset_hours) == (Config().people.session_days, 5)


def test_another_process_sees_a_change_within_seconds(
    config: Config, database: Database, lab: Lab, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = (Context(config, Database(database.url), storage) for _ in range(2))
    assert [each.config.people.session_days for each in (here, there)] == [30, 30]
    decide(here.db, here.settings, people__session_days="7")
    here.policy_changed()
    assert here.config.people.session_days == 7
    _eventually(lambda: there.config.people.session_days == 7)
    assert there.settings.people.session_days == 30
    for each in (here, there):
        each.db.close()


def test_looking_is_cheap(config: Config, database: Database, lab: Lab, storage: Storage) -> None:
    asked: list[str] = []
    context = Context(config, database, storage)
    before = context.config
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert all(context.config is before for _ in range(1000))
    assert len([each for each in asked if "policy_version" in each]) <= 2


def test_while_the_database_is_away_what_is_known_holds(
    config: Config, database: Database, lab: Lab, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(database, config, people__session_days="7")
    context = Context(config, database, storage)
    assert context.config.people.session_days == 7
    monkeypatch.setattr(contexts, "FRESH_SECONDS", 0.0)
    away = Context(config, Database("sqlite:////nowhere/at/all.sqlite3"), storage)
    assert away.config is away.settings


def _eventually(question: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not question():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_every_setting_of_the_page_has_words() -> None:
    names = configuration.adjustable()
    assert len(names) > 15
    assert {policy.words(name) for name in names} <= all_sentences().keys()
    assert {f"policy_group_{name.partition('.')[0]}" for name in names} <= all_sentences().keys()
    units = {each.metadata["unit"] for each in names.values()} - {""}
    assert {f"unit_{each}" for each in units} <= all_sentences().keys()
    assert not [name for name, each in names.items() if each.metadata["secret"]]


# opening hours


def test_hours_are_read_as_people_write_them() -> None:
    assert opening.read("9:00-12:30, 14:00 – 20:00") == [["09:00", "12:30"], ["14:00", "20:00"]]
    assert opening.read("18:00-24:00") == [["18:00", "24:00"]]
    assert opening.read("  ") == []


@pytest.mark.parametrize(
    "text", ["nine to five", "9-17", "25:00-26:00", "9:61-10:00", "12:00-9:00", "9:00-12:00, 11:00-13:00", "9:00-9:00"]
)
def test_hours_that_make_no_sense_are_named_by_their_day(database: Database, lab: Lab, text: str) -> None:
    with database.writing() as session, pytest.raises(Invalid) as caught:
        opening.change(session, events.SYSTEM, {"3": text})
    assert [each.field for each in caught.value.refusals] == ["hours_3"]


def test_the_next_hours_are_found_in_the_time_of_the_lab(database: Database, lab: Lab) -> None:
    with database.writing() as session:
        opening.change(session, events.SYSTEM, {"1": "9:00-17:00", "3": "18:00-24:00"})
        session.commit()
    with database.reading() as session:
        site: Site = sites.the_site(session)
        monday = now().replace(year=2026, month=11, day=23, hour=7, minute=0, second=0, microsecond=0)
        found = opening.next_open(site, monday)  # 8:00 in Berlin
        assert found is not None
        assert [each.isoformat() for each in found] == ["2026-11-23T09:00:00+01:00", "2026-11-23T17:00:00+01:00"]
        evening = opening.next_open(site, monday.replace(hour=20))
        assert evening is not None
        assert [each.isoformat() for each in evening] == ["2026-11-25T18:00:00+01:00", "2026-11-26T00:00:00+01:00"]
        site_without = Site(time_zone="UTC", opening_hours={})
        assert opening.next_open(site_without, monday) is None
