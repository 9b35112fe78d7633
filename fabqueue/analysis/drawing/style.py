"""The properties of elements as browsers cascade and inherit them: attributes, style sheets, `style`, variables."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import lru_cache

from fabqueue.analysis.drawing.colours import is_paint
from fabqueue.analysis.drawing.css import Declarations, Rule, declarations, media_holds, rules
from fabqueue.analysis.drawing.document import Document, Node
from fabqueue.analysis.drawing.transforms import css_matrix
from fabqueue.analysis.drawing.units import share

START = {
    "stroke": "none", "fill": "black", "color": "black", "fill-rule": "nonzero", "stroke-opacity": "1",
    "fill-opacity": "1", "visibility": "visible", "stroke-width": "", "stroke-dasharray": "none",
}  # fmt: skip
"""The inherited properties that drawings need, and what they begin with; a width of stroke nobody named is none."""
CSS_TRANSFORM = "transform (css)"
"""Where `properties` keeps a transform from a style, whose grammar is another than that of the attribute."""
_AS_PARENT = {"inherit", "unset", "revert", "revert-layer"}
_WIDE = _AS_PARENT | {"initial"}
_DISPLAYS = {
    "none", "inline", "block", "inline-block", "list-item", "contents", "flex", "inline-flex", "grid", "inline-grid",
    "flow-root", "table", "inline-table", "table-row", "table-cell", "table-column", "table-row-group",
    "table-header-group", "table-footer-group", "table-column-group", "table-caption", "ruby", "-webkit-box",
}  # fmt: skip
_VARIABLE = re.compile(r"var\(\s*(--[^\s,()]+)\s*(?:,((?:[^()]|\([^()]*\))*))?\)")
_PATH = re.compile(r"""path\(\s*(?:(?:nonzero|evenodd)\s*,\s*)?(["'])(.*)\1\s*\)""", re.DOTALL)
_MOST_SUBSTITUTIONS = 20
_LONGEST_VALUE = 2_000


_SHORT = 200
"""Characters of what is read once for all elements that say it."""
MOST_KEPT, MOST_KEPT_NAMES = 1_000, 64
"""Styles that are kept to be used again, and how many properties and variables one of them may have."""

Own = tuple[tuple[str, str], ...]
"""What an element says of itself."""


class StyleSheet:
    """All `style` elements of a document."""

    def __init__(self, document: Document) -> None:
        self._rules: dict[str, list[Rule]] = defaultdict(list)
        self._known: dict[Node, dict[str, str]] = {}
        self._inherited: dict[tuple[int, Own], tuple[dict[str, str], dict[str, str]]] = {}
        for rule in rules(node.text for node in document.elements if node.tag == "style" and _holds(node)):
            self._rules[rule.compounds[0].key].append(rule)

    def properties(self, node: Node) -> dict[str, str]:
        """Attributes of `node` overlaid with its matching rules and its own `style`; not to be changed.

        Values that a browser would not understand are left out.
        """
        if node not in self._known:
            self._known[node] = self._cascade(node)
        return self._known[node]

    def inherited(self, properties: Mapping[str, str], parent: dict[str, str]) -> dict[str, str]:
        """As the function of that name; equal elements in one place get one and the same style."""
        own = tuple([each for each in properties.items() if each[0] in START or each[0].startswith("--")])
        if not own or len(parent) + len(own) > MOST_KEPT_NAMES:
            return inherited(properties, parent)
        key = (id(parent), own)
        if key not in self._inherited:
            if len(self._inherited) >= MOST_KEPT:
                self._inherited.clear()
            self._inherited[key] = (inherited(properties, parent), parent)  # which keeps the id its own
        return self._inherited[key][0]

    def _cascade(self, node: Node) -> dict[str, str]:
        merged = _understood(node.attributes)
        found = self._matching(node) if self._rules else []
        layers = [rule.declarations for rule in sorted(found, key=lambda rule: rule.weight)]
        if own := node.attributes.get("style"):
            layers.append((_own if len(own) < _SHORT else declarations)(own))
        for important in (False, True) if layers else ():
            for layer in layers:
                merged = merged | _declared(layer, important=important)
        return merged

    def _matching(self, node: Node) -> list[Rule]:
        return [rule for key in _keys(node) for rule in self._rules.get(key, ()) if rule.matches(node)]


def _understood(attributes: dict[str, str]) -> dict[str, str]:
    """Those that a browser would heed, which mostly are all."""
    for name, value in attributes.items():
        if name in _CHECKS and not (_is_kept if len(value) < _SHORT else accepts)(name, value):
            return {name: value for name, value in attributes.items() if accepts(name, value)}
    return attributes


def _declared(layer: Declarations, *, important: bool) -> dict[str, str]:
    """The declarations of one rule that count."""
    found = {}
    for name, values in layer.items():
        for value, is_important in values:
            if is_important is important and accepts(name, value, css=True):
                found[CSS_TRANSFORM if name == "transform" else name] = _css_value(name, value)
    return found


def _css_value(name: str, value: str) -> str:
    if name != "d":
        return value
    path = _PATH.fullmatch(value)
    return path[2] if path else ""


def accepts(name: str, value: str, *, css: bool = False) -> bool:
    """Whether a browser understands `value`; what it does not, it reads as if nothing were written."""
    check = _CHECKS.get(name)
    if css and name in _CSS_CHECKS:
        check = _CSS_CHECKS[name]
    if check is None:
        return True
    if len(value) > _LONGEST_VALUE and name != "d":
        return False
    return value.strip().lower() in _WIDE or "var(" in value or check(value.strip())


@lru_cache(maxsize=256)
def _own(style: str) -> Declarations:
    """The declarations of a short `style`, which many elements share; not to be changed."""
    return declarations(style)


@lru_cache(maxsize=1024)
def _is_kept(name: str, value: str) -> bool:
    """As `accepts`, for short values; most attributes say what many others said before."""
    return accepts(name, value)


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "stroke": is_paint,
    "fill": is_paint,
    "color": is_paint,
    "opacity": lambda value: share(value) is not None,
    "stroke-opacity": lambda value: share(value) is not None,
    "fill-opacity": lambda value: share(value) is not None,
    "display": lambda value: value.lower() in _DISPLAYS,
    "visibility": lambda value: value.lower() in {"visible", "hidden", "collapse"},
    "fill-rule": lambda value: value.lower() in {"nonzero", "evenodd"},
}
_CSS_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "d": lambda value: value.lower() == "none" or _PATH.fullmatch(value) is not None,
    "transform": lambda value: css_matrix(value, 0.0, 0.0) is not None,
    # a viewport is as large as its attributes say; only the outermost one heeds its style, which is asked there
    "href": lambda value: False,
    "viewBox": lambda value: False,
    "points": lambda value: False,
}


