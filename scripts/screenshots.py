"""Picture every page of a lab that has one of everything, in every size, theme and language, and list what is wrong.

The lab is made in a temporary folder by the services that pages call; it needs no machine and no network. Pictures go
to `screenshots/`, named page.size.theme.language.png; index.html there shows them, beside their designs if `--designs`
says where those are. Faults a program can see are printed as a table: pages that scroll sideways, text outside its box,
figures split from their unit, blanks and narrow signs in Chinese, buttons on two lines, targets too small for a thumb,
errors in the console, and serious findings of axe. Ends with 1 when there is any.
"""

import argparse
import logging
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from itertools import product
from pathlib import Path

import structlog
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts import picture_index  # noqa: E402 - the folder above is not on the path of a script
from tests.looks import faults, scene  # noqa: E402 - the folder above is not on the path of a script
from tests.looks.pages import Look, looks  # noqa: E402
from tests.support.chromium import FLAGS  # noqa: E402

THEMES = ("light", "dark")
TALLEST = 14000
"""Pixels of a picture; nothing below that line is looked at."""
WIDEST = 60
"""Characters of a column of the table."""
Faults = dict[tuple[str, faults.Fault], list[str]]


def arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", help="names of pages, also with *; all of them unless said")
    parser.add_argument("--size", action="append", choices=list(scene.SIZES), help="desk (1280 px) or phone (390 px)")
    parser.add_argument("--theme", action="append", choices=THEMES)
    parser.add_argument("--language", action="append", choices=list(scene.LANGUAGES))
    parser.add_argument("--turning", action="store_true", help="with models in 3D instead of their pictures; slow")
    parser.add_argument("--no-script", action="store_true", help="as browsers without JavaScript show them")
    parser.add_argument("--no-faults", action="store_true", help="only take the pictures")
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots", help="where the pictures go")
    parser.add_argument(
        "--lab",
        type=Path,
        help="keep the lab in this folder, and use the one that is there; remove it when tables change",
    )
    parser.add_argument("--designs", type=Path, help="the folder of the HTML designs; the index shows them too")
    parser.add_argument("--list", action="store_true", help="only list the names of pages")
    return parser.parse_args(given)


def main(given: Sequence[str]) -> int:
    wanted = arguments(given)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with folder(wanted.lab) as place, scene.opened(place) as shown:
        chosen = [each for each in looks(shown.lab) if named(each, wanted.pages)]
        if wanted.list:
            print("\n".join(each.name for each in chosen))
            return 0
        wanted.out.mkdir(parents=True, exist_ok=True)
        with chromium() as browser:
            found = picture_all(shown, browser, chosen, wanted)
    print(table(found))
    print(f"Look through them: {picture_index.write(wanted.out, wanted.designs)}")
    return 1 if any(fault.kind not in faults.HARMLESS for _, fault in found) else 0


def named(look: Look, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatch(look.name, each) for each in patterns)


@contextmanager
def folder(kept: Path | None) -> Iterator[Path]:
    if kept:
        yield kept.absolute()
    else:
        with tempfile.TemporaryDirectory(prefix="fabqueue-look-") as place:
            yield Path(place)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        raise SystemExit("Chromium is not installed; `make system` installs it.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def picture_all(shown: scene.Scene, browser: Browser, chosen: list[Look], wanted: argparse.Namespace) -> Faults:
    """Every page in every way that is wanted; faults by page, with the ways they were seen in."""
    found: Faults = defaultdict(list)
    sizes, themes = wanted.size or list(scene.SIZES), wanted.theme or THEMES
    for size, theme, language in product(sizes, themes, wanted.language or list(scene.LANGUAGES)):
        visit = scene.Visit(shown, browser, size, theme, language, script=not wanted.no_script,
                            turning=wanted.turning)  # fmt: skip
        console = faults.Console(visit.page)
        for look in chosen:
            way = f"{size}.{theme}.{language}"
            try:
                page = visit.open(look)
            except (AssertionError, PlaywrightError) as error:
                found[look.name, faults.Fault("not reached", look.path, str(error).split("\n")[0])].append(way)
                continue
            if not (wanted.no_faults or wanted.no_script):
                for fault in [
                    *console.take(),
                    *faults.of_layout(page, size == "phone"),
                    *faults.of_access(page, look.part),
                ]:
                    found[look.name, fault].append(way)
            take(page, wanted.out / f"{look.name}.{way}{'.bare' if wanted.no_script else ''}.png")
        visit.close()
    return found


def take(page: Page, file: Path) -> None:
    """The whole page; what stands before it, such as a dialog, as the window shows it."""
    if page.locator("dialog[open], [popover]:popover-open").count():
        page.screenshot(path=file)
        return
    window = page.viewport_size or {"width": 0, "height": 0}
    tall = min(int(page.locator("html").evaluate("(html) => html.scrollHeight")), TALLEST)
    page.set_viewport_size({"width": window["width"], "height": tall})  # what is fixed to the bottom edge is there then
    page.wait_for_function(  # nobody asks for a picture that is folded away
        "() => [...document.images].every((each) => each.complete || !each.checkVisibility()"
        " || each.getBoundingClientRect().top > innerHeight)"
    )
    page.screenshot(path=file)
    page.set_viewport_size(window)


def table(found: Faults) -> str:
    if not found:
        return "No fault was found."
    lines = sorted(((page, fault.kind, fault.where, fault.what), ways(seen)) for (page, fault), seen in found.items())
    widths = [min(max(len(cells[column]) for cells, _ in lines), WIDEST) for column in range(4)]
    return "\n".join(_row(cells, widths) + seen for cells, seen in lines)


def _row(cells: tuple[str, ...], widths: list[int]) -> str:
    return "".join(text[:WIDEST].ljust(width + 2) for text, width in zip(cells, widths, strict=True))


def ways(seen: list[str]) -> str:
    return f"{seen[0]} and {len(seen) - 1} more" if len(seen) > 1 else seen[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
