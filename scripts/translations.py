"""Collect every text for people into the catalogues and compile them; with --check, only say what is not complete.

Texts come from the templates, from `_`, `ngettext` and `N_` in the code, and from the sentences of the wording
package, whose plurals only their own data knows. The files hold no dates, line numbers or paths of a machine, so that
collecting twice changes nothing.
"""

import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import hatch_build
from fabqueue import paths
from fabqueue.wording import LANGUAGES, all_sentences

ROOT = Path(__file__).resolve().parents[1]
SOURCE_LANGUAGE = "en"
ALIKE = Path(__file__).with_name("translations-alike.txt")
"""Messages that may read the same in every language, one a line."""
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "N_": None, "ngettext": (1, 2), "lazy_ngettext": (1, 2)}
METHODS = {
    "fabqueue": [("**.py", "python")],
    "printers/drivers": [("**.py", "python")],
    "templates": [("**.html", "jinja2"), ("**.txt", "jinja2")],
}
OPTIONS = {"**.html": {"silent": "false", "trimmed": "true"}, "**.txt": {"silent": "false", "trimmed": "true"}}
# Placeholders, tags, entities and quoted commands mean the same in every language.
_KEPT = re.compile(r"%\(\w+\)s|\{\w+\}|%%|</?[a-z][^>]*>|&\w+;|`[^`]+`")
_WORDLESS = re.compile(r"(?:%\(\w+\)s|%%|[\W\d_])*")
_LEFT_OUT = tuple(
    f'"{name}: '.encode()
    for name in ("Project-Id-Version", "Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date",
                 "Last-Translator", "Language-Team", "Generated-By")
)  # fmt: skip


def collect() -> Catalog:
    """Every message there is, without translations."""
    found = Catalog(project="FabQueue", version="", copyright_holder="the FabQueue authors", charset="utf-8")
    for folder, methods in METHODS.items():
        options = OPTIONS if folder == "templates" else {}
        for file, _line, message, comments, context in extract_from_dir(
            ROOT / folder, methods, options, keywords=KEYWORDS, directory_filter=_every_folder
        ):
            found.add(message, None, [(f"{folder}/{file}", 0)], auto_comments=comments, context=context)
    _add_plurals(found)
    return found


def _every_folder(_path: str | os.PathLike[str]) -> bool:
    """Babel leaves out folders like `_macros` unless told otherwise."""
    return True


def _add_plurals(found: Catalog) -> None:
    """Sentences with a count are one message of two forms; N_ has found the forms one by one."""
    sentences = all_sentences().values()
    alone = {text for each in sentences for text in (each.text, each.advice, each.member)}
    for sentence in sentences:
        if not sentence.plural:
            continue
        found.add((sentence.text, sentence.plural))
        second = found.get(sentence.plural)
        if second and sentence.plural not in alone and _only_of_wording(second):
            found.delete(sentence.plural)


def _only_of_wording(message: Message) -> bool:
    return all(file.startswith("fabqueue/wording/") for file, _line in message.locations)


def place(language: str) -> Path:
    return paths.translations() / language / "LC_MESSAGES" / "messages.po"


def load(language: str) -> Catalog:
    """The catalogue on disk, empty when there is none yet."""
    file = place(language)
    if not file.exists():
        return Catalog(locale=language, project="FabQueue", version="", charset="utf-8")
    with file.open("rb") as source:
        return read_po(source, locale=language)


def write(catalogue: Catalog) -> bytes:
    """The text of a catalogue: sorted, and the same whenever and wherever it is written."""
    catalogue.header_comment = "# The texts of FabQueue; `make translations` collects them."
    catalogue.fuzzy = False
    for message in catalogue:
        message.locations = sorted({(file, 0) for file, _line in message.locations})
    made = BytesIO()
    write_po(made, catalogue, width=120, include_lineno=False, sort_by_file=True)
    return b"".join(each for each in made.getvalue().splitlines(keepends=True) if not each.startswith(_LEFT_OUT))


def update(collected: Catalog) -> None:
    """Bring every language's catalogue up to date, keeping what is translated, and compile."""
    for language in translated():
        catalogue = load(language)
        catalogue.update(collected, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        file = place(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(write(catalogue))
        left = sum(1 for _ in faults(load(language), collected))
        sys.stdout.write(f"{file.relative_to(ROOT)}: {len(catalogue)} messages, {left} to do\n")
    hatch_build.compile_catalogues(paths.translations())


def translated() -> list[str]:
    return [language for language in LANGUAGES if language != SOURCE_LANGUAGE]


def faults(catalogue: Catalog, collected: Catalog) -> Iterator[str]:
    """What is missing, left over, unsure, untranslated or broken in one language."""
    for message in collected:
        there = catalogue.get(message.id, message.context) if message.id else None
        if message.id and (there is None or _forms(there) != _forms(message)):
            yield f"missing: {_text(message)}"
        elif there and (fault := fault_of(there, catalogue.num_plurals)):
            yield f"{fault}: {_text(message)}"
    for message in catalogue:
        if message.id and collected.get(message.id, message.context) is None:
            yield f"left over: {_text(message)}"


def fault_of(message: Message, forms: int) -> str:
    """What is wrong with one translated message, or ""."""
    strings = message.string if isinstance(message.string, list | tuple) else (message.string,)
    said = tuple(each or "" for each in strings)
    sources = _forms(message)
    if message.fuzzy:
        return "fuzzy"
    if not all(said) or (message.pluralizable and len(said) != forms):
        return "empty"
    if any(each in sources for each in said) and not is_alike(sources[0]):
        return "same as English"
    wanted = kept(sources[-1])
    if any(kept(each) != wanted for each in said):
        return "other placeholders, tags or commands"
    return "" if all(_can_be_filled(each) == _can_be_filled(sources[-1]) for each in said) else "broken percent sign"


def kept(text: str) -> Counter[str]:
    """What a translation must carry over as it is, and how often."""
    return Counter(_KEPT.findall(text))


def _can_be_filled(text: str) -> bool:
    try:
        text % defaultdict(str)
    except (TypeError, ValueError):
        return False
    return True


@cache
def _alike() -> frozenset[str]:
    return frozenset(each for each in ALIKE.read_text("utf-8").splitlines() if each and not each.startswith("#"))


def is_alike(text: str) -> bool:
    """Whether a message may read the same in every language: no word in it, or on the list."""
    return bool(_WORDLESS.fullmatch(text)) or text in _alike()


def _forms(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, list | tuple) else (message.id,)


def _text(message: Message) -> str:
    return _forms(message)[0]


def main() -> None:
    collected = collect()
    if "--check" not in sys.argv:
        update(collected)
        return
    found = [f"{language}: {fault}" for language in translated() for fault in faults(load(language), collected)]
    sys.stdout.write("".join(f"{each}\n" for each in found))
    sys.exit(f"{len(found)} texts are not in order; `make translations` collects new ones" if found else 0)


if __name__ == "__main__":
    main()
