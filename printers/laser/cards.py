"""A test card: fields burnt at each of several powers and speeds, with the figures beside them. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from printers.laser.plan import Plan
from printers.laser.planning import plan
from printers.laser.toolpath import Moves, joined
from printers.laser.work import Fill, Floats, Work
from printers.lasers import Laser, PlanError, Setting, Size, Wishes

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


def drawing(card: Card, colours: Mapping[str, str]) -> str:
    """An SVG of a card as large as it is burnt; `colours` ("#rrggbb") has those of its operation and of scoring.

    What each field is burnt with cannot be drawn: read as a drawing, it is burnt as any other.
    """
    width, height = _size(card)
    figures = [_placed(_figure(value), corner) for value, corner in _figures(card)]
    fields = [_placed(_field(card), _corner(column, row)) for row, column in _places(card)]
    lined = 'fill="none" stroke="{0}" stroke-width="0.1"'
    paint = 'fill="{0}"' if card.operation == "engrave" else lined
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}">'
        f'<path {lined.format(colours["score"])} d="{_data(figures, height)}"/>'
        f'<path {paint.format(colours[card.operation])} d="{_data(fields, height)}"/></svg>\n'
    )


def _placed(work: Work, corner: Size) -> list[Floats]:
    """The lines of a piece of work with its lower left corner there, y upwards as on the laser."""
    lines = [line * (1, -1) for line in work.lines]
    return [line - np.concatenate(lines).min(axis=0) + corner for line in lines]


def _data(pieces: Sequence[Sequence[Floats]], height: float) -> str:
    """All their lines as path data, y downwards."""
    lines = ([f"{x:.6g} {height - y:.6g}" for x, y in line.tolist()] for piece in pieces for line in piece)
    return "".join("M" + "L".join(points) for points in lines)


def _size(card: Card) -> Size:
    """Width and height of the whole card, margins included."""
    columns, rows = len(card.powers), len(card.speeds)
    across = _LABEL_MM + columns * (FIELD_MM + GAP_MM) - GAP_MM
    return across + 2 * MARGIN_MM, DIGIT_MM[1] + GAP_MM + rows * (FIELD_MM + GAP_MM) - GAP_MM + 2 * MARGIN_MM


def _places(card: Card) -> Iterator[tuple[int, int]]:
    """Row and column of every field, in the order in which they are burnt."""
    return ((row, column) for row in range(len(card.speeds)) for column in range(len(card.powers)))


def _corner(column: int, row: int) -> Size:
    """The lower left corner of a field, from the origin."""
    step = FIELD_MM + GAP_MM
    return MARGIN_MM + _LABEL_MM + column * step, MARGIN_MM + DIGIT_MM[1] + GAP_MM + row * step


def _fields(card: Card, laser: Laser) -> list[Plan]:
    work, made = _field(card), []
    for row, column in _places(card):
        setting = replace(card.setting, power_percent=card.powers[column], speed_mm_s=card.speeds[row])
        made.append(_at(work, setting, laser, _corner(column, row)))
    return made


def _field(card: Card) -> Work:
    square = np.array([[0, 0], [FIELD_MM, 0], [FIELD_MM, FIELD_MM], [0, FIELD_MM], [0, 0]], dtype=float)
    return Work(card.operation, "#000000", [square], [Fill([square])] if card.operation == "engrave" else [])


def _labels(card: Card, laser: Laser) -> list[Plan]:
    return [_at(_figure(value), card.label, laser, corner) for value, corner in _figures(card)]


def _figures(card: Card) -> Iterator[tuple[float, Size]]:
    """Every figure with the lower left corner of its place."""
    for column, power in enumerate(card.powers):
        yield power, (_corner(column, 0)[0], MARGIN_MM)
    middle = (FIELD_MM - DIGIT_MM[1]) / 2
    for row, speed in enumerate(card.speeds):
        yield speed, (MARGIN_MM, _corner(0, row)[1] + middle)


def _figure(value: float) -> Work:
    """A whole number as lines to score."""
    lines: list[Floats] = []
    for place, digit in enumerate(str(round(value))):
        shift = np.array([place * (DIGIT_MM[0] + SPACE_MM), 0.0])
        lines += [np.array([_CORNERS[each] for each in stroke]) + shift for stroke in _STROKES[digit]]
    return Work("score", "#0000ff", lines)


def _at(work: Work, setting: Setting, laser: Laser, corner: Size) -> Plan:
    """A piece of work with its lower left corner there; the room before it serves to run up to speed."""
    room = min(corner)
    made = plan([work], {work.operation: setting}, laser, Wishes(kerf=False, margin_mm=room))
    moves = made.moves
    moved = Moves(moves.points + np.array(corner) - room, moves.power, moves.speed, moves.operation, moves.air)
    return replace(made, moves=moved)
