"""How a drawing is to be read: what its colours stand for, and whether lines on other lines are taken out.

Imported by those who only ask or tell as well, so it needs none of the libraries that reading takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fabqueue.analysis.perception import difference, lab

NO_COLOUR = "other"
"""Stands for a paint that is no colour: a gradient, a pattern, a colour nobody can read."""
IMAGE = "image"
"""Stands for all pictures made of pixels: they are engraved, unless their owner leaves them out."""
IMAGE_MAY_BE = frozenset({"engrave", "ignored"})
NEAR = 9.0
"""Colours this near (CIEDE2000) to one in the map are taken for it."""
NEAR_CUT = 6.0
"""What cuts must be nearer: it cannot be taken back. Orange-red begins here, so reds of ink are named one by one."""
INKS: Mapping[str, tuple[str, ...]] = {
    "#ff0000": ("#ed1c24", "#e30613", "#e60012", "#e31e24", "#da251d"),
    "#ffff00": ("#fff200", "#ffed00", "#fff100"),
    "#00ff00": ("#00a651", "#009640", "#009944", "#009846"),
    "#00ffff": ("#00aeef", "#009fe3", "#00a0e9"),
    "#0000ff": ("#2e3192", "#312783", "#1d2088", "#393185", "#3e4095"),
    "#ff00ff": ("#ec008c", "#e6007e", "#e4007f", "#e5097f"),
    "#000000": ("#231f20", "#1d1d1b", "#231815", "#2b2a29", "#1f1a17"),
}
"""What full inks look like that programs export for a pure colour: SWOP, FOGRA39, Japan Color, CorelDRAW's own."""
NEAR_INK = 2.5
"""Rounding and close relatives of these profiles; dark grey, purple and orange are more than 3 away from each."""
USUAL_KERF_MM = 0.2


class Operation(StrEnum):
    """What a laser does along a line or over an area."""

    CUT = "cut"
    SCORE = "score"
    ENGRAVE = "engrave"
    IGNORED = "ignored"


DEFAULT: Mapping[str, Operation] = {
    "#ff0000": Operation.CUT,
    "#0000ff": Operation.SCORE,
    "#000000": Operation.ENGRAVE,
}
"""The convention of most labs; by no means of all, so each may have its own."""


def operation(colour: str, colours: Mapping[str, Operation]) -> Operation:
    """The operation of `colour` ("#rrggbb"): exactly by the map, else by the colour in it that looks most alike.

    A pure colour of the map is met by its ink too, as programs that think in ink export it. What looks like none of
    them is ignored, never cut.
    """
    if colour == IMAGE:
        return Operation.ENGRAVE
    if colour in colours or colour == NO_COLOUR:
        return colours.get(colour, Operation.IGNORED)
    looks = sorted((far, known) for known in colours if (far := _distance(colour, known, colours)) is not None)
    return colours[looks[0][1]] if looks else Operation.IGNORED


def _distance(colour: str, known: str, colours: Mapping[str, Operation]) -> float | None:
    """How far `colour` is from looking like `known` in the map or its ink, or None when it does not."""
    here = lab(colour)
    reach = NEAR_CUT if colours[known] is Operation.CUT else NEAR
    looks = [(difference(here, lab(known)), reach)]
    looks += [(difference(here, lab(ink)), NEAR_INK) for ink in INKS.get(known, ())]
    return min((far for far, most in looks if far <= most), default=None)


@dataclass(frozen=True)
class Reading:
    """What holds for one drawing.

    `colours` ("#rrggbb" to operations) is what lab and machine mean; what looks like one of them is taken for it.
    `chosen` is what the member said of colours of this very drawing, or of its pictures (IMAGE), and holds for exactly
    these. `without_doubles` leaves out lines that lie on others. `kerf_mm` is how wide the laser's gap is taken to be.
    """

    colours: Mapping[str, Operation] = field(default_factory=lambda: DEFAULT)
    chosen: Mapping[str, Operation] = field(default_factory=dict)
    without_doubles: bool = False
    kerf_mm: float = USUAL_KERF_MM

    def operation(self, colour: str) -> Operation:
        """What is done where something is drawn in `colour` ("#rrggbb", NO_COLOUR or IMAGE)."""
        return self.chosen[colour] if colour in self.chosen else operation(colour, self.colours)

    def meant(self, colour: str) -> Operation:
        """What would be done if the member had said nothing."""
        return operation(colour, self.colours)

    def as_dict(self) -> dict[str, Any]:
        """As JSON, which is how the sandbox is told and the report keeps it."""
        return {
            "colours": {colour: str(each) for colour, each in self.colours.items()},
            "operations": {colour: str(each) for colour, each in sorted(self.chosen.items())},
            "without_doubles": self.without_doubles,
            "kerf_mm": self.kerf_mm,
        }

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> "Reading":
        """The opposite of `as_dict`."""
        return cls(_map(given["colours"]), _map(given["operations"]), given["without_doubles"], given["kerf_mm"])


def merged(
    lab: Mapping[str, str] | None = None,
    machine: Mapping[str, str] | None = None,
    member: Mapping[str, Any] | None = None,
    kerf_mm: float = USUAL_KERF_MM,
) -> Reading:
    """What holds when all have spoken: the default < the lab < the machine model < the member.

    `lab` replaces the default, because a lab names all the colours it knows; `machine` changes or adds single colours.
    `member` is `Revision.reading`: {"operations": {"#rrggbb": ...}, "without_doubles": bool}, both may be missing.
    """
    said = member or {}
    colours = {**(DEFAULT if lab is None else _map(lab)), **_map(machine or {})}
    return Reading(colours, _map(said.get("operations", {})), bool(said.get("without_doubles", False)), kerf_mm)


def _map(given: Mapping[str, str]) -> dict[str, Operation]:
    return {colour: Operation(each) for colour, each in given.items()}
