"""Paints: what a `stroke` or `fill` comes to, gradients and fallbacks included."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fabqueue.analysis.drawing.colours import colour_of, is_paint
from fabqueue.analysis.drawing.document import Node
from fabqueue.analysis.drawing.shapes import NO_COLOUR
from fabqueue.analysis.drawing.style import MOST_KEPT, MOST_KEPT_NAMES, StyleSheet, is_visible
from fabqueue.analysis.drawing.units import length, share
from fabqueue.colours import rgba

_SERVER = re.compile(r"""url\(\s*["']?([^"')]*)["']?\s*\)\s*(.*)""", re.IGNORECASE | re.DOTALL)
_GRADIENTS = {"linearGradient", "radialGradient"}
_SERVERS = _GRADIENTS | {"pattern"}
_MOST_LINKS = 8


@dataclass(frozen=True, slots=True)
class Look:
    """What shapes of one `style` have in common, as in `Shape`."""

    style: Mapping[str, str]
    """Kept here, so that no other one can get its id."""
    is_visible: bool
    stroke: str | None
    fill: str | None
    even_odd: bool
    opacity: float
    is_dashed: bool


class Paints:
    """The paints of one document; programs keep named colours as gradients with one stop."""

    def __init__(self, by_id: Mapping[str, Node], styles: StyleSheet) -> None:
        self._by_id, self._styles = by_id, styles
        self._known: dict[Node, str | None] = {}
        self._looks: dict[int, Look] = {}

    def look(self, style: Mapping[str, str]) -> "Look":
        """How a shape of this `style` looks, which many shapes share."""
        found = self._looks.get(id(style))
        if found is None:
            found = self._look(style)
            if len(style) <= MOST_KEPT_NAMES:
                if len(self._looks) >= MOST_KEPT:
                    self._looks.clear()
                self._looks[id(style)] = found
        return found

    def _look(self, style: Mapping[str, str]) -> "Look":
        stroke = self.paint(style, "stroke")
        return Look(
            style=style,
            is_visible=is_visible(style),
            stroke=stroke,
            fill=self.paint(style, "fill"),
            even_odd=style["fill-rule"].strip().lower() == "evenodd",
            opacity=self.opacity(style),
            is_dashed=stroke is not None and _is_dashed(style),
        )

    def paint(self, style: Mapping[str, str], kind: str) -> str | None:
        """Colour of the "stroke" or "fill" in `style`, `NO_COLOUR` where it has several, None for nothing to see."""
        if (share(style.get(f"{kind}-opacity", "1")) or 0.0) <= 0:
            return None
        return self._colour(style.get(kind, "none").strip(), style.get("color", "black").strip())

    def opacity(self, style: Mapping[str, str]) -> float:
        """How opaque the fill in `style` is, from 0 to 1."""
        left, colour = share(style.get("fill-opacity", "1")), rgba(style.get("fill", ""))
        return min(max(left or 0.0, 0.0), 1.0) * (colour[3] if colour else 1.0)

    def _colour(self, text: str, current: str) -> str | None:
        if text.lower() == "currentcolor":
            return None if current.lower() == "currentcolor" else self._colour(current, "black")
        link = _SERVER.fullmatch(text)
        if link is None:
            return colour_of(text)
        server = self._by_id.get(link[1].removeprefix("#")) if link[1].startswith("#") else None
        if server is None or server.tag not in _SERVERS:
            return self._colour(link[2], current) if link[2] and is_paint(link[2]) else None
        if server not in self._known:
            self._known[server] = self._served(server)
        return self._known[server]

    def _served(self, server: Node) -> str | None:
        """The one colour of a gradient that has only one, else `NO_COLOUR`."""
        stops = self._stops(server) if server.tag in _GRADIENTS else []
        colours = {self._stop(each) for each in stops}
        return colours.pop() if len(colours) == 1 else NO_COLOUR

    def _stops(self, gradient: Node) -> list[Node]:
        at: Node | None = gradient
        for _ in range(_MOST_LINKS):
            stops = [each for each in at.children if each.tag == "stop"] if at else []
            if stops or at is None:
                return stops
            at = self._by_id.get(at.attributes.get("href", "").removeprefix("#"))
        return []

    def _stop(self, stop: Node) -> str | None:
        properties = self._styles.properties(stop)
        left = share(properties.get("stop-opacity", "1"))
        return None if left is not None and left <= 0 else colour_of(properties.get("stop-color", "black"))


def _is_dashed(style: Mapping[str, str]) -> bool:
    """Whether a stroke is drawn with gaps: dashes of no length at all are none."""
    written = style["stroke-dasharray"]
    if written == "none":
        return False
    dashes = [length(each) for each in written.replace(",", " ").split()]
    return all(dashes) and any(each is not None and each.number > 0 for each in dashes)
