"""When somebody is in the lab: nights, weekends, closed days, and the days on which the clock is changed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fabqueue.db import Database
from fabqueue.services import events, opening, sites
from fabqueue.services.errors import Invalid, Refused
from fabqueue.services.hours import NEVER, Hours
from tests.support.factories import Lab

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600.0
DAILY = {str(day): [["09:00", "21:00"]] for day in range(1, 8)}


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def hours(week: dict[str, list[list[str]]], since: str, *closed: list[str]) -> Hours:
    return Hours(week, closed, "Europe/Berlin", datetime.fromisoformat(since).replace(tzinfo=BERLIN))


def test_it_opens_and_closes() -> None:
    found = hours(DAILY, "2026-11-23 12:00", ["2026-11-24", "2026-11-25"])
    assert (found.opens(at("2026-11-23 12:00")), found.closes(at("2026-11-23 12:00"))) == (
        at("2026-11-23 12:00"), at("2026-11-23 21:00"),
    )  # fmt: skip
    assert found.opens(at("2026-11-23 21:00")) == at("2026-11-26 09:00")
    assert not found.is_open(at("2026-11-24 12:00"))
    assert found.closes(at("2026-11-24 12:00")) == at("2026-11-24 12:00")


def test_hours_over_midnight_are_one_span() -> None:
    found = hours({"5": [["18:00", "24:00"]], "6": [["00:00", "03:00"]]}, "2026-11-27 12:00")
    assert found.closes(at("2026-11-27 19:00")) == at("2026-11-28 03:00")


@pytest.mark.parametrize(("day", "night"), [("2026-03-28", 11), ("2026-10-24", 13), ("2026-11-24", 12)])
def test_a_night_is_as_long_as_the_clock_makes_it(day: str, night: int) -> None:
    """In spring it lacks an hour, in autumn it has one more."""
    found = hours(DAILY, f"{day} 12:00")
    closing = at(f"{day} 21:00")
    assert found.opens(closing) - closing == night * HOUR
    assert found.latest_end(closing - HOUR, night * HOUR) > closing + night * HOUR
    assert found.latest_end(closing - HOUR, night * HOUR - 60) == closing + night * HOUR - 60


def test_what_may_not_begin_may_begin_when_the_rest_of_the_night_is_short_enough() -> None:
    found, evening = hours(DAILY, "2026-11-23 12:00"), at("2026-11-23 21:30")
    assert found.again(evening, 0) == at("2026-11-24 09:00")
    assert found.again(evening, 4 * HOUR) == at("2026-11-24 05:00")
    assert found.again(at("2026-11-23 20:00"), 4 * HOUR) == at("2026-11-24 05:00")


def test_work_is_done_and_counted_while_the_lab_is_open() -> None:
    found = hours(DAILY, "2026-11-23 12:00")
    assert found.worked(at("2026-11-23 20:55"), 600) == at("2026-11-24 09:05")
    assert found.worked(at("2026-11-23 20:55"), 0) == at("2026-11-23 20:55")
    assert found.worked(at("2026-11-23 23:00"), 0) == at("2026-11-24 09:00")
    assert found.attended(at("2026-11-23 20:00"), at("2026-11-24 10:00")) == 2 * HOUR


def test_a_lab_without_hours_is_always_attended_and_one_that_never_opens_is_not() -> None:
    none = hours({}, "2026-11-23 12:00")
    assert not none.kept
    assert none.latest_end(0, 0) == NEVER
    assert none.worked(5, 600) == 605
    assert none.attended(5, 605) == 600
    gone = hours(DAILY, "2026-11-23 12:00", ["2026-11-01", "2032-01-01"])
    assert gone.opens(at("2026-11-23 12:00")) == NEVER
    assert gone.again(at("2026-11-23 12:00"), 0) == NEVER


def test_a_lab_that_never_closes_lets_everything_go_on() -> None:
    found = hours({str(day): [["00:00", "24:00"]] for day in range(1, 8)}, "2026-11-23 12:00")
    start = at("2026-11-23 12:00")
    assert found.latest_end(start, 0) - start > 300 * 24 * HOUR


def test_closed_days_are_read_as_people_write_them() -> None:
    assert opening.read_closed("2027-05-01, 2026-12-24 to 2027-01-06") == [
        ["2026-12-24", "2027-01-06"], ["2027-05-01", "2027-05-01"],
    ]  # fmt: skip
    assert opening.read_closed("2026-12-24 至 2027-01-06") == [["2026-12-24", "2027-01-06"]]
    assert opening.read_closed(" ") == []


@pytest.mark.parametrize("text", ["Christmas", "2026-13-01", "24.12.2026", "2027-01-06 to 2026-12-24"])
def test_closed_days_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        opening.read_closed(text)


def test_closed_days_are_kept_and_no_hours_are_said_for_them(database: Database, lab: Lab) -> None:
    with database.writing() as session:
        daily = dict.fromkeys(opening.DAYS, "9:00-21:00")
        opening.change(session, events.SYSTEM, daily | {opening.CLOSED: "2026-11-24 to 2026-11-26"})
        with pytest.raises(Invalid) as caught:
            opening.change(session, events.SYSTEM, daily | {opening.CLOSED: "soon"})
        assert [each.field for each in caught.value.refusals] == [opening.CLOSED]
        session.commit()
    with database.reading() as session:
        site = sites.the_site(session)
        assert opening.written_closed(site) == "2026-11-24 – 2026-11-26"
        found = opening.next_open(site, datetime(2026, 11, 23, 21, 0, tzinfo=BERLIN) + timedelta(minutes=1))
        assert found is not None
        assert found[0].isoformat() == "2026-11-27T09:00:00+01:00"
