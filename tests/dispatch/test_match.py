"""May this machine take this run? Every no has its reason."""

from dataclasses import replace

import pytest

from fabqueue.dispatch.match import Bench, Loaded, Reason, Wish, dispatched, refusal, stock_for, telling
from fabqueue.models import MachineKind
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


def test_every_reason_has_words_for_people() -> None:
    codes = {each for each in all_sentences() if each.startswith("wait_")}
    assert {"wait_clear", "wait_material", "wait_colour", "wait_stock_short", "wait_turn", "wait_in_doubt"} <= codes
