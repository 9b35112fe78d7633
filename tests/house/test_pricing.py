"""Prices add up, line by line, in minor units."""

from hypothesis import given
from hypothesis import strategies as st

from fabqueue.pricing import Rates, is_dearer, price

RATES = Rates(per_hour_minor=60, setup_minor=100, per_kg_minor=4000)


def test_the_designed_example_costs_what_the_design_says() -> None:
    made = price(RATES, seconds=6 * 3600 + 40 * 60, grams=118)
    assert [(each.code, each.minor) for each in made.lines] == [
        ("price_material", 472), ("price_machine", 400), ("price_setup", 100)
    ]  # fmt: skip
    assert made.total_minor == 972


def test_free_grams_are_not_billed() -> None:
    assert price(Rates(0, 0, 1000, free_grams=50), 0, 50).total_minor == 0
    assert price(Rates(0, 0, 1000, free_grams=50), 0, 60).total_minor == 10


def test_half_a_minor_unit_rounds_up() -> None:
    assert price(Rates(0, 0, 1000), 0, 0.5).total_minor == 1


def test_lines_of_nothing_are_left_out() -> None:
    assert price(Rates(0, 0, 0), 3600, 100).lines == ()


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0, 10**6), st.floats(0, 10**5))
def test_the_lines_add_up_and_more_never_costs_less(hour: int, kilo: int, seconds: float, grams: float) -> None:
    rates = Rates(hour, 0, kilo)
    made, more = price(rates, seconds, grams), price(rates, seconds + 60, grams + 1)
    assert made.total_minor == sum(each.minor for each in made.lines) >= 0
    assert more.total_minor >= made.total_minor


def test_dearer_means_above_the_tolerance() -> None:
    assert not is_dearer(1000, 1100, 10)
    assert is_dearer(1000, 1101, 10)
    assert is_dearer(0, 1, 10)
