"""A page beside the pictures of pages: each look in its ways, beside its design where one has the same name.

Designs are HTML pages somewhere else, or PNG files; they are linked or shown, never copied.
"""

import os
from collections import defaultdict
from html import escape
from pathlib import Path

NAME = "index.html"
_LIKE = {"mine": "jobs", "project": "project-public", "upload": "design-mesh", "admin-machines": "machine-admin",
         "job": "job-running"}  # fmt: skip
"""Which look shows what a design shows, where their names differ."""
_STYLE = """body{font:15px system-ui;margin:1rem;background:#888}h2{margin:2rem 0 .5rem}
div{display:flex;gap:1rem;overflow-x:auto;align-items:start}figure{margin:0;flex:none}figcaption{font-weight:600}
img{display:block;height:auto}.desk{width:640px}.phone{width:300px}iframe{width:1280px;height:1800px;border:0;zoom:.5}"""


def write(folder: Path, designs: Path | None = None) -> Path:
    """Write the page over all pictures that lie in `folder`; their names are look.size.theme.language.png."""
    looks: dict[str, list[Path]] = defaultdict(list)
    for picture in sorted(folder.glob("*.*.*.*.png")):
        looks[picture.name.split(".")[0]].append(picture)
    drawn = {_LIKE.get(each.stem, each.stem): each for each in sorted(designs.glob("*.html"))} if designs else {}
    parts = "".join(_look(name, pictures, drawn.get(name), folder) for name, pictures in sorted(looks.items()))
    page = folder / NAME
    page.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Looks</title><style>{_STYLE}</style>'
        f"<h1>{len(looks)} looks</h1>{parts}</html>\n", "utf-8",
    )  # fmt: skip
    return page


def _look(name: str, pictures: list[Path], design: Path | None, folder: Path) -> str:
    beside = ""
    if design:
        address = escape(os.path.relpath(design, folder))
        beside = (
            f'<figure><figcaption><a href="{address}">design</a></figcaption><iframe src="{address}"></iframe></figure>'
        )
    shown = "".join(_figure(each) for each in pictures)
    return f'<h2 id="{escape(name)}">{escape(name)}</h2><div>{beside}{shown}</div>'


def _figure(picture: Path) -> str:
    _look_name, way = picture.name.removesuffix(".png").split(".", 1)
    size = way.split(".")[0]
    return (
        f'<figure><figcaption>{escape(way)}</figcaption><a href="{escape(picture.name)}">'
        f'<img class="{escape(size)}" loading="lazy" src="{escape(picture.name)}" alt="{escape(way)}"></a></figure>'
    )
