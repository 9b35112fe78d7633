"""May this machine take this run? Every no has its reason."""

import inspect
import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from fabqueue.dispatch import match
from fabqueue.dispatch.match import (
    Alone,
    Bench,
    Loaded,
    Reason,
    Room,
    Wish,
    dispatched,
    fits,
    refusal,
    stock_for,
    telling,
)
from fabqueue.models import MachineKind
from fabqueue.services.hours import Hours
from fabqueue.wording import all_sentences

GREY = Loaded("spool-1", "pla", "grey", 500_000)
BENCH = Bench("m1", "Prusa 2", "model", loaded=(GREY,))
WISH = Wish("model", "pla", "PLA", milligrams=20_000)


def code(wish: Wish, bench: Bench) -> str | None:
    reason = refusal(wish, bench)
    return reason.code if reason else None


def test_a_ready_machine_with_the_right_spool_takes_it() -> None:
    assert refusal(WISH, BENCH) is None
    assert stock_for(WISH, BENCH) == GREY


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"model_id": "other"}, "wait_no_machine"),
        ({"in_service": False}, "wait_no_machine"),
        ({"maintenance": True}, "wait_maintenance"),
        ({"fault": True}, "wait_fault"),
        ({"online": False}, "wait_offline"),
        ({"busy": True}, "wait_busy"),
        ({"foreign": True, "bed_clear": False}, "wait_foreign"),
        ({"bed_clear": False}, "wait_clear"),
        ({"loaded": ()}, "wait_material"),
    ],
)
def test_what_keeps_a_machine_from_taking_a_run(facts: dict[str, object], expected: str) -> None:
    assert code(WISH, replace(BENCH, **facts)) == expected  # type: ignore[arg-type]


def test_another_colour_is_named() -> None:
    reason = refusal(replace(WISH, colour="blue"), BENCH)
    assert reason == Reason("wait_colour", {"machine": "Prusa 2", "material": "PLA", "colour": "blue"})


def test_a_colour_is_recognised_however_it_is_written() -> None:
    assert refusal(replace(WISH, colour=" Grey "), BENCH) is None


def test_a_short_spool_says_what_is_missing() -> None:
    reason = refusal(replace(WISH, milligrams=600_000), BENCH)
    assert reason is not None
    assert (reason.code, reason.values["needed_grams"], reason.values["left_grams"]) == (
        "wait_stock_short",
        600.0,
        500.0,
    )


def test_of_two_fitting_spools_the_emptier_is_used_up_first() -> None:
    rest = Loaded("spool-2", "pla", "grey", 30_000)
    assert stock_for(WISH, replace(BENCH, slots=2, loaded=(GREY, rest))) == rest


def test_what_starts_by_itself_is_made_from_the_first_slot_alone() -> None:
    """No file says which slot to print from: it would come out in what lies in the first."""
    blue, grey = Loaded("spool-2", "pla", "blue", 900_000), replace(GREY, slot=2, feeds=False)
    two = replace(BENCH, slots=2, loaded=(blue, grey))
    asked = replace(WISH, colour="grey")
    assert refusal(asked, two) == Reason("wait_slot", {"machine": "Prusa 2", "material": "PLA", "number": 2})
    assert stock_for(replace(WISH, colour="blue"), two) == blue
    assert stock_for(WISH, two) == blue
    for by_person in ({"manual": True}, {"kind": MachineKind.LASER}):
        assert stock_for(asked, replace(two, **by_person)) == grey  # type: ignore[arg-type]


def test_of_every_refusal_it_is_known_how_near_it_is_to_a_yes() -> None:
    said = set(re.findall(r'"(wait_[a-z_]+)"', inspect.getsource(match)))
    assert all(
        telling([Reason(each)]) == Reason(each) for each in said - {"wait_turn", "wait_slicing", "wait_sent_back"}
    )


def test_a_tool_without_slots_needs_no_stock() -> None:
    assert refusal(WISH, replace(BENCH, slots=0, loaded=())) is None


def test_a_manual_machine_is_never_offline() -> None:
    assert refusal(WISH, replace(BENCH, manual=True, online=False)) is None


def test_lasers_and_manual_machines_are_not_started_by_dispatch() -> None:
    assert dispatched(BENCH)
    assert not dispatched(replace(BENCH, kind=MachineKind.LASER))
    assert not dispatched(replace(BENCH, manual=True))


def test_of_many_reasons_the_one_nearest_to_a_yes_is_told() -> None:
    reasons = [Reason("wait_offline"), Reason("wait_clear"), Reason("wait_material")]
    assert telling(reasons) == Reason("wait_clear")
    assert telling([]) is None


def test_work_that_is_not_ours_is_told_before_what_somebody_must_mend() -> None:
    reasons = [refusal(WISH, replace(BENCH, **facts)) for facts in ({"fault": True}, {"foreign": True})]
    assert telling([each for each in reasons if each]) == Reason("wait_foreign", {"machine": "Prusa 2"})


def test_what_ends_by_itself_asks_nobody_for_anything() -> None:
    assert Reason("wait_foreign").passes
    assert not Reason("wait_clear").passes


