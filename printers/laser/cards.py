"""A test card: fields burnt at each of several powers and speeds, with the figures beside them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from printers.laser.plan import Plan
from printers.laser.planning import plan
from printers.laser.toolpath import Moves, joined
from printers.laser.work import Fill, Floats, Work
from printers.lasers import Laser, PlanError, Setting, Wishes

FIELD_MM, GAP_MM, MARGIN_MM = 10.0, 4.0, 5.0
DIGIT_MM, SPACE_MM = (1.8, 3.0), 0.9
MOST_STEPS = 10
_LABEL_MM = 3 * (DIGIT_MM[0] + SPACE_MM) + SPACE_MM
"""Room for three digits."""

_CORNERS = {name: (x * DIGIT_MM[0], y * DIGIT_MM[1] / 2) for name, x, y in
            (("a", 0, 0), ("b", 1, 0), ("c", 0, 1), ("d", 1, 1), ("e", 0, 2), ("f", 1, 2))}  # fmt: skip
_STROKES = {
    "0": ("abfea",), "1": ("bf",), "2": ("abdcef",), "3": ("abdfe", "cd"), "4": ("acd", "bf"), "5": ("bacdfe",),
    "6": ("baefdc",), "7": ("abf",), "8": ("abfea", "cd"), "9": ("dcabfe",),
}  # fmt: skip
"""Lines through the corners of a digit, a and b on top."""


@dataclass(frozen=True)
class Card:
    """What a card tries: one operation at each power (percent) and speed (mm/s); all else as `setting` has it.

    label: how the figures are scored. Powers stand below the columns, speeds beside the rows.
    """

    operation: str
    powers: Sequence[float]
    speeds: Sequence[float]
    setting: Setting
    label: Setting


def test_card(card: Card, laser: Laser) -> Plan:
    """The toolpath of a card, labels first. Raises PlanError where it is too large, or burns with what cannot be."""
    if not 1 <= len(card.powers) <= MOST_STEPS or not 1 <= len(card.speeds) <= MOST_STEPS:
        raise PlanError("laser_card_steps", {"most": MOST_STEPS})
    width, height = _size(card)
    if width > laser.bed_mm[0] or height > laser.bed_mm[1]:
        raise PlanError("laser_sheet_too_small", {
            "width_mm": width - 2 * MARGIN_MM, "height_mm": height - 2 * MARGIN_MM,
            "room_width_mm": laser.bed_mm[0] - 2 * MARGIN_MM, "room_height_mm": laser.bed_mm[1] - 2 * MARGIN_MM,
        })  # fmt: skip
    parts = [*_labels(card, laser), *_fields(card, laser)]
    lengths: dict[str, float] = {}
    areas: dict[str, float] = {}
    for each in parts:
        for name, length in each.lengths_mm.items():
            lengths[name] = lengths.get(name, 0.0) + length
        for name, area in each.areas_mm2.items():
            areas[name] = areas.get(name, 0.0) + area
    return Plan(joined(each.moves for each in parts), laser, 1, width * height, lengths, areas)


def _size(card: Card) -> tuple[float, float]:
    """Width and height of the whole card, margins included."""
    columns, rows = len(card.powers), len(card.speeds)
    across = _LABEL_MM + columns * (FIELD_MM + GAP_MM) - GAP_MM
    return across + 2 * MARGIN_MM, DIGIT_MM[1] + GAP_MM + rows * (FIELD_MM + GAP_MM) - GAP_MM + 2 * MARGIN_MM


def _corner(column: int, row: int) -> tuple[float, float]:
    """The lower left corner of a field, from the origin."""
    step = FIELD_MM + GAP_MM
    return MARGIN_MM + _LABEL_MM + column * step, MARGIN_MM + DIGIT_MM[1] + GAP_MM + row * step


def _fields(card: Card, laser: Laser) -> list[Plan]:
    square = np.array([[0, 0], [FIELD_MM, 0], [FIELD_MM, FIELD_MM], [0, FIELD_MM], [0, 0]], dtype=float)
    fills = [Fill([square])] if card.operation == "engrave" else []
    work = Work(card.operation, "#000000", [square], fills)
    made = []
    for row, speed in enumerate(card.speeds):
        for column, power in enumerate(card.powers):
            setting = replace(card.setting, power_percent=power, speed_mm_s=speed)
            made.append(_at(work, setting, laser, _corner(column, row)))
    return made


def _labels(card: Card, laser: Laser) -> list[Plan]:
    made = [
        _at(_figure(power), card.label, laser, (_corner(column, 0)[0], MARGIN_MM))
        for column, power in enumerate(card.powers)
    ]
    middle = (FIELD_MM - DIGIT_MM[1]) / 2
    for row, speed in enumerate(card.speeds):
        made.append(_at(_figure(speed), card.label, laser, (MARGIN_MM, _corner(0, row)[1] + middle)))
    return made


def _figure(value: float) -> Work:
    """A whole number as lines to score."""
    lines: list[Floats] = []
    for place, digit in enumerate(str(round(value))):
        shift = np.array([place * (DIGIT_MM[0] + SPACE_MM), 0.0])
        lines += [np.array([_CORNERS[each] for each in stroke]) + shift for stroke in _STROKES[digit]]
    return Work("score", "#0000ff", lines)


def _at(work: Work, setting: Setting, laser: Laser, corner: tuple[float, float]) -> Plan:
    """A piece of work with its lower left corner there; the room before it serves to run up to speed."""
    room = min(corner)
    made = plan([work], {work.operation: setting}, laser, Wishes(kerf=False, margin_mm=room))
    moves = made.moves
    moved = Moves(moves.points + np.array(corner) - room, moves.power, moves.speed, moves.operation, moves.air)
    return replace(made, moves=moved)