def inherited(properties: Mapping[str, str], parent: dict[str, str]) -> dict[str, str]:
    """The style that holds inside of an element with `properties` whose parent has the style `parent`."""
    own = {name: properties[name] for name in properties if name in START or name.startswith("--")}
    if not own:
        return parent
    variables = {**parent, **{name: value for name, value in own.items() if name.startswith("--")}}
    merged = variables
    for name, value in own.items():
        if name in START and (found := _computed(name, value, variables)) is not None:
            merged = {**merged, name: found}
    return merged


def _computed(name: str, value: str, variables: Mapping[str, str]) -> str | None:
    """What an inherited property comes to, or None when it is its parent's."""
    if "var(" in value:
        value = substituted(value, variables) or "unset"
        value = value if accepts(name, value) else "unset"
    keyword = value.strip().lower()
    if keyword in _AS_PARENT:
        return None
    return START[name] if keyword == "initial" else value


def substituted(value: str, variables: Mapping[str, str]) -> str | None:
    """`value` with its `var()` replaced, or None where one has no value."""
    for _ in range(_MOST_SUBSTITUTIONS if len(value) <= _LONGEST_VALUE else 0):
        match = _VARIABLE.search(value)
        if match is None:
            return value
        put = variables.get(match[1], match[2])
        if put is None or len(value) + len(put) > _LONGEST_VALUE:
            return None
        value = value[: match.start()] + put.strip() + value[match.end() :]
    return None


def is_hidden(properties: Mapping[str, str], style: Mapping[str, str]) -> bool:
    """Whether an element and all in it is not drawn: `display` none or no opacity at all."""
    if "display" not in properties and "opacity" not in properties:
        return False
    display, opacity = (_plain(properties.get(name, ""), style) for name in ("display", "opacity"))
    left = share(opacity)
    return display.strip().lower() == "none" or (left is not None and left <= 0)


def is_visible(style: Mapping[str, str]) -> bool:
    return style["visibility"].strip().lower() == "visible"


def _plain(value: str, style: Mapping[str, str]) -> str:
    return (substituted(value, style) or "") if "var(" in value else value


def _holds(node: Node) -> bool:
    kind = node.attributes.get("type", "").strip().lower()
    return kind in {"", "text/css"} and media_holds(node.attributes.get("media", ""))


def _keys(node: Node) -> list[str]:
    classes = [f".{name}" for name in dict.fromkeys(node.attributes.get("class", "").split())]
    return [f"#{node.attributes.get('id', '')}", *classes, node.tag, "*"]
