"""What the colours of drawings stand for, as a lab writes it: "red = cut, blue = score, black = engrave"."""

import re

from fabqueue.colours import rgba, written

OPERATIONS = ("cut", "score", "engrave", "ignored")
USUAL_COLOURS = "red = cut, blue = score, black = engrave"
MOST_COLOURS = 40

_ENTRY = re.compile(r"(#?[0-9a-zA-Z]+(?:\([^()]*\))?)\s*[=:\s]\s*([a-zA-Z]+)")
_BETWEEN = re.compile(r"[,;\n](?![^()]*\))")
"""What stands between entries, and not between the figures of a colour."""


class WrongColours(ValueError):
    """A text that is no map of colours; `code` and `values` say why to whoever reads a page, the message elsewhere."""

    def __init__(self, message: str, code: str, **values: str | int) -> None:
        super().__init__(message)
        self.code, self.values = code, values


def colour_map(text: str) -> dict[str, str]:
    """Operations (one of OPERATIONS) by colours ("#rrggbb"), in the order of `text`.

    Entries such as `red = cut` or `#00ff00 = score` stand between commas, semicolons or in lines of their own. A colour
    is written in any way that style sheets know, and wholly opaque. Raises WrongColours.
    """
    found: dict[str, str] = {}
    for entry in filter(None, (each.strip() for each in _BETWEEN.split(text))):
        colour, operation = _entry(entry)
        if colour in found:
            raise WrongColours(f"names {entry.split()[0]} twice", "setting_colour_twice", colour=colour)
        found[colour] = operation
    if len(found) > MOST_COLOURS:
        raise WrongColours(f"names {len(found)} colours; write at most {MOST_COLOURS}", "setting_colours_many",
                           most=MOST_COLOURS)  # fmt: skip
    if not set(found.values()) - {"ignored"}:
        raise WrongColours("leaves nothing to do; write e.g. red = cut", "setting_colours_none")
    return found


def _entry(entry: str) -> tuple[str, str]:
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise WrongColours(f"holds {entry!r}; write e.g. red = cut", "setting_colours_shape", entry=entry[:40])
    colour, operation = _colour(match[1]), match[2].lower()
    if colour is None:
        raise WrongColours(f"names {match[1]!r}, which is no colour; write e.g. red or #ff0000",
                           "setting_colour_unknown", colour=match[1][:40])  # fmt: skip
    if operation not in OPERATIONS:
        raise WrongColours(f"says {match[2]!r}; write one of {', '.join(OPERATIONS)}", "setting_operation_unknown",
                           operation=match[2][:40])  # fmt: skip
    return colour, operation


def _colour(text: str) -> str | None:
    """An opaque colour of style sheets as "#rrggbb"."""
    found = rgba(text)
    return written(found) if found is not None and found[3] >= 1 else None
