"""An invented language: every message in brackets, every Latin letter accented, placeholders and tags as they were.

It takes the place of Greek, so that dates and lists, which come from the locale and not from our catalogue, are
written in Greek letters. People's own words are Cyrillic in these tests. Whatever plain Latin letter a page then
shows did not pass through the catalogue.
"""

import importlib.util
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from fabqueue import paths

LANGUAGE = "el"
OWN_NAME = "Ψευδό"
OPEN, CLOSE = "⟦", "⟧"
_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED = "àƀçðéƒĝĥîĵķļɱñöþǫŕšŧûṽŵẋýžÀƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŦÛṼŴẊÝŽ"
_ACCENTS = str.maketrans(_PLAIN, _ACCENTED)
_KEPT = re.compile(r"(%\(\w+\)s|\{\w+\}|%%|</?[a-z][^>]*>|&\w+;)")
ROOT = Path(__file__).resolve().parents[2]


def pseudo(message: str) -> str:
    """A message as the invented language has it."""
    parts = _KEPT.split(message)
    return OPEN + "".join(each if index % 2 else each.translate(_ACCENTS) for index, each in enumerate(parts)) + CLOSE


@cache
def translations() -> ModuleType:
    """The script that collects messages, which is no part of the package."""
    file = ROOT / "scripts" / "translations.py"
    spec = importlib.util.spec_from_file_location("translations_script", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def write(folder: Path) -> Path:
    """Compile the invented language, and Chinese as it is committed, into `folder`."""
    _compile(_translated(translations().collect()), folder, LANGUAGE)
    for source in paths.PACKAGE.glob("translations/*/LC_MESSAGES/messages.po"):
        language = source.parent.parent.name
        with source.open("rb") as text:
            _compile(read_po(text, locale=language), folder, language)
    return folder


def _translated(collected: Catalog) -> Catalog:
    made = Catalog(locale=LANGUAGE, charset="utf-8", fuzzy=False)
    for message in collected:
        if message.id:
            said = tuple(map(pseudo, message.id)) if isinstance(message.id, tuple | list) else pseudo(message.id)
            made.add(message.id, said, context=message.context)
    return made


def _compile(catalogue: Catalog, folder: Path, language: str) -> None:
    place = folder / language / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "messages.mo").open("wb") as binary:
        write_mo(binary, catalogue)
