"""The site: built from the Markdown in every language, complete without a network, and refused with a broken link."""

import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from fabqueue import paths
from fabqueue.wording import LANGUAGES
from scripts import guides as script
from tests.looks.guide_pictures import PICTURES

ELSEWHERE = re.compile(
    r'(?:src|srcset|data-src)="https?:[^"]*"|<link[^>]+href="https?:[^"]*"|@import|url\(["\']?https?:'
)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The guides with a small picture wherever the build would take one."""
    leave_out = shutil.ignore_patterns("made")
    copied = Path(shutil.copytree(paths.guides(), tmp_path / "docs", ignore=leave_out))
    made = copied / "pictures" / "made"
    made.mkdir()
    for name in PICTURES:
        Image.new("RGB", (8, 8)).save(made / f"{name}.webp")
    return copied


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_every_page_is_built_in_every_language_and_asks_nobody_else(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    assert script.build_site(sources, out) == 0
    for language in LANGUAGES:
        root = out if language == "en" else out / language
        assert f'lang="{language.partition("_")[0]}' in (root / "index.html").read_text()
        for page in paths.guides().rglob("*.md"):
            name = page.relative_to(paths.guides())
            if name.parts[0] not in LANGUAGES:
                assert (root / name.with_suffix(".html")).is_file(), name
    for page in [*out.rglob("*.html"), *out.rglob("*.css")]:
        assert not ELSEWHERE.findall(page.read_text("utf-8")), page


@pytest.mark.parametrize("broken", ["[gone](gone.md)", "[gone](makers.md#gone)", "![Nothing](pictures/made/gone.webp)"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_what_leads_nowhere_ends_the_build(sources: Path, tmp_path: Path, broken: str) -> None:
    page = sources / "instructors.md"
    page.write_text(f"{page.read_text()}\n\n{broken}\n")
    assert script.build_site(sources, tmp_path / "site") != 0


def test_a_page_without_a_translation_says_so_in_the_language_of_the_site(tmp_path: Path) -> None:
    (tmp_path / "docs" / "zh_Hans").mkdir(parents=True)
    (tmp_path / "docs" / "one.md").write_text("# One\n\nWords.\n")
    (tmp_path / "docs" / "two.md").write_text("# Two\n\nWords.\n")
    (tmp_path / "docs" / "zh_Hans" / "two.md").write_text("# 二\n\n文字。\n")
    tree = script.lay_over(tmp_path / "docs", tmp_path / "tree", "zh_Hans")
    assert (tree / "one.md").read_text() == "# One\n\n> 本页尚未翻译。\n\nWords.\n"
    assert (tree / "two.md").read_text() == "# 二\n\n文字。\n"
    assert not (tree / "zh_Hans").exists()
