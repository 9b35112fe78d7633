"""Words are data until they are read: codes with typed values in, sentences of the reader's language out.

Findings, reasons, waiting reasons, machine errors and events are stored as a code and a dict of values.
Each topic module of this package holds the sentences of its codes; `Reader` renders them for one person.
"""

from importlib import import_module
from pkgutil import iter_modules

from fabqueue.wording.catalogue import N_, Sentence
from fabqueue.wording.reader import LANGUAGES, Reader, best_language, reader

__all__ = ["LANGUAGES", "N_", "Reader", "Sentence", "all_sentences", "best_language", "reader", "sentence"]

_MACHINERY = {"catalogue", "reader", "values"}


def _collect() -> dict[str, Sentence]:
    found: dict[str, Sentence] = {}
    for module in iter_modules(__path__):
        if module.name in _MACHINERY:
            continue
        topic: dict[str, Sentence] = import_module(f"{__name__}.{module.name}").SENTENCES
        twice = found.keys() & topic.keys()
        if twice:
            raise ValueError(f"codes with two sentences: {sorted(twice)}")
        found |= topic
    return found


_sentences: dict[str, Sentence] = {}


def all_sentences() -> dict[str, Sentence]:
    """Every code that has a sentence."""
    if not _sentences:
        _sentences.update(_collect())
    return _sentences


def sentence(code: str) -> Sentence:
    """The sentence of `code`. Raises KeyError for a code nobody wrote words for."""
    return all_sentences()[code]