def test_every_reason_has_words_for_people() -> None:
    codes = {each for each in all_sentences() if each.startswith("wait_")}
    assert {"wait_clear", "wait_material", "wait_colour", "wait_stock_short", "wait_turn", "wait_in_doubt"} <= codes


# people: certifications, preferences, hours

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = {str(day): [["09:00", "21:00"]] for day in range(1, 6)} | {"6": [["10:00", "14:00"]]}
HOUR = 3600.0
OTHER = replace(BENCH, id="m2", name="Prusa 3")


def room(clock: str, **rules: object) -> Room:
    """The lab on a day of November 2026 ("23 14:00" is a Monday); both machines stand in it."""
    at = datetime.strptime(f"2026-11-{clock}", "%Y-%m-%d %H:%M").replace(tzinfo=BERLIN)
    hours = Hours(WEEK, [["2026-11-26", "2026-11-27"]], "Europe/Berlin", at)
    benches = {each.id: each for each in (BENCH, OTHER)}
    return Room(at.timestamp(), hours, bench=benches.get, **rules)  # type: ignore[arg-type]


NIGHTS = Alone(12 * HOUR)
LONG_NIGHTS = Alone(13 * HOUR)
ONLY_PETG = Alone(100 * HOUR, frozenset({"petg"}))


@pytest.mark.parametrize(
    ("clock", "takes_hours", "alone", "expected"),
    [
        ("23 14:00", 5, Alone(), None),
        ("23 14:00", 6, Alone(), "wait_closing"),  # with a quarter to spare it ends at 21:30
        ("23 22:00", 1, Alone(), "wait_closed"),
        ("23 08:59", 1, Alone(), "wait_closed"),
        ("23 09:00", 1, Alone(), None),
        ("23 14:00", 20, Alone(), "wait_day_too_short"),
        ("23 14:00", 6, NIGHTS, None),
        ("23 22:00", 6, NIGHTS, None),  # through the night, and over midnight
        ("23 14:00", 20, NIGHTS, None),  # somebody comes at nine
        ("25 20:00", 6, NIGHTS, None),  # before two closed days it must end by nine
        ("25 20:00", 11, NIGHTS, "wait_alone_too_long"),
        ("25 20:00", 11, LONG_NIGHTS, None),
        ("25 22:00", 9, NIGHTS, None),
        ("25 22:00", 10, NIGHTS, "wait_alone_too_long"),
        ("28 13:00", 20, NIGHTS, "wait_alone_too_long"),  # nobody comes on Sunday
        ("29 22:00", 20, NIGHTS, None),  # Sunday night: somebody comes within the twelve hours
        ("23 14:00", 6, ONLY_PETG, "wait_closing"),
        ("23 22:00", None, Alone(), "wait_length_unknown"),
        ("23 14:00", None, NIGHTS, "wait_length_unknown"),  # it could go on over the closed days
    ],
)
def test_what_would_be_at_work_while_nobody_is_there_waits(
    clock: str, takes_hours: float | None, alone: Alone, expected: str | None
) -> None:
    seconds = None if takes_hours is None else takes_hours * HOUR
    reason = refusal(replace(WISH, seconds=seconds), replace(BENCH, alone=alone), room(clock))
    assert (reason.code if reason else None) == expected


def test_the_reason_says_when_it_may_start() -> None:
    closing = refusal(replace(WISH, seconds=6 * HOUR), BENCH, room("25 20:00"))
    assert closing is not None
    assert closing.values["again_at"] == "2026-11-30T08:00:00+00:00"  # after two closed days and a short Saturday
    night = refusal(replace(WISH, seconds=20 * HOUR), replace(BENCH, alone=NIGHTS), room("28 13:00"))
    assert night is not None
    assert night.values["again_at"] == "2026-11-29T20:00:00+00:00"  # twelve hours before Monday's opening


def test_without_hours_and_where_a_person_starts_it_nobody_asks_how_late_it_is() -> None:
    wish, late = replace(WISH, seconds=20 * HOUR), room("23 22:00")
    assert refusal(wish, BENCH, Room(late.at, Hours({}, [], "UTC", datetime.now(BERLIN)))) is None
    assert refusal(wish, replace(BENCH, kind=MachineKind.LASER), late) is None
    assert refusal(wish, replace(BENCH, manual=True), late) is None


def test_a_lab_that_opens_no_more_says_so() -> None:
    at = datetime(2026, 11, 23, 22, tzinfo=BERLIN)
    hours = Hours(WEEK, [["2026-11-23", "2031-01-01"]], "Europe/Berlin", at)
    reason = refusal(replace(WISH, seconds=HOUR), BENCH, Room(at.timestamp(), hours))
    assert reason is not None
    assert reason.code == "wait_always_closed"


