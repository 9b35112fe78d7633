"""Areas that are engraved together: rows through several save turning, unless too much lies empty between them."""

from collections.abc import Sequence

import numpy as np

from printers.laser.work import Fill, Floats

MOST_TOGETHER = 300
"""Areas that are compared with one another at once."""


def clustered(parts: Sequence[list[Fill]], turn_mm: float) -> list[list[Fill]]:
    """The parts in groups to be burnt row by row. `turn_mm` is the way that turning at the ends of a row is worth."""
    groups = list(parts)
    before = len(groups) + 1
    while 1 < len(groups) < before:
        before = len(groups)
        boxes = np.array([_box(group) for group in groups])
        order = np.lexsort((boxes[:, 0], boxes[:, 1] + boxes[:, 3]))
        merged: list[list[Fill]] = []
        for first in range(0, len(order), MOST_TOGETHER):
            part = order[first : first + MOST_TOGETHER]
            for together in _merged(boxes[part], turn_mm):
                merged.append([fill for place in together for fill in groups[part[place]]])
        groups = merged
    return groups


def _box(group: Sequence[Fill]) -> Floats:
    """Left, bottom, right, top."""
    rings = [ring for fill in group for ring in fill.rings]
    low, high = (
        np.min([ring.min(axis=0) for ring in rings], axis=0),
        np.max([ring.max(axis=0) for ring in rings], axis=0),
    )
    return np.concatenate([low, high])


def _merged(boxes: Floats, turn_mm: float) -> list[list[int]]:
    """Places in `boxes` (n, 4) that are best taken together, two at a time as long as that saves anything."""
    groups: list[list[int] | None] = [[place] for place in range(len(boxes))]
    boxes, gains = boxes.copy(), np.full((len(boxes), len(boxes)), -np.inf)
    for place in range(len(boxes)):
        gains[place] = _gains(boxes, place, turn_mm)
    while True:
        one, other = divmod(int(gains.argmax()), len(boxes))
        if not gains[one, other] > 0:
            return [group for group in groups if group]
        groups[one], groups[other] = [*(groups[one] or []), *(groups[other] or [])], None
        boxes[one] = _around(boxes[one], boxes[other])
        boxes[other] = np.nan  # no comparison with it is ever true
        gains[other], gains[:, other] = -np.inf, -np.inf
        gains[one] = gains[:, one] = _gains(boxes, one, turn_mm)


def _gains(boxes: Floats, place: int, turn_mm: float) -> Floats:
    """What taking each box together with that one saves; nothing with itself and with those that are gone."""
    saved = _worth(boxes, turn_mm) + _worth(boxes[place], turn_mm) - _worth(_around(boxes, boxes[place]), turn_mm)
    saved[place] = -np.inf
    found: Floats = np.nan_to_num(saved, nan=-np.inf)
    return found


def _worth(boxes: Floats, turn_mm: float) -> Floats:
    """Of engraving boxes (..., 4): height times the width with the turns, as rows are as many as they are high."""
    width, height = boxes[..., 2] - boxes[..., 0], boxes[..., 3] - boxes[..., 1]
    found: Floats = height * (width + turn_mm)
    return found


def _around(boxes: Floats, box: Floats) -> Floats:
    return np.concatenate([np.minimum(boxes[..., :2], box[..., :2]), np.maximum(boxes[..., 2:], box[..., 2:])], axis=-1)
