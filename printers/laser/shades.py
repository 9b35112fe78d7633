"""How dark rows of many powers come out, as a small PNG of our own for the picture of a toolpath."""

import base64
import struct
import zlib

import numpy as np

from printers.laser.toolpath import Ints, Moves
from printers.laser.work import Floats

MOST_CELLS = 1000
"""Cells of the longer side."""
_ROWS_IN_A_CELL = 2
_PNG = b"\x89PNG\r\n\x1a\n"
_GREY_AND_ALPHA = 4


def shades(moves: Moves, chosen: Ints, grey: int) -> tuple[str, tuple[float, float, float, float]]:
    """What level moves (`chosen` are their places) burn: the data URI of a PNG; left, bottom, width and height in mm.

    Each cell is `grey`, the more opaque the more power it gets; the darkest is wholly so.
    """
    begin, end = moves.starts[chosen, 0], moves.points[chosen, 0]
    left, right, y = np.minimum(begin, end), np.maximum(begin, end), moves.points[chosen, 1]
    heights = np.unique(y)
    apart = float(np.median(np.diff(heights))) if len(heights) > 1 else 0.0
    width, height = float(right.max() - left.min()), float(np.ptp(heights))
    cell = max(width / MOST_CELLS, height / MOST_CELLS, _ROWS_IN_A_CELL * apart, 1e-3)
    columns, rows = int(width / cell) + 1, int(height / cell) + 2
    low = float(heights[0]) - cell / 2
    power = moves.power[chosen].astype(np.float64)
    dose = _dose((left - left.min()) / cell, (right - left.min()) / cell, (y - low) / cell, power, (rows, columns))
    opaque = np.rint(255 * dose / dose.max()).astype(np.uint8)[::-1]
    box = (float(left.min()), low - cell / 2, columns * cell, rows * cell)
    return "data:image/png;base64," + base64.b64encode(_png(opaque, grey)).decode("ascii"), box


def _dose(left: Floats, right: Floats, y: Floats, power: Floats, shape: tuple[int, int]) -> Floats:
    """Power by cell of rows from `left` to `right` at `y` in cells, each shared by two rows of cells."""
    rows, columns = shape
    below = np.floor(y).astype(np.int64).clip(0, rows - 2)
    upper = y - below
    steps = np.zeros(rows * (columns + 2))
    for row, share in ((below, 1 - upper), (below + 1, upper)):
        for edge, sign in ((left, 1.0), (right, -1.0)):
            cell = np.floor(edge).astype(np.int64).clip(0, columns - 1)
            inside = edge - cell
            at = row * (columns + 2) + cell
            # a row that begins within a cell covers the rest of it, and all of those behind
            steps += np.bincount(at, sign * share * power * (1 - inside), len(steps))
            steps += np.bincount(at + 1, sign * share * power * inside, len(steps))
    found: Floats = np.cumsum(steps.reshape(rows, columns + 2), axis=1)[:, :columns]
    return found.clip(0)


def _png(opaque: np.typing.NDArray[np.uint8], grey: int) -> bytes:
    height, width = opaque.shape
    pixels = np.stack([np.full_like(opaque, grey), opaque], axis=2).reshape(height, 2 * width)
    lines = np.insert(pixels, 0, 0, axis=1).tobytes()  # each line begins with its filter, none
    head = struct.pack(">IIBBBBB", width, height, 8, _GREY_AND_ALPHA, 0, 0, 0)
    return _PNG + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(lines, 6)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
