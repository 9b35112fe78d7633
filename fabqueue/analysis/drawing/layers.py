"""What is seen of pictures and of the areas they meet: what lies on top hides what is beneath, so nothing burns twice.

Only areas hide and are hidden. Lines say what is done, wherever they lie: an outline that is cut may well lie under the
picture on its part. Areas without any picture over or under them are left to themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely import Geometry

from fabqueue.analysis.drawing.areas import contours_of, covered
from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.footprints import (
    Bools,
    Greys,
    Ints,
    bands,
    footprint,
    inside,
    is_seen,
    looked_up,
    middle,
)
from fabqueue.analysis.drawing.shapes import Drawing, Shape
from fabqueue.analysis.findings import AnalysisError
from fabqueue.analysis.readings import IMAGE, Operation, Reading
from printers.laser import Fill, Image, PlanError, engraving, raster

OPAQUE = 0.5
"""A fill that is less opaque hides no picture; one that is engraved always does, since it is burnt wholly."""
LEAST_MM2 = 0.01
"""A smaller overlap is where two things meet."""
MOST_LOOKED_AT = 400_000_000
"""Pixels of pictures that are compared with those of others."""

Place = tuple[float, float]


@dataclass(frozen=True)
class Seen:
    """`areas`: for each shape, what of its fill counts, as a shape; None where nothing does.

    `images` are what is burnt of the pictures that can be read. `places` in mm: where something hides something else.
    """

    areas: list[Shape | None]
    images: list[Image]
    places: list[Place]


def seen(drawing: Drawing, reading: Reading) -> Seen:
    """What is seen of the fills and pictures of a drawing. Raises AnalysisError where that is too much to find out."""
    areas = [shape if shape.fill is not None else None for shape in drawing.shapes]
    if not drawing.readable or reading.operation(IMAGE) is not Operation.ENGRAVE:
        return Seen(areas, drawing.readable, [])
    try:
        return _Pile(drawing, reading).seen(areas)
    except PlanError as error:  # more outlines crossed by rows of pixels than anybody waits for
        raise AnalysisError("drawing_too_complex", {"limit": engraving.MOST_CROSSINGS}) from error


class _Pile:
    """The pictures and filled shapes of a drawing, each known by its place: the lowest first."""

    def __init__(self, drawing: Drawing, reading: Reading) -> None:
        self._shapes = drawing.shapes
        self._fills = [place for place, shape in enumerate(drawing.shapes) if shape.fill is not None]
        self._engraved = {place for place in self._fills
                          if reading.operation(drawing.shapes[place].fill or "") is Operation.ENGRAVE}  # fmt: skip
        self._fill_of = {place: at for at, place in enumerate(self._fills)}
        self._around = np.array([_box(np.concatenate(drawing.shapes[each].contours)) for each in self._fills])
        pictures = [(each, each.image) for each in drawing.images if each.image is not None]
        self._above = np.array([each.above for each, _image in pictures])
        self._alphas = [each.alpha for each, _image in pictures]
        self._images = [image for _each, image in pictures]
        self._boxes = np.array([_box(raster.outline(image)) for image in self._images])
        self._footprints: dict[tuple[int, ...], Geometry] = {}
        self._places: list[Place] = []
        self._looked_at = 0

    def seen(self, areas: list[Shape | None]) -> Seen:
        for top in range(len(self._images)):
            beneath = [low for low in range(top) if _meet(self._boxes[low], self._boxes[top])]
            self._shine_through(top, beneath)
            for low in beneath:
                self._hide(low, self._covered(low, top))
            if over := self._hiding(top):
                self._hide(top, self._inside(top, over))
        left = [self._left(place) if place in self._engraved else each for place, each in enumerate(areas)]
        return Seen(left, self._images, self._places)

    # pictures

    def _shine_through(self, top: int, beneath: list[int]) -> None:
        """Make a picture as dark as what lies beneath makes it where that is seen through it."""
        alpha = self._alphas[top]
        if alpha is None:
            return
        under, done = np.full(alpha.shape, 255, dtype=np.uint8), 0
        for low in beneath:
            self._blacken(under, top, self._black(top, done, self._above[low]))
            done = int(self._above[low])
            for part, row, column, there in looked_up(self._images[top], self._images[low], self._spend):
                shown = there & self._is_seen(low, row, column)
                under[part] = np.where(shown, self._images[low].grey[row, column], under[part])
        self._blacken(under, top, self._black(top, done, self._above[top]))
        self._paint(top, _shone_through(self._images[top].grey, alpha, under))

    def _blacken(self, under: Greys, top: int, places: list[int]) -> None:
        if places:
            under[self._inside(top, places)] = 0

    def _covered(self, low: int, top: int) -> Bools:
        """Where (h, w) a picture lies beneath what is seen of another one."""
        found = np.zeros(self._images[low].grey.shape, dtype=bool)
        for part, row, column, there in looked_up(self._images[low], self._images[top], self._spend):
            found[part] = there & self._is_seen(top, row, column)
        return found

    def _is_seen(self, picture: int, row: Ints, column: Ints) -> Bools:
        alpha = self._alphas[picture]
        return np.ones(row.shape, dtype=bool) if alpha is None else is_seen(alpha[row, column])

    def _hide(self, picture: int, hidden: Bools) -> None:
        """Burn nothing of a picture where it is hidden; remember where there was something."""
        lost = np.flatnonzero(hidden & (raster.steps_of(self._images[picture].grey) > 0))
        if len(lost):
            row, column = divmod(int(lost[len(lost) // 2]), hidden.shape[1])
            self._places.append(middle(self._images[picture], row, column))
        self._paint(picture, np.where(hidden, np.uint8(255), self._images[picture].grey))

    def _paint(self, picture: int, grey: Greys) -> None:
        self._images[picture] = Image(grey, self._images[picture].corners)

    def _spend(self, pixels: int) -> None:
        self._looked_at += pixels
        if self._looked_at > MOST_LOOKED_AT:
            raise AnalysisError("drawing_too_complex", {"limit": MOST_LOOKED_AT})

    # fills

    def _near(self, picture: int) -> list[int]:
        """The filled shapes whose box meets that of a picture."""
        if not self._fills:
            return []
        return [self._fills[each] for each in np.flatnonzero(_meet(self._around, self._boxes[picture])).tolist()]

    def _black(self, picture: int, first: int, last: int) -> list[int]:
        """The engraved ones from `first` up to `last`."""
        return [each for each in self._near(picture) if first <= each < last and each in self._engraved]

    def _hiding(self, picture: int) -> list[int]:
        """Those that lie over a picture and are not seen through."""
        return [each for each in self._near(picture) if each >= self._above[picture] and self._hides(each)]

    def _hides(self, place: int) -> bool:
        shape = self._shapes[place]
        return place in self._engraved or (shape.opacity >= OPAQUE and not shape.is_clipped)

    def _inside(self, picture: int, places: Iterable[int]) -> Bools:
        """Which pixels (h, w) of a picture lie inside of these fills."""
        fills = [Fill(self._shapes[each].contours, self._shapes[each].even_odd) for each in places]
        return inside(self._images[picture], fills)

    def _left(self, place: int) -> Shape | None:
        """What is left of an engraved fill where pictures lie over it."""
        shape = self._shapes[place]
        over = (self._above > place) & _meet(self._boxes, self._around[self._fill_of[place]])
        if not over.any():
            return shape
        whole, hiding = covered(shape), self._footprint(tuple(np.flatnonzero(over).tolist()))
        if shapely.covers(hiding, whole):
            return self._without(shape, whole, whole)
        if not shapely.intersects(hiding, whole):
            return shape
        return self._without(shape, whole, shapely.intersection(whole, hiding))

    def _without(self, shape: Shape, whole: Geometry, hidden: Geometry) -> Shape | None:
        if hidden.area < LEAST_MM2:
            return shape
        self._places.append(_in(hidden))
        parts = shapely.get_parts(shapely.difference(whole, hidden))
        rings = contours_of(shapely.multipolygons(parts[shapely.area(parts) >= LEAST_MM2]))
        return replace(shape, contours=rings, even_odd=True) if rings else None

    def _footprint(self, pictures: tuple[int, ...]) -> Geometry:
        """What pictures hide, ready to be compared with many fills."""
        if pictures not in self._footprints:
            each = [footprint(self._images[picture], self._alphas[picture]) for picture in pictures]
            self._footprints[pictures] = each[0] if len(each) == 1 else shapely.union_all(each)
            shapely.prepare(self._footprints[pictures])
        return self._footprints[pictures]


def _shone_through(grey: Greys, alpha: Greys, under: Greys) -> Greys:
    """What is seen of a picture that is `grey` on white over something else, and white where it is not there.

    What lies beneath is burnt by itself there.
    """
    found = np.empty_like(grey)
    for rows in bands(*grey.shape):
        through = (255 - alpha[rows].astype(np.float64)) / 255 * (255 - under[rows].astype(np.float64))
        both = np.rint(grey[rows] - through).clip(0, 255)
        found[rows] = np.where(is_seen(alpha[rows]), both, 255)
    return found


def _box(points: Floats) -> Floats:
    """Left, top, right and bottom."""
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _meet(boxes: Floats, box: Floats) -> Bools:
    """Which of `boxes` (..., 4) overlap a box."""
    apart = (boxes[..., :2] >= box[2:]).any(axis=-1) | (box[:2] >= boxes[..., 2:]).any(axis=-1)
    return np.asarray(~apart, dtype=np.bool_)


def _in(area: Geometry) -> Place:
    x, y = shapely.get_coordinates(shapely.point_on_surface(area))[0].tolist()
    return x, y
