"""The guides: Markdown pages in `docs/`, English there, other languages in a folder of theirs that lies over it.

A page's name is its path without `.md` (`makers/first-job`). A page or picture that a language has not is the English
one. The same names, links and headings hold on GitHub, in the built site and below `/help`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fabqueue import paths

ENGLISH = "en"
FIRST = "index"
_NAME = re.compile(r"[A-Za-z0-9-]+(?:/[A-Za-z0-9-]+)*")
_PICTURE = re.compile(r"[a-z0-9-]+(?:/[a-z0-9-]+)*\.(?:webp|svg)")
LONGEST_NAME = 120
"""Longer ones are no page's, and no file system takes them."""
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s#]+)\.md\)")


@dataclass(frozen=True)
class Page:
    """One page as it was written: `language` is English where the wanted one has none."""

    name: str
    language: str
    text: str

    @property
    def title(self) -> str:
        return self.text.partition("\n")[0].removeprefix("#").strip()


@dataclass(frozen=True)
class Part:
    """One guide: its first page, then its chapters in the order in which that page lists them."""

    page: Page
    chapters: tuple[Page, ...]


def folder(language: str) -> Path:
    return paths.guides() if language == ENGLISH else paths.guides() / language


def page(name: str, language: str = ENGLISH) -> Page | None:
    """The page of that name in `language`, else in English, else nothing."""
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        return None
    for spoken in (language, ENGLISH):
        place = folder(spoken) / f"{name}.md"
        if place.is_file():
            return Page(name, spoken, place.read_text("utf-8"))
    return None


def picture(name: str, language: str = ENGLISH) -> Path | None:
    """The picture `name` (a path below `pictures/`) of that language, else of English, else nothing."""
    if len(name) > LONGEST_NAME or not _PICTURE.fullmatch(name):
        return None
    places = (folder(spoken) / "pictures" / name for spoken in (language, ENGLISH))
    return next((each for each in places if each.is_file()), None)


def linked(page: Page) -> Iterator[str]:
    """The names of the pages that a page links to, in order, each once."""
    found = (resolve(page.name, target) for _text, target in _LINK.findall(page.text) if "://" not in target)
    yield from dict.fromkeys(found)


def resolve(name: str, target: str) -> str:
    """What a link on the page `name` means: `../desk` on `makers/first-job` is `desk`."""
    steps = name.split("/")[:-1]
    for step in target.split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step != ".":
            steps.append(step)
    return "/".join(steps)


def parts(language: str = ENGLISH) -> list[Part]:
    """The guides in the order of the first page, each with the chapters that lie in a folder of its name."""
    first = page(FIRST, language)
    found = [page(name, language) for name in linked(first)] if first else []
    return [Part(each, tuple(_chapters(each, language))) for each in found if each]


def _chapters(guide: Page, language: str) -> Iterator[Page]:
    for name in linked(guide):
        found = page(name, language) if name.startswith(f"{guide.name}/") else None
        if found:
            yield found


def anchors(shown: Page) -> list[str]:
    """The anchor of each heading in order: those of the English page, so that a link holds in any language."""
    own, english = own_anchors(shown), page(shown.name)
    theirs = own_anchors(english) if english else own
    return theirs if len(theirs) == len(own) else own


def own_anchors(page: Page) -> list[str]:
    """The anchor of each heading, made from its own words."""
    return [slug(each) for each in _HEADING.findall(page.text)]


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
