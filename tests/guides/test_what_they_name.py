"""The guides name nothing that is not there: pages, headings, pictures, labels, commands, settings, addresses."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po
from flask import Flask
from markdown_it import MarkdownIt
from markdown_it.token import Token

from fabqueue import config, guides, paths
from fabqueue.app import create_app
from fabqueue.cli import main
from fabqueue.config import Config
from fabqueue.guides import Page
from fabqueue.wording import LANGUAGES
from tests.looks.guide_pictures import PICTURES

ROOT = Path(__file__).resolve().parents[2]
FOR_DEVELOPERS = re.compile("architecture|translating|adr/")
"""Pages whose emphasised words are no labels, and whose code is ours."""
reader = MarkdownIt("commonmark", {"html": False}).enable("table")


def written() -> Iterator[Page]:
    """Every page of every language that is really there."""
    for language in LANGUAGES:
        for place in sorted(guides.folder(language).rglob("*.md")):
            name = place.relative_to(guides.folder(language)).with_suffix("").as_posix()
            if name.partition("/")[0] not in LANGUAGES:
                yield Page(name, language, place.read_text("utf-8"))


PAGES = [*written()]
every_page = pytest.mark.parametrize("page", PAGES, ids=[f"{each.language}-{each.name}" for each in PAGES])


def tokens(page: Page) -> Iterator[Token]:
    for token in reader.parse(page.text):
        yield token
        yield from token.children or []


def codes(page: Page) -> list[str]:
    return [each.content for each in tokens(page) if each.type == "code_inline"]


def blocks(page: Page) -> str:
    return "\n".join(each.content for each in tokens(page) if each.type in {"code_block", "fence"})


def headings(page: Page) -> set[str]:
    found = [*reader.parse(page.text)]
    return {guides.slug(after.content) for at, after in itertools.pairwise(found) if at.type == "heading_open"}


FOR_PROGRAMS = re.compile("api|architecture|translating|adr/")
"""Pages that stay in English."""
FOR_PEOPLE = [each.name for each in PAGES if each.language == guides.ENGLISH and not FOR_PROGRAMS.match(each.name)]


def shape(page: Page) -> dict[str, list[str]]:
    """What a page and its translation have in common: its parts in order, its pictures, where its links lead."""
    flat = [*tokens(page)]
    links = [str(each.attrGet("href")).partition("#")[0] for each in flat if each.type == "link_open"]
    parts = [each.tag for each in flat if each.type in {"heading_open", "list_item_open", "tr_open", "code_block"}]
    pictures = [str(each.attrGet("src")) for each in flat if each.type == "image"]
    return {"parts": parts, "pictures": pictures, "links": sorted(links)}


@pytest.mark.parametrize("name", FOR_PEOPLE)
@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != guides.ENGLISH])
def test_a_translation_has_the_headings_lists_pictures_and_links_of_the_english_page(name: str, language: str) -> None:
    there = guides.page(name, language)
    assert there is not None
    assert there.language == language, f"{name} is not translated"
    english = guides.page(name)
    assert english is not None
    assert shape(there) == shape(english)


@pytest.mark.parametrize("page", [each for each in PAGES if each.language == "zh_Hans"], ids=lambda page: page.name)
def test_a_chinese_paragraph_stands_on_one_line(page: Page) -> None:
    """A break in the source is shown as a blank, which Chinese does not have between words."""
    assert not [each for each in tokens(page) if each.type == "softbreak"]


MISSING = "## Not there yet"


def without_missing(page: Page) -> Page:
    """The page without the section that says what is not there yet."""
    kept, _, rest = page.text.partition(MISSING)
    return Page(page.name, page.language, kept + rest[rest.find("\n## ") :] if "\n## " in rest else kept)


@every_page
def test_links_lead_to_pages_and_headings_that_are_there(page: Page) -> None:
    for token in tokens(page):
        target = str(token.attrGet("href") or "") if token.type == "link_open" else ""
        if not target or "://" in target:
            continue
        path, _, anchor = target.partition("#")
        assert not path or path.endswith(".md"), f"{target} leads out of the guides"
        found = guides.page(guides.resolve(page.name, path.removesuffix(".md")), page.language) if path else page
        assert found is not None, target
        english = guides.page(found.name)
        assert english is not None
        assert not anchor or anchor in headings(english), f"{target}: anchors are those of the English page"


@every_page
def test_pictures_are_there_or_taken_by_the_build_and_say_what_they_show(page: Page) -> None:
    for token in tokens(page):
        if token.type == "image":
            name = guides.resolve(page.name, str(token.attrGet("src"))).removeprefix("pictures/")
            if name.startswith("made/"):
                assert name.removeprefix("made/").removesuffix(".webp") in PICTURES, name
            else:
                assert guides.picture(name, page.language), name
            assert len(token.content) > 2, f"{name} has no words for those who do not see it"


def test_every_picture_that_is_taken_is_shown() -> None:
    shown = {name for page in PAGES for name in re.findall(r"pictures/made/([a-z0-9-]+)\.webp", page.text)}
    assert shown == set(PICTURES)


def labels(language: str) -> set[str]:
    """Every text that a page of the application may show, in that language."""
    place = paths.translations() / "zh_Hans" / "LC_MESSAGES" / "messages.po"
    with place.open("rb") as text:
        found = [each for each in read_po(text) if each.id]
    chosen = [each.id if language == guides.ENGLISH else each.string for each in found]
    return {text for each in chosen for text in ([each] if isinstance(each, str) else each)}


@every_page
def test_emphasised_words_are_labels_of_the_pages(page: Page) -> None:
    if FOR_DEVELOPERS.match(page.name):
        return
    assert set(emphasised(page)) - labels(page.language) == set()


def emphasised(page: Page) -> Iterator[str]:
    words: list[str] | None = None
    for token in tokens(page):
        if token.type == "em_open":
            words = []
        elif token.type == "em_close" and words is not None:
            yield "".join(words)
            words = None
        elif words is not None:
            words.append(" " if token.type == "softbreak" else token.content)


def commands() -> dict[tuple[str, ...], set[str]]:
    """Words of each command to its options."""
    found: dict[tuple[str, ...], set[str]] = {}

    def collect(command: click.Command, words: tuple[str, ...]) -> None:
        found[words] = {option for each in command.params for option in each.opts} | {"--help"}
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                assert below is not None
                collect(below, (*words, name))

    collect(main, ())
    return found


@every_page
def test_commands_and_their_options_are_there(page: Page) -> None:
    known, groups = commands(), {words[0] for words in commands() if len(words) > 1}
    there = without_missing(page)
    text = "\n".join([*codes(there), blocks(there)])
    for line in re.findall(r"(?:^|[ /])fabqueue ([a-z].*)", text, re.MULTILINE):
        words = line.split()
        name = tuple(words[: 2 if words[0] in groups and len(words) > 1 and words[1].isalpha() else 1])
        assert name in known, line
        options = {each.partition("=")[0] for each in words if each.startswith("--")}
        assert options - known[name] - known[()] == set(), line


@every_page
def test_targets_of_make_are_there(page: Page) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {word for code in codes(page) for word in re.findall(r"^make ([a-z-]+)", code)}
    assert named - targets == set()


@every_page
def test_settings_are_there(page: Page) -> None:
    known = {name: set(kind.__dataclass_fields__) for name, kind in config.sections().items()}
    for code in codes(page):
        found = re.fullmatch(r"\[([a-z]+)\](?: ([a-z_]+)(?: = .*)?)?", code)
        if found and found[1] != "section":
            assert found[1] in known, code
            assert found[2] is None or found[2] in known[found[1]], code


QUEUE = set(config.QueueSettings.__dataclass_fields__)
ELSEWHERE = {
    "alone_hours": "operating/settings", "certified_only": "operating/settings",
    "clearing_minutes": "operating/settings", "plates": "technicians/plates", "plate_days": "technicians/plates",
    "plate_hours": "technicians/plates", "plate_parts": "technicians/plates",
}  # fmt: skip
"""Settings of the queue that say how it is worked off, and not what goes first."""
SAID_BY_PEOPLE = [1, 2]
"""The rules of the order that no setting turns off: what was pinned, and what was called urgent."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(QUEUE))
def test_every_setting_of_the_queue_is_named_by_its_guide(name: str, language: str) -> None:
    page = guides.page(ELSEWHERE.get(name, "technicians/order"), language)
    assert page is not None
    assert {name, f"queue.{name}", f"[queue] {name}"} & set(codes(page))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_of_the_order_has_a_name_but_for_what_people_say(language: str) -> None:
    page = guides.page("technicians/order", language)
    assert page is not None
    assert [number for number, named in enumerate(rules(page), 1) if not named & QUEUE] == SAID_BY_PEOPLE
    assert set().union(*rules(page)) == QUEUE - {*ELSEWHERE, "preference_hours", "spread_hours"}


