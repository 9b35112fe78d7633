"""The catalogues are complete and up to date, and the check that says so finds what it is for."""

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po

from tests.languages.pseudo import translations

SCRIPT = translations()
HAN = r"[\u3400-\u9fff]"
_COMMAND = re.compile(r"`[^`]*`")
# Units in Chinese stand close to the next word; names and numbers keep their distance.
_OF_UNIT = re.compile(r"%\(\w+_(?:mm|mm2|mm3|seconds|grams|degrees)\)s")


@pytest.fixture(scope="module")
def collected() -> Catalog:
    found: Catalog = SCRIPT.collect()
    return found


@pytest.fixture
def chinese() -> Catalog:
    found: Catalog = SCRIPT.load("zh_Hans")
    return found


def test_chinese_is_complete_and_up_to_date(collected: Catalog, chinese: Catalog) -> None:
    assert list(SCRIPT.faults(chinese, collected)) == []


def test_texts_of_macros_and_parts_are_collected_too(collected: Catalog) -> None:
    folders = {file.split("/")[1] for message in collected for file, _line in message.locations}
    assert {"_macros", "_parts", "_asking"} <= folders


def test_collecting_again_changes_nothing(collected: Catalog, chinese: Catalog) -> None:
    chinese.update(collected, no_fuzzy_matching=True)
    once = SCRIPT.write(chinese)
    again = read_po(BytesIO(once), locale="zh_Hans")
    again.update(SCRIPT.collect(), no_fuzzy_matching=True)
    assert SCRIPT.write(again) == once


def test_the_files_hold_no_dates_lines_or_paths_of_a_machine() -> None:
    text = SCRIPT.place("zh_Hans").read_text("utf-8")
    assert "-Date" not in text
    assert not re.search(r"^#: .*:\d+$", text, re.MULTILINE)
    assert str(SCRIPT.ROOT) not in text


def test_plurals_of_sentences_are_one_message_of_two_forms(collected: Catalog) -> None:
    message = collected.get("%(ahead)s run is before it.")
    assert message is not None
    assert _forms(message) == ("%(ahead)s run is before it.", "%(ahead)s runs are before it.")
    assert collected.get("%(ahead)s runs are before it.") is None


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (Message("Good", ""), "empty"),
        (Message("Good", "Good"), "same as English"),
        (Message("Good", "好", flags=["fuzzy"]), "fuzzy"),
        (Message("Bed of %(name)s", "台面"), "other placeholders, tags or commands"),
        (Message("<b>Good</b>", "好"), "other placeholders, tags or commands"),
        (Message("Run `fabqueue init`", "请运行"), "other placeholders, tags or commands"),
        (Message("%(num)s left", "剩 %(num)s %"), "broken percent sign"),
        (Message(("%(num)s run", "%(num)s runs"), ("%(num)s 个", "%(num)s 个")), "empty"),
        (Message("%(a)s: %(b)s", "%(a)s: %(b)s"), ""),
        (Message("Bed of %(name)s", "%(name)s 的台面"), ""),
    ],
)
def test_the_check_finds_what_is_wrong_with_a_message(message: Message, fault: str) -> None:
    assert SCRIPT.fault_of(message, 1) == fault


def test_the_check_finds_missing_and_left_over_messages(collected: Catalog, chinese: Catalog) -> None:
    chinese.delete("Good copies")
    chinese.add("Nobody says this any more", "没有人再这样说")
    assert list(SCRIPT.faults(chinese, collected)) == ["missing: Good copies", "left over: Nobody says this any more"]


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        (HAN + r"[,.;:?!()]|[,;:?!()]" + HAN, "full-width punctuation"),
        (HAN + r"(?:[A-Za-z0-9]|%\()|[A-Za-z0-9]" + HAN, "a space between Chinese and Latin"),
        (r"%\(\w+\)s" + HAN, "a space after a placeholder"),
        (r"[。，：；、？（）“”] | [。，：；、？）]", "no space beside punctuation"),
        (r"你|！|\u3000|[０-９]", "您, no exclamation mark, half-width digits"),
    ],
)  # fmt: skip
def test_chinese_keeps_the_rules_of_its_typesetting(chinese: Catalog, pattern: str, rule: str) -> None:
    broken = [each for each in _said(chinese) if re.search(pattern, each)]
    assert broken == [], rule


def _said(catalogue: Catalog) -> Iterator[str]:
    """Every translation, with a word in place of each command and a figure with its unit where the reader sees one."""
    for message in catalogue:
        strings = message.string if isinstance(message.string, list | tuple) else (message.string,)
        for text in strings if message.id else ():
            yield _OF_UNIT.sub("8 毫米", _COMMAND.sub("command", text or ""))


def _forms(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, list | tuple) else (message.id,)