@pytest.mark.parametrize(
    ("bench", "wish", "rules", "expected"),
    [
        ({"needs_certification": True}, {"certified": False}, {"certified_only": True}, "wait_certification"),
        ({"needs_certification": True}, {"certified": True}, {"certified_only": True}, None),
        ({"needs_certification": True}, {"certified": False}, {"certified_only": False}, None),
        ({}, {"certified": False}, {"certified_only": True}, None),
        ({}, {"machine_id": "m1", "required": True}, {}, None),
        ({}, {"machine_id": "m2", "required": True}, {}, "wait_asked"),
        ({}, {"machine_id": "gone", "required": True}, {}, "wait_asked"),
        ({}, {"machine_id": "gone"}, {}, None),
        ({}, {"machine_id": "m2", "patient_until": float("inf")}, {}, "wait_asked"),
        ({}, {"machine_id": "m2", "patient_until": 0.0}, {}, None),
    ],
)
def test_who_may_and_what_was_asked_for(
    bench: dict[str, object], wish: dict[str, object], rules: dict[str, object], expected: str | None
) -> None:
    reason = refusal(replace(WISH, seconds=HOUR, **wish), replace(BENCH, **bench), room("23 14:00", **rules))  # type: ignore[arg-type]
    assert (reason.code if reason else None) == expected


@pytest.mark.parametrize(
    "broken",
    [
        {"fault": True},
        {"maintenance": True},
        {"online": False},
        {"loaded": ()},
        {"in_service": False},
        {"foreign": True},
    ],
)
def test_a_preferred_machine_that_cannot_serve_is_not_waited_for(broken: dict[str, object]) -> None:
    wish = replace(WISH, machine_id="m2", patient_until=float("inf"))
    asked = replace(OTHER, **broken)  # type: ignore[arg-type]
    assert refusal(wish, BENCH, Room(bench=lambda _id: asked)) is None
    assert refusal(wish, BENCH, Room(bench=lambda _id: replace(OTHER, busy=True))) is not None


def test_what_fits_sooner_or_later_leaves_aside_what_passes() -> None:
    assert fits(WISH, replace(BENCH, busy=True, bed_clear=False))
    assert fits(WISH, replace(BENCH, foreign=True, bed_clear=False))
    assert not fits(WISH, replace(BENCH, fault=True))
    assert not fits(replace(WISH, machine_id="m2", required=True), BENCH)


PILE = Loaded("pile-1", "poplar", "natural", 0, 240_000, (600.0, 400.0))
LASER = Bench("l1", "Laser 1", "laser", kind=MachineKind.LASER, loaded=(PILE,))
SIGN = Wish("laser", "poplar", "Poplar 3 mm", mm2=60_000, sheet_mm=(300.0, 200.0))


def test_a_sheet_that_is_large_enough_serves_and_may_be_turned() -> None:
    assert stock_for(SIGN, LASER) == PILE
    assert stock_for(replace(SIGN, sheet_mm=(390.0, 590.0)), LASER) == PILE


def test_sheets_that_are_too_small_are_named_with_what_is_needed() -> None:
    offcut = replace(PILE, sheet_mm=(250.0, 180.0))
    reason = stock_for(SIGN, replace(LASER, loaded=(offcut,)))
    assert reason == Reason("wait_sheet_small", {
        "machine": "Laser 1", "material": "Poplar 3 mm", "needed_width_mm": 300.0, "needed_height_mm": 200.0,
        "sheet_width_mm": 250.0, "sheet_height_mm": 180.0,
    })  # fmt: skip


def test_a_pile_with_too_little_left_is_named_with_its_area() -> None:
    reason = stock_for(SIGN, replace(LASER, loaded=(replace(PILE, left_mm2=59_999),)))
    assert isinstance(reason, Reason)
    assert (reason.code, reason.values["left_mm2"], reason.values["needed_mm2"]) == (
        "wait_sheets_short",
        59_999,
        60_000,
    )


def test_a_pile_that_others_take_is_named_as_people_find_it() -> None:
    """The stock's page says 90,000; that would do, were not half of it promised."""
    half = replace(PILE, left_mm2=45_000, promised_mm2=45_000)
    reason = stock_for(SIGN, replace(LASER, loaded=(half,)))
    areas = {"left_mm2": 90_000, "promised_mm2": 45_000, "needed_mm2": 60_000}
    assert reason == Reason("wait_sheets_promised", {"machine": LASER.name, "material": SIGN.material} | areas)
    short = stock_for(SIGN, replace(LASER, loaded=(replace(half, left_mm2=10_000),)))
    assert isinstance(short, Reason)
    assert (short.code, short.values["left_mm2"]) == ("wait_sheets_short", 55_000)


def test_of_two_piles_that_serve_the_smaller_is_finished_first() -> None:
    rest = replace(PILE, stock_id="pile-2", left_mm2=61_000, sheet_mm=(310.0, 210.0))
    assert stock_for(SIGN, replace(LASER, loaded=(PILE, rest))) == rest


def test_a_run_whose_area_nobody_knows_takes_what_is_loaded() -> None:
    assert stock_for(replace(SIGN, mm2=None, sheet_mm=None), replace(LASER, loaded=(replace(PILE, left_mm2=5),)))


def test_nothing_starts_by_itself_on_a_tool_for_drawings() -> None:
    assert not dispatched(LASER)
    assert not dispatched(replace(LASER, kind=MachineKind.OTHER, drawings_only=True))
