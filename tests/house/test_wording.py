"""Codes become sentences of the reader's language; the ends of value names carry the units."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fabqueue.wording import LANGUAGES, all_sentences, best_language, reader
from fabqueue.wording.values import minor_to_text, text_to_minor

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("wall_mm", 0.6, f"0.6{NBSP}mm"),
        ("wall_mm", 123.456, f"123{NBSP}mm"),
        ("time_seconds", 45, f"45{NBSP}s"),
        ("time_seconds", 25 * 60, f"25{NBSP}min"),
        ("time_seconds", 6 * 3600 + 5 * 60, f"6{NBSP}h{NBSP}05{NBSP}min"),
        ("time_seconds", 3600, f"1{NBSP}h"),
        ("mass_grams", 118.24, f"118{NBSP}g"),
        ("mass_grams", 12_345, f"12.3{NBSP}kg"),
        ("mass_grams", 2.45, f"2.4{NBSP}g"),
        ("mass_grams", 0.04, f"0.04{NBSP}g"),
        ("price_minor", 429, "€4.29"),
        ("share_percent", 46, f"46{NBSP}%"),
        ("size_bytes", 3_100_000, f"3.1{NBSP}MB"),
        ("hot_celsius", 240, f"240{NBSP}°C"),
        ("names", ["a", "b", "c"], "a, b, and c"),
        ("count", 1234, "1,234"),
        ("anything", "as it is", "as it is"),
        ("due_day", "2026-11-26", f"Nov{NBSP}26,{NBSP}2026"),
        ("time_seconds", 10**500, f"2.78E496{NBSP}h{NBSP}20{NBSP}min"),
        ("wall_mm", 1e30, f"1E30{NBSP}mm"),
        ("count", float("nan"), "–"),
        ("time_seconds", float("inf"), "–"),
        ("price_minor", 10**30, "€1E28"),
    ],
)
def test_a_value_reads_by_the_end_of_its_name(name: str, value: object, text: str) -> None:
    assert reader("en").value(name, value) == text


NAMES = ("n", "n_mm", "n_mm2", "n_mm3", "n_seconds", "n_grams", "n_percent", "n_bytes", "n_celsius", "n_degrees")
BLANK = re.compile(r"[ \t\n\u2000-\u200a]")
BESIDE_HAN = re.compile(r"(?<=[^\u2060\xa0])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[^\u2060\xa0])")
"""Where a browser may end a line of Chinese."""


@given(value=st.one_of(st.integers(), st.floats(), st.integers(0, 10**6)), name=st.sampled_from(NAMES))
@pytest.mark.parametrize("language", LANGUAGES)
def test_any_number_reads_and_stays_on_one_line(language: str, value: float, name: str) -> None:
    said = reader(language).value(name, value)
    assert said
    assert not BLANK.search(said)
    assert not BESIDE_HAN.search(said)


@given(at=st.datetimes(timezones=st.just(UTC)))
@pytest.mark.parametrize("language", LANGUAGES)
def test_any_moment_reads_and_divides_between_day_and_time_only(language: str, at: datetime) -> None:
    figures = reader(language, "Pacific/Auckland")
    for said in (figures.day(at), figures.clock(at), *figures.moment(at, "medium").rsplit(" ", 1)):
        assert said
        assert not BLANK.search(said)
        assert not BESIDE_HAN.search(said)


def test_moments_read_in_the_labs_zone() -> None:
    assert "1:30" in reader("en", "Europe/Berlin").value("seen_at", "2026-11-23T12:30:00+00:00")


def test_a_span_whose_ends_read_the_same_is_one_figure() -> None:
    assert reader("en").span(60, 61, "time_seconds") == f"1{NBSP}min"
    assert reader("en").span(60, 120, "time_seconds") == f"1{NBSP}min to 2{NBSP}min"


def test_nothing_that_somebody_typed_is_said_in_public() -> None:
    for code, sentence in all_sentences().items():
        names = set(re.findall(r"%\((\w+)\)s", sentence.text)) - {"machine", "cause"}
        chosen = {"machine": "Printer 1", "cause": "It came loose"}  # the lab's own name, and one of a list
        said = reader("en").say_in_public(code, dict.fromkeys(names, "PRIVATE") | chosen)
        assert "PRIVATE" not in said, code
        if code.startswith("run_") and names & {"text", "error"}:
            assert said.endswith("."), f"{code} stands in public logs and needs a sentence without that"


def test_a_reason_inside_a_reason_reads_as_a_sentence() -> None:
    code, sentence = next((code, each) for code, each in all_sentences().items() if "%" not in each.text)
    assert reader("en").fill("Because: %(why)s", {"why": {"code": code}}) == f"Because: {sentence.text}"


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_money_goes_to_text_and_back(minor: int, currency: str) -> None:
    assert text_to_minor(minor_to_text(minor, currency), currency) == minor


@pytest.mark.parametrize("text", ["", "x", "1.234", "1,5", "--1", "1.", ".", "٣", "1e3"])
def test_text_that_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        text_to_minor(text, "EUR")


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [(["zh-CN", "en"], "zh_Hans"), (["zh-TW"], "zh_Hans"), (["zh"], "zh_Hans"), (["de", "en-GB"], "en"), (["fr"], "en"),
     (["en-US", "zh"], "en")],
)  # fmt: skip
def test_the_best_language_is_chosen(wanted: list[str], chosen: str) -> None:
    assert best_language(wanted) == chosen


@pytest.mark.parametrize(
    ("wanted", "chosen"), [([], "zh_Hans"), (["de", "fr"], "zh_Hans"), (["*"], "zh_Hans"), (["de", "en"], "en")]
)
def test_nobody_is_given_a_language_that_neither_they_nor_the_lab_speak(wanted: list[str], chosen: str) -> None:
    assert best_language(wanted, "zh_Hans") == chosen


def test_every_sentence_can_be_filled_and_plurals_name_their_count() -> None:
    for code, sentence in all_sentences().items():
        assert sentence.text, code
        assert bool(sentence.plural) == bool(sentence.count), code
        if sentence.plural:
            assert f"%({sentence.count})s" in sentence.plural, code


@pytest.mark.parametrize(
    ("names", "said"), [(["3mf", "stl", "obj"], "3mf、stl 和 obj"), (["红", "obj"], "红和 obj"), (["stl"], "stl")]
)
def test_a_chinese_list_keeps_latin_words_off_its_own(names: list[str], said: str) -> None:
    assert reader("zh_Hans").value("names", names) == said


def test_sentences_follow_each_other_with_a_blank_only_where_the_language_has_one() -> None:
    assert reader("en").together("It is done.", "", "Go home.") == "It is done. Go home."
    assert reader("zh_Hans").together("完成了。", "", "请回家。") == "完成了。请回家。"
