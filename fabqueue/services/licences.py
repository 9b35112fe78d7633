"""Licences: SPDX expressions, checked, in plain words, and whether what they allow is open hardware."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from boolean.boolean import ParseError
from license_expression import ExpressionError, Licensing, get_spdx_licensing

from fabqueue.services.errors import Refused

LONGEST = 200

COMMON = (
    "CERN-OHL-P-2.0", "CERN-OHL-W-2.0", "CERN-OHL-S-2.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "MIT", "Apache-2.0", "GPL-3.0-or-later", "LicenseRef-AllRightsReserved",
)  # fmt: skip
"""What pages suggest; any other of the SPDX list is taken as well."""

_OWN = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
_FAMILIES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(shape), code)
    for shape, code in (
        (r"CC-BY-NC-ND-.*", "licence_non_commercial_unchanged"),
        (r"CC-BY-NC-SA-.*", "licence_non_commercial_alike"),
        (r"CC-BY-NC-.*", "licence_non_commercial"),
        (r"CC-BY-ND-.*", "licence_unchanged"),
        (r"CC-BY-SA-.*", "licence_share_alike"),
        (r"CC-BY-\d.*", "licence_attribution"),
        (r"CC0-.*|0BSD|Unlicense|PDDL-.*", "licence_public_domain"),
        (r"CERN-OHL-P-.*|SHL-.*", "licence_permissive_hardware"),
        (r"CERN-OHL-W-.*", "licence_weak_hardware"),
        (r"CERN-OHL-.*|TAPR-OHL-.*", "licence_strong_hardware"),
        (r"MIT|MIT-0|BSD-[123]-Clause|Apache-.*|ISC|Zlib|BSL-1\.0", "licence_permissive_software"),
        (r"LGPL-.*|MPL-.*|EPL-.*", "licence_weak_software"),
        (r"A?GPL-.*|EUPL-.*", "licence_strong_software"),
        (r"LicenseRef-AllRightsReserved", "licence_none"),
        (r"(?:DocumentRef-.*:)?LicenseRef-.*", "licence_own"),
    )
)
_LIMITED = {
    "licence_non_commercial", "licence_non_commercial_alike", "licence_non_commercial_unchanged", "licence_unchanged",
    "licence_none",
}  # fmt: skip
_UNCLEAR = {"licence_own", "licence_other"}


class Openness(StrEnum):
    """How free a maker is, least first. Open: study, make, change and sell it."""

    LIMITED = "limited"
    UNCLEAR = "unclear"
    OPEN = "open"


@dataclass(frozen=True)
class Plain:
    """One licence of an expression; `code` is that of its plain words."""

    name: str
    code: str


@cache
def _licensing() -> Licensing:
    return get_spdx_licensing()


def normal(text: str) -> str:
    """`text` as SPDX writes it. Raises Refused naming what no one knows, or that it is no expression."""
    parsed = _parsed(text)
    unknown = [each for each in _unknown(parsed) if not _OWN.fullmatch(each)]
    if unknown:
        raise Refused("project_licence_unknown", {"licence": ", ".join(unknown)[:LONGEST], "known": list(COMMON[:3])},
                      "licence")  # fmt: skip
    written = str(parsed.render("{symbol.key}"))
    if len(written) > LONGEST:
        raise Refused("text_too_long", {"most": LONGEST}, "licence")
    return written


def _parsed(text: str) -> Any:
    if len(text) > LONGEST:
        raise Refused("text_too_long", {"most": LONGEST}, "licence")
    try:
        parsed = _licensing().parse(text, strict=True)
    except (ExpressionError, ParseError, IndexError):  # the last for brackets around nothing
        parsed = None
    if parsed is None:
        raise Refused("project_licence_shape", {"licence": text}, "licence")
    return parsed


def _unknown(parsed: Any) -> list[str]:
    return [str(each.key) for each in _licensing().unknown_license_symbols(parsed)]


def plain(expression: str) -> list[Plain]:
    """Every licence of a checked expression, in its order, each once."""
    if not expression:
        return []
    names = dict.fromkeys(str(each) for each in _leaves(_parsed(expression)))
    return [Plain(each, _code(each)) for each in names]


def _leaves(node: Any) -> Sequence[Any]:
    return [each for argument in node.args for each in _leaves(argument)] if _operator(node) else [node]


def _operator(node: Any) -> str:
    return str(node.operator).strip() if getattr(node, "operator", None) else ""


def _code(name: str) -> str:
    first = name.partition(" WITH ")[0]
    return next((code for shape, code in _FAMILIES if shape.fullmatch(first)), "licence_other")


def is_choice(expression: str) -> bool:
    """Whether the maker may choose between licences."""
    return " OR " in expression


@lru_cache(maxsize=1024)
def openness(expression: str) -> Openness:
    """Of a checked expression: with OR the maker takes the freest, with AND the strictest counts."""
    return _openness(_parsed(expression)) if expression else Openness.LIMITED


def _openness(node: Any) -> Openness:
    if operator := _operator(node):
        return (max if operator == "OR" else min)((_openness(each) for each in node.args), key=list(Openness).index)
    code = _code(str(node))
    return Openness.LIMITED if code in _LIMITED else Openness.UNCLEAR if code in _UNCLEAR else Openness.OPEN
