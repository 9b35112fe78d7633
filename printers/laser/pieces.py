"""What one copy of a drawing asks for: its lines and areas by operation, ready to be laid on the sheet."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from printers.driver import Problem
from printers.laser import kerf, raster
from printers.laser.bridges import bridged, fitting
from printers.laser.contours import Contour, contours
from printers.laser.nesting import Nesting, nesting
from printers.laser.work import Fill, Floats, Image, Work
from printers.lasers import OPERATIONS, USUAL_INTERVAL_MM, Setting, Wishes


@dataclass(frozen=True, eq=False)
class Piece:
    """One operation's part, y upwards. `before` names for each line the one that it must come before, -1 for none."""

    operation: str
    lines: list[Contour]
    before: list[int]
    fills: list[Fill]
    images: list[Image] = field(default_factory=list)

    def laid(self, put: Callable[[Floats], Floats]) -> "Piece":
        """The same with its points put elsewhere."""
        fills = [Fill([put(ring) for ring in fill.rings], fill.even_odd) for fill in self.fills]
        images = [Image(each.grey, put(each.corners)) for each in self.images]
        return Piece(self.operation, [line.moved(put) for line in self.lines], self.before, fills, images)


def pieces_of(
    works: Sequence[Work], settings: Mapping[str, Setting], wishes: Wishes
) -> tuple[list[Piece], list[Problem]]:
    """The pieces in the order of OPERATIONS, outlines to cut with kerf and bridges as wished; and what could not be."""
    found, notes = [], []
    for name in OPERATIONS:
        mine = [work for work in works if work.operation == name]
        lines = contours([line * (1, -1) for work in mine for line in _followed(work)])
        if name == "cut" and lines:
            piece, odd = _cut(lines, settings[name].kerf_mm if name in settings else 0.0, wishes)
            notes += odd
        else:
            piece = Piece(name, lines, [-1] * len(lines), [])
            if name == "engrave":
                piece.fills.extend(_filled(mine))
                odd = _images(mine, settings[name].interval_mm if name in settings else USUAL_INTERVAL_MM, piece.images)
                notes += odd
        if piece.lines or piece.fills or piece.images:
            found.append(piece)
    return found, notes


def box(pieces: Iterable[Piece]) -> tuple[Floats, Floats]:
    """Lowest and highest corner (2,) of all that is burnt."""
    every = [line.points for piece in pieces for line in piece.lines]
    every += [ring for piece in pieces for fill in piece.fills for ring in fill.rings]
    every += [raster.outline(image) for piece in pieces for image in piece.images]
    points = np.concatenate(every)
    return points.min(axis=0), points.max(axis=0)


def _followed(work: Work) -> list[Floats]:
    """Lines that are followed: not the outline of what is burnt row by row up to its edge."""
    if work.operation != "engrave":
        return work.lines
    outlines = {ring.tobytes() for fill in work.fills for ring in fill.rings}
    return [line for line in work.lines if line.tobytes() not in outlines]


def _filled(works: Iterable[Work]) -> list[Fill]:
    """Fills with the rings that have any height; none without."""
    found = []
    for fill in (fill for work in works for fill in work.fills):
        rings = [ring * (1, -1) for ring in fill.rings if len(ring) > 2 and np.ptp(ring[:, 1]) > 0]
        if rings:
            found.append(Fill(rings, fill.even_odd))
    return found


def _images(works: Iterable[Work], interval_mm: float, found: list[Image]) -> list[Problem]:
    """Add to `found` the pictures with anything to burn in them, no finer than the rows; what is said of them."""
    coarse, sizes = [], []
    for image in (image for work in works for image in work.images):
        made, pixel_mm = raster.fitted(Image(image.grey, image.corners * (1, -1)), interval_mm)
        if made is not None:
            found.append(made)
            coarse += [pixel_mm] if pixel_mm > interval_mm else []
            sizes.append(raster.pixel_mm(image))
    return [
        *_coarser(coarse),
        *_squares([each for each in sizes if raster.shows_pixels(each, interval_mm)], interval_mm),
    ]


def _coarser(sizes: list[float]) -> list[Problem]:
    """On pictures that got larger pixels."""
    return [Problem("laser_image_coarser", {"count": len(sizes), "pixel_mm": max(sizes)})] if sizes else []


def _squares(sizes: list[float], interval_mm: float) -> list[Problem]:
    """On pictures whose pixels will be seen, and what would be needed instead."""
    if not sizes:
        return []
    values = {"count": len(sizes), "dpi": raster.dpi(max(sizes)), "interval_mm": interval_mm,
              "needed_dpi": raster.dpi(interval_mm)}  # fmt: skip
    return [Problem("laser_image_squares", values)]


def _cut(lines: list[Contour], kerf_mm: float, wishes: Wishes) -> tuple[Piece, list[Problem]]:
    nest = nesting(lines)
    notes: list[Problem] = []
    if wishes.kerf and kerf_mm > 0:
        lines, notes = kerf.compensated(lines, nest, kerf_mm)
    if wishes.bridges > 0:
        lines, odd = _bridged(lines, nest, wishes.bridges, wishes.bridge_mm + kerf_mm)
        notes = [*notes, *odd]
    return Piece("cut", lines, nest.outer.tolist(), []), notes


def _bridged(lines: list[Contour], nest: Nesting, count: int, gap_mm: float) -> tuple[list[Contour], list[Problem]]:
    """Bridges on what falls out as a part; holes need none."""
    parts = [line.closed and depth % 2 == 0 for line, depth in zip(lines, nest.depth.tolist(), strict=True)]
    found = [bridged(line, count, gap_mm) if part else line for line, part in zip(lines, parts, strict=True)]
    room = [fitting(line, count, gap_mm) for line, part in zip(lines, parts, strict=True) if part]
    notes = {
        "laser_bridges_too_long": sum(each < 1 for each in room),
        "laser_bridges_fewer": sum(1 <= each < count for each in room),
    }
    return found, [Problem(code, {"count": number}) for code, number in notes.items() if number]
