"""Pseudo classes that a still picture can meet, by where an element stands."""

import re
from collections import Counter
from collections.abc import Callable

from fabqueue.analysis.drawing.document import Node

Test = Callable[[Node], bool]

_NTH = re.compile(r"\s*(?:(?P<step>[+-]?\d*)n\s*)?(?P<offset>[+-]?\s*\d+)?\s*", re.IGNORECASE)
_NEVER = {"hover", "active", "focus", "focus-within", "focus-visible", "visited", "target", "checked", "disabled"}
"""Nobody points at a drawing that lies in a workshop."""


def pseudo_class(name: str, argument: str) -> Test | None:
    """The test of one pseudo class, or None for one nobody knows."""
    if name in _NEVER:
        return lambda node: False
    if name == "root":
        return lambda node: node.parent is None
    if name == "empty":
        return lambda node: not node.children and not node.text
    if name in {"first-child", "first-of-type", "last-child", "last-of-type"}:
        return _nth(0, 1, of_type=name.endswith("type"), backwards=name.startswith("last"))
    if name in {"only-child", "only-of-type"}:
        first, last = (_nth(0, 1, of_type=name.endswith("type"), backwards=each) for each in (False, True))
        return lambda node: first(node) and last(node)
    return _numbered(name, argument)


def _numbered(name: str, argument: str) -> Test | None:
    if name not in {"nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type"}:
        return None
    formula = {"odd": "2n+1", "even": "2n"}.get(argument.strip().lower(), argument)
    match = _NTH.fullmatch(formula)
    if match is None or not formula.strip():
        return None
    step = match["step"]
    each = 0 if step is None else int(f"{step}1") if step in {"", "+", "-"} else int(step)
    offset = int((match["offset"] or "0").replace(" ", ""))
    return _nth(each, offset, of_type=name.endswith("type"), backwards="last" in name)


def _nth(step: int, offset: int, *, of_type: bool, backwards: bool) -> Test:
    """Whether an element is number `step` * n + `offset` among its siblings, for any n from 0."""

    known: dict[Node, dict[Node, int]] = {}

    def test(node: Node) -> bool:
        if node.parent is None:
            return False
        if node.parent not in known:
            known[node.parent] = _numbers(node.parent, of_type=of_type, backwards=backwards)
        over = known[node.parent][node] - offset
        return over == 0 if step == 0 else over % step == 0 and over // step >= 0

    return test


def _numbers(parent: Node, *, of_type: bool, backwards: bool) -> dict[Node, int]:
    """The number of each child among all of them, or among those of its own kind, from 1."""
    counts: Counter[str] = Counter()
    found = {}
    for child in reversed(parent.children) if backwards else parent.children:
        kind = child.tag if of_type else ""
        counts[kind] += 1
        found[child] = counts[kind]
    return found
