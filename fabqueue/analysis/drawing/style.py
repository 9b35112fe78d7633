"""The part of CSS that drawings use: rules by tag, class, id, descendant and child; the more specific ones win."""

import re
from collections import defaultdict
from dataclasses import dataclass

from fabqueue.analysis.drawing.document import Document, Node

MAX_RULES = 5_000
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_COMPOUND = re.compile(r"(?P<tag>[\w-]+|\*)?(?P<rest>(?:[.#][\w-]+)*)")
_PART = re.compile(r"([.#])([\w-]+)")


@dataclass(frozen=True)
class _Compound:
    """What one element must be: `tag` ("" for any), `marks` as ("." or "#", name)."""

    tag: str
    marks: tuple[tuple[str, str], ...]

    def matches(self, node: Node) -> bool:
        return self.tag in {"", node.tag} and all(_has(node, sign, name) for sign, name in self.marks)


@dataclass(frozen=True)
class _Rule:
    """Compounds from the element itself outwards; `direct[i]` says that compound i + 1 is the very parent."""

    compounds: tuple[_Compound, ...]
    direct: tuple[bool, ...]
    declarations: dict[str, str]
    weight: tuple[int, int, int, int]

    def matches(self, node: Node) -> bool:
        if not self.compounds[0].matches(node):
            return False
        above = node.parent
        for compound, direct in zip(self.compounds[1:], self.direct, strict=True):
            while above is not None and not compound.matches(above) and not direct:
                above = above.parent
            if above is None or not compound.matches(above):
                return False
            above = above.parent
        return True


class StyleSheet:
    """All `style` elements of a document."""

    def __init__(self, document: Document) -> None:
        self._rules: dict[str, list[_Rule]] = defaultdict(list)
        self._known: dict[Node, dict[str, str]] = {}
        texts = [node.text for node in document.elements if node.tag == "style"]
        for order, (selector, body) in enumerate(_blocks("\n".join(texts))[:MAX_RULES]):
            for each in selector.split(","):
                if rule := _rule(each.strip(), declarations(body), order):
                    self._rules[_key(rule.compounds[0])].append(rule)

    def properties(self, node: Node) -> dict[str, str]:
        """Attributes of `node` overlaid with its matching rules, then with its own `style`; not to be changed."""
        if node not in self._known:
            self._known[node] = self._cascade(node)
        return self._known[node]

    def _cascade(self, node: Node) -> dict[str, str]:
        found = [rule for key in _keys(node) for rule in self._rules.get(key, ()) if rule.matches(node)]
        merged = dict(node.attributes)
        for rule in sorted(found, key=lambda rule: rule.weight):
            merged |= rule.declarations
        if own := node.attributes.get("style"):
            merged |= declarations(own)
        return merged


def declarations(body: str) -> dict[str, str]:
    """`"fill: red; stroke: none"` as a dict; `!important` is dropped."""
    pairs = (part.partition(":") for part in body.split(";"))
    return {name.strip().lower(): value.split("!")[0].strip() for name, colon, value in pairs if colon}


def _blocks(text: str) -> list[tuple[str, str]]:
    """(selector, body) of the plain rules; at-rules are skipped with all they hold."""
    text = _COMMENT.sub("", text).replace("<!--", "").replace("-->", "")
    found, at = [], 0
    while (opening := text.find("{", at)) >= 0:
        selector = text[at:opening].rpartition(";")[2].strip()
        closing = _closing(text, opening)
        if not selector.startswith("@"):
            found.append((selector, text[opening + 1 : closing]))
        at = closing + 1
    return found


def _closing(text: str, opening: int) -> int:
    depth, at = 0, opening
    for brace in re.finditer(r"[{}]", text[opening:]):
        depth += 1 if brace[0] == "{" else -1
        at = opening + brace.start()
        if depth == 0:
            return at
    return len(text)


def _rule(selector: str, body: dict[str, str], order: int) -> _Rule | None:
    """The rule of one selector, or None for what is not understood: pseudo classes, attributes, siblings."""
    steps = selector.replace(">", " > ").split()
    compounds: list[_Compound] = []
    direct: list[bool] = []
    for step in reversed(steps):
        if step == ">":
            if not compounds or len(direct) == len(compounds):
                return None
            direct.append(True)
            continue
        compound = _compound(step)
        if compound is None:
            return None
        if len(direct) < len(compounds):
            direct.append(False)
        compounds.append(compound)
    if not compounds or len(direct) != len(compounds) - 1:
        return None
    return _Rule(tuple(compounds), tuple(direct), body, (*_specificity(compounds), order))


def _compound(step: str) -> _Compound | None:
    match = _COMPOUND.fullmatch(step)
    if match is None or not step:
        return None
    tag = match["tag"] or ""
    return _Compound("" if tag == "*" else tag, tuple(_PART.findall(match["rest"])))


def _specificity(compounds: list[_Compound]) -> tuple[int, int, int]:
    signs = [sign for compound in compounds for sign, _ in compound.marks]
    return signs.count("#"), signs.count("."), sum(bool(compound.tag) for compound in compounds)


def _key(compound: _Compound) -> str:
    """The most telling mark, under which a rule is looked up."""
    marks = sorted(sign + name for sign, name in compound.marks)
    return marks[0] if marks else compound.tag or "*"


def _keys(node: Node) -> list[str]:
    classes = [f".{name}" for name in node.attributes.get("class", "").split()]
    return [f"#{node.attributes.get('id', '')}", *classes, node.tag, "*"]


def _has(node: Node, sign: str, name: str) -> bool:
    if sign == "#":
        return node.attributes.get("id") == name
    return name in node.attributes.get("class", "").split()
