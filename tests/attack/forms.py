"""Every form that a person is shown, and what nobody types by accident."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

NUMBERS = ("-1", "1e308", "NaN", str(2**63), str(10**30), "9" * 5000)
DAYS = ("0001-01-01", "9999-12-31", "2026-02-30")
TEXTS = ("", "x" * 10_000, "a\0b", "\ud800\u202e%s%(x)s{0}{{7*7}}'\"><b>\x7f")
"""A lone surrogate is sent as the three bytes that some programs make of it."""
BEHIND = ("-1", "1e308", "9" * 5000, "0001-01-01", *TEXTS)
"""For addresses: enough of each kind, as nothing but whole numbers and names is read from them."""


@dataclass(frozen=True)
class Field:
    name: str
    value: str
    kind: str
    """Of an input; "" where people do not write but choose."""

    @property
    def extremes(self) -> tuple[str, ...]:
        """What is worth trying: of the other kinds one that cannot be read is enough."""
        if self.kind == "number":
            return (*NUMBERS, "x")
        if self.kind == "date":
            return (*DAYS, "x")
        return TEXTS if self.kind else ()


@dataclass(frozen=True)
class SeenForm:
    """A form that posts, on the page it was seen on, as the browser would send it."""

    page: str
    action: str
    fields: tuple[Field, ...]
    tried: frozenset[str] = frozenset()
    """The names of fields that are worth trying."""

    def only(self, names: set[str]) -> "SeenForm":
        return replace(self, tried=frozenset(names))

    def filled(self, **changed: str) -> list[tuple[str, str]]:
        """What a browser sends with some fields changed; a page's own token is left out."""
        return [(each.name, changed.get(each.name, each.value)) for each in self.fields if each.name != "csrf_token"]


def forms_of(page: str, html: str) -> list[SeenForm]:
    """The forms of a page that post."""
    reader = _Forms()
    reader.feed(html)
    return [
        SeenForm(page, urlsplit(urljoin(page, action or page)).path, tuple(fields))
        for action, method, fields in reader.found
        if method == "post"
    ]


class _Forms(HTMLParser):
    """Collects (action, method, fields) of forms; of a box or a button to choose, what is chosen or comes first."""

    _CHOSEN = ("checkbox", "radio")
    _NOT_TYPED = ("hidden", "submit", "file", "button", *_CHOSEN)

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, list[Field]]] = []
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.found.append((given.get("action", ""), given.get("method", "get").lower(), []))
            self._open = True
        elif tag == "select":
            self._select = (name, [])
        elif tag == "option" and self._select:
            self._select[1].append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self._add(Field(name, "words", "text"))
        elif tag in {"input", "button"}:
            self._input(name, given, tag)

    def _input(self, name: str, given: dict[str, str], tag: str) -> None:
        kind = given.get("type", "text" if tag == "input" else "submit")
        if kind not in self._CHOSEN or "checked" in given:
            self._add(Field(name, given.get("value", ""), "" if kind in self._NOT_TYPED else kind))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            name, options = self._select
            chosen = [value for value, is_chosen in options if is_chosen] or [value for value, _ in options]
            self._add(Field(name, chosen[0] if chosen else "", ""))
            self._select = None
        elif tag == "form":
            self._open = False

    def _add(self, field: Field) -> None:
        if field.name and self._open and field.name not in {each.name for each in self.found[-1][2]}:
            self.found[-1][2].append(field)


def spoiled(form: SeenForm) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """(field, extreme, what is sent): each field that people write in by each extreme, the others as they should be."""
    for field in form.fields:
        for extreme in field.extremes if field.name in form.tried else ():
            yield field.name, extreme, form.filled(**{field.name: extreme})
