"""Style sheets as far as drawings use them: rules with selectors, tested against the nodes of a document.

Selectors of CSS level 3 and `:is`, `:where`, `:not` with simple contents; media queries as for a screen. A rule that is
not understood is left out whole, as browsers do.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fabqueue.analysis.drawing.document import Node
from fabqueue.analysis.drawing.pseudo import Test, pseudo_class

MAX_RULES = 5_000
MAX_STEPS = 12
"""Compounds of one selector."""

Declarations = dict[str, list[tuple[str, bool]]]
"""All values of each property in their order, and whether each is `!important`."""

Weight = tuple[int, int, int]
"""How special a selector is: its ids, its classes, its tags."""

_TOKEN = re.compile(r"""/\*.*?(?:\*/|\Z)|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\([^()'"]*\)|[{};]""", re.DOTALL)
_SIMPLE = re.compile(
    r"""(?P<tag>(?:[\w-]*\|)?(?:(?:[\w-]|\\[0-9a-fA-F]{1,6}\s?|\\.)+|\*))
    |\#(?P<id>(?:[\w-]|\\[0-9a-fA-F]{1,6}\s?|\\.)+)
    |\.(?P<name>(?:[\w-]|\\[0-9a-fA-F]{1,6}\s?|\\.)+)
    |\[\s*(?P<attribute>[\w:-]+)\s*(?:(?P<how>[~|^$*]?=)\s*(?P<value>"[^"]*"|'[^']*'|[\w-]+)\s*(?P<case>[is])?\s*)?\]
    |:(?P<pseudo>[\w-]+)(?:\((?P<argument>[^()]*)\))?""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)")
_COMBINATOR = re.compile(r"\s*([>+~])\s*|\s+")

_SCREENS = {"", "all", "screen", "only screen", "not print"}


@dataclass(frozen=True)
class Compound:
    """What one element must be: all `tests` hold; `key` is under what it is looked up."""

    tests: tuple[Test, ...]
    weight: Weight
    key: str

    def matches(self, node: Node) -> bool:
        return all(test(node) for test in self.tests)


@dataclass(frozen=True)
class Rule:
    """Compounds from the element itself outwards, with the combinator before each but the first."""

    compounds: tuple[Compound, ...]
    combinators: tuple[str, ...]
    declarations: Declarations
    order: int

    @property
    def weight(self) -> tuple[int, int, int, int]:
        return (*_total(one.weight for one in self.compounds), self.order)

    def matches(self, node: Node) -> bool:
        found = [node] if self.compounds[0].matches(node) else []
        for combinator, compound in zip(self.combinators, self.compounds[1:], strict=True):
            near = {each: None for one in found for each in _related(one, combinator)}
            found = [each for each in near if compound.matches(each)]
        return bool(found)


def rules(sheets: Iterable[str]) -> list[Rule]:
    """The rules of all `sheets` in their order, one for each selector of a list."""
    found: list[Rule] = []
    for selectors, body in _blocks("\n".join(sheets)):
        declared = declarations(body)
        parsed = [_selector(each) for each in _split(selectors)]
        for each in parsed if all(parsed) else []:
            if each is not None:
                found.append(Rule(*each, declared, len(found)))
        if len(found) >= MAX_RULES:
            break
    return found


def declarations(body: str) -> Declarations:
    """`"fill: red; stroke: none !important"` taken apart; a later value of a property holds if it is understood."""
    found: Declarations = {}
    for part in _split(_without_comments(body), ";"):
        name, colon, value = part.partition(":")
        plain, mark, how = value.strip().rpartition("!")
        important = bool(mark) and how.strip().lower() == "important"
        key = name.strip() if name.strip().startswith("--") else name.strip().lower()
        if colon:
            found.setdefault(key, []).append((plain.strip() if important else value.strip(), important))
    return found


def _without_comments(text: str) -> str:
    return _TOKEN.sub(lambda token: " " if token[0].startswith("/*") else token[0], text)


def _split(text: str, at: str = ",") -> list[str]:
    """Parts of `text` between separators that stand in no string and no brackets."""
    parts, depth, quote, start = [], 0, "", 0
    for index, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote and text[index - 1] != "\\" else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "([":
            depth += 1
        elif sign in ")]":
            depth = max(0, depth - 1)
        elif sign == at and not depth:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """(selectors, body) of the rules that hold on a screen; the end of the text closes what is open."""
    text = _without_comments(text).replace("<!--", "").replace("-->", "")
    open_blocks: list[tuple[str, int]] = []
    start = 0
    for token in [*_TOKEN.finditer(text + "}" * text.count("{"))]:
        if token[0] == "{":
            open_blocks.append((text[start : token.start()].strip(), token.end()))
        elif token[0] == "}" and open_blocks:
            head, body = open_blocks.pop()
            if not head.startswith("@") and all(_holds(above) for above, _ in open_blocks):
                yield head, text[body : token.start()]
        if token[0] in "{};":
            start = token.end()


def _holds(head: str) -> bool:
    """Whether what an at-rule wraps holds for a screen; conditions about the window or the reader do not."""
    name, _, condition = head.partition(" ")
    if name.lower() == "@layer":
        return True
    return name.lower() == "@media" and media_holds(condition)


def media_holds(condition: str) -> bool:
    """Whether a media query list is met by a screen of unknown size."""
    return any(
        each.strip().lower() in {"", "all", "screen", "only screen", "not print"} for each in condition.split(",")
    )


def _selector(text: str) -> tuple[tuple[Compound, ...], tuple[str, ...]] | None:
    """Compounds and combinators from the right to the left, or None for what is not understood."""
    compounds: list[Compound] = []
    combinators: list[str] = []
    at = 0
    text = text.strip()
    while at < len(text):
        found, at = _compound(text, at)
        if found is None or len(compounds) == MAX_STEPS:
            return None
        compounds.append(found)
        between = _COMBINATOR.match(text, at)
        if between is not None:
            combinators.append(between[1] or " ")
            at = between.end()
    if not compounds or len(combinators) != len(compounds) - 1:
        return None
    return tuple(reversed(compounds)), tuple(reversed(combinators))


def _compound(text: str, at: int) -> tuple[Compound | None, int]:
    """The compound that begins at `at`, and where it ends."""
    tests: list[Test] = []
    weights: list[Weight] = []
    key = "*"
    while (match := _SIMPLE.match(text, at)) is not None and not (match["tag"] and tests):
        found = _simple(match)
        if found is None:
            return None, at
        tests.append(found[0])
        weights.append(found[1])
        key = found[2] or key
        at = match.end()
    return (Compound(tuple(tests), _total(weights), key) if tests else None), at


def _simple(match: re.Match[str]) -> tuple[Test, Weight, str] | None:
    """Test, weight and key of one simple selector."""
    if tag := _name(match["tag"] or "").rpartition("|")[2]:
        return (_anything, (0, 0, 0), "") if tag == "*" else (lambda node: node.tag == tag, (0, 0, 1), tag)
    if name := _name(match["id"] or ""):
        return lambda node: node.attributes.get("id") == name, (1, 0, 0), f"#{name}"
    if name := _name(match["name"] or ""):
        return lambda node: name in node.attributes.get("class", "").split(), (0, 1, 0), f".{name}"
    if match["attribute"]:
        return _attribute(match), (0, 1, 0), ""
    return _pseudo(match["pseudo"].lower(), match["argument"] or "")


def _pseudo(name: str, argument: str) -> tuple[Test, Weight, str] | None:
    if name not in {"is", "where", "not"}:
        test = pseudo_class(name, argument)
        return None if test is None else (test, (0, 1, 0), "")
    parts = [each.strip() for each in argument.split(",")]
    found = [_compound(part, 0) for part in parts]
    inner = [one for (one, end), part in zip(found, parts, strict=True) if one is not None and end == len(part)]
    if not inner:
        return None
    weight = (0, 0, 0) if name == "where" else max(one.weight for one in inner)
    return lambda node: any(one.matches(node) for one in inner) is (name != "not"), weight, ""


def _total(weights: Iterable[Weight]) -> Weight:
    ids, names, tags = (sum(each) for each in zip((0, 0, 0), *weights, strict=True))
    return ids, names, tags


def _attribute(match: re.Match[str]) -> Test:
    name, how, value = match["attribute"].rpartition(":")[2], match["how"], (match["value"] or "").strip("\"'")
    fold = str.lower if match["case"] == "i" else str

    def test(node: Node) -> bool:
        given = node.attributes.get(name)
        if given is None or how is None:
            return given is not None
        one, other = fold(given), fold(value)
        return {
            "=": one == other,
            "~=": other in one.split(),
            "|=": one == other or one.startswith(f"{other}-"),
            "^=": bool(other) and one.startswith(other),
            "$=": bool(other) and one.endswith(other),
            "*=": bool(other) and other in one,
        }[how]

    return test


def _anything(node: Node) -> bool:
    return True


def _name(text: str) -> str:
    """An identifier with its escapes resolved."""
    return _ESCAPE.sub(lambda each: chr(min(int(each[1], 16), 0x10FFFF)) if each[1] else each[2], text)


def _related(node: Node, combinator: str) -> Iterator[Node]:
    """What may stand before `combinator` when `node` stands behind it."""
    if combinator in "+~":
        before = node.parent.children[: node.place] if node.parent else []
        yield from before[-1:] if combinator == "+" else before
        return
    above = node.parent
    while above is not None:
        yield above
        above = above.parent if combinator == " " else None
