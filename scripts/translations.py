"""Collect every text for people into the catalogues and compile them; with --check, only say what is not complete.

Texts come from the templates, from `_`, `ngettext` and `N_` in the code, and from the sentences of the wording
package, whose plurals only their own data knows.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import hatch_build
from fabqueue import paths
from fabqueue.wording import LANGUAGES, all_sentences

ROOT = Path(__file__).resolve().parents[1]
SOURCE_LANGUAGE = "en"
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "N_": None, "ngettext": (1, 2), "lazy_ngettext": (1, 2)}
METHODS = [("fabqueue/**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
OPTIONS = {"templates/**": {"extensions": "jinja2.ext.i18n", "silent": "false", "trimmed": "true"}}
# Words that are the same everywhere: names, formats, signs.
ALIKE = re.compile(r"[\W\d_]*|(?:%\(\w+\)s[\W\d_]*)+|FabQueue|OctoPrint|PrusaSlicer|QR|API|G-code|SVG|STL|3MF|OBJ|DXF")
_PLACEHOLDER = re.compile(r"%\(\w+\)s")


def collect() -> Catalog:
    """Every message there is, without translations."""
    found = Catalog(project="FabQueue", version="", copyright_holder="the FabQueue authors", charset="utf-8")
    for folder in ("fabqueue", "templates"):
        for file, _line, message, comments, context in extract_from_dir(
            ROOT / folder, [(each, how) for each, how in _methods(folder)], _options(folder), keywords=KEYWORDS
        ):
            found.add(message, None, [(f"{folder}/{file}", 0)], auto_comments=comments, context=context)
    _add_plurals(found)
    return found


def _methods(folder: str) -> Iterator[tuple[str, str]]:
    for pattern, how in METHODS:
        if pattern.startswith(f"{folder}/"):
            yield pattern.removeprefix(f"{folder}/"), how


def _options(folder: str) -> dict[str, dict[str, str]]:
    return {each.removeprefix(f"{folder}/"): what for each, what in OPTIONS.items() if each.startswith(f"{folder}/")}


def _add_plurals(found: Catalog) -> None:
    """Sentences with a count are one message of two forms; N_ has found the forms one by one."""
    for sentence in all_sentences().values():
        if sentence.plural:
            found.add((sentence.text, sentence.plural))
            if sentence.plural != sentence.text:
                found.delete(sentence.plural)


def place(language: str) -> Path:
    return paths.translations() / language / "LC_MESSAGES" / "messages.po"


def load(language: str) -> Catalog:
    """The catalogue on disk, empty when there is none yet."""
    file = place(language)
    if not file.exists():
        return Catalog(locale=language, project="FabQueue", version="", charset="utf-8")
    with file.open("rb") as source:
        return read_po(source, locale=language)


def update(collected: Catalog) -> None:
    """Bring every language's catalogue up to date, keeping what is translated, and compile."""
    for language in LANGUAGES:
        if language != SOURCE_LANGUAGE:
            catalogue = load(language)
            catalogue.update(collected, no_fuzzy_matching=True)
            catalogue.obsolete.clear()
            file = place(language)
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("wb") as target:
                write_po(target, catalogue, width=120, include_lineno=False, sort_by_file=True, omit_header=False)
            left = sum(1 for each in faults(language, collected))
            sys.stdout.write(f"{file.relative_to(ROOT)}: {len(catalogue)} messages, {left} to do\n")
    hatch_build.compile_catalogues(paths.translations())


def faults(language: str, collected: Catalog) -> Iterator[str]:
    """What is missing, left over, unsure, untranslated or broken in one language."""
    catalogue = load(language)
    for message in collected:
        there = catalogue.get(message.id, message.context) if message.id else message
        if there is None:
            yield f"missing: {_text(message)}"
        elif message.id and (fault := _fault(there)):
            yield f"{fault}: {_text(message)}"
    for message in catalogue:
        if message.id and collected.get(message.id, message.context) is None:
            yield f"left over: {_text(message)}"


def _fault(message: Message) -> str:
    said = message.string if isinstance(message.string, list | tuple) else (message.string,)
    if message.fuzzy:
        return "fuzzy"
    if not all(said):
        return "empty"
    sources = message.id if isinstance(message.id, list | tuple) else (message.id,)
    if any(each in sources for each in said) and not ALIKE.fullmatch(sources[0]):
        return "same as English"
    wanted = set(_PLACEHOLDER.findall(sources[-1]))
    return "" if all(set(_PLACEHOLDER.findall(each)) == wanted for each in said) else "other placeholders"


def _text(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def main() -> None:
    collected = collect()
    if "--check" not in sys.argv:
        update(collected)
        return
    found = [
        f"{language}: {fault}" for language in LANGUAGES if language != SOURCE_LANGUAGE
        for fault in faults(language, collected)
    ]  # fmt: skip
    sys.stdout.write("".join(f"{each}\n" for each in found))
    sys.exit(f"{len(found)} texts are not in order; `make translations` collects new ones" if found else 0)


if __name__ == "__main__":
    main()
