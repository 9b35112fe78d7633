"""What a page says to people, and which of it did not pass through the catalogue."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page

COLLECT = r"""
() => {
  const said = [];
  const silent = new Set(["SCRIPT", "STYLE", "NOSCRIPT"]);
  const words = ["aria-label", "aria-description", "aria-valuetext", "aria-roledescription", "placeholder", "title",
                 "alt", "label", "data-label", "data-back", "data-x", "data-y", "data-z"];
  const foreign = (element) => element?.closest('[translate="no"]');
  const read = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        const parent = node.parentElement;
        const heard = node.data.trim() && !silent.has(parent?.tagName) && !foreign(parent);
        if (heard) said.push([parent?.tagName ?? "", node.data.trim()]);
        continue;
      }
      if (node.tagName === "TEMPLATE") read(node.content);
      if (foreign(node)) continue;
      for (const attribute of node.attributes) {
        const button = node.tagName === "INPUT" && ["submit", "button", "reset"].includes(node.type);
        const spoken = words.includes(attribute.name) || attribute.name.startsWith("data-say")
          || (attribute.name === "value" && button)
          || (attribute.name === "content" && node.getAttribute("name") === "description");
        if (spoken && attribute.value.trim()) said.push([`${node.tagName} ${attribute.name}`, attribute.value.trim()]);
      }
    }
  };
  read(document.documentElement);
  return said;
}
"""

# Names, codes and signs that are the same in every language, wherever they stand.
ALIKE = [
    re.compile(r"https?://\S*"),
    re.compile(r"\bJ-\d+\b"),
    re.compile(r"\bEUR\b"),  # the currency's ISO code beside an amount to fill in
    re.compile(r"\{\w+\}"),  # what a script fills in
    re.compile(r"[\u0400-\u04ff]+\.(?:stl|svg|gcode)\b"),  # a file's name inside a sentence
    re.compile(r"(?<!\S)/(?:[\w.-]+/)+[\w.-]+"),  # a folder of the computer
    re.compile(r"#[0-9a-f]{6}\b|multipart/form-data|application/json"),
    re.compile(r"`[^`]+`|apt install prusa-slicer|“Authorization: Bearer TOKEN”|“X-Api-Key: TOKEN”"),
]
_LATIN = re.compile(r"[A-Za-z]+")
_SENTENCE = re.compile(r"[A-Za-z]{2,}(?:[’']?[ ,;:]+[A-Za-z]{2,})+")

# What two pages may differ in without saying anything else: ids, people's words, figures, codes to scan, tokens.
_HEADER = re.compile(r"<head>.*?</head>|<header class=\"site-head\">.*?</header>", re.DOTALL)
_VOLATILE = re.compile(
    r'name="(?:csrf_token|next)" value="[^"]*"|"X-CSRFToken": "[^"]*"|[?&]seen=\w+|\sd="[^"]*"'
    r"|[0-9a-z]{16}|[\u0400-\u04ff]+|[0-9]+"
)


@dataclass(frozen=True)
class Leak:
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text!r}"


def texts(page: Page) -> list[tuple[str, str]]:
    """Every text and spoken attribute of the page as (place, text), outside translate="no"."""
    return [(where, text) for where, text in page.evaluate(COLLECT)]


def essence(html: str) -> str:
    """What a page says besides its head, the same for two pages that say the same of two things."""
    return _VOLATILE.sub("", _HEADER.sub("", html))


def leaks(said: list[tuple[str, str]], language: str) -> Iterator[Leak]:
    """What is not in the reader's language: any Latin letter in the invented one, any English sentence in Chinese."""
    unfit = _SENTENCE if language == "zh_Hans" else _LATIN
    for where, text in said:
        if unfit.search(without_alike(text)):
            yield Leak(where, text)


def told(found: Iterable[tuple[str, Leak]]) -> str:
    """What was said in the wrong language, each text once, with where it was seen first."""
    first: dict[Leak, str] = {}
    for where, leak in found:
        first.setdefault(leak, where)
    return "\n".join(f"{leak}  ({where})" for leak, where in first.items())


def without_alike(text: str) -> str:
    for pattern in ALIKE:
        text = pattern.sub(" ", text)
    return text
