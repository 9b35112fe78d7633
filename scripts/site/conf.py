"""How Sphinx builds the guides: the Markdown that `/help` shows, read by the same parser, in a page of its own."""

from sphinx.application import Sphinx

import fabqueue
from fabqueue import guides

project = "FabQueue"
author = "The FabQueue contributors"
version = release = fabqueue.__version__
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = guides.FIRST
myst_heading_anchors = 3
myst_heading_slug_func = "fabqueue.guides.slug"
nitpicky = True
html_theme = "furo"
html_title = f"FabQueue {version}"
html_copy_source = html_show_sourcelink = html_show_sphinx = False
templates_path = ["templates"]
html_static_path = ["static"]
html_css_files = ["guides.css"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1d4a3d", "color-brand-content": "#1f6b52"},
    "dark_css_variables": {"color-brand-primary": "#8fd0b5", "color-brand-content": "#8fd0b5"},
}
html_sidebars = {
    "**": ["sidebar/brand.html", "languages.html", "sidebar/search.html", "sidebar/scroll-start.html",
           "sidebar/navigation.html", "sidebar/scroll-end.html"],
}  # fmt: skip


BELOW = {"architecture": ("translating", "adr/README"), "adr/README": ("adr/0*",)}
"""Pages below a page that are not chapters of a guide."""


def _contents(name: str, text: str) -> list[str]:
    """What the table of contents holds below a page: what the first page and each guide list, in their order."""
    if name in BELOW:
        return list(BELOW[name])
    linked = guides.linked(guides.Page(name, guides.ENGLISH, text))
    return [each for each in linked if name == guides.FIRST or each.startswith(f"{name}/")]


def _with_contents(_app: Sphinx, name: str, source: list[str]) -> None:
    if found := _contents(name, source[0]):
        source[0] += "\n\n```{toctree}\n:hidden:\n:glob:\n\n" + "\n".join(f"/{each}" for each in found) + "\n```\n"


def setup(app: Sphinx) -> None:
    app.connect("source-read", _with_contents)
