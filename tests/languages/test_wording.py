"""Every sentence that a code can become passes the catalogue, whole and with its values filled in."""

import re

import pytest

from fabqueue.wording import Reader, all_sentences
from fabqueue.wording import reader as reader_for
from tests.languages import pseudo
from tests.languages.reading import leaks

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@pytest.fixture
def reader(language: str) -> Reader:
    return reader_for(language, "Europe/Berlin", "EUR")


def _value(name: str, number: int) -> object:
    """A value for a placeholder: figures by the ending of its name, people's words in Cyrillic."""
    if name.endswith("_at"):
        return "2026-11-23T12:30:00+00:00"
    if name.endswith("_day"):
        return "2026-11-23"
    units = ("_mm", "_mm2", "_mm3", "_seconds", "_grams", "_minor", "_percent", "_bytes", "_celsius", "_degrees")
    return 12_345 if name.endswith(units) else number


@pytest.mark.parametrize("number", [1, 2, 5])
def test_every_sentence_is_said_in_the_readers_language(reader: Reader, number: int) -> None:
    spoken = []
    for code, sentence in all_sentences().items():
        names = set(_PLACEHOLDER.findall(sentence.text + sentence.plural + sentence.advice + sentence.member)) | {
            sentence.count
        }
        values = {name: _value(name, number) for name in names if name}
        spoken += [(code, reader.say(code, values)), (f"{code}, advice", reader.advice(code, values))]
        spoken.append((f"{code}, member", reader.waits(code, values, staff=False)))
    assert len(spoken) > 500
    assert [str(each) for each in leaks(spoken, reader.language)] == []


WAITS = [code for code in all_sentences() if code.startswith("wait_")]


@pytest.mark.parametrize("code", WAITS)
def test_staff_read_what_would_free_a_job_and_members_read_words_of_their_own(reader: Reader, code: str) -> None:
    sentence = all_sentences()[code]
    names = set(_PLACEHOLDER.findall(sentence.text + sentence.plural + sentence.advice + sentence.member))
    values = {name: _value(name, 2) for name in names}
    advice, said = reader.advice(code, values), reader.waits(code, values, staff=True)
    assert advice
    assert said.endswith(advice)
    assert advice not in reader.waits(code, values, staff=False)


def test_the_invented_language_keeps_what_a_message_carries() -> None:
    assert pseudo.pseudo("Bed of <b>%(name)s</b> &amp; 5 %%") == "⟦Ɓéð öƒ <b>%(name)s</b> &amp; 5 %%⟧"


def test_a_text_beside_the_catalogue_is_noticed() -> None:
    said = [("P", pseudo.pseudo("Bed is clear")), ("P", "Bed is clear"), ("TD", "⟦Šţåţé⟧: in_production")]
    assert [each.text for each in leaks(said, pseudo.LANGUAGE)] == ["Bed is clear", "⟦Šţåţé⟧: in_production"]
    assert [each.text for each in leaks([("P", "请上传 STL 或 3MF"), ("P", "Bed is clear")], "zh_Hans")] == [
        "Bed is clear"
    ]
