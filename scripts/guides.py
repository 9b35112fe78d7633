"""Picture the pages that the guides show, and build the guides as a site.

`pictures` opens the pages of a lab that has one of everything (the one `screenshots.py` pictures) in Chromium and
writes `docs/pictures/made/`, and the same below each language of `docs/`; git ignores them, the wheel carries them when
they are there. `site` lays each language over English and lets Sphinx build `site/` and `site/<language>/`. A warning,
such as of a link or a picture that leads nowhere, ends it with 1. Without a word it does both.
"""

import argparse
import io
import logging
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import structlog
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from fabqueue import guides  # noqa: E402 - the folder above is not on the path of a script
from fabqueue.wording import LANGUAGES  # noqa: E402

SPHINX = {"en": "en", "zh_Hans": "zh_CN"}
"""Code of a catalogue to what Sphinx calls the language."""
SEEN = "() => [...document.images].every((each) => each.complete || each.getBoundingClientRect().top > innerHeight)"
"""Every picture that stands in the window has arrived; others may wait until somebody scrolls to them."""
_ANCHORED = re.compile(r"\]\(([^)\s#:]+)\.md#([^)\s]+)\)")
UNTRANSLATED = {"zh_Hans": "本页尚未翻译。"}


def main(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["pictures", "site"], help="only this; both unless said")
    parser.add_argument("--only", nargs="*", default=[], help="names of pictures to take")
    parser.add_argument("--out", type=Path, default=ROOT / "site", help="where the site goes")
    wanted = parser.parse_args(given)
    if wanted.what != "site":
        take_pictures(wanted.only)
    return 0 if wanted.what == "pictures" else build_site(ROOT / "docs", wanted.out)


# pictures


def take_pictures(only: Sequence[str]) -> None:
    """Every picture in every language, in the light theme."""
    from scripts.screenshots import chromium
    from tests.looks import scene

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    place = tempfile.TemporaryDirectory(prefix="fabqueue-guides-")
    with place as folder, scene.opened(Path(folder)) as shown, chromium() as browser:
        for short, language in scene.LANGUAGES.items():
            _take_all(shown, browser, short, guides.folder(language) / "pictures" / "made", only)


def _take_all(shown, browser, language: str, target: Path, only: Sequence[str]) -> None:  # type: ignore[no-untyped-def]
    from tests.looks import scene
    from tests.looks.guide_pictures import PICTURES
    from tests.looks.pages import looks

    target.mkdir(parents=True, exist_ok=True)
    found = {each.name: each for each in looks(shown.lab)}
    for size in scene.SIZES:
        visit = scene.Visit(shown, browser, size, "light", language)
        for name, wanted in PICTURES.items():
            if wanted.size == size and (not only or name in only):
                page = visit.open(found[wanted.look])
                _save(_shot(page, wanted.part, scene.SIZES[size]["width"], wanted.height), target / f"{name}.webp")
        visit.close()


def _shot(page, part: str, width: int, height: int) -> bytes:  # type: ignore[no-untyped-def]
    if part:
        return bytes(page.locator(part).first.screenshot())
    tall = min(height, max(400, int(page.locator("html").evaluate("(html) => html.scrollHeight"))))
    page.set_viewport_size({"width": width, "height": tall})
    page.wait_for_function(SEEN)
    return bytes(page.screenshot())


def _save(png: bytes, place: Path) -> None:
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").save(place, "WEBP", quality=82, method=6)


# the site


def build_site(sources: Path, out: Path) -> int:
    """Build every language from the Markdown in `sources`; 0 when there is nothing to complain about."""
    from sphinx.cmd.build import build_main

    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="fabqueue-site-") as room:
        for language in sorted(LANGUAGES, key=lambda each: each != guides.ENGLISH):
            tree = lay_over(sources, Path(room) / language, language)
            target = out if language == guides.ENGLISH else out / language
            words = ["-q", "-W", "--keep-going", "-b", "html", "-c", str(ROOT / "scripts" / "site"),
                     "-d", str(Path(room) / f"{language}.doctrees"), "-D", f"language={SPHINX[language]}"]  # fmt: skip
            if code := build_main([*words, str(tree), str(target)]):
                return int(code)
    return 0


def lay_over(sources: Path, tree: Path, language: str) -> Path:
    """A copy of the English pages with those of `language` in their places; a page it has not says so."""
    shutil.copytree(sources, tree, ignore=lambda _folder, names: [each for each in names if each in SPHINX])
    if language != guides.ENGLISH:
        for page in tree.rglob("*.md"):
            title, _, rest = page.read_text("utf-8").partition("\n")
            page.write_text(f"{title}\n\n> {UNTRANSLATED[language]}\n{rest}", "utf-8")
        if (sources / language).is_dir():
            shutil.copytree(sources / language, tree, dirs_exist_ok=True)
        _translate_anchors(sources, tree)
    return tree


def _translate_anchors(sources: Path, tree: Path) -> None:
    """Links name the English heading; Sphinx makes an anchor of the words that stand there."""
    for page in tree.rglob("*.md"):
        name = page.relative_to(tree).with_suffix("").as_posix()

        def own(link: re.Match[str], name: str = name) -> str:
            target = guides.resolve(name, link[1])
            english, there = (_anchors(root / f"{target}.md") for root in (sources, tree))
            return f"]({link[1]}.md#{dict(zip(english, there, strict=False)).get(link[2], link[2])})"

        page.write_text(_ANCHORED.sub(own, page.read_text("utf-8")), "utf-8")


def _anchors(place: Path) -> list[str]:
    text = place.read_text("utf-8") if place.is_file() else ""
    return guides.own_anchors(guides.Page("", "", text))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
