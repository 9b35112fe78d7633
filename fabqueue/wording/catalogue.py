"""The shape of a sentence: a code's words, kept as gettext message ids and translated when somebody reads."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules


def N_(text: str) -> str:  # noqa: N802  the name gettext extraction looks for
    """Mark `text` for the catalogue without translating it now."""
    return text


@dataclass(frozen=True)
class Sentence:
    """What a code says.

    text: gettext message id with %(name)s placeholders.
    advice: what the reader can do about it, or "".
    plural, count: the plural message id and the name of the value that decides.
    public: what everybody may read where `text` carries words that somebody typed or a machine sent.
    member: what a member reads, who can do nothing about it, where `text` and `advice` are for those who run the lab.
    """

    text: str
    advice: str = ""
    plural: str = ""
    count: str = ""
    public: str = ""
    member: str = ""


_MACHINERY = {"catalogue", "reader", "spacing", "values"}


@cache
def all_sentences() -> dict[str, Sentence]:
    """Every code that has a sentence. Raises ValueError when two topics claim one code."""
    package = import_module(__package__)
    found: dict[str, Sentence] = {}
    for module in iter_modules(package.__path__):
        if module.name in _MACHINERY:
            continue
        topic: dict[str, Sentence] = import_module(f"{__package__}.{module.name}").SENTENCES
        if twice := found.keys() & topic.keys():
            raise ValueError(f"codes with two sentences: {sorted(twice)}")
        found |= topic
    return found


def sentence(code: str) -> Sentence:
    """The sentence of `code`. Raises KeyError for a code nobody wrote words for."""
    return all_sentences()[code]
