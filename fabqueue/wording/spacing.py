"""Blanks around values in sentences: Chinese parts its own words from Latin ones and from nothing else."""

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

HAN = "[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]"
"""A Chinese character or a Chinese mark, for patterns."""
_TAGS = r"(?:<[^<>]*>)*"
_BEFORE = re.compile(rf"(?<={HAN}) (?={_TAGS}%\((\w+)\)[sd])")
_AFTER = re.compile(rf"(%\((\w+)\)[sd]{_TAGS}) (?={HAN})")
_BEGINS, _ENDS = re.compile(HAN), re.compile(f"{HAN}$")


def close_up(message: str, values: Mapping[str, Any]) -> str:
    """`message`, a text with %(name)s placeholders, without its blanks between Chinese words and Chinese values.

    A translator leaves a blank beside each placeholder, which is right for "Mia", "12" and "PLA" and wrong for "王伟"
    and "31 分钟". Messages in other languages come back as they are.
    """
    if "%(" not in message:
        return message
    closed = _BEFORE.sub(lambda at: "" if _BEGINS.match(_plain(values, at[1])) else " ", str(message))
    closed = _AFTER.sub(lambda at: at[1] + ("" if _ENDS.search(_plain(values, at[2])) else " "), closed)
    return Markup(closed) if isinstance(message, Markup) else closed  # noqa: S704 - a message of the catalogue, as it came


def _plain(values: Mapping[str, Any], name: str) -> str:
    """The value of a placeholder as it reads on a page."""
    value = values[name]
    return str(value.striptags() if isinstance(value, Markup) else value)
