"""The shape of a sentence: a code's words, kept as gettext message ids and translated when somebody reads."""

from dataclasses import dataclass


def N_(text: str) -> str:  # noqa: N802  the name gettext extraction looks for
    """Mark `text` for the catalogue without translating it now."""
    return text


@dataclass(frozen=True)
class Sentence:
    """What a code says.

    text: gettext message id with %(name)s placeholders.
    advice: what the reader can do about it, or "".
    plural, count: the plural message id and the name of the value that decides.
    """

    text: str
    advice: str = ""
    plural: str = ""
    count: str = ""