def rules(page: Page) -> list[set[str]]:
    """What each item of a page's first numbered list names."""
    found: list[set[str]] = []
    for token in reader.parse(page.text):
        if token.type == "ordered_list_close":
            return found
        if token.type == "list_item_open" and token.level == 1:
            found.append(set())
        if found:
            found[-1].update(each.content for each in token.children or [] if each.type == "code_inline")
    return found


@pytest.fixture
def app(config: Config, lab: object) -> Flask:
    return create_app(config)


def test_addresses_are_there(app: Flask) -> None:
    rules = [re.sub(r"<[^>]+>", "x", each.rule) for each in app.url_map.iter_rules()]
    for page in PAGES:
        for code in codes(without_missing(page)):
            if re.fullmatch(r"(?:GET |POST )?/[a-z][\w/{}.-]*", code) and not FOR_DEVELOPERS.match(page.name):
                named = re.sub(r"\{\w+\}|\b[A-Z]+\b", "x", code.split()[-1])
                assert any(each.startswith((named, f"/api/v1{named}")) for each in rules), f"{page.name}: {code}"


def test_the_help_of_a_page_is_there(app: Flask) -> None:
    from fabqueue.web.guides import CHAPTERS

    known = {*app.blueprints, *app.view_functions}
    for place, chapter in CHAPTERS.items():
        assert place in known, place
        assert guides.page(chapter), chapter


def test_every_page_is_in_the_contents_of_both_languages() -> None:
    for language in LANGUAGES:
        listed = {each.name for part in guides.parts(language) for each in (part.page, *part.chapters)}
        wanted = {each.name for each in PAGES if not re.match("translating|adr/", each.name)}
        assert wanted == listed | {guides.FIRST}, language


def test_a_translation_has_the_headings_pictures_and_links_of_its_page() -> None:
    for page in PAGES:
        english = guides.page(page.name)
        assert english, f"{page.name} is translated and not there in English"
        assert _bones(page) == _bones(english), page.name


def _bones(page: Page) -> list[str]:
    kept = {"heading_open", "image", "table_open", "link_open", "list_item_open", "code_block"}
    return [f"{each.type}{each.tag} {str(each.attrGet('src') or each.attrGet('href') or '').partition('#')[0]}"
            for each in tokens(page) if each.type in kept]  # fmt: skip
